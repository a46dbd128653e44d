"""Algebra: the same numbers by cheaper operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.trace.passes.rewriting import (
    Rewriting,
    call_of,
    is_elementwise,
    is_number,
    rewritten,
)
from tinygrad_edu.trace.program import Call, Program, Ref

__all__ = ["algebra", "signs"]


def algebra(program: Program) -> tuple[Program, list[str]]:
    """Write a call as a cheaper one of the same value.

    Exact: ``x**2`` as ``np.square``, division by a power of 2 as a product, repetition in front of
    an operation that repeats by itself, NumPy's sums as what they call.
    """
    return rewritten(program, _cheaper)


def signs(program: Program) -> tuple[Program, list[str]]:
    """Draw signs into sums: ``-a + b`` is ``b - a``, ``-(x + bias)`` is ``-bias - x``.

    Exact, but for the sign of a zero: ``-(1 - 1)`` is -0 and ``-1 + 1`` is 0.
    """
    return rewritten(program, _signed)


def _cheaper(call: Call, state: Rewriting) -> Any:
    function: Any = call.function
    args = call.args
    if function in _REDUCTIONS:
        return _reduction(call)
    if function is np.transpose and len(args) + len(call.kwargs) > 1:
        return _reversed(call)
    if function == np.add.reduce and set(call.kwargs) == {"axis", "keepdims"}:
        kept = call.kwargs["keepdims"] is not False
        return None if kept else [call.with_kwargs({"axis": call.kwargs["axis"]})]
    if not is_elementwise(call):
        return None
    if function is np.power and is_number(args[1], 2) and _of(args[0], call, state):
        return [call_of(call, np.square, args[0])]
    if function is np.multiply and _is_same(*args) and call.dtype.kind in "fc":
        return [call_of(call, np.square, args[0])]
    if function is np.divide and _is_power_of_two(args[1]) and _of(args[0], call, state):
        return [call_of(call, np.multiply, args[0], 1 / args[1])]
    plain = tuple(_unrepeated(arg, state) for arg in args)
    shapes = [_shape(arg, state) for arg in plain]
    if plain != args and np.broadcast_shapes(*shapes) == call.shape:
        return [call_of(call, function, *plain)]
    return None


def _is_same(one: Any, other: Any) -> bool:
    return isinstance(one, Ref) and isinstance(other, Ref) and bool(one == other)


def _reversed(call: Call) -> Any:
    """A transpose that reverses the axes needs no more words."""
    axes = [*call.args[1:], *call.kwargs.values()][0]
    reverse = list(range(len(call.shape)))[::-1]
    plain = axes is None or [axis % len(reverse) for axis in np.atleast_1d(axes)] == reverse
    return [call_of(call, np.transpose, call.args[0])] if plain else None


def _of(part: Any, call: Call, state: Rewriting) -> bool:
    """Whether an argument is a value like the result, in floating point."""
    of = state.get(part)
    known = of is not None and (of.dtype, of.shape) == (call.dtype, call.shape)
    return known and call.dtype.kind == "f"


def _is_power_of_two(part: Any) -> bool:
    if type(part) not in (int, float) or not part:
        return False
    mantissa, exponent = np.frexp(part)
    return bool(abs(mantissa) == 0.5 and abs(exponent) < 10)


def _unrepeated(part: Any, state: Rewriting) -> Any:
    made = state.made_by(part, np.broadcast_to)
    of = None if made is None else state.get(made.args[0])
    return part if made is None or of is None or of.weak else made.args[0]


def _shape(part: Any, state: Rewriting) -> tuple[int, ...]:
    of = state.get(part)
    return np.shape(part) if of is None else of.shape


_REDUCTIONS: dict[Any, Any] = {
    np.sum: np.add, np.max: np.maximum, np.min: np.minimum, np.prod: np.multiply,
}  # fmt: skip


def _reduction(call: Call) -> Any:
    if len(call.args) != 1 or not set(call.kwargs) <= {"axis", "keepdims"}:
        return None
    ufunc = _REDUCTIONS[call.function]
    named = {"axis": None, **call.kwargs}
    if not isinstance(named["axis"], int | tuple | None) or call.dtype.kind not in "fc":
        return None
    new = call_of(call, ufunc.reduce, *call.args)
    return [new.with_kwargs(named)]


def _signed(call: Call, state: Rewriting) -> Any:
    function, args = call.function, call.args
    if not is_elementwise(call) or call.dtype.kind not in "fc":
        return None
    if function in (np.add, np.subtract):
        second = _negated(args[1], call, state)
        if second is not None:
            other = np.subtract if function is np.add else np.add
            return [call_of(call, other, args[0], second)]
        first = _negated(args[0], call, state)
        if function is np.add and first is not None:
            return [call_of(call, np.subtract, args[1], first)]
    if function is np.negative:
        return _negative_of_sum(call, state)
    return None


def _negated(part: Any, call: Call, state: Rewriting) -> Any:
    """What an argument is the negative of."""
    made = state.made_by(part, np.negative)
    return None if made is None or made.dtype != call.dtype else made.args[0]


def _negative_of_sum(call: Call, state: Rewriting) -> Any:
    """The smaller of two terms changes its sign, the other is subtracted from it."""
    total = state.made_by(call.args[0], np.add)
    if total is None or not state.once(call.args[0]) or total.dtype != call.dtype:
        return None
    for small, large in (total.args, total.args[::-1]):
        one, other = state.get(small), state.get(large)
        if one is None or other is None or one.dtype != call.dtype or other.dtype != call.dtype:
            continue
        if other.shape == call.shape and np.prod(one.shape) < np.prod(call.shape):
            negative = state.new(np.negative, (small,), one)
            return [negative, call_of(call, np.subtract, Ref(negative.number), large)]
    return None
