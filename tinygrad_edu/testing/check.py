"""Gradients against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_edu.testing.comparison import FEW, Comparison
from tinygrad_edu.testing.coordinates import to_reals
from tinygrad_edu.testing.domain import Domain
from tinygrad_edu.testing.failure import raise_if_wrong, refuse_kinks
from tinygrad_edu.testing.kinks import Kinks, settle_kinks, skip_example
from tinygrad_edu.testing.numerical import along
from tinygrad_edu.testing.problem import Problem
from tinygrad_edu.testing.pullback import Pullback, check_value
from tinygrad_edu.testing.report import GradientReport
from tinygrad_edu.testing.reproducer import changed, repeatable
from tinygrad_edu.testing.rounding import allow_for_rounding
from tinygrad_edu.testing.watched import Watched

__all__ = ["check_gradients", "compare"]


def check_gradients(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    argnums: int | tuple[int, ...] | None = None,
    kinks: Kinks = "subgradient",
    domain: Domain = None,
    seed: int = 0,
) -> GradientReport:
    """Check the gradient of `f` against finite differences.

    Every entry is compared if there are at most 24 inputs and 24 outputs, and combinations of
    entries in random directions in any case:
    ``|analytic - numerical| <= 8 error + 1e-8 |analytic|``, where the error is that of the
    `tinygrad_edu.testing.numerical_derivative`: the measured noise of the differences and no less,
    so that a gradient of 1e-300 is checked as one of 1. Whatever exceeds that is also given what
    moving the arguments by 32 eps does. For float32, what that precision allows is added: 64 times
    its eps of the output's largest derivative and of ``|f| / max(1, |x|)``.

    An entry is inconclusive, and neither passes nor fails, where the error exceeds ``1e-5`` of it,
    and 1e-8 of how f changes close by; or where it is so small that rounding drowns it, of f or of
    its arguments, as the determinant of a matrix of rank 1; or as ``(1e20 + x) - 1e20``. What is 0
    but for rounding, and so another at points close by, counts as 0 if its error is below 1e-10 of
    the function, or of the other derivatives, for steps of the size of the arguments.
    Finite differences are always taken in float64.

    It is also checked that the gradient has its argument's shape and dtype, is finite, shares no
    memory with anything, is the same each time, and is linear in the cotangent; and that nothing
    has been changed.

    Parameters
    ----------
    f : callable
        From arrays (or lists, tuples, dicts, dataclasses of arrays) to an array of any shape, or to
        several; written in NumPy's functions, so that it runs on arrays and on Tensors alike.
    *args
        Where to check. Floating-point and complex arguments vary (of the latter real and imaginary
        parts, each by itself: the gradient is ``d / d Re z + i d / d Im z``); integers and all
        others are constants. The result may be complex too.
    order : int
        2 checks the second derivatives also: the gradient is checked as a function of its own.
    argnums : int or tuple of int, optional
        The positions of the arguments that vary.
    kinks : {"subgradient", "skip", "error"}
        What happens where an output has a kink. "subgradient": the gradient must lie between the
        slopes around it. "skip": a Hypothesis test gives the example up, and elsewhere such
        outputs are counted in the report and not judged. "error": `SmoothnessError` is raised.
    domain : (low, high), a list of these, or callable, optional
        Where f may be evaluated: steps do not leave it. One interval, an interval or None for
        each argument, or a function of the arguments that tells whether they are inside. Without
        it, steps at which f is not finite, or raises a ValueError or an ArithmeticError, count as
        outside.
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
    >>> check_gradients(lambda x: np.sqrt(1 - x), 0.999, domain=(0, 1)).conclusive
    True
    """
    problem = Problem.of(f, args, argnums, domain)
    told = {"order": order, "argnums": argnums, "kinks": kinks, "domain": domain, "seed": seed}
    with repeatable("check_gradients", [f], args, **changed(told)):
        check_value(problem)
        report = compare(problem, Pullback(problem), kinks, seed)
        for level in range(2, order + 1):
            problem = problem.derivative()
            higher = compare(problem, Pullback(problem), kinks, seed, level)
            report = replace(higher, lower=report)
    return report


def compare(
    problem: Problem, derivative: Watched, kinks: Kinks, seed: int, order: int = 1
) -> GradientReport:
    """Check what `derivative` gives against finite differences of `problem`."""
    rng = np.random.default_rng(seed)
    derivative.check_linear(rng)
    directions = _directions(problem, rng)
    numerical = along(problem.stepped, problem.vector, directions)
    comparison = Comparison(problem, directions, numerical, derivative, rng)
    allow_for_rounding(comparison)
    if kinks == "subgradient":
        settle_kinks(comparison)
    elif kinks == "error":
        refuse_kinks(comparison)
    elif np.any(comparison.nonsmooth):
        skip_example()
    raise_if_wrong(comparison)
    return comparison.report(order)


def _directions(problem: Problem, rng: np.random.Generator) -> Any:
    """Every coordinate, or some of many; their sum, and two random ones. One a row.

    Some row is the sum of others, to tell whether slopes add up: with many coordinates the last.
    Where arguments differ in size by a million times and more, as those of a derivative and its
    cotangent may, all that combines them moves each in proportion.
    """
    x, sizes = problem.vector, _sizes(problem)
    n = len(x)
    random = sizes * rng.standard_normal((2, n))
    if n <= FEW:
        return np.eye(n) if n < 2 else np.concatenate([np.eye(n), sizes[None], random])
    extremes = {0, n - 1, int(np.argmax(x)), int(np.argmin(x)), *rng.integers(0, n, 4).tolist()}
    some = np.zeros((len(extremes), n))
    some[range(len(extremes)), sorted(extremes)] = 1
    return np.concatenate([some, random, np.sum(random, axis=0, keepdims=True)])


def _sizes(problem: Problem) -> Any:
    """How large each coordinate is; 1 for all of them if they are of like size."""
    parts = [np.zeros(0)]
    for x in (np.abs(to_reals([leaf])) for leaf in problem.leaves):
        usual = np.median(x[x > 0]) if np.any(x) else 1.0
        few = len(x) <= FEW  # single small ones among many are chance
        parts.append(np.where(x > 0, x, usual) if few else np.maximum(x, 1e-3 * usual))
    sizes = np.concatenate(parts)
    sizes = np.where(np.isfinite(sizes), sizes, 1.0)
    if not len(sizes) or np.max(sizes) <= 1e6 * np.min(sizes):
        return np.ones(len(sizes))
    return sizes
