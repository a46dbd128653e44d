"""Recording: call a function on the values of Tensors, and make the node that remembers it."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tinygrad_edu.engine.arguments import bind
from tinygrad_edu.engine.context import STATE, look_at
from tinygrad_edu.engine.node import NO_PARAMS, UNRECORDED, Call, Node, numbers
from tinygrad_edu.engine.numpy_errors import explained
from tinygrad_edu.engine.rule import (
    TABLE,
    Composed,
    Constant,
    Local,
    Pullback,
    Refused,
    Several,
    lookup,
    title,
    varies,
)
from tinygrad_edu.engine.stand_ins import UntraceableError, is_traced, traced_call, withdraw
from tinygrad_edu.engine.values import plain, plain_arguments, refuse_masked
from tinygrad_edu.kit.nested import refuse_too_deep

__all__ = [
    "FIRST",
    "PLAIN",
    "QUICK",
    "apply",
    "as_one_call",
    "as_value",
    "new_node",
]

PLAIN = (float, int, np.ndarray, np.generic)
# What an operator takes as a constant as it stands: arrays of other classes take the longer way.
QUICK = frozenset(
    {float, int, bool, np.ndarray}
    | {kind for kind in np.sctypeDict.values() if np.dtype(kind).kind in "biufc"}
)
FIRST = (0,)
# Libraries whose arrays may have gradients of their own, and how these are left behind.
OTHERS = {
    "torch": "a.detach().numpy()", "jax": "np.asarray(a)", "jaxlib": "np.asarray(a)",
    "mygrad": "a.data", "autograd": "autograd.tracer.getval(a)", "tensorflow": "a.numpy()",
    "tinygrad": "a.numpy()", "mlx": "np.array(a)", "cupy": "cupy.asnumpy(a)",
}  # fmt: skip
_new = object.__new__
_VALUES = {np.ndarray, np.float64, np.float32, np.float16, np.longdouble}
_COMPLEX = {np.complex128, np.complex64, np.clongdouble}


def new_node(
    value: Any,
    row: Any,
    args: tuple[Any, ...],
    parents: tuple[Any, ...],
    places: tuple[int, ...],
    params: dict[str, Any] = NO_PARAMS,
) -> Any:
    """The node of ``row.op(*args, **params)``, in which the parents stand at `places`."""
    conjugates = False
    if value.dtype.kind != "f" or type(value) not in _VALUES:
        value = _checked(value, row)
        conjugates = value.dtype.kind == "c"
    state = STATE.get()
    node = _new(parents[0]._type)
    node._value = value
    node.name = None
    if state.recording:
        node.call = call = _new(Call)
        call.row, call.args, call.params = row, args, params
        call.parents, call.places, call.conjugates = parents, places, conjugates
    else:
        node.call = UNRECORDED
    node._number = next(numbers)
    node._grad = node._pass = None
    node.scope = state.scope
    if state.watch is not None:  # within debug(), or a capture
        state.watch.made(node, row, args, params)
        look_at(*parents)
    return node


def _checked(value: Any, row: Any) -> Any:
    """The value as a plain array, if it can be one without losing what it says."""
    if value.dtype.kind not in "fc":
        raise TypeError(
            f"{title(row.op)} gives a result of dtype {value.dtype}, and only floating-point and "
            "complex Tensors can be differentiated; keep other values out of the graph with t.data"
        )
    if is_traced(value):
        return value
    if isinstance(value, np.ndarray):
        value = plain(value, title(row.op))
    return value if type(value) in _COMPLEX else np.asarray(value)


def apply(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call `function` with Tensors among its arguments, as its row in the table says."""
    try:
        row = TABLE.get(function) or lookup(function)
        if type(row) is Local or type(row) is Pullback or type(row) is Several:
            return _record(row, args, kwargs)
        if isinstance(row, Composed):
            args, kwargs = plain_arguments(title(function), args, kwargs)
            operands, params = bind(row, args, kwargs)
            watch = STATE.get().watch
            try:
                if watch is not None:  # within debug()
                    return watch.composed(row, operands, params)
                return row.function(*operands, **params)
            except (ValueError, IndexError, TypeError) as error:
                error.add_note(f"(in the course of {title(function)})")
                raise
        if isinstance(row, Constant):
            return function(
                *_values(args), **{name: _values(value) for name, value in kwargs.items()}
            )
        reason = (
            row.reason if isinstance(row, Refused) else "unknown to this version of tinygrad_edu"
        )
        raise TypeError(f"{title(function)} of a Tensor: {reason}")
    except RecursionError:
        for argument in (*args, *kwargs.values()):
            refuse_too_deep(title(function), argument)
        raise


def _record(row: Local | Pullback | Several, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Compute the value on plain arrays, and record how it was computed."""
    if len(args) == 1 and not kwargs and not row.sequence and row.arguments is None:
        raw: tuple[Any, ...] = (args[0]._value,)
        parents: tuple[Any, ...] = args
        places, params = FIRST, NO_PARAMS
    else:
        args, kwargs = _plain(row, args, kwargs)
        operands, params = bind(row, args, kwargs)
        values, parents, places = _operands(row, operands[0] if row.sequence else operands)
        raw = (values, *operands[1:]) if row.sequence else tuple(values)
    try:
        value: Any = row.compute(*raw, **params)
    except (ValueError, IndexError, TypeError) as error:
        withdraw(error, raw)
        value = as_one_call(row, raw, params, error)
    if not parents:  # a Tensor stands only where the function does not vary with it
        return value
    if type(row) is Several:
        return _nodes(value, row, raw, parents, places, params)
    return new_node(value, row, raw, parents, places, params)


def as_one_call(row: Any, raw: Any, params: dict[str, Any], error: Exception) -> Any:
    """The value where the function of `row` knows arrays only: the whole is one call of the trace.

    It may have asked a stand-in for its value, or NumPy may have taken it for a sequence. Any other
    error is raised, explained.
    """
    if not isinstance(error, UntraceableError) and not any(map(is_traced, raw)):
        raise explained(row.op, raw, params, error) from None
    ours = getattr(row.op, "__wrapped__", None) is row.compute
    return traced_call(row.op if ours else row.compute, raw, params)


def _plain(row: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The arguments with plain arrays for constants; what an index may be is for NumPy to say."""
    if row.op is operator.getitem and type(args[1]) is np.ndarray:
        return args, kwargs
    return plain_arguments(title(row.op), args, kwargs, not isinstance(row.op, np.ufunc))


def _nodes(values: Any, row: Several, raw: Any, parents: Any, places: Any, params: Any) -> Any:
    """The results of a function with several: a node each, which remembers all."""
    outs = tuple(values)
    nodes = list(outs)
    for number, (value, part) in enumerate(zip(outs, row.parts, strict=True)):
        edges = [k for k, place in enumerate(places) if part is not None and varies(part, place)]
        if edges:
            its_parents, its_places = (tuple(each[k] for k in edges) for each in (parents, places))
            nodes[number] = new_node(value, part, (*raw, outs), its_parents, its_places, params)
    named = hasattr(values, "_fields")  # a named tuple takes its fields one by one
    return type(values)(*nodes) if named else type(values)(nodes)


def _operands(row: Local | Pullback | Several, operands: Any) -> tuple[list[Any], Any, Any]:
    """The values of `operands`, those that are variables, and their places."""
    values, parents, places = [], [], []
    for place, operand in enumerate(operands):
        variable = row.sequence or varies(row, place)
        if isinstance(operand, Node):
            values.append(operand._value)
            if variable:
                parents.append(operand)
                places.append(place)
            else:
                look_at(operand)
        elif variable and not isinstance(operand, (*PLAIN, complex, str, type(None))):
            values.append(_constant(row.op, operand))
        else:
            values.append(operand)
    return values, tuple(parents), tuple(places)


def _constant(op: Any, operand: Any) -> Any:
    """A list, or an array of another kind, as a plain array: a constant."""
    if is_traced(operand):
        return operand
    library = type(operand).__module__.partition(".")[0]
    if library in OTHERS:
        raise TypeError(
            f"{title(op)}: an argument of shape {tuple(np.shape(operand))} is a {library} "
            f"{type(operand).__name__}, and no gradient flows from one library into another; "
            f"{OTHERS[library]} makes it a constant, tinygrad_edu.Tensor(...) of that a variable"
        )
    try:
        array = np.asarray(operand)
    except ValueError as error:  # a list that is no array
        raise ValueError(
            f"{title(op)}: {error} Rows must be equally long, and depths equal"
        ) from None
    return plain(array, title(op))


def _values(argument: Any) -> Any:
    """`argument` with the value of every Tensor in it, also in lists and tuples: to read only."""
    if isinstance(argument, Node):
        look_at(argument)
        if is_traced(argument._value):
            return argument._value
        value = np.asarray(argument._value).view()
        value.flags.writeable = False  # it may be out=
        return value
    if isinstance(argument, list | tuple) and any(
        isinstance(a, Node | list | tuple) for a in argument
    ):
        return type(argument)(_values(item) for item in argument)
    return argument


def as_value(data: Any, dtype: Any) -> Any:
    """A copy of `data` as a floating-point or complex array, a NumPy scalar if it has no axes."""
    if isinstance(data, Node):
        raise TypeError(
            "Tensor(t): a new Tensor would not be connected to t; use t itself, or Tensor(t.data) "
            "to start anew from its value"
        )
    if is_traced(data):
        return data.as_variable(dtype)
    refuse_masked(data, "Tensor")
    try:
        value = np.array(data)
    except ValueError as error:
        raise ValueError(f"Tensor: {error} Rows must be equally long, and depths equal") from None
    if value.dtype.kind in "biu" and dtype is None:
        dtype = np.float64
    kind = value.dtype.kind
    if kind not in "fcbiu" or (dtype is not None and np.dtype(dtype).kind not in "fc"):
        raise TypeError(
            f"a Tensor holds floating-point or complex numbers, not dtype "
            f"{value.dtype if kind not in 'fcbiu' else np.dtype(dtype)}"
            f"{'; check for ragged lists or text in the data' if kind in 'OUS' else ''}"
        )
    if kind == "c" and dtype is not None and np.dtype(dtype).kind != "c":
        raise TypeError(
            f"Tensor: complex numbers don't fit in dtype {np.dtype(dtype)}; choose their np.real, "
            "np.imag or np.abs"
        )
    return value.astype(dtype or value.dtype, copy=False)[()]
