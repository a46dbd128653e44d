"""Whether a function is the same each time: in two captures, and on arrays as on stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from tinygrad_edu.kit.pytree import flatten, substituted
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.trace.agreement import as_array, close
from tinygrad_edu.trace.capture import Captured
from tinygrad_edu.trace.program import Program, Ref

__all__ = ["require_agreement", "require_agreement_nearby", "require_same"]


def require_same(title: str, first: Captured, second: Captured) -> list[tuple[Any, Any]]:
    """The constant arrays that come from outside, with what was in them.

    Raises
    ------
    TypeError
        If the programs differ: the function depends on more than its arguments.
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


def require_agreement(title: str, captured: Captured, result: Any, tree: Any = ()) -> None:
    """Compare what the function gives on arrays with what it gave on stand-ins for them.

    These are different calls of the same functions, so only rounding may tell them apart; where a
    number is not finite, the engine may have been looking for a pole. In a rare case, which the
    program leaves to the function, there is nothing to compare. `tree` are the arguments: by them
    it is measured what rounding does.

    Raises
    ------
    TypeError
        If they differ: the function looks at what kind of value it has.
    """
    if captured.exceptional:
        return
    _require_equal(title, captured, _inputs(flatten(tree)), flatten(captured.result), result)


def require_agreement_nearby(
    title: str, captured: Captured, f: Callable[..., Any], args: Any, kwargs: Any
) -> None:
    """Compare what the function and its program give where floating-point arguments are moved.

    By two to three per cent of each element, towards zero: a branch that agrees at the arguments
    themselves, or a value that was taken out of them, is seen there. An error, or what the program
    would call the function for, is no verdict.

    Raises
    ------
    TypeError
        If they differ.
    """
    given = {id(leaf): leaf for leaf in flatten((args, kwargs))}
    rng = np.random.default_rng(0)
    moved = {key: _moved(leaf, rng) for key, leaf in given.items()}
    if all(moved[key] is leaf for key, leaf in given.items()):
        return
    call, named = substituted((args, kwargs), moved)
    inputs = _inputs(moved.values())
    program = captured.program
    watched = replace(program, outputs=(*program.outputs, *map(Ref, program.checks)))
    try:
        result = f(*call, **named)
        found = watched.run(*inputs)
    except Exception:  # it may be that they are no arguments for it
        return
    count = len(program.outputs)
    if not any(map(_has_failed, found[count:])):
        _require_equal(title, captured, inputs, found[:count], result)


def _moved(leaf: Any, rng: np.random.Generator) -> Any:
    """A leaf of the arguments, moved if it can vary continuously."""
    value = leaf._value if isinstance(leaf, Tensor) else leaf
    if np.asarray(value).dtype.kind not in "fc":
        return leaf
    moved = _times(value, rng.uniform(1 - 1 / 32, 1 - 1 / 48, np.shape(value)))
    return Tensor(moved, name=leaf.name) if isinstance(leaf, Tensor) else moved


def _times(value: Any, factors: Any) -> Any:
    """The product, which is of the kind that the value is of."""
    if isinstance(value, np.ndarray | np.generic):
        return (value * factors).astype(value.dtype)
    return value * float(factors)


def _inputs(leaves: Iterable[Any]) -> list[Any]:
    """The values that a program takes, for the leaves of arguments: one for each object."""
    found = {id(leaf): leaf for leaf in leaves}.values()
    varying = [leaf for leaf in found if not isinstance(leaf, int) or isinstance(leaf, np.generic)]
    return [leaf._value if isinstance(leaf, Tensor) else leaf for leaf in varying]


def _has_failed(check: Any) -> bool:
    """Whether a NaN is in what a program looks at, or a condition holds that may not."""
    return bool(np.any(check) if np.asarray(check).dtype.kind == "b" else np.isnan(check).any())


def _require_equal(
    title: str, captured: Captured, inputs: list[Any], found: list[Any], result: Any
) -> None:
    one, other = ([as_array(leaf) for leaf in each] for each in (found, flatten(result)))
    alike = len(one) == len(other)
    if alike and all(map(_agree, one, other)):
        return
    if not alike or not all(map(_agree, one, other, _noise(captured.program, inputs))):
        raise TypeError(
            f"{title}: on arrays the function gives another result than on the stand-ins by which "
            "it is compiled; it may ask what kind of value it has (type, hasattr), or take a value "
            "out of an argument: let it ask for shapes and dtypes, or leave this function "
            "uncompiled"
        )


def _noise(program: Program, inputs: list[Any]) -> list[float]:
    """How much the outputs change where inputs do by a rounding or two.

    So small are the differences that mean nothing: of a gradient that is zero but for rounding, as
    that of a bias which a normalisation takes away, no digit is right.
    """
    rng = np.random.default_rng(0)
    try:
        runs = [program.run(*inputs)]
        runs += [program.run(*(_nudged(each, rng) for each in inputs)) for _ in range(4)]
        outputs = [list(map(as_array, each)) for each in zip(*runs, strict=True)]
        return [
            float(max(np.max(np.abs(each - first), initial=0) for each in others))
            if first.dtype.kind in "fc"
            else 0.0
            for first, *others in outputs
        ]
    except Exception:  # as where a shape follows from values
        return [0.0] * len(program.outputs)


def _nudged(value: Any, rng: np.random.Generator) -> Any:
    dtype = np.asarray(value).dtype
    if dtype.kind not in "fc":
        return value
    return _times(value, 1 + rng.integers(-2, 3, np.shape(value)) * float(np.finfo(dtype).eps))


def _agree(found: Any, expected: Any, noise: float = 0.0) -> bool:
    noise = 64 * noise if np.isfinite(noise) else 0.0
    return bool(found.dtype == expected.dtype) and close(found, expected, noise)


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
