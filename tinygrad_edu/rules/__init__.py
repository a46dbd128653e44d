"""The tables of rules, one file an area of NumPy. Importing them fills `registry.TABLE`."""

from tinygrad_edu.rules import (
    activation,
    constants,
    contractions,
    elementwise,
    indexing,
    linalg_decompositions,
    linalg_solve,
    linalg_svd,
    norms,
    products,
    reduction,
    refusals,
    shape,
)

__all__ = [
    "activation",
    "constants",
    "contractions",
    "elementwise",
    "indexing",
    "linalg_decompositions",
    "linalg_solve",
    "linalg_svd",
    "norms",
    "products",
    "reduction",
    "refusals",
    "shape",
]
