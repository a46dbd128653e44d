"""A program for arguments of one structure, as a function that is written and then executed."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.compiling.guards import Guards, UnwritableError
from tinygrad_edu.compiling.results import Results
from tinygrad_edu.compiling.structure import Spec
from tinygrad_edu.compiling.surroundings import Outside
from tinygrad_edu.compiling.writing import Writer
from tinygrad_edu.jit.grouping import WITH_KERNELS
from tinygrad_edu.trace.capture import Captured
from tinygrad_edu.trace.passes.pipeline import PASSES, Step, optimised

__all__ = ["FAILED", "MISS", "STALE", "Specialised"]

MISS, STALE, FAILED = object(), object(), object()
_KEPT = 8  # sets of arrays, of as many calls at a time


class Specialised:
    """The written function.

    Attributes
    ----------
    entry : callable
        Takes the arguments, and gives the result, or MISS where they have another structure, STALE
        where something outside has changed, FAILED where only the function itself can tell.
    run : callable
        The same for a list of leaves that have the structure.
    source : str
        Their Python.
    kernels : list of str
        The Python of what Numba compiles for them.
    seconds : float
        How long that took.
    steps : list of Step
        What the passes did.
    """

    def __init__(
        self,
        spec: Spec | None,
        captured: Captured,
        outside: list[Outside],
        constants: list[Any],
        jit: bool = False,
    ) -> None:
        """`spec` is the structure of the arguments, None if some were given by name."""
        self.outside, self.constants, self.tensors = outside, constants, captured.outside
        steps: list[Step]
        self.program, steps = optimised(captured.program, WITH_KERNELS if jit else PASSES)
        self.steps = steps
        self._writer = Writer(self.program, jit)
        self._results = Results(captured.result, self.program, self._writer)
        body = self._body()
        self.kernels, self.seconds = self._writer.kernels, self._writer.seconds
        self._writer.namespace.update(MISS=MISS, STALE=STALE, FAILED=FAILED)
        looks = self._looks()
        names = [f"v{number}" for number in self.program.inputs]
        self.source = _function("run", ["leaves"], [*_unpacked(names, "leaves"), *looks, *body])
        self.run: Callable[..., Any] = self._executed("run")
        self.entry: Callable[..., Any] = lambda *args: MISS
        if spec is None:
            return
        try:
            guards = Guards()
            guards.arguments(spec)
        except UnwritableError:
            return
        self._writer.namespace.update(guards.namespace)
        given = [f"{name} = {leaf}" for name, leaf in zip(names, guards.leaves, strict=True)]
        self.source = _function("entry", ["*args"], [*guards.lines, *given, *looks, *body])
        self.entry = self._executed("entry")

    def _executed(self, name: str) -> Any:
        scope = self._writer.namespace
        exec(compile(self.source, "<compiled by tinygrad_edu>", "exec"), scope)
        return scope[name]

    def _looks(self) -> list[str]:
        """Leave where something outside has changed."""
        constant, words = self._writer.constant, []
        for tensor, value in self.tensors:
            words.append(f"{constant(tensor)}._value is not {constant(value)}")
        words += [each.question(constant) for each in self.outside]
        for array, copy in self.constants:
            words.append(f"{constant(array)}.tobytes() != {constant(copy.tobytes())}")
        if not words:
            return []
        look = f"    if {' or '.join(words)}: return STALE"
        return ["try:", look, "except Exception: return STALE  # something is gone"]

    def changed(self) -> str | None:
        """What has changed outside, in words."""
        for tensor, value in self.tensors:
            if tensor._value is not value:
                name = f" {tensor.name!r}" if tensor.name else ""
                return f"the value of a Tensor{name} of shape {tensor.shape}"
        for each in self.outside:
            if each.changed():
                return each.name
        for array, copy in self.constants:
            if array.tobytes() != copy.tobytes():
                return f"what is in an array of shape {array.shape}"
        return None

    def _body(self) -> list[str]:
        writer, program = self._writer, self.program
        for number in program.inputs:
            writer.names[number] = f"v{number}"
        for call in program.calls:
            if call.function is None:
                writer.skip()
            else:
                writer.write(call)
        lines = [*writer.lines, *self._checks(), *self._results.lines()] or ["pass"]
        used = set(re.findall(r"\bb\d+\b", "\n".join(lines)))
        names = writer.buffers.names(used)
        writer.namespace["errstate"] = np.errstate
        inner = ["try:", *_indented(lines), "except Exception:", "    return FAILED"]
        if writer.warns:
            inner = ["with errstate(all='ignore'):", *_indented(inner)]
        give = [f"return {self._results.expression()}"]
        if not names:
            return [*inner, *give]
        pool: deque[Any] = deque(maxlen=_KEPT)
        make = writer.buffers.maker(used)
        writer.namespace.update(pop=pool.pop, push=pool.append, make=make)
        take = ["try: arrays = pop()", "except IndexError: arrays = make()"]
        return [*take, f"{', '.join(names)}, = arrays", *inner, "push(arrays)", *give]

    def _checks(self) -> list[str]:
        """Leave where a gradient has a NaN in it, or a condition holds that may not."""
        writer, program = self._writer, self.program
        squares = []
        lines = []
        for number in program.checks:
            call = writer.known[number]
            word = writer.names[number]
            if call.dtype.kind == "b":
                lines.append(f"if {word}: return FAILED")
            elif call.dtype.kind in "fc":
                vdot = writer.function(np.vdot)
                squares.append(f"{vdot}({word}, {word})" if call.shape else f"{word} * {word}")
        if squares:
            lines += [f"nan = {' + '.join(squares)}", "if nan != nan: return FAILED"]
        return lines


def _function(name: str, parameters: list[str], lines: list[str]) -> str:
    return "\n".join([f"def {name}({', '.join(parameters)}):", *_indented(lines)]) + "\n"


def _unpacked(names: list[str], whole: str) -> list[str]:
    return [f"{', '.join(names)}, = {whole}"] if names else []


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
