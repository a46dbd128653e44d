"""Common subexpressions: what is computed twice is computed once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from tinygrad_edu.trace.passes.rewriting import Rewriting, rewritten
from tinygrad_edu.trace.program import Call, Program, Ref

__all__ = ["common_subexpressions"]

_COMMUTATIVE = (np.add, np.multiply)


def common_subexpressions(program: Program) -> tuple[Program, list[str]]:
    """Call a function once with the same arguments. Exact, as functions depend on nothing else."""
    known: dict[Hashable, int] = {}

    def rule(call: Call, _state: Rewriting) -> Any:
        key = _key(call)
        if key in known:
            return Ref(known[key])
        known[key] = call.number
        return None

    return rewritten(program, rule)


def _key(call: Call) -> Hashable:
    args = [_frozen(arg) for arg in call.args]
    if call.function in _COMMUTATIVE:
        args.sort(key=repr)
    named = tuple(sorted((name, _frozen(value)) for name, value in call.kwargs.items()))
    return id(call.function), tuple(args), named


def _frozen(part: Any) -> Hashable:
    """An argument as something that is equal where the argument is the same."""
    if isinstance(part, Ref):
        return "value", part.number
    if isinstance(part, tuple | list):
        return type(part).__name__, tuple(map(_frozen, part))
    if isinstance(part, slice):  # which has a hash from Python 3.12 on
        return "slice", _frozen(part.start), _frozen(part.stop), _frozen(part.step)
    if isinstance(part, np.ndarray) or part.__hash__ is None:
        return "the very", id(part)
    if isinstance(part, float | complex | np.generic):  # bit by bit: 0.0 is not -0.0, nor each NaN
        return type(part).__name__, str(np.asarray(part).dtype), np.asarray(part).tobytes()
    return type(part).__name__, repr(part)  # 1 is not True
