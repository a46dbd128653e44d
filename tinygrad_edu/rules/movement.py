"""Functions that move elements about, repeat them, or leave some out."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import pullback
from tinygrad_edu.rules.indexing import picked, put_back, scatter

_windows = np.lib.stride_tricks.sliding_window_view


def _tile(g: Any, out: Any, A: Any, reps: Any) -> Any:
    """Each axis of `out` is its repetitions times the elements: the sum over the repetitions."""
    reps = tuple(map(int, np.ravel(reps).tolist()))
    reps = (1,) * (A.ndim - len(reps)) + reps
    lengths = (1,) * (len(reps) - A.ndim) + A.shape
    parts = g.reshape([n for pair in zip(reps, lengths, strict=True) for n in pair])
    return np.sum(parts, axis=tuple(range(0, parts.ndim, 2))).reshape(A.shape)


def _repeat(g: Any, out: Any, a: Any, repeats: Any, axis: int | None = None) -> Any:
    if np.ndim(repeats) == 0:  # the repetitions of an element are an axis of their own
        repeats = int(repeats)
        if axis is None or a.ndim == 0:
            return np.sum(g.reshape(a.size, repeats), axis=1).reshape(a.shape)
        axis = axis % a.ndim
        return np.sum(g.reshape(*a.shape[: axis + 1], repeats, *a.shape[axis + 1 :]), axis=axis + 1)
    if axis is None or a.ndim == 0:
        return put_back(g, a, np.repeat, repeats)
    places = np.repeat(np.arange(a.shape[axis]), repeats)
    return scatter(g, picked(places, axis, a.ndim), a.shape)


def _back(shift: Any) -> Any:
    """The shifts the other way, in integers of Python, which have no bounds."""
    if np.ndim(shift) == 0:
        return -int(shift)
    return [-int(each) for each in (shift if isinstance(shift, list | tuple) else np.ravel(shift))]


# ---- every element once --------------------------------------------------------------------------
pullback(np.flip,     lambda g, out, m, axis=None: np.flip(g, axis))
pullback(np.fliplr,   lambda g, out, m: np.fliplr(g))
pullback(np.flipud,   lambda g, out, m: np.flipud(g))
pullback(np.rot90,    lambda g, out, m, k=1, axes=(0, 1): np.rot90(g, -k, axes))
pullback(np.roll,     lambda g, out, a, shift, axis=None: np.roll(g, _back(shift), axis))

# ---- some elements ------------------------------------------------------------------------------
pullback(np.tril,     lambda g, out, m, k=0: np.tril(g, k))
pullback(np.triu,     lambda g, out, m, k=0: np.triu(g, k))
pullback(np.diagflat, lambda g, out, v, k=0: np.diagonal(g, k).reshape(v.shape))
pullback(np.diag,     lambda g, out, v, k=0:
                      np.diagonal(g, k) if v.ndim == 1 else put_back(g, v, np.diag, k))
pullback(np.diagonal, lambda g, out, a, offset=0, axis1=0, axis2=1:
                      put_back(g, a, np.diagonal, offset, axis1, axis2))

# ---- elements repeated ---------------------------------------------------------------------------
pullback(np.tile,     _tile)
pullback(np.repeat,   _repeat)
pullback(np.resize,   lambda g, out, a, new_shape: put_back(g, a, np.resize, new_shape))
pullback(_windows,    lambda g, out, x, window_shape, axis=None:
                      put_back(g, x, _windows, window_shape, axis))
