"""The slopes around a kink, which a subgradient lies between; and what to do about kinks."""

from __future__ import annotations

import sys
from typing import Any, Literal

import numpy as np

from tinygrad_edu.testing.comparison import Comparison
from tinygrad_edu.testing.numerical import evaluate
from tinygrad_edu.testing.problem import Problem

__all__ = ["Kinks", "settle_kinks", "skip_example"]

Kinks = Literal["subgradient", "skip", "error"]


def settle_kinks(c: Comparison) -> None:
    """At kinks a gradient must be a subgradient: between the slopes there are around.

    The slopes are those on the two sides, along each direction; where these do not contain the
    gradient also those at points nearby, as for the median of equal numbers.
    """
    status = c.found.status
    for column, u in enumerate(c.cotangents):
        outputs = np.flatnonzero(u)
        if len(outputs) != 1 or not np.any(c.no_derivative[:, outputs[0]]):
            continue
        j = outputs[0]
        if np.any((status[:, j] == "jump") | (status[:, j] == "boundary")):
            continue
        rows = np.flatnonzero(status[:, j] != "inconclusive")
        span = float(np.min(c.found.span[c.no_derivative[:, j], j]))
        low, high = np.sort(c.found.slopes[:, rows, j], axis=0)
        analytic, tolerance = c.analytic[rows, column], c.tolerance[rows, column]
        slack = tolerance + 1e-6 * (np.abs(low) + np.abs(high))
        outside = ~((low - slack <= analytic) & (analytic <= high + slack))
        for count in (32, 256):
            if not np.any(outside):
                break
            near = _neighbouring_slopes(
                c.problem, c.directions[rows[outside]], j, count, c.rng, span
            )
            low[outside] = np.fmin(low[outside], np.fmin.reduce(near))
            high[outside] = np.fmax(high[outside], np.fmax.reduce(near))
            slack = tolerance + 1e-3 * np.maximum(np.abs(low), np.abs(high))
            outside = ~((low - slack <= analytic) & (analytic <= high + slack))
        c.wrong[rows, column] = outside
        c.kinked[column] = True


def _neighbouring_slopes(
    problem: Problem,
    directions: Any,
    output: int,
    count: int,
    rng: np.random.Generator,
    span: float,
) -> Any:
    """Slopes of one output along each direction, at points close by: one point a row.

    Clarke's subdifferential is the convex hull of the gradients around a point. Opposite points
    are taken together, so that there are points on both sides of every kink. `span` is what the
    steps were in proportion to that found the kink.

    References
    ----------
    Clarke (1983), Optimization and Nonsmooth Analysis, section 2.5.
    """
    x = problem.vector
    distance = 1e-5 * (max(1.0, float(np.max(np.abs(x), initial=0.0))) if span >= 1 else span)
    half = distance * rng.uniform(-1, 1, (count // 2, len(x)))
    step = distance / 64
    slopes = np.empty((2 * len(half), len(directions)))
    with np.errstate(all="ignore"):
        for k, shift in enumerate(np.concatenate([half, -half])):
            for row, v in enumerate(directions):
                ends = x + shift + step * v, x + shift - step * v
                above, below = (evaluate(problem.stepped, end, output + 1) for end in ends)
                slopes[k, row] = (above[output] - below[output]) / (2 * step)
    return slopes


def skip_example() -> None:
    """Under Hypothesis, give this example up, as ``assume(False)`` does."""
    hypothesis = sys.modules.get("hypothesis")
    if hypothesis is not None and hypothesis.currently_in_test_context():
        hypothesis.assume(False)
