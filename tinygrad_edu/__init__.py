"""An educational autograd micro-framework: every derivative written once, in plain NumPy."""

from tinygrad_edu import nn, optim, plot
from tinygrad_edu import rules as _rules  # noqa: F401 (fills the table)
from tinygrad_edu.compiling import compile as compile  # public, and not in __all__
from tinygrad_edu.custom import custom
from tinygrad_edu.debugging import debug
from tinygrad_edu.drawing import draw, to_dot
from tinygrad_edu.engine.context import no_grad
from tinygrad_edu.explaining import explain
from tinygrad_edu.explorer import explore
from tinygrad_edu.kit.memory import keep_freed_memory as _keep_freed_memory
from tinygrad_edu.rules.activation import (
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softplus,
)
from tinygrad_edu.sourcing import source
from tinygrad_edu.tensor.edge import Edge
from tinygrad_edu.tensor.elsewhere import OF_THE_PACKAGE as _OF_THE_PACKAGE
from tinygrad_edu.tensor.elsewhere import answering as _answering
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.training.fit import History, fit
from tinygrad_edu.transforms.matrices import hessian, hvp, jacobian
from tinygrad_edu.transforms.reverse import grad, jvp, value_and_grad, vjp

__version__ = "0.1.0"

__all__ = [
    "Edge",
    "History",
    "Tensor",
    "custom",
    "debug",
    "draw",
    "explain",
    "explore",
    "fit",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "log_softmax",
    "logsumexp",
    "nn",
    "no_grad",
    "optim",
    "plot",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "source",
    "to_dot",
    "value_and_grad",
    "vjp",
]

_keep_freed_memory()


def __dir__() -> list[str]:
    return [*__all__, "compile", "testing", "__version__"]


# Said so that type checkers don't see it: to them every name would be there.
globals()["__getattr__"] = _answering(__name__, _OF_THE_PACKAGE)
