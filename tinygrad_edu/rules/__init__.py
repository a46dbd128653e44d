"""The tables of rules, one file an area of NumPy. Importing them fills `registry.TABLE`."""

from tinygrad_edu.registry import deferred
from tinygrad_edu.rules import (
    activation,
    constants,
    elementwise,
    indexing,
    products,
    reduction,
    refusals,
    shape,
)

__all__ = [
    "activation",
    "constants",
    "elementwise",
    "indexing",
    "products",
    "reduction",
    "refusals",
    "shape",
]

deferred("numpy.fft", "tinygrad_edu.rules.fourier")
