"""Operators on stand-ins for arrays: those in place, and those of Python's own numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partialmethod
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tinygrad_edu.engine.stand_ins import StandIn
from tinygrad_edu.trace.facts import VIEWS

__all__ = ["OF_ARRAYS", "TracedOperators", "is_weak"]


def is_weak(value: Any) -> bool:
    """Whether it is one of Python's numbers, or stands for one: these adapt to what they meet."""
    value = value.value if isinstance(value, TracedOperators) else value
    return isinstance(value, int | float | complex) and not isinstance(value, np.generic)


# What an operator does to Python's numbers, and what does the same to arrays.
OF_ARRAYS: dict[Callable[..., Any], Callable[..., Any]] = {}


def _operators(of_numbers: Any, of_arrays: Any, operate: Any = None) -> tuple[Any, Any]:
    """An operator and its reflection: of Python's numbers it gives one of Python's numbers.

    `operate` does it where the operator is not always the ufunc `of_arrays`.
    """
    OF_ARRAYS[of_numbers] = of_arrays
    operate = operate or of_arrays

    def forward(x: Any, y: Any) -> Any:
        if is_weak(x) and is_weak(y):
            return _stand_in(x, y).call(of_numbers, (x, y), {})
        return NotImplemented if hasattr(y, "parents") else operate(x, y)

    def reflected(y: Any, x: Any) -> Any:
        return forward(x, y)

    return forward, reflected


def _stand_in(x: Any, y: Any) -> Any:
    return x if isinstance(x, TracedOperators) else y


def _power(x: Any, y: Any) -> Any:
    """``x ** y``, where the operator is not the ufunc: at 0.5, of -inf and -0.

    One takes a square root, the other none; which does is a matter of axes and precision.
    """
    if not hasattr(y, "value") and np.ndim(y) == 0 and y == 0.5:
        value = getattr(x, "value", x)
        if np.ndim(value) == 0 or value.dtype.char == "e":
            return _stand_in(x, y).call(operator.pow, (x, y), {})
    return np.power(x, y)


def _operator(of_numbers: Any, of_arrays: Any) -> Any:
    """The same of one operand."""
    OF_ARRAYS[of_numbers] = of_arrays

    def operate(x: Any) -> Any:
        return x.call(of_numbers if is_weak(x) else of_arrays, (x,), {})

    return operate


def _conjugate(x: Any) -> Any:
    return x.conjugate()


class TracedOperators(NDArrayOperatorsMixin, StandIn):
    """What a stand-in does where NumPy's ufuncs would do another thing than its operators."""

    __slots__ = ()

    value: Any
    function: Callable[..., Any] | None
    args: tuple[Any, ...]
    ndim: Any

    def is_replaced(self) -> None:
        """Let nothing be computed from this any more."""
        raise NotImplementedError

    def refuse(self, reason: str) -> NoReturn:
        """Raise, and let the trace remember it, whatever becomes of the error."""
        raise NotImplementedError

    __add__, __radd__ = _operators(operator.add, np.add)
    __sub__, __rsub__ = _operators(operator.sub, np.subtract)
    __mul__, __rmul__ = _operators(operator.mul, np.multiply)
    __truediv__, __rtruediv__ = _operators(operator.truediv, np.divide)
    __pow__, __rpow__ = _operators(operator.pow, np.power, _power)

    __floordiv__, __rfloordiv__ = _operators(operator.floordiv, np.floor_divide)
    __mod__, __rmod__ = _operators(operator.mod, np.remainder)
    __divmod__, __rdivmod__ = _operators(divmod, np.divmod)
    __neg__ = _operator(operator.neg, np.negative)
    __pos__ = _operator(operator.pos, np.positive)
    __abs__ = _operator(operator.abs, np.absolute)
    conjugate = conj = _operator(_conjugate, np.conjugate)

    def _in_place(self, operation: Any, other: Any) -> Any:
        """``a += b``: the name stands for a new value, and nothing else may stand for the old."""
        written = self.ndim > 0
        if written and (self.function is None or self.function in VIEWS or self._is_shared()):
            self.refuse("an in-place operator changes an argument, or part of an array")
        result = operation(self, other)
        if written:
            self.is_replaced()
        return result

    def _is_shared(self) -> bool:
        """Whether it has the memory of what it was computed from, as of a view or no copy."""
        values = [each.value for each in self.args if isinstance(each, TracedOperators)]
        return any(np.may_share_memory(self.value, value) for value in values)

    def _refused_in_place(self, _other: Any) -> NoReturn:
        self.refuse("this in-place operator is not traced: write a = a + b")

    __iadd__ = partialmethod(_in_place, operator.add)
    __isub__ = partialmethod(_in_place, operator.sub)
    __imul__ = partialmethod(_in_place, operator.mul)
    __itruediv__ = partialmethod(_in_place, operator.truediv)
    __ipow__ = partialmethod(_in_place, operator.pow)
    __ifloordiv__ = __imod__ = __imatmul__ = _refused_in_place
    __iand__ = __ior__ = __ixor__ = __ilshift__ = __irshift__ = _refused_in_place
