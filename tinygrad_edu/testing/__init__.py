"""Check gradients, of this package or of your own functions, against finite differences.

`check_gradients` and what belongs to it need NumPy alone. The Hypothesis strategies that generate
arrays, shapes, axes and indices are in `tinygrad_edu.testing.strategies`, which needs the
``test`` extra.
"""

from tinygrad_edu.testing.check import check_gradients
from tinygrad_edu.testing.jacobian import TaylorTest, numerical_jacobian, taylor_test
from tinygrad_edu.testing.numerical import NumericalDerivative, numerical_derivative
from tinygrad_edu.testing.pairs import check_adjoint, check_jvp, check_vjp
from tinygrad_edu.testing.report import (
    AliasError,
    DtypeError,
    Entry,
    GradientError,
    GradientReport,
    MismatchError,
    MutationError,
    NondeterminismError,
    NonfiniteError,
    NonlinearError,
    ShapeError,
    SmoothnessError,
)

__all__ = [
    "AliasError",
    "DtypeError",
    "Entry",
    "GradientError",
    "GradientReport",
    "MismatchError",
    "MutationError",
    "NondeterminismError",
    "NonfiniteError",
    "NonlinearError",
    "NumericalDerivative",
    "ShapeError",
    "SmoothnessError",
    "TaylorTest",
    "check_adjoint",
    "check_gradients",
    "check_jvp",
    "check_vjp",
    "numerical_derivative",
    "numerical_jacobian",
    "taylor_test",
]
