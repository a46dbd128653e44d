"""Functions that are linear in each of their operands: they carry tangents forward themselves.

``d (a @ b) = da @ b + a @ db``: the derivative along a tangent is the function with the tangent in
place of the operand. Forward mode takes this short way where the table says so, and without it the
transpose of the pullback, which is the same and takes longer. A list, no derivative: whether it is
right, the tests see by comparing the two.
"""

from __future__ import annotations

import operator

import numpy as np

from tinygrad_edu.registry import linear
from tinygrad_edu.rules.indexing import scatter

linear(np.matmul, np.einsum, np.convolve)
linear(np.sum, np.mean, np.cumsum)
linear(operator.getitem, scatter, np.take, np.take_along_axis)
linear(np.reshape, np.ravel, np.squeeze, np.expand_dims, np.broadcast_to)
linear(np.transpose, np.swapaxes, np.moveaxis, np.matrix_transpose)
linear(np.flip, np.fliplr, np.flipud, np.rot90, np.roll, np.tile, np.repeat, np.resize)
linear(np.tril, np.triu, np.diagflat, np.diag, np.diagonal)
