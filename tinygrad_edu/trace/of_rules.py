"""Tracing: run a rule on stand-ins for arrays, to see which functions it calls on what.

A rule is ordinary NumPy code. Run on `Traced` operands it computes what it always computes, and
what it gives knows the calls that it came from: a formula that can be printed, or computed in
another place. So the derivatives stay written once, in the table.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from tinygrad_edu.custom_rule import CheckedRule
from tinygrad_edu.engine.rule import varies
from tinygrad_edu.engine.stand_ins import UntraceableError
from tinygrad_edu.kit.nested import found_in
from tinygrad_edu.trace.traced import Traced

__all__ = [
    "Traced",
    "UntraceableError",
    "computed_from",
    "local_derivative",
    "operands",
    "pullbacks",
]


def operands(node: Any) -> list[Any]:
    """The arguments of `node`'s call, those that are arrays as variables ``a0``, ``a1`` ...

    Of a function of a sequence, as np.stack, the first argument is the list of them. What only says
    what to do, as an index, and Python's own numbers stay as they are.
    """
    call = node.call
    if call.row.sequence:
        return [[_variable(each, k) for k, each in enumerate(call.operands)], *call.args[1:]]
    return [
        _variable(each, k) if call.elementwise or varies(call.row, k) else each
        for k, each in enumerate(call.args)
    ]


def _variable(value: Any, place: int) -> Any:
    known = isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufc"
    return Traced(value, f"a{place}") if known else value


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
    >>> from tinygrad_edu.trace.of_rules import local_derivative
    >>> slope = local_derivative(np.tanh(Tensor(0.5)), 0)  # 1 - out * out
    >>> slope.function is np.subtract, slope.args
    (True, (1, Traced(np.multiply, shape=())))
    """
    derivative = node.call.row.derivatives[node.call.places[position]]
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
    call, args = node.call, operands(node)
    given, out = Traced(g, "g"), Traced(node._value, "out")
    if call.row.sequence:
        pieces = call.rules[0](given, out, *args, **call.params)
        return [pieces[place] for place in call.places]
    return [_run(call.rules[place], given, out, *args, **call.params) for place in call.places]


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


def computed_from(roots: Any, known: Container[int]) -> list[Traced]:
    """All stand-ins that those in `roots` were computed from, in the order of their calls.

    Those whose ids are known are left out, and with them what only they were computed from.
    """
    found: dict[int, Traced] = {}
    waiting = [*found_in(roots, Traced)]
    while waiting:
        each = waiting.pop()
        if id(each) not in found and id(each) not in known:
            found[id(each)] = each
            waiting += found_in((each.args, each.kwargs), Traced)
    return sorted(found.values(), key=lambda traced: traced.number)
