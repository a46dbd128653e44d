"""Stand-ins for arrays, which remember the calls that they were computed by.

NumPy code that is run on them computes what it always computes, and what it gives is a formula as
well: it can be printed, optimised, or computed in another place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tinygrad_edu.array_methods import ArrayMethods
from tinygrad_edu.registry import title

__all__ = [
    "Traced",
    "UntraceableError",
    "array",
    "exceptional",
    "is_traced",
    "item",
    "traced_call",
]

_WRITES = "an array is written into, and no formula says that"
_numbers = count()


class UntraceableError(TypeError):
    """What a rule does depends on values, so that no one formula says it."""


def item(results: Any, place: int) -> Any:
    """One of several results of a function, as a call of its own in a trace."""
    return results[place]


class Traced(NDArrayOperatorsMixin, ArrayMethods):
    """A value, and the call that gave it; a variable has a name in place of a call.

    Attributes
    ----------
    value : ndarray, or one of NumPy's or Python's numbers
    function : callable or None
        What was called, None for a variable.
    args, kwargs
        Its arguments, among which are other Traced values, also in lists and tuples.
    name : str
        Of a variable: ``"g"``, ``"out"``, or ``"a0"``, ``"a1"`` ... by the place of the argument.
    number : int
        The order of creation, which is an order in which the calls can be done.
    checks : list of Traced
        Shared by all that a trace of a whole function makes: the numbers that may not be NaN, and
        the conditions that may not hold, when it is run. None in the trace of a rule.
    """

    __slots__ = ("args", "checks", "function", "kwargs", "name", "number", "value")

    base = None  # as of an array that owns its memory

    def __init__(
        self,
        value: Any,
        name: str = "",
        function: Callable[..., Any] | None = None,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        checks: list[Any] | None = None,
    ) -> None:
        self.value, self.name, self.function = value, name, function
        self.args, self.kwargs = args, kwargs or {}
        self.checks = checks
        self.number = next(_numbers)

    def __repr__(self) -> str:
        return f"Traced({self.name or title(self.function)}, shape={self.shape})"  # type: ignore[arg-type]

    # ---- what an array says of itself, values apart ----------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return tuple(np.shape(self.value))

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.size(self.value))

    @property
    def dtype(self) -> Any:
        """The dtype of the value; one of Python's numbers has that of NumPy's."""
        return np.asarray(self.value).dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        return traced_call(_getitem, (self, index), {})

    # ---- calls -----------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs.pop("out", None) is not None:
            inputs = inputs[: ufunc.nin]  # a += b: the name stands for a new value
        if any(map(_is_node, inputs)):
            return NotImplemented
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return traced_call(function, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if any(map(_is_node, types)):
            return NotImplemented
        if kwargs.get("out") is not None:
            raise UntraceableError(_WRITES)
        return traced_call(function, args, kwargs)

    def __tensor_function__(self, function: Any, args: Any, kwargs: Any) -> Any:
        """The same for the functions that are ours."""
        for each in (*args, *kwargs.values()):
            if _is_node(each):
                return each.__tensor_function__(function, args, kwargs)
        return traced_call(function, args, kwargs)

    def as_variable(self, dtype: Any) -> Any:
        """What the value of a new Tensor is: this, in floating point."""
        if dtype is None and self.dtype.kind in "biu":
            dtype = np.float64
        return self if dtype is None or self.dtype == dtype else np.astype(self, dtype)  # type: ignore[call-overload]

    def copy(self, order: str = "C") -> Any:
        """This: nothing is changed in place."""
        return self

    def _refused(self, *_args: Any) -> NoReturn:
        raise UntraceableError(
            "a rule asks for the value of an operand, and its course depends on it"
        )

    __bool__ = __float__ = __int__ = __index__ = __complex__ = _refused
    __array__ = item = tolist = __setitem__ = _refused


def _getitem(a: Any, index: Any) -> Any:
    return a[index]


_getitem.__name__ = "getitem"


def is_traced(value: Any) -> bool:
    """Whether `value` stands in for an array."""
    return type(value) is Traced


def array(value: Any) -> Any:
    """`value` as an array, or what stands in for one as it is."""
    return value if type(value) is Traced else np.asarray(value)


def exceptional(condition: Any) -> bool:
    """Whether `condition` holds, which it does in an error or another rare case only.

    In a trace it is taken not to: where it does when the trace is run, the function that was traced
    is called instead.
    """
    if type(condition) is not Traced:
        return bool(condition)
    condition.checks.append(condition)  # type: ignore[union-attr]
    return False


def _is_node(value: Any) -> bool:
    return hasattr(value, "parents")


def traced_call(function: Any, args: Any, kwargs: Any) -> Any:
    """Call `function` on the values; what is an array of numbers remembers the call."""
    checks: list[Any] = []
    values, named = _values(args, checks), _values(kwargs, checks)
    with np.errstate(all="ignore"):
        result = function(*values, **named)
    if not checks:
        return result  # of constants alone
    if result is None:
        raise UntraceableError(_WRITES)
    return _remembering(result, function, tuple(args), dict(kwargs), checks[0])


def _remembering(result: Any, function: Any, args: Any, kwargs: Any, checks: Any) -> Any:
    if isinstance(result, np.ndarray | np.generic):
        return Traced(result, "", function, args, kwargs, checks)
    if not isinstance(result, tuple | list) or not any(
        isinstance(each, np.ndarray | tuple | list) for each in result
    ):
        return result  # a shape, a dtype: the same whatever the values
    whole = Traced(np.empty(0), "", function, args, kwargs, checks)
    parts = (_remembering(each, item, (whole, k), {}, checks) for k, each in enumerate(result))
    if hasattr(result, "_fields"):  # a named tuple takes its fields one by one
        return type(result)(*parts)
    return list(parts)


def _values(argument: Any, checks: list[Any]) -> Any:
    """The arguments as arrays; `checks` gets the list of checks of each that is traced."""
    if isinstance(argument, Traced):
        checks.append(argument.checks)
        return argument.value
    if isinstance(argument, tuple | list):
        return type(argument)(_values(each, checks) for each in argument)
    if isinstance(argument, dict):
        return {name: _values(each, checks) for name, each in argument.items()}
    return argument
