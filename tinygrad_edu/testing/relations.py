"""What gradients have to do with one another: checks of a function that need no derivative.

Each relation holds for every differentiable function (or for every one of a kind), exactly but for
rounding, at kinks too, and takes a few evaluations: checks for any op that cost nothing to write.
The functions are written in NumPy's functions, as for `check_gradients`, and where a relation does
not hold `MismatchError` is raised, which says in which argument, where and by how much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.testing.problem import Problem, joined
from tinygrad_edu.testing.report import MismatchError

__all__ = [
    "check_accumulation",
    "check_broadcasting",
    "check_permuted_axes",
    "check_precision",
    "check_same_argument",
    "check_sum",
]

Function = Callable[..., Any]


def check_same_argument(f: Function, x: Any, seed: int = 0) -> None:
    """The gradient of ``x -> f(x, x)`` is the sum of those in both arguments of f.

    Examples
    --------
    >>> from tinygrad_edu.testing.relations import check_same_argument
    >>> check_same_argument(np.multiply, np.array([1.0, 2.0]))
    """
    once = _gradients(lambda t: f(t, t), [x], seed)
    apart = _gradients(f, [x, x], seed)
    _compare("of f(x, x), and the sum of those in both arguments", f, [x], once, [sum(apart)])


def check_broadcasting(f: Function, *args: Any, seed: int = 0) -> None:
    """Broadcasting an argument by hand, and summing its gradient, changes nothing.

    For functions that broadcast all of their arguments against one another.

    Examples
    --------
    >>> from tinygrad_edu.testing.relations import check_broadcasting
    >>> check_broadcasting(np.divide, np.array([[1.0], [2.0]]), np.array([3.0, -4.0, 0.5]))
    """
    full = [np.array(each) for each in np.broadcast_arrays(*args)]
    expected = [
        _summed(gradient, np.shape(arg))
        for gradient, arg in zip(_gradients(f, full, seed), args, strict=True)
    ]
    _compare("and that after broadcasting by hand", f, args, _gradients(f, args, seed), expected)


def check_permuted_axes(f: Function, *args: Any, seed: int = 0) -> None:
    """Reversing the axes of all arguments reverses those of the result and of the gradients.

    For functions that work element by element; arguments of as many axes each.

    Examples
    --------
    >>> from tinygrad_edu.testing.relations import check_permuted_axes
    >>> check_permuted_axes(np.multiply, np.ones((2, 3)), np.arange(3.0).reshape(1, 3))
    """
    reversed_ = _gradients(lambda *xs: np.transpose(f(*map(np.transpose, xs))), args, seed)
    _compare("and that with axes reversed", f, args, _gradients(f, args, seed), reversed_)


def check_sum(f: Function, h: Function, *args: Any, seed: int = 0) -> None:
    """The gradient of the sum of two functions is the sum of their gradients.

    Examples
    --------
    >>> from tinygrad_edu.testing.relations import check_sum
    >>> check_sum(np.tanh, np.square, np.array([1.0, 2.0]))
    """
    both = _gradients(lambda *xs: f(*xs) + h(*xs), args, seed)
    pairs = zip(_gradients(f, args, seed), _gradients(h, args, seed), strict=True)
    expected = [one + other for one, other in pairs]
    _compare("of a sum of functions, and the sum of theirs", f, args, both, expected)


def check_precision(f: Function, *args: Any, seed: int = 0) -> None:
    """The gradient in single precision is that in double precision, but for rounding.

    Examples
    --------
    >>> from tinygrad_edu.testing.relations import check_precision
    >>> check_precision(np.exp, np.array([1.0, 2.0]))
    """
    single = [np.asarray(arg, np.float32) for arg in args]
    double = [np.asarray(arg, np.float64) for arg in single]
    coarse, fine = _gradients(f, single, seed), _gradients(f, double, seed)
    with np.errstate(all="ignore"):
        size = np.max(np.abs(np.ravel(f(*double))), initial=0.0)
        size /= max(1.0, *(np.max(np.abs(arg), initial=0.0) for arg in double))
    eps = float(np.finfo(np.float32).eps)
    _compare("and that in double precision", f, args, coarse, fine, eps, float(size))


def check_accumulation(f: Function, *args: Any, seed: int = 0) -> None:
    """Two backward passes leave twice the gradient of one.

    Examples
    --------
    >>> from tinygrad_edu.testing.relations import check_accumulation
    >>> check_accumulation(np.sin, np.array([1.0, 2.0]))
    """
    twice = _gradients(f, args, seed, passes=2)
    expected = [2 * gradient for gradient in _gradients(f, args, seed)]
    _compare("after two backward passes, and twice that after one", f, args, twice, expected)


def _gradients(f: Function, args: Sequence[Any], seed: int, passes: int = 1) -> list[Any]:
    """The gradients of a random combination of the results, one for each argument."""
    variables = [Tensor(np.asarray(arg)) for arg in args]
    with np.errstate(all="ignore"):
        out = joined(f(*variables))
        if isinstance(out, Tensor):
            g = np.random.default_rng(seed).uniform(0.5, 1.5, out.shape).astype(out.dtype)
            for _ in range(passes):
                out.backward(g)
    return [np.zeros(v.shape, v.dtype) if v.grad is None else v.grad for v in variables]


def _summed(gradient: Any, shape: tuple[int, ...]) -> Any:
    """The sum over the axes that `shape` was broadcast along."""
    total = np.sum(gradient, axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return np.sum(total, axis=stretched, keepdims=True)


def _compare(
    relation: str,
    f: Function,
    args: Sequence[Any],
    found: list[Any],
    expected: list[Any],
    eps: float = 2.0**-52,
    size: float = 0.0,
) -> None:
    """Raise unless the gradients are the same, but for rounding."""
    problem = Problem(f, tuple(args), range(len(args)))
    for label, one, other in zip(problem.labels, found, expected, strict=True):
        finite = np.abs(other)[np.isfinite(other)]
        allowed = 1e3 * eps * (np.max(finite, initial=0.0) + size)
        allowed = max(allowed, 4 * np.spacing(0.0))  # what the smallest numbers are
        with np.errstate(all="ignore"):
            agrees = (np.abs(one - other) <= allowed) | ~(np.isfinite(one) | np.isfinite(other))
        if np.all(agrees):
            continue
        index = tuple(map(int, np.argwhere(~agrees)[0]))
        where = label + (f"[{', '.join(map(str, index))}]" if index else "")
        raise MismatchError(
            f"the gradient of {problem.name} {relation} differ in {where}: {one[index]} and "
            f"{other[index]}; in all at {np.sum(~agrees)} of {agrees.size} elements of {label}"
        )
