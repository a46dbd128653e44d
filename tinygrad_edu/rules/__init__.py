"""The tables of rules, one file an area of NumPy. Importing them fills `registry.TABLE`."""

from tinygrad_edu.rules import (
    activation,
    constants,
    elementwise,
    families,
    indexing,
    polar,
    products,
    reduction,
    refusals,
    scimath,
    shape,
    steps,
    ufunc_methods,
)

__all__ = [
    "activation",
    "constants",
    "elementwise",
    "families",
    "indexing",
    "polar",
    "products",
    "reduction",
    "refusals",
    "scimath",
    "shape",
    "steps",
    "ufunc_methods",
]
