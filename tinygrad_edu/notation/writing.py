"""A term as text, with as few brackets as the order of operations needs."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from tinygrad_edu.kit.text import line
from tinygrad_edu.kit.text import number as rounded
from tinygrad_edu.kit.text import shape as lengths
from tinygrad_edu.notation.terms import Term, is_decimal

__all__ = ["Plain", "binding", "numeral"]

# How tightly an operation binds; one within another is bracketed unless it binds more tightly.
_BINDING = {
    "logic": 1,
    "relation": 2,
    "sum": 3,
    "negative": 4,
    "quotient": 5,
    "product": 5,
    "outer": 6,
    "matmul": 7,
    "transpose": 8,
    "power": 8,
    "index": 8,
    "partial": 8,
    "times": 5,
}
_ATOM = 9
LONGEST_NAME, LONGEST_WORDS = 40, 200
_BESIDE = re.compile(r"[(√|]|[^\W\d_](?![^\W_²³ᵀ₀-₉])")  # a sign, or a name of one letter
_RAISED = str.maketrans("0123456789−(),", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾ʼ")


def binding(term: Term) -> int:
    """How tightly the outermost operation binds."""
    if term.kind == "number":
        value = term.value
        if isinstance(value, complex):
            return _BINDING["sum"]
        if isinstance(value, Fraction) and not is_decimal(value):
            return _BINDING["quotient"]
        return _BINDING["negative"] if value < 0 else _ATOM
    if term.kind == "logic" and not term.parts:
        return _ATOM
    return _BINDING.get(term.kind, _ATOM)


def numeral(value: Any) -> str:
    """A number that stands in a formula: exact if a few digits do, else rounded to four."""
    if not isinstance(value, Fraction):
        return rounded(value)
    if value.denominator == 1:
        text = str(value.numerator)
        return (text if len(text) < 8 else rounded(float(value))).replace("-", "−")
    if is_decimal(value):
        return str(float(value)).replace("-", "−")
    return f"{value.numerator} / {value.denominator}".replace("-", "−")


class Plain:
    """Terms as text."""

    def write(self, term: Term) -> str:
        """The text of a term."""
        text: str = getattr(self, f"_{term.kind}")(term)
        return text

    def within(self, term: Term, least: int) -> str:
        """The text of a part, in brackets unless it binds at least so tightly."""
        text = self.write(term)
        return text if binding(term) >= least else f"({text})"

    def sign(self, sign: str) -> str:
        """A sign of an operation, with the spaces that it has in text."""
        return sign

    def _name(self, term: Term) -> str:
        return line(term.word, LONGEST_NAME)

    def _setting(self, term: Term) -> str:
        return self._name(term)

    def _number(self, term: Term) -> str:
        return numeral(term.value)

    def _sum(self, term: Term) -> str:
        text = ""
        for part, sign in zip(term.parts, term.value, strict=True):
            written = self.within(part, 4 if not text and sign == 1 else 5)
            joint = self.sign(" + " if sign == 1 else " − ")
            text += joint + written if text else (self.sign("−") if sign == -1 else "") + written
        return text

    def _negative(self, term: Term) -> str:
        return self.sign("−") + self.within(term.parts[0], 5)

    def _product(self, term: Term) -> str:
        texts = [self.within(term.parts[0], 6), *map(self._factor, term.parts[1:])]
        for k, part in enumerate(term.parts[:-1]):
            if part.kind == "number" and (second := self._beside(term.parts[k + 1])):
                texts[k : k + 2] = [texts[k] + second]
                break
        return " · ".join(texts)

    def _factor(self, part: Term) -> str:
        return self.within(part, 8)  # a matrix product within a product reads better in brackets

    def _beside(self, part: Term) -> str:
        """What may stand right behind a number: 2x, 2(x − y), 2√x, and not 2output."""
        text = self.within(part, 8)
        return text if _BESIDE.match(text) and part.kind != "number" else ""

    def _quotient(self, term: Term) -> str:
        return f"{self.within(term.parts[0], 5)} / {self.within(term.parts[1], 8)}"

    def _power(self, term: Term) -> str:
        base, exponent = term.parts
        text = self.within(base, _ATOM)
        value = exponent.value
        if exponent.kind == "number" and isinstance(value, Fraction) and value.denominator == 1:
            return text + numeral(value).translate(_RAISED)
        return f"{text}^{self.within(exponent, _ATOM)}"

    def _matmul(self, term: Term) -> str:
        left, right = term.parts
        return f"{self.within(left, 7)} @ {self.within(right, 8)}"

    def _outer(self, term: Term) -> str:
        return self.sign(" ⊗ ").join(self.within(part, 8) for part in term.parts)

    def _transpose(self, term: Term) -> str:
        return f"{self.within(term.parts[0], _ATOM)}ᵀ"

    def _index(self, term: Term) -> str:
        inner, words = term.parts[0], line(term.word, LONGEST_WORDS)
        return f"{self.within(inner, _ATOM - (inner.kind == 'index'))}[{words}]"

    def _call(self, term: Term) -> str:
        parts = [self.write(part) for part in term.parts]
        if term.word in ("sqrt", "absolute", "fabs") and len(parts) == 1:
            if term.word == "sqrt":
                return f"√{self.within(term.parts[0], _ATOM)}"
            return f"|{parts[0]}|"
        return f"{line(term.word, LONGEST_NAME)}({', '.join(parts)})"

    def _relation(self, term: Term) -> str:
        left, right = (self.within(part, 3) for part in term.parts)
        return f"{left}{self.sign(f' {term.word} ')}{right}"

    def _logic(self, term: Term) -> str:
        if not term.parts:
            return term.word
        parts = [self.within(part, 2) for part in term.parts]
        return f"not {parts[0]}" if len(parts) == 1 else f" {term.word} ".join(parts)

    def _iverson(self, term: Term) -> str:
        return f"[{self.write(term.parts[0])}]"

    def _repeat(self, term: Term) -> str:
        inner = term.parts[0]
        if inner.kind == "number" and inner.value in (0, 1):
            return f"{'ones' if inner.value else 'zeros'}({lengths(term.shape)})"
        return f"repeat({self.write(inner)}, {lengths(term.shape)})"

    def _lift(self, term: Term) -> str:
        places = ["None" if k in term.value else ":" for k in range(len(term.shape))]
        return f"{self.within(term.parts[0], _ATOM)}[{', '.join(places)}]"

    def _argument(self, term: Term) -> str:
        return self.within(term.parts[0], _ATOM) + term.word.translate(_RAISED)

    def _words(self, term: Term) -> str:
        return line(term.word, LONGEST_WORDS)

    def _array(self, term: Term) -> str:
        def nested(values: Any) -> str:
            if isinstance(values, list):
                return f"[{', '.join(map(nested, values))}]"
            return rounded(values)

        return nested(term.value)

    def _partial(self, term: Term) -> str:
        above, below = (self.within(part, 8) for part in term.parts)
        return f"∂{above}/∂{below}"

    def _times(self, term: Term) -> str:
        first, *rest = term.parts
        return self.sign(" × ").join([self.write(first), *(self.within(part, 8) for part in rest)])

    def _total(self, term: Term) -> str:
        inner = self.write(term.parts[0])
        if term.value is None:
            return f"Σ({inner})"
        axes = ", ".join(map(str, term.value)).replace("-", "−")
        return f"Σ({inner}, {'axis' if len(term.value) == 1 else 'axes'} {axes})"
