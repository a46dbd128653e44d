"""A failed check as lines of Python that repeat it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinygrad_edu.tensor import Tensor
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


def _lines(
    check: str, functions: Sequence[Callable[..., Any]], args: Sequence[Any], options: Any
) -> Iterator[str]:
    yield "import numpy as np"
    yield f"from tinygrad_edu.testing import {check}"
    roles = _ROLES[check]
    first = roles[0] == "jvp"  # its own first argument is the tangent
    called = names(functions[0], len(args), range(first, len(args) + first))
    variables = [name if name.isidentifier() else f"x{k}" for k, name in enumerate(called)]
    for k, (variable, arg) in enumerate(zip(variables, args, strict=True)):
        yield f"{variable} = {_source(arg, f'error.arguments[{k}]')}"
    given = [
        f"{key}={'domain' if callable(value) else _words(repr(value))}"
        for key, value in options.items()
    ]
    called_functions = [_function(f, role) for f, role in zip(functions, roles, strict=True)]
    yield f"{check}({', '.join([*called_functions, *variables, *given])})"


def _function(f: Callable[..., Any], role: str) -> str:
    if isinstance(f, np.ufunc) or getattr(f, "__module__", "") == "numpy":
        return f"np.{f.__name__}"
    name = getattr(f, "__name__", role)
    return name if name.isidentifier() else role


def _source(arg: Any, otherwise: str) -> str:
    """An argument as Python writes it."""
    if isinstance(arg, Tensor):
        arg = arg.data
    if isinstance(arg, dict):
        inside = [f"{key!r}: {_source(value, '...')}" for key, value in arg.items()]
        return f"{{{', '.join(inside)}}}"
    if isinstance(arg, list | tuple):
        inside = [_source(each, "...") for each in arg]
        if isinstance(arg, list):
            return f"[{', '.join(inside)}]"
        return f"({', '.join(inside)}{',' * (len(inside) == 1)})"
    if not isinstance(arg, np.ndarray | np.generic):
        return _words(repr(arg))
    if arg.size > MANY:
        return f"{otherwise}  # {arg.shape} {arg.dtype}"
    if arg.size == 0:
        return f"np.zeros({arg.shape}, np.{arg.dtype})"
    dtype = "" if arg.dtype == np.asarray(arg.tolist()).dtype else f", np.{arg.dtype}"
    if arg.ndim == 0 and not dtype:
        return _words(repr(arg.item()))
    return _words(f"np.array({arg.tolist()!r}{dtype})")


def _words(text: str) -> str:
    """With the names that NaN and infinity have in NumPy."""
    return re.sub(r"(?<![\w.])(nan|inf)\b", r"np.\1", text)
