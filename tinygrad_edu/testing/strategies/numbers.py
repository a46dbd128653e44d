"""Arrays of numbers on a readable grid, at special values, with ties, apart, near kinks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies.shapes import Shape, broadcastable_shapes, shapes

__all__ = [
    "SPECIALS",
    "arrays_near",
    "arrays_of_specials",
    "arrays_on_grid",
    "arrays_well_separated",
    "arrays_with_ties",
    "broadcastable_arrays",
    "positive_definite",
]

#: Where functions overflow, lose digits or branch.
SPECIALS = (0.0, 1.0, -1.0, 30.0, -30.0, 800.0, -800.0, 1e-3, -1e-3)

Shapes = Shape | st.SearchStrategy[Shape] | None


@st.composite
def arrays_on_grid(
    draw: st.DrawFn,
    lo: float = -3.0,
    hi: float = 3.0,
    *,
    shape: Shapes = None,
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
    shape = _drawn(draw, shape)
    first, last = math.ceil(lo / step), math.floor(hi / step)
    banned = {round(number / step) for number in avoid if (number / step).is_integer()}
    allowed = [k for k in range(first, last + 1) if k not in banned]
    allowed.sort(key=lambda k: (abs(k), k < 0))  # so that shrinking goes towards 0
    size = math.prod(shape)
    chosen = draw(st.lists(st.sampled_from(allowed), min_size=size, max_size=size, unique=distinct))
    return np.array(chosen, dtype).reshape(shape) * np.dtype(dtype).type(step)


@st.composite
def arrays_of_specials(
    draw: st.DrawFn,
    *,
    shape: Shapes = None,
    specials: tuple[float, ...] = SPECIALS,
    dtype: Any = np.float64,
) -> Any:
    """Arrays of the numbers in `specials`, by default `SPECIALS`."""
    shape = _drawn(draw, shape)
    size = math.prod(shape)
    chosen = draw(st.lists(st.sampled_from(specials), min_size=size, max_size=size))
    return np.array(chosen, dtype).reshape(shape)


@st.composite
def arrays_with_ties(
    draw: st.DrawFn, lo: float = -3.0, hi: float = 3.0, *, shape: Shapes = None
) -> Any:
    """Arrays in which two values at most occur, so that many elements are equal."""
    shape = _drawn(draw, shape)
    values = draw(arrays_on_grid(lo, hi, shape=(2,)))
    size = math.prod(shape)
    chosen = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return values[np.array(chosen, int)].reshape(shape)


@st.composite
def arrays_well_separated(draw: st.DrawFn, *, shape: Shapes = None, gap: float = 0.5) -> Any:
    """Arrays whose elements are all at least `gap` apart, in any order, around 0: without ties."""
    shape = _drawn(draw, shape)
    size = math.prod(shape)
    order = draw(st.permutations(range(size)))
    extra = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    values = gap * (np.arange(size) - size // 2) + gap / 4 * np.cumsum(extra)
    return values[list(order)].reshape(shape)


@st.composite
def arrays_near(draw: st.DrawFn, kink: float = 0.0, *, shape: Shapes = None) -> Any:
    """Arrays whose elements are at `kink`, on either side of it, or further away.

    The distances are 0, powers of 10 from 1e-9 to 1e-1, and 1.
    """
    distances = (0.0, 1.0, 1e-1, 1e-2, 1e-3, 1e-5, 1e-7, 1e-9)
    specials = (*distances, *(-d for d in distances[1:]))
    return kink + draw(arrays_of_specials(shape=shape, specials=specials))


@st.composite
def positive_definite(draw: st.DrawFn, max_side: int = 3, max_batch: int = 1) -> Any:
    """Symmetric positive definite matrices, well conditioned; with up to `max_batch` more axes.

    Examples
    --------
    >>> from hypothesis import given
    >>> from tinygrad_edu.testing.strategies import positive_definite
    >>> @given(positive_definite())
    ... def test(a):
    ...     assert np.all(np.linalg.eigvalsh(a) >= 1)
    >>> test()
    """
    n = draw(st.integers(1, max_side))
    batch = draw(shapes(0, max_batch)) if max_batch else ()
    root = draw(arrays_on_grid(-1, 1, shape=(*batch, n, n), step=1 / 4))
    return root @ np.swapaxes(root, -1, -2) + 1.125 * np.eye(n)


@st.composite
def broadcastable_arrays(
    draw: st.DrawFn,
    *intervals: tuple[float, float],
    alias: bool = False,
    avoid: tuple[float, ...] = (),
    min_side: int = 1,
    dtype: Any = np.float64,
) -> tuple[Any, ...]:
    """Arrays that broadcast against one another, one from each of `intervals`.

    With `alias`, half of the time all are the same object, if their intervals are the same.
    ``min_side=0`` includes arrays without elements.
    """
    found = draw(broadcastable_shapes(len(intervals), min_side=min_side))
    grid = [
        draw(arrays_on_grid(lo, hi, shape=shape, avoid=avoid, dtype=dtype))
        for (lo, hi), shape in zip(intervals, found, strict=True)
    ]
    if alias and len(set(intervals)) == 1 and draw(st.booleans()):
        return (grid[0],) * len(grid)
    return tuple(grid)


def _drawn(draw: st.DrawFn, shape: Shapes) -> Shape:
    """A shape: the one given, or one from the strategy given or from `shapes`."""
    if shape is None:
        shape = shapes()
    return draw(shape) if isinstance(shape, st.SearchStrategy) else shape
