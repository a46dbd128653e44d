"""What stands in for an array: the engine computes with it, and knows no more of it than this.

Whoever wants to know which calls a computation comes down to runs it on stand-ins, which remember
them. Where the engine asks for a value, a stand-in refuses; where it then has another way, what was
refused is withdrawn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, TypeVar

import numpy as np

from tinygrad_edu.kit.nested import found_in

__all__ = [
    "StandIn",
    "UntraceableError",
    "array",
    "exceptional",
    "is_array",
    "is_traced",
    "opaque_call",
    "raise_caught",
    "remembered",
    "traced_call",
    "withdraw",
]

Error = TypeVar("Error", bound=BaseException)


class UntraceableError(TypeError):
    """What a function does depends on values, so that no one formula says it."""


class StandIn:
    """What passes for an array as far as Python lets it; only `type` tells, see `is_traced`.

    Attributes
    ----------
    checks
        Where the trace of a whole function keeps what it has to look at again whenever it is run,
        and its `refusals`. None in the trace of a rule.
    """

    __slots__ = ()

    checks: Any
    shape: Any
    dtype: Any

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:
        """The result of a function, in which it remembers the call as one."""
        raise NotImplementedError

    def opaque_call(self, function: Any, args: Any, kwargs: Any) -> Any:
        """The same for a function that looks at values; refused where that is recorded."""
        raise NotImplementedError

    def look_again(self) -> None:
        """Let the trace look at this whenever it is run: it may not hold, nor be NaN."""
        if self.checks is not None:
            self.checks.append(self)


def is_traced(value: Any) -> bool:
    """Whether `value` stands in for an array."""
    return issubclass(type(value), StandIn)


def is_array(value: Any) -> bool:
    """Whether it is an array, and nothing that stands for one: that answers `isinstance` as one."""
    return issubclass(type(value), np.ndarray)


def array(value: Any) -> Any:
    """`value` as an array, or what stands in for one as it is."""
    return value if is_traced(value) else np.asarray(value)


def exceptional(condition: Any) -> bool:
    """Whether `condition` holds, which it does in an error or another rare case only.

    In a trace it is taken not to: where it does when the trace is run, the function that was traced
    is called instead.
    """
    if not is_traced(condition):
        return bool(condition)
    condition.look_again()
    return False


def traced_call(function: Any, args: Any, kwargs: Any) -> Any:
    """Call `function` on arguments among which are stand-ins, as one call of their trace."""
    stand_in = _first((args, kwargs))
    if stand_in is None:  # who refused was hidden in the function
        return function(*args, **kwargs)
    return stand_in.call(function, args, kwargs)


def opaque_call(function: Any, args: Any, kwargs: Any) -> Any:
    """The same for a function that looks at values."""
    stand_in = _first([getattr(each, "_value", each) for each in args])
    if stand_in is None:
        return function(*args, **kwargs)
    return stand_in.opaque_call(function, args, kwargs)


def _first(arguments: Any) -> StandIn | None:
    return next(iter(found_in(arguments, StandIn)), None)


def remembered(error: Error, traces: Iterable[Any]) -> Error:
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
    traces = [each.checks for each in operands if is_traced(each)]
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
    for trace in (each.checks for each in operands if is_traced(each)):
        for error, course in () if trace is None else trace.refusals:
            if frame in course:
                raise error


def _course() -> Iterator[FrameType]:
    """The frames that run just now: a generator's does not say afterwards who asked it."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        yield frame
        frame = frame.f_back
