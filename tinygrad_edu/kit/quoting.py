"""What becomes of a text in what we write: a literal, an identifier, a comment, a docstring.

Names of Tensors, modules and functions, columns of tables, paths and formulas are anybody's text.
None of it gets into Python source, or to a terminal, but through one of these functions.
"""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction
from typing import Any

__all__ = [
    "docstring",
    "dtype",
    "identifier",
    "literal",
    "named",
    "number",
    "one_line",
    "printable",
]

LONGEST = 24


def identifier(name: str, longest: int = LONGEST) -> str:
    """`name` as an identifier; "" if there is nothing in it that could stand in one.

    Examples
    --------
    >>> [identifier(name) for name in ("hidden.weights", "layers[0].bias", "2nd", "σ")]
    ['hidden_weights', 'layers_0_bias', 'v2nd', 'σ']
    """
    name = unicodedata.normalize("NFKC", name[:1000])  # as Python's parser does
    spelled = "".join(c if f"a{c}".isidentifier() else "_" for c in name)
    spelled = re.sub("_+", "_", spelled).strip("_")[:longest].rstrip("_")
    if spelled and not spelled.isidentifier():
        spelled = unicodedata.normalize("NFKC", f"v{spelled}")
    return spelled if spelled.isidentifier() else ""


def named(name: Any, value: str) -> str:
    """An argument that is given by name; one that could not be written so stands in a dict.

    Examples
    --------
    >>> named("axis", "0"), named("as", "0"), named("a b", "0")
    ('axis=0', '**{"as": 0}', '**{"a b": 0}')
    """
    plain = type(name) is str and name.isidentifier() and not keyword.iskeyword(name)
    if plain and unicodedata.normalize("NFKC", name) == name:
        return f"{name}={value}"
    return f"**{{{literal(name)}: {value}}}"


def number(value: Any) -> str:
    """A number: ``2``, ``0.1``, ``1 / 3``, ``np.inf``.

    Examples
    --------
    >>> number(0.1), number(float("-inf")), number(2j), number(1 + 2j)
    ('0.1', '-np.inf', '2j', '(1.0 + 2.0j)')
    """
    if isinstance(value, Fraction):
        shown = str(value.numerator)
        return shown if value.denominator == 1 else f"{shown} / {value.denominator}"
    if isinstance(value, complex):
        whole = math.isfinite(value.real) and math.copysign(1, value.imag) > 0
        whole = whole and math.isfinite(value.imag)
        real, imag = number(value.real), number(value.imag)
        if whole and value.real == 0 and math.copysign(1, value.real) > 0:
            return f"{imag.removesuffix('.0')}j"
        return f"({real} + {imag}j)" if whole else f"complex({real}, {imag})"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "np.nan" if math.isnan(value) else ("np.inf" if value > 0 else "-np.inf")
        return float.__repr__(value).replace("e+", "e")
    return bool.__repr__(value) if isinstance(value, bool) else int.__repr__(value)


def literal(value: Any, otherwise: Callable[[Any], str] | None = None) -> str:
    r"""Plain values, and tuples, lists, dicts and slices of them, as Python writes them.

    It asks no value for its repr, which may be anything: a member of an enumeration that is a
    number, or text, is written as that.

    Parameters
    ----------
    value
        What to write.
    otherwise : callable, optional
        Writes what is none of these; without, that is a TypeError.

    Examples
    --------
    >>> print(literal(("clip", None, [1, 2.5], {"n": ...})))
    ("clip", None, [1, 2.5], {"n": ...})
    >>> print(literal('say "a"\n'))
    'say "a"\n'
    """

    def within(part: Any) -> str:
        return literal(part, otherwise)

    if isinstance(value, str):
        text = str.__str__(value)
        plain = text.isprintable() and '"' not in text and "\\" not in text
        return f'"{text}"' if plain else ascii(text)
    if isinstance(value, bool | int | float | complex | Fraction):
        return number(value)
    if value is None or value is Ellipsis:
        return "None" if value is None else "..."
    if type(value) in (bytes, range):
        return repr(value)
    if type(value) is slice:
        return f"slice({', '.join(map(within, (value.start, value.stop, value.step)))})"
    if type(value) is tuple:
        return f"({', '.join(map(within, value))}{',' * (len(value) == 1)})"
    if type(value) is list:
        return f"[{', '.join(map(within, value))}]"
    if type(value) is dict:
        return f"{{{', '.join(f'{within(k)}: {within(v)}' for k, v in value.items())}}}"
    if otherwise is None:
        raise TypeError(f"a {type(value).__name__} has no place in printed source")
    return otherwise(value)


def dtype(value: Any) -> str:
    """A dtype of NumPy's; one that has no plain name by its code.

    Examples
    --------
    >>> import numpy as np
    >>> dtype(np.dtype("f4")), dtype(np.dtype("U3").newbyteorder("<"))
    ('np.float32', 'np.dtype("<U3")')
    """
    if value.isnative and value.kind in "biufc":
        return f"np.{value.name}"
    return f"np.dtype({literal(value.str)})"


def printable(text: str) -> str:
    r"""The text with what is no sign and no space shown instead of obeyed, by whoever reads it.

    So it moves no cursor, turns no direction of writing, and ends no line.

    Examples
    --------
    >>> print(printable("a \x1b[31mcolour\u2028"))
    a \x1b[31mcolour\u2028
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def one_line(text: Any, longest: int | None = None) -> str:
    r"""The text on one line, as it may stand in a comment or in a message.

    Examples
    --------
    >>> print(one_line("two\n   lines and a \x1b[31mcolour"))
    two lines and a \x1b[31mcolour
    >>> print(one_line("a long name", 8))
    a long …
    """
    line = printable(" ".join(str(text).split()))
    return line if longest is None or len(line) <= longest else f"{line[: longest - 1]}…"


def docstring(text: Any, longest: int = 60) -> str:
    r"""The text on one line, as it may stand between three quotation marks.

    Examples
    --------
    >>> print(docstring('a "name" \\'))
    a \"name\" \\
    """
    return one_line(text, longest).replace("\\", "\\\\").replace('"', '\\"')
