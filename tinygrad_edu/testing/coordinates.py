"""Arrays as vectors of real numbers: a complex array is its real parts, and then its imaginary."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["count", "from_reals", "labels", "to_reals"]


def count(array: Any) -> int:
    """How many real numbers an array (or what has its shape and dtype) is made of."""
    size: int = math.prod(array.shape)
    return 2 * size if array.dtype.kind == "c" else size


def to_reals(arrays: Sequence[Any]) -> Any:
    """The elements of all arrays in one vector of float64.

    Examples
    --------
    >>> to_reals([np.array([1.0, 2.0]), np.array([3 + 4j])])
    array([1., 2., 3., 4.])
    """
    parts: list[Any] = []
    for array in map(np.asarray, arrays):
        parts.extend([array.real, array.imag] if array.dtype.kind == "c" else [array])
    if len(parts) == 1:
        return parts[0].astype(np.float64).ravel()
    return np.concatenate([np.zeros(0), *(part.ravel().astype(np.float64) for part in parts)])


def from_reals(vector: Any, like: Sequence[Any]) -> list[Any]:
    """Arrays of these shapes that hold the elements of a vector: in float64, or complex128."""
    arrays, end = [], 0
    for each in like:
        start, end = end, end + count(each)
        part = vector[start:end]
        if each.dtype.kind == "c":
            half = len(part) // 2
            part = part[:half] + 1j * part[half:]
        arrays.append(part.reshape(each.shape))
    return arrays


def labels(name: str, array: Any) -> Iterator[str]:
    """What to call each of the real numbers that an array is made of."""
    for part in (".real", ".imag") if array.dtype.kind == "c" else ("",):
        for index in np.ndindex(array.shape):
            yield name + (f"[{', '.join(map(str, index))}]" if index else "") + part
