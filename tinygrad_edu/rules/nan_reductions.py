"""Reductions that pass NaN by: each is its namesake of the elements that are numbers.

So the rule of each is its namesake's too, with a `where` that leaves NaNs out; their gradient is 0.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import pullback
from tinygrad_edu.rules.reduction import (
    Axis,
    extreme_slope,
    mean_slope,
    of_mean,
    only,
    prod_slope,
    restore,
    spread,
    std_slope,
    var_slope,
    with_mean,
)


def of_numbers(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule for those elements that are numbers."""

    @functools.wraps(rule)
    def rule_of_numbers(
        g: Any, out: Any, a: Any, *operands: Any, where: Any = True, **params: Any
    ) -> Any:
        numbers = np.logical_and(~np.isnan(a), where)
        return rule(g, out, a, *operands, where=numbers, **params)

    return rule_of_numbers


def extreme_of_numbers(g: Any, out: Any, a: Any, axis: Axis = None, keepdims: bool = False,
                       initial: Any = None, where: Any = True) -> Any:
    """The shares in an extreme; that of nothing but NaNs is a NaN, and theirs."""
    is_nan = np.isnan(restore(out, a, axis, keepdims))
    candidates = np.logical_and(~np.isnan(a) | is_nan, where)
    return extreme_slope(g, out, a, axis, keepdims, initial, candidates)


def sum_slope(g: Any, out: Any, a: Any, axis: Axis = None, dtype: Any = None,
              keepdims: bool = False, initial: Any = 0, where: Any = True) -> Any:
    return only(where, restore(g, a, axis, keepdims))


@functools.wraps(spread)
def spread_of_numbers(*args: Any, **kwargs: Any) -> Any:
    """The arguments of np.nanvar and np.nanstd, which take of a mean what fits the array."""
    (a, mean), params = spread(*args, **kwargs)
    if np.iscomplexobj(mean) and not np.iscomplexobj(a):
        raise TypeError("np.nanvar, np.nanstd: the imaginary part of a complex mean would be lost, "
                        "as the array is real; write np.astype(a, complex)")
    return (a, mean), params


pullback(np.nansum,  of_numbers(sum_slope))
pullback(np.nanprod, of_numbers(prod_slope))
pullback(np.nanmean, of_numbers(mean_slope))
pullback(np.nanmax,  extreme_of_numbers)
pullback(np.nanmin,  extreme_of_numbers)
pullback(np.nanvar,  of_numbers(var_slope), of_mean(of_numbers(var_slope)),
         compute=with_mean(np.nanvar), arguments=spread_of_numbers)
pullback(np.nanstd,  of_numbers(std_slope), of_mean(of_numbers(std_slope)),
         compute=with_mean(np.nanstd), arguments=spread_of_numbers)
