"""Values as formulas: what a trace computed, each the same formula once, in its simplest form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.kit.nested import found_in
from tinygrad_edu.sourcing import algebra
from tinygrad_edu.sourcing.functions import public
from tinygrad_edu.sourcing.marks import FILL, LITERAL
from tinygrad_edu.sourcing.operators import may_be_pythons
from tinygrad_edu.trace.of_rules import computed_from
from tinygrad_edu.trace.traced import Traced

__all__ = ["Formulas", "Value", "values_in"]


@dataclass(eq=False, slots=True)
class Value:
    """A call, or an input if `function` is None.

    `number` is the order in which they were made, and `parts` are the values that it is computed
    from, once for each use. `pythons` says whether it may be one of Python's numbers when what is
    printed runs: these have no index, no method and no dtype.
    """

    function: Callable[..., Any] | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    shape: tuple[int, ...]
    dtype: Any
    number: int
    parts: list[Value]
    pythons: bool

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)


def values_in(part: Any) -> Iterator[Value]:
    """The values in arguments, also in lists, tuples and dicts."""
    return found_in(part, Value)


class Formulas:
    """Makes values of stand-ins: simplified, and every formula only once."""

    def __init__(self, literal: Callable[[Any, int], bool]) -> None:
        # Which arrays, among the arguments of a call with this number, are written out.
        self.literal, self._call_number = literal, 0
        self.of: dict[int, Any] = {}  # by the id of a stand-in
        self.lifted: list[tuple[Any, Value]] = []  # arrays that are inputs
        self._known: dict[Any, Value] = {}
        self._arrays: dict[int, Value] = {}
        self._count = 0

    def input(self, stand_in: Traced) -> Value:
        """The value of an argument."""
        value = self._new(None, (), {}, stand_in.shape, stand_in.dtype)
        self.of[id(stand_in)] = value
        return value

    def input_of(self, array: Any) -> Value:
        """The value of an array that is an argument."""
        if id(array) not in self._arrays:
            value = self._new(None, (), {}, array.shape, array.dtype)
            self._arrays[id(array)] = value
            self.lifted.append((array, value))
        return self._arrays[id(array)]

    def number(self, number: Any) -> Any:
        """The value that is a number."""
        return self.call(FILL, (number,), {}, (), np.asarray(number).dtype)

    def add(self, roots: Iterable[Any]) -> None:
        """Make values of these stand-ins, and of all that they were computed from."""
        for each in computed_from(list(roots), self.of):
            self._call_number = each.number
            args, kwargs = self.part(each.args), self.part(each.kwargs)
            function = public(each.function)
            self.of[id(each)] = self.call(function, args, kwargs, each.shape, each.dtype)

    def part(self, part: Any) -> Any:
        """An argument with values in place of stand-ins, and of arrays that are not literal."""
        if isinstance(part, Traced):
            return self.of[id(part)]
        if isinstance(part, np.ndarray):
            return self._array(part)
        if isinstance(part, tuple) and hasattr(part, "_fields"):
            return tuple(self.part(each) for each in part)
        if isinstance(part, tuple | list):
            return type(part)(self.part(each) for each in part)
        if isinstance(part, dict):
            return {name: self.part(each) for name, each in part.items()}
        return part

    def _array(self, array: Any) -> Any:
        if not array.ndim:
            return array[()]
        if not any(array.strides) and array.size:  # one number, repeated
            return self.call(FILL, (array.flat[0],), {}, array.shape, array.dtype)
        if self.literal(array, self._call_number):
            if array.size and (array == array.flat[0]).all():
                return self.call(FILL, (array.flat[0],), {}, array.shape, array.dtype)
            return self.call(LITERAL, (array,), {}, array.shape, array.dtype)
        return self.input_of(array)

    def call(self, function: Any, args: Any, kwargs: Any, shape: Any, dtype: Any) -> Any:
        """The value of a call: one that is there already, or a new one."""
        simple = algebra.simplified(self, function, args, kwargs, tuple(shape), dtype)
        if isinstance(simple, Value):
            return simple
        function, args, kwargs = simple
        key = (function, _key(args), _key(kwargs), tuple(shape), str(dtype))
        if key not in self._known:
            self._known[key] = self._new(function, tuple(args), kwargs, shape, dtype)
        return self._known[key]

    def _new(self, function: Any, args: Any, kwargs: Any, shape: Any, dtype: Any) -> Value:
        self._count += 1
        parts = [*values_in(args), *values_in(kwargs)]
        pythons = not shape and may_be_pythons(function, args, parts)
        dtype = np.dtype(dtype)
        return Value(function, args, kwargs, tuple(shape), dtype, self._count, parts, pythons)


def _key(part: Any) -> Any:
    """What is equal if and only if arguments are the same."""
    if isinstance(part, Value):
        return part.number, Value
    if isinstance(part, np.ndarray):
        return part.shape, str(part.dtype), part.tobytes()
    if isinstance(part, slice):
        return slice, _key(part.start), _key(part.stop), _key(part.step)
    if isinstance(part, tuple | list):
        return (type(part), *map(_key, part))
    if isinstance(part, dict):
        return tuple((name, _key(each)) for name, each in sorted(part.items()))
    return type(part), repr(part) if isinstance(part, float | complex | np.generic) else part
