"""All derivatives at once, and how fast a linear approximation improves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.testing.numerical import NumericalDerivative, along, real_array

__all__ = ["TaylorTest", "numerical_jacobian", "taylor_test"]


def numerical_jacobian(f: Callable[[Any], Any], x: Any) -> NumericalDerivative:
    """The derivatives of every element of ``f(x)`` in every element of x, by finite differences.

    ``value[i, j] = d f(x)[i] / d x[j]``: the axes of the output come first, then those of x. The
    method, the error and the status are those of `numerical_derivative`, along each coordinate.

    Examples
    --------
    >>> from tinygrad_edu.testing import numerical_jacobian
    >>> found = numerical_jacobian(lambda x: np.array([x[0] * x[1], x[0] ** 2]), [3.0, 2.0])
    >>> print(np.round(found.value, 9), np.max(found.error) < 1e-11)
    [[2. 3.]
     [6. 0.]] True
    """
    x = real_array(x)
    with np.errstate(all="ignore"):
        shape = np.shape(f(x.copy()))
    found = along(lambda p: np.ravel(f(p.reshape(x.shape))), x.ravel(), np.eye(x.size))
    value, error, status = (np.swapaxes(part, 0, 1).reshape(shape + x.shape) for part in found[:3])
    slopes = np.swapaxes(found.slopes, 1, 2).reshape(2, *shape, *x.shape)
    return NumericalDerivative(value, error, status, slopes)


class TaylorTest(NamedTuple):
    """How the error of a linear approximation shrinks with the step."""

    rate: float  #: about 2 if the derivative is right, and 1 if it is wrong
    steps: Any
    remainders: Any  #: ``|f(x + h v) - f(x) - h J v|`` for each step h
    rates: Any  #: between each two successive steps; NaN where only rounding is left


def taylor_test(
    f: Callable[[Any], Any], derivative: Any, x: Any, v: Any = None, *, seed: int = 0
) -> TaylorTest:
    """The rate at which ``f(x + h v) - f(x) - h J v`` falls as h does: h**2, if J is right.

    A check that is easy to explain and to do by hand; `check_gradients` finds far more.

    Parameters
    ----------
    f : callable
        From an array to a number or an array.
    derivative : array_like or callable
        The gradient where f gives a number, else the Jacobian: ``derivative[i, j] = d f(x)[i] / d
        x[j]``; or a function that gives it at x.
    x : array_like
        The point.
    v : array_like, optional
        The direction; random by default.
    seed : int
        Of the random direction.

    Returns
    -------
    TaylorTest
        The rate is infinite if the remainders are nothing but rounding, as for a linear f.

    References
    ----------
    Farrell, Ham, Funke and Rognes (2013), Automated derivation of the adjoint of high-level
    transient finite element programs, section 3.

    Examples
    --------
    >>> from tinygrad_edu.testing import taylor_test
    >>> x = np.array([0.5, 1.0])
    >>> f = lambda x: np.sum(np.exp(x))
    >>> print(round(taylor_test(f, np.exp, x).rate, 2), round(taylor_test(f, np.sin, x).rate, 2))
    2.0 1.0
    """
    x = real_array(x)
    random = np.random.default_rng(seed).standard_normal(x.shape)
    v = random if v is None else np.broadcast_to(np.asarray(v, np.float64), x.shape)
    here = np.asarray(f(x.copy()), np.float64)
    jacobian = np.asarray(derivative(x.copy()) if callable(derivative) else derivative, np.float64)
    if jacobian.shape != here.shape + x.shape:
        raise ValueError(
            f"taylor_test: the derivative has shape {jacobian.shape}; f gives {here.shape} for "
            f"{x.shape}, so it must be {here.shape + x.shape}"
        )
    slope = np.tensordot(jacobian, v, x.ndim)
    length = float(np.max(np.abs(v), initial=0.0)) or 1.0
    found = along(lambda p: np.ravel(f(p.reshape(x.shape))), x.ravel(), v.reshape(1, -1))
    span = float(np.min(found.span, initial=np.inf))  # the scale on which f bends
    scale = (max(1.0, float(np.max(np.abs(x), initial=0.0))) if span >= 1 / 64 else span) / length
    steps = scale * 1e-2 / 2.0 ** np.arange(10)
    values = [np.asarray(f(x + h * v), np.float64) for h in steps]
    pairs = zip(steps, values, strict=True)
    remainders = np.array([_length(value - here - h * slope) for h, value in pairs])
    floor = 100 * np.finfo(np.float64).eps * max(map(_length, (here, *values)))
    with np.errstate(all="ignore"):
        rates = np.log2(remainders[:-1] / remainders[1:])
    rates = np.where(remainders[1:] > floor, rates, np.nan)
    known = rates[np.isfinite(rates)]
    return TaylorTest(float(np.median(known)) if len(known) else np.inf, steps, remainders, rates)


def _length(values: Any) -> float:
    """The Euclidean norm, of which neither the tiniest nor the largest numbers lose anything."""
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(np.ravel(values) / largest))
