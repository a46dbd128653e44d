"""Analytic and numerical derivatives, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.testing.numerical import Differences, settled
from tinygrad_edu.testing.problem import Problem
from tinygrad_edu.testing.report import Entry, GradientReport
from tinygrad_edu.testing.watched import Watched, product

__all__ = ["FEW", "Comparison", "tolerance"]

FEW = 24  # up to so many inputs or outputs, every single one is checked


def tolerance(error: Any, scale: Any) -> Any:
    """How far apart two derivatives may be: what is measured, and what multiplying rounds.

    No absolute term: physical constants, and losses of well trained networks, have gradients of
    1e-12 and less.
    """
    return 8 * error + 1e-8 * scale


class Comparison:
    """Analytic and numerical derivatives side by side: a row a direction, a column a cotangent."""

    def __init__(
        self,
        problem: Problem,
        directions: Any,
        found: Differences,
        derivative: Watched,
        rng: np.random.Generator,
    ) -> None:
        self.problem, self.directions, self.found = problem, directions, found
        self.derivative, self.rng = derivative, rng
        self.coarse = derivative.precision > 1e-10  # single or half precision is at work
        self.no_derivative = self._no_derivative()
        self.cotangents = self._cotangents()
        self.weights = weights = np.abs(self.cotangents)
        self.by_rule = by_rule = derivative.analytic(directions, self.cotangents)
        with np.errstate(all="ignore"):
            self.analytic = by_rule.value
            self.numerical = product(found.value, self.cotangents)
            self.error = product(found.error, weights)
            self.tolerance = tolerance(self.error, by_rule.scale)
            if self.coarse:
                largest = np.where(np.isfinite(by_rule.largest), by_rule.largest, 0)
                self.tolerance += self._rounding(by_rule.scale + largest)
                self.tolerance += 8 * derivative.smallest
            self.nonsmooth = product(self.no_derivative, weights) > 0
            # Where terms cancel, their sum is as exact as they are.
            terms = np.where(np.isfinite(by_rule.scale), by_rule.scale, 0)
            self.change = product(found.change, weights) + terms
            self.doubtful = ~settled(self.numerical, self.analytic, self.error, self.change)
            self.doubtful &= ~self.nonsmooth
            self.doubtful |= ~(np.abs(self.numerical) <= derivative.limit) & ~self.nonsmooth
            self.implied = self._implied()
            self.doubtful &= ~self.implied
            self.nonsmooth &= ~self.implied
            self.apart = np.abs(self.analytic - self.numerical)
            self.judge()
            self.kinked = np.zeros(len(self.cotangents), bool)

    def _no_derivative(self) -> Any:
        """Where there is none: by the status, or as the slopes are not linear in the direction."""
        status, value, error = self.found.status, self.found.value, self.found.error
        nowhere = (status != "smooth") & (status != "inconclusive")
        n = len(self.problem.vector)
        if n < 2:
            return nowhere
        parts, whole = (slice(n), n) if n <= FEW else (slice(-3, -1), len(value) - 1)
        share = self.directions[whole][None] if n <= FEW else np.ones((1, 2))  # of each part
        with np.errstate(all="ignore"):
            size = product(np.abs(share), np.abs(value[parts].T))[0]
            gap = np.abs(product(share, value[parts].T)[0] - value[whole])
            allowed = 8 * (product(np.abs(share), error[parts].T)[0] + error[whole]) + 1e-6 * size
            return nowhere | (gap > allowed)

    def _implied(self) -> Any:
        """What is open of a combination of inputs, where each of them by itself is settled."""
        n = len(self.problem.vector)
        implied = np.zeros(self.doubtful.shape, bool)
        if 1 < n <= FEW:
            kinks = product(self.found.status[n:] == "kink", self.weights) > 0
            parts = ~np.any(self.doubtful[:n] | self.nonsmooth[:n], axis=0)
            implied[n:] = parts & ~kinks & (self.doubtful[n:] | self.nonsmooth[n:])
        return implied

    def _cotangents(self) -> Any:
        """Every output by itself, or random combinations of many smooth ones, and a few others.

        Only outputs of like size are combined: among large ones nobody would see the small.
        """
        m = self.no_derivative.shape[1]
        if m <= FEW:
            return np.eye(m)
        bad = np.any(self.no_derivative, axis=0)
        some = np.flatnonzero(bad)[:3]
        single = np.zeros((len(some), m))
        single[range(len(some)), some] = 1
        random = np.where(bad, 0, self.rng.standard_normal((3, m)))
        alike = [np.where(group, random, 0) for group in self._alike(self.found.value)]
        return np.concatenate([*alike, single])

    @staticmethod
    def _alike(values: Any) -> Any:
        """The columns, in groups of like size: six powers of ten each, if they need so many."""
        size = np.max(np.where(np.isfinite(values), np.abs(values), 0), axis=0)
        with np.errstate(all="ignore"):
            power = np.log10(size)
            group = np.floor((np.max(power) - power) / 6)
        group = np.where(np.isfinite(group), group, 0)  # what doesn't vary joins the largest
        return group == np.unique(group)[:, None]

    @property
    def counted(self) -> Any:
        """Which entries are judged."""
        return ~(self.nonsmooth | self.doubtful | self.implied)

    def judge(self) -> None:
        """What is further apart than it may be is wrong."""
        self.wrong = ~(self.apart <= self.tolerance) & self.counted

    def _rounding(self, size: Any) -> Any:
        """What arithmetic in single or half precision does to a gradient, whatever the function.

        Derivatives are computed from values, and a value f is uncertain by eps |f|: a sigmoid that
        is almost 1 leaves of 1 - f little else.
        """
        x, span = np.abs(self.problem.vector), self.found.span
        value = np.abs(self.problem(self.problem.vector))
        value = np.where(np.isfinite(value), value, 0)
        per_step = np.zeros(span.shape)
        for each in np.unique(span):
            here = np.abs(self.directions) @ (1 / np.maximum(each, x))
            per_step += np.where(span == each, here[:, None], 0)
        return 64 * self.derivative.precision * (size + product(per_step * value, self.weights))

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
        counted = self.counted
        worst = None
        if np.any(counted):
            with np.errstate(all="ignore"):
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
