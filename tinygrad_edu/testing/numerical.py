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
_SMALLEST = np.finfo(np.float64).smallest_subnormal


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
    magnitude of x, and 1/64 of these. Nothing here is in proportion to anything but the function's
    own values and its argument, so it is all the same at scales of 1e-300 and of 1e300.

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
        ``1e-5 |value| + 1e-8 change``, in which the change is that of f over the steps of use, a
        unit of step: at an extreme of f, where the value is 0, what its error is compared with.

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


class Differences(NamedTuple):
    """What finite differences found: a row a direction, a column an output."""

    value: Any
    error: Any
    status: Any
    slopes: Any  #: first axis 2
    change: Any  #: how much f changes over the steps that were of use, a unit of step
    span: Any  #: what the steps were in proportion to
    sides: Any  #: on how many sides any step changes f


def settled(value: Any, expected: Any, error: Any, change: Any) -> Any:
    """Whether the error of `value` is small, for a derivative that is said to be `expected`.

    Small in proportion to the derivative; or to how f changes close by, as at its extremes, where
    the derivative is 0. Where both are exactly 0, as where f does not depend on x, all is settled.
    """
    size = np.maximum(_finite(value), 0.1 * _finite(expected))
    none = (value == 0) & (expected == 0) & np.isfinite(error)
    return (error <= 1e-5 * size + 1e-8 * change) | none


def along(f: Callable[[Any], Any], x: Any, directions: Any) -> Differences:
    """The derivatives of a vector function along several directions, one a row of the results.

    Steps that suit one function say nothing of another: they are in proportion to 1, and, where
    that leaves doubt, to the size of what is moved, and to 1/64 of the two.
    """
    with np.errstate(all="ignore"):
        here = real_array(f(x.copy()))
        usual = np.ones(len(directions))
        best = _at_scale(f, x, here, directions, usual)
        sizes = _sizes(x, directions)
        for spans in (sizes, usual / 64, sizes / 64):
            wanted = _worth_trying(best, spans[:, None]) & ~_implied(best, directions)
            rows = np.flatnonzero(np.any(wanted, axis=1) & (spans > 0) & np.isfinite(spans))
            if rows.size:
                again = _at_scale(f, x, here, directions[rows], spans[rows])
                several = np.count_nonzero(directions[rows], axis=1)[:, None] > 1
                _improve(best, rows, wanted[rows], again, several)
    return best


def _sizes(x: Any, directions: Any) -> Any:
    """The largest element that each direction moves; where that is 0, the largest of all."""
    largest = np.max(np.abs(x), initial=0.0)
    moved = np.max(np.where(directions != 0, np.abs(x), 0), axis=1, initial=0.0)
    return np.where(moved > 0, moved, largest)


def _finite(values: Any) -> Any:
    return np.where(np.isfinite(values), np.abs(values), 0)


_NEAR = 1e-5  # what is so much smaller than a step may be the scale on which f bends


def _worth_trying(found: Differences, spans: Any) -> Any:
    """Where steps in proportion to `spans` may say more.

    A boundary, a kink or a jump may be near instead of here, and f may look smooth from afar and
    not be; what no step changes, larger ones may.
    """
    open_ = (found.status == "inconclusive") | (found.status == "boundary")
    open_ &= (found.span == 1) | (spans < found.span)  # larger steps than those of use are of none
    near = spans < _NEAR * found.span
    larger = _still(found) & (found.status == "smooth") & (spans > 64 * found.span)
    return (spans != found.span) & (open_ | near | larger)


def _implied(found: Differences, directions: Any) -> Any:
    """What is in doubt of a combination of inputs, where each of them by itself is settled."""
    single = np.count_nonzero(directions, axis=1) == 1
    if not np.all(np.any(directions[single], axis=0)):
        return np.zeros(found.status.shape, bool)
    parts = np.all(found.status[single] == "smooth", axis=0)
    return parts & ~single[:, None] & (found.status == "inconclusive")


def _still(found: Differences) -> Any:
    """Where no step changes anything."""
    return (found.value == 0) & (found.change == 0)


def _improve(best: Differences, rows: Any, wanted: Any, again: Differences, several: Any) -> None:
    """Take from `again`, in place, what is settled or less wrong now.

    Not what contradicts it: with steps so small that they are rounded away all functions are flat.
    Unless smaller steps resolve what looked like a kink, a jump, noise or a line from afar.
    """
    old = Differences(*(part[..., rows, :] for part in best))
    apart = np.abs(again.value - old.value)
    agrees = ~(apart > 8 * (again.error + old.error))  # NaN, beyond a boundary, agrees
    closer, less, still = again.span < old.span, again.error < old.error, _still(again)
    smooth, finite = again.status == "smooth", np.isfinite(again.error)
    less |= finite & ~np.isfinite(old.error)
    at_kink, was_smooth = (old.status == "kink") | (old.status == "jump"), old.status == "smooth"
    resolved = ~still & (smooth | (at_kink & finite & (again.status != "jump")))
    # A flat piece, as relu has, ends on one side; what is rounded away, on both.
    flat = smooth & still & (old.sides == 1)
    cases = {
        "from afar": (at_kink, closer & (resolved | flat)),
        "a line": (was_smooth & closer, resolved & (less | ~agrees)),
        "unmoved": (was_smooth, agrees & less),
        "lost": ((old.status == "inconclusive") & closer & still, agrees & flat),
    }
    open_ = resolved | (agrees & (less | (again.status != "inconclusive")))
    where, then = zip(*cases.values(), strict=True)
    better = np.select(where, then, open_)
    # Flat for small steps and not for large: rounded away, or a staircase. Nobody knows.
    flat_and_not = np.where(closer, still, _still(old) & smooth) & ~agrees
    # Of combinations that move each argument in proportion, steps of 1 may be next to nothing.
    flat_and_not |= several & _still(old) & ~closer & ~still
    at_odds = wanted & was_smooth & flat_and_not
    better &= wanted
    for kept, new in zip(best, again, strict=True):
        kept[..., rows, :] = np.where(better, new, kept[..., rows, :])
    best.error[rows] = np.where(at_odds, apart + old.error + again.error, best.error[rows])
    best.status[rows] = np.where(at_odds, "inconclusive", best.status[rows])


def _at_scale(
    f: Callable[[Any], Any], x: Any, here: Any, directions: Any, spans: Any
) -> Differences:
    """The derivatives along `directions`, with steps in proportion to a span for each.

    What is differenced is scaled by powers of two, which is exact, so that nothing overflows or
    vanishes on the way: neither squares of tiny steps nor differences of tiny values.
    """
    shape = (len(_STEPS), len(directions), len(here))
    above, below = np.empty(shape), np.empty(shape)
    steps = np.empty(shape[:2])  # the half-steps really taken, rounding included
    bent = np.zeros(shape[:2])  # how much rounding turns them from their direction
    lengths = np.max(np.abs(directions), axis=1, initial=0.0)
    lengths[lengths == 0] = 1.0
    several = np.count_nonzero(directions, axis=1) > 1
    for j, (v, span) in enumerate(zip(directions, spans, strict=True)):
        unit = v / lengths[j]
        for k, h in enumerate(span * _STEPS):
            moved_by = h / lengths[j] * v  # and not h * unit, in which the smallest may be lost
            right, left = x + moved_by, x - moved_by
            taken = right - left
            steps[k, j] = taken @ unit / (2 * (unit @ unit))
            if several[j]:
                part = np.abs(taken[v != 0] / moved_by[v != 0] / 2 * (h / steps[k, j]) - 1)
                bent[k, j] = np.max(part) if steps[k, j] else 0
            above[k, j] = evaluate(f, right, len(here))
            below[k, j] = evaluate(f, left, len(here))

    step_exponents = np.frexp(spans / lengths)[1]
    steps = np.ldexp(steps / lengths, -step_exponents)
    # Most outputs depend on few of the inputs: what no step changes has the derivative 0.
    moved = np.any((above != here) | (below != here), axis=0)
    sides = np.any(above != here, axis=0) * 1 + np.any(below != here, axis=0)
    row, column = np.nonzero(moved)
    exponents = np.broadcast_to(np.frexp(here)[1], shape[1:]).copy()
    exponents[moved] = _exponents(above[:, row, column], below[:, row, column], here[column])
    scaled = (
        np.ldexp(part, -exponents[moved])
        for part in (above[:, row, column], below[:, row, column], here[column])
    )
    smallest = np.ldexp(_SMALLEST, -exponents)
    high, low, at = scaled
    found = _judge(high, low, at, steps[:, row], bent[:, row], smallest[moved])

    value, change, slopes = np.zeros(shape[1:]), np.zeros(shape[1:]), np.zeros((2, *shape[1:]))
    error = np.ldexp(here, -exponents)
    error = 4 * np.maximum(_EPS * np.abs(error), smallest)
    error /= np.max(np.abs(steps), axis=0, initial=0.0)[:, None]
    status = np.where(np.isfinite(error), "smooth", "inconclusive").astype("<U12")
    value[moved], error[moved], status[moved], slopes[:, moved], change[moved] = found
    power = exponents - step_exponents[:, None]
    value, error, slopes, change = (
        np.ldexp(part, power) for part in (value, error, slopes, change)
    )
    error = np.maximum(error, np.spacing(np.abs(value)))
    span = np.broadcast_to(spans[:, None], shape[1:]).copy()
    return Differences(value, error, status, slopes, change, span, sides)


def _exponents(above: Any, below: Any, here: Any) -> Any:
    """The powers of two that make f about 1, close by or, where it is 0 there, anywhere."""
    near = np.max(_finite(np.stack([above[-1], below[-1], here])), axis=0)
    far = np.max(_finite(np.concatenate([above, below])), axis=0)
    return np.frexp(np.where(near > 0, near, far))[1]


def slopes_from_afar(f: Callable[[Any], Any], x: Any, directions: Any) -> Any:
    """The slopes over steps beyond 1 and x, where only these change f, on both sides; else NaN.

    ``(1e20 + x) - 1e20`` changes with x only in steps of 16384: what is that flat close by may have
    been rounded away. A flat piece of a function ends on one side, and the stairs of floor are
    narrower; wider ones have the very values of what is rounded.
    """
    with np.errstate(all="ignore"):
        here = real_array(f(x.copy()))
        slopes = np.full((len(directions), len(here)), np.nan)
        lengths = np.max(np.abs(directions), axis=1, initial=0.0)
        for row, v in enumerate(directions / np.where(lengths > 0, lengths, 1.0)[:, None]):
            span = max(1.0, float(np.max(np.abs(x), initial=0.0, where=v != 0)))
            moved = np.zeros(len(here), int)  # by how many of the steps so far
            for h in span * 32.0 ** np.arange(200):
                above, below = (evaluate(f, x + step * v, len(here)) for step in (h, -h))
                both = (above != here) & (below != here)
                either = (above != here) | (below != here)
                # The first such step may be one of rounding alone: the next one is 32 times longer.
                slopes[row] = np.where(both & (moved == 1), (above - below) / h / 2, slopes[row])
                moved += np.where(h == span, 2 * either, both)
                if np.all(moved > 1) or not np.all(np.isfinite(above + below)):
                    break
        return slopes * lengths[:, None]


def evaluate(f: Callable[[Any], Any], x: Any, size: int) -> Any:
    """The value at a step; NaN where f refuses it, as math.log does, and cholesky."""
    try:
        return f(x)
    except (ArithmeticError, ValueError):
        return np.full(size, np.nan)


def _judge(
    above: Any, below: Any, here: Any, steps: Any, bent: Any, smallest: Any
) -> tuple[Any, Any, Any, Any, Any]:
    """The best extrapolation of central differences; the first axis of all is the step.

    Value, error, status, slopes and change. `bent` is how much rounding turned the steps from their
    direction: so much of its differences f is uncertain by. `smallest` is what the smallest of
    numbers is, in the units in which f is about 1: the rounding of those that are not normal.
    """
    if not here.size:
        return here, here, here, np.zeros((2, 0)), here
    difference, bend = above - below, above - 2 * here + below
    central = difference / (2 * steps)
    tableau = _neville(central, 1 / steps)
    noise = np.maximum(_noise(tableau[2], above, below, here), smallest)
    noise = np.fmax(noise, _noise_of_bends(bend))
    own = np.maximum(noise, noise_floor(np.maximum(np.abs(above), np.abs(below))))
    own = np.maximum(own, np.abs(difference) * bent)
    value, error, first = _least_error(
        tableau, np.where(np.isfinite(own), own, np.inf), central, 1 / steps
    )
    change = _change(above, below, here, steps, own, first)
    gap, gap_error = _kink(bend / steps, noise / steps)

    boundary = ~np.isfinite(here) | ~np.all(np.isfinite(above[-4:] + below[-4:]), axis=0)
    rounding = np.maximum(noise_floor(np.abs(here) + np.abs(above[-1])), smallest)
    jump = _stays(difference, rounding) | _stays(bend, rounding)
    kink = np.abs(gap) > 8 * gap_error + 1e-7 * np.abs(value)
    # What passes for noise, if it drowns the finest steps, may be a kink that is close to x.
    drowned = 4 * noise / steps[-1] > 0.1 * np.abs(value) + 1e-5 * change
    drowned &= noise > 1e3 * rounding
    drowned |= _rounded_away(above, below, here)
    # Nothing is known then, but that no slope is larger than the steepest seen.
    error = np.where(drowned, np.fmax(error, _steepest(above, below, here, steps)), error)
    error = np.where(jump, np.inf, error)
    error = np.where(_unresolved(bend / steps, value, rounding / steps[-1]) & ~kink, np.inf, error)
    doubt = ~settled(value, value, error, change)
    status = np.select(
        [boundary, jump, kink & ~doubt, doubt],
        ["boundary", "jump", "kink", "inconclusive"],
        "smooth",
    ).astype("<U12")
    half = np.where(kink, gap / 2, 0)
    return value, error, status, np.stack([value - half, value + half]), change


def _change(above: Any, below: Any, here: Any, steps: Any, noise: Any, first: Any) -> Any:
    """How much f changes over the coarsest step that was of use, beyond rounding, a unit of step.

    At an extreme the derivative is 0, and only this says how large its error may be. Steps that
    are coarser say nothing: a steep function may have grown without bounds over these.
    """
    moved = np.fmax(np.abs(above - here), np.abs(below - here)) - 8 * noise
    found = np.take_along_axis(np.maximum(moved, 0) / steps, first[None], 0)[0]
    return np.where(np.isfinite(found), found, 0)


def _steepest(above: Any, below: Any, here: Any, steps: Any) -> Any:
    """The largest slope on either side, over any step; infinite beyond a boundary."""
    slopes = np.fmax(np.abs(above - here), np.abs(below - here)) / np.abs(steps)
    return np.max(np.where(np.isnan(slopes), np.inf, slopes), axis=0)


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


def _noise_of_bends(bends: Any) -> Any:
    """The rounding error of f that is the same on both sides, as of 1 - cos x near 0.

    Differences across x don't see it. ``f(x + h) - 2 f(x) + f(x - h)`` is a multiple of h**2, and
    at a kink of h; of three such in the ratio 4, ``a - 20 b + 64 c`` is free of both.
    """
    a, b, c = bends[-5:-2], bends[-4:-1], bends[-3:]
    seen = np.abs(a - 20 * b + 64 * c) / 85
    return np.max(np.where(np.isfinite(seen), seen, 0), axis=0)


def _least_error(
    tableau: list[tuple[Any, Any]], noise: Any, central: Any, amplification: Any
) -> tuple[Any, Any, Any]:
    """The extrapolation of least error that every finer central difference agrees with.

    Also its error, and the number of the coarsest of its steps.
    """
    value = np.full(central.shape[1:], np.nan)
    error = np.full(central.shape[1:], np.inf)
    first = np.zeros(central.shape[1:], np.intp)
    own = np.abs(np.diff(central, axis=0, prepend=np.inf)) / 3 + 4 * noise * amplification
    lost = ~np.isfinite(amplification)  # the step was rounded away: it says nothing
    highest = _finer(np.minimum, np.where(lost, np.inf, central + own))
    lowest = _finer(np.maximum, np.where(lost, -np.inf, central - own))
    before: Any = None
    for m, (values, amplified) in enumerate(tableau):
        spread = np.abs(np.diff(values, axis=0))
        truncation = spread / 3
        if m:
            truncation = np.maximum(truncation, np.abs(values - before[1:])[1:])
        # Where rounding grows with the step, two may agree by chance: the finer ones must too.
        truncation[:-1] = np.fmax(truncation[:-1], spread[1:])
        truncation[:-2] = np.fmax(truncation[:-2], spread[2:] / 4)
        before = values
        candidates = values[1:]
        errors = truncation + 4 * noise[1 : 1 + len(candidates)] * amplified[1:]
        last = slice(m + 1, m + 1 + len(candidates))
        agrees = (candidates - errors <= highest[last]) & (candidates + errors >= lowest[last])
        errors = np.where(agrees & np.isfinite(candidates), errors, np.inf)
        k = np.argmin(errors, axis=0)[None]
        least = np.take_along_axis(errors, k, 0)[0]
        value = np.where(least < error, np.take_along_axis(candidates, k, 0)[0], value)
        first = np.where(least < error, k[0] + 1, first)
        error = np.minimum(error, least)
    return value, error, first


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

    A flat piece, as relu has, ends on one side; at an extreme both sides change alike; and a stair,
    as of floor, ends within the largest step alone, unless it is a narrow one.
    """
    change = np.abs(np.stack([above, below]) - here)
    moved = np.any(change > 1e3 * noise_floor(here), axis=1)  # by more than rounding of the result
    moved &= np.all(change[:, :2] != 0, axis=(0, 1))
    moved &= np.any(np.abs(above - below) > 1e3 * noise_floor(here), axis=0)
    return ~np.any(change[:, -5:] != 0, axis=(0, 1)) & np.all(moved, axis=0)


def _unresolved(bends: Any, value: Any, rounding: Any) -> Any:
    """Whether f bends within the smallest step, as softplus(1e9 x) does."""
    last = np.abs(bends[-1])  # where f is smooth, a quarter of that of the step before
    return (last > 0.3 * np.abs(bends[-2])) & (last > 0.1 * np.abs(value) + 1e4 * rounding)


def _stays(differences: Any, floor: Any) -> Any:
    """Whether differences of f stay the same, however small the step: f jumps."""
    last = differences[-5:]
    size = np.abs(last[-1])
    return (size > 4e3 * floor) & (np.ptp(last, axis=0) < 0.1 * size)
