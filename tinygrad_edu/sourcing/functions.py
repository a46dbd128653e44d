"""What functions are called in source that NumPy alone runs, and what is printed with it."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import title
from tinygrad_edu.sourcing.helpers import Helper, UnprintableError, helper
from tinygrad_edu.sourcing.known import INLINE, KNOWN
from tinygrad_edu.trace.operators import OF_ARRAYS

__all__ = ["Used", "is_printable", "public"]

# What NumPy's C code is called from Python, and what operators do to arrays.
_OTHER_NAMES: dict[Any, Any] = {
    **OF_ARRAYS,
    np._core.umath.clip: np.clip,  # type: ignore[attr-defined]
    np.matrix_transpose: np.matrix_transpose,
}


@functools.cache
def _unwrapped() -> dict[Any, Callable[..., Any]]:
    """NumPy's functions by what they are without dispatch, as the table of rules calls them."""
    found: dict[Any, Callable[..., Any]] = {}
    for module in (np, np.linalg, np.fft, np.lib.stride_tricks):
        for name in dir(module):
            if not name.startswith("_"):
                function = getattr(module, name)
                inner = getattr(function, "__wrapped__", None)
                if callable(inner):
                    found.setdefault(inner, function)
    found[getattr(np._core.multiarray, "where", None)] = np.where  # type: ignore[attr-defined]
    found[np._core._multiarray_umath.where] = np.where  # type: ignore[attr-defined]
    return found


def public(function: Any) -> Any:
    """The function under which NumPy's users know it."""
    try:
        return _OTHER_NAMES.get(function) or _unwrapped().get(function, function)
    except TypeError:  # it can't be hashed
        return function


def numpys_name(function: Any) -> str:
    """How NumPy's or SciPy's `function` is written, "" if it is neither's."""
    name = title(function)
    root, *parts = name.split(".")
    if root == "scipy":
        return f"special.{parts[-1]}" if hasattr(_special(), parts[-1]) else ""
    if root != "np":
        return ""
    found: Any = np
    for part in parts:
        found = getattr(found, part, None)
    same = found is function or found == function
    return _shortest(name) if same else ""


def _shortest(name: str) -> str:
    return {"np.absolute": "np.abs", "np.conjugate": "np.conj"}.get(name, name)


def _special() -> Any:
    return importlib.import_module("scipy.special") if "scipy.special" in sys.modules else None


@functools.cache
def is_printable(function: Any) -> bool:
    """Whether source can call it: NumPy's, SciPy's, or of ours with source that NumPy can run."""
    if function in KNOWN or function in INLINE or numpys_name(public(function)):
        return True
    module = getattr(function, "__module__", None) or ""
    if not module.startswith("tinygrad_edu.rules"):
        return False
    try:
        Used().name(function)
    except UnprintableError:
        return False
    return True


class Used:
    """The functions that a piece of source calls: its imports, and what is printed above it."""

    def __init__(self) -> None:
        self.imports: dict[str, None] = {"import numpy as np": None}
        self.helpers: dict[str, Helper] = {}  # by name, in the order in which they are printed

    def name(self, function: Any) -> str:
        """What to write for `function`."""
        function = public(function)
        if function in KNOWN:
            name, text = KNOWN[function]
            self.helpers.setdefault(name, Helper(name, function, text.strip(), (), formatted=True))
            return name
        name = numpys_name(function)
        if name.startswith("special."):
            self.imports["from scipy import special"] = None
        if not name:
            name = self._printed(function)
        return name

    def _printed(self, function: Any) -> str:
        found = helper(function)
        for each in found.needs:
            if isinstance(each, str):
                self.imports[each] = None
            else:
                self._add_needed(each)
        self._add(found)
        return found.name

    def _add_needed(self, function: Any) -> None:
        if function in KNOWN:
            self.name(function)
        elif helper(function).name not in self.helpers:
            self._printed(function)

    def _add(self, found: Helper) -> None:
        known = self.helpers.setdefault(found.name, found)
        if known.function is not found.function:
            raise UnprintableError(
                f"source: two functions that are called {found.name} are needed at once; take what "
                "needs one of them out of the function"
            )
