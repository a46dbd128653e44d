"""np.pad in its modes: one axis after the other is given a border made of what is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed
from tinygrad_edu.rules.creation import assembled
from tinygrad_edu.rules.indexing import picked, positions, rearranged, scatter


@composed(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """The array within a border.

    Most modes only move elements; the others, and ``constant_values`` and ``end_values``, which
    may be Tensors, are computed.
    """
    if callable(mode):
        raise TypeError("np.pad of a Tensor: a function as mode=... writes into an array in place; "
                        "build the border with np.concatenate")
    lone = np.ones((1,) * array.ndim)  # NumPy says what it makes of the arguments
    outline = np.pad(lone, pad_width)
    if mode != "constant" or kwargs:
        np.pad(lone, pad_width, mode, **{name: 0 if name.endswith("values") else value
                                         for name, value in kwargs.items()})
    before = np.argwhere(outline)[0].tolist()
    after = [n - 1 - b for n, b in zip(outline.shape, before, strict=True)]
    if mode in ("constant", "empty"):
        value = kwargs.get("constant_values", 0)
        if type(value) in (int, float) and value == 0:
            shape = np.sum([before, array.shape, after], axis=0, dtype=int)
            inside = tuple(slice(b, b + n) for b, n in zip(before, array.shape, strict=True))
            return scatter(array, inside, tuple(shape.tolist()))
        return rearranged(lambda a, c: np.pad(a, pad_width, constant_values=c),
                          array, _as_given(value, array))
    odd = kwargs.get("reflect_type", "even") != "even"
    if not array.size or mode in ("edge", "wrap") or (mode in _REFLECTIONS and not odd):
        moving: Any = mode if array.size else "edge"
        return np.take(array, np.pad(positions(array.shape), pad_width, moving))
    border = _border(mode, array, kwargs)
    for axis, widths in enumerate(zip(before, after, strict=True)):
        array = border(array, axis, *widths)
    return array


def _as_given(values: Any, array: Any) -> Any:
    """Numbers for a border, from nested lists of numbers or Tensors, in the dtype of the array."""
    values = assembled(values)
    return values if values.dtype == array.dtype else np.astype(values, array.dtype)


def _border(mode: str, array: Any, kwargs: dict[str, Any]) -> Callable[..., Any]:
    """The function ``(array, axis, before, after)`` that adds to one axis."""
    if mode in _REFLECTIONS:
        edge = mode == "symmetric"
        return lambda a, axis, before, after: _reflected_odd(a, axis, before, after, edge)
    if mode == "linear_ramp":
        ends = np.broadcast_to(_as_given(kwargs.get("end_values", 0), array), (array.ndim, 2))
        return lambda a, axis, before, after: _ramp(a, axis, before, after, ends[axis])
    lengths = np.broadcast_to(np.array(kwargs.get("stat_length"), object), (array.ndim, 2))
    return lambda a, axis, *widths: _statistic(_STATISTICS[mode], a, axis, widths, lengths[axis])


_REFLECTIONS = ("reflect", "symmetric")
_STATISTICS = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


def _part(a: Any, axis: int, start: int | None, stop: int | None, step: int = 1) -> Any:
    return a[picked(slice(start, stop, step), axis, a.ndim)]


def _reflected_odd(a: Any, axis: int, before: int, after: int, edge: bool) -> Any:
    """A border of ``2 * edge - reflection``, added in rounds of what there is to reflect.

    As NumPy has it, a round reflects whole periods only, and one element is just repeated.
    """
    n = a.shape[axis]
    if n == 1:
        return np.repeat(a, before + 1 + after, axis)
    skipped = 0 if edge else 1  # whether the element on the edge is itself reflected
    while before or after:
        whole = (a.shape[axis] - skipped) // (n - skipped) * (n - skipped)
        left, right = min(whole, before), min(whole, after)
        low = 2 * _part(a, axis, 0, 1) - np.flip(_part(a, axis, skipped, skipped + left), axis)
        end = a.shape[axis] - skipped
        high = 2 * _part(a, axis, -1, None) - np.flip(_part(a, axis, end - right, end), axis)
        a = np.concatenate([low, a, high], axis=axis)
        before, after = before - left, after - right
    return a


def _ramp(a: Any, axis: int, before: int, after: int, ends: Any) -> Any:
    """Borders that lead in equal steps from the edge to the value at the end."""
    column = (-1, *[1] * (a.ndim - 1 - axis))

    def ramp(edge: Any, end: Any, width: int) -> Any:
        share = (np.arange(width) / max(width, 1)).astype(a.dtype).reshape(column)
        return end + (edge - end) * share

    low = ramp(_part(a, axis, 0, 1), ends[0], before)
    high = ramp(_part(a, axis, -1, None), ends[1], after)
    return np.concatenate([low, a, np.flip(high, axis)], axis=axis)


def _statistic(statistic: Any, a: Any, axis: int, widths: Any, lengths: Any) -> Any:
    """Borders that repeat a statistic of the elements, or of the first and the last `lengths`."""
    n = a.shape[axis]
    first, last = (n if length is None else min(int(length), n) for length in lengths)
    parts = _part(a, axis, 0, first), _part(a, axis, n - last, None)
    low, high = (
        np.repeat(np.astype(statistic(part, axis=axis, keepdims=True), a.dtype), width, axis)
        for part, width in zip(parts, widths, strict=True)
    )
    return np.concatenate([low, a, high], axis=axis)
