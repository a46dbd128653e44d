"""Where each differentiable function is tested: one row an op, the calls and their domain."""

from tests.domains import (  # noqa: F401
    calling,
    contractions,
    creation,
    cumulative,
    elementwise,
    fourier,
    indexing,
    joining,
    linalg,
    movement,
    nan_reductions,
    order,
    padding,
    pieces,
    polynomial,
    products,
    ranges,
    reduction,
    shape,
    signal,
    statistics,
)
from tests.domains.cases import CALLS, DOMAINS, A, Case, Domain

__all__ = ["CALLS", "DOMAINS", "A", "Case", "Domain"]
