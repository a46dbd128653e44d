"""Checks for NaNs that another check makes needless."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from tinygrad_edu.trace.passes.rewriting import is_elementwise
from tinygrad_edu.trace.program import Call, Program

__all__ = ["implied_checks"]

# A NaN among the arguments of these is a NaN in the result.
_PASSING = {
    np.add, np.subtract, np.multiply, np.divide, np.negative, np.square, np.exp, np.tanh, np.sqrt,
    np.log, np.sin, np.cos, np.positive,
}  # fmt: skip
_MIXING = {np.dot, np.matmul, np.transpose, np.vdot}


def implied_checks(program: Program) -> tuple[Program, list[str]]:
    """Look for no NaN in what a checked value is computed from by arithmetic. Exact."""
    shows: set[int] = set()  # a NaN here is a NaN in some checked value as well
    kept = list(program.checks)
    single = {call.number for call in program.calls if prod(call.shape) == 1}
    notes = []
    for call in reversed(program.calls):
        if call.number in shows and call.number in kept:
            kept.remove(call.number)
            notes.append(f"a NaN in v{call.number} shows in a later check")
        if call.function is None or not _passes(call, single):
            continue
        if call.number in shows or call.number in kept:
            shows.update(call.refs)
    return replace(program, checks=tuple(kept)), notes


def _passes(call: Call, single: set[int]) -> bool:
    """Whether a NaN in an argument is sure to be one in the result."""
    if call.dtype.kind not in "fc" or 0 in call.shape:
        return False
    if call.function == np.add.reduce:  # with where=, only what it adds shows
        return set(call.kwargs) <= {"axis", "keepdims"}
    if call.function is np.dot and not single.isdisjoint(call.refs):
        return False  # it scales by a single number, and by 0 to 0
    if call.function in _MIXING:
        return not call.kwargs
    return is_elementwise(call) and call.function in _PASSING
