"""What an elementwise call is on single numbers, written as Python that Numba compiles."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_edu.trace.passes.rewriting import is_elementwise
from tinygrad_edu.trace.program import Call, Ref

__all__ = ["FLOATS", "cast", "expression", "is_arithmetic", "literal"]

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
_BOOL = np.dtype(bool)
_OPERANDS = "?bhilqBHILQfd"
SMALL = 256  # elements: of more, NumPy computes functions that have no loop of vectors here faster

# Of these a compiler makes instructions on whole vectors of numbers.
_FAST: dict[Any, str] = {
    np.add: "{0} + {1}", np.subtract: "{0} - {1}", np.multiply: "{0} * {1}",
    np.divide: "{0} / {1}", np.negative: "-{0}", np.positive: "{0}", np.square: "{0} * {0}",
    np.reciprocal: "{one} / {0}", np.conjugate: "{0}",
    np.absolute: "np.abs({0})", np.fabs: "np.abs({0})", np.sqrt: "np.sqrt({0})",
    np.floor: "np.floor({0})", np.ceil: "np.ceil({0})", np.trunc: "np.trunc({0})",
    np.rint: "np.rint({0})", np.copysign: "np.copysign({0}, {1})",
    np.maximum: "{0} if ({0} >= {1}) | ({0} != {0}) else {1}",
    np.minimum: "{0} if ({0} <= {1}) | ({0} != {0}) else {1}",
    np.fmax: "{0} if ({0} >= {1}) | ({1} != {1}) else {1}",
    np.fmin: "{0} if ({0} <= {1}) | ({1} != {1}) else {1}",
    np.sign: "np.sign({0}) + {zero}",  # that of -0 is 0
    np.greater: "{0} > {1}", np.greater_equal: "{0} >= {1}", np.less: "{0} < {1}",
    np.less_equal: "{0} <= {1}", np.equal: "{0} == {1}", np.not_equal: "{0} != {1}",
    np.isnan: "{0} != {0}", np.isinf: "np.abs({0}) == np.inf", np.isfinite: "{0} - {0} == 0",
    np.logical_not: "{0} == 0", np.logical_and: "({0} != 0) & ({1} != 0)",
    np.logical_or: "({0} != 0) | ({1} != 0)", np.logical_xor: "({0} != 0) ^ ({1} != 0)",
    np.bitwise_and: "({0} != 0) & ({1} != 0)", np.bitwise_or: "({0} != 0) | ({1} != 0)",
    np.bitwise_xor: "({0} != 0) ^ ({1} != 0)", np.invert: "{0} == 0",
    np.exp: "exp({0})", np.expm1: "expm1({0})", np.tanh: "tanh({0})", np.log: "log({0})",
    np.log1p: "log1p({0})",
}  # fmt: skip
# These are computed one number at a time.
_SLOW = {
    np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.arcsinh,
    np.arccosh, np.arctanh, np.exp2, np.log2, np.log10, np.cbrt, np.arctan2, np.hypot, np.power,
}  # fmt: skip
_DOUBLE = {np.exp, np.expm1, np.tanh, np.log, np.log1p, *_SLOW}  # of float32 in float64 too
_OF_BOOLS = {np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert}
_COMPARISONS = {
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.logical_not,
    np.logical_and, np.logical_or, np.logical_xor,
}  # fmt: skip


def is_arithmetic(call: Call, known: dict[int, Call]) -> bool:
    """Whether `expression` says what a call does, and that is as fast as NumPy."""
    if call.weak or 0 in call.shape or call.dtype not in (*FLOATS, _BOOL):
        return False
    if call.function is np.where:
        return len(call.args) == 3 and not call.kwargs and _loop(call, known) is not None
    if not is_elementwise(call) or _loop(call, known) is None:
        return False
    return call.function in _FAST or (call.function in _SLOW and prod(call.shape) <= SMALL)


def expression(call: Call, known: dict[int, Call], words: list[str]) -> str:
    """The call on numbers called `words`, constants among them left as they are."""
    dtypes = _loop(call, known)
    assert dtypes is not None
    if call.function is np.where:
        condition = words[0] if _dtype(call.args[0], known) == _BOOL else f"({words[0]} != 0)"
        one, other = (
            _operand(*each, call.dtype, known)
            for each in zip(call.args[1:], words[1:], strict=True)
        )
        return f"{one} if {condition} else {other}"
    wide = np.dtype(np.float64) if call.function in _DOUBLE else None
    given = [
        _operand(arg, word, wide or dtype, known)
        for arg, word, dtype in zip(call.args, words, dtypes, strict=True)
    ]
    form = _FAST.get(call.function)
    if form is None:
        form = f"np.{call.function.__name__}({', '.join(f'{{{k}}}' for k in range(len(given)))})"  # type: ignore[union-attr]
    found = form.format(*given, one=literal(1, dtypes[0]), zero=literal(0, dtypes[0]))
    return f"np.float32({found})" if wide and call.dtype != wide else found


def _operand(arg: Any, word: str, dtype: Any, known: dict[int, Call]) -> str:
    if not isinstance(arg, Ref):
        return literal(arg, dtype)
    return word if _dtype(arg, known) == dtype else cast(word, dtype)


def cast(word: str, dtype: Any) -> str:
    """A number in another dtype."""
    return f"({word} != 0)" if dtype == _BOOL else f"np.{np.dtype(dtype).name}({word})"


def literal(value: Any, dtype: Any) -> str:
    """A constant number as it is written."""
    if dtype == _BOOL:
        return repr(bool(value))
    if np.dtype(dtype).kind in "iu":
        return f"np.{np.dtype(dtype).name}({int(value)})"
    number = float(np.dtype(dtype).type(value))
    word = repr(number) if np.isfinite(number) else f"({number!r})".replace("(", "(np.")
    word = word.replace("np.-", "-np.")
    return f"np.float32({word})" if dtype == np.float32 else f"({word})" if number < 0 else word


def _dtype(arg: Any, known: dict[int, Call]) -> Any:
    """The dtype of an operand; of Python's numbers their class, as they adapt; None for others."""
    if isinstance(arg, Ref):
        call = known[arg.number]
        if call.weak:
            return float if call.dtype == np.float64 else None
        return call.dtype if call.dtype.char in _OPERANDS and call.dtype.isnative else None
    if type(arg) in (int, float):
        return type(arg)
    if type(arg) is bool or isinstance(arg, np.bool_):
        return _BOOL
    return arg.dtype if isinstance(arg, np.generic) and arg.dtype.char in _OPERANDS else None


def _loop(call: Call, known: dict[int, Call]) -> tuple[Any, ...] | None:
    """The dtypes that the operands are computed with in, None if they are none of ours."""
    given = [_dtype(arg, known) for arg in call.args]
    if any(dtype is None for dtype in given):
        return None
    if call.function is np.where:
        return (_BOOL, call.dtype, call.dtype)
    try:
        dtypes = call.function.resolve_dtypes((*given, None))  # type: ignore[union-attr]
    except TypeError:
        return None
    if dtypes[-1] != call.dtype or not all(_is_ours(d, call.function) for d in dtypes[:-1]):
        return None
    return tuple(dtypes[:-1])


def _is_ours(dtype: Any, function: Any) -> bool:
    if dtype == _BOOL:
        return function in _OF_BOOLS or function in _COMPARISONS
    if dtype.kind in "iu":
        return function in _COMPARISONS
    return dtype in FLOATS and function not in _OF_BOOLS
