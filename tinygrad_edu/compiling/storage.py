"""Where the values of a program are kept while it runs, and how long each is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from tinygrad_edu.trace.facts import item
from tinygrad_edu.trace.passes.fusion import Fused
from tinygrad_edu.trace.passes.rewriting import is_elementwise
from tinygrad_edu.trace.program import Call, Program, refs_in

__all__ = ["Buffers", "Lifetimes", "as_out", "has_out", "is_fresh", "is_of_fused", "is_reduction"]

_BLAS = "fdFD"
_PLAIN = {np.dot, np.matmul, np.vdot, np.where, np.concatenate, np.stack}


def is_blas(call: Call, known: dict[int, Call]) -> bool:
    """Whether it is a product of matrices or vectors that BLAS does as it stands."""
    operands = [known.get(n) for n in call.refs]
    return (
        call.function in (np.dot, np.matmul)
        and not call.kwargs
        and call.dtype.char in _BLAS
        and all(getattr(arg, "dtype", call.dtype) == call.dtype for arg in call.args)
        and all(o is not None and o.dtype == call.dtype and not o.weak for o in operands)
    )


def has_out(call: Call, known: dict[int, Call]) -> bool:
    """Whether the function can be given an array to write its result into."""
    if call.shape == () or 0 in call.shape or call.dtype.kind not in "biufc":
        return False
    return is_elementwise(call) or is_reduction(call) or is_blas(call, known)


def is_reduction(call: Call) -> bool:
    """Whether it is the ``reduce`` of a ufunc, as the passes write it."""
    return (
        isinstance(getattr(call.function, "__self__", None), np.ufunc)
        and call.function.__name__ == "reduce"  # type: ignore[union-attr]
        and len(call.args) == 1
        and set(call.kwargs) <= {"axis", "keepdims"}
        and "axis" in call.kwargs
    )


def is_fresh(call: Call) -> bool:
    """Whether the result is surely an array that nobody else has."""
    return (
        isinstance(call.function, np.ufunc | Fused) or is_reduction(call) or call.function in _PLAIN
    )


def as_out(function: Any, out: str) -> str:
    """Where a function writes its result, as an argument: the last one, where that may be."""
    return f"out={out}" if function in (np.maximum, np.minimum) else out


def is_of_fused(call: Call, known: dict[int, Call]) -> bool:
    """Whether it is one of the results of a fused call."""
    return call.function is item and isinstance(known[call.args[0].number].function, Fused)


class Lifetimes:
    """Which values share the memory of which, and when each memory is used for the last time."""

    def __init__(self, program: Program) -> None:
        self.roots: dict[int, frozenset[int]] = {}
        self.last: dict[int, int] = {}
        known = {call.number: call for call in program.calls}
        for place, call in enumerate(program.calls):
            own = frozenset((call.number,))
            if call.function is not None and not is_fresh(call) and not is_of_fused(call, known):
                own = own.union(*(self.roots[n] for n in call.refs))
            self.roots[call.number] = own
            for number in (call.number, *call.refs):
                self._use(number, place)
        for number in (*refs_in(program.outputs), *program.checks):
            self._use(number, len(program.calls))
        self._ends: dict[int, list[int]] = {}
        for number, place in self.last.items():
            self._ends.setdefault(place, []).append(number)

    def ending(self, place: int) -> list[int]:
        """The values that the call at `place` uses for the last time."""
        return self._ends.get(place, [])

    def _use(self, number: int, place: int) -> None:
        for root in self.roots[number]:
            self.last[root] = place


@dataclass(frozen=True)
class _View:
    of: str
    make: Callable[[Any], Any]


class Buffers:
    """Arrays that a program keeps from call to call, to write what it computes into.

    Each has a name in the program, and so have views of it that the program uses.
    """

    def __init__(self) -> None:
        self._made: dict[str, tuple[int, Any]] = {}  # name -> size, dtype
        self._views: dict[str, _View] = {}
        self._known: dict[Any, str] = {}
        self._free: dict[tuple[int, Any], dict[str, None]] = {}
        self.of: dict[str, str] = {}  # of an array or view that is used: the memory

    def take(self, shape: tuple[int, ...], dtype: Any) -> str:
        """The name of an array of this shape in memory that is free, or new."""
        key = prod(shape), dtype
        free = self._free.setdefault(key, {})
        if free:
            memory, _ = free.popitem()
        else:
            memory = f"m{len(self._made)}"
            self._made[memory] = key
        return self.reshaped(memory, shape)

    def release(self, name: str) -> None:
        """Let the memory be used for something else."""
        memory = self.of[name]
        self._free.setdefault(self._made[memory], {})[memory] = None

    def reshaped(self, name: str, shape: tuple[int, ...]) -> str:
        """The name of the memory behind `name`, as an array of this shape."""
        memory = self.of.get(name, name)
        return self.view(memory, ("reshape", shape), lambda m: m.reshape(shape))

    def view(self, name: str, key: Any, make: Callable[[Any], Any]) -> str:
        """The name of a view of the array called `name`."""
        if (name, key) not in self._known:
            new = f"b{len(self._views)}"
            self._views[new] = _View(name, make)
            self._known[name, key] = new
            self.of[new] = self.of.get(name, name)
        return self._known[name, key]

    def __bool__(self) -> bool:
        return bool(self._views)

    def names(self, used: set[str]) -> list[str]:
        """The names that the program unpacks a set of arrays to, of those that it uses."""
        return [name for name in self._views if name in used]

    def maker(self, used: set[str]) -> Callable[[], tuple[Any, ...]]:
        """A function that makes a set of arrays."""
        made, views, names = dict(self._made), dict(self._views), self.names(used)

        def make() -> tuple[Any, ...]:
            arrays: dict[str, Any] = {m: np.empty(*key) for m, key in made.items()}
            for name, view in views.items():
                arrays[name] = view.make(arrays[view.of])
            return tuple(arrays[name] for name in names)

        return make

    @property
    def size(self) -> int:
        """The bytes of a set of arrays."""
        return sum(size * dtype.itemsize for size, dtype in self._made.values())
