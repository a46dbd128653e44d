"""The tables of rules, one file an area of NumPy. Importing them fills `registry.TABLE`."""

from tinygrad_edu.rules import (
    activation,
    constants,
    cumulative,
    elementwise,
    indexing,
    nan_reductions,
    order,
    products,
    quantiles,
    reduction,
    refusals,
    shape,
    statistics,
)

__all__ = [
    "activation",
    "constants",
    "cumulative",
    "elementwise",
    "indexing",
    "nan_reductions",
    "order",
    "products",
    "quantiles",
    "reduction",
    "refusals",
    "shape",
    "statistics",
]
