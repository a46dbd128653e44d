"""Running sums and products, and the recurrence by which a product of all but one is carried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from tinygrad_edu.engine.rule import composed, pullback


def backwards(a: Any) -> Any:
    """The last axis in reverse order."""
    return a[..., ::-1]


def in_last_axis(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The pullback along any axis, of a rule that knows the last axis only.

    Without an axis the elements run in one; a number runs through one element.
    """

    def pullback(g: Any, out: Any, a: Any, axis: int | None = None, dtype: Any = None) -> Any:
        if axis is None or a.ndim == 0:
            return rule(g, out, a.reshape(-1), dtype).reshape(a.shape)
        moved = (np.moveaxis(each, axis, -1) for each in (g, out, a))
        return np.moveaxis(rule(*moved, dtype), -1, axis)

    return pullback


def recurrence(g: Any, c: Any) -> Any:
    """The solution of ``s_j = g_j + c_j s_(j+1)``, with nothing behind the last, in the last axis.

    A tree: two steps of the recurrence are one step of another, from every second s to the next,
    which is solved first; the others are then one step away. Nothing is divided, so zeros do no
    harm, and work is linear in the size.

    Source: Blelloch (1990), "Prefix sums and their applications", section 1.4.
    """
    n = g.shape[-1]
    if n < 2:
        return g
    if n % 2:
        zero = np.zeros_like(c[..., :1])
        g, c = np.concatenate([g, zero], axis=-1), np.concatenate([c, zero], axis=-1)
    even, odd, step = g[..., 0::2], g[..., 1::2], c[..., 0::2]
    s_even = recurrence(even + step * odd, step * c[..., 1::2])
    behind = np.concatenate([s_even[..., 1:], np.zeros_like(s_even[..., :1])], axis=-1)
    s_odd = odd + c[..., 1::2] * behind
    return np.stack([s_even, s_odd], axis=-1).reshape(g.shape)[..., :n]


def _cumsum(g: Any, out: Any, a: Any, dtype: Any) -> Any:
    """What element j went into: the sums from j on."""
    return backwards(np.cumsum(backwards(g), axis=-1))


def _cumprod(g: Any, out: Any, a: Any, dtype: Any) -> Any:
    """The product of all before j, times ``s_j = g_j + a_(j+1) (g_(j+1) + a_(j+2) (...))``."""
    if a.shape[-1] == 0:
        return g
    if dtype is not None:
        a = np.astype(a, dtype)
    first = a[..., :1]
    before = np.concatenate([np.ones_like(first), out[..., :-1]], axis=-1)
    after = np.concatenate([a[..., 1:], np.zeros_like(first)], axis=-1)
    return before * recurrence(g, after)


pullback(np.cumsum,  in_last_axis(_cumsum))
pullback(np.cumprod, in_last_axis(_cumprod))


def _cumulative(
    running: Any, start: int, x: Any, axis: Any, dtype: Any, include_initial: bool
) -> Any:
    """A running sum or product as the array API standard has it, with what it starts from."""
    if axis is None:
        if x.ndim >= 2:
            raise ValueError(
                "For arrays which have more than one dimension ``axis`` argument is required."
            )
        axis = 0
    axis = normalize_axis_index(axis, max(x.ndim, 1))
    out = running(x, axis=axis, dtype=dtype)
    if not include_initial:
        return out
    first = (*out.shape[:axis], 1, *out.shape[axis + 1 :])
    return np.concatenate([np.full(first, start, out.dtype), out], axis=axis)


@composed(np.cumulative_sum)
def cumulative_sum(
    x: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """The running sum, from 0 if `include_initial`."""
    return _cumulative(np.cumsum, 0, x, axis, dtype, include_initial)


@composed(np.cumulative_prod)
def cumulative_prod(
    x: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """The running product, from 1 if `include_initial`."""
    return _cumulative(np.cumprod, 1, x, axis, dtype, include_initial)


@composed(np.nancumsum)
def nancumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The running sum that passes NaN by."""
    return np.cumsum(np.where(np.isnan(a), 0, a), axis=axis, dtype=dtype)


@composed(np.nancumprod)
def nancumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The running product that passes NaN by."""
    return np.cumprod(np.where(np.isnan(a), 1, a), axis=axis, dtype=dtype)
