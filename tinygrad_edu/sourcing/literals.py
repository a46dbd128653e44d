"""What NumPy has besides Python's plain values, as it is written: dtypes and small arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.kit import quoting
from tinygrad_edu.kit.quoting import number

__all__ = ["is_small", "literal"]

LONGEST = 72  # characters of an array that is written where it is used


def literal(value: Any, strong: Any = None) -> str:
    """Anything that can stand among arguments; NumPy's numbers with their type if `strong`."""
    if isinstance(value, np.generic):
        return _of_numpys(value, strong)
    return quoting.literal(value, _of_numpys)


def _of_numpys(value: Any, strong: Any = None) -> str:
    """NumPy's values and types as it writes them."""
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        plain = number(value.item())
        wide = value.dtype in (np.float64, np.int64, np.bool_, np.complex128)
        return plain if wide and not strong else f"np.{value.dtype.name}({plain})"
    if isinstance(value, np.dtype):
        return quoting.dtype(value)
    if isinstance(value, type) and issubclass(value, np.generic):
        return f"np.{np.dtype(value).name}"
    if value in (bool, int, float, complex, object):
        return str(value.__name__)
    if value is np._NoValue:
        return "np._NoValue"
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
