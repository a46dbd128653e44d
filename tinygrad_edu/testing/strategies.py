"""Hypothesis strategies for arrays, and for what NumPy's functions take besides arrays.

The numbers lie on a readable grid, so that a failing example can be worked through by hand:
multiples of 1/8 are exact in binary, and shrink to 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

try:
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as hnp
except ImportError as error:
    raise ImportError(
        "tinygrad_edu.testing.strategies needs Hypothesis; install it with "
        "pip install 'tinygrad-edu[test]'"
    ) from error

__all__ = [
    "arrays_on_grid",
    "axes",
    "broadcastable_arrays",
    "broadcastable_shapes",
    "indices",
    "layouts",
    "matmul_operands",
    "shapes",
]

Shape = tuple[int, ...]


def shapes(
    min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 3
) -> st.SearchStrategy[Shape]:
    """Shapes of small arrays; ``min_side=0`` includes arrays without elements."""
    return hnp.array_shapes(
        min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side
    )


@st.composite
def arrays_on_grid(
    draw: st.DrawFn,
    lo: float = -3.0,
    hi: float = 3.0,
    *,
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    step: float = 1 / 8,
    dtype: Any = np.float64,
    distinct: bool = False,
    avoid: tuple[float, ...] = (),
) -> Any:
    """Arrays of multiples of `step`, from `lo` to `hi`, both included.

    Parameters
    ----------
    lo, hi : float
        The interval.
    shape : tuple of int, or a strategy of them
        By default up to three axes of up to three elements.
    step : float
        The distance of neighbouring numbers.
    dtype : floating-point dtype
    distinct : bool
        Whether all elements differ, so that there are no ties; the interval must have room.
    avoid : tuple of float
        Numbers that are not drawn, such as the place of a kink.

    Examples
    --------
    >>> from hypothesis import given
    >>> from tinygrad_edu.testing.strategies import arrays_on_grid
    >>> @given(arrays_on_grid(-1, 1, shape=(2, 3)))
    ... def test(x):
    ...     assert x.shape == (2, 3) and np.all(x * 8 == np.round(x * 8))
    >>> test()
    """
    shape = (
        draw(shape if isinstance(shape, st.SearchStrategy) else st.just(shape))
        if (shape is not None)
        else draw(shapes())
    )
    first, last = math.ceil(lo / step), math.floor(hi / step)
    banned = {round(number / step) for number in avoid if (number / step).is_integer()}
    allowed = [k for k in range(first, last + 1) if k not in banned]
    allowed.sort(key=lambda k: (abs(k), k < 0))  # so that shrinking goes towards 0
    size = math.prod(shape)
    chosen = draw(st.lists(st.sampled_from(allowed), min_size=size, max_size=size, unique=distinct))
    return np.array(chosen, dtype).reshape(shape) * np.dtype(dtype).type(step)


def broadcastable_shapes(n: int, max_dims: int = 3) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Shapes of `n` arrays that broadcast against one another."""
    return hnp.mutually_broadcastable_shapes(
        num_shapes=n, max_dims=max_dims, max_side=3, min_side=1
    ).map(lambda found: found.input_shapes)


@st.composite
def broadcastable_arrays(
    draw: st.DrawFn,
    *intervals: tuple[float, float],
    alias: bool = False,
    avoid: tuple[float, ...] = (),
    dtype: Any = np.float64,
) -> tuple[Any, ...]:
    """Arrays that broadcast against one another, one from each of `intervals`.

    With `alias`, half of the time all are the same object, if their intervals are the same.
    """
    found = draw(broadcastable_shapes(len(intervals)))
    grid = [
        draw(arrays_on_grid(lo, hi, shape=shape, avoid=avoid, dtype=dtype))
        for (lo, hi), shape in zip(intervals, found, strict=True)
    ]
    if alias and len(set(intervals)) == 1 and draw(st.booleans()):
        return (grid[0],) * len(grid)
    return tuple(grid)


@st.composite
def matmul_operands(
    draw: st.DrawFn, lo: float = -3.0, hi: float = 3.0, max_batch: int = 2, min_side: int = 1
) -> tuple[Any, Any]:
    """Two arrays that can be multiplied as matrices: every pair of ranks, batches broadcast."""
    sides = st.integers(min_side, 3)
    rows, inner, columns = draw(sides), draw(sides), draw(sides)
    batches = draw(broadcastable_shapes(2, max_batch)) if max_batch else ((), ())
    left = draw(st.sampled_from([(inner,), (*batches[0], rows, inner)]))
    right = draw(st.sampled_from([(inner,), (*batches[1], inner, columns)]))
    return draw(arrays_on_grid(lo, hi, shape=left)), draw(arrays_on_grid(lo, hi, shape=right))


@st.composite
def axes(draw: st.DrawFn, ndim: int, *, several: bool = True, none: bool = True) -> Any:
    """An axis of an array with `ndim` axes, counted from either end; a tuple of axes; or None."""
    kinds = ["one"] * (ndim > 0) + ["tuple"] * several + ["none"] * none
    kind = draw(st.sampled_from(kinds))
    if kind == "none":
        return None
    if kind == "one":
        return draw(st.integers(-ndim, ndim - 1))
    chosen = draw(st.lists(st.integers(0, ndim - 1), unique=True)) if ndim else []
    return tuple(axis - ndim * draw(st.booleans()) for axis in chosen)


@st.composite
def indices(draw: st.DrawFn, shape: Shape) -> Any:
    """What can stand between the brackets of an array of this shape.

    Numbers, slices with steps of either sign, Ellipsis, newaxis; arrays of integers with repeats,
    broadcast against one another; masks of one axis or of all.
    """
    if shape and 0 not in shape and draw(st.booleans()):
        return draw(_array_indices(shape))
    return draw(hnp.basic_indices(shape, allow_ellipsis=True, allow_newaxis=True, max_dims=5))


@st.composite
def _array_indices(draw: st.DrawFn, shape: Shape) -> Any:
    kind = draw(st.sampled_from(["arrays", "mixed", "mask", "mask of an axis", "list"]))
    if kind == "mask":
        return draw(hnp.arrays(bool, shape))
    if kind == "mask of an axis":
        return draw(hnp.arrays(bool, shape[:1]))
    if kind == "list":
        return draw(st.lists(st.integers(-shape[0], shape[0] - 1), min_size=1, max_size=4))
    count = draw(st.integers(1, len(shape)))
    forms = draw(broadcastable_shapes(count, 2))
    picks: list[Any] = [
        draw(hnp.arrays(np.intp, form, elements=st.integers(-length, length - 1)))
        for form, length in zip(forms, shape, strict=False)
    ]
    if kind == "mixed":  # basic indices between the arrays
        place = draw(st.integers(0, count))
        if count < len(shape) and draw(st.booleans()):
            # The arrays after the slice have to fit the axes that they now stand on.
            picks = [
                *picks[:place],
                *[p % n for p, n in zip(picks[place:], shape[place + 1 :], strict=False)],
            ]
            picks.insert(place, draw(st.sampled_from([slice(None), slice(None, None, -1)])))
        else:
            picks.insert(place, draw(st.sampled_from([None, ...] if place == count else [None])))
    return tuple(picks)


def layouts() -> st.SearchStrategy[Callable[[Any], Any]]:
    """Functions that give an equal array laid out otherwise in memory.

    Transposed, with gaps, backwards, read-only, or repeated without being copied where the values
    allow it.
    """
    return st.sampled_from([_fortran, _gaps, _backwards, _readonly])


def _fortran(a: Any) -> Any:
    return np.asarray(a).T.copy().T


def _gaps(a: Any) -> Any:
    a = np.asarray(a)
    return np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a


def _backwards(a: Any) -> Any:
    a = np.asarray(a)
    flip = (slice(None, None, -1),) * a.ndim
    return a[flip].copy()[flip]


def _readonly(a: Any) -> Any:
    a = np.array(a)
    a.flags.writeable = False
    return a
