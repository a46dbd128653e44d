"""A backward or forward pass under test, and what must hold of it whatever the derivative is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from tinygrad_edu.testing import report as errors
from tinygrad_edu.testing.coordinates import count, from_reals, to_reals
from tinygrad_edu.testing.problem import Problem

__all__ = ["Alias", "Analytic", "Slot", "Watched", "close_by", "product"]

Alias = Literal["error", "allow"]


class Slot(NamedTuple):
    """What one array that goes in, or comes out, has to look like."""

    label: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Analytic(NamedTuple):
    """Derivatives by the rule: a row a direction, a column a cotangent."""

    value: Any
    scale: Any  #: the sum of the absolute terms of each value: what rounding is in proportion to
    largest: Any  #: the largest derivative in each column
    beside: Any  #: what a derivative stands beside: the largest of its column, in its own units


class Watched:
    """A linear map at one point: cotangents to gradients, or tangents to tangents.

    A subclass says what goes in and comes out, and has `apply`.
    """

    kind = "backward pass"  # what the messages call it
    given, result = "cotangent", "gradient"  # what goes in and comes out, in the messages

    def __init__(
        self, problem: Problem, inputs: list[Slot], outputs: list[Slot], alias: Alias = "error"
    ) -> None:
        self.problem, self.inputs, self.outputs, self.alias = problem, inputs, outputs, alias
        floats = [s.dtype for s in (*inputs, *outputs) if s.dtype.kind in "fc"]
        self.precision = max((float(np.finfo(d).eps) for d in floats), default=2.0**-52)
        self.smallest = max((_smallest(d) for d in floats), default=_smallest(np.float64))
        self.limit = min((float(np.finfo(d).max) for d in floats), default=np.inf)

    def apply(self, given: list[Any]) -> Sequence[Any]:
        """What comes out for the arrays `given`."""
        raise NotImplementedError

    def at(self, problem: Problem) -> Watched:
        """The same, at the point of another problem."""
        raise NotImplementedError

    def moved(self, vector: Any) -> Watched | None:
        """The same at a point close by; None where the function refuses that, or is another."""
        try:
            return self.at(self.problem.moved(vector))
        except (ArithmeticError, ValueError, errors.GradientError):
            return None

    def arguments(self) -> list[Any]:
        """The varying arrays as the map sees them: they must stay as they are."""
        raise NotImplementedError

    def __call__(self, vector: Any) -> list[Any]:
        """What comes out for a vector that holds all that goes in, checked for its form."""
        given = [
            array.astype(slot.dtype)
            for array, slot in zip(from_reals(vector, self.inputs), self.inputs, strict=True)
        ]
        before = [g.copy() for g in given]
        with np.errstate(all="ignore"):
            found = [np.asarray(each) for each in self.apply(given)]
        if not all(map(_same, given, before)):
            raise errors.MutationError(f"the {self._title} changes its {self.given}")
        for label, argument, leaf in zip(
            self.problem.labels, self.arguments(), self.problem.leaves, strict=True
        ):
            if not _same(argument, leaf):
                raise errors.MutationError(f"the {self._title} changes {label}")
        for k, (slot, array) in enumerate(zip(self.outputs, found, strict=True)):
            self._check_form(slot, array)
            others = [*given, *self.arguments(), *found[:k]]
            if self.alias == "error" and any(np.shares_memory(array, o) for o in others):
                raise errors.AliasError(
                    f"the {self._named(slot)} shares its memory with an argument, the "
                    f"{self.given} or another {self.result}: a change to one changes both. Return "
                    "a copy"
                )
        return found

    def vector(self, given: Any) -> Any:
        """The same, as one vector of float64."""
        return to_reals(self(given))

    def matrix(self, rows: Any) -> Any:
        """What comes out for several vectors, one a row."""
        size = sum(map(count, self.outputs))
        return np.array([self.vector(row) for row in rows]).reshape(len(rows), size)

    def analytic(self, directions: Any, cotangents: Any) -> Analytic:
        """``<cotangent, J direction>`` for each direction and cotangent."""
        gradients = self.matrix(cotangents)
        sizes = np.abs(gradients)
        largest = np.max(sizes, axis=1, initial=0.0)
        return Analytic(
            product(directions, gradients),
            product(np.abs(directions), sizes),
            largest,
            self._beside(directions, sizes, largest),
        )

    def _beside(self, directions: Any, sizes: Any, largest: Any) -> Any:
        """How large the other derivatives of the same result are, as this one's argument counts.

        An argument of 1e-12 has a derivative that is 1e15 times that of an argument of 1e3: in
        proportion to these, neither is drowned by the other.
        """
        x = np.abs(self.problem.vector)
        moved = np.max(np.where(directions != 0, x, 0), axis=1, initial=0.0)[:, None]
        with np.errstate(all="ignore"):
            effect = np.max(sizes * x, axis=1, initial=0.0) / moved
            longest = np.max(np.abs(directions), axis=1, initial=0.0)[:, None]
            beside = np.fmin(effect, largest) * longest
        return np.where(np.isfinite(beside), beside, 0)

    @property
    def _title(self) -> str:
        return f"{self.kind} of {self.problem.name}"

    def _named(self, slot: Slot) -> str:
        return f"{self.result} of {self.problem.name}" + f" in {slot.label}" * bool(slot.label)

    def _check_form(self, slot: Slot, array: Any) -> None:
        """The shape and the dtype."""
        label = slot.label or "the output"
        if array.shape != slot.shape:
            raise errors.ShapeError(
                f"the {self._named(slot)} has shape {array.shape}, and {label} has {slot.shape}"
                + _unsummed(array.shape, slot.shape, label)
            )
        if array.dtype != slot.dtype and slot.dtype.kind in "fc":
            raise errors.DtypeError(
                f"the {self._named(slot)} has dtype {array.dtype}, and {label} has {slot.dtype}"
            )

    def check_linear(self, rng: np.random.Generator) -> None:
        """Twice one vector minus three times another gives just that; none gives none."""
        one, two = rng.standard_normal((2, sum(map(count, self.inputs))))
        of_one, of_two, of_both = map(self.vector, (one, two, 2 * one - 3 * two))
        if not _same(of_one, self.vector(one)):
            raise errors.NondeterminismError(
                f"the {self._title} gives another {self.result} each time"
            )
        finite = np.isfinite([*of_one, *of_two])
        size = np.max(np.abs([*of_one, *of_two]), initial=0.0, where=finite)
        with np.errstate(all="ignore"):
            apart = np.abs(of_both - (2 * of_one - 3 * of_two))
            bent = apart > 1e6 * self.precision * (np.abs(of_one) + np.abs(of_two))
            bent &= apart > np.maximum(64 * self.smallest, 64 * self.precision * size)
            if np.any(bent):  # of what is nothing but rounding, sums are not exact; doubles are
                doubled = self.vector(-2 * one) == -2 * of_one
                bent &= ~(doubled & self._is_rounding([one, two], [of_one, of_two], rng))
        at_zero = self.vector(0 * one)
        if np.any(bent) or np.any(at_zero[np.isfinite(at_zero)]):
            ignored = bool(size > 0) and _same(of_one, of_two)
            raise errors.NonlinearError(
                f"the {self._title} is not linear in the {self.given}: of g1 it gives "
                f"{_short(of_one)}, of g2 {_short(of_two)}, of 2 g1 - 3 g2 {_short(of_both)}, of 0 "
                f"{_short(at_zero)}"
                + (f"\n  diagnosis: it does not depend on the {self.given} at all; multiply by it")
                * ignored
            )

    def _is_rounding(self, given: Any, found: Any, rng: np.random.Generator) -> Any:
        """Where next to nothing of what comes out is the same at points close by."""
        moved = np.zeros(np.shape(found))
        for _ in range(3):
            there = self.moved(close_by(self.problem.vector, 2.0**-16, rng))
            if there is not None:
                moved = np.fmax(moved, np.abs(there.matrix(given) - found))
        return np.sum(moved, axis=0) >= 0.1 * np.sum(np.abs(found), axis=0)


def close_by(x: Any, share: float, rng: np.random.Generator) -> Any:
    """Numbers, each moved by such a share of itself or so."""
    moves = rng.choice([-1.0, 1.0], len(x)) * rng.uniform(0.5, 1.5, len(x))
    return x * (1 + share * moves)


def product(rows: Any, columns: Any) -> Any:
    """``rows @ columns.T``, in which a weight of 0 takes no part, whatever it weighs."""
    with np.errstate(all="ignore"):
        if np.all(np.isfinite(rows)) and np.all(np.isfinite(columns)):
            return rows @ columns.T
        terms = rows[:, None, :] * columns[None, :, :]
        absent = (rows[:, None, :] == 0) | (columns[None] == 0)
        return np.sum(np.where(absent, 0, terms), axis=-1)


def _smallest(dtype: Any) -> float:
    """The smallest number, which numbers that are smaller than the normal ones are multiples of."""
    return float(np.finfo(dtype).smallest_subnormal)


def _same(one: Any, other: Any) -> bool:
    return np.array_equal(one, other, equal_nan=np.asarray(one).dtype.kind in "fc")


def _short(vector: Any) -> str:
    return np.array2string(vector, threshold=8, edgeitems=3, precision=6).replace("\n", "")


def _unsummed(found: tuple[int, ...], expected: tuple[int, ...], label: str) -> str:
    """The diagnosis of a gradient that has the shape of what the argument was broadcast to."""
    try:
        if len(found) < len(expected) or np.broadcast_shapes(found, expected) != found:
            return ""
    except ValueError:
        return ""
    extra = len(found) - len(expected)
    stretched = [
        axis
        for axis, length in enumerate(found)
        if axis < extra or (length != 1 and expected[axis - extra] == 1)
    ]
    axes = stretched[0] if len(stretched) == 1 else tuple(stretched)
    return f"\n  diagnosis: {label} was broadcast: sum its gradient over axis {axes} of {found}"
