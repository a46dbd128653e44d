"""The slopes around a kink, which a subgradient lies between; and what to do about kinks."""

from __future__ import annotations

import sys
from typing import Any, Literal

import numpy as np

from tinygrad_edu.testing.numerical import evaluate
from tinygrad_edu.testing.problem import Problem

__all__ = ["Kinks", "neighbouring_slopes", "skip_example"]

Kinks = Literal["subgradient", "skip", "error"]


def neighbouring_slopes(
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
