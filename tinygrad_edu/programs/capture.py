"""Run a function on stand-ins for its arguments, to get the program that it comes down to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.context import STATE, watched
from tinygrad_edu.programs.program import Program, program_of
from tinygrad_edu.pytree import flatten, paths, unflatten
from tinygrad_edu.tensor import Tensor
from tinygrad_edu.traced import Traced, UntraceableError, is_traced

__all__ = ["Captured", "capture"]


@dataclass(frozen=True, slots=True)
class Captured:
    """A function's program for arguments like those given.

    Attributes
    ----------
    program : Program
        Its inputs are the leaves of the arguments that vary, in order.
    result : structure
        What the function gave: its leaves that were computed are the program's outputs, in order.
    outside : list of (Tensor, array)
        The Tensors, which are no arguments, that the function used, and their values then.
    """

    program: Program
    result: Any
    outside: list[tuple[Tensor, Any]]


class _Outside:
    """Looks on while a function is traced: which Tensors it uses that are no arguments."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.found: dict[int, tuple[Tensor, Any]] = {}

    def made(self, node: Any, _row: Any, _args: Any, _params: Any) -> None:
        """A node was recorded."""
        for parent in node.parents:
            if parent.op is None and not is_traced(parent._value):
                self.found[id(parent)] = parent, parent._value

    def composed(self, row: Any, operands: Any, params: Any) -> Any:
        """A composed function is to be called."""
        return row.function(*operands, **params)

    def swept(self, sweep: Any, *args: Any) -> Any:
        """A backward pass is to be done."""
        return sweep(*args)


def capture(
    title: str, f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any] | None = None
) -> Captured:
    """The program of ``f(*args, **kwargs)``, for any values of its arrays.

    Arrays, NumPy's and Python's floating-point and complex numbers, and parameters of modules vary;
    Python's integers, and what is no number, are settings of the function.

    Raises
    ------
    TypeError
        If an argument is a Tensor or no array, or if the course of the function depends on values.
    """
    tree = (tuple(args), kwargs or {})
    where, leaves, checks = paths(tree), flatten(tree), []  # type: ignore[var-annotated]
    stand_ins = [
        _stand_in(title, path, leaf, checks) for path, leaf in zip(where, leaves, strict=True)
    ]
    inputs = [t for t in map(_value, stand_ins) if is_traced(t)]
    call, named = unflatten(tree, stand_ins)
    outside = _Outside(title)
    if STATE.get().watch is not None:
        raise RuntimeError(f"{title}: within debug() nothing is compiled; call it outside")
    try:
        with watched(outside):
            result = f(*call, **named)
    except UntraceableError as error:
        raise TypeError(
            f"{title}: the function asks for the value of something that it computes from its "
            "arguments (in an if, float(), .item(), or as an index), so that no one program does "
            "what it does for all values; write np.where(condition, a, b) for an if, give what "
            "only says what to do as a Python int or bool, or leave this function uncompiled"
        ) from error
    outputs = [_value(leaf) for leaf in flatten(result)]
    return Captured(program_of(outputs, inputs, checks), result, list(outside.found.values()))


def _stand_in(title: str, path: str, leaf: Any, checks: list[Any]) -> Any:
    """What stands for a leaf of the arguments while the function is traced."""
    name = path[path.index("]") + 1 :] or f"argument {path[3:-1]}"
    if isinstance(leaf, Tensor):
        return Tensor(Traced(leaf._value, name, checks=checks), name=leaf.name)
    if isinstance(leaf, float | complex):  # it adapts to the dtype of what it meets
        return Traced(leaf, name, checks=checks)
    if isinstance(leaf, int) and not isinstance(leaf, np.generic):
        return leaf
    if isinstance(leaf, np.ndarray | np.generic) and leaf.dtype.kind in "biufc":
        return Traced(leaf, name, checks=checks)
    raise TypeError(
        f"{title}: {path} is a {type(leaf).__name__}, and a program computes with arrays and "
        "numbers; write np.asarray(...)"
    )


def _value(leaf: Any) -> Any:
    return leaf._value if isinstance(leaf, Tensor) else leaf
