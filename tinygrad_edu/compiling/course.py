"""Which course a function takes: the instructions of the user's own code that run in a call.

What stands for an array passes for one, but ``type(x)`` says what it is, and Python lets nobody
change that. So it is not asked what the function asks, but looked at where it goes: each
instruction that runs on stand-ins must run on arrays too, and none besides.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from tinygrad_edu.compiling.fingerprints import attribute, is_installed, is_open

__all__ = ["Course", "require_same_course"]

# What calls functions of the user's on our account; what else of ours does, may do so more often on
# arrays than on stand-ins, or on others than the user gave.
_BETWEEN = ("transforms", "nn")


class Course:
    """A function that notes, when it is called, which instructions run.

    Python 3.12 and 3.13 begin to tell of them when a piece of code runs under it a second time, so
    the first course is compared with none.

    Attributes
    ----------
    taken : dict
        For each piece of the user's code, a number that tells sequences of its instructions apart.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.function = f
        self.taken: dict[CodeType, int] = {}
        self._home = _top(attribute(f, "__module__"))
        self._own: dict[str, bool] = {}
        self._start: FrameType | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function; who else traces, as a debugger does, is not told of it."""
        self._start, before = sys._getframe(), sys.gettrace()
        sys.settrace(self._called)
        try:
            return self.function(*args, **kwargs)
        finally:
            sys.settrace(before)
            self._start = None

    def _called(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        if not self._is_own(frame) or not self._is_reached(frame.f_back):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._stepped

    def _stepped(self, frame: FrameType, event: str, _arg: Any) -> Any:
        if event == "opcode":
            code = frame.f_code
            self.taken[code] = hash((self.taken.get(code), frame.f_lasti))
        return self._stepped

    def _is_own(self, frame: FrameType) -> bool:
        """Whether a frame is one of the user's code."""
        module = str(frame.f_globals.get("__name__"))
        if module not in self._own:
            own = _top(module) == self._home or not is_installed(module)
            self._own[module] = is_open(module) and own
        return self._own[module]

    def _is_reached(self, frame: FrameType | None) -> bool:
        """Whether what this frame calls is called by the user's code in the end."""
        while frame is not None and frame is not self._start and frame.f_trace is None:
            top, *within = str(frame.f_globals.get("__name__")).split(".")
            if top in ("numpy", "scipy") or (top == "tinygrad_edu" and within[:1] not in _LETS):
                return False
            frame = frame.f_back
        return frame is not None


_LETS = [[name] for name in _BETWEEN]


def require_same_course(title: str, on_stand_ins: Course, on_arrays: Course) -> None:
    """Compare where the function went.

    Raises
    ------
    TypeError
        If it took another course on arrays than on what stood for them.
    """
    one, other = on_stand_ins.taken, on_arrays.taken
    for code in one.keys() & other.keys():  # what only NumPy called may be in one alone
        if one[code] != other[code]:
            raise TypeError(
                f"{title}: on arrays {code.co_qualname} (line {code.co_firstlineno}) goes another "
                "way than on the stand-ins by which it is compiled; it may ask what kind of value "
                "it has (type(x), hasattr(x, ...)): let it ask isinstance, or for shapes and "
                "dtypes, or leave this function uncompiled"
            )


def _top(module: Any) -> str:
    return str(module or "").partition(".")[0]
