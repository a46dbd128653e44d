"""The derivative of a function along a line, by finite differences, with an honest error.

A central difference has two errors: truncation, which grows with the step, and the rounding of f,
which grows as the step shrinks. No single step is right for every function, so this takes many,
extrapolates them to step 0, and keeps the extrapolation with the smallest estimated error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["NumericalDerivative", "numerical_derivative", "real_array"]

# Not a power of two: sin(2 pi n x) has the same value at both ends of such a step.
_STEPS = 0.11 * 4.0 ** -np.arange(14)
_EPS = np.finfo(np.float64).eps


class NumericalDerivative(NamedTuple):
    """A derivative found by finite differences, for every element of the output."""

    value: Any  #: the derivative; at a kink, the mean of the slopes on the two sides
    error: Any  #: an estimate of how wrong `value` may be; infinite if nothing is known
    status: Any  #: "smooth", "kink", "jump", "boundary" or "inconclusive"
    slopes: Any  #: the slopes on the two sides, first axis 2; equal where smooth


def numerical_derivative(f: Callable[[Any], Any], x: Any, v: Any = 1.0) -> NumericalDerivative:
    """The derivative of `f` at `x` along `v`, for every element of the output of `f`.

    ``d/dt f(x + t v)`` at t = 0, from central differences
    ``D(h) = (f(x + h v) - f(x - h v)) / 2h`` with ``h = s . 0.11 . 4**-k``, k = 0..13, extrapolated
    to h = 0 by Richardson's method. The scale s is 1, and where that leaves doubt also the
    magnitude of x, and 1/64.

    Parameters
    ----------
    f : callable
        From a float64 array of the shape of `x` to an array of any shape.
    x : array_like
        The point.
    v : array_like
        The direction, which broadcasts to the shape of `x`.

    Returns
    -------
    NumericalDerivative
        Value, error estimate and status, each of the shape of the output. The status is "kink"
        where the slopes on the two sides differ, "jump" where f itself jumps, "boundary" where
        one side is not finite, and "inconclusive" where the error exceeds
        ``1e-5 |value| + 1e-8``.

    References
    ----------
    Ridders (1982), Accurate computation of F'(x) and F'(x)F''(x), for the extrapolation; More and
    Wild (2011), Estimating computational noise, for the noise.

    Examples
    --------
    >>> from tinygrad_edu.testing import numerical_derivative
    >>> d = numerical_derivative(np.exp, 1.0)
    >>> print(abs(d.value - np.e) < d.error < 1e-11, d.status)
    True smooth
    >>> print(numerical_derivative(np.abs, 0.0).status)
    kink
    """
    x = real_array(x)
    v = np.broadcast_to(real_array(v), x.shape)
    with np.errstate(all="ignore"):
        shape = np.shape(f(x.copy()))
    found = along(lambda p: np.ravel(f(p.reshape(x.shape))), x.ravel(), v.reshape(1, -1))
    value, error, status = (part[0].reshape(shape)[()] for part in found[:3])
    return NumericalDerivative(value, error, status, found.slopes[:, 0].reshape(2, *shape))


def real_array(x: Any) -> Any:
    """`x` in float64; complex numbers would lose their imaginary parts."""
    if np.iscomplexobj(x):
        raise TypeError(
            "finite differences are taken in real numbers: give f real arguments, and let it make "
            "complex ones of them, as in lambda a, b: f(a + 1j * b); check_gradients takes both"
        )
    return np.asarray(x, np.float64)


def along(f: Callable[[Any], Any], x: Any, directions: Any) -> NumericalDerivative:
    """The derivatives of a vector function along several directions, one a row of the results."""
    with np.errstate(all="ignore"):
        here = real_array(f(x.copy()))
        best = _at_scale(f, x, here, directions, 1.0)
        size = np.max(np.abs(x), initial=0.0)
        for scale in (size, 1 / 64):
            doubtful = np.flatnonzero(np.any(_unsettled(best.status), axis=1))
            if not doubtful.size:
                break
            if scale > 0 and np.isfinite(scale):
                again = _at_scale(f, x, here, directions[doubtful], scale)
                _improve(best, doubtful, again)
    return best


def _improve(best: NumericalDerivative, rows: Any, again: NumericalDerivative) -> None:
    """Take from `again`, in place, what was unsettled before and is settled or less wrong now.

    Not what contradicts it: with steps so small that they are rounded away all functions are flat.
    """
    apart = np.abs(again.value - best.value[rows])
    agrees = ~(apart > 8 * (again.error + best.error[rows]))  # NaN, beyond a boundary, agrees
    better = _unsettled(best.status[rows]) & agrees
    better &= (again.error < best.error[rows]) | ~_unsettled(again.status)
    for old, new in zip(best[:3], again[:3], strict=True):
        old[rows] = np.where(better, new, old[rows])
    best.slopes[:, rows] = np.where(better, again.slopes, best.slopes[:, rows])


def _unsettled(status: Any) -> Any:
    """Where steps of another size may say more: a boundary may be near instead of here."""
    return (status == "inconclusive") | (status == "boundary")


def _at_scale(
    f: Callable[[Any], Any], x: Any, here: Any, directions: Any, scale: float
) -> NumericalDerivative:
    """The derivatives along `directions` with steps in proportion to `scale`."""
    shape = (len(_STEPS), len(directions), len(here))
    above, below = np.empty(shape), np.empty(shape)
    steps = np.empty(shape[:2])  # the half-steps really taken, rounding included
    for j, v in enumerate(directions):
        for k, h in enumerate(scale * _STEPS):
            right, left = x + h * v, x - h * v
            steps[k, j] = (right - left) @ v / (2 * (v @ v))
            above[k, j] = evaluate(f, right, len(here))
            below[k, j] = evaluate(f, left, len(here))

    # Most outputs depend on few of the inputs: what no step changes has the derivative 0.
    moved = np.any((above != here) | (below != here), axis=0)
    row, column = np.nonzero(moved)
    found = _judge(above[:, row, column], below[:, row, column], here[column], steps[:, row])
    value, slopes = np.zeros(shape[1:]), np.zeros((2, *shape[1:]))
    error = 4 * noise_floor(here) / np.max(np.abs(steps), axis=0)[:, None]
    status = np.where(error <= 1e-8, "smooth", "inconclusive")
    value[moved], error[moved], status[moved], slopes[:, moved] = found
    return NumericalDerivative(value, error, status, slopes)


def evaluate(f: Callable[[Any], Any], x: Any, size: int) -> Any:
    """The value at a step; NaN where f refuses it, as math.log does, and cholesky."""
    try:
        return f(x)
    except (ArithmeticError, ValueError):
        return np.full(size, np.nan)


def _judge(above: Any, below: Any, here: Any, steps: Any) -> NumericalDerivative:
    """The best extrapolation of central differences; the first axis of all is the step."""
    if not here.size:
        return NumericalDerivative(here, here, here, np.zeros((2, 0)))
    difference, bend = above - below, above - 2 * here + below
    central = difference / (2 * steps)
    tableau = _neville(central, 1 / steps)
    noise = _noise(tableau[2], above, below, here)
    own = np.maximum(noise, noise_floor(np.maximum(np.abs(above), np.abs(below))))
    value, error = _least_error(
        tableau, np.where(np.isfinite(own), own, np.inf), central, 1 / steps
    )
    gap, gap_error = _kink(bend / steps, noise / steps)

    boundary = ~np.isfinite(here) | ~np.all(np.isfinite(above[-4:] + below[-4:]), axis=0)
    stays = _stays(difference, noise_floor(here)) | _stays(bend, noise_floor(here))
    jump = stays & (np.maximum(np.abs(difference[-1]), np.abs(bend[-1])) > 1e-12)
    kink = np.abs(gap) > 8 * gap_error + 1e-7 * np.abs(value)
    # What passes for noise, if it drowns the finest steps, may be a kink that is close to x.
    drowned = 4 * noise / steps[-1] > 0.1 * np.abs(value) + 1e-6
    rounding = noise_floor(np.abs(here) + np.abs(above[-1]))
    drowned &= noise > 1e3 * rounding
    error = np.where(drowned | stays | _rounded_away(above, below, here), np.inf, error)
    error = np.where(_unresolved(bend / steps, value, rounding / steps[-1]) & ~kink, np.inf, error)
    doubt = ~(error <= 1e-5 * np.abs(value) + 1e-8)
    status = np.select(
        [boundary, jump, kink & ~doubt, doubt],
        ["boundary", "jump", "kink", "inconclusive"],
        "smooth",
    ).astype("<U12")
    half = np.where(kink, gap / 2, 0)
    return NumericalDerivative(value, error, status, np.stack([value - half, value + half]))


def noise_floor(values: Any) -> Any:
    """The rounding error of `values`, at the least."""
    return _EPS * np.abs(values)


def _neville(rows: Any, amplification: Any) -> list[tuple[Any, Any]]:
    """Richardson's extrapolations by Neville's scheme, with how much each amplifies noise.

    An error in even powers of h, and steps in the ratio 4:
    ``T_m[k] = T_{m-1}[k+1] + (T_{m-1}[k+1] - T_{m-1}[k]) / (16**m - 1)``.
    """
    tableau = [(rows, amplification)]
    for m in range(1, 4):
        values, amplified = tableau[-1]
        finer, coarser = values[1:], values[:-1]
        divisor = 16.0**m - 1
        tableau.append(
            (
                finer + (finer - coarser) / divisor,
                ((divisor + 1) * amplified[1:] + amplified[:-1]) / divisor,
            )
        )
    return tableau


def _noise(row: tuple[Any, Any], above: Any, below: Any, here: Any) -> Any:
    """The rounding error of f: at small steps extrapolations differ by little else."""
    values, amplified = row
    spread = np.abs(np.diff(values, axis=0))[-5:] / amplified[1:][-5:]
    floor = noise_floor(np.maximum(np.abs(above[-5:]), np.abs(below[-5:])))
    seen = np.concatenate([spread, floor, np.broadcast_to(noise_floor(here), floor.shape)])
    return np.max(np.where(np.isfinite(seen), seen, 0), axis=0)


def _least_error(
    tableau: list[tuple[Any, Any]], noise: Any, central: Any, amplification: Any
) -> tuple[Any, Any]:
    """The extrapolation of least error that every finer central difference agrees with."""
    value = np.full(central.shape[1:], np.nan)
    error = np.full(central.shape[1:], np.inf)
    own = np.abs(np.diff(central, axis=0, prepend=np.inf)) / 3 + 4 * noise * amplification
    lost = ~np.isfinite(amplification)  # the step was rounded away: it says nothing
    highest = _finer(np.minimum, np.where(lost, np.inf, central + own))
    lowest = _finer(np.maximum, np.where(lost, -np.inf, central - own))
    before: Any = None
    for m, (values, amplified) in enumerate(tableau):
        truncation = np.abs(np.diff(values, axis=0)) / 3
        if m:
            truncation = np.maximum(truncation, np.abs(values - before[1:])[1:])
        before = values
        candidates = values[1:]
        errors = truncation + 4 * noise[1 : 1 + len(candidates)] * amplified[1:]
        last = slice(m + 1, m + 1 + len(candidates))
        agrees = (candidates - errors <= highest[last]) & (candidates + errors >= lowest[last])
        errors = np.where(agrees & np.isfinite(candidates), errors, np.inf)
        k = np.argmin(errors, axis=0)[None]
        least = np.take_along_axis(errors, k, 0)[0]
        value = np.where(least < error, np.take_along_axis(candidates, k, 0)[0], value)
        error = np.minimum(error, least)
    return value, error


def _finer(extreme: np.ufunc, bounds: Any) -> Any:
    """At each step, the extreme of `bounds` over all finer steps."""
    running = extreme.accumulate(bounds[::-1], axis=0)[::-1]
    limit = np.inf if extreme is np.minimum else -np.inf
    return np.concatenate([running[1:], np.full_like(running[:1], limit)])


def _kink(bends: Any, noise: Any) -> tuple[Any, Any]:
    """The difference of the slopes on the two sides, and its error.

    ``(f(x + h) - 2 f(x) + f(x - h)) / h`` is that difference, plus h f'' + O(h**3).
    """
    own = np.abs(np.diff(bends, axis=0, prepend=np.inf)) / 2 + 8 * noise
    highest, lowest = _finer(np.minimum, bends + own), _finer(np.maximum, bends - own)
    gaps = (4 * bends[1:] - bends[:-1]) / 3
    errors = np.abs(np.diff(gaps, axis=0)) + 16 * noise[2:]
    gaps = gaps[1:]
    agrees = (gaps - errors <= highest[2:]) & (gaps + errors >= lowest[2:])
    errors = np.where(agrees & np.isfinite(gaps), errors, np.inf)
    k = np.argmin(errors, axis=0)[None]
    return np.take_along_axis(gaps, k, 0)[0], np.take_along_axis(errors, k, 0)[0]


def _rounded_away(above: Any, below: Any, here: Any) -> Any:
    """Whether small steps change nothing and larger ones do on both sides, as in (x + 1e9) - 1e9.

    A flat piece, as relu has, ends on one side.
    """
    change = np.abs(np.stack([above, below]) - here)
    moved = np.any(change > 1e3 * noise_floor(here), axis=1)  # by more than rounding of the result
    return ~np.any(change[:, -5:] != 0, axis=(0, 1)) & np.all(moved, axis=0)


def _unresolved(bends: Any, value: Any, rounding: Any) -> Any:
    """Whether f bends within the smallest step, as softplus(1e9 x) does."""
    last = np.abs(bends[-1])  # where f is smooth, a quarter of that of the step before
    return (last > 0.3 * np.abs(bends[-2])) & (last > 0.1 * np.abs(value) + 1e4 * rounding)


def _stays(differences: Any, floor: Any) -> Any:
    """Whether differences of f stay the same, however small the step: f jumps."""
    last = differences[-5:]
    size = np.abs(last[-1])
    return (size > 1e3 * floor) & (np.ptp(last, axis=0) < 0.1 * size)
