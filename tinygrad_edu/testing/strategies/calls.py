"""What NumPy's functions take besides plain arrays: axes, indices, operands that fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_edu.testing.strategies.numbers import arrays_on_grid
from tinygrad_edu.testing.strategies.shapes import Shape, broadcastable_shapes

__all__ = ["axes", "einsum_specs", "indices", "matmul_operands"]


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
def einsum_specs(
    draw: st.DrawFn, lo: float = -3.0, hi: float = 3.0, operands: int = 2, min_side: int = 1
) -> tuple[Any, ...]:
    """The arguments of a call of `numpy.einsum`: the subscripts, and arrays that fit them.

    Subscripts repeat within an operand (a diagonal), are shared, are summed or kept; operands may
    be scalars, the result may be left to einsum, and batch axes are written as an ellipsis.

    Examples
    --------
    >>> from hypothesis import given
    >>> from tinygrad_edu.testing.strategies import einsum_specs
    >>> @given(einsum_specs())
    ... def test(call):
    ...     spec, *arrays = call
    ...     assert np.einsum(spec, *arrays).ndim <= 5
    >>> test()
    """
    sides = {letter: draw(st.integers(min_side, 3)) for letter in "ijk"}
    count = draw(st.integers(1, operands))
    terms = ["".join(draw(st.lists(st.sampled_from("ijk"), max_size=3))) for _ in range(count)]
    batches = draw(broadcastable_shapes(count, 2, min_side)) if draw(st.booleans()) else None
    arrays = [
        draw(
            arrays_on_grid(
                lo, hi, shape=(*(batches[n] if batches else ()), *(sides[s] for s in term))
            )
        )
        for n, term in enumerate(terms)
    ]
    prefix = "..." if batches else ""
    spec = ",".join(prefix + term for term in terms)
    if draw(st.booleans()):
        kept = sorted(set("".join(terms)))
        chosen = draw(st.lists(st.sampled_from(kept), unique=True)) if kept else []
        spec += "->" + prefix + "".join(chosen)
    return (spec, *arrays)


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
