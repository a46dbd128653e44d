"""Products of vectors and of many matrices, the trace: all composed of the matrix product."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from tinygrad_edu.engine.rule import composed


def conjugate(a: Any) -> Any:
    """The complex conjugate; what is real is its own."""
    return np.conj(a) if np.iscomplexobj(a) else a


def adjoint(a: Any) -> Any:
    """A^H, the conjugate transpose of each matrix."""
    return np.matrix_transpose(conjugate(a))


@composed(np.inner)
def inner(a: Any, b: Any) -> Any:
    """The sum of products over the last axes of both."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return np.tensordot(a, b, axes=(-1, -1))


@composed(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """The sum of conj(a) b over all elements, in order, whatever the shapes."""
    return conjugate(np.ravel(a)) @ np.ravel(b)


def _check_core(name: str, x1: Any, x2: Any, least: tuple[int, int], axes: tuple[int, int]) -> None:
    """The axes that are summed over must be there, and equally long: none is broadcast."""
    shapes = np.shape(x1), np.shape(x2)
    short = any(len(shape) < n for shape, n in zip(shapes, least, strict=True))
    if short or shapes[0][axes[0]] != shapes[1][axes[1]]:
        raise ValueError(
            f"np.{name} of shapes {shapes[0]} and {shapes[1]}: needs at least {least[0]} and "
            f"{least[1]} axes, and axis {axes[0]} of the first must be as long as axis {axes[1]} "
            "of the second"
        )


@composed(np.vecdot)
def vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    """The sum of conj(x1) x2 over one axis."""
    _check_core("vecdot", x1, x2, (1, 1), (axis, axis))
    x1, x2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    return (conjugate(x1)[..., None, :] @ x2[..., None])[..., 0, 0]


if hasattr(np, "matvec"):  # NumPy 2.2

    @composed(np.matvec)
    def matvec(x1: Any, x2: Any) -> Any:
        """A matrix times a vector: ``sum over j of x1[i, j] x2[j]``."""
        _check_core("matvec", x1, x2, (2, 1), (-1, -1))
        return (x1 @ np.expand_dims(x2, -1))[..., 0]

    @composed(np.vecmat)
    def vecmat(x1: Any, x2: Any) -> Any:
        """A conjugated vector times a matrix: ``sum over i of conj(x1[i]) x2[i, j]``."""
        _check_core("vecmat", x1, x2, (1, 2), (-1, -2))
        return (np.expand_dims(conjugate(x1), -2) @ x2)[..., 0, :]


@composed(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Every element of a times the whole of b: ``out[i p + k, ...] = a[i, ...] b[k, ...]``."""
    shape_a, shape_b = np.shape(a), np.shape(b)
    ndim = max(len(shape_a), len(shape_b))
    shape_a = (1,) * (ndim - len(shape_a)) + shape_a
    shape_b = (1,) * (ndim - len(shape_b)) + shape_b
    left = np.reshape(a, [n for length in shape_a for n in (length, 1)])
    right = np.reshape(b, [n for length in shape_b for n in (1, length)])
    return np.reshape(left * right, [n * p for n, p in zip(shape_a, shape_b, strict=True)])


@composed(np.cross)
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """The vector product; of two-dimensional vectors, whose third component is 0, too."""
    if axis is not None:
        axisa = axisb = axisc = axis
    if np.ndim(a) < 1 or np.ndim(b) < 1:
        raise ValueError("np.cross: At least one array has zero dimension")
    a = np.moveaxis(a, normalize_axis_index(axisa, np.ndim(a), "axisa"), -1)
    b = np.moveaxis(b, normalize_axis_index(axisb, np.ndim(b), "axisb"), -1)
    lengths = a.shape[-1], b.shape[-1]
    if not {*lengths} <= {2, 3}:
        raise ValueError(
            f"np.cross: incompatible dimensions for cross product, {lengths[0]} and {lengths[1]}\n"
            "(dimension must be 2 or 3)"
        )
    if 2 in lengths:
        warnings.warn(
            "Arrays of 2-dimensional vectors are deprecated. Use arrays of 3-dimensional vectors "
            "instead. (deprecated in NumPy 2.0)",
            DeprecationWarning,
            stacklevel=2,
        )
    a0, a1, a2 = (a[..., k] if k < lengths[0] else 0 for k in range(3))
    b0, b1, b2 = (b[..., k] if k < lengths[1] else 0 for k in range(3))
    third = a0 * b1 - a1 * b0
    if lengths == (2, 2):
        return third
    return np.moveaxis(np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, third], -1), -1, axisc)


@composed(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """The sum along a diagonal."""
    diagonal = np.diagonal(a, offset, axis1, axis2)
    return np.sum(diagonal if dtype is None else np.astype(diagonal, dtype), axis=-1)


@composed(np.linalg.multi_dot)
def multi_dot(arrays: Any) -> Any:
    """The product of many matrices, in the order that takes the fewest multiplications.

    The first may be a vector, which is a row, and the last one, which is a column.
    """
    arrays = list(arrays)
    if len(arrays) < 2:
        raise ValueError("np.linalg.multi_dot: Expecting at least two arrays.")
    if len(arrays) == 2:
        return np.dot(*arrays)
    first, last = np.ndim(arrays[0]) == 1, np.ndim(arrays[-1]) == 1
    if first:
        arrays[0] = np.expand_dims(arrays[0], 0)
    if last:
        arrays[-1] = np.expand_dims(arrays[-1], 1)
    if any(np.ndim(a) != 2 for a in arrays):
        raise np.linalg.LinAlgError(
            f"np.linalg.multi_dot of shapes {[np.shape(a) for a in arrays]}: all must be matrices, "
            "but for the first and the last, which may be vectors"
        )
    result = _multiplied(arrays, _cheapest([np.shape(a)[0] for a in arrays]
                                           + [np.shape(arrays[-1])[1]]), 0, len(arrays) - 1)
    if first and last:
        return result[0, 0]
    return np.ravel(result) if first or last else result


def _cheapest(sides: list[int]) -> dict[tuple[int, int], int]:
    """Where to split the product of matrices i to j: Cormen et al. (2009), section 15.2."""
    n = len(sides) - 1
    cost = {(i, i): 0 for i in range(n)}
    split = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], split[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + math.prod((sides[i], sides[k + 1], sides[j + 1])), k)
                for k in range(i, j)
            )
    return split


def _multiplied(arrays: list[Any], split: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return arrays[i]
    k = split[i, j]
    return _multiplied(arrays, split, i, k) @ _multiplied(arrays, split, k + 1, j)


# ---- the names that numpy.linalg has for the same ------------------------------------------------


@composed(np.linalg.diagonal)
def linalg_diagonal(x: Any, offset: int = 0) -> Any:
    """np.diagonal of the last two axes."""
    return np.diagonal(x, offset, -2, -1)


@composed(np.linalg.trace)
def linalg_trace(x: Any, offset: int = 0, dtype: Any = None) -> Any:
    """np.trace over the last two axes."""
    return np.trace(x, offset, -2, -1, dtype)


@composed(np.linalg.vecdot)
def linalg_vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    """np.vecdot."""
    return vecdot(x1, x2, axis)


@composed(np.linalg.cross)
def linalg_cross(x1: Any, x2: Any, axis: int = -1) -> Any:
    """np.cross of three-dimensional vectors."""
    if np.shape(x1)[axis] != 3 or np.shape(x2)[axis] != 3:
        raise ValueError(
            "np.linalg.cross: Both input arrays must be (arrays of) 3-dimensional vectors, but "
            f"they are {np.shape(x1)[axis]} and {np.shape(x2)[axis]} dimensional instead."
        )
    return np.cross(x1, x2, axis=axis)
