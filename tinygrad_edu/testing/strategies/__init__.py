"""Hypothesis strategies for arrays, and for what NumPy's functions take besides arrays.

The numbers lie on a readable grid, so that a failing example can be worked through by hand:
multiples of 1/8 are exact in binary, and shrink to 0.
"""

from tinygrad_edu.kit.extras import install as _install

try:
    import hypothesis as _hypothesis  # noqa: F401
except ImportError as error:
    raise ImportError(
        "tinygrad_edu.testing.strategies needs Hypothesis, which the extra brings: "
        f"{_install('test')}"
    ) from error

from tinygrad_edu.testing.strategies.calls import axes, einsum_specs, indices, matmul_operands
from tinygrad_edu.testing.strategies.layouts import layouts
from tinygrad_edu.testing.strategies.numbers import (
    SPECIALS,
    arrays_near,
    arrays_of_specials,
    arrays_on_grid,
    arrays_well_separated,
    arrays_with_ties,
    broadcastable_arrays,
    positive_definite,
)
from tinygrad_edu.testing.strategies.shapes import broadcastable_shapes, shapes

__all__ = [
    "SPECIALS",
    "arrays_near",
    "arrays_of_specials",
    "arrays_on_grid",
    "arrays_well_separated",
    "arrays_with_ties",
    "axes",
    "broadcastable_arrays",
    "broadcastable_shapes",
    "einsum_specs",
    "indices",
    "layouts",
    "matmul_operands",
    "positive_definite",
    "shapes",
]
