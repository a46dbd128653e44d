"""Signals: convolution, differences, interpolation between samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tinygrad_edu.engine.rule import composed, pullback
from tinygrad_edu.rules.indexing import scatter
from tinygrad_edu.rules.operands import operand

# ---- convolution ---------------------------------------------------------------------------------


def _of_first(g: Any, out: Any, a: Any, v: Any) -> Any:
    """``sum over k of g[k] v[k - i]``, the cotangent of ``a[i]``; modes are parts of the full one.

    All modes cut as much off at either end, but that the odd one goes at the end.
    """
    n, m = np.size(a), np.size(v)
    missing = n + m - 1 - g.shape[0]
    before = missing // 2
    whole = np.concatenate([np.zeros(before, g.dtype), g, np.zeros(missing - before, g.dtype)])
    # The whole is the longer one.
    return np.convolve(whole, np.ravel(v)[::-1], "valid").reshape(np.shape(a))


pullback(np.convolve,
         lambda g, out, a, v, mode="full": _of_first(g, out, a, v),
         lambda g, out, a, v, mode="full": _of_first(g, out, v, a))


@composed(np.correlate)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """``sum over n of a[n + k] conj(v[n])``: a convolution with the one turned round."""
    for place, each in (("first", a), ("second", v)):
        if np.ndim(each) == 0:
            raise ValueError("object of too small depth for desired array")
        if np.size(each) == 0:
            raise ValueError(f"{place} array argument cannot be empty")
    v = np.conj(v)
    if np.size(a) < np.size(v):
        return np.convolve(v, a[::-1], mode)[::-1]
    return np.convolve(a, v[::-1], mode)


# ---- differences ---------------------------------------------------------------------------------

NOTHING: Any = np._NoValue


@composed(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = NOTHING, append: Any = NOTHING) -> Any:
    """``a[i + 1] - a[i]``, n times."""
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    if np.ndim(a) == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = normalize_axis_index(axis, np.ndim(a))
    edge = (*np.shape(a)[:axis], 1, *np.shape(a)[axis + 1 :])
    pieces = [
        piece if piece is a or np.ndim(piece) else np.broadcast_to(piece, edge)
        for piece in (prepend, a, append)
        if piece is not NOTHING
    ]
    a = np.concatenate(pieces, axis=axis) if len(pieces) > 1 else a
    ahead = (*[slice(None)] * axis, slice(1, None))
    behind = (*[slice(None)] * axis, slice(None, -1))
    for _ in range(n):
        a = a[ahead] - a[behind]
    return a


@composed(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of neighbours in the flattened array, between numbers given for the ends."""
    ary = np.ravel(ary)
    ends = []
    for name, end in (("to_begin", to_begin), ("to_end", to_end)):
        end = None if end is None else operand(end)
        if end is not None and not np.can_cast(np.result_type(end), ary.dtype, "same_kind"):
            raise TypeError(
                f"dtype of `{name}` must be compatible with input `ary` under the `same_kind` rule."
            )
        ends.append([] if end is None else [np.astype(np.ravel(end), ary.dtype)])
    pieces = [*ends[0], ary[1:] - ary[:-1], *ends[1]]
    return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]


@composed(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside, one-sided ones of `edge_order` at the ends, along each axis.

    Where the places of the samples are given they are taken for unevenly spaced, so that the
    derivatives in these are right too.
    """
    f = operand(f)
    f = f if f.dtype.kind in "fc" else f.astype(np.float64)
    axes = range(f.ndim) if axis is None else normalize_axis_tuple(axis, f.ndim)
    if not varargs:
        varargs = (1.0,)
    if len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        varargs = varargs * len(axes)
    if len(varargs) != len(axes):
        raise TypeError("invalid number of arguments")
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    slopes = []
    for k, spacing in zip(axes, varargs, strict=True):
        if f.shape[k] < edge_order + 1:
            raise ValueError("Shape of array too small to calculate a numerical gradient, "
                             "at least (edge_order + 1) elements are required.")
        moved = np.moveaxis(f, k, 0)
        slope = _slope(moved, _steps(spacing, moved), edge_order)
        if slope.dtype.kind == "c" and f.dtype.kind == "f":
            raise TypeError("np.gradient: a complex spacing of real samples would lose its "
                            "imaginary part; make the samples complex too")
        slopes.append(operand(np.moveaxis(slope, 0, k), f.dtype))
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _steps(spacing: Any, f: Any) -> Any:
    """The distances of neighbours along the first axis: one for all, or one for each two."""
    if np.ndim(spacing) == 0:
        return spacing
    spacing = operand(spacing)
    if spacing.ndim != 1:
        raise ValueError("distances must be either scalars or 1d")
    if len(spacing) != len(f):
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    spacing = spacing if spacing.dtype.kind in "fc" else spacing.astype(np.float64)
    return (spacing[1:] - spacing[:-1]).reshape((-1,) + (1,) * (f.ndim - 1))


def _slope(f: Any, h: Any, edge_order: int) -> Any:
    """The slopes along the first axis.

    The parabola through three samples, at distances p and q, has in its middle the mean of the
    slopes of its two chords, that of the shorter one the heavier; its slope grows evenly.
    """
    if np.ndim(h) == 0:
        first, last = (f[1:2] - f[:1]) / h, (f[-1:] - f[-2:-1]) / h
        middle = (f[2:] - f[:-2]) / (2.0 * h)
    else:
        chords = (f[1:] - f[:-1]) / h
        first, last, p, q = chords[:1], chords[-1:], h[:-1], h[1:]
        middle = (q * chords[:-1] + p * chords[1:]) / (p + q)
    if edge_order == 2:
        first, last = 2 * first - middle[:1], 2 * last - middle[-1:]
    return np.concatenate([first, middle, last])


# ---- between samples -----------------------------------------------------------------------------


def _samples(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of np.interp; a period leaves nothing to the left or right."""
    for name, each in (("x", x), ("xp", xp), ("left", left), ("right", right)):
        if np.iscomplexobj(each) and not (name in ("left", "right") and np.iscomplexobj(fp)):
            raise TypeError(
                f"np.interp: the imaginary part of a complex {name} would be lost; only fp may be "
                "complex, and left and right with it"
            )
    if period is None:
        return (x, xp, fp, left, right), {}
    if hasattr(period, "__tensor_function__"):
        raise TypeError("np.interp: the derivative in period= is not known; pass a plain number")
    return (x, xp, fp, None, None), {"period": period}


def _between(x: Any, xp: Any, fp: Any, period: float | None) -> tuple[Any, ...]:
    """For every x: the samples before and after it, its share of the way between, and the slope.

    Outside of all samples, before the first or after the last, the share is 0 or 1.
    """
    n = np.size(xp)
    xp, fp = xp * np.float64(1), fp * np.float64(1)  # in the precision of the result
    if period is None:
        order, places, x = np.arange(n), xp, x + 0.0
    else:
        period = abs(period)
        x = x - period * np.floor(x / period)
        xp = xp - period * np.floor(xp / period)
        order = np.argsort(xp)
        order = np.concatenate([order[-1:], order, order[:1]])
        turns = np.zeros(n + 2)
        turns[0], turns[-1] = -period, period
        places = xp[order] + turns
    first = np.clip(np.searchsorted(places, x, "right") - 1, 0, max(len(order) - 2, 0))
    second = np.minimum(first + 1, len(order) - 1)
    width = places[second] - places[first]
    width = np.where(width == 0, 1.0, width)
    share = np.where(x < places[0], 0.0,
                     np.where(x > places[-1], 1.0 * (second > first), (x - places[first]) / width))
    before, after = order[first], order[second]
    return before, after, share, (fp[after] - fp[before]) / width


def _outside(x: Any, xp: Any, period: float | None) -> tuple[Any, Any]:
    """Where x lies before all samples, and where after all."""
    if period is not None:
        return np.zeros(np.shape(x), bool), np.zeros(np.shape(x), bool)
    return x < xp[0], x > xp[-1]


def _interp_x(
    g: Any, out: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any, period: Any = None
) -> Any:
    below, above = _outside(x, xp, period)
    return np.where(below | above, 0.0, g * _between(x, xp, fp, period)[3])


def _interp_fp(
    g: Any, out: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any, period: Any = None
) -> Any:
    below, above = _outside(x, xp, period)
    before, after, share, _ = _between(x, xp, fp, period)
    g = np.where((left is not None) & below | (right is not None) & above, 0.0, g)
    return (scatter(g * (1 - share), before, np.shape(fp))
            + scatter(g * share, after, np.shape(fp)))


def _interp_xp(
    g: Any, out: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any, period: Any = None
) -> Any:
    """To move a sample along its slope changes nothing, so the sample moves down by slope dx."""
    below, above = _outside(x, xp, period)
    before, after, share, slope = _between(x, xp, fp, period)
    g = np.where(below | above, 0.0, -g * slope)
    return (scatter(g * (1 - share), before, np.shape(xp))
            + scatter(g * share, after, np.shape(xp)))


pullback(np.interp, _interp_x, _interp_xp, _interp_fp,
         lambda g, out, x, xp, fp, left, right, period=None:
         np.where(_outside(x, xp, period)[0], g, 0.0),
         lambda g, out, x, xp, fp, left, right, period=None:
         np.where(_outside(x, xp, period)[1], g, 0.0),
         arguments=_samples)

# What is added to each element is a number of whole periods.
pullback(np.unwrap, lambda g, out, p, discont=None, axis=-1, period=2 * np.pi: g)
