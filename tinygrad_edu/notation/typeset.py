"""A term as LaTeX: a product of arrays as ⊙, one of matrices side by side, quotients as fractions.

Only what Jupyter's MathJax and docutils' converter to MathML both know is used.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from tinygrad_edu.kit.text import line
from tinygrad_edu.kit.text import number as rounded
from tinygrad_edu.kit.text import shape as lengths
from tinygrad_edu.notation.terms import Term
from tinygrad_edu.notation.writing import LONGEST_NAME, LONGEST_WORDS, Plain, binding, numeral

__all__ = ["Typeset", "symbol", "words"]

_ESCAPED = {character: f"\\{character}" for character in "{}$&#%_"}
_ALIKE = str.maketrans(
    "\\^~{}$&#%_`<>", "∖ˆ∼｛｝＄＆＃％ˍˋ＜＞"
)  # what is a command, by a sign like it
_PLAIN = re.compile(r"[A-Za-z0-9.,:;_%&#$()\[\]+*/=|!'\"-]*")
LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
NAME = re.compile(r"([A-Za-zα-ωΓΔΘΛΞΠΣΦΨΩ])_?([0-9₀-₉]*)")
_LETTERS = (
    "α alpha β beta γ gamma δ delta ε varepsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu "
    "ν nu ξ xi π pi ρ rho σ sigma τ tau υ upsilon φ varphi χ chi ψ psi ω omega Γ Gamma Δ Delta "
    "Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Φ Phi Ψ Psi Ω Omega"
)
_GREEK = {letter: f"\\{word}" for letter, word in re.findall(r"(\w) (\w+)", _LETTERS)}
FUNCTIONS = {"log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "det"}
_SIGNS = {
    "−": "-",
    "·": r"\cdot",
    "⊙": r"\odot",
    "⊗": r"\otimes",
    "×": r"\times",
    "⊤": r"\top",
    "∂": r"\partial",
    "∑": r"\sum",
    "≠": r"\neq",
    "≤": r"\leq",
    "≥": r"\geq",
}


def words(text: str) -> str:
    """Upright text within a formula, nothing of which is a command."""
    text = line(text, LONGEST_WORDS).replace("−", "-")
    if not _PLAIN.fullmatch(text):
        return rf"\text{{{text.translate(_ALIKE)}}}"
    return rf"\mathrm{{{''.join(_ESCAPED.get(character, character) for character in text)}}}"


def symbol(name: str) -> str:
    """The name of a variable: a letter in italics, its number lowered; a word upright."""
    name = line(name, LONGEST_NAME)
    found = NAME.fullmatch(name)
    if found is None:
        return words(name)
    letter, index = found[1], found[2].translate(LOWERED)
    letter = _GREEK.get(letter) or letter
    return f"{letter}_{{{index}}}" if index else letter


class Typeset(Plain):
    """Terms as LaTeX; what is written above, below and around what, for MathML too."""

    def within(self, term: Term, least: int) -> str:
        """A part, in brackets unless it binds at least so tightly."""
        text = self.write(term)
        return text if binding(term) >= least else self.fenced("(", text, ")")

    # ---- what LaTeX has commands for

    def sign(self, sign: str) -> str:
        """A sign of an operation, or of a relation."""
        bare = sign.strip()
        return sign.replace(bare, _SIGNS.get(bare, bare))

    def fenced(self, left: str, inner: str, right: str) -> str:
        """Between brackets that are as high as what they hold."""
        return rf"\left{left}{inner}\right{right}"

    def fraction(self, above: str, below: str) -> str:
        """One above the other."""
        return rf"\frac{{{above}}}{{{below}}}"

    def raised(self, base: str, exponent: str) -> str:
        """With an exponent."""
        return f"{{{base}}}^{{{exponent}}}"

    def lowered(self, base: str, index: str) -> str:
        """With an index."""
        return f"{base}_{{{index}}}"

    def root(self, inner: str) -> str:
        """The square root."""
        return rf"\sqrt{{{inner}}}"

    def words(self, text: str) -> str:
        """Upright text."""
        return words(text)

    def symbol(self, name: str) -> str:
        """The name of a variable."""
        return symbol(name)

    def function(self, name: str) -> str:
        """The name of a function."""
        return f"\\{name}" if name in FUNCTIONS else symbol(name)

    def digits(self, text: str) -> str:
        """A number, from its text: ``1.2e−5`` as a power of ten."""
        mantissa, exponent, digits = text.replace("−", "-").partition("e")
        mantissa = mantissa.replace("∞", r"\infty").replace("NaN", r"\mathrm{NaN}")
        return rf"{mantissa} \cdot 10^{{{digits}}}" if exponent else mantissa

    def bold(self, digit: str) -> str:
        """The array of nothing but ones, or zeros."""
        return rf"\mathbf{{{digit}}}"

    def matrix(self, rows: list[list[str]]) -> str:
        """Rows and columns, without brackets."""
        inner = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{matrix}}{inner}\end{{matrix}}"

    def gap(self, narrow: bool) -> str:
        """What stands between factors without a sign."""
        return r"\," if narrow else ""

    # ---- the kinds of terms

    def _name(self, term: Term) -> str:
        return self.symbol(term.word)

    def _number(self, term: Term) -> str:
        value = term.value
        if isinstance(value, Fraction) and " / " in numeral(value):
            return self.fraction(
                self.digits(str(value.numerator)), self.digits(str(value.denominator))
            )
        return self.digits(numeral(value))

    def _product(self, term: Term) -> str:
        """Numbers and single values first, with a dot or side by side; then arrays with ⊙."""
        single = [part for part in term.parts if not part.shape]
        arrays = [part for part in term.parts if part.shape]
        text = self._joined(single, " · ") if single else ""
        if not arrays:
            return text
        array = self._joined(arrays, " ⊙ ")
        if not text:
            return array
        last = single[-1]
        joint = self._gap(arrays[0]) if last.kind == "number" else self.sign(" · ")
        return f"{text}{joint}{array}"

    def _joined(self, parts: list[Term], sign: str) -> str:
        text = self.within(parts[0], 6)
        for before, part in pairwise(parts):
            beside = before.kind == "number" and part.kind != "number"
            text += (self._gap(part) if beside else self.sign(sign)) + self.within(part, 6)
        return text

    def _gap(self, part: Term) -> str:
        """What stands between a number and what follows it: 2x and 2(x - y), but 2 output."""
        text = Typeset().within(part, 6)
        close = text.startswith(r"\left(") or re.match(r"\{?[A-Za-z](?![A-Za-z])", text)
        return self.gap(not close)

    def _quotient(self, term: Term) -> str:
        above, below = map(self.write, term.parts)
        return self.fraction(above, below)

    def _power(self, term: Term) -> str:
        return self.raised(self.within(term.parts[0], 9), self.write(term.parts[1]))

    def _matmul(self, term: Term) -> str:
        left, right = term.parts
        return f"{self.within(left, 7)}{self.gap(True)}{self.within(right, 8)}"

    def _transpose(self, term: Term) -> str:
        return self.raised(self.within(term.parts[0], 9), self.sign("⊤"))

    def _index(self, term: Term) -> str:
        return f"{self.within(term.parts[0], 9)}{self._bracketed(term.word)}"

    def _bracketed(self, text: str) -> str:
        return f"{self.sign('[')}{self.words(text)}{self.sign(']')}"

    def _call(self, term: Term) -> str:
        parts = [self.write(part) for part in term.parts]
        if len(parts) == 1 and term.word == "sqrt":
            return self.root(parts[0])
        if len(parts) == 1 and term.word in ("absolute", "fabs"):
            return self.fenced("|", parts[0], "|")
        if len(parts) == 1 and term.word == "exp":
            return self.raised(self.symbol("e"), parts[0])
        inner = self.fenced("(", self.sign(", ").join(parts), ")")
        return (self.function(term.word) if term.word else "") + inner

    def _logic(self, term: Term) -> str:
        if not term.parts:
            return self.words(term.word)
        parts = [self.within(part, 2) for part in term.parts]
        if len(parts) == 1:
            return f"{self.words('not ')}{parts[0]}"
        return self.words(f" {term.word} ").join(parts)

    def _iverson(self, term: Term) -> str:
        return self.fenced("[", self.write(term.parts[0]), "]")

    def _repeat(self, term: Term) -> str:
        inner = term.parts[0]
        size = self.sign("× ").join(map(self.digits, lengths(term.shape).split("×")))
        if inner.kind == "number" and inner.value in (0, 1):
            return self.lowered(self.bold(str(inner.value)), size)
        both = f"{self.write(inner)}{self.sign(', ')}{size}"
        return f"{self.words('repeat')}{self.fenced('(', both, ')')}"

    def _lift(self, term: Term) -> str:
        places = ["None" if k in term.value else ":" for k in range(len(term.shape))]
        return f"{self.within(term.parts[0], 9)}{self._bracketed(', '.join(places))}"

    def _argument(self, term: Term) -> str:
        return self.raised(self.within(term.parts[0], 9), self.digits(term.word))

    def _words(self, term: Term) -> str:
        return self.words(term.word)

    def _array(self, term: Term) -> str:
        rows = term.value if len(term.shape) == 2 else [term.value]
        written = [[self.digits(rounded(value)) for value in row] for row in rows]
        return self.fenced("(", self.matrix(written), ")")

    def _partial(self, term: Term) -> str:
        above, below = (self.sign("∂ ") + self.within(part, 8) for part in term.parts)
        return self.fraction(above, below)

    def _total(self, term: Term) -> str:
        inner = self.within(term.parts[0], 5)
        if term.value is None:
            return f"{self.sign('∑ ')}{inner}"
        axes = ", ".join(map(str, term.value))
        axes = f"axis {axes}" if len(term.value) == 1 else f"axes {axes}"
        return f"{self.lowered(self.sign('∑'), self.words(axes))} {inner}"
