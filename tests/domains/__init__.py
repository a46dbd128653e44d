"""Where each differentiable function is tested: one row an op, the calls and their domain."""

from tests.domains import (  # noqa: F401
    cumulative,
    elementwise,
    indexing,
    nan_reductions,
    order,
    products,
    reduction,
    shape,
    statistics,
)
from tests.domains.cases import CALLS, DOMAINS, A, Case, Domain

__all__ = ["CALLS", "DOMAINS", "A", "Case", "Domain"]
