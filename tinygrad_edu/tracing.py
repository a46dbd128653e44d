"""Tracing: run a rule on stand-ins for arrays, to see which functions it calls on what.

A rule is ordinary NumPy code. Run on `Traced` operands it computes what it always computes, and
what it gives knows the calls that it came from: a formula that can be printed, or computed in
another place. So the derivatives stay written once, in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tinygrad_edu.array_methods import ArrayMethods
from tinygrad_edu.conjugation import Conjugated
from tinygrad_edu.custom_rule import CheckedRule
from tinygrad_edu.registry import Local, title, varies

__all__ = ["Traced", "UntraceableError", "item", "local_derivative", "operands", "pullbacks"]


class UntraceableError(TypeError):
    """What a rule does depends on values, so that no one formula says it."""


def item(results: Any, place: int) -> Any:
    """One of several results of a function, as a call of its own in a trace."""
    return results[place]


class Traced(NDArrayOperatorsMixin, ArrayMethods):
    """A value, and the call that gave it; a variable has a name in place of a call.

    Attributes
    ----------
    value : ndarray or numpy scalar
    function : callable or None
        What was called, None for a variable.
    args, kwargs
        Its arguments, among which are other Traced values, also in lists and tuples.
    name : str
        Of a variable: ``"g"``, ``"out"``, or ``"a0"``, ``"a1"`` ... by the place of the argument.
    """

    __slots__ = ("args", "function", "kwargs", "name", "value")

    def __init__(
        self,
        value: Any,
        name: str = "",
        function: Callable[..., Any] | None = None,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.value, self.name, self.function = value, name, function
        self.args, self.kwargs = args, kwargs or {}

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
        """The dtype of the value."""
        return self.value.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        return _traced(_getitem, (self, index), {})

    # ---- calls -----------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs.pop("out", None) is not None:
            inputs = inputs[: ufunc.nin]  # a += b: the name stands for a new value
        return _traced(ufunc if method == "__call__" else getattr(ufunc, method), inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if kwargs.get("out") is not None:
            raise UntraceableError("a rule writes into an array, and no formula says that")
        return _traced(function, args, kwargs)

    def __tensor_function__(self, function: Any, args: Any, kwargs: Any) -> Any:
        """The same for the functions that are ours."""
        return _traced(function, args, kwargs)

    def _refused(self, *_args: Any) -> NoReturn:
        raise UntraceableError(
            "a rule asks for the value of an operand, and its course depends on it"
        )

    __bool__ = __float__ = __int__ = __index__ = __complex__ = _refused
    __array__ = item = tolist = __setitem__ = _refused


def _getitem(a: Any, index: Any) -> Any:
    return a[index]


_getitem.__name__ = "getitem"


def _traced(function: Any, args: Any, kwargs: Any) -> Any:
    """Call `function` on the values; what is an array of numbers remembers the call."""
    with np.errstate(all="ignore"):
        result = function(*_values(args), **_values(kwargs))
    return _remembering(result, function, tuple(args), dict(kwargs))


def _remembering(result: Any, function: Any, args: Any, kwargs: Any) -> Any:
    if isinstance(result, np.ndarray | np.generic):
        return Traced(result, "", function, args, kwargs)
    if not isinstance(result, tuple | list) or not any(
        isinstance(each, np.ndarray | tuple | list) for each in result
    ):
        return result  # a shape, a dtype: the same whatever the values
    whole = Traced(np.empty(0), "", function, args, kwargs)
    return [_remembering(each, item, (whole, k), {}) for k, each in enumerate(result)]


def _values(argument: Any) -> Any:
    if isinstance(argument, Traced):
        return argument.value
    if isinstance(argument, tuple | list):
        return type(argument)(_values(each) for each in argument)
    if isinstance(argument, dict):
        return {name: _values(each) for name, each in argument.items()}
    return argument


# ---- the rules of a node -------------------------------------------------------------------------


def operands(node: Any) -> list[Any]:
    """The arguments of `node`'s call, those that are arrays as variables ``a0``, ``a1`` ...

    Of a function of a sequence, as np.stack, the first argument is the list of them. What only says
    what to do, as an index, and Python's own numbers stay as they are.
    """
    row = node._row
    if row.sequence:
        return [[_variable(each, k) for k, each in enumerate(node._args[0])], *node._args[1:]]
    local = isinstance(_plain(row), Local)
    return [
        _variable(each, k) if local or varies(row, k) else each for k, each in enumerate(node._args)
    ]


def _variable(value: Any, place: int) -> Any:
    known = isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufc"
    return Traced(value, f"a{place}") if known else value


def _plain(row: Any) -> Any:
    return row.of if type(row) is Conjugated else row


def local_derivative(node: Any, position: int) -> Any:
    """The local derivative of an elementwise `node` along the edge at `position`.

    A `Traced` in the variables ``out``, ``a0``, ``a1`` ..., or a number where it is constant.

    Raises
    ------
    UntraceableError
        If the rule does not give one formula: its course depends on values.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import Tensor
    >>> from tinygrad_edu.tracing import local_derivative
    >>> slope = local_derivative(np.tanh(Tensor(0.5)), 0)  # 1 - out * out
    >>> slope.function is np.subtract, slope.args
    (True, (1, Traced(np.multiply, shape=())))
    """
    derivative = _plain(node._row).derivatives[node._places[position]]
    if not callable(derivative):
        return derivative
    return _run(derivative, Traced(node._value, "out"), *operands(node))


def pullbacks(node: Any, g: Any) -> list[Any]:
    """What `node`, which mixes elements, carries back of the cotangent `g`: for each edge.

    `Traced` in the variables ``g``, ``out``, ``a0``, ``a1`` ... Axes along which an operand was
    repeated are not summed here, as the engine does that for all rules alike.

    Raises
    ------
    UntraceableError
        If a rule does not give one formula: its course depends on values.
    """
    row, places, args = node._row, node._places, operands(node)
    given, out = Traced(g, "g"), Traced(node._value, "out")
    if row.sequence:
        pieces = row.derivatives[0](given, out, *args, **node._params)
        return [pieces[place] for place in places]
    return [_run(row.derivatives[place], given, out, *args, **node._params) for place in places]


def _run(rule: Any, *given: Any, **params: Any) -> Any:
    """What a rule gives; one that a user wrote may take arrays only, and may fail in any way."""
    if not isinstance(rule, CheckedRule):
        return rule(*given, **params)
    try:
        return rule.rule(*given, **params)
    except UntraceableError:
        raise
    except Exception as error:
        raise UntraceableError(f"{rule.called} takes arrays only: {error}") from error
