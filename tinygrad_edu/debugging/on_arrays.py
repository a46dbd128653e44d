"""A function that a transform differentiates, run on plain arrays as well: is it the same one?

A Tensor stands for an array, and two things tell them apart. An augmented assignment, ``v -= 1``,
changes an array for all that hold it, and gives one name a new Tensor. And who asks for a type
(``isinstance(x, np.ndarray)``) gets another answer. Then the derivatives are those of another
function than the one that runs on arrays.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.debugging.origin import Origin, origin
from tinygrad_edu.debugging.report import otherwise_on_arrays
from tinygrad_edu.debugging.snapshots import first_difference
from tinygrad_edu.engine.context import recording, watched
from tinygrad_edu.engine.node import Node
from tinygrad_edu.kit.pytree import flatten, paths, unflatten

__all__ = ["DiffersOnArraysError", "OnArrays"]

_FAILED = object()


class DiffersOnArraysError(RuntimeError):
    """A function gives something else on plain arrays; raised through functions around it."""


class OnArrays:
    """One call of a function, with the arrays as they were before it.

    A difference counts only if it is none of: rounding; an error or a number that is not finite on
    one of the sides; a function that gives another value every time that it is asked.
    """

    def __init__(
        self,
        title: str,
        f: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        places: Sequence[int],
    ) -> None:
        self.title, self.f, self.places = title, f, {place % len(args) for place in places}
        known: dict[int, Any] = {}
        self.args = [
            unflatten(arg, [_plain(leaf, known) for leaf in flatten(arg)])
            if place in self.places
            else _copied(arg, known)
            for place, arg in enumerate(args)
        ]
        self.kwargs = _copied(kwargs, known)

    def compare(self, result: Any, variable: Callable[[Any], Any]) -> None:
        """Raise if the function gave `result` on Tensors, and gives something else on arrays.

        `variable` makes a Tensor, to ask the function once more.
        """
        args, kwargs = self._arguments()
        first = self._run(args, kwargs)
        if first is _FAILED or _difference(result, first) is None:
            return
        changed = [
            place for place in sorted(self.places)
            if any(first_difference(a, b) is not None
                   for a, b in zip(_arrays(args[place]), _arrays(self.args[place]), strict=True))
        ]  # fmt: skip
        # In this order, a function that does one thing and another by turns shows itself, too.
        second = self._run(*self._arguments())
        looking = _Looking()
        with watched(looking):
            again = self._run(*self._arguments(variable), record=True)
        if second is _FAILED or again is _FAILED:
            return
        if _difference(first, second) is not None or _difference(result, again) is not None:
            return
        noise = self._noise(first, result)
        found = None if noise is None else _difference(result, first, noise)
        if found is not None:
            raise DiffersOnArraysError(
                otherwise_on_arrays(self.title, *found, changed, looking.augmented)
            )

    def _arguments(self, vary: Callable[[Any], Any] = lambda leaf: leaf) -> tuple[Any, Any]:
        """The arguments once more: in nobody else's hands."""
        known: dict[int, Any] = {}
        args = [_copied(arg, known) for arg in self.args]
        for place in self.places:
            args[place] = unflatten(args[place], [vary(leaf) for leaf in flatten(args[place])])
        return args, _copied(self.kwargs, known)

    def _run(self, args: Any, kwargs: Any, *, record: bool = False) -> Any:
        """What the function gives; without a record, as its ``backward()`` must not count twice."""
        try:
            with recording(record), np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self.f(*args, **kwargs)
        except DiffersOnArraysError:
            raise
        except Exception:  # what fails on arrays is for no arrays
            return _FAILED

    def _noise(self, first: Any, result: Any) -> list[Any] | None:
        """How much the values move when the arguments do, by a few units in the last place."""
        eps = max([_eps(leaf) for leaf in (*flatten(self.args), *flatten(first), *flatten(result))])
        rng, moved = np.random.default_rng(0), []
        for _ in range(2):
            known: dict[int, Any] = {}

            def shaken(leaf: Any, known: dict[int, Any] = known) -> Any:
                if id(leaf) not in known:
                    moved = leaf * (1 + 4 * eps * rng.choice([-1, 1], np.shape(leaf)))
                    array = isinstance(leaf, np.ndarray)
                    known[id(leaf)] = moved.astype(leaf.dtype) if array else type(leaf)(moved)
                return known[id(leaf)]

            found = self._run(*self._arguments(shaken))
            if found is _FAILED or paths(found) != paths(first):
                return None
            moved.append(found)
        with np.errstate(all="ignore"):
            return [
                np.maximum(abs(_value(a) - _value(c)), abs(_value(b) - _value(c)))
                for a, b, c in zip(*map(flatten, moved), flatten(first), strict=True)
            ]


class _Looking:
    """Looks on while the function runs once more on Tensors: where is an augmented assignment?"""

    def __init__(self) -> None:
        self.augmented: list[Origin] = []

    def made(self, _node: Any, _row: Any, _args: Any, _params: Any) -> None:
        place, _ = origin()
        if place is not None and place.augments and str(place) not in map(str, self.augmented):
            self.augmented.append(place)

    def composed(self, row: Any, operands: Any, params: Any) -> Any:
        return row.function(*operands, **params)

    def swept(self, sweep: Any, *args: Any) -> Any:
        return sweep(*args)

    def on_arrays(self, *_call: Any) -> None:
        return None


def _plain(leaf: Any, known: dict[int, Any]) -> Any:
    """A leaf as the plain array or number that the Tensor stands for: integers are floats."""
    if isinstance(leaf, float | complex):
        return leaf
    if isinstance(leaf, int):
        return float(leaf)
    if id(leaf) not in known:
        array = np.array(leaf)
        array = array.astype(float) if array.dtype.kind in "biu" else array
        known[id(leaf)] = array[()] if isinstance(leaf, np.generic) else array
    return known[id(leaf)]


def _copied(part: Any, known: dict[int, Any]) -> Any:
    """Arguments with copies of the arrays in them: one copy of an array that is there twice."""
    if isinstance(part, np.ndarray):
        if id(part) not in known:
            known[id(part)] = part.copy(order="K")
        return known[id(part)]
    if isinstance(part, dict):
        made = copy.copy(part)
        made.update((key, _copied(value, known)) for key, value in part.items())
        return made
    if isinstance(part, tuple | list):
        items = [_copied(item, known) for item in part]
        return type(part)(*items) if hasattr(part, "_fields") else type(part)(items)
    return part


def _arrays(part: Any) -> list[Any]:
    return [leaf for leaf in flatten(part) if isinstance(leaf, np.ndarray)]


def _difference(
    one: Any, other: Any, noise: list[Any] | None = None
) -> tuple[str, Any, Any, tuple[int, ...] | None] | None:
    """Where the results differ first: path, values, and the index, if there is one."""
    labels = paths(one)
    if labels != paths(other):
        return "", labels, paths(other), None
    for k, (label, a, b) in enumerate(zip(labels, flatten(one), flatten(other), strict=True)):
        a, b = _value(a), _value(b)
        if a.shape != b.shape:
            return label, a, b, None
        if a.dtype.kind not in "biufc" or b.dtype.kind not in "biufc":
            continue
        with np.errstate(all="ignore"):
            allowed = 100 * max(_eps(a), _eps(b)) * np.maximum(abs(a), abs(b))
            if noise is not None:
                allowed = allowed + 100 * noise[k]
            bad = np.isfinite(a) & np.isfinite(b) & (abs(a - b) > allowed)
        if np.any(bad):
            index = tuple(int(i) for i in np.argwhere(bad)[0])
            return label, a[index], b[index], index
    return None


def _value(leaf: Any) -> Any:
    value = np.asarray(leaf._value if isinstance(leaf, Node) else leaf)
    return value.astype(float) if value.dtype.kind in "biu" else value


def _eps(leaf: Any) -> float:
    dtype = _value(leaf).dtype
    return float(np.finfo(dtype).eps) if dtype.kind in "fc" else 0.0
