"""The kinds of row that the table of rules is made of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Composed",
    "Constant",
    "Each",
    "Function",
    "Local",
    "Pullback",
    "Refused",
    "Row",
    "Several",
]

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """An elementwise function with one local derivative an argument.

    ``derivatives[i]`` is a function ``(out, x, y, ...) -> d out / d argument i``, a number where
    the local derivative is constant, or None where the argument has none (a condition, say).
    `arguments`, where given, brings the arguments of a call into the form ``operands, parameters``.
    """

    op: Function
    compute: Function  # `op` on plain arrays, without asking them for their say
    derivatives: tuple[Function | complex | None, ...]
    arguments: Function | None = None
    sequence = False
    lead = 1  # a rule's arguments before the operands: out


class Each:
    """The pullbacks of a function with any number of operands, by place."""

    def __init__(self, rule: Function) -> None:
        self.rule = rule

    def __getitem__(self, place: int) -> Function:
        return lambda g, out, *operands, **kw: self.rule(g, out, place, *operands, **kw)

    def __len__(self) -> int:
        return sys.maxsize


@dataclass(frozen=True, slots=True, eq=False)
class Pullback:
    """A function that mixes elements, with one pullback an argument.

    ``derivatives[i]`` is ``(g, out, a, b, ..., **parameters) -> cotangent of argument i``. Of a
    function that takes a sequence of arrays, ``derivatives[0]`` gives the sequence of cotangents.
    """

    op: Function
    compute: Function
    derivatives: tuple[Function | None, ...] | Each
    arguments: Function | None = None
    sequence: bool = False
    lead = 2  # a rule's arguments before the operands: g, out


@dataclass(frozen=True, slots=True, eq=False)
class Several:
    """A function with several results, each of which is recorded as a node of its own.

    ``parts[k]`` is the row of result k, None where that is constant. Its rules are those of a
    Pullback, but for `outs`, all results, in place of `out`:
    ``(g, outs, a, b, ..., **parameters) -> cotangent of the argument``.
    """

    op: Function
    compute: Function
    parts: tuple[Pullback | None, ...]
    derivatives: tuple[Function | None, ...]  # for each argument, that of some result
    arguments: Function | None = None
    sequence = False
    lead = 2


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """A function written in terms of others, which do have rules."""

    op: Function
    function: Function


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A function whose result does not vary with its arguments: takes Tensors, gives arrays."""

    op: Function


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """A function that takes no Tensor, and why."""

    op: Function
    reason: str


Row = Local | Pullback | Several | Composed | Constant | Refused
