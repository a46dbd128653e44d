"""The table of rules: for every function, what the chain rule knows about it.

A row is one of five kinds, and every function that NumPy lets a class override has exactly one row:

========== ==================================================================================
local      an elementwise function: the local derivative of each argument
pullback   a function that mixes elements: the map that carries the cotangent back (of a
           function with several results, `several`: one for each of these)
composed   a function written in terms of others, so that no derivative is needed
constant   derivative zero almost everywhere, or no number at all: gives plain arrays
refused    no derivative: the reason, and what to write instead
========== ==================================================================================

A rule is plain calculus on anything that speaks NumPy's protocols: it runs on arrays in ordinary
backprop, and on Tensors when the backward pass is itself to be differentiated. It branches on
shapes, axes and parameters, never on values. Undoing broadcasting is the engine's work, not a
rule's: a pullback may return anything that broadcasts to, or from, the shape of its argument.

Nor does a rule conjugate. Where the result is complex, a rule is the plain transpose of the
derivative (a product's is ``y``, and ``G @ B.T``), and `tinygrad_edu.engine.conjugation` does the
rest. Where a complex argument gives a real result, as in ``abs``, a rule gives the gradient itself,
as the conventions have it: ``d / d Re x + i d / d Im x``.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate

import numpy as np

if TYPE_CHECKING:
    from tinygrad_edu.tensor.signatures import OfArray, P

__all__ = [
    "TABLE",
    "Composed",
    "Constant",
    "Each",
    "Function",
    "Local",
    "Pullback",
    "Refused",
    "Row",
    "Several",
    "composed",
    "constant",
    "deferred",
    "load_deferred",
    "local",
    "lookup",
    "method",
    "operation",
    "pullback",
    "pullback_each",
    "refused",
    "refused_module",
    "several",
    "title",
    "varies",
]

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """An elementwise function with one local derivative an argument.

    ``derivatives[i]`` is a function ``(out, x, y, ...) -> d out / d argument i``, a number where
    the local derivative is constant, or None where the argument has none (a condition, say).
    `arguments`, where given, brings the arguments of a call into the form ``operands, parameters``.
    """

    op: Function
    compute: Function  # `op` on plain arrays, without asking them for their say
    derivatives: tuple[Function | complex | None, ...]
    arguments: Function | None = None
    sequence = False
    lead = 1  # a rule's arguments before the operands: out


class Each:
    """The pullbacks of a function with any number of operands, by place."""

    def __init__(self, rule: Function) -> None:
        self.rule = rule

    def __getitem__(self, place: int) -> Function:
        return lambda g, out, *operands, **kw: self.rule(g, out, place, *operands, **kw)

    def __len__(self) -> int:
        return sys.maxsize


@dataclass(frozen=True, slots=True, eq=False)
class Pullback:
    """A function that mixes elements, with one pullback an argument.

    ``derivatives[i]`` is ``(g, out, a, b, ..., **parameters) -> cotangent of argument i``. Of a
    function that takes a sequence of arrays, ``derivatives[0]`` gives the sequence of cotangents.
    """

    op: Function
    compute: Function
    derivatives: tuple[Function | None, ...] | Each
    arguments: Function | None = None
    sequence: bool = False
    lead = 2  # a rule's arguments before the operands: g, out


@dataclass(frozen=True, slots=True, eq=False)
class Several:
    """A function with several results, each of which is recorded as a node of its own.

    ``parts[k]`` is the row of result k, None where that is constant. Its rules are those of a
    Pullback, but for `outs`, all results, in place of `out`:
    ``(g, outs, a, b, ..., **parameters) -> cotangent of the argument``.
    """

    op: Function
    compute: Function
    parts: tuple[Pullback | None, ...]
    derivatives: tuple[Function | None, ...]  # for each argument, that of some result
    arguments: Function | None = None
    sequence = False
    lead = 2


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """A function written in terms of others, which do have rules."""

    op: Function
    function: Function


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A function whose result does not vary with its arguments: takes Tensors, gives arrays."""

    op: Function


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """A function that takes no Tensor, and why."""

    op: Function
    reason: str


Row = Local | Pullback | Several | Composed | Constant | Refused


TABLE: dict[Function, Row] = {}
_REFUSED_MODULES: dict[str, str] = {}
_DEFERRED: dict[str, str] = {}
_METHODS: dict[tuple[str, Function | None], Function] = {}


def _add(row: Row) -> None:
    if row.op in TABLE:
        raise ValueError(
            f"{title(row.op)} already has a row of kind {type(TABLE[row.op]).__name__}"
        )
    TABLE[row.op] = row


def local(
    op: Function, *derivatives: Function | complex | None, arguments: Function | None = None
) -> None:
    """Register the local derivatives of an elementwise function, one an argument."""
    _add(Local(op, _undispatched(op), derivatives, arguments))


def pullback(
    op: Function,
    *derivatives: Function | None,
    compute: Function | None = None,
    arguments: Function | None = None,
    sequence: bool = False,
) -> None:
    """Register the pullbacks of a function, one an argument.

    `compute`, where given, is a quicker way to the same value on arrays.
    """
    _add(Pullback(op, compute or _undispatched(op), derivatives, arguments, sequence))


def pullback_each(op: Function, rule: Function, arguments: Function) -> None:
    """Register ``rule(g, out, place, *operands)``, of a function with any number of operands."""
    _add(Pullback(op, _undispatched(op), Each(rule), arguments))


def several(
    op: Function,
    *parts: Function | tuple[Function | None, ...] | None,
    compute: Function | None = None,
    arguments: Function | None = None,
) -> None:
    """Register the pullbacks of a function with several results, those of one result together.

    Of a function of one argument, a part is its pullback; None says that the result is constant.
    """
    rules = [part if isinstance(part, tuple) else (part,) for part in parts]
    compute = compute or _undispatched(op)
    rows = [
        Pullback(op, compute, tuple(_given_all(op, rule) for rule in each), arguments)
        if any(each)
        else None
        for each in rules
    ]
    of_any = itertools.zip_longest(*rules)  # for each argument, the rules of the results
    varies = tuple(next(filter(None, each), None) for each in of_any)
    _add(Several(op, compute, tuple(rows), varies, arguments))


def _given_all(op: Function, rule: Function | None) -> Function | None:
    """The pullback whose rule is given all results, which are recorded behind the arguments.

    When the backward pass is recorded too, they are computed again, as functions of the arguments.
    """
    if rule is None:
        return None

    def pullback(g: Any, _out: Any, *args: Any, **params: Any) -> Any:
        *operands, outs = args
        if any(hasattr(operand, "__tensor_function__") for operand in operands):
            outs = op(*operands, **params)
        return rule(g, outs, *operands, **params)

    return pullback


def _undispatched(op: Function) -> Function:
    return getattr(op, "__wrapped__", op)


def composed(op: Function) -> Callable[[Function], Function]:
    """Register the decorated function as `op`, written in terms of other functions."""

    def register(function: Function) -> Function:
        _add(Composed(op, function))
        return function

    return register


def constant(*names: str | Function) -> None:
    """Register functions, NumPy's by name, whose results do not vary with their arguments."""
    for op in _numpy_functions(names):
        _add(Constant(op))


def refused(reason: str, *names: str | Function) -> None:
    """Register functions, NumPy's by name, that take no Tensor, with the reason."""
    for op in _numpy_functions(names):
        _add(Refused(op, reason))


def refused_module(reason: str, module: str) -> None:
    """Refuse all functions of a module that is not worth importing for their sake."""
    _REFUSED_MODULES[module] = reason


def deferred(module: str, rules: str) -> None:
    """Leave the rows of a module's functions, in our file `rules`, until one meets a Tensor.

    NumPy loads some modules when they are first used, and SciPy need not be there at all.
    """
    _DEFERRED[module] = rules


def load_deferred() -> None:
    """Make the table whole, for those who go through all of it: all but what isn't installed."""
    for module, rules in _DEFERRED.items():
        if module in sys.modules or module.startswith("numpy."):
            importlib.import_module(rules)


def method(name: str, function: Function, of: Function | None = None) -> None:
    """Register what ``ufunc.name(*args)`` is: ``function(ufunc, *args)``, for all ufuncs alike.

    For a certain one, `of`, it is ``function(*args)``.
    """
    _METHODS[name, of] = function


@functools.cache
def _method_row(ufunc: Any, name: str) -> Row | None:
    """The row of a method of a ufunc: composed of the ufunc, if that varies, else its own kind."""
    op, row = getattr(ufunc, name), lookup(ufunc)
    if name == "at":
        return Refused(op, "it would change an array in place; write np.where or a matrix product")
    if row is None or isinstance(row, Refused):
        return row and Refused(op, row.reason)
    pairs = ufunc.nin == 2 and ufunc.signature is None and (ufunc.nout == 1 or name == "outer")
    itself = name != "outer" and "dd->d" in ufunc.types  # one number alone is its own reduction
    if not pairs or (isinstance(row, Constant) and not itself):  # NumPy has these for pairs only
        return Constant(op)
    general = functools.partial(_METHODS[name, None], ufunc)
    return Composed(op, _METHODS.get((name, ufunc), general))


def _numpy_functions(names: tuple[str | Function, ...]) -> list[Function]:
    """The functions of these names that the installed NumPy has, each once."""
    found: dict[Function, None] = {}
    for name in names:
        value: Any = np
        if not isinstance(name, str):
            value = name
        else:
            for part in name.split("."):
                value = getattr(value, part, None)
        if value is not None:
            found[value] = None
    return list(found)


def operation(function: Callable[Concatenate[Any, P], Any]) -> OfArray[P]:
    """Let a NumPy-style function of our own be handed over to a Tensor, as NumPy's own are.

    The protocol is that of NEP 18: an argument whose class defines ``__tensor_function__`` takes
    the call. On plain arrays the function simply runs.
    """

    @functools.wraps(function)
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        for arg in (*args, *kwargs.values()) if kwargs else args:
            if take := getattr(arg, "__tensor_function__", None):
                return take(dispatch, args, kwargs)
        return function(*args, **kwargs)

    typed: Any = dispatch
    return typed  # type: ignore[no-any-return]


def lookup(op: Function) -> Row | None:
    """The row of `op`, None if it has none."""
    row = TABLE.get(op)
    if row is None:
        module = getattr(op, "__module__", None)
        owner = getattr(op, "__self__", None)
        if isinstance(owner, np.ufunc):
            row = _method_row(owner, op.__name__)
        elif module == "numpy":  # np.ones(..., like=t) arrives as another function of that name
            row = TABLE.get(getattr(np, op.__name__, op))
        elif module in _DEFERRED:
            importlib.import_module(_DEFERRED[module])
            row = TABLE.get(op)
        elif module in _REFUSED_MODULES:
            row = Refused(op, _REFUSED_MODULES[module])
        elif isinstance(op, np.ufunc):  # not NumPy's own, which all have rows
            load_deferred()
            row = TABLE.get(op)
    return row


def varies(row: Any, place: int) -> bool:
    """Whether the result varies with the operand at `place`."""
    return place < len(row.derivatives) and row.derivatives[place] is not None


def title(op: Function) -> str:
    """The name by which a user calls `op`, for messages: ``np.linalg.inv``, ``sigmoid``."""
    if isinstance(op, np.ufunc):
        if getattr(np, op.__name__, None) is op:
            return f"np.{op.__name__}"
        public = op.__name__.lstrip("_")
        return f"scipy.special.{public}" if _is_scipys(op) else op.__name__
    if isinstance(owner := getattr(op, "__self__", None), np.ufunc):
        return f"{title(owner)}.{op.__name__}"
    module, name = getattr(op, "__module__", None) or "", getattr(op, "__name__", "")
    if module.split(".")[0] == "numpy":
        return f"np.{module.partition('.')[2]}.{name}".replace("np..", "np.")
    if (module, name) == ("_operator", "getitem"):
        return "indexing"
    inner = getattr(op, "func", None)  # of a partial
    return name or (title(inner) if callable(inner) else type(op).__name__)


def _is_scipys(op: np.ufunc) -> bool:
    """Whether SciPy has `op`: a ufunc does not say of itself where it is from."""
    ufuncs = sys.modules.get("scipy.special._ufuncs")
    return getattr(ufuncs, op.__name__, None) is op
