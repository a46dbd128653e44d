"""The value of a term, by NumPy: so that what is written can be checked before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from tinygrad_edu.notation.terms import Term
from tinygrad_edu.notation.writing import Plain

__all__ = ["UnknownTermError", "evaluated"]


class UnknownTermError(ValueError):
    """A term that has no value by itself: it stands for something, or calls what isn't known."""


def evaluated(term: Term, values: Mapping[str, Any]) -> Any:
    """The value of a term.

    Parameters
    ----------
    values : mapping of str to array
        The values of names, and of derivatives, by their text: ``"x"``, ``"∂L/∂y"``.

    Raises
    ------
    UnknownTermError
        If it has none.

    Examples
    --------
    >>> from tinygrad_edu.notation import algebra, terms
    >>> square = algebra.product([terms.name("x"), terms.name("x")])
    >>> print(evaluated(square, {"x": 3.0}))
    9.0
    """
    with np.errstate(all="ignore"):
        return _value(term, values)


def _value(term: Term, values: Mapping[str, Any]) -> Any:
    if term.kind == "partial" and term.given is not None:
        return term.given
    if term.kind in ("name", "partial"):
        return _looked_up(Plain().write(term) if term.kind == "partial" else term.word, values)
    if term.kind == "number":
        return complex(term.value) if np.iscomplexobj(term.value) else float(term.value)
    if term.kind == "setting":
        return term.given
    if term.kind == "call":
        return _call(term, values)
    if term.kind not in _OPERATIONS:
        raise UnknownTermError(f"a term of kind {term.kind} has no value")
    return _OPERATIONS[term.kind](term, [_value(part, values) for part in term.parts])


def _looked_up(word: str, values: Mapping[str, Any]) -> Any:
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    if word not in values:
        raise UnknownTermError(f"{word!r} has no value")
    return values[word]


_CONSTANTS = {"ln 2": np.log(2.0), "ln 10": np.log(10.0)}
_RELATIONS = {
    "=": np.equal,
    "≠": np.not_equal,
    "<": np.less,
    "≤": np.less_equal,
    ">": np.greater,
    "≥": np.greater_equal,
}


def _sum(term: Term, parts: list[Any]) -> Any:
    return sum(sign * part for sign, part in zip(term.value, parts, strict=True))


def _logic(term: Term, parts: list[Any]) -> Any:
    if not parts:
        return term.word == "true"
    if len(parts) == 1:
        return np.logical_not(parts[0])
    return reduce({"and": np.logical_and, "or": np.logical_or}[term.word], parts)


def _total(term: Term, parts: list[Any]) -> Any:
    return np.sum(parts[0], axis=term.value).reshape(term.shape)


_OPERATIONS: dict[str, Callable[[Term, list[Any]], Any]] = {
    "sum": _sum,
    "product": lambda term, parts: reduce(np.multiply, parts),
    "times": lambda term, parts: reduce(np.multiply, parts),
    "quotient": lambda term, parts: np.divide(*parts),
    "negative": lambda term, parts: np.negative(parts[0]),
    "power": lambda term, parts: np.power(*map(_floating, parts)),
    "matmul": lambda term, parts: np.matmul(*parts),
    "outer": lambda term, parts: np.multiply.outer(*parts),
    "transpose": lambda term, parts: np.swapaxes(parts[0], -1, -2),
    "lift": lambda term, parts: np.expand_dims(parts[0], term.value),
    "repeat": lambda term, parts: np.broadcast_to(parts[0], term.shape),
    "relation": lambda term, parts: _RELATIONS[term.word](*parts),
    "logic": _logic,
    "iverson": lambda term, parts: np.multiply(parts[0], 1.0),
    "index": lambda term, parts: parts[0][term.given],
    "total": _total,
}


def _floating(value: Any) -> Any:
    return np.asarray(value, np.result_type(value, np.float16))


def _call(term: Term, values: Mapping[str, Any]) -> Any:
    """The function of what is written, of all of it and of nothing else."""
    args: list[Any] = []
    named: dict[str, Any] = {}
    for part in term.parts:
        if part.kind == "setting" and part.value[0] is not None:
            named[part.value[0]] = part.given
        else:
            args.append(_value(part, values))
    if not term.word:  # a list
        return args
    if term.given is None:
        raise UnknownTermError(f"{term.word} is not computed here")
    return term.given(*args, **named)
