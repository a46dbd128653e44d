"""The line of the user's own code that an operation was called from."""

from __future__ import annotations

import linecache
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

__all__ = ["Origin", "origin", "warn_as_numpy_would"]

_PACKAGE = str(Path(__file__).parent.parent) + "/"
_NUMPY = str(Path(np.__file__).parent) + "/"
_DISPATCH = "<__array_function__"


class Origin:
    """A place in the user's code; its line is read only when it is to be shown."""

    __slots__ = ("code", "instruction", "line")

    def __init__(self, frame: FrameType) -> None:
        self.code: CodeType = frame.f_code
        self.line = frame.f_lineno
        self.instruction = frame.f_lasti

    def __str__(self) -> str:
        """As in a traceback: file and line, the text of the line, and what in it was called."""
        name = self.code.co_filename
        where = f'  File "{name}", line {self.line}, in {self.code.co_name}'
        text = linecache.getline(name, self.line).rstrip("\n")
        if not text.strip():
            return where
        stripped = text.strip()
        shown = f"{where}\n    {stripped}"
        first, last, start, end = list(self.code.co_positions())[self.instruction // 2]
        if first != last or first != self.line or start is None or end is None:
            return shown
        before, marked = text.encode()[:start].decode(), text.encode()[start:end].decode()
        if marked == stripped:
            return shown
        return f"{shown}\n    {' ' * len(before.lstrip())}{'^' * len(marked)}"

    @property
    def augments(self) -> bool:
        """Whether what was called there is an augmented assignment, such as ``a += 1``."""
        import dis  # to look at an error that is about to be told

        return any(
            each.offset == self.instruction
            and each.opname == "BINARY_OP"
            and each.argrepr.endswith("=")
            for each in dis.get_instructions(self.code)
        )


def origin() -> tuple[Origin | None, dict[str, Any]]:
    """The innermost place outside of this package and NumPy, and the variables there."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if not frame.f_code.co_filename.startswith((_PACKAGE, _NUMPY, _DISPATCH)):
            return Origin(frame), {**frame.f_globals, **frame.f_locals}
        frame = frame.f_back
    return None, {}


def warn_as_numpy_would(modes: Any) -> Callable[[str, int], None]:
    """What NumPy calls on a floating-point error: silent about Tensors, else as `modes` says."""
    keys = {"divide by zero": "divide", "overflow": "over", "invalid value": "invalid"}

    def complain(kind: str, _flag: int) -> None:
        frame: FrameType | None = sys._getframe(1)
        level = 2
        while frame is not None and frame.f_code.co_filename.startswith((_NUMPY, _DISPATCH)):
            frame, level = frame.f_back, level + 1
        ours = frame is not None and frame.f_code.co_filename.startswith(_PACKAGE)
        mode = modes.get(keys.get(kind, ""), "warn")
        if ours or mode == "ignore":
            return
        if mode == "raise":
            raise FloatingPointError(f"{kind} encountered")
        warnings.warn(f"{kind} encountered", RuntimeWarning, stacklevel=level)

    return complain
