"""Which arguments of a call are operands, which are parameters of a rule, and which are refused."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import Composed, Local, Pullback, Several, title

__all__ = ["bind"]

_NOT_GIVEN: Any = np._NoValue  # what some of NumPy's signatures have for a default


def bind(
    row: Local | Pullback | Several | Composed, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Split the arguments of a call of ``row.op`` into operands and keyword parameters.

    Every argument is understood by the row's rule, or is NumPy's default and so says nothing,
    or is refused by its name: none is swallowed.

    Raises
    ------
    TypeError
        If an argument is one that the rule does not understand, or is a Tensor where the rule has
        no derivative.
    """
    form = _form(row)
    if not kwargs and len(args) <= form.operands:
        return args, kwargs
    given = kwargs if form.variadic else dict(zip(form.names, args, strict=False)) | kwargs
    for name, value in given.items():
        if name not in form and value is not form.defaults.get(name, given):
            accepted = ", ".join(form.understood[form.operands :]) or "no other argument"
            raise TypeError(
                f"{title(row.op)}: the argument {name}={value!r} is not supported on a Tensor, and "
                f"to ignore it would be wrong; supported: {accepted}"
            )
    given = {
        name: value for name, value in given.items() if name in form and value is not _NOT_GIVEN
    }
    if form.variadic:
        operands = args
    elif len(args) > len(form.names):
        raise TypeError(f"{title(row.op)} takes {len(form.names)} arguments, not {len(args)}")
    else:
        operands = tuple(given.pop(name) for name in form.names[: form.operands] if name in given)
    if isinstance(row, Composed):
        return operands, given
    if row.arguments is not None:
        operands, given = row.arguments(*operands, **given)
    for name, value in given.items():
        if hasattr(value, "parents"):
            raise TypeError(
                f"{title(row.op)}: the argument {name}= is a constant here, and the gradient of a "
                "Tensor would be lost; write t.data for its value"
            )
    return operands, given


@dataclass(frozen=True, slots=True)
class _Form:
    """What a call of a row's function looks like."""

    names: list[str]  # NumPy's positional arguments, in order
    understood: list[str]  # those that the rule understands, operands first
    operands: int  # how many are operands of the rule as they stand
    variadic: bool
    open: bool  # takes keywords of any name, as they are meant for a function of the user's
    defaults: dict[str, Any]  # NumPy's defaults: given explicitly, they say nothing

    def __contains__(self, name: str) -> bool:
        return self.open or name in self.understood


_NAMED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@functools.cache
def _form(row: Local | Pullback | Several | Composed) -> _Form:
    if isinstance(row, Composed):
        rule, lead, operands = row.function, 0, 0
    elif row.arguments is not None:
        rule, lead, operands = row.arguments, 0, 0
    elif isinstance(row.op, np.ufunc):
        names = ["x", "y", "z"][: row.op.nin]
        return _Form(names, names, row.op.nin, False, False, {})
    else:
        assert isinstance(row.derivatives, tuple)
        rule = next(filter(callable, row.derivatives))
        lead, operands = row.lead, len(row.derivatives)
    own = list(inspect.signature(rule).parameters.values())[lead:]
    kinds = {p.kind for p in own}
    variadic, any_name = (kind in kinds for kind in _REST)
    understood = [p.name for p in own if p.kind not in _REST]
    try:
        theirs = list(inspect.signature(row.op).parameters.values())
    except (TypeError, ValueError):  # a C function without a text signature
        theirs = []
    names = [p.name for p in theirs or own if p.kind in _NAMED]
    # An operand goes by its place: the rule may call it by a name of its own.
    understood[:operands] = names[:operands]
    defaults = {p.name: p.default for p in theirs}
    return _Form(names, understood, operands, variadic, any_name, defaults)
