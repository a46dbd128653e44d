"""Where a function may be evaluated: what keeps the steps of finite differences inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.kit.pytree import flatten
from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["Domain", "inside"]

Interval = tuple[float, float]

#: An interval for all floating-point arguments; a list with an interval, or None, for each
#: argument; or a function of the arguments that tells whether they are inside.
Domain = Interval | Sequence[Interval | None] | Callable[..., bool] | None


def inside(domain: Domain, args: Sequence[Any]) -> bool:
    """Whether the arguments are in the domain; the ends of intervals are.

    Examples
    --------
    >>> import numpy as np
    >>> inside((0, np.inf), [np.array([0.5, 2.0])]), inside([None, (-1, 1)], [5.0, 1.5])
    (True, False)
    >>> inside(lambda x, y: x < y, [1.0, 2.0])
    True
    """
    if domain is None:
        return True
    if callable(domain):
        return bool(domain(*args))
    intervals: Sequence[Any] = domain
    if isinstance(domain[0], int | float):  # one for all
        intervals = [domain] * len(args)
    if len(intervals) != len(args):
        raise TypeError(
            f"domain has {len(intervals)} intervals, and there are {len(args)} arguments"
        )
    return all(
        _between(leaf, *interval)
        for interval, arg in zip(intervals, args, strict=True)
        for leaf in flatten(arg)
        if interval is not None
    )


def _between(leaf: Any, low: float, high: float) -> bool:
    """Whether all elements are; integers, which are no variables, may be anything."""
    values = np.asarray(leaf.data if isinstance(leaf, Tensor) else leaf)
    return values.dtype.kind != "f" or bool(np.all((low <= values) & (values <= high)))
