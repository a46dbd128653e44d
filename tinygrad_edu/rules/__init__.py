"""The tables of rules, one file an area of NumPy. Importing them fills `registry.TABLE`."""

from tinygrad_edu.rules import (
    activation,
    calling,
    constants,
    creation,
    elementwise,
    indexing,
    joining,
    movement,
    padding,
    products,
    reduction,
    refusals,
    shape,
)

__all__ = [
    "activation",
    "calling",
    "constants",
    "creation",
    "elementwise",
    "indexing",
    "joining",
    "movement",
    "padding",
    "products",
    "reduction",
    "refusals",
    "shape",
]
