"""Why an operation gives NaN or infinity at some values, in words, and the way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["forward_cause", "slope_cause", "way_out"]

Test = Callable[..., Any]

# The operations by name, when, and what is to be said. The first row that holds is taken.
_CAUSES: list[tuple[str, Test, str]] = [
    ("log log2 log10", lambda x: x == 0, "the logarithm of 0 is infinite"),
    ("log log2 log10", lambda x: x < 0, "the logarithm of a negative number is not real"),
    ("log1p", lambda x: x == -1, "log1p(x) is the logarithm of 1 + x, and that is 0"),
    ("log1p", lambda x: x < -1, "log1p(x) is the logarithm of 1 + x, and that is negative"),
    ("sqrt", lambda x: x < 0, "the square root of a negative number is not real"),
    ("divide", lambda x, y: (x == 0) & (y == 0), "0 / 0 is not defined"),
    ("divide floor_divide reciprocal", lambda *xy: xy[-1] == 0, "division by 0"),
    ("divide", lambda x, y: np.isinf(x) & np.isinf(y), "inf / inf is not defined"),
    ("remainder fmod divmod", lambda x, y: y == 0, "the remainder of a division by 0"),
    ("add", lambda x, y: np.isinf(x) & np.isinf(y), "inf - inf is not defined"),
    ("subtract", lambda x, y: np.isinf(x) & np.isinf(y), "inf - inf is not defined"),
    ("multiply", lambda x, y: (x == 0) | (y == 0), "0 times infinity is not defined"),
    ("power float_power", lambda x, y: (x == 0) & (y < 0), "0 to a negative power is 1 / 0"),
    ("power float_power", lambda x, y: (x < 0) & (y != np.floor(y)),
     "a negative number to a fractional power is not real"),
    ("exp exp2 expm1 sinh cosh", lambda x: np.isfinite(x), "overflow in the exponential"),
    ("arcsin arccos", lambda x: abs(x) > 1, "the argument is outside of [-1, 1]"),
    ("arccosh", lambda x: x < 1, "arccosh is defined from 1 on"),
    ("arctanh", lambda x: abs(x) == 1, "arctanh is infinite at -1 and 1"),
    ("arctanh", lambda x: abs(x) > 1, "the argument is outside of (-1, 1)"),
    ("sin cos tan", lambda x: np.isinf(x), "an angle that is infinite"),
]  # fmt: skip

_SAFE = "choose a safe argument first, {0}(np.where(ok, x, 1)), and the result by another np.where"
_LOG = (
    f"{_SAFE}; np.log1p(x) for log(1 + x), log_softmax(t) for the log of softmax, logsumexp(t) for "
    "the log of a sum of exp, and the losses from logits in nn need no log at all"
)
_ROOT = f"{_SAFE}; or keep away from 0, {{0}}(x + 1e-12)"
_EXP = (
    "use the function that does not overflow: sigmoid, softmax, softplus, logsumexp, log_softmax, "
    "or a loss from logits in nn; or scale the argument down"
)
_QUOTIENT = "choose a safe divisor first, x / np.where(y == 0, 1, y), and the result by np.where"
_WAYS: list[tuple[str, str]] = [
    ("log log2 log10 log1p", _LOG),
    ("sqrt", _ROOT),
    ("power float_power", "choose a safe base first, np.where(ok, x, 1) ** y, and the result by "
     "another np.where"),
    ("divide floor_divide reciprocal remainder fmod divmod", _QUOTIENT),
    ("exp exp2 expm1 sinh cosh", _EXP),
    ("add subtract multiply", "look at what is infinite: a finite large number such as -1e30 does "
     "for a mask"),
    ("arcsin arccos arccosh arctanh", "keep the argument within, np.clip(x, low, high)"),
]  # fmt: skip


def way_out(op: Any, title: str) -> str:
    """What to write instead."""
    for names, words in _WAYS:
        if op.__name__ in names.split():
            return words.format(title)
    return "look at the values above: are they as large, or as near to a pole, as they should be?"


def forward_cause(op: Any, values: list[Any], result: Any) -> str:
    """Why `op` gives `result`, which is not finite, of `values`: one number an argument."""
    if any(_is_nan(value) for value in values):
        return "an argument was NaN already"
    for names, test, words in _CAUSES:
        if op.__name__ in names.split():
            try:
                if test(*values):
                    return words + _limits(op, result, words)
            except TypeError:  # of a complex number, which has no order
                continue
    if all(_is_finite(value) for value in values) and np.isinf(result):
        return f"overflow: the result is beyond {_largest(result)}"
    return "it is not defined there"


def _limits(op: Any, result: Any, words: str) -> str:
    if not words.startswith("overflow"):
        return ""
    largest = np.finfo(np.asarray(result).dtype).max
    inverse = {"exp2": np.log2, "sinh": np.arcsinh, "cosh": np.arccosh}.get(op.__name__, np.log)
    return f": {op.__name__}(x) is beyond {_largest(result)} from x = {inverse(largest):.4g} on"


def _largest(result: Any) -> str:
    dtype = np.asarray(result).dtype
    return f"the largest {dtype}, {np.finfo(dtype).max:.3g}"


def slope_cause(title: str, place: int, values: list[Any], g: Any, slope: Any) -> str:
    """Why the cotangent `g` times the local derivative `slope` is not finite."""
    at = ", ".join(f"{value}" for value in values)
    if _is_nan(g) or _is_nan(slope):
        which = f" in argument {place}" if len(values) > 1 else ""
        return f"{title} has no slope{which} at {at}"
    if not _is_finite(slope):
        return f"the slope of {title} at {at} is infinite"
    if not _is_finite(g):
        return "the gradient that arrived was infinite already"
    return f"overflow: the gradient that arrived, {g}, times the slope {slope} is beyond " + (
        _largest(slope * g)
    )


def _is_nan(value: Any) -> bool:
    return isinstance(value, float | complex | np.number) and bool(np.isnan(value))


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float | complex | np.number) or bool(np.isfinite(value))
