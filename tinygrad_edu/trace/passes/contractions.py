"""Sums as products: what BLAS does faster than a sum over an array made for it."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_edu.trace.passes.rewriting import Rewriting, call_of, rewritten
from tinygrad_edu.trace.program import Call, Program, Ref

__all__ = ["contractions"]

_DTYPES = "fdFD"  # of BLAS


def contractions(program: Program) -> tuple[Program, list[str]]:
    """Write ``sum(x**2)`` and ``sum(x * y)`` as a product, and sums over rows too.

    Not exact: the terms are added in another order. Sums of float32 stay as they are, as NumPy adds
    in pairs there, which keeps more digits.
    """
    return rewritten(program, _contracted)


def _contracted(call: Call, state: Rewriting) -> Any:
    if call.function is np.matmul and not call.kwargs:
        return _product(call, state)
    if call.function != np.add.reduce or set(call.kwargs) != {"axis"} or len(call.args) != 1:
        return None
    of = state.get(call.args[0])
    if of is None or of.dtype != np.float64 or call.dtype != np.float64:
        return None
    if call.kwargs["axis"] is None or len(of.shape) == 1:
        return _inner_product(call, of, state)
    if call.kwargs["axis"] == 0 and len(of.shape) == 2 and of.shape[0] > 1 and of.shape[1] > 0:
        ones = np.ones(of.shape[0])
        return [call_of(call, np.dot, ones, call.args[0])]
    return None


def _product(call: Call, state: Rewriting) -> Any:
    """``a @ b`` of matrices and vectors is ``np.dot(a, b)``, which is called faster.

    Not where one is a single number, by which `np.dot` scales the other: BLAS scales by 0 to 0,
    also infinities and NaNs.
    """
    operands = [state.get(arg) for arg in call.args]
    known = [o for o in operands if o is not None and len(o.shape) in (1, 2)]
    if len(known) < 2 or any(o.dtype != call.dtype or prod(o.shape) == 1 for o in known):
        return None
    return [call_of(call, np.dot, *call.args)] if call.dtype.char in _DTYPES else None


def _inner_product(call: Call, of: Call, state: Rewriting) -> Any:
    if of.kwargs or of.function not in (np.square, np.multiply):
        return None
    factors = of.args * 2 if of.function is np.square else of.args
    for factor in factors:
        one = state.get(factor)
        if one is None or one.shape != of.shape or one.dtype != np.float64 or one.shape == ():
            return None
    return [call_of(call, np.vdot, *factors)] if all(isinstance(f, Ref) for f in factors) else None
