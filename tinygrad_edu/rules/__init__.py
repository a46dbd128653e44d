"""The tables of rules, one file an area of NumPy. Importing them fills `registry.TABLE`.

The deferred ones wait until a function of theirs meets a Tensor.
"""

from tinygrad_edu.registry import deferred
from tinygrad_edu.rules import (
    activation,
    calling,
    constants,
    contractions,
    creation,
    cumulative,
    elementwise,
    families,
    indexing,
    joining,
    linalg_decompositions,
    linalg_solve,
    linalg_svd,
    movement,
    nan_reductions,
    norms,
    order,
    padding,
    polar,
    polyfit,
    polynomial,
    products,
    quantiles,
    ranges,
    reduction,
    refusals,
    scimath,
    shape,
    signal,
    statistics,
    steps,
    ufunc_methods,
)

__all__ = [
    "activation",
    "calling",
    "constants",
    "contractions",
    "creation",
    "cumulative",
    "elementwise",
    "families",
    "indexing",
    "joining",
    "linalg_decompositions",
    "linalg_solve",
    "linalg_svd",
    "movement",
    "nan_reductions",
    "norms",
    "order",
    "padding",
    "polar",
    "polyfit",
    "polynomial",
    "products",
    "quantiles",
    "ranges",
    "reduction",
    "refusals",
    "scimath",
    "shape",
    "signal",
    "statistics",
    "steps",
    "ufunc_methods",
]

deferred("numpy.fft", "tinygrad_edu.rules.fourier")
deferred("numpy.polynomial.polynomial", "tinygrad_edu.rules.polynomial2d")
deferred("scipy.special", "tinygrad_edu.rules.special")
