"""What a composed function is given: Tensors, and all that NumPy makes arrays of."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["operand", "refuse_varying"]


def operand(a: Any, dtype: Any = None) -> Any:
    """`a` as an array, in `dtype` if that is given; a Tensor is as good as one."""
    a = a if hasattr(a, "__tensor_function__") else np.asarray(a)
    return a if dtype is None or a.dtype == dtype else np.astype(a, dtype)


def refuse_varying(function: str, name: str, value: Any) -> None:
    """Refuse a Tensor as the argument `name`, which says what is done and not with what numbers."""
    if hasattr(value, "__tensor_function__"):
        raise TypeError(
            f"{function}: the argument {name}= is a constant here, and the gradient of a Tensor "
            "would be lost; write t.data for its value"
        )
