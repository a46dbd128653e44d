"""Gradients against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from tinygrad_edu.pytree import flatten
from tinygrad_edu.tensor import Tensor
from tinygrad_edu.testing import report as errors
from tinygrad_edu.testing.numerical import NumericalDerivative, along
from tinygrad_edu.testing.problem import Problem
from tinygrad_edu.testing.pullback import Pullback
from tinygrad_edu.testing.report import Entry, GradientReport

__all__ = ["check_gradients"]

_ALL = 24  # up to so many inputs or outputs, every single one is checked


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
    comparison = _Comparison(
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
    if n <= _ALL:
        return np.eye(n) if n < 2 else np.concatenate([np.eye(n), np.ones((1, n)), random])
    extremes = {0, n - 1, int(np.argmax(x)), int(np.argmin(x)), *rng.integers(0, n, 4).tolist()}
    some = np.zeros((len(extremes), n))
    some[range(len(extremes)), sorted(extremes)] = 1
    return np.concatenate([some, random])


def _cotangents(numerical: NumericalDerivative, rng: np.random.Generator) -> Any:
    """Every output by itself, or random combinations of many smooth ones. One a row."""
    m = numerical.value.shape[1]
    if m <= _ALL:
        return np.eye(m)
    smooth = np.all(numerical.status == "smooth", axis=0)
    return np.where(smooth, rng.standard_normal((3, m)), 0)


@dataclass
class _Comparison:
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
            self.doubtful = ~(self.error <= 1e-5 * np.abs(self.analytic) + 1e-8) & ~self.nonsmooth
            self.apart = np.abs(self.analytic - self.numerical)
            self.wrong = ~(self.apart <= self.tolerance) & ~self.nonsmooth & ~self.doubtful
            self.wrong |= self._outside()

    def _nonsmooth(self) -> Any:
        """Where there is no derivative: by the status, or as slopes are not linear in direction."""
        status = self.found.status
        nonsmooth = (status != "smooth") & (status != "inconclusive")
        n = len(self.problem.vector)
        if 1 < n <= _ALL:
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
        within = (low - self.tolerance <= self.analytic) & (self.analytic <= high + self.tolerance)
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
        if not single[ordered[0][0]] and len(x) > _ALL:
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
    """``rows @ columns.T``, in which nothing meets what is not finite unless its weight is not 0."""
    if np.all(np.isfinite(rows)) and np.all(np.isfinite(columns)):
        return rows @ columns.T
    terms = rows[:, None, :] * columns[None, :, :]
    return np.sum(np.where((rows[:, None, :] == 0) | (columns[None] == 0), 0, terms), axis=-1)
