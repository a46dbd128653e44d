"""Analytic and numerical derivatives, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.testing.kinks import neighbouring_slopes
from tinygrad_edu.testing.numerical import NumericalDerivative, along
from tinygrad_edu.testing.problem import Problem
from tinygrad_edu.testing.report import Entry, GradientReport
from tinygrad_edu.testing.watched import Watched, product

__all__ = ["FEW", "Comparison"]

FEW = 24  # up to so many inputs or outputs, every single one is checked


class Comparison:
    """Analytic and numerical derivatives side by side: a row a direction, a column a cotangent."""

    def __init__(
        self,
        problem: Problem,
        directions: Any,
        found: NumericalDerivative,
        derivative: Watched,
        rng: np.random.Generator,
    ) -> None:
        self.problem, self.directions, self.found = problem, directions, found
        self.derivative, self.rng = derivative, rng
        self.no_derivative = self._no_derivative()
        self.cotangents = self._cotangents()
        by_rule = derivative.analytic(directions, self.cotangents)
        weights = np.abs(self.cotangents)
        with np.errstate(all="ignore"):
            self.analytic = by_rule.value
            self.numerical = product(found.value, self.cotangents)
            self.error = product(found.error, weights)
            self.tolerance = 8 * self.error + 1e-8 * by_rule.scale + 1e-10
            if derivative.precision > 1e-10:
                largest = by_rule.largest[np.isfinite(by_rule.largest)]
                self.tolerance += self._rounding(
                    by_rule.scale + np.max(largest, initial=0.0), weights
                )
            self.nonsmooth = product(self.no_derivative, weights) > 0
            # By the numerical derivative, not by the rule's: one that is 0 would excuse itself.
            finite = np.where(np.isfinite(self.numerical), np.abs(self.numerical), 0)
            self.doubtful = ~(self.error <= 1e-5 * finite + 1e-8) & ~self.nonsmooth
            self.doubtful |= ~(np.abs(self.numerical) <= derivative.limit) & ~self.nonsmooth
            self.apart = np.abs(self.analytic - self.numerical)
            self.wrong = self._wrong()
            self.kinked = np.zeros(len(self.cotangents), bool)
            if derivative.precision > 1e-10 and np.any(self.wrong):
                self.tolerance += self._sensitivity(weights)
                self.wrong = self._wrong()

    def _no_derivative(self) -> Any:
        """Where there is none: by the status, or as the slopes are not linear in the direction."""
        status, value, error = self.found.status, self.found.value, self.found.error
        nowhere = (status != "smooth") & (status != "inconclusive")
        n = len(self.problem.vector)
        if n < 2:
            return nowhere
        parts, whole = (slice(n), n) if n <= FEW else (slice(-3, -1), len(value) - 1)
        with np.errstate(all="ignore"):
            size = np.sum(np.abs(value[parts]), axis=0)
            gap = np.abs(np.sum(value[parts], axis=0) - value[whole])
            allowed = 8 * (np.sum(error[parts], axis=0) + error[whole]) + 1e-6 * size
            return nowhere | (gap > allowed + 1e-9)

    def _cotangents(self) -> Any:
        """Every output by itself, or random combinations of many smooth ones, and a few others."""
        m = self.no_derivative.shape[1]
        if m <= FEW:
            return np.eye(m)
        bad = np.any(self.no_derivative, axis=0)
        some = np.flatnonzero(bad)[:3]
        single = np.zeros((len(some), m))
        single[range(len(some)), some] = 1
        return np.concatenate([np.where(bad, 0, self.rng.standard_normal((3, m))), single])

    def _wrong(self) -> Any:
        return ~(self.apart <= self.tolerance) & ~self.nonsmooth & ~self.doubtful

    def _rounding(self, size: Any, weights: Any) -> Any:
        """What arithmetic in single or half precision does to a gradient, whatever the function.

        Derivatives are computed from values, and a value f is uncertain by eps |f|: a sigmoid that
        is almost 1 leaves of 1 - f little else.
        """
        x = self.problem.vector
        value = np.abs(self.problem(x))
        value = np.where(np.isfinite(value), value, 0)
        per_step = np.abs(self.directions) @ (1 / np.maximum(1, np.abs(x)))
        return 64 * self.derivative.precision * (size + per_step[:, None] * (weights @ value))

    def _sensitivity(self, weights: Any) -> Any:
        """How far the derivatives move when rounding moves the arguments, by 32 units or so."""
        x = self.problem.vector
        moved = np.zeros(self.found.value.shape)
        for _ in range(2):
            signs = self.rng.choice([-1.0, 1.0], len(x))
            there = along(
                self.problem.stepped,
                x * (1 + 32 * self.derivative.precision * signs),
                self.directions,
            )
            change = np.abs(there.value - self.found.value) + there.error
            moved = np.maximum(moved, np.where(np.isfinite(change), change, 0))
        return 2 * product(moved, weights)

    def settle_kinks(self) -> None:
        """At kinks a gradient must be a subgradient: between the slopes there are around.

        The slopes are those on the two sides, along each direction; where these do not contain the
        gradient also those at points nearby, as for the median of equal numbers.
        """
        status = self.found.status
        for column, u in enumerate(self.cotangents):
            outputs = np.flatnonzero(u)
            if len(outputs) != 1 or not np.any(self.no_derivative[:, outputs[0]]):
                continue
            j = outputs[0]
            if np.any((status[:, j] == "jump") | (status[:, j] == "boundary")):
                continue
            rows = np.flatnonzero(status[:, j] != "inconclusive")
            low, high = np.sort(self.found.slopes[:, rows, j], axis=0)
            analytic, tolerance = self.analytic[rows, column], self.tolerance[rows, column]
            slack = tolerance + 1e-6 * (np.abs(low) + np.abs(high))
            outside = ~((low - slack <= analytic) & (analytic <= high + slack))
            for count in (32, 256):
                if not np.any(outside):
                    break
                near = neighbouring_slopes(
                    self.problem, self.directions[rows[outside]], j, count, self.rng
                )
                low[outside] = np.fmin(low[outside], np.fmin.reduce(near))
                high[outside] = np.fmax(high[outside], np.fmax.reduce(near))
                slack = tolerance + 1e-3 * np.maximum(np.abs(low), np.abs(high))
                outside = ~((low - slack <= analytic) & (analytic <= high + slack))
            self.wrong[rows, column] = outside
            self.kinked[column] = True

    def entry(self, row: int, column: int) -> Entry:
        """The comparison at one place."""
        v, u = self.directions[row], self.cotangents[column]
        single = np.flatnonzero(v).size == 1
        where = self.problem.coordinate(int(np.argmax(v))) if single else "a combination of inputs"
        if np.flatnonzero(u).size == 1:
            where += self.problem.output(int(np.argmax(u)))
        else:
            where += " of a random combination of the outputs"
        place = row, column
        numbers = (self.analytic, self.numerical, self.error, self.tolerance)
        return Entry(where, *(float(number[place]) for number in numbers))

    def report(self, order: int) -> GradientReport:
        """What was checked, all of it having been found right."""
        problem = self.problem
        counted = ~self.nonsmooth & ~self.doubtful
        worst = None
        if np.any(counted):
            nearness = np.where(counted, self.apart / self.tolerance, -1)
            worst = self.entry(*map(int, np.unravel_index(np.argmax(nearness), nearness.shape)))
        return GradientReport(
            problem.name,
            order,
            tuple(
                f"{n} {a.shape} {a.dtype}"
                for n, a in zip(problem.labels, problem.leaves, strict=True)
            ),
            problem.output_shape,
            int(np.sum(counted)),
            int(np.sum(self.nonsmooth)),
            int(np.sum(self.doubtful)),
            worst,
        )
