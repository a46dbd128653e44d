"""Numbers evenly spaced between two ends: on a line, in their exponents, in their ratios."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed
from tinygrad_edu.rules.operands import operand


def _ends(numbers: Any, first: Any, last: Any) -> Any:
    """`numbers` along the first axis, with the ends in the place of what rounding made of them."""
    ends = [None if end is None else np.broadcast_to(end, np.shape(numbers)[1:])[None]
            for end in (first, last)]
    inner = numbers[0 if first is None else 1 : None if last is None else -1]
    pieces = [piece for piece in (ends[0], inner, ends[1]) if piece is not None]
    return np.concatenate(pieces) if len(pieces) > 1 else numbers


def _plain(end: Any) -> Any:
    """A list as an array; a plain number as it is, of no precision of its own."""
    return end if isinstance(end, int | float | complex) else operand(end)


def _line(start: Any, stop: Any, num: int, endpoint: bool) -> tuple[Any, Any]:
    """The numbers, along the first axis, and their distance."""
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    dtype = np.result_type(start, stop)
    delta = stop - start
    count = np.arange(num, dtype=dtype).reshape((-1,) + (1,) * np.ndim(delta))
    divisions = num - 1 if endpoint else num
    step = delta / divisions if divisions > 0 else np.nan
    numbers = (count * step if divisions > 0 else 0 * count * delta) + start
    return _ends(numbers, None, operand(stop, dtype) if endpoint and num > 1 else None), step


@composed(np.linspace)
def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False,
    dtype: Any = None, axis: int = 0,
) -> Any:  # fmt: skip
    """``start + k (stop - start) / (num - 1)``, the last of them `stop` itself."""
    numbers, step = _line(_plain(start), _plain(stop), num, endpoint)
    if dtype is not None and np.issubdtype(dtype, np.integer):
        numbers = np.floor(numbers)
    numbers = operand(np.moveaxis(numbers, 0, axis), dtype)
    return (numbers, step) if retstep else numbers


@composed(np.logspace)
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0,
    dtype: Any = None, axis: int = 0,
) -> Any:  # fmt: skip
    """`base` to the power of evenly spaced numbers."""
    if np.ndim(base):
        dims = max(np.ndim(start), np.ndim(stop), np.ndim(base))
        start, stop, base = (
            np.reshape(a, (1,) * (dims - np.ndim(a)) + np.shape(a)) for a in (start, stop, base)
        )
        base = np.expand_dims(base, axis)
    numbers = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return operand(numbers, dtype)


@composed(np.geomspace)
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """``start (stop / start)**(k / (num - 1))``, a spiral in the complex plane.

    The logarithms are taken after a turn that brings `start` to the positive axis.
    """
    start, stop = operand(start), operand(stop)  # here a plain number has a precision too
    kind = np.result_type(start, stop, *([] if dtype is None else [dtype]))
    start, stop = operand(start, kind), operand(stop, kind)
    if np.any(start == 0) or np.any(stop == 0):
        raise ValueError("Geometric sequence cannot include zero")
    turn = start / np.abs(start) if kind.kind == "c" else np.sign(start)
    line, _ = _line(np.log10(start / turn), np.log10(stop / turn), num, endpoint)
    last = stop / turn if endpoint and num > 1 else None
    numbers = _ends(np.power(10.0, line), start / turn if num > 0 else None, last) * turn
    return operand(np.moveaxis(numbers, 0, axis), dtype)
