"""Write a fused call as a loop over blocks that stay in the cache."""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.compiling.storage import as_out
from tinygrad_edu.trace.passes.fusion import Fused
from tinygrad_edu.trace.passes.rewriting import is_elementwise
from tinygrad_edu.trace.program import Call, Ref

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
        writer = self.writer
        large = self._operands()
        arrays = [n for n in self.results if self.known[n].shape != ()]
        for n in arrays:
            writer.lines.append(f"f{n} = {self._memory(n)}.reshape(-1)")
        sums = [n for n in self.results if n not in arrays]
        writer.lines += [f"s{n} = []" for n in sums]
        for place, each in enumerate(self.inside):
            self._line(place, each)
        self._loop([*large, *arrays])
        for n in sums:
            writer.lines.append(f"v{n} = {self._total(n)}")
            writer.names[n] = f"v{n}"
        for name in self.temporaries:
            writer.buffers.release(name)

    def _memory(self, number: int) -> str:
        """Where an array that the loop makes is: its own memory, if it is given back."""
        writer, call = self.writer, self.known[number]
        if number in writer.outputs:
            shape, dtype = writer.word(call.shape), writer.constant(call.dtype)
            writer.lines.append(f"v{number} = {writer.function(np.empty)}({shape}, {dtype})")
            writer.names[number] = f"v{number}"
        else:
            name = writer.buffers.take(call.shape, call.dtype)
            writer.names[number] = writer.in_buffer[number] = name
        return writer.names[number]

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
        short = {name: f"t{k}" for k, name in enumerate(self.temporaries)}
        lines += [f"{local} = {name}" for name, local in short.items()]
        lines.append(f"for i in range(0, {self.size}, {self.block}):")
        lines.append(f"    j = i + {self.block}")
        if rest and self.temporaries:
            lines.append(f"    if j > {self.size}:")
            lines += [f"        {local} = {local}[:{rest}]" for local in short.values()]
        lines += [f"    x{n} = f{n}[i:j]" for n in sliced]
        for line in self.lines:  # the last block is a shorter part of the same memory
            lines.append("    " + re.sub(r"\bb\d+\b", lambda m: short[m[0]], line))

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
            self.names[each.number] = f"y{each.number}"
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
