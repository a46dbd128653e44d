"""Write a kernel as a Python function of loops, which Numba compiles."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from tinygrad_edu.jit.access import Axes, behind, blocks, view_shape
from tinygrad_edu.jit.arithmetic import expression
from tinygrad_edu.jit.kernel import is_dot, reduced_axes
from tinygrad_edu.jit.nests import Nest, nests_of, stored
from tinygrad_edu.programs.program import Call, Program, Ref, refs_in

__all__ = ["Loops", "loops_of"]

BLOCK = 1 << 12  # terms that are added one after another, before their sum is added to the total
LONG = 1 << 9  # elements of a row, to which shorter rows are put together
_INNER = "l"  # the axis that a product of matrices sums over


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
    """The function of a kernel's program."""
    return _Writing(program).loops()


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
        self.own = {call.number for call in nest.calls}
        self.sums = [call for call in nest.calls if reduced_axes(call, self.known) is not None]
        self.dots = [call for call in nest.calls if is_dot(call, self.known)]
        self.axes: dict[Any, Axes] = {}
        self._find_axes()
        accesses = [axes for axes in self.axes.values() if _INNER not in axes]
        self.loops = blocks(nest.shape, accesses, apart=bool(self.dots))
        self.extents: dict[Any, int] = dict(enumerate(nest.shape))
        self.indices = {loop[0]: f"i{k}" for k, loop in enumerate(self.loops)}
        self.inner = self.loops[-1][-1] if self.loops else None
        self.copies = self._copies()
        self.body: list[str] = []
        self.loaded: set[int] = set()

    # ---- which element --------------------------------------------------------------------------

    def _find_axes(self) -> None:
        for call in self.nest.calls:
            if is_dot(call, self.known):
                self._axes_of_dot(call)
            else:
                for n in call.refs:
                    if n not in self.own and self.known[n].shape != ():
                        self.axes[n] = self._axes_of(n)
            reduced = reduced_axes(call, self.known)
            if reduced is not None or call.number in self.whole.arrays:
                long = [k for k, n in enumerate(self.nest.shape) if n != 1]
                self.axes["to", call.number] = tuple(k for k in long if k not in (reduced or ()))

    def _axes_of(self, number: int) -> Axes:
        more = len(self.nest.shape) - len(self.known[number].shape)
        return tuple(axis + more for axis in behind(number, self.known)[1])

    def _axes_of_dot(self, call: Call) -> None:
        one, other = (arg.number for arg in call.args)
        rows, columns = len(self.known[one].shape) == 2, len(self.known[other].shape) == 2
        first = (0, _INNER) if rows else (_INNER,)
        second = (_INNER, int(rows)) if columns else (_INNER,)
        for side, n, axes in (("left", one, first), ("right", other, second)):
            self.axes[side, call.number] = tuple(axes[k] for k in behind(n, self.known)[1])

    def _element(self, number: int, axes: Axes) -> str:
        if self._is_row(axes):
            return f"t{number}[i1]"
        if self.copies > 1 and axes:
            shape = self._extent(0), self._extent(1)
            return f"{self.whole.view(behind(number, self.known)[0], shape)}[i0, i1]"
        return self._plain(number, axes)

    def _plain(self, number: int, axes: Axes) -> str:
        shape = view_shape(axes, self.loops, self.extents)
        indices = [self.indices.get(axis, axis) for axis in axes]
        words = [str(word) for word in indices if isinstance(word, str)]
        base, _ = behind(number, self.known)
        return f"{self.whole.view(base, shape)}[{', '.join(words) or '0'}]"

    # ---- short rows -----------------------------------------------------------------------------

    def _copies(self) -> int:
        """How many rows are done as one long one, so that the innermost loop is not a short one.

        What is the same for every row is then copied so often.
        """
        if len(self.loops) != 2 or self.dots:
            return 1
        (first, *_), (second, *_) = self.loops
        for axes in self.axes.values():
            if axes != tuple(sorted(axes)) or (first in axes and second not in axes):
                return 1
        height, width = (prod(self.extents[axis] for axis in loop) for loop in self.loops)
        fitting = [m for m in range(1, height + 1) if height % m == 0 and m * width <= LONG]
        return max(fitting, default=1) if height > 1 else 1

    def _extent(self, k: int) -> int:
        extent = prod(self.extents[axis] for axis in self.loops[k])
        if self.copies == 1:
            return extent
        return extent * self.copies if k else extent // self.copies

    def _is_row(self, axes: Axes) -> bool:
        return self.copies > 1 and self.loops[0][0] not in axes and bool(axes)

    def _repeated(self, number: int, axes: Axes) -> list[str]:
        """Copies of a row, one behind the other."""
        row, width = self._plain(number, axes), self._extent(1) // self.copies
        dtype = self.known[number].dtype.name.replace("bool", "bool_")
        return [
            f"t{number} = np.empty({self._extent(1)}, np.{dtype})",
            f"for copy in range({self.copies}):",
            f"    for i1 in range({width}):",
            f"        t{number}[copy * {width} + i1] = {row}",
        ]

    def _folded(self, call: Call) -> list[str]:
        """The sum over rows, from the sums for each of the copies."""
        total = self._plain(call.number, self.axes["to", call.number])
        width = self._extent(1) // self.copies
        return [
            f"for copy in range({self.copies}):",
            f"    for i1 in range({width}):",
            f"        {total} += t{call.number}[copy * {width} + i1]",
        ]

    # ---- lines ----------------------------------------------------------------------------------

    def write(self) -> None:
        """The sums are 0, then the loops go over everything."""
        lines = self.whole.lines
        rows = [n for n, axes in self.axes.items() if isinstance(n, int) and self._is_row(axes)]
        lines += [line for n in rows for line in self._repeated(n, self.axes[n])]
        inner = [call for call in self.sums if self._is_inner(call)]
        folded: list[str] = []
        for call in self.sums:
            if call.shape == ():
                lines.append(f"s{call.number} = 0.0")
            else:
                lines.append(f"a{call.number}[...] = 0.0")
                if self._is_row(self.axes["to", call.number]):
                    dtype = call.dtype.name
                    lines.append(f"t{call.number} = np.zeros({self._extent(1)}, np.{dtype})")
                    folded += self._folded(call)
        for call in self.nest.calls:
            self._line(call)
        depth = 0
        for k in range(len(self.loops)):
            extent = self._extent(k)
            last = k == len(self.loops) - 1
            if last and inner and extent > BLOCK:
                lines.append(f"{_pad(depth)}for block in range(0, {extent}, {BLOCK}):")
                depth += 1
                lines += [f"{_pad(depth)}p{call.number} = 0.0" for call in inner]
                lines.append(f"{_pad(depth)}for j in range(min({BLOCK}, {extent} - block)):")
                lines.append(f"{_pad(depth + 1)}i{k} = block + j")  # seen not to be negative
            else:
                if last:
                    lines += [f"{_pad(depth)}p{call.number} = 0.0" for call in inner]
                lines.append(f"{_pad(depth)}for i{k} in range({extent}):")
            depth += 1
        lines += [_pad(depth) + line for line in self.body]
        for call in inner:
            lines.append(f"{_pad(depth - 1)}{self._total(call)} += p{call.number}")
        lines += folded
        for call in self.sums:
            if call.shape == ():
                single = call.dtype == np.float32
                total = f"np.float32(s{call.number})" if single else f"s{call.number}"
                lines.append(f"v{call.number} = {total}")

    def _is_inner(self, call: Call) -> bool:
        """Whether a sum goes along the innermost loop."""
        return bool(self.loops) and self.inner not in self.axes["to", call.number]

    def _total(self, call: Call) -> str:
        if call.shape == ():
            return f"s{call.number}"
        return self._element(call.number, self.axes["to", call.number])

    def _line(self, call: Call) -> None:
        if is_dot(call, self.known):
            self._dot(call)
        elif reduced_axes(call, self.known) is not None:
            self._sum(call)
        else:
            words = [self._word(arg) for arg in call.args]
            self.body.append(f"v{call.number} = {expression(call, self.known, words)}")
        if call.number in self.whole.arrays and reduced_axes(call, self.known) is None:
            element = self._element(call.number, self.axes["to", call.number])
            self.body.append(f"{element} = v{call.number}")

    def _word(self, arg: Any) -> str:
        """An operand: a number, which is read from its array where it comes from outside."""
        if not isinstance(arg, Ref):
            return repr(arg)
        n = arg.number
        if n in self.own or self.known[n].shape == ():
            return f"v{n}"
        if n not in self.loaded:
            self.loaded.add(n)
            self.body.append(f"x{n} = {self._element(n, self.axes[n])}")
        return f"x{n}"

    def _sum(self, call: Call) -> None:
        words = [self._word(arg) for arg in call.args if isinstance(arg, Ref)]
        term = " * ".join(words)
        if self._is_inner(call):
            wide = f"np.float64({term})" if call.dtype == np.float32 else term
            self.body.append(f"p{call.number} = plus(p{call.number}, {wide})")
        else:
            self.body.append(f"{self._total(call)} += {term}")

    def _dot(self, call: Call) -> None:
        one, other = (arg.number for arg in call.args)
        length = self.known[one].shape[-1]
        self.extents[_INNER] = length
        zero = "np.float32(0.0)" if call.dtype == np.float32 else "0.0"
        left, right = (
            self._element(n, self.axes[side, call.number])
            for side, n in (("left", one), ("right", other))
        )
        self.body += [
            f"v{call.number} = {zero}",
            f"for {_INNER} in range({length}):",
            f"    v{call.number} += {left} * {right}",
        ]


def _pad(depth: int) -> str:
    return "    " * depth
