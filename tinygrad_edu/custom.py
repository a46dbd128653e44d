"""Operations of one's own: a function of arrays, registered with its derivatives."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.custom_rule import CheckedRule, broadcasts, read_only
from tinygrad_edu.engine.context import recording
from tinygrad_edu.engine.node import Node
from tinygrad_edu.engine.record import new_node
from tinygrad_edu.engine.rule import Local, Pullback, title
from tinygrad_edu.engine.stand_ins import StandIn, is_traced
from tinygrad_edu.engine.values import plain_arguments

__all__ = ["custom"]

Function = Callable[..., Any]
Derivative = Function | complex | None
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def custom(
    *local_derivatives: Derivative,
    pullback: Function | tuple[Function | None, ...] | None = None,
) -> Callable[[Function], Function]:
    """Make a function of arrays an operation with derivatives that you write: a decorator.

    It is then recorded as one node, drawn, printed and checked as NumPy's functions are. The
    function itself runs on plain arrays, and may do with them whatever it likes: loop, branch, call
    compiled code. Write the derivatives in NumPy's functions, of what they are given and of nothing
    else that varies, and they can be differentiated again.

    Parameters
    ----------
    *local_derivatives : callable, number or None
        Of an elementwise function, one for each argument: ``(out, x, y, ...) -> d out / d x``,
        from the result and the arguments. A number where it is constant; None for an argument
        that the result does not vary with, or that is no array.
    pullback : callable, or a tuple of callables and Nones
        Of any other function, in place of these, one for each argument: ``(g, out, a, b, ...) ->
        gradient of a``, where g is the gradient of the result: the chain rule for that argument.
        Keyword-only parameters of the function are handed to it by keyword.

    Returns
    -------
    callable
        The decorator. What it gives has the function's name and takes its arguments, Tensors or
        arrays.

    Raises
    ------
    TypeError
        When decorating, if there is not one derivative for each argument, or one takes others
        than ``(out, *arguments)`` or ``(g, out, *arguments)``. When called, if the function gives
        anything but one array. In the backward pass, if a derivative gives no array of
        numbers, or, when that pass is recorded, takes values out of it.
    ValueError
        In the backward pass, if a derivative has a shape that can't be right.

    Notes
    -----
    Of an elementwise function, arguments may broadcast, and a pullback may give its result for the
    argument as it was broadcast: the engine sums.

    Complex: where the result is complex, give the complex derivative, or the plain transpose of
    it; where a complex argument gives a real result, the gradient ``d / d Re x + i d / d Im x``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import Tensor, custom, grad
    >>> @custom(lambda out, x: 1 / (1 + x * x))
    ... def my_arctan(x):
    ...     return np.arctan(x)
    >>> print(grad(my_arctan)(2.0), round(grad(grad(my_arctan))(2.0), 4))
    0.2 -0.16
    >>> my_arctan(Tensor(0.0))
    Tensor(0., op=my_arctan)

    One that mixes elements, with a setting:

    >>> def rolled_back(g, out, x, *, shift):
    ...     return np.concatenate([g[shift:], g[:shift]])
    >>> @custom(pullback=rolled_back)
    ... def rolled(x, *, shift=1):
    ...     return np.roll(x, shift)
    >>> print(grad(lambda x: rolled(x, shift=2)[0])(np.array([1.0, 2.0, 3.0])))
    [0. 1. 0.]
    """
    if local_derivatives and pullback is not None:
        raise TypeError("custom: give local derivatives, or pullback=, not both")
    if not local_derivatives and pullback is None:
        raise TypeError(
            "custom: give a local derivative for each argument, @custom(lambda out, x: ...), or "
            "pullback=lambda g, out, a: ..."
        )
    if pullback is None:
        rules: tuple[Derivative, ...] = local_derivatives
    else:
        rules = pullback if isinstance(pullback, tuple) else (pullback,)

    def decorate(function: Function) -> Function:
        if not callable(function):
            raise TypeError(
                f"custom: it decorates a function, and was given a {type(function).__name__}; a "
                "local derivative has to be given first: @custom(lambda out, x: ...)"
            )
        return _Operation(function, rules, Local if pullback is None else Pullback).dispatch

    return decorate


class _Operation:
    """A function with its row, which no table keeps: it lives as long as somebody uses it."""

    def __init__(
        self, function: Function, rules: tuple[Derivative, ...], kind: type[Local | Pullback]
    ) -> None:
        self.function, self.kind = function, kind
        self.name = getattr(function, "__name__", type(function).__name__)
        self.signature = _signature(function)
        parameters = self.signature.parameters.values()
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
            raise TypeError(
                f"custom {self.name}: *args and **kwargs can't be told from one another by a rule; "
                "name the arguments"
            )
        self.operands = [p.name for p in parameters if p.kind in _POSITIONAL]
        self.settings = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
        self._check_rules(rules)

        @functools.wraps(function)
        def dispatch(*args: Any, **kwargs: Any) -> Any:
            return self(args, kwargs)

        self.dispatch = dispatch
        checked: Any = tuple(
            CheckedRule(self.name, self.operands[place], place, rule, kind is Local)
            if callable(rule)
            else rule
            for place, rule in enumerate(rules)
        )
        self.row: Any = kind(dispatch, function, checked)

    def _check_rules(self, rules: tuple[Derivative, ...]) -> None:
        """There is one rule for each argument, which can be called with what it will be given."""
        called = f"custom {self.name}"
        what = "local derivative" if self.kind is Local else "pullback"
        if len(rules) != len(self.operands):
            raise TypeError(
                f"{called}: it takes {len(self.operands)} arguments ({', '.join(self.operands)}), "
                f"and {len(rules)} {what}{'s were' if len(rules) != 1 else ' was'} given; give one "
                "for each, None for one that it does not vary with"
                + (", in a tuple" if self.kind is Pullback else "")
            )
        if self.kind is Local and self.settings:
            raise TypeError(
                f"{called}: a local derivative knows nothing of keyword-only parameters "
                f"({', '.join(self.settings)}); let them be positional, with the derivative None, "
                "or give pullback="
            )
        if all(rule is None for rule in rules):
            raise TypeError(f"{called}: no derivative is given, all are None")
        given = (["out"] if self.kind is Local else ["g", "out"]) + self.operands
        for name, rule in zip(self.operands, rules, strict=True):
            if rule is None or (self.kind is Local and isinstance(rule, int | float | complex)):
                continue
            if not callable(rule):
                raise TypeError(f"{called}: the {what} for {name} is {rule!r}, not a function")
            try:
                inspect.signature(rule).bind(*given, **dict.fromkeys(self.settings))
            except ValueError:  # compiled, and without a signature
                continue
            except TypeError:
                words = [*given, *(f"{setting}=" for setting in self.settings)]
                raise TypeError(
                    f"{called}: the {what} for {name} takes {inspect.signature(rule)}, and must "
                    f"take ({', '.join(words)})"
                ) from None

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if kwargs or self.settings or len(args) != len(self.operands):
            try:
                bound = self.signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{self.name}{self.signature}: {error}") from None
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        for name, value in kwargs.items():
            if isinstance(value, Node):
                raise TypeError(
                    f"{self.name}: {name} is a setting without a derivative, and was given a "
                    f"Tensor; write {name}=t.data"
                )
        if any(isinstance(arg, Node) for arg in args):
            return self._record(args, kwargs)
        return self.function(*args, **kwargs)

    def _record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args, kwargs = plain_arguments(self.name, args, kwargs)
        values, parents, places = [], [], []
        for place, arg in enumerate(args):
            if not isinstance(arg, Node):
                if self.row.derivatives[place] is not None and isinstance(arg, list | tuple):
                    arg = np.asarray(arg)
                values.append(arg)
                continue
            values.append(arg._value)
            if self.row.derivatives[place] is not None:
                parents.append(arg)
                places.append(place)
        with recording(False):
            value = self.function(*map(read_only, values), **kwargs)
        if not parents:
            return value
        value = self._checked(value, values)
        return new_node(value, self.row, tuple(values), tuple(parents), tuple(places), kwargs)

    def _checked(self, value: Any, values: list[Any]) -> Any:
        """The result of the function as an array, if it is one."""
        if isinstance(value, Node):
            raise TypeError(
                f"{self.name}: it gave a Tensor, so it uses one that is not among its arguments, "
                "whose gradient would be lost; make it an argument, with a derivative"
            )
        if isinstance(value, int | float | complex) and not is_traced(value):
            value = np.asarray(value)[()]
        if not isinstance(value, np.ndarray | np.generic | StandIn):
            raise TypeError(f"{self.name}: it must give one array, not a {type(value).__name__}")
        if self.kind is Local:
            shapes = [np.shape(values[k]) for k in self._varying()]
            if np.broadcast_shapes(value.shape, *shapes) != value.shape or value.shape not in set(
                broadcasts([np.shape(v) for v in values])
            ):
                raise ValueError(
                    f"{self.name}: its result has shape {value.shape}, its arguments "
                    f"{' and '.join(map(str, shapes))}: it is not elementwise, so that a local "
                    "derivative can't be its derivative; give pullback="
                )
        return value

    def _varying(self) -> list[int]:
        return [k for k, rule in enumerate(self.row.derivatives) if rule is not None]


def _signature(function: Function) -> inspect.Signature:
    if isinstance(function, np.ufunc):
        names = [chr(ord("x") + k) if function.nin < 4 else f"x{k}" for k in range(function.nin)]
        kind = inspect.Parameter.POSITIONAL_ONLY
        return inspect.Signature([inspect.Parameter(name, kind) for name in names])
    try:
        return inspect.signature(function)
    except ValueError:
        raise TypeError(
            f"custom {title(function)}: Python can't tell its arguments; wrap it in a function "
            "that names them"
        ) from None
