"""A derivative that a user wrote: what it gives is looked at before the engine takes it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinygrad_edu.engine.context import STATE, rule_of
from tinygrad_edu.engine.node import Node
from tinygrad_edu.engine.stand_ins import StandIn, is_array, is_traced, raise_caught

__all__ = ["CheckedRule", "broadcasts", "read_only"]

Shape = tuple[int, ...]


class CheckedRule:
    """The local derivative, or the pullback, of `operation` for its argument at `place`."""

    def __init__(
        self,
        operation: str,
        argument: str,
        place: int,
        rule: Callable[..., Any],
        elementwise: bool,
    ) -> None:
        what = "local derivative" if elementwise else "pullback"
        self.called = f"the {what} of {operation} for {argument}"
        self.__name__ = f"{what} of {operation}".replace(" ", "_")  # as one call of a trace
        self.place, self.rule, self.elementwise = place, rule, elementwise

    def __call__(self, *given: Any, **settings: Any) -> Any:
        recorded = STATE.get().recording and any(isinstance(each, Node) for each in given)
        if recorded:
            with rule_of(self.called):
                found = self._array(self.rule(*map(read_only, given), **settings))
        else:
            found = self._array(self.rule(*map(read_only, given), **settings))
        raise_caught(given)  # a rule that looks at values is one call of the trace
        out, *operands = given if self.elementwise else given[1:]
        self._check_shape(found.shape, out.shape, [_shape(operand) for operand in operands])
        if found.dtype.kind == "c" and not (
            out.dtype.kind == "c" or np.iscomplexobj(operands[self.place])
        ):
            raise TypeError(
                f"{self.called}: it gives complex numbers, and both result and argument are real"
            )
        # A pullback is linear in g: what does not depend on it, and is not 0, was taken out of it.
        if not self.elementwise and recorded and isinstance(given[0], Node):
            lost = not isinstance(found, Node) and np.any(found)
            if lost:
                raise TypeError(
                    f"{self.called}: it gives a plain array, though the gradient g is recorded, so "
                    "that a second derivative would be lost; write it in NumPy's functions of g"
                )
        return found if found.dtype.kind in "fc" else found.astype(out.dtype)

    def _array(self, found: Any) -> Any:
        """What the rule gave, if it is made of numbers."""
        if isinstance(found, int | float | complex) and not is_traced(found):
            return np.asarray(found)[()]
        if not isinstance(found, np.ndarray | np.generic | Node | StandIn):
            raise TypeError(f"{self.called}: it must give an array of numbers, not {found!r}")
        dtype: Any = getattr(found, "dtype", None)
        if dtype.kind not in "biufc":
            raise TypeError(f"{self.called}: it must give an array of numbers, not dtype {dtype}")
        return found

    def _check_shape(self, found: Shape, out: Shape, operands: list[Shape]) -> None:
        """Let no shape pass that broadcasts by chance: only those that are meant to."""
        argument = operands[self.place]
        if self.elementwise:
            if found == out or found in set(broadcasts(operands)):
                return
            expected = f"the shape of the result, {out}"
        else:
            # The engine sums over the axes along which an argument was broadcast to the result.
            if found == argument or (found == out and _stretches(argument, out)):
                return
            expected = f"the shape of the argument, {argument}"
        raise ValueError(
            f"{self.called}: it gives shape {found}, and must have {expected}"
            + _hint(found, argument)
        )


def broadcasts(shapes: list[Shape]) -> Iterator[Shape]:
    """The shapes that some of these give together, and that of none: ()."""
    for count in range(len(shapes) + 1):
        for some in itertools.combinations(shapes, count):
            try:
                yield np.broadcast_shapes(*some)
            except ValueError:
                continue


def read_only(value: Any) -> Any:
    """What a user's function may read and not write: the graph, or another rule, has it too."""
    if not is_array(value):
        return value
    view = value.view()
    view.flags.writeable = False
    return view


def _shape(operand: Any) -> Shape:
    shape: Shape = np.shape(operand._value if isinstance(operand, Node) else operand)
    return shape


def _stretches(shape: Shape, to: Shape) -> bool:
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _hint(found: Shape, expected: Shape) -> str:
    if not found:
        return "; spread it out with np.broadcast_to"
    if found == expected[::-1]:
        return "; a transpose is missing, or too many"
    return "; sum over what was broadcast" if _stretches(expected, found) else ""
