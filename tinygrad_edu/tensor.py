"""Tensor: a value, its gradient, and how it was made.

A Tensor is a variable and a plain array is a constant. NumPy's functions and Python's operators
work on Tensors; what they compute is recorded, so that `Tensor.backward` can apply the chain rule.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NoReturn

import numpy as np

from tinygrad_edu import graph
from tinygrad_edu.array_methods import ArrayMethods
from tinygrad_edu.context import STATE
from tinygrad_edu.registry import (
    TABLE,
    Composed,
    Constant,
    Local,
    Pullback,
    Refused,
    bind,
    lookup,
    title,
    varies,
)

__all__ = ["Tensor"]

_numbers = count()
_PLAIN = (float, int, np.ndarray, np.generic)
_FIRST, _SECOND, _BOTH = (0,), (1,), (0, 1)
_NO_PARAMS: dict[str, Any] = {}
_REDUCTIONS: dict[Any, Any] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}


def _refuse_conversion(kind: str) -> Callable[[Any], NoReturn]:
    def refuse(_self: Any) -> NoReturn:
        raise TypeError(
            f"{kind}(t) would lose the gradient: write t.item() for the number, and NumPy's "
            "functions instead of math's (np.exp(t), not math.exp(t))"
        )

    return refuse


def _operators(ufunc: np.ufunc, compute: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """An operator and its reflection: the short path to the node that `ufunc` records."""

    def forward(x: Tensor, y: Any) -> Any:
        if isinstance(y, _PLAIN) or isinstance(y, Tensor):
            return _record_pair(ufunc, compute, x, y)
        return _apply(ufunc, (x, y), {}) if isinstance(y, list | tuple) else NotImplemented

    def reflected(y: Tensor, x: Any) -> Any:
        if isinstance(x, _PLAIN):
            return _record_pair(ufunc, compute, x, y)
        return _apply(ufunc, (x, y), {}) if isinstance(x, list | tuple) else NotImplemented

    return forward, reflected


def _record_pair(ufunc: np.ufunc, compute: Callable[[Any, Any], Any], x: Any, y: Any) -> Tensor:
    """The node of a function of two operands, Tensors or plain, both of which may vary."""
    if not isinstance(x, Tensor):
        args, parents, places = (x, y._value), (y,), _SECOND
    elif isinstance(y, Tensor):
        args, parents, places = (x._value, y._value), (x, y), _BOTH
    else:
        args, parents, places = (x._value, y), (x,), _FIRST
    try:
        value = compute(*args)
    except ValueError as error:
        raise _explained(ufunc, args, _NO_PARAMS, error) from None
    return _node(value, TABLE[ufunc], args, parents, places)


def _plain_operators(ufunc: np.ufunc) -> tuple[Any, Any]:
    """An operator and its reflection for a function whose row is not recorded as it stands."""

    def forward(x: Tensor, y: Any) -> Any:
        known = isinstance(y, (Tensor, *_PLAIN, list, tuple))
        return _apply(ufunc, (x, y), {}) if known else NotImplemented

    def reflected(y: Tensor, x: Any) -> Any:
        known = isinstance(x, (*_PLAIN, list, tuple))
        return _apply(ufunc, (x, y), {}) if known else NotImplemented

    return forward, reflected


class Tensor(ArrayMethods):
    """A value that gradients are taken with respect to, or that was computed from such values.

    Parameters
    ----------
    data : array_like
        Copied. Integers and booleans become float64, as integers cannot vary; floating-point
        arrays keep their dtype.
    name : str, optional
        Shown in messages and drawings.
    dtype : floating-point dtype, optional

    Raises
    ------
    TypeError
        If `data` is not numeric and real, or contains Tensors.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import Tensor
    >>> x, w = Tensor([2.0, 3.0], name="x"), Tensor([0.0, 1.0], name="w")
    >>> y = np.sum(x * w)
    >>> y
    Tensor(3.0, op=sum)
    >>> y.backward()
    >>> w.grad
    array([2., 3.])
    """

    __slots__ = (
        "__weakref__",
        "_args",
        "_grad",
        "_number",
        "_params",
        "_pass",
        "_places",
        "_row",
        "_value",
        "name",
        "parents",
        "scope",
    )

    _value: Any
    name: str | None
    parents: tuple[Tensor, ...]

    def __init__(self, data: Any, *, name: str | None = None, dtype: Any = None) -> None:
        self._value = _as_value(data, dtype)
        self.name = name
        self._row = None
        self._args: tuple[Any, ...] = ()
        self._params = _NO_PARAMS
        self.parents = ()
        self._places: tuple[int, ...] = ()
        self._number = next(_numbers)
        self._grad: Any = None
        self._pass: graph.BackwardPass | None = None
        self.scope = STATE.get().scope

    # ---- what it is -----------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The value: a read-only view. On a leaf it may be replaced: ``w.data = w.data - step``.

        Graphs already recorded keep the value that they were computed with.
        """
        view = np.asarray(self._value).view()
        view.flags.writeable = False
        return view

    @data.setter
    def data(self, data: Any) -> None:
        if self._row is not None:
            raise TypeError(
                f"the value of {self!r} was computed, and cannot be replaced; only a leaf's can"
            )
        value = _as_value(data, self.dtype)
        if value.shape != self.shape:
            raise ValueError(
                f"Tensor.data: the new value has shape {value.shape}, the Tensor {self.shape}; "
                "make a new Tensor instead"
            )
        self._value = value

    def numpy(self) -> Any:
        """A copy of the value, as a plain array."""
        return np.array(self._value)

    def item(self) -> float:
        """The value of a one-element Tensor as a Python float, which has no gradient."""
        if self.size != 1:
            raise ValueError(f"Tensor.item: shape {self.shape} has {self.size} elements, not one")
        value: float = self._value.item()
        return value

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        shape: tuple[int, ...] = self._value.shape
        return shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._value.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        size: int = self._value.size
        return size

    @property
    def dtype(self) -> Any:
        """The dtype of the value, and of the gradient."""
        return self._value.dtype

    # ---- how it was made ------------------------------------------------------------------------

    @property
    def op(self) -> Callable[..., Any] | None:
        """The function that made it, None for a leaf."""
        return None if self._row is None else self._row.op

    @property
    def edges(self) -> tuple[graph.Edge, ...]:
        """The edges to the parents, one for each argument that varies."""
        return graph.edges(self)

    @property
    def local_derivatives(self) -> tuple[Any, ...]:
        """The local derivative on each edge: see `Edge.local_derivative`."""
        return tuple(edge.local_derivative for edge in graph.edges(self))

    # ---- gradients ------------------------------------------------------------------------------

    @property
    def grad(self) -> Any:
        """The gradient, of the Tensor's shape and dtype; None before `backward`.

        Of a leaf it is what all backward passes accumulated. Of an intermediate Tensor it is that
        of the last backward pass, worked out when first asked for.
        """
        if self._row is None or self._pass is None:
            return self._grad
        return np.asarray(self._pass.cotangent(self))

    @grad.setter
    def grad(self, gradient: Any) -> None:
        if self._row is not None:
            raise TypeError("Tensor.grad: only a leaf's gradient can be set")
        if gradient is not None and np.shape(gradient) != self.shape:
            raise ValueError(
                f"Tensor.grad: the gradient has shape {np.shape(gradient)}, the Tensor {self.shape}"
            )
        self._grad = gradient

    def backward(self, gradient: Any = None, *, create_graph: bool = False) -> None:
        """Apply the chain rule from here back to the leaves, and add to their ``grad``.

        Parameters
        ----------
        gradient : array_like, optional
            The cotangent of this Tensor, of its shape. A one-element Tensor needs none: it is 1.
        create_graph : bool
            Record the backward pass too: the gradients are then Tensors, and can be
            differentiated again.

        Raises
        ------
        ValueError
            If the Tensor has more than one element and no `gradient` is given, or the shape of
            `gradient` is another.
        """
        if gradient is None and self.size != 1:
            raise ValueError(
                f"Tensor.backward: the output has shape {self.shape}, and only one number has a "
                "gradient; reduce it first (np.sum(t), np.mean(t)), or pass backward(gradient=...)"
            )
        value = self._value
        if gradient is None:
            seed: Any = np.array(1, value.dtype).reshape(value.shape)
        elif create_graph and isinstance(gradient, Tensor):
            seed = gradient
        else:
            seed = _as_value(gradient, value.dtype)
        if seed.shape != self.shape:
            raise ValueError(
                f"Tensor.backward: gradient has shape {seed.shape}, the output {self.shape}"
            )
        nodes = graph.ordered(self)
        found = graph.sweep(nodes, seed, record=create_graph)
        this_pass = graph.BackwardPass(self, _raw(seed))
        for node in nodes:
            node._pass = this_pass
        given: set[int] = set()
        for leaf, g in found.items():
            if create_graph:
                g = g if isinstance(g, Tensor) else Tensor(g)
            elif leaf._grad is None:  # an array that nobody else has: it is the user's to change
                g = np.array(g) if id(g) in given or g.base is not None else np.asarray(g)
                given.add(id(g))
            leaf._grad = g if leaf._grad is None else leaf._grad + g

    # ---- Python and NumPy -----------------------------------------------------------------------

    def __repr__(self) -> str:
        details = [np.array2string(np.asarray(self._value), separator=", ", prefix="Tensor(")]
        if self.ndim:
            details.append(f"shape={self.shape}")
        if self.dtype != np.float64:
            details.append(f"dtype={self.dtype}")
        if self.name is not None:
            details.append(f"name={self.name!r}")
        if self._row is not None:
            details.append(f"op={self._row.op.__name__}")
        return f"Tensor({', '.join(details)})"

    def _repr_svg_(self) -> str | None:
        from tinygrad_edu.drawing.output import notebook  # drawing stands on Tensor

        return notebook(self)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __len__(self) -> int:
        return len(self._value)

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("a Tensor with no axes cannot be iterated over")
        return (self[i] for i in range(len(self._value)))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._row is not None:
            raise TypeError(
                f"only leaves can be pickled or copied, and this Tensor was computed by "
                f"{title(self._row.op)}; pickle t.data, or copy with Tensor(t.data)"
            )
        return _restore, (type(self), np.asarray(self._value), self.name, self._grad)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            if ufunc in _PAIRS and type(inputs[0] if inputs[1] is self else inputs[1]) in _PAIRED:
                return _record_pair(ufunc, ufunc, *inputs)
            return _apply(ufunc, inputs, kwargs)
        if kwargs.get("out") is not None:
            raise TypeError(
                f"np.{ufunc.__name__}(..., out=...) or an in-place operator (a += t) would write a "
                "Tensor's values into a plain array and lose the gradient; write a = a + t"
            )
        if method == "reduce" and ufunc in _REDUCTIONS:
            return _apply(_REDUCTIONS[ufunc], inputs, {"axis": 0} | kwargs)
        if method != "__call__":
            raise TypeError(
                f"np.{ufunc.__name__}.{method} is not supported on a Tensor; "
                "write np.sum, np.prod, np.max or np.min"
            )
        return _apply(ufunc, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _apply(function, args, kwargs)

    def __tensor_function__(self, function: Any, args: Any, kwargs: Any) -> Any:
        return _apply(function, args, kwargs)

    def __array__(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError(
            "a Tensor becomes an array only on request, as its gradient would be lost: write "
            "t.data for the value, np.stack([t0, t1]) to join Tensors, np.where(mask, t, a) "
            "instead of a[mask] = t"
        )

    # ---- operators ------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        result: Tensor = _apply(operator.getitem, (self, index), {})
        return result

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            "t[index] = value would change what has been recorded; write "
            "t = np.where(mask, value, t), or build the Tensor with np.concatenate or np.stack"
        )

    __add__, __radd__ = _operators(np.add, operator.add)
    __sub__, __rsub__ = _operators(np.subtract, operator.sub)
    __mul__, __rmul__ = _operators(np.multiply, operator.mul)
    __truediv__, __rtruediv__ = _operators(np.divide, operator.truediv)
    __pow__, __rpow__ = _operators(np.power, operator.pow)
    __matmul__, __rmatmul__ = _operators(np.matmul, operator.matmul)
    __floordiv__, __rfloordiv__ = _plain_operators(np.floor_divide)
    __mod__, __rmod__ = _plain_operators(np.remainder)
    __divmod__, __rdivmod__ = _plain_operators(np.divmod)
    __lt__, _ = _plain_operators(np.less)
    __le__, _ = _plain_operators(np.less_equal)
    __gt__, _ = _plain_operators(np.greater)
    __ge__, _ = _plain_operators(np.greater_equal)
    __eq__, _ = _plain_operators(np.equal)
    __ne__, _ = _plain_operators(np.not_equal)
    del _
    __hash__ = object.__hash__

    def __neg__(self) -> Tensor:
        return _node(-self._value, TABLE[np.negative], (self._value,), (self,), _FIRST)

    def __pos__(self) -> Tensor:
        return _node(+self._value, TABLE[np.positive], (self._value,), (self,), _FIRST)

    def __abs__(self) -> Tensor:
        return _node(abs(self._value), TABLE[np.absolute], (self._value,), (self,), _FIRST)

    __float__ = _refuse_conversion("float")
    __int__ = _refuse_conversion("int")
    __complex__ = _refuse_conversion("complex")
    __index__ = _refuse_conversion("operator.index")


_new = object.__new__
_PAIRED = {*_PLAIN, Tensor, np.float64, np.float32}
_RECORDED = (Local, Pullback)
_PAIRS = {np.add, np.subtract, np.multiply, np.divide, np.power, np.matmul}


def _node(
    value: Any,
    row: Any,
    args: tuple[Any, ...],
    parents: tuple[Tensor, ...],
    places: tuple[int, ...],
    params: dict[str, Any] = _NO_PARAMS,
) -> Tensor:
    """A Tensor computed by ``row.op(*args, **params)`` from the parents, which stand at `places`."""
    if value.dtype.kind != "f":
        raise TypeError(
            f"{title(row.op)} gives a result of dtype {value.dtype}; only real floating-point "
            "Tensors can be differentiated; keep complex and other values out of the graph with "
            "t.data"
        )
    recording, scope = STATE.get()
    node = _new(Tensor)
    node._value = value
    node.name = None
    if recording:
        node._row, node._args, node._params = row, args, params
        node.parents, node._places = parents, places
    else:
        node._row, node._args, node._params = None, (), _NO_PARAMS
        node.parents, node._places = (), ()
    node._number = next(_numbers)
    node._grad = node._pass = None
    node.scope = scope
    return node


def _apply(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call `function` with Tensors among its arguments, as its row in the table says."""
    row = TABLE.get(function) or lookup(function)
    if type(row) in _RECORDED:
        return _record(row, args, kwargs)
    if isinstance(row, Composed):
        operands, params = bind(row, args, kwargs)
        return row.function(*operands, **params)
    if isinstance(row, Constant):
        return function(*_values(args), **{name: _values(value) for name, value in kwargs.items()})
    reason = row.reason if isinstance(row, Refused) else "unknown to this version of tinygrad_edu"
    raise TypeError(f"{title(function)} of a Tensor: {reason}")


def _record(row: Local | Pullback, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    """Compute the value on plain arrays, and record how it was computed."""
    if len(args) == 1 and not kwargs and not row.sequence and isinstance(args[0], Tensor):
        (x,) = args
        return _node(row.compute(x._value), row, (x._value,), args, _FIRST)
    operands, params = bind(row, args, kwargs)
    if row.sequence:
        items = list(operands[0])
        values, parents, places = _operands(row, items)
        raw: tuple[Any, ...] = (values, *operands[1:])
    else:
        values, parents, places = _operands(row, operands)
        raw = tuple(values)
    try:
        value = row.compute(*raw, **params)
    except (ValueError, IndexError) as error:
        raise _explained(row.op, raw, params, error) from None
    return _node(value, row, raw, tuple(parents), tuple(places), params or _NO_PARAMS)


def _operands(row: Local | Pullback, operands: Any) -> tuple[list[Any], list[Tensor], list[int]]:
    """The values of `operands`, those that are variables, and their places."""
    values, parents, places = [], [], []
    for place, operand in enumerate(operands):
        variable = row.sequence or varies(row, place)
        if isinstance(operand, Tensor):
            values.append(operand._value)
            if variable:
                parents.append(operand)
                places.append(place)
        elif variable and not isinstance(operand, (*_PLAIN, str, type(None))):
            values.append(np.asarray(operand))
        else:
            values.append(operand)
    return values, parents, places


def _values(argument: Any) -> Any:
    """`argument` with the value of every Tensor in it, also in lists, tuples and dicts."""
    if isinstance(argument, Tensor):
        return argument.data
    if isinstance(argument, list | tuple) and any(
        isinstance(a, Tensor | list | tuple) for a in argument
    ):
        return type(argument)(_values(item) for item in argument)
    return argument


def _raw(value: Any) -> Any:
    return value._value if isinstance(value, Tensor) else value


def _as_value(data: Any, dtype: Any) -> Any:
    """A copy of `data` as a real floating-point array, or a NumPy scalar if it has no axes."""
    if isinstance(data, Tensor):
        raise TypeError(
            "Tensor(t): a new Tensor would not be connected to t; use t itself, or Tensor(t.data) "
            "to start anew from its value"
        )
    value = np.array(data)
    if value.dtype.kind in "biu" and dtype is None:
        dtype = np.float64
    if value.dtype.kind not in "fbiu" or (dtype is not None and np.dtype(dtype).kind != "f"):
        raise TypeError(
            f"a Tensor holds real floating-point numbers, not dtype "
            f"{value.dtype if value.dtype.kind not in 'fbiu' else np.dtype(dtype)}"
            f"{'; check for ragged lists or text in the data' if value.dtype.kind in 'OUS' else ''}"
        )
    return value.astype(dtype or value.dtype, copy=False)[()]


def _explained(op: Any, args: Any, params: dict[str, Any], error: Exception) -> Exception:
    """The error that NumPy raised, with the function and the shapes that it was called with."""
    flat = args[0] if len(args) == 1 and isinstance(args[0], list) else args
    shapes = " and ".join(str(np.shape(a)) for a in flat if isinstance(a, np.ndarray | np.generic))
    if op is np.matmul:
        remedy = (
            "the last axis of the first must be as long as the last but one of the second "
            "(its only one, if it has one); transpose one with .T, or reshape"
        )
    elif isinstance(op, np.ufunc):
        remedy = (
            "axes are aligned from the right and must be equal, or 1; insert one with t[:, None], "
            "or transpose"
        )
    else:
        remedy = "check the shapes" if not params else f"check the shapes against {params}"
    return type(error)(f"{title(op)} of shapes {shapes}: {error}; {remedy}")


def _restore(cls: type[Tensor], value: Any, name: str | None, grad: Any) -> Tensor:
    tensor = cls(value, name=name)
    tensor._grad = grad
    return tensor
