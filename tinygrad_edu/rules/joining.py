"""Joining arrays, and splitting them into pieces: each is the other's adjoint."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, pullback
from tinygrad_edu.rules.creation import assembled
from tinygrad_edu.rules.indexing import picked, rearranged
from tinygrad_edu.rules.operands import refuse_varying
from tinygrad_edu.rules.shape import refuse_loss


def slices(axis: int, lengths: list[int]) -> list[tuple[Any, ...]]:
    """The indices of consecutive pieces of these lengths along `axis`, counted from the front."""
    ends = np.cumsum(lengths)
    return [
        (*[slice(None)] * axis, slice(end - length, end))
        for end, length in zip(ends.tolist(), lengths, strict=True)
    ]


def _pieces(g: Any, out: Any, arrays: Any, axis: int | None = 0, dtype: Any = None,
            casting: Any = None) -> list[Any]:
    if axis is None:
        pieces = [g[part] for part in slices(0, [a.size for a in arrays])]
        return [piece.reshape(a.shape) for piece, a in zip(pieces, arrays, strict=True)]
    axis = axis % g.ndim
    return [g[part] for part in slices(axis, [a.shape[axis] for a in arrays])]


def _layers(g: Any, out: Any, arrays: Any, axis: int = 0, dtype: Any = None,
            casting: Any = None) -> list[Any]:
    return list(np.moveaxis(g, axis, 0))


def _joined(op: Any, arrays: Any, axis: int | None = 0, dtype: Any = None,
            casting: Any = "same_kind") -> Any:
    """np.concatenate or np.stack of plain arrays, but for what it would lose."""
    if dtype is None:
        return op(arrays, axis)
    refuse_loss(f"np.{op.__name__}", dtype, *arrays)
    return op(arrays, axis=axis, dtype=dtype, casting=casting)


pullback(np.concatenate, _pieces, sequence=True, compute=partial(_joined, np.concatenate))
pullback(np.stack,       _layers, sequence=True, compute=partial(_joined, np.stack))


# ---- joining -------------------------------------------------------------------------------------


@composed(np.hstack)
def hstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Side by side: along the second axis, vectors along their only one."""
    arrays = [np.atleast_1d(a) for a in tup]
    axis = 0 if arrays and arrays[0].ndim == 1 else 1
    return np.concatenate(arrays, axis=axis, dtype=dtype, casting=casting)


@composed(np.vstack)
def vstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """One above the other: along the first axis, vectors as rows."""
    return np.concatenate([np.atleast_2d(a) for a in tup], dtype=dtype, casting=casting)


@composed(np.dstack)
def dstack(tup: Any) -> Any:
    """One behind the other: along the third axis."""
    return np.concatenate([np.atleast_3d(a) for a in tup], axis=2)


@composed(np.column_stack)
def column_stack(tup: Any) -> Any:
    """Side by side, vectors as columns."""
    columns = [a if a.ndim > 1 else a.reshape(-1, 1) for a in map(assembled, tup)]
    return np.concatenate(columns, axis=1)


@composed(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """The values behind the array; without an axis, all elements in one."""
    return np.concatenate([assembled(arr), assembled(values)], axis=axis)


@composed(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """The array with the values before the positions `obj`, in its dtype."""
    arr, values = assembled(arr), assembled(values)
    dtype = arr.dtype
    if dtype.kind not in "fc":
        raise TypeError(f"np.insert: the array holds {dtype}, so what is inserted would be rounded "
                        "and lose its gradient; write arr.astype(float)")
    values = values if values.dtype == dtype else np.astype(values, dtype)
    return rearranged(lambda a, new: np.insert(a, obj, new, axis=axis), arr, values)


@composed(np.block)
def block(arrays: Any) -> Any:
    """An array made of blocks: the innermost lists along the last axis, the next along the last
    but one, and so on.
    """
    leaves = list(_leaves(arrays))
    return rearranged(lambda *places: np.block(_in_place_of(arrays, iter(places))), *leaves)


def _leaves(nested: Any) -> Any:
    """What stands in nested lists, in order."""
    if isinstance(nested, tuple):
        raise TypeError("np.block: the blocks stand in lists, not in tuples; write lists")
    if not isinstance(nested, list):
        yield nested
    else:
        for each in nested:
            yield from _leaves(each)


def _in_place_of(nested: Any, leaves: Any) -> Any:
    """Nested lists of the same form with other leaves."""
    if isinstance(nested, list):
        return [_in_place_of(each, leaves) for each in nested]
    return next(leaves)


# ---- splitting -----------------------------------------------------------------------------------


def _split(op: Any, ary: Any, sections: Any, axis: int) -> list[Any]:
    """The pieces into which `op` splits `ary`: as slices, once the positions have been split."""
    refuse_varying(f"np.{op.__name__}", "indices_or_sections", sections)
    pieces = op(np.arange(ary.shape[axis]), sections)
    spans = (slice(p[0], p[-1] + 1) if p.size else slice(0, 0) for p in pieces)
    return [ary[picked(span, axis, ary.ndim)] for span in spans]


@composed(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """The array cut at these positions along `axis`, or into as many parts, the first longer."""
    return _split(np.array_split, ary, indices_or_sections, axis)


@composed(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """The array cut at these positions along `axis`, or into as many parts of equal length."""
    return _split(np.split, ary, indices_or_sections, axis)


@composed(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the second axis, a vector along its only one."""
    if ary.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


@composed(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the first axis."""
    if ary.ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(ary, indices_or_sections, 0)


@composed(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the third axis."""
    if ary.ndim < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(ary, indices_or_sections, 2)


@composed(np.unstack)
def unstack(x: Any, *, axis: int = 0) -> tuple[Any, ...]:
    """The layers along `axis`, each without it."""
    if x.ndim == 0:
        raise ValueError("Input array must be at least 1-d.")
    return tuple(np.moveaxis(x, axis, 0))
