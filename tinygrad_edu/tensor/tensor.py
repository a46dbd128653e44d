"""Tensor: a value, its gradient, and how it was made.

A Tensor is a variable and a plain array is a constant. NumPy's functions and Python's operators
work on Tensors; what they compute is recorded, so that `Tensor.backward` can apply the chain rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.engine.context import STATE, change, refuse_within_rule
from tinygrad_edu.engine.node import LEAF, UNRECORDED, Node, numbers
from tinygrad_edu.engine.record import as_value
from tinygrad_edu.engine.rule import title
from tinygrad_edu.engine.stand_ins import array, is_traced
from tinygrad_edu.engine.values import refuse_masked
from tinygrad_edu.tensor.backward_pass import BackwardPass
from tinygrad_edu.tensor.conversion import refuse_copy
from tinygrad_edu.tensor.display import Display
from tinygrad_edu.tensor.edge import Edge, edges_of
from tinygrad_edu.tensor.elsewhere import Elsewhere
from tinygrad_edu.tensor.methods import ArrayMethods
from tinygrad_edu.tensor.operators import Operators

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray

    # NumPy's annotations know of no other kind of element that a function takes and gives back:
    # so np.sum(t) is a Tensor, and np.exp(t) anything.
    Element = np.object_
else:
    Element = object

__all__ = ["Tensor", "replacement"]


class Tensor(Operators, ArrayMethods, Elsewhere, Display, Node, Element):  # type: ignore[misc]
    """A value that gradients are taken with respect to, or that was computed from such values.

    Parameters
    ----------
    data : array_like
        Copied. Integers and booleans become float64, as integers cannot vary; floating-point
        and complex arrays keep their dtype.
    name : str, optional
        Shown in messages and drawings.
    dtype : floating-point or complex dtype, optional

    Raises
    ------
    TypeError
        If `data` is not numeric, or contains Tensors.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import Tensor
    >>> x, w = Tensor([2.0, 3.0], name="x"), Tensor([0.0, 1.0], name="w")
    >>> y = np.sum(x * w)
    >>> y
    Tensor(3., op=sum)
    >>> y.backward()
    >>> w.grad
    array([2., 3.])
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __new__(cls, *args: Any, **kwargs: Any) -> Self: ...

    def __init__(
        self, data: Any, *, name: str | None = None, dtype: Any = None, **others: NoReturn
    ) -> None:
        if others:
            raise TypeError(_unknown(others))
        self._value = as_value(data, dtype)
        self.name = name
        self.call = LEAF
        self._number = next(numbers)
        self._grad = None
        self._pass = None
        self.scope = STATE.get().scope

    # ---- what it is -----------------------------------------------------------------------------

    @property  # type: ignore[override]
    def data(self) -> NDArray[Any]:
        """The value, read-only; of a leaf it may be replaced, ``w.data = w.data - step``.

        Graphs already recorded keep the value that they were computed with.
        """
        refuse_within_rule("t.data", self)
        if is_traced(self._value):
            return self._value  # type: ignore[no-any-return]
        view = np.asarray(self._value).view()
        view.flags.writeable = False
        return view

    @data.setter
    def data(self, data: Any) -> None:
        value = replacement(self, data)
        change("t.data = ...", self)
        self._value = value

    def numpy(self) -> NDArray[Any]:
        """A copy of the value, as a plain array."""
        refuse_within_rule("t.numpy()", self)
        return self._value if is_traced(self._value) else np.array(self._value)

    def item(self) -> Any:  # type: ignore[override]
        """The value of a one-element Tensor as a Python number, which has no gradient."""
        refuse_within_rule("t.item()", self)
        value = self._value
        if value.size != 1:
            raise ValueError(f"Tensor.item: shape {value.shape} has {value.size} elements, not one")
        return value.item()

    def tolist(self) -> Any:
        """The value as nested lists of Python numbers, which have no gradient."""
        refuse_within_rule("t.tolist()", self)
        return self._value.tolist()

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """The lengths of the axes."""
        shape: tuple[int, ...] = self._value.shape
        return shape

    @property
    def ndim(self) -> int:  # type: ignore[override]
        """The number of axes."""
        return len(self._value.shape)

    @property
    def size(self) -> int:  # type: ignore[override]
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
        return None if self.call.row is None else self.call.row.op

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edges to the parents, one for each argument that varies."""
        return edges_of(self)

    @property
    def local_derivatives(self) -> tuple[Any, ...]:
        """The `Edge.local_derivative` of each edge."""
        return tuple(edge.local_derivative for edge in edges_of(self))

    # ---- gradients ------------------------------------------------------------------------------

    @property
    def grad(self) -> Any:
        """The gradient, of the Tensor's shape and dtype; None before `backward`.

        Of a leaf it is what all backward passes accumulated. Of an intermediate Tensor it is that
        of the last backward pass, worked out when first asked for.
        """
        if self.call.row is None or self._pass is None:
            change("t.grad", self)  # which other code sets
            return self._grad
        return array(self._pass.cotangent(self))

    @grad.setter
    def grad(self, gradient: Any) -> None:
        if self.call.row is not None:
            raise TypeError(
                f"Tensor.grad: only a leaf's gradient can be set, and this was computed by "
                f"{title(self.call.row.op)}"
            )
        if gradient is not None and np.shape(gradient) != self.shape:
            raise ValueError(
                f"Tensor.grad: the gradient has shape {np.shape(gradient)}, the Tensor "
                f"{self.shape}, and they must be equal; None resets it"
            )
        refuse_masked(gradient, "Tensor.grad")
        change("t.grad = ...", self)
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
            If the Tensor has more than one element or is complex, and no `gradient` is given, or
            the shape of `gradient` is another.
        RuntimeError
            If the Tensor was computed within `no_grad`, so that nothing leads back to the leaves;
            or if the backward pass is to be recorded there.
        """
        value = self._value
        if self.call is UNRECORDED:
            raise RuntimeError(
                f"Tensor.backward: this Tensor, of shape {self.shape}, was computed within "
                "no_grad(), where nothing is recorded, so that no gradient would reach what it was "
                "computed from; compute it outside of no_grad()"
            )
        if gradient is None and value.size != 1:
            raise ValueError(
                f"Tensor.backward: the output has shape {self.shape}, and only one number has a "
                "gradient; reduce it first (np.sum(t), np.mean(t)), or pass backward(gradient=...)"
            )
        if gradient is None and value.dtype.kind == "c":
            raise ValueError(
                "Tensor.backward: the output is complex, and only a real number can be large or "
                "small; take np.real(t), np.imag(t) or np.abs(t) first, or pass "
                "backward(gradient=...)"
            )
        if create_graph and not STATE.get().recording:
            raise RuntimeError(
                "Tensor.backward: create_graph=True records the backward pass, and within "
                "no_grad() nothing is recorded; call it outside"
            )
        if gradient is None:
            seed: Any = np.array(1, value.dtype, ndmin=value.ndim)
        elif create_graph and isinstance(gradient, Tensor):
            seed = gradient
        else:
            seed = as_value(gradient, value.dtype)
        if seed.shape != value.shape:
            raise ValueError(
                f"Tensor.backward: gradient has shape {seed.shape}, the output {self.shape}, and "
                "they must be equal: it holds dL/dy for every element y of the output"
            )
        nodes = backward.ordered(self)
        found = backward.sweep(nodes, seed, record=create_graph)
        this_pass = BackwardPass(self, seed._value if isinstance(seed, Tensor) else seed)
        for node in nodes:
            node._pass = this_pass
        taken = {id(seed)}  # a leaf's gradient is an array that nobody else has
        change("backward()", *found)
        for leaf, g in found.items():
            if create_graph:
                g = g if isinstance(g, Tensor) else Tensor(g)
            elif id(g) in taken or (type(g) is np.ndarray and g.base is not None):
                g = g.copy()
            taken.add(id(g))
            total = g if leaf._grad is None else leaf._grad + g
            plain = type(total) is np.ndarray or isinstance(total, Tensor)
            leaf._grad = total if plain else array(total)

    # ---- Python and NumPy -----------------------------------------------------------------------

    def __repr__(self) -> str:
        if is_traced(self._value):
            return f"Tensor({self._value!r})"
        details = [np.array2string(np.asarray(self._value), separator=", ", prefix="Tensor(")]
        if self.ndim:
            details.append(f"shape={self.shape}")
        if self.dtype != np.float64:
            details.append(f"dtype={self.dtype}")
        if self.name is not None:
            details.append(f"name={self.name!r}")
        if self.call.row is not None:
            details.append(f"op={self.call.row.op.__name__}")
        return f"Tensor({', '.join(details)})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a Tensor with no axes has no length; t.size is 1")
        return len(self._value)

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("a Tensor with no axes cannot be iterated over")
        return (self[i] for i in range(len(self._value)))

    def __reduce__(self) -> tuple[Any, ...]:
        if self.call.row is not None:
            refuse_copy(self, title(self.call.row.op))
        return _restore, (type(self), array(self._value), self.name, self._grad)


def replacement(leaf: Tensor, data: Any) -> Any:
    """The new value of a leaf, checked: of the old one's shape and dtype."""
    if leaf.call.row is not None:
        raise TypeError(
            f"the value of {leaf!r} was computed, and cannot be replaced; only a leaf's can"
        )
    if isinstance(data, Tensor):
        raise TypeError("Tensor.data: give it a plain array: w.data = t.data")
    value = as_value(data, leaf.dtype)
    if value.shape != leaf.shape:
        raise ValueError(
            f"Tensor.data: the new value has shape {value.shape}, the Tensor {leaf.shape}; "
            "make a new Tensor instead"
        )
    return value


def _unknown(others: dict[str, Any]) -> str:
    name = next(iter(others))
    told = "it takes data, name and dtype"
    if name == "requires_grad":
        told = "every Tensor has a gradient; a constant is a plain array"
    elif name == "device":
        told = "it is in NumPy's memory"
    elif name == "constant":
        told = "a Tensor varies; a constant is a plain array"
    return f"Tensor: there is no {name}=...: {told}"


def _restore(cls: type[Tensor], value: Any, name: str | None, grad: Any) -> Tensor:
    tensor = cls(value, name=name)
    tensor._grad = grad if grad is None or isinstance(grad, Tensor) else np.array(grad)
    return tensor


Tensor._type = Tensor
