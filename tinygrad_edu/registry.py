"""The table of rules: for every function, what the chain rule knows about it.

A row is one of five kinds, and every function that NumPy lets a class override has exactly one row:

========== ==================================================================================
local      an elementwise function: the local derivative of each argument
pullback   a function that mixes elements: the map that carries the cotangent back
composed   a function written in terms of others, so that no derivative is needed
constant   derivative zero almost everywhere, or no number at all: gives plain arrays
refused    no derivative: the reason, and what to write instead
========== ==================================================================================

A rule is plain calculus on anything that speaks NumPy's protocols: it runs on arrays in ordinary
backprop, and on Tensors when the backward pass is itself to be differentiated. It branches on
shapes, axes and parameters, never on values. Undoing broadcasting is the engine's work, not a
rule's: a pullback may return anything that broadcasts to, or from, the shape of its argument.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "TABLE",
    "Composed",
    "Constant",
    "Local",
    "Pullback",
    "Refused",
    "Row",
    "composed",
    "constant",
    "local",
    "lookup",
    "operation",
    "pullback",
    "pullback_each",
    "refused",
    "refused_module",
    "title",
    "varies",
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
    derivatives: tuple[Function | float | None, ...]
    arguments: Function | None = None
    sequence = False
    lead = 1  # a rule's arguments before the operands: out


class _Each:
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
    derivatives: tuple[Function | None, ...] | _Each
    arguments: Function | None = None
    sequence: bool = False
    lead = 2  # a rule's arguments before the operands: g, out


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


Row = Local | Pullback | Composed | Constant | Refused

TABLE: dict[Function, Row] = {}
_REFUSED_MODULES: dict[str, str] = {}


def _add(row: Row) -> None:
    if row.op in TABLE:
        raise ValueError(
            f"{title(row.op)} already has a row of kind {type(TABLE[row.op]).__name__}"
        )
    TABLE[row.op] = row


def local(
    op: Function, *derivatives: Function | float | None, arguments: Function | None = None
) -> None:
    """Register the local derivatives of an elementwise function, one an argument."""
    _add(Local(op, _undispatched(op), derivatives, arguments))


def pullback(
    op: Function,
    *derivatives: Function | None,
    compute: Function | None = None,
    arguments: Function | None = None,
    sequence: bool = False,
) -> None:
    """Register the pullbacks of a function, one an argument.

    `compute`, where given, is a quicker way to the same value on arrays.
    """
    _add(Pullback(op, compute or _undispatched(op), derivatives, arguments, sequence))


def pullback_each(op: Function, rule: Function, arguments: Function) -> None:
    """Register ``rule(g, out, place, *operands)``, of a function with any number of operands."""
    _add(Pullback(op, _undispatched(op), _Each(rule), arguments))


def _undispatched(op: Function) -> Function:
    return getattr(op, "__wrapped__", op)


def composed(op: Function) -> Callable[[Function], Function]:
    """Register the decorated function as `op`, written in terms of other functions."""

    def register(function: Function) -> Function:
        _add(Composed(op, function))
        return function

    return register


def constant(*names: str) -> None:
    """Register NumPy functions, by name, whose results do not vary with their arguments."""
    for op in _numpy_functions(names):
        _add(Constant(op))


def refused(reason: str, *names: str) -> None:
    """Register NumPy functions, by name, that take no Tensor, with the reason."""
    for op in _numpy_functions(names):
        _add(Refused(op, reason))


def refused_module(reason: str, module: str) -> None:
    """Refuse all functions of a module that is not worth importing for their sake."""
    _REFUSED_MODULES[module] = reason


def _numpy_functions(names: tuple[str, ...]) -> list[Function]:
    """The functions of these names that the installed NumPy has, each once."""
    found: dict[Function, None] = {}
    for name in names:
        value: Any = np
        for part in name.split("."):
            value = getattr(value, part, None)
        if value is not None:
            found[value] = None
    return list(found)


def operation(function: Function) -> Function:
    """Let a NumPy-style function of our own be handed over to a Tensor, as NumPy's own are.

    The protocol is that of NEP 18: an argument whose class defines ``__tensor_function__`` takes
    the call. On plain arrays the function simply runs.
    """

    @functools.wraps(function)
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        for arg in (*args, *kwargs.values()) if kwargs else args:
            if hasattr(arg, "__tensor_function__"):
                return arg.__tensor_function__(dispatch, args, kwargs)
        return function(*args, **kwargs)

    return dispatch


def lookup(op: Function) -> Row | None:
    """The row of `op`, None if it has none."""
    row = TABLE.get(op)
    if row is None:
        module = getattr(op, "__module__", None)
        if module == "numpy":  # np.ones(..., like=t) arrives as another function of that name
            row = TABLE.get(getattr(np, op.__name__, op))
        elif module in _REFUSED_MODULES:
            row = Refused(op, _REFUSED_MODULES[module])
    return row


def varies(row: Local | Pullback, place: int) -> bool:
    """Whether the result varies with the operand at `place`."""
    return place < len(row.derivatives) and row.derivatives[place] is not None


def title(op: Function) -> str:
    """The name by which a user calls `op`, for messages: ``np.linalg.inv``, ``sigmoid``."""
    if isinstance(op, np.ufunc):  # others than NumPy's exist, such as SciPy's
        return f"np.{op.__name__}" if getattr(np, op.__name__, None) is op else op.__name__
    module: str = getattr(op, "__module__", None) or ""
    if module.split(".")[0] == "numpy":
        return f"np.{module.partition('.')[2]}.{op.__name__}".replace("np..", "np.")
    return "indexing" if op.__name__ == "getitem" else op.__name__
