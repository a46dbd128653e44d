"""Derivatives at numbers whose squares are too large or too small for their dtype.

``norm(x)`` of 1e-200 is computed as the square root of 1e-400, which is 0. That is its value, as it
is NumPy's; its slope is that of ``norm(x / size) size``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import constant, local, operation

__all__ = ["any_outside", "lengths_outside", "powers_within", "restated", "size_of"]


@functools.lru_cache(maxsize=100)
def powers_within(dtype: Any, power: float) -> tuple[Any, Any]:
    """Between which numbers their powers, up to this one, are neither too small nor too large."""
    low = np.finfo(dtype).tiny ** (1 / power)
    low = low if dtype.char in "gG" else float(low)
    return low, 1 / low


def any_outside(sizes: Any, limits: tuple[float, float], count: Callable[[], Any]) -> Any:
    """Whether one of `sizes`, where they count, lies not between the limits; a NaN lies nowhere.

    Which count is asked for where it makes a difference, which it rarely does.
    """
    low, high = limits
    if sizes.ndim == 0 and low <= sizes <= high:
        return np.False_
    beyond = (sizes < low) | (sizes > high)
    return np.any(beyond & count()) if np.any(beyond) else np.False_


@operation
def lengths_outside(lengths: Any, limits: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Whether the length of a vector that is not 0, along `axis`, lies not between the limits."""
    return any_outside(lengths, limits, lambda: np.any(x != 0, axis=axis, keepdims=keepdims))


@operation
def size_of(x: Any, axis: Any, smallest: bool = False) -> Any:
    """The largest |x| along `axis`, kept, or the smallest; 1 where that is 0 or not finite."""
    size = np.abs(x)
    lowest = np.finfo(size.dtype).tiny
    reduce: Any = np.min if smallest else np.max
    found = reduce(size, axis=axis, keepdims=True, initial=np.inf if smallest else 0)
    return np.where((found == 0) | ~np.isfinite(found), 1, np.maximum(found, lowest))


@operation
def restated(x: Any, value: Any) -> Any:
    """x with another value than rounding, or a step in between, has given it."""
    return value


constant(lengths_outside, size_of)
local(restated, lambda out, x, value: 1.0, None)
