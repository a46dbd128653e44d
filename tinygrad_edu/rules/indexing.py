"""Picking elements out, and its adjoint: putting them back, repeated picks added.

One rule serves all data movement: a function that only moves elements, applied to an array of their
positions, says where each went, and `scatter` sends its cotangent back from there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, operation, pullback
from tinygrad_edu.rules.creation import assembled
from tinygrad_edu.rules.operands import refuse_varying

__all__ = ["picked", "put_back", "rearranged", "scatter"]


@operation
def scatter(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape`, with `g` added at `index`: the adjoint of ``a[index]``."""
    out = np.zeros(shape, g.dtype)
    if _picks_once(index):
        out[index] = g
    else:  # np.add.at is several times faster in one axis than in more
        in_one = len(shape) == 1 and isinstance(index, np.ndarray)
        places = index if in_one else positions(shape)[index]
        np.add.at(out.reshape(-1), places.reshape(-1), np.broadcast_to(g, places.shape).reshape(-1))
    return out


def _picks_once(index: Any) -> bool:
    """Whether no element can be picked twice: only arrays of integers can do that."""
    parts = index if isinstance(index, tuple) else (index,)
    basic = (int, np.integer, slice, type(...), type(None), bool, np.bool_)
    return all(
        isinstance(part, basic) or (isinstance(part, np.ndarray) and part.dtype == bool)
        for part in parts
    )


def positions(shape: tuple[int, ...], start: int = 0) -> Any:
    """The numbers of the elements of an array of `shape`, in the order of its memory."""
    size = int(np.prod(shape, dtype=np.intp))
    return np.arange(start, start + size).reshape(shape)


def put_back(g: Any, a: Any, op: Callable[..., Any], *args: Any, **params: Any) -> Any:
    """The adjoint of ``op(a, *args, **params)``, a function that moves or repeats elements."""
    if not a.size:
        return np.zeros(a.shape, a.dtype)
    return scatter(g, op(positions(a.shape), *args, **params), (a.size,)).reshape(a.shape)


def rearranged(op: Callable[..., Any], *arrays: Any) -> Any:
    """``op(*arrays)``, of a function that moves the elements of all arrays into one."""
    ends = np.cumsum([np.size(a) for a in arrays])
    places = [positions(np.shape(a), end - np.size(a))
              for a, end in zip(arrays, ends.tolist(), strict=True)]
    return np.concatenate([np.ravel(a) for a in arrays])[op(*places)]


def picked(indices: Any, axis: int, ndim: int) -> tuple[Any, ...]:
    """The index that picks `indices` along `axis`."""
    return (*[slice(None)] * (axis % max(ndim, 1)), indices)


def _take(g: Any, out: Any, a: Any, indices: Any, axis: int | None = None,
          mode: Any = "raise") -> Any:
    if axis is None or not a.ndim:
        return put_back(g, a, np.take, indices, mode=mode)
    places = np.take(np.arange(a.shape[axis]), indices, mode=mode)
    return scatter(g, picked(places, axis, a.ndim), a.shape)


def _take_along_axis(g: Any, out: Any, arr: Any, indices: Any, axis: int | None = -1) -> Any:
    if axis is None:
        return scatter(g, indices, (arr.size,)).reshape(arr.shape)
    index = list(np.ogrid[tuple(slice(n) for n in arr.shape)])
    index[axis] = indices  # the other axes stay where they are, as far as they go
    return scatter(g, tuple(index), arr.shape)


pullback(operator.getitem, lambda g, out, a, index: scatter(g, index, a.shape), None)
pullback(scatter, lambda g, out, x, index, shape: g[index], None, None)
pullback(np.take, _take)
pullback(np.take_along_axis, _take_along_axis)


@composed(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """The slices along `axis` for which the condition holds."""
    if np.ndim(condition) != 1:
        raise ValueError("condition must be a 1-d array")
    return np.take(a, np.flatnonzero(condition), axis=axis)


@composed(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """The elements for which the condition holds, in one axis."""
    return np.take(arr, np.flatnonzero(condition))


@composed(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """All slices along `axis` but those at `obj`."""
    refuse_varying("np.delete", "obj", obj)
    kept = np.delete(np.arange(arr.size if axis is None else arr.shape[axis]), obj)
    return np.take(arr, kept, axis=axis)


@composed(np.trim_zeros)
def trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:
    """The array without the zeros at its front and back."""
    mask = (filt != 0).astype(np.int8)
    given = {} if axis is None else {"axis": axis}
    np.trim_zeros(mask, trim, **given)  # NumPy says what it thinks of the arguments
    first, last = (np.shape(np.trim_zeros(mask, side, **given)) for side in ("f", "b"))
    trim = trim.lower()
    kept = (
        slice(n - f if "f" in trim else 0, b if "b" in trim else n)
        for n, f, b in zip(filt.shape, first, last, strict=True)
    )
    return filt[tuple(kept)]


@composed(np.choose)
def choose(a: Any, choices: Any, mode: Any = "raise") -> Any:
    """The elements of ``choices[a[i]]`` at i."""
    if hasattr(a, "__tensor_function__"):
        raise TypeError("np.choose: the first argument says by integers which choice to take, and "
                        "a Tensor holds real numbers; write t.astype(int)")
    choices = map(assembled, choices)
    return rearranged(lambda *places: np.choose(a, places, mode=mode), *choices)


@composed(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """The elements of the first choice whose condition holds, else the default."""
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if len(condlist) == 0:
        raise ValueError("select with an empty condition list is not possible")
    conditions = [assembled(c) for c in condlist]
    for place, condition in enumerate(conditions):
        if condition.dtype != bool:
            raise TypeError(f"invalid entry {place} in condlist: should be boolean ndarray")
    plain = (int, float, complex)  # Python's numbers adapt to the dtype of the others
    values = [v if type(v) in plain else assembled(v) for v in (default, *choicelist)]
    dtype = np.result_type(*values)
    result, *choices = (dtype.type(v) if type(v) in plain else v for v in values)
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        result = np.where(condition, choice, result)
    return result
