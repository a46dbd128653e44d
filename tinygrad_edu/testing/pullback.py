"""The backward pass of a recorded computation, under test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.testing import report as errors
from tinygrad_edu.testing.coordinates import to_reals
from tinygrad_edu.testing.problem import Problem
from tinygrad_edu.testing.watched import Slot, Watched

__all__ = ["Pullback", "check_value"]


class Pullback(Watched):
    """From cotangents to gradients, by the backward pass of what `problem` records."""

    def __init__(self, problem: Problem) -> None:
        with np.errstate(all="ignore"):
            self.variables, self.out = problem.record()
            self._check_agreement(problem)
        slots = [
            Slot(label, leaf.shape, leaf.dtype)
            for label, leaf in zip(problem.labels, problem.leaves, strict=True)
        ]
        shape = np.shape(self.out)
        dtype = self.out.dtype if isinstance(self.out, Tensor) else np.dtype(np.float64)
        super().__init__(problem, [Slot("", shape, dtype)], slots)

    def at(self, problem: Problem) -> Pullback:
        """What `problem` records."""
        return Pullback(problem)

    def arguments(self) -> list[Any]:
        """The arrays of the leaves of the graph."""
        return [variable.data for variable in self.variables]

    def apply(self, given: list[Any]) -> Sequence[Any]:
        """The gradients of ``<f, cotangent>`` in each varying array."""
        leaves = self.problem.leaves
        if not isinstance(self.out, Tensor):  # a constant
            return [np.zeros_like(leaf) for leaf in leaves]
        for variable in self.variables:
            variable.grad = None
        self.out.backward(given[0])
        return [
            np.zeros_like(leaf) if variable.grad is None else variable.grad
            for variable, leaf in zip(self.variables, leaves, strict=True)
        ]

    def _check_agreement(self, problem: Problem) -> None:
        """f computes the same on Tensors as on arrays."""
        on_arrays = problem(problem.vector)
        on_tensors = to_reals([_values(self.out)])
        if on_arrays.shape != on_tensors.shape:
            raise errors.ShapeError(
                f"{problem.name} gives shape {np.shape(self.out)} on Tensors, "
                f"and {problem.output_shape} on arrays"
            )
        dtypes = [a.dtype for a in (*self.variables, self.out) if isinstance(a, Tensor)]
        coarsest = min(map(np.finfo, dtypes), key=lambda info: info.bits)
        finite = np.abs(on_arrays) <= float(coarsest.max)
        eps, apart = float(coarsest.eps), np.abs(on_arrays - on_tensors)
        allowed = 1e6 * eps * np.abs(on_arrays) + float(coarsest.tiny)
        if np.any((apart > allowed)[finite]):
            allowed += _rounding(problem, on_arrays, eps)
        if np.any((apart > allowed)[finite]):
            raise errors.MismatchError(
                f"{problem.name} gives {on_tensors} on Tensors, and {on_arrays} on arrays"
            )


def check_value(problem: Problem) -> None:
    """f changes no argument, and gives the same each time."""
    x = problem.vector
    with np.errstate(all="ignore"):
        leaves = problem.split(x.copy())
        first = np.array(_values(problem.call(leaves)))
        for label, leaf, original in zip(problem.labels, leaves, problem.split(x), strict=True):
            if not np.array_equal(leaf, original, equal_nan=True):
                raise errors.MutationError(f"{problem.name} changes its argument {label}")
        if not np.array_equal(to_reals([first]), problem(x), equal_nan=True):
            raise errors.NondeterminismError(
                f"{problem.name} gives another value each time; fix its random seed"
            )


def _rounding(problem: Problem, value: Any, eps: float) -> Any:
    """What rounding may do to values: as much as moving the arguments by 64 units does, or so."""
    x = problem.vector
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (3, len(x)))
    moved = [np.abs(problem(x * (1 + 64 * eps * s)) - value) for s in signs]
    return 8 * np.max(np.nan_to_num(moved, posinf=0.0), axis=0)


def _values(out: Any) -> Any:
    return out.data if isinstance(out, Tensor) else out
