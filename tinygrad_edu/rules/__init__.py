"""The tables of rules, one file an area of NumPy. Importing them fills `registry.TABLE`."""

from tinygrad_edu.registry import deferred
from tinygrad_edu.rules import (
    activation,
    constants,
    elementwise,
    indexing,
    polyfit,
    polynomial,
    products,
    ranges,
    reduction,
    refusals,
    shape,
    signal,
)

__all__ = [
    "activation",
    "constants",
    "elementwise",
    "indexing",
    "polyfit",
    "polynomial",
    "products",
    "ranges",
    "reduction",
    "refusals",
    "shape",
    "signal",
]

deferred("numpy.fft", "tinygrad_edu.rules.fourier")
deferred("numpy.polynomial.polynomial", "tinygrad_edu.rules.polynomial2d")
