"""Functions that call a function of the user's on parts of an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed
from tinygrad_edu.rules.creation import assembled
from tinygrad_edu.rules.indexing import scatter


@composed(np.apply_along_axis)
def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """The function of every vector along `axis`; the axes of its results stand in that place."""
    vectors = np.moveaxis(arr, axis, -1)
    others = vectors.shape[:-1]
    if 0 in others:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    found = [assembled(func1d(vectors[place], *args, **kwargs)) for place in np.ndindex(others)]
    dtypes = {each.dtype for each in found}
    if len(dtypes) > 1:
        raise TypeError("np.apply_along_axis: the results have the dtypes "
                        f"{sorted(map(str, dtypes))}, and NumPy would round all to that of the "
                        "first; give them one dtype")
    shape = found[0].shape
    stacked = np.stack([np.broadcast_to(each, shape) for each in found]).reshape(others + shape)
    own = range(len(shape))
    return np.moveaxis(stacked, [len(others) + k for k in own], [axis % arr.ndim + k for k in own])


@composed(np.apply_over_axes)
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    """A reduction over one axis after the other, each kept with length one."""
    for axis in np.atleast_1d(axes).tolist():
        axis = axis % max(a.ndim, 1)
        reduced = func(a, axis)
        if np.ndim(reduced) != a.ndim:
            reduced = np.expand_dims(reduced, axis)
            if np.ndim(reduced) != a.ndim:
                raise ValueError("function is not returning an array of the correct shape")
        a = reduced
    return a


@composed(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Each function of the elements where its condition holds, the last that does; else 0.

    A function sees only its own elements, so it may have a pole elsewhere.
    """
    if np.ndim(condlist) == 0 or (not isinstance(condlist[0], list | np.ndarray) and x.ndim):
        condlist = [condlist]
    conditions = list(np.asarray(condlist, bool))
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    elif len(funclist) != len(conditions):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    zero = np.zeros((), x.dtype)
    result = np.where(False, x, zero)  # a Tensor, also where no function applies
    for condition, function in zip(conditions, funclist, strict=True):
        own = x[condition]
        if not callable(function):
            values: Any = function
        elif own.size:
            values = function(own, *args, **kw)
        else:
            continue
        values = np.broadcast_to(np.astype(assembled(values), x.dtype), own.shape)
        mask = scatter(np.ones(own.shape, bool), condition, x.shape)
        result = np.where(mask, scatter(values, condition, x.shape), result)
    return result
