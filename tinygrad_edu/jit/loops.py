"""Write a kernel as a Python function of loops, which Numba compiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinygrad_edu.jit.arithmetic import expression
from tinygrad_edu.jit.elements import INNER, Elements
from tinygrad_edu.jit.kernel import is_dot, reduced_axes
from tinygrad_edu.jit.nests import Nest, nests_of, stored
from tinygrad_edu.trace.program import Call, Program, Ref, refs_in

__all__ = ["Loops", "loops_of"]

BLOCK = 1 << 12  # terms that are added one after another, before their sum is added to the total


@dataclass(frozen=True)
class Loops:
    """The function: it takes what is given, then arrays to write into.

    These are one for each of `arrays`, and one for the numbers of each dtype in `numbers`.
    """

    source: str
    given: tuple[Call, ...]
    arrays: tuple[Call, ...]
    numbers: dict[Any, list[int]]


def loops_of(program: Program) -> Loops:
    """The function of a kernel's program.

    In the source, values are numbered anew: kernels that do the same have the same source.
    """
    old = [call.number for call in program.calls]
    loops = _Writing(_renumbered(program, {n: k for k, n in enumerate(old)})).loops()
    given, arrays = (
        tuple(replace(call, number=old[call.number]) for call in calls)
        for calls in (loops.given, loops.arrays)
    )
    numbers = {dtype: [old[n] for n in each] for dtype, each in loops.numbers.items()}
    return Loops(loops.source, given, arrays, numbers)


def _renumbered(program: Program, new: dict[int, int]) -> Program:
    names = {n: Ref(k) for n, k in new.items()}
    calls = [replace(call.renamed(names), number=new[call.number]) for call in program.calls]
    outputs = tuple(names[n] for n in refs_in(program.outputs))
    return Program(tuple(calls), tuple(new[n] for n in program.inputs), outputs)


class _Writing:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.known = {call.number: call for call in program.calls}
        self.nests = nests_of(program)
        self.arrays = stored(program, self.nests)
        self.views: dict[tuple[str, tuple[int, ...]], str] = {}
        self.lines: list[str] = []
        self.numbers: dict[Any, list[int]] = {}
        for n in dict.fromkeys(refs_in(program.outputs)):
            if self.known[n].shape == ():
                self.numbers.setdefault(self.known[n].dtype, []).append(n)

    def loops(self) -> Loops:
        """The lines of all nests in one function."""
        for nest in self.nests:
            self._nest(nest)
        for k, numbers in enumerate(self.numbers.values()):
            self.lines += [f"n{k}[{place}] = v{n}" for place, n in enumerate(numbers)]
        views = [
            f"{name} = {of}.reshape({shape!r})" for (of, shape), name in self.views.items()
            if name != of
        ]  # fmt: skip
        given = tuple(self.known[n] for n in self.program.inputs)
        words = [self._parameter(call) for call in given]
        words += [f"a{n}" for n in self.arrays] + [f"n{k}" for k in range(len(self.numbers))]
        body = "\n".join(f"    {line}" for line in [*views, *self.lines])
        source = f"def kernel({', '.join(words)}):\n{body}\n"
        return Loops(source, given, tuple(self.known[n] for n in self.arrays), self.numbers)

    def _parameter(self, call: Call) -> str:
        return f"a{call.number}" if call.shape else f"v{call.number}"

    def _nest(self, nest: Nest) -> None:
        _NestWriting(self, nest).write()

    def view(self, number: int, shape: tuple[int, ...]) -> str:
        """The name of an array in another shape."""
        name = f"a{number}"
        key = name, shape
        if key not in self.views:
            same = self.known[number].shape == shape
            self.views[key] = name if same else f"{name}_{'x'.join(map(str, shape))}"
        return self.views[key]


class _NestWriting:
    def __init__(self, whole: _Writing, nest: Nest) -> None:
        self.whole, self.nest, self.known = whole, nest, whole.known
        self.at = Elements(nest, whole.known, whole.arrays, whole.view)
        self.sums = [call for call in nest.calls if reduced_axes(call, self.known) is not None]
        self.body: list[str] = []
        self.loaded: set[int] = set()

    def write(self) -> None:
        """The sums are 0, then the loops go over everything, then the sums are what they are."""
        at, lines = self.at, self.whole.lines
        rows = [n for n in at.axes if isinstance(n, int) and at.is_row(n)]
        lines += [line for n in rows for line in at.repeated(n)]
        lines += [line for call in self.sums for line in self._zero(call)]
        for call in self.nest.calls:
            self._line(call)
        self._loops([call for call in self.sums if at.is_inner(call.number)])
        lines += [line for call in self.sums for line in self._finished(call)]

    def _loops(self, inner: list[Call]) -> None:
        """The loops around the body; sums along the innermost one are added up there first."""
        at, lines, depth = self.at, self.whole.lines, len(self.at.loops)
        lines += [f"{_pad(k)}for i{k} in range({at.extent(k)}):" for k in range(depth - 1)]
        if depth:
            k, pad, extent = depth - 1, _pad(depth - 1), at.extent(depth - 1)
            in_blocks = bool(inner) and extent > BLOCK
            if in_blocks:
                lines.append(f"{pad}for block in range(0, {extent}, {BLOCK}):")
                pad, depth = _pad(depth), depth + 1
            lines += [f"{pad}p{call.number} = 0.0" for call in inner]
            if in_blocks:  # so i is seen not to be negative, and needs no second look
                lines.append(f"{pad}for j in range(min({BLOCK}, {extent} - block)):")
                lines.append(f"{pad}    i{k} = block + j")
            else:
                lines.append(f"{pad}for i{k} in range({extent}):")
        lines += [_pad(depth) + line for line in self.body]
        lines += [f"{_pad(depth - 1)}{self._total(call)} += p{call.number}" for call in inner]

    def _zero(self, call: Call) -> list[str]:
        n = call.number
        if call.shape == ():
            return [f"s{n} = 0.0"]
        lines = [f"a{n}[...] = 0.0"]
        if self.at.is_row(("to", n)):
            lines.append(f"t{n} = np.zeros({self.at.extent(1)}, np.{call.dtype.name})")
        return lines

    def _finished(self, call: Call) -> list[str]:
        n = call.number
        if call.shape == ():
            return [f"v{n} = np.float32(s{n})" if call.dtype == np.float32 else f"v{n} = s{n}"]
        return self.at.folded(call) if self.at.is_row(("to", n)) else []

    def _total(self, call: Call) -> str:
        if call.shape == ():
            return f"s{call.number}"
        return self.at.element(call.number, ("to", call.number))

    def _line(self, call: Call) -> None:
        if is_dot(call, self.known):
            self._dot(call)
        elif reduced_axes(call, self.known) is not None:
            self._sum(call)
        else:
            words = [self._word(arg) for arg in call.args]
            self.body.append(f"v{call.number} = {expression(call, self.known, words)}")
        if call.number in self.whole.arrays and reduced_axes(call, self.known) is None:
            element = self.at.element(call.number, ("to", call.number))
            self.body.append(f"{element} = v{call.number}")

    def _word(self, arg: Any) -> str:
        """An operand: a number, which is read from its array where it comes from outside."""
        if not isinstance(arg, Ref):
            return repr(arg)
        n = arg.number
        if n in self.at.own or self.known[n].shape == ():
            return f"v{n}"
        if n not in self.loaded:
            self.loaded.add(n)
            self.body.append(f"x{n} = {self.at.element(n)}")
        return f"x{n}"

    def _sum(self, call: Call) -> None:
        words = [self._word(arg) for arg in call.args if isinstance(arg, Ref)]
        term = " * ".join(words)
        if self.at.is_inner(call.number):
            wide = f"np.float64({term})" if call.dtype == np.float32 else term
            self.body.append(f"p{call.number} = plus(p{call.number}, {wide})")
        else:
            self.body.append(f"{self._total(call)} += {term}")

    def _dot(self, call: Call) -> None:
        one, other = (arg.number for arg in call.args)
        length = self.known[one].shape[-1]
        self.at.extents[INNER] = length
        zero = "np.float32(0.0)" if call.dtype == np.float32 else "0.0"
        left, right = (
            self.at.element(n, (side, call.number)) for side, n in (("left", one), ("right", other))
        )
        self.body += [
            f"v{call.number} = {zero}",
            f"for {INNER} in range({length}):",
            f"    v{call.number} += {left} * {right}",
        ]


def _pad(depth: int) -> str:
    return "    " * depth
