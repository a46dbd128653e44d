"""A failed check as lines of Python that repeat it."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import title
from tinygrad_edu.kit.quoting import dtype, identifier, literal, one_line
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.testing.problem import names
from tinygrad_edu.testing.report import GradientError

__all__ = ["changed", "repeatable"]

MANY = 100  # an array with more elements is not written out

_ROLES = {
    "check_gradients": ("f",),
    "check_vjp": ("f", "vjp"),
    "check_jvp": ("f", "jvp"),
    "check_adjoint": ("jvp", "vjp"),
}
_USUAL = {
    "order": 1,
    "argnums": None,
    "kinks": "subgradient",
    "domain": None,
    "alias": "error",
    "seed": 0,
}


def changed(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a check that are not what they are by default."""
    return {key: value for key, value in options.items() if value != _USUAL[key]}


@contextmanager
def repeatable(
    check: str, functions: Sequence[Callable[..., Any]], args: Sequence[Any], **options: Any
) -> Iterator[None]:
    """Within, a `GradientError` gets the lines that repeat it, and the arguments."""
    try:
        yield
    except GradientError as error:
        error.arguments = tuple(args)
        lines = _lines(check, functions, args, options)
        error.args = (f"{error}\n  to repeat it:\n" + "\n".join(f"    {line}" for line in lines),)
        raise


class _UnwritableError(Exception):
    """An argument is too long, or is nothing that Python could write."""


def _lines(
    check: str, functions: Sequence[Callable[..., Any]], args: Sequence[Any], options: Any
) -> Iterator[str]:
    roles = _ROLES[check]
    called_functions = [_function(f, role) for f, role in zip(functions, roles, strict=True)]
    yield "import numpy as np"
    if any(name.startswith("scipy.") for name in called_functions):
        yield "import scipy.special"
    yield f"from tinygrad_edu.testing import {check}"
    variables = _variables(functions[0], roles, len(args), {check, *called_functions})
    for k, (variable, arg) in enumerate(zip(variables, args, strict=True)):
        yield f"{variable} = {_source(arg, k)}"
    given = [f"{key}={_option(key, value)}" for key, value in options.items()]
    yield f"{check}({', '.join([*called_functions, *variables, *given])})"


def _variables(f: Any, roles: Any, count: int, taken: set[str]) -> list[str]:
    """A name for each argument: that of the parameter, where nothing else is called so."""
    first = roles[0] == "jvp"  # its own first argument is the tangent
    known = {"np", "scipy", "error", "domain", *taken}
    found = []
    for k, name in enumerate(names(f, count, range(first, count + first))):
        free = name == identifier(name, len(name)) and not keyword.iskeyword(name)
        variable = name if free and name not in known else f"x{k}"
        while variable in known:
            variable += "_"
        known.add(variable)
        found.append(variable)
    return found


def _function(f: Callable[..., Any], role: str) -> str:
    """What a function is called where the lines are to run: NumPy's and SciPy's by their place."""
    name = title(f)
    root, *parts = name.split(".")
    found: Any = {"np": np, "scipy": sys.modules.get("scipy")}.get(root)
    for part in parts:
        found = getattr(found, part, None)
    if parts and found is f:
        return name
    own = getattr(f, "__name__", role)
    return own if own.isidentifier() and not keyword.iskeyword(own) and own != "np" else role


def _source(arg: Any, place: int) -> str:
    """An argument as Python writes it, or where the error has it."""
    try:
        return literal(arg, _array)
    except _UnwritableError as said:
        return f"error.arguments[{place}]  # {one_line(said, 60)}"
    except RecursionError:
        return f"error.arguments[{place}]  # nested too deeply"


def _array(arg: Any) -> str:
    if isinstance(arg, Tensor):
        arg = arg.data
    if not isinstance(arg, np.ndarray | np.generic) or arg.dtype.kind not in "biufcUS":
        raise _UnwritableError(type(arg).__name__)
    if arg.size > MANY:
        raise _UnwritableError(f"{arg.shape} {arg.dtype}")
    kind = dtype(arg.dtype)
    if arg.size == 0:
        return f"np.zeros({arg.shape}, {kind})"
    plain = arg.dtype == np.asarray(arg.tolist()).dtype
    if arg.ndim == 0 and plain:
        return literal(arg.item())
    return f"np.array({literal(arg.tolist())}{'' if plain else f', {kind}'})"


def _option(key: str, value: Any) -> str:
    """A setting of the check; what can't be written is a variable of that name."""
    try:
        return key if callable(value) else literal(value, _array)
    except _UnwritableError:
        return key
