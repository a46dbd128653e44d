"""A function of several arguments, seen as a function from one vector to another."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinygrad_edu.pytree import flatten, unflatten
from tinygrad_edu.tensor import Tensor
from tinygrad_edu.transforms import grad

__all__ = ["Problem"]


class Problem:
    """What finite differences and the backward pass are asked about.

    The arguments at `places` vary, all others are constants. Every function here speaks of one
    vector: the elements of all varying arrays in a row.
    """

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], places: list[int]) -> None:
        self.f, self.args, self.places = f, args, places
        self.name = getattr(f, "__name__", repr(f))
        self.trees = [args[place] for place in places]
        self.leaves = [np.array(_plain(leaf)) for leaf in flatten(self.trees)]
        self.labels = [
            f"{name}{path}"
            for name, tree in zip(_names(f, args, places), self.trees, strict=True)
            for path in _paths(tree)
        ]
        self.size = sum(leaf.size for leaf in self.leaves)
        self.output_shape: tuple[int, ...] = ()
        self.output_labels: list[str] | None = None  # where the outputs have names of their own

    @property
    def vector(self) -> Any:
        """The point, in float64."""
        parts = [leaf.ravel().astype(np.float64) for leaf in self.leaves]
        return np.concatenate(parts) if parts else np.zeros(0)

    def split(self, vector: Any) -> list[Any]:
        """The arrays whose elements `vector` holds."""
        ends = np.cumsum([leaf.size for leaf in self.leaves])[:-1]
        parts = np.split(vector, ends)
        return [p.reshape(a.shape)[()] for p, a in zip(parts, self.leaves, strict=True)]

    def call(self, leaves: list[Any]) -> Any:
        """The result of f with these in place of the varying arrays; several results joined."""
        args = list(self.args)
        for place, tree in zip(self.places, unflatten(self.trees, leaves), strict=True):
            args[place] = tree
        out = self.f(*args)
        if isinstance(out, dict | list | tuple):
            return np.concatenate([np.ravel(each) for each in flatten(out)])
        return out

    def __call__(self, vector: Any) -> Any:
        """The value at `vector`, as a vector of float64: what is differenced."""
        out = np.asarray(_plain(self.call(self.split(vector))))
        self.output_shape = out.shape
        return out.ravel().astype(np.float64)

    def record(self) -> tuple[list[Tensor], Any]:
        """The varying arrays as Tensors, in their own dtype, and the result computed from them."""
        variables = [Tensor(leaf) for leaf in self.leaves]
        return variables, self.call(list(variables))

    def derivative(self) -> Problem:
        """The pullback ``(x, g) -> gradient of <f(x), g>``, as a function to be checked itself."""

        def pullback(*leaves_and_cotangent: Any) -> Any:
            *leaves, g = leaves_and_cotangent

            def weighted(*xs: Any) -> Any:
                return np.sum(self.call(list(xs)) * g)

            gradients = grad(weighted, tuple(range(len(leaves))))(*leaves)
            return np.concatenate([np.ravel(each) for each in gradients])

        self(self.vector)  # for the shape of the output
        rng = np.random.default_rng(0)
        cotangent = rng.uniform(0.5, 1.5, self.output_shape)
        problem = Problem(pullback, (*self.leaves, cotangent), list(range(len(self.leaves) + 1)))
        problem.name = self.name
        problem.labels = [*self.labels, "the cotangent"]
        problem.output_labels = list(self.coordinates())
        return problem

    def coordinates(self) -> Iterator[str]:
        """What to call each element of the vector."""
        for label, leaf in zip(self.labels, self.leaves, strict=True):
            for index in np.ndindex(leaf.shape):
                yield label + (f"[{', '.join(map(str, index))}]" if index else "")

    def coordinate(self, k: int) -> str:
        """What to call element `k` of the vector."""
        for label, leaf in zip(self.labels, self.leaves, strict=True):
            if k < leaf.size:
                index = np.unravel_index(k, leaf.shape) if leaf.ndim else ()
                return label + (f"[{', '.join(map(str, index))}]" if index else "")
            k -= leaf.size
        raise IndexError(k)

    def output(self, j: int) -> str:
        """What to call element `j` of the output."""
        if self.output_labels is not None:
            return f" in the gradient of {self.output_labels[j]}"
        if math.prod(self.output_shape) == 1:
            return ""
        index = np.unravel_index(j, self.output_shape)
        return f" of output[{', '.join(map(str, index))}]"


def _plain(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value


def _names(f: Callable[..., Any], args: tuple[Any, ...], places: list[int]) -> list[str]:
    """What the arguments at `places` are called: by name where f tells, with the position."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [named[p] if p < len(named) else f"argument {p}" for p in places]


def _paths(tree: Any) -> list[str]:
    """Where each leaf stands in `tree`: ``['w'][0]``."""
    if isinstance(tree, dict):
        return [f"[{key!r}]{rest}" for key, branch in tree.items() for rest in _paths(branch)]
    if isinstance(tree, list | tuple):
        return [f"[{k}]{rest}" for k, branch in enumerate(tree) for rest in _paths(branch)]
    return [""]
