"""Shapes: of one array, and of several that broadcast."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

__all__ = ["Shape", "broadcastable_shapes", "shapes"]

Shape = tuple[int, ...]


def shapes(
    min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 3
) -> st.SearchStrategy[Shape]:
    """Shapes of small arrays; ``min_side=0`` includes arrays without elements."""
    return hnp.array_shapes(
        min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side
    )


def broadcastable_shapes(
    n: int, max_dims: int = 3, min_side: int = 1
) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Shapes of `n` arrays that broadcast against one another."""
    return hnp.mutually_broadcastable_shapes(
        num_shapes=n, max_dims=max_dims, max_side=3, min_side=min_side
    ).map(lambda found: found.input_shapes)
