"""Text in pictures: one cleaning function in front of all of it, and how numbers are written."""

from __future__ import annotations

import html
import math
import re
from typing import Any

import numpy as np

__all__ = ["clean", "line", "markup", "number", "numbered", "quoted", "shape", "summary"]

LONGEST = 200
_REPLACED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but tab and newline
    "\ud800-\udfff\ufffe\uffff"  # lone surrogates and non-characters: not allowed in XML
    "\u2028\u2029"  # would end a line
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"  # would turn the text around them
)

_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def clean(text: Any, longest: int = LONGEST) -> str:
    """`text` without what XML or Graphviz can't carry, of at most `longest` characters.

    Examples
    --------
    >>> clean("a\\x00b")
    'a\N{REPLACEMENT CHARACTER}b'
    >>> clean("weights", 4)
    'wei…'
    """
    text = str(text)
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return _REPLACED.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def line(text: Any, longest: int) -> str:
    """`text` cleaned, on one line."""
    return clean(re.sub(r"\r\n|[\n\t]", " ", str(text)), longest)


def markup(text: str) -> str:
    """Clean `text` for an HTML-like label, in which ``\\N`` would become the node's name."""
    return html.escape(clean(text)).replace("\\", "\\\\")


def quoted(text: str) -> str:
    """`text` for an attribute in quotes, each line of it cleaned.

    Graphviz reads ``&lt;`` and ``\\N`` there, so that both characters are escaped.
    """
    cleaned = "\n".join(clean(each) for each in text.split("\n"))
    return html.escape(cleaned, quote=False).replace("\\", "\\\\")


def number(value: Any) -> str:
    """Four significant digits and a real minus sign; exponents from 1e5 and below 1e-3.

    Of a complex number both parts are written, each so.

    Examples
    --------
    >>> number(0.880797), number(-2.0), number(12345.6), number(-0.000012)
    ('0.8808', '−2', '12346', '−1.2e−5')
    >>> number(1 - 2.5j), number(-1j)
    ('1−2.5i', '0−1i')
    """
    if np.iscomplexobj(value):
        imaginary = number(value.imag)
        return f"{number(value.real)}{'' if imaginary[0] == '−' else '+'}{imaginary}i"
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e5 or size < 1e-3:
        digits, _, exponent = f"{value:.3e}".partition("e")
        digits = f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
    else:
        decimals = max(0, 3 - math.floor(math.log10(size)))
        digits = f"{value:.{decimals}f}"
        digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return digits.replace("-", "−")


def numbered(letter: str, number: int) -> str:
    """A letter with a number as its index: ``v₁``."""
    return letter + str(number).translate(_LOWERED)


def shape(lengths: tuple[int, ...]) -> str:
    """The lengths of the axes: ``4×3``."""
    return "×".join(map(str, lengths))


def summary(values: Any) -> str:
    """All digits of a few values; of many, their shape and range."""
    values = np.asarray(values)
    if values.ndim == 0:
        return str(values[()])
    if 0 < values.size <= 16:
        return f"{np.array2string(values, separator=', ', threshold=16, max_line_width=80)}"
    text = f"shape {shape(values.shape)}"
    if values.dtype.kind == "c":
        values, text = np.abs(values), f"{text}, moduli"
    finite = values[np.isfinite(values)] if values.dtype.kind in "fiu" else values[:0]
    if finite.size:
        text += f"{'' if text.endswith('moduli') else ','} from {finite.min()} to {finite.max()}"
    return text
