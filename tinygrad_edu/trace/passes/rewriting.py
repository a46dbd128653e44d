"""What the passes share: going through a program, and putting other calls in place of some."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinygrad_edu.trace.program import Call, Program, Ref

__all__ = ["Rewriting", "call_of", "is_elementwise", "is_number", "rewritten"]


@dataclass
class Rewriting:
    """The calls so far, in which a rule looks up what a call is computed from."""

    calls: dict[int, Call]
    uses: dict[int, int]
    next_number: int

    def get(self, part: Any) -> Call | None:
        """The call that an argument refers to, None if it is a constant."""
        return self.calls.get(part.number) if isinstance(part, Ref) else None

    def made_by(self, part: Any, function: Callable[..., Any]) -> Call | None:
        """The call that an argument refers to, if it is one of `function`."""
        call = self.get(part)
        return call if call is not None and call.function is function else None

    def once(self, part: Any) -> bool:
        """Whether an argument is the only use of what it refers to."""
        return isinstance(part, Ref) and self.uses.get(part.number, 0) == 1

    def new(self, function: Callable[..., Any], args: tuple[Any, ...], like: Call) -> Call:
        """A new call, whose result has the shape and dtype of that of `like`."""
        self.next_number += 1
        return Call(self.next_number, function, args, {}, like.shape, like.dtype)


# From a call, and those before it, to what takes its place: None, a value or a constant, or calls.
Rule = Callable[[Call, Rewriting], Any]


def rewritten(program: Program, rule: Rule) -> tuple[Program, list[str]]:
    """The program with the rule applied to every call, in order, and what was done."""
    number = max((call.number for call in program.calls), default=0)
    state = Rewriting({}, program.uses(), number)
    calls, gone, notes = [], {}, []  # type: ignore[var-annotated]
    for call in program.calls:
        if gone:
            call = call.renamed(gone)
        found = None if call.function is None else rule(call, state)
        if found is None or (not isinstance(found, Ref | list) and call.number in program.checks):
            made = [call]
        elif isinstance(found, list):
            made = found
            notes.append(f"{call}  is  {'; '.join(map(str, found))}")
        else:
            made, gone[call.number] = [], found
            notes.append(f"{call}  is  {found!r}")
        calls += made
        state.calls.update((each.number, each) for each in made)
    return program.with_calls(calls, gone), notes


def call_of(call: Call, function: Callable[..., Any], *args: Any) -> Call:
    """The call with another function and arguments, and the same result."""
    return replace(call, function=function, args=args, kwargs={})


def is_elementwise(call: Call) -> bool:
    """Whether it is a ufunc with one result, of arguments that are all there is to it."""
    return isinstance(call.function, np.ufunc) and (
        call.function.nout == 1 and call.function.signature is None and not call.kwargs
    )


def is_number(part: Any, value: float) -> bool:
    """Whether an argument is a constant, all of whose elements are this number."""
    if isinstance(part, Ref | bool | np.bool_):
        return False
    if isinstance(part, int | float | np.number):
        return bool(part == value)
    if isinstance(part, np.ndarray) and part.size and part.dtype.kind in "iufc":
        return all(
            n == 0 or m == 1 for n, m in zip(part.strides, part.shape, strict=True)
        ) and bool(part.flat[0] == value)
    return False
