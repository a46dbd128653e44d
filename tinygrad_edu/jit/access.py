"""Which element of an array a loop reads or writes: an index for each of the array's long axes."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_edu.jit.kernel import is_view
from tinygrad_edu.trace.program import Call

__all__ = ["Access", "Axes", "behind", "blocks", "view_shape"]

# Of every axis longer than 1 of an array, in its order, the axis of the loops that runs along it.
Axes = tuple[Any, ...]
Access = tuple[int, Axes]  # the number of the array, and these


def behind(number: int, known: dict[int, Call]) -> Access:
    """The array that a view is of, and along which axis of the view each of its axes runs."""
    views: list[Call] = []
    while known[number].function is not None and is_view(known[number], known):
        views.append(known[number])
        number = views[-1].args[0].number
    axes = tuple(k for k, n in enumerate(known[number].shape) if n != 1)
    for view in reversed(views):
        along = _along(view, known[view.args[0].number])
        axes = tuple(along[axis] for axis in axes)
    return number, axes


def _along(call: Call, source: Call) -> dict[int, int]:
    """For each long axis of the source, the axis of the view that it is."""
    if call.function is np.transpose:
        order = [*call.args[1:], *call.kwargs.values()] or [None]
        axes = order[0] or tuple(range(len(source.shape)))[::-1]
        return {axis % len(axes): place for place, axis in enumerate(axes)}
    if call.function is np.broadcast_to:
        more = len(call.shape) - len(source.shape)
        return {axis: axis + more for axis in range(len(source.shape))}
    long = [k for k, n in enumerate(call.shape) if n != 1]
    return dict(zip([k for k, n in enumerate(source.shape) if n != 1], long, strict=True))


def blocks(shape: tuple[int, ...], accesses: list[Axes], apart: bool = False) -> list[list[int]]:
    """The long axes of loops, those together that one loop can do for all arrays."""
    found: list[list[int]] = []
    for axis in (k for k, n in enumerate(shape) if n != 1):
        if found and not apart and all(_follows(found[-1][-1], axis, each) for each in accesses):
            found[-1].append(axis)
        else:
            found.append([axis])
    return found


def _follows(one: int, other: int, axes: Axes) -> bool:
    if (one in axes) != (other in axes):
        return False
    return one not in axes or axes.index(other) == axes.index(one) + 1


def view_shape(axes: Axes, loops: list[list[int]], extents: dict[Any, int]) -> tuple[int, ...]:
    """The shape in which an array has one axis for each loop that runs along it."""
    firsts = {loop[0]: loop for loop in loops}
    return tuple(
        prod(extents[a] for a in firsts.get(axis, [axis]))
        for axis in axes
        if axis in firsts or axis not in {a for loop in loops for a in loop}
    ) or (1,)
