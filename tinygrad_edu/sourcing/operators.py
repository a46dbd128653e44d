"""Python's operators: for which functions they stand, and when they give Python's own numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.sourcing.marks import FILL, PRODUCT

__all__ = [
    "ADD",
    "ATOM",
    "CALL",
    "COMPARE",
    "MULTIPLY",
    "OPERATORS",
    "POWER",
    "UNARY",
    "may_be_pythons",
]

# How tightly an expression holds together, as in Python's grammar.
COMPARE, OR, XOR, AND, ADD, MULTIPLY, UNARY, POWER, CALL, ATOM = range(10)
OPERATORS: dict[Any, tuple[str, int]] = {
    np.add: ("+", ADD), np.subtract: ("-", ADD), np.multiply: ("*", MULTIPLY),
    np.divide: ("/", MULTIPLY), np.matmul: ("@", MULTIPLY), np.floor_divide: ("//", MULTIPLY),
    np.remainder: ("%", MULTIPLY), np.power: ("**", POWER), np.bitwise_and: ("&", AND),
    np.bitwise_or: ("|", OR), np.bitwise_xor: ("^", XOR), np.less: ("<", COMPARE),
    np.less_equal: ("<=", COMPARE), np.greater: (">", COMPARE), np.greater_equal: (">=", COMPARE),
    np.equal: ("==", COMPARE), np.not_equal: ("!=", COMPARE),
}  # fmt: skip
# What else gives one of Python's numbers of one: np.real(1j) is a float.
_OF_NUMBERS = {*OPERATORS, PRODUCT, np.square, np.negative, np.real, np.imag}


def may_be_pythons(function: Any, args: Any, parts: list[Any]) -> bool:
    """Whether a number that is computed so may be one of Python's when the source runs.

    It may be where an input or a literal is, and so may arithmetic of such. Python's complex
    numbers times NumPy's are such as well, as np.float64 is a float.
    """
    if function is None or function is FILL:
        return True
    if function not in _OF_NUMBERS:
        return False
    complex_ones = any(part.pythons and part.dtype.kind == "c" for part in parts)
    literals = any(isinstance(each, complex) for each in args)
    return complex_ones or literals or all(part.pythons for part in parts)
