"""A function of several arguments, seen as a function from one vector to another."""

from __future__ import annotations

import copy
import functools
import inspect
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.kit.pytree import flatten, is_leaf, paths, unflatten
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.testing.coordinates import count, from_reals, labels, to_reals
from tinygrad_edu.testing.domain import Domain, inside
from tinygrad_edu.transforms.reverse import grad

__all__ = ["Problem"]


class Problem:
    """What finite differences and the backward pass are asked about.

    The arguments at `places` vary, all others are constants. Every function here speaks of one
    vector: the elements of all varying arrays in a row, of complex ones real and imaginary parts.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        places: Sequence[int],
        domain: Domain = None,
    ) -> None:
        self.f, self.args, self.places, self.domain = f, args, list(places), domain
        self.name = _title(f)
        self.trees = [args[place] for place in places]
        self.leaves = [np.array(_plain(leaf)) for leaf in flatten(self.trees)]
        self.bare = all(map(is_leaf, self.trees))  # no argument that varies is a list or a dict
        self.labels = [
            f"{name}{path}"
            for name, tree in zip(names(f, len(args), self.places), self.trees, strict=True)
            for path in paths(tree)
        ]
        self.size = sum(map(count, self.leaves))
        self.output_shape: tuple[int, ...] = ()
        self.complex = False  # whether the output is
        self.output_labels: list[str] | None = None  # where the outputs have names of their own
        self.usual = 0.0  # how large values are that were rounded on the way to those of f

    @classmethod
    def of(
        cls,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        argnums: int | tuple[int, ...] | None,
        domain: Domain,
    ) -> Problem:
        """The problem in which floating-point arguments vary, or those at `argnums`."""
        problem = cls(f, args, _places(args, argnums), domain)
        if not problem.leaves:
            raise TypeError(f"{problem.name}: no argument varies; pass floating-point arrays")
        if not inside(domain, args):
            raise ValueError(f"{problem.name}: the arguments are outside of the domain {domain!r}")
        return problem

    @property
    def vector(self) -> Any:
        """The point, in float64."""
        return to_reals(self.leaves)

    def split(self, vector: Any) -> list[Any]:
        """The arrays whose elements `vector` holds."""
        return [array[()] for array in from_reals(vector, self.leaves)]

    def arguments(self, leaves: Sequence[Any]) -> list[Any]:
        """All arguments of f, with these in place of the varying arrays."""
        args = list(self.args)
        trees = leaves if self.bare else unflatten(self.trees, leaves)
        for place, tree in zip(self.places, trees, strict=True):
            args[place] = tree
        return args

    def moved(self, vector: Any) -> Problem:
        """The same, asked at another point."""
        leaves = from_reals(vector, self.leaves)
        there = copy.copy(self)
        there.leaves = [a.astype(leaf.dtype) for a, leaf in zip(leaves, self.leaves, strict=True)]
        there.args = tuple(self.arguments([leaf[()] for leaf in there.leaves]))
        there.trees = [there.args[place] for place in self.places]
        return there

    def call(self, leaves: Sequence[Any]) -> Any:
        """The result of f with these in place of the varying arrays; several results joined."""
        return joined(self.f(*self.arguments(leaves)))

    def __call__(self, vector: Any) -> Any:
        """The value at `vector`, as a vector of float64: what is differenced."""
        out = np.asarray(_plain(self.call(self.split(vector))))
        self.output_shape, self.complex = out.shape, out.dtype.kind == "c"
        return to_reals([out])

    def stepped(self, vector: Any) -> Any:
        """The value at a point that a finite difference needs; NaN outside of the domain."""
        if self.domain is None or inside(self.domain, self.arguments(self.split(vector))):
            return self(vector)
        return np.full(math.prod(self.output_shape) * (1 + self.complex), np.nan)

    def record(self) -> tuple[list[Tensor], Any]:
        """The varying arrays as Tensors, in their own dtype, and the result computed from them."""
        variables = [Tensor(leaf) for leaf in self.leaves]
        return variables, self.call(variables)

    def derivative(self) -> Problem:
        """The pullback ``(x, g) -> gradient of <f(x), g>``, as a function to be checked itself."""

        def pullback(*leaves_and_cotangent: Any) -> Any:
            *leaves, g = leaves_and_cotangent

            def weighted(*xs: Any) -> Any:
                out = self.call(xs)
                if not self.complex:
                    return np.sum(out * g)
                return np.sum(np.real(out) * np.real(g) + np.imag(out) * np.imag(g))

            if not any(isinstance(each, Tensor) for each in leaves_and_cotangent):
                return to_reals(_gradients(weighted, leaves))
            gradients = grad(weighted, tuple(range(len(leaves))))(*leaves)
            parts: list[Any] = []
            for leaf, each in zip(self.leaves, gradients, strict=True):
                parts += [np.real(each), np.imag(each)] if leaf.dtype.kind == "c" else [each]
            return np.concatenate([np.ravel(part) for part in parts])

        domain: Domain = None
        if self.domain is not None:
            domain = lambda *leaves_and_cotangent: inside(
                self.domain, self.arguments(leaves_and_cotangent[:-1])
            )
        self(self.vector)  # for the shape of the output
        rng = np.random.default_rng(0)
        cotangent = rng.uniform(0.5, 1.5, self.output_shape)
        if self.complex:
            cotangent = cotangent + 1j * rng.uniform(0.5, 1.5, self.output_shape)
        args = (*self.leaves, cotangent)
        problem = Problem(pullback, args, range(len(args)), domain)
        problem.name = self.name
        problem.labels = [*self.labels, "the cotangent"]
        problem.output_labels = list(self.coordinates())
        problem.usual = self.usual_slope()
        return problem

    def usual_slope(self) -> float:
        """What a derivative is like, as to size, of a function of such values at such a place."""
        value = np.abs(self(self.vector))
        value = np.max(value, initial=self.usual, where=np.isfinite(value))
        return float(value / (np.max(np.abs(self.vector), initial=0.0) or 1.0))

    def coordinates(self) -> Iterator[str]:
        """What to call each element of the vector."""
        for label, leaf in zip(self.labels, self.leaves, strict=True):
            yield from labels(label, leaf)

    def place(self, k: int) -> tuple[int, tuple[int, ...]]:
        """In which varying array element `k` of the vector is, and its index there."""
        for number, leaf in enumerate(self.leaves):
            if k < count(leaf):
                index = np.unravel_index(k % leaf.size, leaf.shape) if leaf.ndim else ()
                return number, tuple(map(int, index))
            k -= count(leaf)
        raise IndexError(k)

    def mirror(self, k: int) -> int:
        """The element in the transposed place of the same array; -1 if that is not square."""
        number, index = self.place(k)
        shape, size = self.leaves[number].shape, self.leaves[number].size
        if len(shape) < 2 or shape[-1] != shape[-2]:
            return -1
        swapped = (*index[:-2], index[-1], index[-2])
        before = sum(map(count, self.leaves[:number]))
        before += (k - before) // size * size  # of the real parts, or the imaginary
        return before + int(np.ravel_multi_index(swapped, shape))

    def coordinate(self, k: int) -> str:
        """What to call element `k` of the vector."""
        return next(itertools.islice(self.coordinates(), k, None))

    def output(self, j: int) -> str:
        """What to call element `j` of the output."""
        if self.output_labels is not None:
            return f" in the gradient of {self.output_labels[j]}"
        size = math.prod(self.output_shape)
        part = (".real", ".imag")[j // size] if self.complex else ""
        if size == 1:
            return f" of output{part}" if part else ""
        index = np.unravel_index(j % size, self.output_shape)
        return f" of output[{', '.join(map(str, index))}]{part}"


def _gradients(f: Callable[..., Any], leaves: Sequence[Any]) -> list[Any]:
    """The gradients of a number in arrays, which nobody differentiates again."""
    variables = [Tensor(leaf) for leaf in leaves]
    out = f(*variables)
    if isinstance(out, Tensor):
        out.backward()
    pairs = zip(variables, leaves, strict=True)
    return [np.zeros_like(leaf) if v.grad is None else v.grad for v, leaf in pairs]


def joined(out: Any) -> Any:
    """One array for several results."""
    if not isinstance(out, Tensor | np.ndarray) and not is_leaf(out) and flatten(out):
        return np.concatenate([np.ravel(each) for each in flatten(out)])
    return out


def names(f: Callable[..., Any], count: int, places: Sequence[int]) -> list[str]:
    """What the arguments at `places` are called: by name where f tells, with the position."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [named[p] if p < len(named) else f"argument {p}" for p in places]


def _title(f: Callable[..., Any]) -> str:
    """What to call a function; of a partial one, with its keywords."""
    if isinstance(f, functools.partial):
        fixed = [*map(repr, f.args), *(f"{key}={value!r}" for key, value in f.keywords.items())]
        return f"{_title(f.func)}({', '.join(fixed)})"
    name: str = getattr(f, "__name__", repr(f))
    return name


def _places(args: tuple[Any, ...], argnums: int | tuple[int, ...] | None) -> list[int]:
    """The positions of the arguments that vary."""
    if argnums is None:
        return [k for k, arg in enumerate(args) if all(map(_varies, flatten(arg))) and flatten(arg)]
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    for k in chosen:
        if not -len(args) <= k < len(args):
            raise TypeError(f"argnums={argnums}, and there are {len(args)} arguments")
    return [k % len(args) for k in chosen]


def _varies(leaf: Any) -> bool:
    if isinstance(leaf, float | complex) and not isinstance(leaf, np.generic):
        return True
    return isinstance(leaf, np.ndarray | np.generic | Tensor) and leaf.dtype.kind in "fc"


def _plain(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value
