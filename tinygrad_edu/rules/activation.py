"""The functions of neural networks that NumPy lacks, on Tensors and plain arrays alike.

All are stable: nothing overflows and nothing warns at +-1000.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import local, operation, pullback
from tinygrad_edu.kit.quiet import quiet
from tinygrad_edu.rules.reduction import Axis, restore

__all__ = ["log_softmax", "logsumexp", "relu", "sigmoid", "softmax", "softplus"]


_NO_DTYPE = np.dtype(object)


def _real(x: Any) -> Any:
    """`x` in floating point: integers are brought to it, as the small and unsigned wrap around."""
    return x if getattr(x, "dtype", _NO_DTYPE).kind in "fc" else np.multiply(x, 1.0)


@operation
def sigmoid(x: Any) -> Any:
    """The logistic function, ``1 / (1 + exp(-x))``, of any shape.

    Examples
    --------
    >>> from tinygrad_edu import sigmoid
    >>> sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    if type(x) is np.ndarray and x.dtype.kind == "f" and x.ndim:
        return _sigmoid_in_one_array(x)
    with np.errstate(over="ignore", under="ignore"):  # exp(1000) is infinite, 1 / (1 + inf) right
        return 1 / (1 + np.exp(np.negative(_real(x))))


@quiet
def _sigmoid_in_one_array(x: Any) -> Any:
    out = np.negative(x)
    np.exp(out, out)
    np.add(out, 1.0, out)
    return np.reciprocal(out, out)


@operation
@np.errstate(under="ignore")
def softplus(x: Any) -> Any:
    """The smooth ramp ``log(1 + exp(x))``, of any shape; its derivative is the sigmoid.

    Examples
    --------
    >>> from tinygrad_edu import softplus
    >>> softplus([-1000.0, 0.0, 1.0]).round(6)
    array([0.      , 0.693147, 1.313262])
    """
    return np.logaddexp(_real(x), 0)


@operation
def relu(x: Any) -> Any:
    """The ramp ``max(x, 0)``, of any shape; its derivative at 0 is 0.

    Examples
    --------
    >>> from tinygrad_edu import relu
    >>> relu([-1.0, 0.0, 2.0])
    array([0., 0., 2.])
    """
    return np.maximum(x, 0)


@operation
def softmax(x: Any, axis: Axis = -1) -> Any:
    """``exp(x_i) / sum over j of exp(x_j)``, along `axis` (all axes if None); of x's shape.

    Examples
    --------
    >>> from tinygrad_edu import softmax
    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    powers = _shifted_exp(_real(x), axis)[1]
    return powers / np.sum(powers, axis=axis, keepdims=True)


@operation
def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """``x_i - logsumexp(x)``, along `axis` (all axes if None); of x's shape.

    Examples
    --------
    >>> from tinygrad_edu import log_softmax
    >>> log_softmax([1000.0, 0.0])
    array([    0., -1000.])
    """
    x = _real(x)
    largest, powers = _shifted_exp(x, axis)
    with np.errstate(invalid="ignore"):
        shifted = _shifted(x, largest)
    return shifted - np.log(np.sum(powers, axis=axis, keepdims=True))


@operation
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """``log(sum over j of exp(x_j))``, along `axis` (all axes if None).

    Of complex numbers, the principal logarithm, whose imaginary part lies between -pi and pi.

    Examples
    --------
    >>> from tinygrad_edu import logsumexp
    >>> print(logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    """
    largest, powers = _shifted_exp(_real(x), axis)
    out = largest + np.log(np.sum(powers, axis=axis, keepdims=True))
    return out if keepdims else np.squeeze(out, axis=axis)[()]


def _shifted_exp(x: Any, axis: Axis) -> tuple[Any, Any]:
    """The largest x along `axis`, and exp(x - largest): 1 at the largest, be it infinite.

    Of complex numbers it is the largest real part, so that the logarithm of the sum has its turns
    from the sum itself: its imaginary part lies between -pi and pi.
    """
    largest = np.max(x.real, axis=axis, keepdims=True)
    with np.errstate(invalid="ignore", under="ignore"):
        return largest, np.exp(_shifted(x, largest))


def _shifted(x: Any, largest: Any) -> Any:
    """``x - largest``, the real part of which is 0 at the largest, be it infinite."""
    at_largest = 1j * x.imag if x.dtype.kind == "c" else 0
    return np.where(x.real == largest, at_largest, x - largest)


local(sigmoid,  lambda out, x: out * (1.0 - out))
local(softplus, lambda out, x: sigmoid(x))
local(relu,     lambda out, x: np.where(x <= 0, 0.0, 1.0))

pullback(softmax,
         lambda g, out, x, axis=-1: out * (g - np.sum(g * out, axis=axis, keepdims=True)))
pullback(log_softmax,
         lambda g, out, x, axis=-1: g - softmax(x, axis) * np.sum(g, axis=axis, keepdims=True))
pullback(logsumexp,
         lambda g, out, x, axis=None, keepdims=False:
         restore(g, x, axis, keepdims) * softmax(x, axis))
