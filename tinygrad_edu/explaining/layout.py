"""An explanation as a list of blocks, written as text, as HTML, and as LaTeX and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from textwrap import wrap

from tinygrad_edu.kit.text import clean
from tinygrad_edu.notation import MathML, Plain, Term, Typeset
from tinygrad_edu.notation.typeset import words

__all__ = ["Equation", "Prose", "Where", "html", "latex", "markdown", "text"]


@dataclass(frozen=True)
class Prose:
    """A sentence, and code that it ends with."""

    words: str
    code: str = ""


@dataclass(frozen=True)
class Equation:
    """``left = right = right ...``, each on a line of its own; beside the first stands a remark."""

    left: Term
    rights: tuple[Term, ...]
    beside: str = ""
    inline: bool = False  # all on one line


@dataclass(frozen=True)
class Where:
    """Equations that say what stands for what."""

    equations: tuple[Equation, ...]


_WIDTH = 88
_BESIDE = 60  # columns after which nothing is aligned
# Parentheses stretch only in a font that is made for formulas; each system has one of these.
_FONTS = "Cambria Math, STIX Two Math, Latin Modern Math, DejaVu Math TeX Gyre, math"
_GAPS = (0.3, 0.3, 1.2, 0)  # behind each column, in em

Block = Prose | Equation | Where


def text(blocks: Sequence[Block]) -> str:
    """The blocks as plain text; equations that follow one another have their signs aligned."""
    lines: list[str] = []
    for kind, group in groupby(blocks, type):
        several = list(group)
        if kind is Prose:
            for block in several:
                lines += _sentence(block)
        elif kind is Equation:
            lines += _aligned([block for block in several if isinstance(block, Equation)], "")
        else:
            for block in several:
                inner = block.equations if isinstance(block, Where) else ()
                lines += ["where", *_aligned(list(inner), "  ")]
    return "\n".join(lines)


def _aligned(equations: list[Equation], indent: str) -> list[str]:
    style = Plain()
    lefts = [style.write(equation.left) for equation in equations]
    width = max(map(len, lefts), default=0)
    lines: list[tuple[str, str]] = []
    for left, equation in zip(lefts, equations, strict=True):
        rights = [style.write(right) for right in equation.rights]
        if equation.inline:
            rights = [" = ".join(rights)]
        starts = [left] + [""] * len(rights)
        rows = [f"{start:<{width}} = {right}" for start, right in zip(starts, rights, strict=False)]
        rows = rows or [f"{left:<{width}}  "]
        lines += [(row, "" if k else equation.beside) for k, row in enumerate(rows)]
    column = max((len(row) for row, beside in lines if beside and len(row) <= _BESIDE), default=0)
    return [
        f"{indent}{row:<{column}}   {beside}" if beside else f"{indent}{row}"
        for row, beside in lines
    ]


def _cells(style: Typeset, equations: Sequence[Equation]) -> Iterator[tuple[str, str, str, str]]:
    """What stands left of the sign, the sign, right of it, and beside: a row each."""
    for equation in equations:
        left, beside = style.write(equation.left), ""
        if equation.beside:
            beside = style.words(equation.beside)
        rights = [style.write(right) for right in equation.rights]
        equal = style.sign(" = ")
        for right in [equal.join(rights)] if equation.inline else rights:
            yield left, equal, right, beside
            left, beside = "", ""
        if not equation.rights:
            yield left, "", "", beside


def _rows(equations: Sequence[Equation]) -> list[str]:
    return [
        f"{left} &{sign.strip()}{' ' * bool(right)}{right}"
        + (rf" \qquad {beside}" if beside else "")
        for left, sign, right, beside in _cells(Typeset(), equations)
    ]


def _display(equations: Sequence[Equation]) -> str:
    return _aligned_display(_rows(equations))


def _aligned_display(rows: Sequence[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _sentence(block: Block) -> list[str]:
    return wrap(block.words + block.code, _WIDTH) if isinstance(block, Prose) else []


def latex(blocks: Sequence[Block]) -> str:
    """All of it as one display."""
    rows: list[str] = []
    for block in blocks:
        if isinstance(block, Prose):
            rows += [rf"& {words(row)}" for row in _sentence(block)]
        elif isinstance(block, Where):
            rows += [rf"& {words('where')}", *_rows(block.equations)]
        else:
            rows += _rows([block])
    return f"$$\n{_aligned_display(rows)}\n$$"


def markdown(blocks: Sequence[Block]) -> str:
    """Sentences, and between them displays."""

    def display(equations: Sequence[Equation]) -> str:
        return f"$$\n{_display(equations)}\n$$"

    return "\n\n".join(_passages(blocks, _inert, display, "where\n\n"))


def html(blocks: Sequence[Block]) -> str:
    """Paragraphs, and formulas in MathML, which a narrow page scrolls."""
    return f"<div>{''.join(_passages(blocks, _paragraph, _mathml, '<p>where</p>'))}</div>"


def _passages(
    blocks: Sequence[Block],
    sentence: Callable[[Prose], str],
    display: Callable[[Sequence[Equation]], str],
    where: str,
) -> list[str]:
    """Each sentence, and the equations that follow one another in a display together."""
    parts: list[str] = []
    for kind, group in groupby(blocks, type):
        several = list(group)
        if kind is Equation:
            parts.append(display([block for block in several if isinstance(block, Equation)]))
        for block in several:
            if isinstance(block, Prose):
                parts.append(sentence(block))
            elif isinstance(block, Where):
                parts.append(where + display(block.equations))
    return parts


def _paragraph(block: Prose) -> str:
    code = f"<code>{escape(clean(block.code))}</code>" if block.code else ""
    return f"<p>{escape(clean(block.words))}{code}</p>"


def _mathml(equations: Sequence[Equation]) -> str:
    """A table of the equations, which meet at their signs."""
    rows = ""
    for row in _cells(MathML(), equations):
        cells = (
            f'<mtd style="text-align: left; padding: 0.4em {gap}em 0.4em 0">{cell}</mtd>'
            for cell, gap in zip(row, _GAPS, strict=True)
        )
        rows += f"<mtr>{''.join(cells)}</mtr>"
    return (
        '<div style="overflow-x: auto"><math xmlns="http://www.w3.org/1998/Math/MathML" '
        f'display="block" style="font-family: {_FONTS}; math-style: normal; white-space: nowrap">'
        f'<mtable displaystyle="true">{rows}</mtable></math></div>'
    )


def _inert(block: Prose) -> str:
    """A sentence in which nothing is markup but the code at its end."""
    text = "".join(f"\\{sign}" if sign in "\\`*_[]<>$#|&~" else sign for sign in block.words)
    return text + (f"`{block.code.replace('`', 'ˋ')}`" if block.code else "")
