"""A term as MathML, which browsers draw by themselves: no script, and nothing from the network."""

from __future__ import annotations

from html import escape

from tinygrad_edu.kit.text import line
from tinygrad_edu.notation.typeset import LOWERED, NAME, Typeset
from tinygrad_edu.notation.writing import LONGEST_NAME, LONGEST_WORDS

__all__ = ["MathML"]

_NARROW = '<mspace width="0.17em"/>'


class MathML(Typeset):
    """Terms as elements of MathML; all text in them is escaped."""

    def sign(self, sign: str) -> str:
        """An operator; browsers know the space around each."""
        bare = sign.strip()
        if bare == "∂":  # they put some behind it as well, as before the function it is applied to
            return '<mo lspace="0" rspace="0">∂</mo>'
        if bare in "[]":
            return f'<mo stretchy="false">{bare}</mo>'
        return f"<mo>{escape(bare)}</mo>"

    def fenced(self, left: str, inner: str, right: str) -> str:
        """Between brackets, which stretch."""
        around = (f'<mo fence="true" form="{form}">{{}}</mo>' for form in ("prefix", "postfix"))
        before, after = (
            each.format(sign) for each, sign in zip(around, (left, right), strict=True)
        )
        return f"<mrow>{before}<mrow>{inner}</mrow>{after}</mrow>"

    def fraction(self, above: str, below: str) -> str:
        """One above the other."""
        return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"

    def raised(self, base: str, exponent: str) -> str:
        """With an exponent."""
        return f"<msup><mrow>{base}</mrow><mrow>{exponent}</mrow></msup>"

    def lowered(self, base: str, index: str) -> str:
        """With an index."""
        return f"<msub>{base}<mrow>{index}</mrow></msub>"

    def root(self, inner: str) -> str:
        """The square root."""
        return f"<msqrt>{inner}</msqrt>"

    def words(self, text: str) -> str:
        """Upright text, which keeps the spaces at its ends."""
        text = line(text, LONGEST_WORDS)
        inner = text.strip(" ")
        before, after = (
            "\N{NO-BREAK SPACE}" * (len(text) - len(stripped))
            for stripped in (text.lstrip(" "), text.rstrip(" "))
        )
        return f"<mtext>{before}{escape(inner)}{after if inner else ''}</mtext>"

    def symbol(self, name: str) -> str:
        """A letter, which is in italics, its number lowered; or a word, which is upright."""
        name = line(name, LONGEST_NAME)
        found = NAME.fullmatch(name)
        if found is None:
            return f"<mi>{escape(name)}</mi>" if len(name) > 1 else self.words(name)
        letter, index = f"<mi>{found[1]}</mi>", found[2].translate(LOWERED)
        return self.lowered(letter, f"<mn>{index}</mn>") if index else letter

    def function(self, name: str) -> str:
        """The name of a function."""
        return f"{self.symbol(name)}<mo>&#x2061;</mo>"  # applied to what follows

    def digits(self, text: str) -> str:
        """A number; ``1.2e−5`` as a power of ten."""
        mantissa, exponent, power = text.replace("-", "−").partition("e")
        number = self._signed(mantissa)
        if not exponent:
            return number
        return f"{number}<mo>·</mo>{self.raised('<mn>10</mn>', self._signed(power))}"

    def _signed(self, text: str) -> str:
        bare = text.removeprefix("−")
        minus = '<mo form="prefix">−</mo>' if bare != text else ""
        return f"{minus}<mn>{escape(bare)}</mn>"

    def bold(self, digit: str) -> str:
        """The array of nothing but ones, or zeros."""
        return f'<mn style="font-weight: bold">{digit}</mn>'

    def matrix(self, rows: list[list[str]]) -> str:
        """Rows and columns, without brackets."""
        return f"<mtable>{''.join(map(self._row, rows))}</mtable>"

    def _row(self, cells: list[str]) -> str:
        return f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in cells)}</mtr>"

    def gap(self, narrow: bool) -> str:
        """What stands between factors without a sign."""
        return _NARROW if narrow else "<mo>&#x2062;</mo>"  # times, which is not seen
