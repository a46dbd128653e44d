"""What a formula is made of: terms, each with the shape of the array that it stands for.

A term that grows beyond all reading is refused where it is made, so that nothing here takes longer
than a page of text would.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = [
    "ONE",
    "Shape",
    "Term",
    "TooLongError",
    "added",
    "broadcast",
    "call",
    "condition",
    "full",
    "index",
    "is_decimal",
    "name",
    "number",
    "numbers",
    "partial",
    "repeated",
    "setting",
    "summed",
    "times",
    "top",
    "transposed",
    "unrepeated",
    "words",
]

MOST = 1000  # characters, about, that a term may take
_LARGE = 10**9  # over which a number is written with an exponent
Shape = tuple[int, ...]


class TooLongError(ValueError):
    """A formula that nobody would read."""


@dataclass(frozen=True, slots=True)
class Term:
    """A name, a number, or an operation on other terms.

    Attributes
    ----------
    kind : str
        "name", "number", "sum", "product", "quotient", "negative", "power", "matmul", "outer",
        "transpose", "call", "index", "relation", "logic", "iverson", "repeat", "lift", "total",
        "partial" (∂a/∂b), "times" (numbers, as they stand), "words", "array" (its numbers),
        "setting" (an argument that is no formula), "argument" (x⁽²⁾, x as the second argument
        alone).
    parts : tuple of Term
    word : str
        The name, of a "call" the function's, of an "index" what stands in its brackets.
    value : Fraction, float or complex
        Of a "number". A "lift" and a "total" have the axes here, a "sum" the signs of its parts. A
        "setting" has its keyword, or None, and what it is equal by.
    shape : tuple of int
        That of the array which the term stands for.
    given : object
        What is computed with: of a "call" the function, of a "setting" and an "index" the argument,
        of a local derivative its value.
    """

    kind: str
    parts: tuple[Term, ...] = ()
    word: str = ""
    value: Any = None
    shape: Shape = field(default=(), compare=False)
    given: Any = field(default=None, compare=False)
    size: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        size = len(self.word) + 3 + sum(part.size for part in self.parts)
        if size > MOST:
            raise TooLongError("the formula is too long to be read")
        object.__setattr__(self, "size", size)


def name(word: str, shape: Shape = ()) -> Term:
    """A variable."""
    return Term("name", word=word, shape=shape)


def number(value: Any) -> Term:
    """A number: exact where it is a fraction of small whole numbers."""
    if isinstance(value, Fraction) or not np.isrealobj(value):
        return Term("number", value=value)
    value = value.item() if isinstance(value, np.generic | np.ndarray) else value
    if isinstance(value, float) and abs(value) < _LARGE:
        near = Fraction(value).limit_denominator(1000)
        return Term("number", value=near if float(near) == value else value)
    exact = not isinstance(value, float) and abs(value) < _LARGE
    return Term("number", value=Fraction(value) if exact else float(value))


ONE = number(1)


def broadcast(terms: Iterable[Term]) -> Shape:
    """The shape of terms that are broadcast together."""
    return np.broadcast_shapes(*(term.shape for term in terms))


def _bare(shape: Shape) -> Shape:
    """The shape without the leading axes of length one, which broadcasting adds by itself."""
    for k, length in enumerate(shape):
        if length != 1:
            return shape[k:]
    return ()


def repeated(term: Term, shape: Shape) -> Term:
    """`term` broadcast to a shape."""
    if _bare(term.shape) == _bare(shape):
        return term
    if term.kind == "repeat":
        term = term.parts[0]
    return Term("repeat", (term,), shape=shape)


def full(term: Term, shape: Shape) -> Term:
    """`term` with the leading axes of length one that it may have lost, where they count."""
    if term.shape == shape:
        return term
    if not term.shape:
        return Term("repeat", (term,), shape=shape)
    return Term("lift", (term,), value=tuple(range(len(shape) - len(term.shape))), shape=shape)


def unrepeated(term: Term) -> Term:
    """Without a repetition, and without new axes in front, which broadcasting makes by itself."""
    while term.kind == "repeat" or (term.kind == "lift" and _leading(term)):
        term = term.parts[0]
    return term


def _leading(term: Term) -> bool:
    return bool(term.value == tuple(range(len(term.value))))


def partial(a: Term, b: Term, given: Any = None) -> Term:
    """∂a/∂b, of the shape of b: the gradient of a number, or a local derivative."""
    return Term("partial", (a, b), shape=b.shape, given=given)


def setting(text: str, given: Any, keyword: str | None = None, shape: Shape = ()) -> Term:
    """An argument that says what to do, as an axis; what it is goes by its text and its value."""
    return Term("setting", word=text, value=(keyword, _frozen(given)), shape=shape, given=given)


def index(a: Term, text: str, given: Any, shape: Shape) -> Term:
    """a[index]."""
    return Term("index", (a,), text, _frozen(given), shape, given)


def _frozen(given: Any) -> Any:
    """What is equal, and hashed equally, where arguments are the same."""
    if isinstance(given, np.ndarray):
        return given.shape, str(given.dtype), given.tobytes()
    if isinstance(given, tuple | list):
        return tuple(map(_frozen, given))
    return repr(given)


def times(values: Iterable[float]) -> Term:
    """Numbers multiplied, none of them left out: 2 × (−0.5) × 1."""
    parts = tuple(Term("number", value=float(value)) for value in values)
    return parts[0] if len(parts) == 1 else Term("times", parts)


def added(values: Iterable[float]) -> Term:
    """Numbers added, as they stand."""
    given = [float(value) for value in values]
    if len(given) == 1:
        return Term("number", value=given[0])
    parts = tuple(Term("number", value=abs(value)) for value in given)
    return Term("sum", parts, value=tuple(-1 if value < 0 else 1 for value in given))


def words(text: str) -> Term:
    """What is no formula."""
    return Term("words", word=text)


def numbers(values: Any) -> Term:
    """An array of a few numbers, of two axes at most."""
    return Term("array", value=np.asarray(values).tolist(), shape=np.shape(values))


def top(term: Term) -> Term:
    """A whole formula: a truth value is a number, and axes in front come by themselves."""
    term = condition(term)
    return term.parts[0] if term.kind == "lift" and _leading(term) else term


def condition(term: Term) -> Term:
    """A truth value as a number: [x > 0] is 1 where x > 0, else 0."""
    if term.kind == "logic" and not term.parts:
        return number(int(term.word == "true"))
    if term.kind in ("relation", "logic"):
        return Term("iverson", (term,), shape=term.shape)
    return term


def is_decimal(value: Fraction) -> bool:
    """Whether a few digits write it exactly, as of 0.25 and not of 1/3."""
    return value.denominator == 1 or (value * 10000).denominator == 1


def transposed(a: Term) -> Term:
    """Aᵀ, of a matrix."""
    if a.kind == "transpose":
        return a.parts[0]
    shape = (*a.shape[:-2], a.shape[-1], a.shape[-2])
    if a.kind == "repeat" and not a.parts[0].shape:
        return repeated(a.parts[0], shape)
    return Term("transpose", (a,), shape=shape)


def summed(a: Term, axes: tuple[int, ...] | None, shape: Shape) -> Term:
    """The sum over axes, all of them if None."""
    return Term("total", (condition(a),), value=axes, shape=shape)


def call(word: str, parts: Iterable[Term], shape: Shape = (), function: Any = None) -> Term:
    """f(x, y), which `function` computes of the parts as they stand."""
    return Term("call", tuple(parts), word, shape=shape, given=function)
