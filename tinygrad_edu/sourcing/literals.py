"""Numbers, dtypes and small arrays as Python writes them."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["is_small", "literal", "number"]

LONGEST = 72  # characters of an array that is written where it is used


def number(value: Any) -> str:
    """A number: ``2``, ``0.1``, ``1 / 3``, ``np.inf``."""
    if isinstance(value, Fraction):
        shown = str(value.numerator)
        return shown if value.denominator == 1 else f"{shown} / {value.denominator}"
    if isinstance(value, complex):
        whole = np.isfinite(value) and math.copysign(1, value.imag) > 0
        real, imag = number(value.real), number(value.imag)
        if whole and value.real == 0 and math.copysign(1, value.real) > 0:
            return f"{imag.removesuffix('.0')}j"
        return f"({real} + {imag}j)" if whole else f"complex({real}, {imag})"
    if isinstance(value, float) and not math.isfinite(value):
        return "np.nan" if math.isnan(value) else ("np.inf" if value > 0 else "-np.inf")
    return repr(value).replace("e+", "e")


def literal(value: Any, strong: Any = None) -> str:
    """Anything that can stand among arguments; NumPy's numbers with their type if `strong`."""
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        plain = number(value.item())
        wide = value.dtype in (np.float64, np.int64, np.bool_, np.complex128)
        return plain if wide and not strong else f"np.{value.dtype.name}({plain})"
    if isinstance(value, np.dtype):
        return f"np.{value.name}" if value.names is None else repr(value)
    if isinstance(value, type):
        scalar = issubclass(value, np.generic)
        return f"np.{np.dtype(value).name}" if scalar else value.__name__
    if isinstance(value, str):
        return f'"{value}"' if '"' not in value and "\\" not in value else repr(value)
    if value is Ellipsis:
        return "..."
    if value is np._NoValue:
        return "np._NoValue"
    if isinstance(value, slice):
        parts = [literal(each) for each in (value.start, value.stop, value.step)]
        return f"slice({', '.join(parts)})"
    if isinstance(value, int | float | complex | Fraction) and not isinstance(value, bool):
        return number(value)
    if value is None or isinstance(value, bool | range):
        return repr(value)
    raise TypeError(f"source: {type(value).__name__} {value!r} has no place in printed source")


def _array(value: Any) -> str:
    if _counts(value):
        start = f"{value.flat[0]}, " if value.flat[0] else ""
        counted = f"np.arange({start}{value.flat[-1] + 1})"
        return counted if value.ndim == 1 else f"{counted}.reshape({str(value.shape)[1:-1]})"
    inner = ", ".join(map(_array_row, value)) if value.size else ""
    kind = (
        ""
        if value.dtype in (np.int64, np.bool_) and value.size
        else f", dtype=np.{value.dtype.name}"
    )
    if not value.size:
        return f"np.zeros({value.shape}{kind})"
    return f"np.array([{inner}]{kind})"


def _counts(value: Any) -> bool:
    """Whether the elements are numbered one after another."""
    if value.dtype != np.int64 or value.size < 3:
        return False
    first = int(value.flat[0])
    return first >= 0 and np.array_equal(value.ravel(), np.arange(first, first + value.size))


def _same(value: Any) -> bool:
    return bool(value.size and (value == value.flat[0]).all())


def _array_row(row: Any) -> str:
    return f"[{', '.join(map(_array_row, row))}]" if row.ndim else number(row.item())


def is_small(value: Any) -> bool:
    """Whether an array of integers or booleans can be written where it is used."""
    if value.dtype.kind not in "biu":
        return False
    short = value.size <= LONGEST and len(_array(value)) <= LONGEST
    return short or _counts(value) or _same(value)
