"""Checks of derivatives that are given as functions of arrays, whoever wrote them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.kit.pytree import unflatten
from tinygrad_edu.testing import report as errors
from tinygrad_edu.testing.check import compare
from tinygrad_edu.testing.comparison import FEW
from tinygrad_edu.testing.domain import Domain
from tinygrad_edu.testing.foreign import ForeignPullback, Pushforward
from tinygrad_edu.testing.kinks import Kinks
from tinygrad_edu.testing.problem import Problem
from tinygrad_edu.testing.pullback import check_value
from tinygrad_edu.testing.report import GradientReport
from tinygrad_edu.testing.reproducer import changed, repeatable
from tinygrad_edu.testing.watched import Alias

__all__ = ["check_adjoint", "check_jvp", "check_vjp"]


def check_vjp(
    f: Callable[..., Any],
    vjp: Callable[..., Any],
    *args: Any,
    argnums: int | tuple[int, ...] | None = None,
    kinks: Kinks = "subgradient",
    domain: Domain = None,
    alias: Alias = "error",
    seed: int = 0,
) -> GradientReport:
    """Check a backward pass that is a function of arrays, written by hand or of another library.

    ``vjp(g, *args)`` gives, for a cotangent g of the shape of ``f(*args)``, the gradient of
    ``<g, f(*args)>``: an array where one argument varies, a tuple with one for each otherwise, in
    which there may also be a place, of no account, for each argument that does not vary. None
    stands for a gradient that is 0. What is checked, the other parameters, the report and the
    errors are those of `check_gradients`.

    Parameters
    ----------
    alias : {"error", "allow"}
        Whether gradients may share memory with the cotangent, the arguments or one another.

    Examples
    --------
    >>> from tinygrad_edu.testing import check_vjp
    >>> def layer(x, w, b):
    ...     return np.maximum(x @ w + b, 0)
    >>> def layer_backward(g, x, w, b):
    ...     g = g * (x @ w + b > 0)
    ...     return g @ w.T, x.T @ g, np.sum(g, axis=0)
    >>> rng = np.random.default_rng(0)
    >>> arrays = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    >>> print(check_vjp(layer, layer_backward, *arrays).entries)
    184
    """
    options = {"argnums": argnums, "kinks": kinks, "domain": domain, "alias": alias, "seed": seed}
    return _check("check_vjp", ForeignPullback, f, vjp, args, options)


def check_jvp(
    f: Callable[..., Any],
    jvp: Callable[..., Any],
    *args: Any,
    argnums: int | tuple[int, ...] | None = None,
    kinks: Kinks = "subgradient",
    domain: Domain = None,
    alias: Alias = "error",
    seed: int = 0,
) -> GradientReport:
    """Check a forward pass of derivatives that is a function of arrays.

    ``jvp(v, *args)`` gives, for a tangent v of the shape of the argument (where several vary, a
    tuple of tangents), the derivative of ``f(*args)`` along it. What is checked, the other
    parameters, the report and the errors are those of `check_vjp`.

    Examples
    --------
    >>> from tinygrad_edu.testing import check_jvp
    >>> check_jvp(np.sin, lambda v, x: np.cos(x) * v, np.array([0.5, 2.0])).conclusive
    True
    >>> check_jvp(np.multiply, lambda v, x, y: v[0] * y + x * v[1], 2.0, np.ones(3)).conclusive
    True
    """
    options = {"argnums": argnums, "kinks": kinks, "domain": domain, "alias": alias, "seed": seed}
    return _check("check_jvp", Pushforward, f, jvp, args, options)


def _check(
    name: str,
    kind: type[ForeignPullback] | type[Pushforward],
    f: Callable[..., Any],
    derivative: Callable[..., Any],
    args: tuple[Any, ...],
    options: dict[str, Any],
) -> GradientReport:
    problem = Problem.of(f, args, options["argnums"], options["domain"])
    with repeatable(name, [f, derivative], args, **changed(options)):
        check_value(problem)
        derivatives = kind(problem, derivative, options["alias"])
        return compare(problem, derivatives, options["kinks"], options["seed"])


def check_adjoint(
    jvp: Callable[..., Any],
    vjp: Callable[..., Any],
    *args: Any,
    argnums: int | tuple[int, ...] | None = None,
    alias: Alias = "error",
    seed: int = 0,
) -> None:
    """Check that a backward pass is the transpose of a forward pass: ``<u, J v> = <J' u, v>``.

    That takes no finite differences, so it is exact and cheap, at any size; but it compares the two
    with each other only. ``jvp(v, *args)`` and ``vjp(u, *args)`` are those of `check_jvp` and
    `check_vjp`, whose other checks are made too.

    Examples
    --------
    >>> from tinygrad_edu.testing import check_adjoint
    >>> forward = lambda v, x: np.cumsum(v)
    >>> backward = lambda g, x: np.cumsum(g[::-1])[::-1].copy()
    >>> check_adjoint(forward, backward, np.arange(5.0))
    """
    shell = Problem.of(jvp, args, argnums, None)
    zeros = unflatten(shell.trees, [np.zeros_like(leaf)[()] for leaf in shell.leaves])
    at_zero = functools.partial(jvp, tuple(zeros) if len(zeros) > 1 else zeros[0])
    problem = Problem.of(at_zero, args, argnums, None)
    problem.name = shell.name
    rng = np.random.default_rng(seed)
    told = {"argnums": argnums, "alias": alias, "seed": seed}
    with repeatable("check_adjoint", [jvp, vjp], args, **changed(told)):
        forward, backward = Pushforward(problem, jvp, alias), ForeignPullback(problem, vjp, alias)
        forward.check_linear(rng)
        backward.check_linear(rng)
        v, u = (_basis(size, rng) for size in (problem.size, len(problem(problem.vector))))
        one, other = forward.analytic(v, u), backward.analytic(v, u)
        precision = max(forward.precision, backward.precision)
        with np.errstate(all="ignore"):
            apart = np.abs(one.value - other.value)
            tolerance = 1e3 * precision * (one.scale + other.scale)
            tolerance = np.maximum(tolerance, 4 * np.spacing(0.0))  # what the smallest numbers are
            wrong = ~(apart <= tolerance) & ~(np.isnan(one.value) & np.isnan(other.value))
        if np.any(wrong):
            single = (np.count_nonzero(v, axis=1) == 1)[:, None] & (
                np.count_nonzero(u, axis=1) == 1
            )
            among = wrong & single if np.any(wrong & single) else wrong
            excess = np.where(among, np.nan_to_num(apart, nan=np.inf), -1)
            row, column = np.unravel_index(np.argmax(excess), wrong.shape)
            raise errors.MismatchError(
                f"the backward pass of {problem.name} is not the transpose of the forward pass, at "
                f"{np.sum(wrong)} of {wrong.size} entries. The worst:\n  "
                f"{_place(problem, v[row], u[column])}: "
                f"<u, J v> = {one.value[row, column]:.10g}, <J' u, v> = "
                f"{other.value[row, column]:.10g}"
            )


def _basis(size: int, rng: np.random.Generator) -> Any:
    """Every unit vector, where they are few, and some random ones."""
    random = rng.standard_normal((4, size))
    return np.concatenate([np.eye(size), random]) if size <= FEW else random


def _place(problem: Problem, v: Any, u: Any) -> str:
    if np.count_nonzero(v) > 1 or np.count_nonzero(u) > 1:
        return "a combination of inputs and outputs"
    return problem.coordinate(int(np.argmax(v))) + problem.output(int(np.argmax(u)))
