"""Copies of the arrays that operations were called with, to see whether they were changed since."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["Snapshots", "first_difference"]


class Snapshots:
    """One copy of an array for all operations that hold it unchanged."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[weakref.ref[Any], Any]] = {}

    def of(self, args: Any, computed: set[int]) -> list[tuple[int, Any, Any]]:
        """Argument, array, copy, for every array but those that Tensors were `computed` to be."""
        return [
            (place, array, self._copy(array))
            for place, argument in enumerate(args)
            for array in _arrays(argument)
            if id(array) not in computed
        ]

    def _copy(self, array: Any) -> Any:
        known = self._last.get(id(array))
        if known is not None and known[0]() is array and first_difference(array, known[1]) is None:
            return known[1]
        copy = array.copy()
        ident, last = id(array), self._last
        last[ident] = (weakref.ref(array, lambda _: last.pop(ident, None)), copy)
        return copy


def _arrays(argument: Any) -> Iterator[Any]:
    """The arrays in an argument, also those in lists, tuples and dicts."""
    waiting, seen = [argument], set()
    while waiting:
        item = waiting.pop()
        if isinstance(item, np.ndarray):
            yield item
        elif id(item) in seen:  # a list may hold itself
            continue
        seen.add(id(item))
        if isinstance(item, list | tuple):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend(item.values())


def first_difference(array: Any, copy: Any) -> tuple[int, ...] | None:
    """The index of the first element that is not as in the copy; NaN is as NaN."""
    if array.shape != copy.shape:
        return ()
    same = (array == copy) | ((array != array) & (copy != copy))
    if np.all(same):
        return None
    return tuple(int(i) for i in np.argwhere(~same)[0])
