"""Nests of loops: which calls of a kernel are done in one go over the elements."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

from tinygrad_edu.jit.access import behind
from tinygrad_edu.jit.kernel import is_dot, is_view, reduced_axes
from tinygrad_edu.trace.program import Call, Program, Ref, refs_in

__all__ = ["Nest", "nests_of", "stored"]


@dataclass
class Nest:
    """Calls that are done for one element after another of arrays of one shape."""

    shape: tuple[int, ...]
    calls: list[Call] = field(default_factory=list)


def nests_of(program: Program) -> list[Nest]:
    """The nests, in an order in which they can be done: each call joins the first that it may."""
    known = {call.number: call for call in program.calls}
    nests: list[Nest] = []
    of_shape: dict[tuple[int, ...], list[int]] = {}
    places: dict[int, int] = {}
    for call in program.calls:
        if call.function is None or is_view(call, known):
            continue
        shape = loop_shape(call, known)
        first = max((_after(n, call, shape, known, places) for n in call.refs), default=0)
        same = of_shape.setdefault(shape, [])
        at = bisect_left(same, first)
        if at == len(same):
            same.append(len(nests))
            nests.append(Nest(shape))
        at = same[at]
        nests[at].calls.append(call)
        places[call.number] = at
    return nests


def loop_shape(call: Call, known: dict[int, Call]) -> tuple[int, ...]:
    """The shape that the loops go over: of a sum that of its operand."""
    if reduced_axes(call, known) is None:
        return call.shape
    refs = [arg for arg in call.args if isinstance(arg, Ref)]
    return known[refs[-1].number].shape


def _after(
    number: int, call: Call, shape: Any, known: dict[int, Call], places: dict[int, int]
) -> int:
    """The first nest in which an operand can be read."""
    base, _ = behind(number, known)
    if base not in places:
        return 0
    own = base == number and known[number].shape == shape and not is_dot(call, known)
    return places[base] + (0 if own and reduced_axes(known[number], known) is None else 1)


def stored(program: Program, nests: list[Nest]) -> list[int]:
    """The numbers of the arrays that are kept in memory: of all else only an element at a time."""
    known = {call.number: call for call in program.calls}
    places = {call.number: k for k, nest in enumerate(nests) for call in nest.calls}
    needed = set(refs_in(program.outputs))
    for nest in nests:
        for call in nest.calls:
            if reduced_axes(call, known) is not None:
                needed.add(call.number)
            for n in call.refs:
                base, _ = behind(n, known)
                if base in places and places[base] != places[call.number]:
                    needed.add(base)
    return [n for n in places if n in needed and known[n].shape != ()]
