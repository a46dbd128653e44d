"""What stands in formulas in place of functions: products, one number repeated, written arrays."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from tinygrad_edu.trace.traced import item

__all__ = [
    "FILL",
    "LARGEST",
    "LITERAL",
    "MARKS",
    "PRODUCT",
    "exact",
    "is_fill",
    "is_value",
    "plain_number",
]

LARGEST = 10**6  # of the numbers in a coefficient: what is larger stays where it was written


def FILL(*_args: Any) -> Any:  # noqa: N802 (a mark, never called)
    """An array all of whose elements are one number."""


def LITERAL(*_args: Any) -> Any:  # noqa: N802
    """An array that is written out."""


def PRODUCT(*_args: Any) -> Any:  # noqa: N802
    """A number times arrays."""


# What is written in ways of its own, and never called by a name.
MARKS = (FILL, LITERAL, PRODUCT, item)


def is_value(part: Any) -> bool:
    """Whether an argument is a formula, and no constant."""
    return hasattr(part, "parts") and hasattr(part, "function")


def is_fill(value: Any) -> bool:
    """Whether all elements are one number that is known."""
    return getattr(value, "function", None) is FILL


def plain_number(number: Any) -> Any:
    """A number in the simplest form that has the same value: ``2`` for ``2.0``."""
    if isinstance(number, np.generic | np.ndarray):
        number = number.item()
    if isinstance(number, float) and number.is_integer() and abs(number) < LARGEST:
        return number if number == 0 and str(number)[0] == "-" else int(number)
    return number


def exact(number: Any) -> Any:
    """A factor of a product: a fraction if it is one, be it that a rule has rounded it.

    Nobody writes 0.16666666666666666 who does not mean 1 / 6.
    """
    if isinstance(number, bool | np.bool_):
        return number
    number = plain_number(number)
    if isinstance(number, float) and number and len(repr(number)) > 15:
        whole = round(1 / number)
        if 1 < abs(whole) < LARGEST and 1 / whole == number:
            return Fraction(1, whole)
    return Fraction(number) if isinstance(number, int) else number
