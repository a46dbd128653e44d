"""What NumPy says of a call that it refuses, in words that name the call and the way out."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from tinygrad_edu.engine.rule import title

__all__ = ["explained"]

_REMEDIES: dict[Any, str] = {
    np.reshape: "the new shape must hold as many elements; one of its lengths may be -1",
    np.concatenate: "but for the axis along which they are joined, the lengths must be equal; "
    "np.stack joins along a new axis, and t[None] adds one",
    np.stack: "all must have one shape; np.concatenate joins along an axis that is there",
    np.squeeze: "only an axis of length 1 can go; np.reshape and np.sum take others away",
    np.einsum: "a letter has one length wherever it stands, an operand as many letters as axes, "
    "and the result no letter of its own",
    np.transpose: "name every axis once",
}


def explained(op: Any, args: Any, params: dict[str, Any], error: Exception) -> Exception:
    """The error that NumPy raised, with the function and the shapes that it was called with."""
    flat = args[0] if len(args) == 1 and isinstance(args[0], list) else args
    arrays = [a for a in flat if isinstance(a, np.ndarray | np.generic)]
    shapes = " and ".join(str(a.shape) for a in arrays)
    call = f"{title(op)} of shapes {shapes}"
    if isinstance(error, np.linalg.LinAlgError):
        return type(error)(f"{call}: {error}")
    if isinstance(error, TypeError):  # some kinds take more than a message
        others = [
            f"a {type(a).__name__}" for a in flat if not isinstance(a, np.ndarray | np.generic)
        ]
        given = f"{call} and {' and '.join(others)}" if others else call
        remedy = f"check {params}" if params else "an operand is a Tensor, an array or a number"
        return TypeError(f"{given}: {error}; {remedy}")
    if op is np.matmul and len(arrays) == 2 and all(a.ndim for a in arrays):
        return ValueError(f"{call}: {_product(*(a.shape for a in arrays))}")
    remedy = _remedy(op, arrays, params, str(error), isinstance(error, AxisError))
    return type(error)(f"{call}: {str(error).rstrip(' .')}; {remedy}")


def _product(a: tuple[int, ...], b: tuple[int, ...]) -> str:
    inner = b[-2] if len(b) > 1 else b[-1]
    if a[-1] == inner:
        return "the axes before the last two are aligned from the right and must be equal, or 1"
    which = "last axis but one" if len(b) > 1 else "only axis"
    return (
        f"the last axis of the first has length {a[-1]}, and the {which} of the second {inner}, "
        "but they must be equally long; transpose one with .T (.mT in a stack), or reshape"
    )


def _remedy(op: Any, arrays: Any, params: Any, error: str, axis: bool) -> str:
    if axis and arrays:
        n = arrays[0].ndim
        return f"its axes are 0 to {n - 1}, or {-n} to -1" if n else "it has no axes"
    if op is operator.getitem:
        if "boolean index" in error:
            return "a mask has the lengths of the axes that it is applied to"
        if "out of bounds" in error or "too many" in error:
            return "count from 0, or from -1 at the end"
        return "an index is made of integers, slices and booleans, of np.argmax(t) or t.data > 0"
    if op in _REMEDIES:
        return _REMEDIES[op]
    if isinstance(op, np.ufunc):
        return (
            "axes are aligned from the right and must be equal, or 1; insert one with t[:, None], "
            "or transpose"
        )
    if "zero-size" in error:
        return "an empty array has no largest or smallest element; look at t.size first"
    return "check the shapes" if not params else f"check the shapes against {params}"
