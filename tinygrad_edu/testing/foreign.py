"""Derivatives that are plain functions of arrays, such as a backward pass written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.kit.pytree import flatten, unflatten
from tinygrad_edu.testing import report as errors
from tinygrad_edu.testing.problem import Problem
from tinygrad_edu.testing.watched import Alias, Analytic, Slot, Watched, product

__all__ = ["ForeignPullback", "Pushforward"]


class _Foreign(Watched):
    """What both have in common: the arguments that are handed over, and the result of f."""

    def __init__(self, problem: Problem, function: Callable[..., Any], alias: Alias) -> None:
        self.function = function
        self.leaves = [leaf.copy() for leaf in problem.leaves]
        self.args = problem.arguments([leaf[()] if not leaf.ndim else leaf for leaf in self.leaves])
        with np.errstate(all="ignore"):
            self.out = problem.f(*problem.arguments([leaf.copy()[()] for leaf in problem.leaves]))
        problem(problem.vector)  # for the shape of the output
        leaves = [
            Slot(label, leaf.shape, leaf.dtype)
            for label, leaf in zip(problem.labels, problem.leaves, strict=True)
        ]
        outputs = [np.asarray(each) for each in flatten(self.out)]
        values = [Slot("", each.shape, _varying(each.dtype)) for each in outputs]
        super().__init__(problem, *self._ends(leaves, values), alias)

    def _ends(self, leaves: list[Slot], values: list[Slot]) -> tuple[list[Slot], list[Slot]]:
        """What goes in and what comes out."""
        raise NotImplementedError

    def at(self, problem: Problem) -> _Foreign:
        """The same function at the point of `problem`."""
        return type(self)(problem, self.function, self.alias)

    def arguments(self) -> list[Any]:
        """The arrays that the function gets."""
        return self.leaves


class ForeignPullback(_Foreign):
    """From cotangents to gradients, by ``vjp(g, *args)``."""

    def _ends(self, leaves: list[Slot], values: list[Slot]) -> tuple[list[Slot], list[Slot]]:
        return values, leaves

    def apply(self, given: list[Any]) -> Sequence[Any]:
        """The gradients that the function gives, in any form that is plain."""
        problem = self.problem
        found = self.function(unflatten(self.out, given), *self.args)
        count = len(problem.places)
        if isinstance(found, tuple) and len(found) == len(problem.args) != count:
            found = tuple(found[place] for place in problem.places)
        if not isinstance(found, tuple):
            found = (found,)
        if len(found) != count:
            raise errors.ShapeError(
                f"the backward pass of {problem.name} gives {len(found)} gradients, and {count} "
                "arguments vary: return a tuple with one for each"
            )
        filled = [
            unflatten(tree, [None] * len(flatten(tree))) if part is None else part
            for part, tree in zip(found, problem.trees, strict=True)
        ]
        parts = [part for each in filled for part in _parts(each)]
        if len(parts) != len(self.leaves):
            raise errors.ShapeError(
                f"the backward pass of {problem.name} gives gradients for {len(parts)} arrays, and "
                f"there are {len(self.leaves)}: give each argument's in the structure it has"
            )
        return [_array(part, leaf) for part, leaf in zip(parts, self.leaves, strict=True)]


class Pushforward(_Foreign):
    """From tangents of the arguments to the tangent of the result, by ``jvp(v, *args)``."""

    kind, given, result = "forward pass", "tangent", "tangent"

    def _ends(self, leaves: list[Slot], values: list[Slot]) -> tuple[list[Slot], list[Slot]]:
        return leaves, values

    def apply(self, given: list[Any]) -> Sequence[Any]:
        """The tangents of the results."""
        tangents = unflatten(self.problem.trees, [g[()] if not g.ndim else g for g in given])
        v = tuple(tangents) if len(tangents) > 1 else tangents[0]
        parts = flatten(self.function(v, *self.args))
        if len(parts) != len(self.outputs):
            raise errors.ShapeError(
                f"the forward pass of {self.problem.name} gives {len(parts)} tangents, and "
                f"the function {len(self.outputs)} results"
            )
        return [
            _array(part, np.zeros(slot.shape, slot.dtype))
            for part, slot in zip(parts, self.outputs, strict=True)
        ]

    def analytic(self, directions: Any, cotangents: Any) -> Analytic:
        """``<cotangent, J direction>`` for each direction and cotangent."""
        tangents = self.matrix(directions)
        value = product(tangents, cotangents)
        scale = product(np.abs(tangents), np.abs(cotangents))
        largest = np.max(scale, axis=0, initial=0.0)
        return Analytic(value, scale, largest, np.zeros(value.shape))  # no gradient is at hand


def _parts(tree: Any) -> list[Any]:
    """The leaves of `tree`, in which None stands for a gradient that is 0."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list | tuple):
        return [part for branch in tree for part in _parts(branch)]
    return [None] if tree is None else flatten(tree)


def _array(part: Any, like: Any) -> Any:
    """A result as an array: no gradient is 0, and a plain number has no dtype of its own."""
    if part is None:
        return np.zeros_like(like)
    kinds = int | float | complex if like.dtype.kind == "c" else int | float
    return np.asarray(part, like.dtype) if isinstance(part, kinds) else np.asarray(part)


def _varying(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return dtype if dtype.kind in "fc" else np.dtype(np.float64)
