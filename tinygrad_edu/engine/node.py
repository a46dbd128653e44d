"""A value, and the call that it was computed by: a row of the table, and what stood where."""

from __future__ import annotations

from itertools import count
from typing import Any, ClassVar

from tinygrad_edu.engine.conjugation import ConjugatedAround
from tinygrad_edu.engine.rule import Local, title

__all__ = ["LEAF", "NO_PARAMS", "UNRECORDED", "Call", "Node", "numbers"]

NO_PARAMS: dict[str, Any] = {}


class Call:
    """``row.op(*args, **params)``, on values; the parents are the Tensors that stood at the places.

    Attributes
    ----------
    row
        The row of the table; None of a leaf, which was given and not computed.
    args, params
        The arguments and keyword parameters of the call, as values.
    parents : tuple of Tensor
        One for each argument that varies, in argument order: a Tensor that stands in two arguments
        is there twice.
    places : tuple of int
        Which of the operands the parents are.
    conjugates : bool
        Whether the result is complex, so that the backward pass conjugates before and after the
        rules of the row.
    """

    __slots__ = ("args", "conjugates", "params", "parents", "places", "row")

    def __init__(
        self,
        row: Any = None,
        args: tuple[Any, ...] = (),
        params: dict[str, Any] = NO_PARAMS,
        parents: tuple[Any, ...] = (),
        places: tuple[int, ...] = (),
        conjugates: bool = False,
    ) -> None:
        self.row, self.args, self.params = row, args, params
        self.parents, self.places, self.conjugates = parents, places, conjugates

    @property
    def operands(self) -> Any:
        """The arguments that places count; of a function of a sequence, as np.stack, its items."""
        return self.args[0] if self.row.sequence else self.args

    @property
    def elementwise(self) -> bool:
        """Whether each element of the result comes from one of each operand."""
        return type(self.row) is Local

    @property
    def rules(self) -> Any:
        """What carries a cotangent back, by place: the row's derivatives, conjugated around."""
        return ConjugatedAround(self.row) if self.conjugates else self.row.derivatives

    def with_parents(self) -> list[Any]:
        """The arguments with the parents in their places: rules that run on these are recorded."""
        args = list(self.args)
        holder = args
        if self.row.sequence:
            holder = args[0] = list(args[0])
        for parent, place in zip(self.parents, self.places, strict=True):
            if parent._value is not holder[place]:
                raise RuntimeError(
                    f"the value of {parent!r} was replaced after {title(self.row.op)} had used it, "
                    "so the backward pass can't be recorded; compute the output again, then "
                    "differentiate"
                )
            holder[place] = parent
        return args


LEAF = Call()
UNRECORDED = Call()  # of what was computed where nothing is recorded
numbers = count()


class Node:
    """A value and how it was computed: the part of a Tensor that the engine works on.

    Attributes
    ----------
    call : Call
        What it was computed by.
    _number : int
        Creation order, which is a topological order.
    _pass : BackwardPass
        The last backward pass that came by.
    scope : Scope
        The module call within which it was computed.
    _type : type
        What a function of such nodes makes: Tensor, also of a subclass with data of its own.
    """

    __slots__ = (
        "__weakref__",
        "_grad",
        "_number",
        "_pass",
        "_value",
        "call",
        "name",
        "scope",
    )

    _type: ClassVar[Any]
    stands_for_leaf: ClassVar[bool] = False  # though it was computed
    _value: Any
    call: Call
    _number: int
    _grad: Any
    _pass: Any
    name: str | None
    scope: Any

    @property
    def parents(self) -> tuple[Any, ...]:
        """The Tensors it was computed from, one for each argument that varies."""
        return self.call.parents
