"""The record as JSON that may stand in a script element: strict, and always the same bytes."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

__all__ = ["constant", "flat", "numeral", "text"]


def numeral(x: Any) -> float | int | str:
    """A number as JSON has it; the three that it lacks as text.

    Examples
    --------
    >>> numeral(0.1), numeral(-2.0), numeral(np.inf)
    (0.1, -2, 'Infinity')
    """
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    whole = abs(x) < 1e15 and x == int(x) and (x or math.copysign(1, x) > 0)  # but -0.0
    return int(x) if whole else x


def flat(values: Any) -> list[float | int | str]:
    """All elements, in the order of the last axis first."""
    return [numeral(x) for x in np.ravel(values).tolist()]


def constant(value: Any) -> dict[str, Any]:
    """A constant of a program: one number for all elements, where they are all the same."""
    value = np.asarray(value)
    numerals, shape = flat(value), list(value.shape)
    if numerals and all(each == numerals[0] for each in numerals):
        same = {(type(each), math.copysign(1, each)) for each in numerals if each == 0}
        if len(same) <= 1:
            return {"shape": shape, "fill": numerals[0]}
    return {"shape": shape, "data": numerals}


def text(record: dict[str, Any]) -> str:
    """`record` as JSON in which no markup can begin, and nothing that ends a line of a script.

    Examples
    --------
    >>> text({"name": "</script>"})
    '{"name":"\\\\u003c/script>"}'
    """
    written = json.dumps(record, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    return written.replace("<", "\\u003c")
