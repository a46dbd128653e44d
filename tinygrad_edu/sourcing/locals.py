"""What a function calls what it computes: the names of its local variables."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

__all__ = ["constants_of", "with_locals"]


def with_locals(f: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
    """The result of ``f(*args, **kwargs)``, and its local variables when it returned.

    `f` may be wrapped, as by `tinygrad_edu.grad`: they are those of the function inside.
    """
    code = getattr(inspect.unwrap(f), "__code__", None)
    found: dict[str, Any] = {}
    before = sys.getprofile()

    def returning(frame: Any, event: str, _arg: Any) -> None:
        if event == "return" and frame.f_code is code:
            found.update(frame.f_locals)

    sys.setprofile(returning)
    try:
        return f(*args, **kwargs), found
    finally:
        sys.setprofile(before)


def constants_of(f: Callable[..., Any]) -> dict[str, Any]:
    """What `f` uses from around it, by name: for the arrays among it to be called so."""
    inner = inspect.unwrap(f)
    if not inspect.isfunction(inner):
        return {}
    cells = zip(inner.__code__.co_freevars, inner.__closure__ or (), strict=True)
    enclosed = {}
    for name, cell in cells:
        try:
            enclosed[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    used = {name: inner.__globals__.get(name) for name in _names(inner.__code__)}
    return used | enclosed


def _names(code: CodeType) -> list[str]:
    """The names that are looked up in a function and in those within it."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [*code.co_names, *(name for each in inner for name in _names(each))]
