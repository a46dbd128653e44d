"""Arithmetic in which NumPy neither warns nor raises, entered many times in a training step."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar, cast

import numpy as np

__all__ = ["quiet"]

Function = TypeVar("Function", bound=Callable[..., Any])


def _changed_by_errstate() -> list[tuple[ContextVar[Any], Any]]:
    """The context variables that `np.errstate` sets, and what it sets them to."""
    outside = copy_context()
    with np.errstate(all="ignore"):
        inside = copy_context()
    return [(each, value) for each, value in inside.items() if outside.get(each) is not value]


_CHANGED = _changed_by_errstate()


def quiet(function: Function) -> Function:
    """Let `function`, of positional arguments, run as within ``np.errstate(all="ignore")``.

    `np.errstate` works out anew at each call what to ignore, which takes as long as several
    operations on a small array. What it sets is always the same, and is set here as it stands.
    """
    if len(_CHANGED) != 1:  # not how NumPy 2.0 to 2.5 do it
        return np.errstate(all="ignore")(function)
    ((variable, silent),) = _CHANGED
    enter, leave = variable.set, variable.reset

    @functools.wraps(function)
    def silenced(*args: Any) -> Any:
        token = enter(silent)
        try:
            return function(*args)
        finally:
            leave(token)

    return cast(Function, silenced)
