"""Analytic and numerical derivatives, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.testing import report as errors
from tinygrad_edu.testing.numerical import NumericalDerivative, along
from tinygrad_edu.testing.problem import Problem
from tinygrad_edu.testing.report import Entry, GradientReport

__all__ = ["FEW", "Comparison"]

FEW = 24  # up to so many inputs or outputs, every single one is checked


@dataclass
class Comparison:
    """Analytic and numerical derivatives side by side: a row a direction, a column a cotangent."""

    problem: Problem
    directions: Any
    found: NumericalDerivative
    cotangents: Any
    gradients: Any  # one a row, for each cotangent
    precision: float  # the relative rounding error of the gradient's dtype

    def __post_init__(self) -> None:
        size, weights = np.abs(self.gradients), np.abs(self.cotangents)
        with np.errstate(all="ignore"):
            self.analytic = _product(self.directions, self.gradients)
            self.numerical = _product(self.found.value, self.cotangents)
            self.error = _product(self.found.error, weights)
            scale = _product(np.abs(self.directions), size)
            largest = np.max(size, axis=1, initial=0.0)
            rounding = 64 * self.precision * (scale + largest) if self.precision > 1e-10 else 0.0
            self.tolerance = 8 * self.error + 1e-8 * scale + 1e-10 + rounding
            self.nonsmooth = _product(self._nonsmooth(), weights) > 0
            finite = np.where(np.isfinite(self.analytic), np.abs(self.analytic), 0)
            self.doubtful = ~(self.error <= 1e-5 * finite + 1e-8) & ~self.nonsmooth
            self.apart = np.abs(self.analytic - self.numerical)
            self.wrong = ~(self.apart <= self.tolerance) & ~self.nonsmooth & ~self.doubtful
            self.wrong |= self._outside()

    def _nonsmooth(self) -> Any:
        """Where there is no derivative: by the status, or as slopes are not linear in direction."""
        status = self.found.status
        nonsmooth = (status != "smooth") & (status != "inconclusive")
        n = len(self.problem.vector)
        if 1 < n <= FEW:
            value, error = self.found.value, self.found.error
            gap = np.abs(np.sum(value[:n], axis=0) - value[n])
            allowed = 8 * np.sum(error[: n + 1], axis=0) + 1e-6 * np.sum(np.abs(value[:n]), axis=0)
            nonsmooth = nonsmooth | (gap > allowed + 1e-9)
        return nonsmooth

    def _outside(self) -> Any:
        """Where a kink's gradient is no subgradient: not between the slopes of the two sides."""
        if self.found.status.shape != self.analytic.shape:
            return np.zeros(self.analytic.shape, bool)
        low, high = np.sort(self.found.slopes, axis=0)
        slack = self.tolerance + 1e-6 * (np.abs(low) + np.abs(high))
        within = (low - slack <= self.analytic) & (self.analytic <= high + slack)
        return (self.found.status == "kink") & ~within

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

    def refuse_kinks(self) -> None:
        """Raise if there is a place without a derivative."""
        if np.any(self.nonsmooth):
            entry = self.entry(*map(int, np.argwhere(self.nonsmooth)[0]))
            raise errors.SmoothnessError(
                f"{self.problem.name} is not smooth here, in {entry.where}: check elsewhere, or "
                "allow subgradients with kinks='subgradient'"
            )

    def raise_worst(self, x: Any) -> None:
        """Raise if any entry is wrong, naming the worst; single inputs before combinations."""
        if not np.any(self.wrong):
            return
        single = np.count_nonzero(self.directions, axis=1) == 1
        rows = single if np.any(self.wrong[single]) else ~single
        places = [place for place in np.argwhere(self.wrong) if rows[place[0]]]
        with np.errstate(all="ignore"):
            excess = [
                np.nan_to_num(self.apart / self.tolerance, nan=np.inf)[tuple(p)] for p in places
            ]
        ordered = [places[k] for k in np.argsort(-np.array(excess), kind="stable")]
        if not single[ordered[0][0]] and len(x) > FEW:
            self._narrow(x, int(ordered[0][0]), int(ordered[0][1]))
        entries = tuple(self.entry(int(r), int(c)) for r, c in ordered)
        finite = all(np.isfinite(e.analytic) for e in entries)
        kind = "wrong" if finite else "not finite"
        others = [e.where for e in entries[1:6]]
        more = f", and {len(entries) - 6} more" if len(entries) > 6 else ""
        lines = [
            f"the gradient of {self.problem.name} is {kind} at {len(entries)} of "
            f"{int(np.sum(rows)) * len(self.cotangents)} entries checked. The worst:",
            f"  {entries[0]}",
        ]
        if others:
            lines.append(f"  also: {'; '.join(others)}{more}")
        lines += ["  at", *self._point()]
        message = "\n".join(lines)
        if finite:
            raise errors.MismatchError(message, entries)
        raise errors.NonfiniteError(message)

    def _point(self) -> list[str]:
        """The arguments, to be pasted."""
        values = [np.array2string(a, separator=", ", threshold=60) for a in self.problem.leaves]
        return [f"    {name} = {v}" for name, v in zip(self.problem.labels, values, strict=True)]

    def _narrow(self, x: Any, row: int, column: int) -> None:
        """Halve a wrong direction, following the larger difference, down to one coordinate."""
        u, gradient = self.cotangents[column], self.gradients[column]
        inputs = np.arange(len(x))
        while len(inputs) > 1:
            halves = np.array_split(inputs, 2)
            rows = np.zeros((2, len(x)))
            for v, half in zip(rows, halves, strict=True):
                v[half] = self.directions[row][half]
            slopes = along(self.problem, x, rows).value @ u
            inputs = halves[int(np.argmax(np.abs(slopes - rows @ gradient)))]
        v = np.zeros((1, len(x)))
        v[0, inputs] = 1
        found = along(self.problem, x, v)
        self.directions[row] = v
        self.analytic[row, column] = gradient[inputs[0]]
        self.numerical[row, column], self.error[row, column] = (
            found.value[0] @ u,
            found.error[0] @ abs(u),
        )

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


def _product(rows: Any, columns: Any) -> Any:
    """``rows @ columns.T``, in which a weight of 0 takes no part, whatever it weighs."""
    if np.all(np.isfinite(rows)) and np.all(np.isfinite(columns)):
        return rows @ columns.T
    terms = rows[:, None, :] * columns[None, :, :]
    return np.sum(np.where((rows[:, None, :] == 0) | (columns[None] == 0), 0, terms), axis=-1)
