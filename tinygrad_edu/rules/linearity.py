"""Functions that are linear in each of their operands: they carry tangents forward themselves.

``d (a @ b) = da @ b + a @ db``: the derivative along a tangent is the function with the tangent in
place of the operand. Forward mode takes this short way where the table says so, and without it the
transpose of the pullback, which is the same and takes longer. A list, no derivative: whether it is
right, the tests see by comparing the two.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tinygrad_edu.rules.indexing import scatter

__all__ = ["LINEAR"]

LINEAR: frozenset[Any] = frozenset(
    {
        np.matmul,
        np.einsum,
        np.convolve,
        np.sum,
        np.mean,
        np.cumsum,
        operator.getitem,
        scatter,
        np.take,
        np.take_along_axis,
        np.reshape,
        np.ravel,
        np.squeeze,
        np.expand_dims,
        np.broadcast_to,
        np.transpose,
        np.swapaxes,
        np.moveaxis,
        np.matrix_transpose,
        np.flip,
        np.fliplr,
        np.flipud,
        np.rot90,
        np.roll,
        np.tile,
        np.repeat,
        np.resize,
        np.tril,
        np.triu,
        np.diagflat,
        np.diag,
        np.diagonal,
    }
)
