"""Functions that move elements without changing them: the adjoint moves the cotangent back."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.registry import composed, pullback


def slices(axis: int, lengths: list[int]) -> list[tuple[Any, ...]]:
    """The indices of consecutive pieces of these lengths along `axis`, counted from the front."""
    ends = np.cumsum(lengths)
    return [
        (*[slice(None)] * axis, slice(end - length, end))
        for end, length in zip(ends.tolist(), lengths, strict=True)
    ]


def _split(g: Any, out: Any, arrays: Any, axis: int | None = 0) -> list[Any]:
    if axis is None:
        pieces = [g[part] for part in slices(0, [a.size for a in arrays])]
        return [piece.reshape(a.shape) for piece, a in zip(pieces, arrays, strict=True)]
    axis = axis % g.ndim
    return [g[part] for part in slices(axis, [a.shape[axis] for a in arrays])]


def _inverse(axes: Any, ndim: int) -> Any:
    return None if axes is None else np.argsort([axis % ndim for axis in axes]).tolist()


pullback(np.reshape,      lambda g, out, a, shape: g.reshape(a.shape), None)
pullback(np.ravel,        lambda g, out, a: g.reshape(a.shape))
pullback(np.squeeze,      lambda g, out, a, axis=None: g.reshape(a.shape))
pullback(np.expand_dims,  lambda g, out, a, axis=0: g.reshape(a.shape))
pullback(np.broadcast_to, lambda g, out, array, shape=None: g)  # the engine sums what was repeated
pullback(np.astype,       lambda g, out, x, dtype: g, None,     # the engine keeps dtypes
         compute=lambda x, dtype: np.asarray(x).astype(dtype))
pullback(np.transpose,    lambda g, out, a, axes=None: np.transpose(g, _inverse(axes, a.ndim)))
pullback(np.swapaxes,     lambda g, out, a, axis1=0, axis2=1: np.swapaxes(g, axis1, axis2))
pullback(np.moveaxis,     lambda g, out, a, source=0, destination=0:
                          np.moveaxis(g, destination, source))
pullback(np.matrix_transpose, lambda g, out, x: np.matrix_transpose(g))
pullback(np.concatenate,  _split, sequence=True)
pullback(np.stack,
         lambda g, out, arrays, axis=0: list(np.moveaxis(g, axis, 0)), sequence=True)


@composed(np.copy)
def copy(a: Any) -> Any:
    """The Tensor itself: it cannot be changed, so it need not be copied."""
    return +a
