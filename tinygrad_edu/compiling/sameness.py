"""Whether a function is the same each time: in two captures, and on arrays as on stand-ins."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinygrad_edu.programs.capture import Captured
from tinygrad_edu.programs.program import Ref
from tinygrad_edu.pytree import flatten
from tinygrad_edu.tensor import Tensor
from tinygrad_edu.traced import Traced

__all__ = ["require_agreement", "require_same"]


def require_same(title: str, first: Captured, second: Captured) -> list[tuple[Any, Any]]:
    """The constant arrays that come from outside, with what was in them.

    Raises
    ------
    TypeError
        If the programs differ: the function depends on something else than its arguments.
    """
    one, other = first.program, second.program
    same = len(one.calls) == len(other.calls) and all(
        _same_function(a.function, b.function) and _same((a.args, a.kwargs), (b.args, b.kwargs))
        for a, b in zip(one.calls, other.calls, strict=True)
    )
    if not same or not _same(one.outputs, other.outputs) or one.checks != other.checks:
        raise TypeError(
            f"{title}: the function does not do the same when it is called again with the same "
            "arguments, so no program does what it does; give it random numbers, and whatever "
            "else changes, as arguments"
        )
    owners = {id(_owner(array)) for array, _ in second.constants}
    return [(array, copy) for array, copy in first.constants if id(_owner(array)) in owners]


def require_agreement(title: str, captured: Captured, result: Any) -> None:
    """Compare what the function gives on arrays with what it gave on stand-ins for them.

    These are different calls of the same functions, so only rounding may tell them apart; where a
    number is not finite, the engine may have been looking for a pole. In a rare case, which the
    program leaves to the function, there is nothing to compare.

    Raises
    ------
    TypeError
        If they differ: the function looks at what kind of value it has.
    """
    if captured.exceptional:
        return
    pairs = [[_value(leaf) for leaf in flatten(each)] for each in (captured.result, result)]
    if len(pairs[0]) != len(pairs[1]) or not all(map(_agree, *pairs)):
        raise TypeError(
            f"{title}: on arrays the function gives another result than on the stand-ins by which "
            "it is compiled; it may ask what kind of value it has (isinstance, hasattr, "
            "np.isscalar): let it ask for shapes and dtypes, or leave this function uncompiled"
        )


def _value(leaf: Any) -> Any:
    leaf = leaf._value if isinstance(leaf, Tensor) else leaf
    return np.asarray(leaf.value if isinstance(leaf, Traced) else leaf)


def _agree(found: Any, expected: Any) -> bool:
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return False
    if found.dtype.kind not in "fc":
        return bool(np.array_equal(found, expected))
    finite = np.isfinite(found) & np.isfinite(expected)
    size = np.max(np.abs(expected), where=finite, initial=0)
    rough = 1e-5 if np.finfo(found.dtype).eps < 1e-10 else 1e-2
    return bool(np.all(np.abs(found - expected)[finite] <= rough * size))


def _owner(array: Any) -> Any:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _same_function(one: Any, other: Any) -> bool:
    """Whether functions are the same, also where they are made anew in each call."""
    if one is other or one == other:
        return True
    if isinstance(one, partial) and isinstance(other, partial):
        return _same_function(one.func, other.func) and _same(
            (one.args, one.keywords), (other.args, other.keywords)
        )
    code = getattr(one, "__code__", None)
    if code is None or code is not getattr(other, "__code__", None):
        return False
    cells = zip(one.__closure__ or (), other.__closure__ or (), strict=True)
    return all(_same(a.cell_contents, b.cell_contents) for a, b in cells)


def _same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, Ref):
        return bool(one == other)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    if isinstance(one, np.ndarray):
        return bool(one.shape == other.shape and one.tobytes() == other.tobytes())
    if callable(one):
        return _same_function(one, other)
    return bool(repr(one) == repr(other))
