"""Write a fused call as a loop over blocks that stay in the cache."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.compiling.storage import as_out
from tinygrad_edu.programs.passes.fusion import Fused
from tinygrad_edu.programs.passes.rewriting import is_elementwise
from tinygrad_edu.programs.program import Call, Ref

if TYPE_CHECKING:
    from tinygrad_edu.compiling.writing import Writer

__all__ = ["write_fused"]

BLOCK = 1 << 14  # elements


def write_fused(writer: Writer, call: Call) -> None:
    """The loop: its operands flat, its results written where they belong, block by block."""
    _Loop(writer, call).write()


class _Loop:
    def __init__(self, writer: Writer, call: Call) -> None:
        self.writer, self.call = writer, call
        self.fused: Fused = call.function  # type: ignore[assignment]
        body = self.fused.program
        self.body = body
        self.known = {each.number: each for each in body.calls}
        self.inside = [each for each in body.calls if each.function is not None]
        self.results = [part.number for part in body.outputs]
        self.last = {n: k for k, each in enumerate(self.inside) for n in each.refs}
        self.size = prod(self.fused.shape)
        self.block = min(BLOCK, self.size)
        self.names: dict[int, str] = {}
        self.free: dict[Any, list[str]] = {}
        self.taken: dict[int, str] = {}
        self.temporaries: list[str] = []
        self.lines: list[str] = []

    def write(self) -> None:
        writer, whole = self.writer, f"v{self.call.number}"
        large = self._operands()
        sums = [n for n in self.results if self.known[n].shape == ()]
        arrays = [n for n in self.results if self.known[n].shape != ()]
        empty = writer.function(np.empty)
        for n in arrays:
            dtype = writer.constant(self.known[n].dtype)
            writer.lines.append(f"r{n} = {empty}({writer.word(self.fused.shape)}, {dtype})")
            writer.lines.append(f"f{n} = r{n}.reshape(-1)")
        for n in sums:
            writer.lines.append(f"s{n} = []")
        for place, each in enumerate(self.inside):
            self._line(place, each)
        self._loop([*large, *arrays])
        parts = [f"r{n}" if n in arrays else self._total(n) for n in self.results]
        writer.lines.append(f"{whole} = ({', '.join(parts)},)")
        for name in self.temporaries:
            writer.buffers.release(name)
        writer.names[self.call.number] = whole

    def _operands(self) -> list[int]:
        """Names for the operands; those that are arrays become flat."""
        writer, large = self.writer, []
        for ref, number in zip(self.call.args, self.body.inputs, strict=True):
            if self.known[number].shape == ():
                self.names[number] = writer.word(ref)
                continue
            writer.lines.append(f"f{number} = {writer.word(ref)}.reshape(-1)")
            self.names[number] = f"x{number}"
            large.append(number)
        return large

    def _loop(self, sliced: list[int]) -> None:
        lines, rest = self.writer.lines, self.size % self.block
        lines.append(f"for i in range(0, {self.size}, {self.block}):")
        lines.append(f"    j = i + {self.block}")
        if rest and self.temporaries:
            lines.append(f"    if j > {self.size}:")
            lines += [f"        {name} = {name}[:{rest}]" for name in self.temporaries]
        lines += [f"    x{n} = f{n}[i:j]" for n in sliced]
        lines += [f"    {line}" for line in self.lines]

    def _line(self, place: int, each: Call) -> None:
        writer = self.writer
        if not each.shape and each.function in (np.vdot, np.add.reduce):
            words = [self.names[n] for n in each.refs]
            self.lines.append(
                f"s{each.number}.append({writer.function(each.function)}({', '.join(words)}))"
            )
            return
        words = [
            self.names[a.number] if isinstance(a, Ref) else writer.scalar(a, each, self.known)
            for a in each.args
        ]
        called = f"{writer.function(each.function)}({', '.join(words)}"
        if each.number in self.results:
            self.names[each.number] = f"x{each.number}"
        elif is_elementwise(each):
            self.names[each.number] = self._temporary(place, each)
        else:
            self.names[each.number] = f"t{each.number}"
        if is_elementwise(each):
            self.lines.append(f"{called}, {as_out(each.function, self.names[each.number])})")
        elif each.number in self.results:
            self.lines.append(f"{self.names[each.number]}[...] = {called})")
        else:
            self.lines.append(f"{self.names[each.number]} = {called})")
        self._release(place)

    def _temporary(self, place: int, each: Call) -> str:
        for n in each.refs:
            if n in self.taken and self.last[n] == place and self.known[n].dtype == each.dtype:
                self.taken[each.number] = self.taken.pop(n)
                return self.taken[each.number]
        free = self.free.setdefault(each.dtype, [])
        if not free:
            free.append(self.writer.buffers.take((self.block,), each.dtype))
            self.temporaries.append(free[-1])
        self.taken[each.number] = free.pop()
        return self.taken[each.number]

    def _release(self, place: int) -> None:
        for n in [n for n in self.taken if self.last.get(n, -1) <= place]:
            self.free[self.known[n].dtype].append(self.taken.pop(n))

    def _total(self, number: int) -> str:
        return f"{self.writer.function(np.add.reduce)}({self.writer.function(np.array)}(s{number}))"
