"""What a composed function is given: Tensors, and all that NumPy makes arrays of."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["operand"]


def operand(a: Any, dtype: Any = None) -> Any:
    """`a` as an array, in `dtype` if that is given; a Tensor is as good as one."""
    a = a if hasattr(a, "__tensor_function__") else np.asarray(a)
    return a if dtype is None or a.dtype == dtype else np.astype(a, dtype)
