"""Stand-ins for arrays, which remember the calls that they were computed by.

NumPy code that is run on them computes what it always computes, and what it gives is a formula as
well: it can be printed, optimised, or computed in another place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from types import FrameType
from typing import Any, NoReturn

import numpy as np

from tinygrad_edu.engine.rule import title
from tinygrad_edu.engine.stand_ins import UntraceableError, is_array, is_traced, remembered
from tinygrad_edu.kit.nested import mapped
from tinygrad_edu.tensor.methods import ArrayMethods
from tinygrad_edu.trace.facts import (
    OF_SHAPES,
    canonical,
    differs,
    follows_memory,
    getitem,
    has_known_shape,
    is_fresh,
    item,
    writes,
)
from tinygrad_edu.trace.operators import TracedOperators, is_weak

__all__ = ["Checks", "Traced", "is_stale", "item", "traced_call"]


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


_WRITES = "an array is written into, and no formula says that"
_numbers = count()


class Traced(TracedOperators, ArrayMethods):
    """A value, and the call that gave it; a variable has a name in place of a call.

    In the trace of a whole function it passes for what it stands for, as far as Python lets it: its
    `__class__`, and so `isinstance`, is that of the value. Only `type` tells, see `is_traced`.

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
    checks : Checks
        Shared by all that a trace of a whole function makes. None in the trace of a rule.
    replaced : bool
        Whether an in-place operator gave its name to another.
    """

    __slots__ = ("args", "checks", "function", "kwargs", "name", "number", "replaced", "value")

    def __init__(
        self,
        value: Any,
        name: str = "",
        function: Callable[..., Any] | None = None,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        checks: Checks | None = None,
    ) -> None:
        self.value, self.name, self.function = value, name, function
        self.args, self.kwargs = args, kwargs or {}
        self.checks = checks
        self.number = next(_numbers)
        self.replaced = False  # by what an in-place operator gave

    def __repr__(self) -> str:
        return f"Traced({self.name or title(self.function)}, shape={self.shape})"  # type: ignore[arg-type]

    # ---- what an array says of itself, values apart ----------------------------------------------

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Of a function that asks, it is what it stands for; of a rule, only itself."""
        return Traced if self.checks is None else type(self.value)

    def __getattr__(self, name: str) -> NoReturn:
        """What an array has besides follows from values, or from how they lie in memory."""
        known = name != "value" and hasattr(type(self.value), name)
        if known and not name.startswith("__array"):  # which NumPy's C asks on the way to another
            self.refuse(f"its attribute {name} is asked for, which no formula says")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

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

    @property
    def itemsize(self) -> int:
        """The bytes of an element."""
        return int(self.dtype.itemsize)

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return self.size * self.itemsize

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        return traced_call(getitem, (self, index), {})

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:
        """The result of a function, in which it remembers the call."""
        return traced_call(function, args, kwargs)

    def opaque_call(self, function: Any, args: Any, kwargs: Any) -> Any:
        """The same for a function that looks at values, which is one call of the trace."""
        if any(map(_is_node, args)):
            found = [each.checks for each in args if is_traced(each)]
            nodes = [each for each in args if _is_node(each)]
            found += [each._value.checks for each in nodes if is_traced(each._value)]
            raise _refusal(
                f"{title(function)} is recorded, and its course depends on values", found
            )
        return traced_call(function, args, kwargs)

    def is_replaced(self) -> None:
        """Let nothing be computed from this any more."""
        self.replaced = True
        if self.checks is not None:
            self.checks.replaced = True

    # ---- calls -----------------------------------------------------------------------------------

    def refuse(self, reason: str) -> NoReturn:
        """Raise, and let the trace remember it, whatever becomes of the error."""
        raise remembered(UntraceableError(reason), [self.checks])

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "at" or kwargs.get("out") is not None:
            self.refuse(f"{title(ufunc)}: {_WRITES}")
        if any(map(_is_node, inputs)):
            return NotImplemented
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return traced_call(function, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if any(map(_is_node, types)):
            return NotImplemented
        return traced_call(function, args, kwargs)

    def __tensor_function__(self, function: Any, args: Any, kwargs: Any) -> Any:
        """The same for the functions that are ours."""
        for each in (*args, *kwargs.values()):
            if _is_node(each):
                return each.__tensor_function__(function, args, kwargs)
        return traced_call(function, args, kwargs)

    def as_variable(self, dtype: Any) -> Any:
        """What the value of a new Tensor is: this, in floating point."""
        if is_weak(self):
            return traced_call(self.dtype.type, (self,), {}).as_variable(dtype)
        if dtype is None and self.dtype.kind in "biu":
            dtype = np.float64
        return self if dtype is None or self.dtype == dtype else np.astype(self, dtype)  # type: ignore[call-overload]

    def copy(self, order: str = "C") -> Any:
        """The same elements, as another object."""
        if not is_array(self.value):
            return self
        return traced_call(np.copy, (self,), {})

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, _memo: Any) -> Any:
        return self.copy()

    def _refused(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        self.refuse("the value of an operand is asked for, on which the course depends")

    __bool__ = __float__ = __int__ = __index__ = __complex__ = _refused
    __round__ = __trunc__ = __floor__ = __ceil__ = __contains__ = __reduce_ex__ = _refused
    __array__ = item = tolist = __setitem__ = __delitem__ = __str__ = __format__ = _refused
    flags = property(_refused)

    def __hash__(self) -> int:  # noqa: PLE0309
        self.refuse(
            "the value of an operand is asked for: it is a key of a dict or lies in a set, or is "
            "given to a function that keeps what it gave before (functools.cache)"
        )


def _is_node(value: Any) -> bool:
    kind = value if isinstance(value, type) else type(value)  # an object may have any __getattr__
    return hasattr(kind, "parents")


def traced_call(function: Any, args: Any, kwargs: Any) -> Any:
    """Call `function` on the values; what is an array of numbers remembers the call."""
    function = canonical(function)
    found: list[Any] = []
    values, named = _values(args, found), _values(kwargs, found)
    if found and writes(function, values, named):
        raise _refusal(f"{title(function)}: {_WRITES}", found)
    if found and follows_memory(function, values, named):
        raise _refusal(f"{title(function)}: the order in memory is not known: give 'C'", found)
    with np.errstate(all="ignore"):
        try:
            result = function(*values, **named)
        except Exception as error:
            if found and _depends_on_values(function, args, kwargs):
                remembered(error, found)
            raise
    if not found or function in OF_SHAPES:
        return result  # of constants alone
    checks = found[0]
    if checks is not None:
        checks.use((*args, *kwargs.values()))
    traced = _remembering(result, function, _copied(tuple(args)), _copied(kwargs), checks)
    if checks is not None and not has_known_shape(function, args, is_traced):
        _check_shapes(traced, checks)
    return traced


def _refusal(reason: str, found: Iterable[Any]) -> UntraceableError:
    return remembered(UntraceableError(reason), found)


def _depends_on_values(function: Any, args: Any, kwargs: Any) -> bool:
    """Whether a call that failed would do with other values of the same shapes and dtypes."""
    for other in (np.zeros_like, _like_the_identity):
        values, named = mapped((args, kwargs), Traced, partial(_replaced, other))
        try:
            function(*values, **named)
        except Exception:  # it may be their shapes
            continue
        return True
    return False


def _replaced(other: Callable[[Any], Any], stand_in: Traced) -> Any:
    value = other(stand_in.value)
    return value if is_array(stand_in.value) else type(stand_in.value)(value)


def _like_the_identity(value: Any) -> Any:
    """Ones; of matrices, which may have to be positive definite, the identity."""
    ones = np.ones_like(value)
    return np.tril(np.triu(ones)) if np.ndim(value) > 1 else ones


def _check_shapes(results: Any, checks: Checks) -> None:
    """Where a shape follows from values, let it be compared when the trace is run."""
    for each in _parts(results):
        if isinstance(each, Traced):
            args = (each, each.shape, each.dtype)
            checks.append(Traced(np.False_, "", differs, args, {}, checks))


def _parts(argument: Any) -> list[Any]:
    return list(argument) if isinstance(argument, tuple | list) else [argument]


def _remembering(result: Any, function: Any, args: Any, kwargs: Any, checks: Any) -> Any:
    if isinstance(result, np.ndarray | np.generic | bool | int | float | complex):
        return Traced(result, "", function, args, kwargs, checks)
    if not isinstance(result, tuple | list):
        raise _refusal(f"{title(function)} gives a {type(result).__name__}, not numbers", [checks])
    whole = Traced(np.empty(0), "", function, args, kwargs, checks)
    parts = (_remembering(each, item, (whole, k), {}, checks) for k, each in enumerate(result))
    if hasattr(result, "_fields"):  # a named tuple takes its fields one by one
        return type(result)(*parts)
    return type(result)(parts)


def _values(argument: Any, found: list[Any]) -> Any:
    """The arguments as arrays; `found` gets the checks of each that is traced."""
    if isinstance(argument, Traced):
        if is_stale(argument):
            argument.refuse("what a += b changed is used by another name: write a = a + b")
        found.append(argument.checks)
        return argument.value
    if isinstance(argument, tuple | list):
        return type(argument)(_values(each, found) for each in argument)
    if isinstance(argument, dict):
        return {name: _values(each, found) for name, each in argument.items()}
    return argument


def is_stale(traced: Traced) -> bool:
    """Whether an in-place operator has changed the array since, or that of which it is a view."""
    if traced.checks is not None and not traced.checks.replaced:
        return False
    waiting: list[Any] = [traced]
    seen = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple | list):
            waiting += each
        elif is_traced(each) and id(each) not in seen:
            seen.add(id(each))
            if each.replaced:
                return True
            if isinstance(each.value, np.ndarray) and not is_fresh(each.function, each.args):
                waiting += [*each.args, *each.kwargs.values()]
    return False


def _copied(argument: Any) -> Any:
    """Arguments in lists of their own, as those of the caller may change."""
    if isinstance(argument, list) or type(argument) is tuple:
        return type(argument)(map(_copied, argument))
    if isinstance(argument, dict):
        return {name: _copied(each) for name, each in argument.items()}
    return argument
