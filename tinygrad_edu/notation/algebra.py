"""Arithmetic of terms, which keeps formulas short: 1 · x is x, x · x is x², and −(x − y) is y − x.

What is dropped is dropped exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from tinygrad_edu.notation.terms import (
    ONE,
    Shape,
    Term,
    broadcast,
    condition,
    is_decimal,
    number,
    repeated,
    unrepeated,
)

__all__ = ["matmul", "negative", "power", "product", "quotient", "total"]


def negative(term: Term) -> Term:
    """−x."""
    if term.kind == "negative":
        return term.parts[0]
    if term.kind == "number":
        return number(-term.value)
    if term.kind == "sum" and term.value[0] == -1:
        return Term("sum", term.parts, value=tuple(-s for s in term.value), shape=term.shape)
    if term.kind == "repeat":
        return repeated(negative(term.parts[0]), term.shape)
    return Term("negative", (condition(term),), shape=term.shape)


def total(terms: Iterable[Term], signs: Sequence[int]) -> Term:
    """x + y − z; what is there twice is written once, x + x as 2x."""
    given = [condition(term) for term in terms]
    if len(given) == 2 and given[0] == given[1] and tuple(signs) == (1, 1):
        return product([number(2), given[0]])
    shape = broadcast(given)
    parts: list[Term] = []
    found: list[int] = []
    for term, sign in zip(given, signs, strict=True):
        term = unrepeated(term)
        inner = zip(term.parts, term.value, strict=True) if term.kind == "sum" else [(term, 1)]
        for part, own in inner:
            if part.kind == "negative":
                part, own = part.parts[0], -own
            elif part.kind == "number" and np.isrealobj(part.value) and part.value < 0:
                part, own = number(-part.value), -own
            parts.append(part)
            found.append(own * sign)
    return repeated(_sum(*_folded(parts, found)), shape)


def _folded(parts: list[Term], signs: list[int]) -> tuple[list[Term], list[int]]:
    """Equal neighbours together, and no zeros."""
    terms: list[Term] = []
    found: list[int] = []
    for part, sign in zip(parts, signs, strict=True):
        if part.kind == "number" and part.value == 0:
            continue
        if terms and terms[-1] == part and found[-1] == sign and part.kind != "number":
            terms[-1] = product([number(2), part])
        else:
            terms.append(part)
            found.append(sign)
    return terms, found


def _sum(parts: list[Term], signs: list[int]) -> Term:
    if not parts:
        return number(0)
    if len(parts) == 1:
        return parts[0] if signs[0] == 1 else negative(parts[0])
    return Term("sum", tuple(parts), value=tuple(signs), shape=broadcast(parts))


def product(factors: Iterable[Term]) -> Term:
    """x · y, elementwise: numbers first, signs in front, denominators together."""
    given = [condition(factor) for factor in factors]
    shape = broadcast(given)
    if len(given) == 2 and (outer := _outer(*given)) is not None:
        return outer
    numbers: list[Term] = []
    above: list[Term] = []
    below: list[Term] = []
    sign = 1
    waiting = given[::-1]
    while waiting:
        factor = unrepeated(waiting.pop())
        if factor.kind == "negative":
            sign = -sign
            waiting.append(factor.parts[0])
        elif factor.kind == "product":
            waiting.extend(factor.parts[::-1])
        elif factor.kind == "quotient":
            below.append(factor.parts[1])
            waiting.append(factor.parts[0])
        else:
            (numbers if factor.kind == "number" else above).append(factor)
    return repeated(_signed(sign, numbers, above, below), shape)


def _signed(sign: int, numbers: list[Term], above: list[Term], below: list[Term]) -> Term:
    """The product of sorted factors, over that of the denominators."""
    coefficient = Fraction(sign)
    for each in list(numbers):
        if isinstance(each.value, Fraction) and abs(coefficient * each.value) < 10**9:
            coefficient *= each.value
            numbers.remove(each)
    if coefficient == 0:
        return number(0)
    sign, coefficient = -1 if coefficient < 0 else 1, abs(coefficient)
    if not is_decimal(coefficient):
        below.append(number(coefficient.denominator))
        coefficient = Fraction(coefficient.numerator)
    if coefficient != 1 or not (numbers or above):
        numbers.insert(0, number(coefficient))
    upstream = 1 if above and above[0].kind == "partial" else 0  # ∂L/∂y comes first
    parts = above[:upstream] + numbers + _powers(above[upstream:])
    top = parts[0] if len(parts) == 1 else Term("product", tuple(parts), shape=broadcast(parts))
    if below:
        top = quotient(top, product(below))
    return top if sign == 1 else negative(top)


def _powers(factors: list[Term]) -> list[Term]:
    """Equal factors as one power, at the place of the first."""
    counted: dict[Term, int] = {}
    for factor in factors:
        whole = factor.kind == "power" and factor.parts[1].kind == "number"
        exponent = factor.parts[1].value if whole else 1
        if not isinstance(exponent, int | Fraction) or exponent != int(exponent):
            exponent, whole = 1, False
        base = factor.parts[0] if whole else factor
        counted[base] = counted.get(base, 0) + int(exponent)
    return [power(base, number(count)) for base, count in counted.items()]


def _outer(a: Term, b: Term) -> Term | None:
    """x ⊗ y: the product of a column and a row."""
    if a.kind != "lift" or a.value != (1,) or len(a.shape) != 2:
        return None
    row = unrepeated(b)
    if len(row.shape) != 1 or len(a.parts[0].shape) != 1 or row.shape[0] == 1:
        return None
    return Term("outer", (a.parts[0], row), shape=(a.shape[0], row.shape[0]))


def quotient(a: Term, b: Term) -> Term:
    """x / y."""
    a, b = condition(a), condition(b)
    shape = broadcast((a, b))
    a, b = unrepeated(a), unrepeated(b)
    if b == ONE:
        return repeated(a, shape)
    if "negative" in (a.kind, b.kind):
        sign = (a.kind == "negative") != (b.kind == "negative")
        a, b = (each.parts[0] if each.kind == "negative" else each for each in (a, b))
        inner = quotient(a, b)
        return repeated(negative(inner) if sign else inner, shape)
    if a.kind == "number" and isinstance(a.value, Fraction) and a.value < 0:
        return repeated(negative(quotient(negative(a), b)), shape)
    if a.kind == "quotient":
        return repeated(quotient(a.parts[0], product([*a.parts[1:], b])), shape)
    if b.kind == "quotient":
        return repeated(quotient(product([a, b.parts[1]]), b.parts[0]), shape)
    if a == number(0.5) and b.kind != "number":
        a, b = ONE, product([number(2), b])
    return repeated(Term("quotient", (a, b), shape=broadcast((a, b))), shape)


def power(base: Term, exponent: Term) -> Term:
    """x to the y."""
    if exponent == ONE:
        return base
    shape = broadcast((base, exponent))
    base, exponent = unrepeated(condition(base)), unrepeated(exponent)
    return repeated(Term("power", (base, exponent), shape=broadcast((base, exponent))), shape)


def matmul(a: Term, b: Term, shape: Shape) -> Term:
    """A @ B; −1 moves to the front."""
    sign = (a.kind == "negative") != (b.kind == "negative")
    a, b = (each.parts[0] if each.kind == "negative" else each for each in (a, b))
    made = Term("matmul", (a, b), shape=shape)
    return negative(made) if sign else made
