"""Check gradients, of this package or of your own functions, against finite differences.

`check_gradients` and what belongs to it need NumPy alone. `given_gradients`, and the strategies in
`tinygrad_edu.testing.strategies` that generate arrays, shapes, axes and indices, need Hypothesis,
which the ``test`` extra brings.
"""

from tinygrad_edu.testing.check import check_gradients
from tinygrad_edu.testing.given import given_gradients
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
    "given_gradients",
    "numerical_derivative",
    "numerical_jacobian",
    "taylor_test",
]


def __dir__() -> list[str]:
    return __all__
