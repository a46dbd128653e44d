"""Run a function on stand-ins for its arguments, to get the program that it comes down to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from tinygrad_edu.engine.context import STATE, captured_by, watched
from tinygrad_edu.engine.node import numbers
from tinygrad_edu.engine.stand_ins import UntraceableError, is_traced
from tinygrad_edu.kit.pytree import flatten, paths, substituted
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.trace.program import Program, program_of
from tinygrad_edu.trace.traced import Checks, Traced, is_stale

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
    constants : list of (array, array)
        The plain arrays among the arguments of the calls, each with a copy of what was in it.
    exceptional : bool
        Whether these arguments are a rare case, for which the program leaves the function itself.
    """

    program: Program
    result: Any
    outside: list[tuple[Tensor, Any]]
    constants: list[tuple[Any, Any]]
    exceptional: bool


class _Onlooker:
    """Looks on while a function is traced: which Tensors it uses that are no arguments."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.found: dict[int, tuple[Tensor, Any]] = {}
        self.start = next(numbers)

    def made(self, _node: Any, _row: Any, _args: Any, _params: Any) -> None:
        """A node was recorded."""

    def on_arrays(self, *_call: Any) -> None:
        """A transform is about to call a function."""

    def composed(self, row: Any, operands: Any, params: Any) -> Any:
        """A composed function is to be called."""
        return row.function(*operands, **params)

    def swept(self, sweep: Any, *args: Any) -> Any:
        """A backward pass is to be done."""
        return sweep(*args)

    def looked_at(self, tensor: Any) -> None:
        """The value of a Tensor is made use of."""
        if tensor._number < self.start and not is_traced(tensor._value):
            self.found[id(tensor)] = tensor, tensor._value

    def changed(self, tensor: Any, what: str) -> None:
        """A Tensor is about to be changed, or read what may have changed of it."""
        if tensor._number < self.start:
            raise TypeError(
                f"{self.title}: {what} of a Tensor that the function did not make{_named(tensor)}; "
                "a compiled function takes arguments and gives results, and that is all: write "
                "value_and_grad(...) for backward(), and give back what is to be stored"
            )


def capture(
    title: str, f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any] | None = None
) -> Captured:
    """The program of ``f(*args, **kwargs)``, for any values of its arrays.

    Arrays, NumPy's and Python's floating-point and complex numbers, and parameters of modules vary;
    Python's integers, and what is no number, are settings of the function.

    Raises
    ------
    TypeError
        If an argument is a Tensor or no array, if the course of the function depends on values, or
        if it changes a Tensor or an array that it did not make.
    """
    if STATE.get().watch is not None:
        raise RuntimeError(f"{title}: within debug() nothing is compiled; call it outside")
    tree, checks = (tuple(args), kwargs or {}), Checks()
    known: dict[int, Any] = {}  # the same object has the same stand-in
    for path, leaf in zip(paths(tree), flatten(tree), strict=True):
        if id(leaf) not in known:
            known[id(leaf)] = _stand_in(title, path, leaf, checks)
    inputs = [t for t in map(_value, known.values()) if is_traced(t)]
    call, named = substituted(tree, known)
    onlooker = _Onlooker(title)
    try:
        with watched(onlooker), captured_by(onlooker):
            result = f(*call, **named)
    except Exception as error:
        _refuse_caught(title, checks, error)
        raise
    _refuse_caught(title, checks)
    _refuse_functions(title, result)
    outputs = [_output(title, leaf) for leaf in flatten(result)]
    constants = list(checks.constants.values())
    _require_unchanged(title, constants)
    program = program_of(outputs, inputs, checks)
    exceptional = any(check.dtype.kind == "b" and check.value for check in checks)
    return Captured(program, result, list(onlooker.found.values()), constants, exceptional)


def _refuse_caught(title: str, checks: Checks, raised: Exception | None = None) -> None:
    """Refuse what was refused on the way, also where the function caught the error.

    What it raised is its own if that led to it: an error on account of values, as it would raise.
    """
    if isinstance(raised, UntraceableError):
        _refuse(title, raised)
    led: BaseException | None = raised
    while led is not None:
        if not isinstance(led, UntraceableError) and any(led is e for e, _ in checks.refusals):
            return
        led = led.__context__
    for error, _ in checks.refusals:
        if isinstance(error, UntraceableError):
            error.add_note("(and the function catches the error that says so)")
            _refuse(title, error)
        raise TypeError(
            f"{title}: the function catches an error that other values would not raise "
            f"({type(error).__name__}: {error}), and goes on in another way, so that no one "
            "program does what it does for all values. Compile it with arguments that raise "
            "none (where such come later the function itself is called), or ask for what is "
            "wrong with np.where(condition, a, b)"
        ) from error


def _refuse(title: str, error: UntraceableError) -> NoReturn:
    where = " ".join(["", *getattr(error, "__notes__", ())])
    raise TypeError(
        f"{title}: {error}{where}. Either the function asks for the value of something that it "
        "computes from its arguments (in an if, float(), .item(), or as an index), so that no one "
        "program does what it does for all values, or it writes into an array. Write "
        "np.where(condition, a, b) for an if, give what only says what to do as a Python int or "
        "bool, make new arrays, or leave this function uncompiled"
    ) from error


def _stand_in(title: str, path: str, leaf: Any, checks: Checks) -> Any:
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


def _output(title: str, leaf: Any) -> Any:
    """A leaf of the result as what computes it, or a constant."""
    value = _value(leaf)
    if is_traced(value) and is_stale(value):
        _refuse(title, UntraceableError("the result has been changed by an in-place operator"))
    if is_traced(value) or isinstance(value, np.ndarray | np.generic | int | float | complex):
        return value
    raise TypeError(
        f"{title}: there is a {type(leaf).__name__} in the result, and a program gives arrays and "
        "numbers, in lists, tuples, dicts and dataclasses"
    )


def _refuse_functions(title: str, result: Any) -> None:
    """A function, as that of `vjp`, would have the stand-ins in it."""
    flatten(result, title)  # which says so if it holds itself
    waiting = [result]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list | tuple):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
        elif callable(part) and not hasattr(type(part), "named_parameters"):
            raise TypeError(
                f"{title}: there is a function in the result ({part!r:.60}), and a program gives "
                "arrays and numbers; call it within the function that is compiled"
            )


def _require_unchanged(title: str, constants: list[tuple[Any, Any]]) -> None:
    for array, copy in constants:
        if array.tobytes() != copy.tobytes():
            raise TypeError(
                f"{title}: an array of shape {array.shape} was used, and then changed by the "
                "function; make a new array instead of writing into it"
            )


def _value(leaf: Any) -> Any:
    return leaf._value if isinstance(leaf, Tensor) else leaf


def _named(tensor: Any) -> str:
    return f" ({tensor.name})" if tensor.name else ""
