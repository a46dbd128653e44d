"""A row of the tests: a differentiable function, and how calls of it are drawn.

A row is ``row(op, cases)``; ``cases(draw, side)`` draws one call of op, with axes of at least
`side` elements. Every floating-point array in a call varies, and all else is constant.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.kit.pytree import flatten, unflatten
from tinygrad_edu.testing.strategies import arrays_on_grid, broadcastable_arrays, shapes

NUMPY = np.lib.NumpyVersion(np.__version__)


@dataclass
class Case:
    """One call of a function."""

    op: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)

    @property
    def arrays(self) -> list[Any]:
        """The arrays that vary."""
        return [leaf for leaf in flatten(self.args) if _varies(leaf)]

    def call(self, *arrays: Any) -> Any:
        """The result with these in place of the arrays that vary."""
        varying = iter(arrays)
        leaves = [next(varying) if _varies(leaf) else leaf for leaf in flatten(self.args)]
        found = self.op(*unflatten(self.args, leaves), **self.kwargs)
        return joined(found) if isinstance(found, list | tuple) else found

    def in_reals(self, *arrays: Any) -> Any:
        """The result in real numbers: the parts of complex ones beside each other."""
        out = self.call(*arrays)
        return np.stack([np.real(out), np.imag(out)]) if np.iscomplexobj(out) else out


def joined(results: Any) -> Any:
    """All results of a function with several, as one array."""
    return np.concatenate([np.ravel(each) for each in results])


def _varies(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray | np.floating) and leaf.dtype.kind == "f"


@dataclass
class Domain:
    """One row: a function, and how its calls are drawn."""

    op: Callable[..., Any]
    draw_case: Callable[[Any, int], Any]
    operands: int = 1  # how many arrays vary
    call: Callable[..., Any] | None = None  # what to call, where it is not the function alone
    noisy: bool = False  # whether rounding may hide a derivative: many steps, or terms that cancel

    def cases(self, side: int = 1) -> st.SearchStrategy[Case]:
        """Calls whose arrays have at least `side` elements along every axis."""

        @st.composite
        def case(draw: Any) -> Case:
            args, kwargs = self.draw_case(draw, side)
            return Case(self.call or self.op, args, kwargs)

        return case()


DOMAINS: list[Domain] = []


def row(
    op: Callable[..., Any],
    draw_case: Callable[[Any, int], Any],
    operands: int = 1,
    call: Callable[..., Any] | None = None,
    noisy: bool = False,
) -> None:
    DOMAINS.append(Domain(op, draw_case, operands, call, noisy))


# ---- what several areas draw ---------------------------------------------------------------------


def elementwise(op, *intervals, avoid=()):
    """Arrays that broadcast, from these intervals."""

    def cases(draw, side):
        if side:
            return draw(broadcastable_arrays(*intervals, avoid=avoid)), {}
        shape = draw(shapes(1, 2, min_side=0))
        return tuple(draw(arrays_on_grid(*i, shape=shape, avoid=avoid)) for i in intervals), {}

    row(op, cases, len(intervals))


def one(draw, side, min_dims=0, max_dims=3):
    return draw(arrays_on_grid(shape=shapes(min_dims, max_dims, min_side=side)))


def alone(min_dims=0, **kwargs):
    return lambda draw, side: ((one(draw, side, min_dims),), kwargs)


# ---- plain calls, for the tests that need just one -----------------------------------------------

A = np.array([[1.25, 2.5], [0.5, 1.75]])
CALLS: dict[Callable[..., Any], tuple[Any, ...]] = {}


def plain_call(op: Callable[..., Any], *args: Any) -> None:
    """The positional arguments of one call, where they are not one matrix (of a ufunc, `nin`)."""
    CALLS[op] = args
