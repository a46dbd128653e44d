"""A term as LaTeX: a product of arrays as ⊙, one of matrices side by side, quotients as fractions.

Only what Jupyter's MathJax and docutils' converter to MathML both know is used.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from tinygrad_edu.drawing.text import line
from tinygrad_edu.drawing.text import number as rounded
from tinygrad_edu.drawing.text import shape as lengths
from tinygrad_edu.notation.terms import Term
from tinygrad_edu.notation.writing import LONGEST_NAME, LONGEST_WORDS, Plain, binding, numeral

__all__ = ["Typeset", "symbol", "words"]

_ESCAPED = {character: f"\\{character}" for character in "{}$&#%_"}
_ALIKE = str.maketrans(
    "\\^~{}$&#%_`<>", "∖ˆ∼｛｝＄＆＃％ˍˋ＜＞"
)  # what is a command, by a sign like it
_PLAIN = re.compile(r"[A-Za-z0-9.,:;_%&#$()\[\]+*/=|!'\"-]*")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_NAME = re.compile(r"([A-Za-zα-ωΓΔΘΛΞΠΣΦΨΩ])_?([0-9₀-₉]*)")
_LETTERS = (
    "α alpha β beta γ gamma δ delta ε varepsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu "
    "ν nu ξ xi π pi ρ rho σ sigma τ tau υ upsilon φ varphi χ chi ψ psi ω omega Γ Gamma Δ Delta "
    "Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Φ Phi Ψ Psi Ω Omega"
)
_GREEK = {letter: f"\\{word}" for letter, word in re.findall(r"(\w) (\w+)", _LETTERS)}
_FUNCTIONS = {"log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "det"}
_RELATIONS = {"=": "=", "≠": r"\neq", "<": "<", ">": ">", "≤": r"\leq", "≥": r"\geq"}


def words(text: str) -> str:
    """Upright text within a formula, nothing of which is a command."""
    text = line(text, LONGEST_WORDS).replace("−", "-")
    if not _PLAIN.fullmatch(text):
        return rf"\text{{{text.translate(_ALIKE)}}}"
    return rf"\mathrm{{{''.join(_ESCAPED.get(character, character) for character in text)}}}"


def symbol(name: str) -> str:
    """The name of a variable: a letter in italics, its number lowered; a word upright."""
    name = line(name, LONGEST_NAME)
    found = _NAME.fullmatch(name)
    if found is None:
        return words(name)
    letter, index = found[1], found[2].translate(_LOWERED)
    letter = _GREEK.get(letter) or letter
    return f"{letter}_{{{index}}}" if index else letter


class Typeset(Plain):
    """Terms as LaTeX."""

    def within(self, term: Term, least: int) -> str:
        """The LaTeX of a part, in brackets unless it binds at least so tightly."""
        text = self.write(term)
        return text if binding(term) >= least else rf"\left({text}\right)"

    def _name(self, term: Term) -> str:
        return symbol(term.word)

    def _number(self, term: Term) -> str:
        value = term.value
        if isinstance(value, Fraction) and " / " in numeral(value):
            return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"
        return _digits(numeral(value))

    def _sum(self, term: Term) -> str:
        return super()._sum(term).replace("−", "-")

    def _negative(self, term: Term) -> str:
        return super()._negative(term).replace("−", "-")

    def _product(self, term: Term) -> str:
        """Numbers and single values first, with a dot or side by side; then arrays with ⊙."""
        single = [part for part in term.parts if not part.shape]
        arrays = [part for part in term.parts if part.shape]
        text = self._joined(single, r"\cdot") if single else ""
        if not arrays:
            return text
        array = self._joined(arrays, r"\odot")
        if not text:
            return array
        last = single[-1]
        joint = self._gap(arrays[0]) if last.kind == "number" else r" \cdot "
        return f"{text}{joint}{array}"

    def _joined(self, parts: list[Term], sign: str) -> str:
        text = self.within(parts[0], 6)
        for before, part in pairwise(parts):
            beside = before.kind == "number" and part.kind != "number"
            text += (self._gap(part) if beside else f" {sign} ") + self.within(part, 6)
        return text

    def _gap(self, part: Term) -> str:
        """What stands between a number and what follows it: 2x and 2(x - y), but 2 output."""
        text = self.within(part, 6)
        close = text.startswith(r"\left(") or re.match(r"\{?[A-Za-z](?![A-Za-z])", text)
        return "" if close else r"\,"

    def _quotient(self, term: Term) -> str:
        return rf"\frac{{{self.write(term.parts[0])}}}{{{self.write(term.parts[1])}}}"

    def _power(self, term: Term) -> str:
        return f"{{{self.within(term.parts[0], 9)}}}^{{{self.write(term.parts[1])}}}"

    def _matmul(self, term: Term) -> str:
        left, right = term.parts
        return rf"{self.within(left, 7)}\,{self.within(right, 8)}"

    def _outer(self, term: Term) -> str:
        return super()._outer(term).replace("⊗", r"\otimes")

    def _transpose(self, term: Term) -> str:
        return rf"{{{self.within(term.parts[0], 9)}}}^{{\top}}"

    def _index(self, term: Term) -> str:
        return f"{self.within(term.parts[0], 9)}[{words(term.word)}]"

    def _call(self, term: Term) -> str:
        parts = [self.write(part) for part in term.parts]
        if len(parts) == 1 and term.word == "sqrt":
            return rf"\sqrt{{{parts[0]}}}"
        if len(parts) == 1 and term.word in ("absolute", "fabs"):
            return rf"\left|{parts[0]}\right|"
        if len(parts) == 1 and term.word == "exp":
            return f"e^{{{parts[0]}}}"
        known = term.word in _FUNCTIONS
        function = f"\\{term.word}" if known else symbol(term.word) if term.word else ""
        return rf"{function}\left({', '.join(parts)}\right)"

    def _relation(self, term: Term) -> str:
        left, right = (self.within(part, 3) for part in term.parts)
        return f"{left} {_RELATIONS[term.word]} {right}"

    def _logic(self, term: Term) -> str:
        if not term.parts:
            return words(term.word)
        parts = [self.within(part, 2) for part in term.parts]
        if len(parts) == 1:
            return rf"{words('not ')}{parts[0]}"
        return words(f" {term.word} ").join(parts)

    def _iverson(self, term: Term) -> str:
        return rf"\left[{self.write(term.parts[0])}\right]"

    def _repeat(self, term: Term) -> str:
        inner = term.parts[0]
        size = lengths(term.shape).replace("×", r"\times ")
        if inner.kind == "number" and inner.value in (0, 1):
            return rf"\mathbf{{{inner.value}}}_{{{size}}}"
        return rf"{words('repeat')}\left({self.write(inner)}, {size}\right)"

    def _lift(self, term: Term) -> str:
        places = ["None" if k in term.value else ":" for k in range(len(term.shape))]
        return rf"{self.within(term.parts[0], 9)}[{words(', '.join(places))}]"

    def _argument(self, term: Term) -> str:
        return f"{{{self.within(term.parts[0], 9)}}}^{{{term.word}}}"

    def _words(self, term: Term) -> str:
        return words(term.word)

    def _array(self, term: Term) -> str:
        rows = term.value if len(term.shape) == 2 else [term.value]
        lines = (" & ".join(_digits(rounded(value)) for value in row) for row in rows)
        inner = r" \\ ".join(lines)
        return rf"\left(\begin{{matrix}}{inner}\end{{matrix}}\right)"

    def _partial(self, term: Term) -> str:
        above, below = (self.within(part, 8) for part in term.parts)
        return rf"\frac{{\partial {above}}}{{\partial {below}}}"

    def _times(self, term: Term) -> str:
        return super()._times(term).replace("×", r"\times")

    def _total(self, term: Term) -> str:
        inner = self.within(term.parts[0], 5)
        if term.value is None:
            return rf"\sum {inner}"
        axes = ", ".join(map(str, term.value))
        axes = f"axis {axes}" if len(term.value) == 1 else f"axes {axes}"
        return rf"\sum_{{{words(axes)}}} {inner}"


def _digits(text: str) -> str:
    """A number's text as LaTeX: ``1.2e−5`` as a power of ten."""
    mantissa, exponent, digits = text.replace("−", "-").partition("e")
    mantissa = mantissa.replace("∞", r"\infty").replace("NaN", r"\mathrm{NaN}")
    return rf"{mantissa} \cdot 10^{{{digits}}}" if exponent else mantissa
