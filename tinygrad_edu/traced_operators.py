"""Operators on stand-ins for arrays: those in place, and those of Python's own numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partialmethod
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tinygrad_edu.array_functions import VIEWS

__all__ = ["TracedOperators", "UntraceableError", "is_weak"]


class UntraceableError(TypeError):
    """What a function does depends on values, so that no one formula says it."""


def is_weak(value: Any) -> bool:
    """Whether it is one of Python's numbers, or stands for one: these adapt to what they meet."""
    value = value.value if isinstance(value, TracedOperators) else value
    return isinstance(value, int | float | complex) and not isinstance(value, np.generic)


def _operators(of_numbers: Any, of_arrays: Any) -> tuple[Any, Any]:
    """An operator and its reflection: of Python's numbers it gives one of Python's numbers."""

    def forward(x: Any, y: Any) -> Any:
        if is_weak(x) and is_weak(y):
            stand_in = x if isinstance(x, TracedOperators) else y
            return stand_in.called(of_numbers, x, y)
        return NotImplemented if hasattr(y, "parents") else of_arrays(x, y)

    def reflected(y: Any, x: Any) -> Any:
        return forward(x, y)

    return forward, reflected


class TracedOperators(NDArrayOperatorsMixin):
    """What a stand-in does where NumPy's ufuncs would do another thing than its operators."""

    __slots__ = ()

    value: Any
    function: Callable[..., Any] | None
    ndim: Any

    def called(self, function: Any, *args: Any) -> Any:
        """The result of a function, in which it remembers the call."""
        raise NotImplementedError

    def is_replaced(self) -> None:
        """Let nothing be computed from this any more."""
        raise NotImplementedError

    __add__, __radd__ = _operators(operator.add, np.add)
    __sub__, __rsub__ = _operators(operator.sub, np.subtract)
    __mul__, __rmul__ = _operators(operator.mul, np.multiply)
    __truediv__, __rtruediv__ = _operators(operator.truediv, np.divide)
    __pow__, __rpow__ = _operators(operator.pow, np.power)

    def __neg__(self) -> Any:
        return self.called(operator.neg if is_weak(self) else np.negative, self)

    def _in_place(self, operation: Any, other: Any) -> Any:
        """``a += b``: the name stands for a new value, and nothing else may stand for the old."""
        written = self.ndim > 0
        if written and (self.function is None or self.function in VIEWS):
            raise UntraceableError("an in-place operator changes an argument, or part of an array")
        result = operation(self, other)
        if written:
            self.is_replaced()
        return result

    def _refused_in_place(self, _other: Any) -> NoReturn:
        raise UntraceableError("this in-place operator is not traced: write a = a + b")

    __iadd__ = partialmethod(_in_place, operator.add)
    __isub__ = partialmethod(_in_place, operator.sub)
    __imul__ = partialmethod(_in_place, operator.mul)
    __itruediv__ = partialmethod(_in_place, operator.truediv)
    __ipow__ = partialmethod(_in_place, operator.pow)
    __ifloordiv__ = __imod__ = __imatmul__ = _refused_in_place
    __iand__ = __ior__ = __ixor__ = __ilshift__ = __irshift__ = _refused_in_place
