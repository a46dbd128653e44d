"""The backward pass under test, and what must hold of it whatever the derivative is."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.tensor import Tensor
from tinygrad_edu.testing import report as errors
from tinygrad_edu.testing.problem import Problem

__all__ = ["Pullback"]


class Pullback:
    """The map from cotangents to gradients at one point, watched while it runs."""

    def __init__(self, problem: Problem, x: Any, rng: np.random.Generator) -> None:
        self.problem = problem
        with np.errstate(all="ignore"):
            self._check_value(x)
            self.variables, self.out = problem.record()
            self.precision = max(
                [
                    np.finfo(a.dtype).eps
                    for a in (*self.variables, self.out)
                    if isinstance(a, Tensor)
                ]
            )
            self._check_agreement(x)
            self._check_linear(rng)

    def __call__(self, cotangent: Any) -> list[Any]:
        """The gradient of ``<f, cotangent>`` in each varying array."""
        if not isinstance(self.out, Tensor):  # a constant
            return [np.zeros_like(leaf) for leaf in self.problem.leaves]
        given = np.asarray(cotangent, self.out.dtype).reshape(self.out.shape)
        before = given.copy()
        for variable in self.variables:
            variable.grad = None
        with np.errstate(all="ignore"):
            self.out.backward(given)
        gradients = [
            np.zeros_like(leaf) if variable.grad is None else variable.grad
            for variable, leaf in zip(self.variables, self.problem.leaves, strict=True)
        ]
        self._check_form(gradients, given, before)
        return gradients

    def vector(self, cotangent: Any) -> Any:
        """The same, as one vector of float64."""
        parts = [np.ravel(g).astype(np.float64) for g in self(cotangent)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def matrix(self, cotangents: Any) -> Any:
        """The gradients for several cotangents, one a row."""
        rows = [self.vector(cotangent) for cotangent in cotangents]
        return np.array(rows).reshape(len(cotangents), self.problem.size)

    def _check_value(self, x: Any) -> None:
        """f changes no argument, and gives the same each time."""
        leaves = self.problem.split(x.copy())
        first = np.array(_values(self.problem.call(leaves)))
        for label, leaf, original in zip(
            self.problem.labels, leaves, self.problem.split(x), strict=True
        ):
            if not np.array_equal(leaf, original, equal_nan=True):
                raise errors.MutationError(f"{self.problem.name} changes its argument {label}")
        if not np.array_equal(first.ravel(), self.problem(x), equal_nan=True):
            raise errors.NondeterminismError(
                f"{self.problem.name} gives another value each time; fix its random seed"
            )

    def _check_agreement(self, x: Any) -> None:
        """f computes the same on Tensors as on arrays."""
        on_arrays, on_tensors = self.problem(x), np.ravel(_values(self.out)).astype(np.float64)
        if on_arrays.shape != on_tensors.shape:
            raise errors.ShapeError(
                f"{self.problem.name} gives shape {np.shape(self.out)} on Tensors, "
                f"and {self.problem.output_shape} on arrays"
            )
        finite = np.isfinite(on_arrays)
        scale = np.max(np.abs(on_arrays[finite]), initial=1e-300)
        apart = np.abs(on_arrays - on_tensors)[finite] / scale
        if np.any(apart > 1e6 * self.precision):
            raise errors.MismatchError(
                f"{self.problem.name} gives {on_tensors} on Tensors, and {on_arrays} on arrays"
            )

    def _check_form(self, gradients: list[Any], given: Any, before: Any) -> None:
        """Shapes, dtypes, and that nothing is changed or shared."""
        problem = self.problem
        if not np.array_equal(given, before):
            raise errors.MutationError(f"the backward pass of {problem.name} changes its cotangent")
        parts = list(zip(problem.labels, self.variables, problem.leaves, gradients, strict=True))
        for k, (label, variable, leaf, gradient) in enumerate(parts):
            if np.shape(gradient) != leaf.shape:
                raise errors.ShapeError(
                    f"the gradient of {problem.name} in {label} has shape {np.shape(gradient)}, "
                    f"and {label} has {leaf.shape}"
                )
            if gradient.dtype != leaf.dtype:
                raise errors.DtypeError(
                    f"the gradient of {problem.name} in {label} has dtype {gradient.dtype}, "
                    f"and {label} has {leaf.dtype}"
                )
            if not np.array_equal(variable.data, leaf, equal_nan=True):
                raise errors.MutationError(f"the backward pass of {problem.name} changes {label}")
            others = [given, *(v.data for v in self.variables), *gradients[:k]]
            if any(np.shares_memory(gradient, other) for other in others):
                raise errors.AliasError(
                    f"the gradient of {problem.name} in {label} shares its memory with an "
                    "argument, the cotangent or another gradient: a change to one changes both"
                )

    def _check_linear(self, rng: np.random.Generator) -> None:
        """Twice one cotangent minus three times another gives just that; none gives none."""
        one, two = rng.standard_normal((2, *np.shape(self.out)))
        of_one, of_two, of_both = map(self.vector, (one, two, 2 * one - 3 * two))
        again = self.vector(one)
        if not np.array_equal(of_one, again, equal_nan=True):
            raise errors.NondeterminismError(
                f"the backward pass of {self.problem.name} gives another gradient each time"
            )
        size = np.max(
            np.abs([*of_one, *of_two]), initial=0.0, where=np.isfinite([*of_one, *of_two])
        )
        apart = np.abs(of_both - (2 * of_one - 3 * of_two))
        at_zero = self.vector(np.zeros(np.shape(self.out)))
        if np.any(apart > self.precision * (1e6 * size + 1e3)) or np.any(
            at_zero[np.isfinite(at_zero)]
        ):
            raise errors.NonlinearError(
                f"the backward pass of {self.problem.name} is not linear in the cotangent: "
                f"of g1 it gives {of_one}, of g2 {of_two}, of 2 g1 - 3 g2 {of_both}, of 0 {at_zero}"
            )


def _values(out: Any) -> Any:
    return out.data if isinstance(out, Tensor) else out
