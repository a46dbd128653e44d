"""Gradients against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from tinygrad_edu.pytree import flatten
from tinygrad_edu.tensor import Tensor
from tinygrad_edu.testing.comparison import FEW, Comparison
from tinygrad_edu.testing.numerical import NumericalDerivative, along
from tinygrad_edu.testing.problem import Problem
from tinygrad_edu.testing.pullback import Pullback
from tinygrad_edu.testing.report import GradientReport

__all__ = ["check_gradients"]


def check_gradients(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    argnums: int | tuple[int, ...] | None = None,
    kinks: Literal["subgradient", "error"] = "subgradient",
    seed: int = 0,
) -> GradientReport:
    """Check the gradient of `f` against finite differences.

    Every entry is compared if there are at most 24 inputs and 24 outputs, and combinations of
    entries in random directions in any case:
    ``|analytic - numerical| <= 8 error + 1e-8 |analytic| + 1e-10``, where the error is that of the
    `tinygrad_edu.testing.numerical_derivative`; for float32, what that precision allows is added.
    Finite differences are always taken in float64. It is also checked that the
    gradient has its argument's shape and dtype, is finite, shares no memory with anything, is the
    same each time, and is linear in the cotangent; and that nothing has been changed.

    Parameters
    ----------
    f : callable
        From arrays (or lists, tuples, dicts of arrays) to an array of any shape, or to several;
        written in NumPy's functions, so that it runs on arrays and on Tensors alike.
    *args
        Where to check. Floating-point arguments vary; integers and all others are constants.
    order : int
        2 checks the second derivatives also: the gradient is checked as a function of its own.
    argnums : int or tuple of int, optional
        The positions of the arguments that vary.
    kinks : {"subgradient", "error"}
        Where the function is not smooth in some direction, the gradient must lie between the
        slopes of the two sides, or `SmoothnessError` is raised.
    seed : int
        Of the random directions. NumPy's global random state is not touched.

    Returns
    -------
    GradientReport
        What was checked, and the worst difference. ``report.conclusive`` tells whether finite
        differences could settle every entry.

    Raises
    ------
    GradientError
        If the gradient is wrong: one of its subclasses, in `tinygrad_edu.testing`.
    TypeError
        If no argument varies.

    Examples
    --------
    >>> from tinygrad_edu.testing import check_gradients
    >>> report = check_gradients(lambda x, y: x * np.sin(y), np.array([1.0, 2.0]), 0.5, order=2)
    >>> report.conclusive
    True
    """
    problem = Problem(f, args, _places(args, argnums))
    if not problem.leaves:
        raise TypeError(
            f"check_gradients of {problem.name}: no argument varies; pass floating-point arrays"
        )
    report = _check(problem, 1, kinks, seed)
    for level in range(2, order + 1):
        problem = problem.derivative()
        report = replace(_check(problem, level, kinks, seed), lower=report)
    return report


def _places(args: tuple[Any, ...], argnums: int | tuple[int, ...] | None) -> list[int]:
    """The positions of the arguments that vary."""
    if argnums is None:
        return [k for k, arg in enumerate(args) if all(map(_varies, flatten(arg))) and flatten(arg)]
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    for k in chosen:
        if not -len(args) <= k < len(args):
            raise TypeError(
                f"check_gradients: argnums={argnums}, and there are {len(args)} arguments"
            )
    return [k % len(args) for k in chosen]


def _varies(leaf: Any) -> bool:
    return isinstance(leaf, float | np.ndarray | np.generic | Tensor) and (
        np.dtype(getattr(leaf, "dtype", float)).kind == "f"
    )


def _check(problem: Problem, order: int, kinks: str, seed: int) -> GradientReport:
    """Check the first derivative of `problem`."""
    rng = np.random.default_rng(seed)
    x = problem.vector
    pullback = Pullback(problem, x, rng)
    directions = _directions(x, rng)
    numerical = along(problem, x, directions)
    cotangents = _cotangents(numerical, rng)
    comparison = Comparison(
        problem, directions, numerical, cotangents, pullback.matrix(cotangents), pullback.precision
    )
    if kinks == "error":
        comparison.refuse_kinks()
    comparison.raise_worst(x)
    return comparison.report(order)


def _directions(x: Any, rng: np.random.Generator) -> Any:
    """Every coordinate, or some of many; ones; and random ones. One a row."""
    n = len(x)
    random = rng.standard_normal((2, n))
    if n <= FEW:
        return np.eye(n) if n < 2 else np.concatenate([np.eye(n), np.ones((1, n)), random])
    extremes = {0, n - 1, int(np.argmax(x)), int(np.argmin(x)), *rng.integers(0, n, 4).tolist()}
    some = np.zeros((len(extremes), n))
    some[range(len(extremes)), sorted(extremes)] = 1
    return np.concatenate([some, random])


def _cotangents(numerical: NumericalDerivative, rng: np.random.Generator) -> Any:
    """Every output by itself, or random combinations of many smooth ones. One a row."""
    m = numerical.value.shape[1]
    if m <= FEW:
        return np.eye(m)
    smooth = np.all(numerical.status == "smooth", axis=0)
    return np.where(smooth, rng.standard_normal((3, m)), 0)
