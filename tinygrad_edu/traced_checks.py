"""What a trace of a whole function has to look at again whenever it is run, and what it refused."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, TypeVar

import numpy as np

__all__ = ["Checks", "is_array", "raise_caught", "remembered", "withdraw"]

Error = TypeVar("Error", bound=BaseException)


class Checks(list[Any]):
    """The numbers that may not be NaN, and the conditions that may not hold, when a trace is run.

    Attributes
    ----------
    constants : dict
        The constant arrays that the trace uses, by id, each with a copy of what it was then.
    refusals : list of (Exception, list of frame)
        The errors that were raised on account of values, and in the course of what, whatever became
        of them: a function that catches one may go on another way than it goes for other values.
    replaced : bool
        Whether an in-place operator gave any name to another value.
    """

    def __init__(self) -> None:
        super().__init__()
        self.constants: dict[int, tuple[Any, Any]] = {}
        self.refusals: list[tuple[BaseException, list[FrameType]]] = []
        self.replaced = False

    def use(self, argument: Any) -> None:
        """Keep the arrays among the arguments of a call."""
        if is_array(argument):
            if id(argument) not in self.constants:
                self.constants[id(argument)] = argument, argument.copy()
        elif isinstance(argument, tuple | list):
            for each in argument:
                self.use(each)


def is_array(value: Any) -> bool:
    """Whether it is an array, and nothing that stands for one: that answers `isinstance` as one."""
    return issubclass(type(value), np.ndarray)


def remembered(error: Error, traces: Iterable[Checks | None]) -> Error:
    """The error, which these traces remember from now on."""
    told = [each for each in traces if each is not None]
    course = list(_course()) if told else []
    for each in told:
        if not any(known is error for known, _ in each.refusals):
            each.refusals.append((error, course))
    error.__dict__["_told"] = told
    return error


def withdraw(error: BaseException, operands: Iterable[Any] = ()) -> None:
    """Let all be forgotten that was refused below the frame that calls: it has another way.

    NumPy's C catches errors and raises others, so what was caught in between goes as well; what was
    refused before, or by a frame above, stays. The traces are those that the errors know of, and
    those of the `operands`.
    """
    frame = sys._getframe(1)
    traces = [each.checks for each in operands if hasattr(type(each), "checks")]
    each: BaseException | None = error
    while each is not None:
        traces += each.__dict__.pop("_told", ())
        each = each.__context__
    for trace in traces:
        if trace is not None:
            trace.refusals[:] = [
                (each, course) for each, course in trace.refusals if frame not in course
            ]


def raise_caught(operands: Iterable[Any]) -> None:
    """Raise what was refused below the frame that calls, though somebody caught it there."""
    frame = sys._getframe(1)
    for trace in (each.checks for each in operands if hasattr(type(each), "checks")):
        for error, course in () if trace is None else trace.refusals:
            if frame in course:
                raise error


def _course() -> Iterator[FrameType]:
    """The frames that run just now: a generator's does not say afterwards who asked it."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        yield frame
        frame = frame.f_back
