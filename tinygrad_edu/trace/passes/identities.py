"""Calls that give back what they were given, or a constant, whatever the values."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.trace.facts import getitem
from tinygrad_edu.trace.passes.rewriting import Rewriting, is_number, rewritten
from tinygrad_edu.trace.program import Call, Program

__all__ = ["constants", "identities"]

_SMALL = 64  # elements: a larger constant is computed when the program runs


def constants(program: Program) -> tuple[Program, list[str]]:
    """Compute what depends on no input once and for all. Exact."""
    return rewritten(program, _constant)


def _constant(call: Call, _state: Rewriting) -> Any:
    if call.function in (np.ones_like, np.zeros_like) and not call.kwargs:
        fill = call.dtype.type(call.function is np.ones_like)
        return fill if call.shape == () else np.broadcast_to(fill, call.shape)
    if call.refs or not isinstance(call.function, np.ufunc):
        return None
    if call.function.nout > 1 or int(np.prod(call.shape)) > _SMALL:
        return None
    with np.errstate(all="ignore"):
        return call.function(*call.args, **call.kwargs)


def identities(program: Program) -> tuple[Program, list[str]]:
    """Leave out calls that change nothing: ``1 * x``, a transpose of a transpose. Exact."""
    return rewritten(program, _identity)


def _identity(call: Call, state: Rewriting) -> Any:
    same = _unchanged(call, state)
    of = state.get(same)
    if of is None or of.weak or (of.shape, of.dtype) != (call.shape, call.dtype):
        return None
    return same


def _unchanged(call: Call, state: Rewriting) -> Any:
    """The argument that the call may give back as it is."""
    function, args = call.function, call.args
    if function is np.multiply and not call.kwargs:
        return args[1] if is_number(args[0], 1) else args[0] if is_number(args[1], 1) else None
    if function in (np.divide, np.power) and not call.kwargs and is_number(args[1], 1):
        return args[0]
    if function is np.subtract and not call.kwargs and is_number(args[1], 0):
        return None if _negative_zero(args[1]) else args[0]
    if function in (np.positive, np.copy, np.broadcast_to, np.reshape, np.squeeze, np.ravel):
        return args[0]
    if function is np.astype or (function in (np.real, np.conjugate) and call.dtype.kind != "c"):
        return args[0]
    if function is getitem and isinstance(args[1], tuple) and not args[1]:
        return args[0]
    if function in (np.negative, np.transpose) and len(args) == 1 and not call.kwargs:
        inner = state.made_by(args[0], function)
        if inner is not None and len(inner.args) == 1 and not inner.kwargs:
            return inner.args[0]
        return args[0] if function is np.transpose and len(call.shape) < 2 else None
    return None


def _negative_zero(part: Any) -> bool:
    return bool(np.any(np.signbit(part)))  # 0 - (-0) is 0, and -0 - (-0) is 0 as well
