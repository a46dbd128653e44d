"""A kernel: several calls of a program as one, whose results are several."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_edu.jit.arithmetic import FLOATS, is_arithmetic
from tinygrad_edu.trace.passes.fusion import Fused
from tinygrad_edu.trace.program import Call, Ref

__all__ = ["Kernel", "can_be_in_kernel", "is_dot", "is_ones", "is_view", "reduced_axes"]

_PRODUCTS = 2048  # multiplications of a product of matrices: of more, BLAS is faster


class Kernel(Fused):
    """Calls that one function of loops does: elementwise ones, sums, products of small matrices.

    Its `program` has the arrays and numbers from outside for inputs, and gives what others need.
    """

    __name__ = "kernel"


def can_be_in_kernel(call: Call, known: dict[int, Call]) -> bool:
    """Whether a kernel can do a call, and does it no slower than NumPy."""
    if is_arithmetic(call, known):
        return True
    return reduced_axes(call, known) is not None or is_dot(call, known)


def is_view(call: Call, known: dict[int, Call]) -> bool:
    """Whether the result has the elements of an array in it, in an order that loops can follow."""
    if call.function not in _VIEWS or not call.args or not isinstance(call.args[0], Ref):
        return False
    source = known[call.args[0].number]
    if source.shape == () or call.shape == () or 0 in call.shape or source.weak:
        return False
    if call.function is np.transpose or call.function is np.broadcast_to:
        return True
    return _long(source.shape) == _long(call.shape)


_VIEWS = {np.transpose, np.broadcast_to, np.expand_dims, np.squeeze, np.reshape}


def _long(shape: tuple[int, ...]) -> list[int]:
    return [n for n in shape if n != 1]


def reduced_axes(call: Call, known: dict[int, Call]) -> tuple[int, ...] | None:
    """The axes of the operand that a sum goes over, None if the call is no sum."""
    operands = [known[a.number] for a in call.args if isinstance(a, Ref)]
    if call.dtype not in FLOATS or not operands or any(o.weak for o in operands):
        return None
    shape = operands[-1].shape
    if 0 in shape or shape == () or any(o.dtype != call.dtype for o in operands):
        return None
    if call.function is np.vdot and not call.kwargs and len(operands) == 2:
        return tuple(range(len(shape))) if operands[0].shape == shape else None
    if call.function is np.dot and not call.kwargs and len(call.args) == 2:
        ones = is_ones(call.args[0]) and len(shape) == 2 and len(operands) == 1
        return (0,) if ones and shape[0] > 1 else None
    if call.function == np.add.reduce and len(call.args) == 1:
        return _axes(call, len(shape))
    return None


def _axes(call: Call, ndim: int) -> tuple[int, ...] | None:
    if not set(call.kwargs) <= {"axis", "keepdims"}:
        return None
    axis = call.kwargs.get("axis", 0)
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(a % ndim for a in axes)) if all(type(a) is int for a in axes) else None


def is_ones(part: Any) -> bool:
    """Whether a product with it is a sum over rows."""
    return isinstance(part, np.ndarray) and part.ndim == 1 and bool(np.all(part == 1))


def is_dot(call: Call, known: dict[int, Call]) -> bool:
    """Whether it is a product of small matrices or vectors."""
    if call.function is not np.dot or call.kwargs or len(call.args) != 2:
        return False
    if call.dtype not in FLOATS or not all(isinstance(arg, Ref) for arg in call.args):
        return False
    one, other = (known[arg.number] for arg in call.args)
    if not all(
        o.dtype == call.dtype and not o.weak and len(o.shape) in (1, 2) for o in (one, other)
    ):
        return False
    return 0 < prod(call.shape) * one.shape[-1] <= _PRODUCTS
