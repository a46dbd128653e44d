"""Fusion: elementwise calls on large arrays become one call, done in blocks that stay in the cache.

The memory is slower than the arithmetic: twelve calls on arrays of a million numbers read and write
twelve times what a cache holds. One call that does all twelve on a block, and then goes on to the
next block, reads its arguments once and writes its results once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np

from tinygrad_edu.trace.facts import item
from tinygrad_edu.trace.passes.rewriting import is_elementwise
from tinygrad_edu.trace.program import Call, Program, Ref, refs_in

__all__ = ["Fused", "fusion"]

SMALLEST = 1 << 17  # elements: smaller arrays stay in the cache by themselves
FEWEST = 3  # calls


@dataclass(frozen=True, eq=False)
class Fused:
    """Elementwise calls on arrays of one shape, and sums over all of some: a function of several.

    Its `program` has the arrays, and numbers, for inputs; it may be done block by block.
    """

    program: Program
    shape: tuple[int, ...]
    __name__ = "fused"

    def __call__(self, *operands: Any) -> tuple[Any, ...]:
        """The outputs of the program."""
        return tuple(self.program.run(*operands))


@dataclass
class _Group:
    """Calls that are to be fused, and those that have to wait for them."""

    shape: tuple[int, ...] = ()
    calls: dict[int, Call] = field(default_factory=dict)
    waiting: list[Call] = field(default_factory=list)
    after: set[int] = field(default_factory=set)  # what is computed from the group, but not in it
    sums: set[int] = field(default_factory=set)


def fusion(program: Program) -> tuple[Program, list[str]]:
    """Fuse elementwise calls on large arrays, with the sums over them.

    Exact, but for these sums, whose terms are added block by block.
    """
    known = {call.number: call for call in program.calls}
    if not any(prod(call.shape) >= SMALLEST for call in program.calls):
        return program, []
    number = max(known, default=0)
    calls: list[Call] = []
    notes: list[str] = []
    group = _Group()
    uses = {*refs_in(program.outputs), *program.checks}

    checks = list(program.checks)

    def close() -> None:
        nonlocal group, number
        if len(group.calls) >= FEWEST:
            number = _check_inside(group, known, checks, uses, number)
            number, made = _closed(group, known, program, uses, number)
            calls.extend(made)
            shape = "×".join(map(str, group.shape))
            notes.append(f"{len(group.calls)} calls on {shape} are one, in blocks")
        else:
            calls.extend(group.calls.values())
        calls.extend(group.waiting)
        group = _Group()

    for call in program.calls:
        if not _joins(call, group, known):
            if _could_start(call, known) and (call.shape != group.shape or _waits(call, group)):
                close()
                group.shape = call.shape
            elif _waits(call, group):
                group.waiting.append(call)
                group.after.add(call.number)
                continue
            else:
                calls.append(call)
                continue
        group.calls[call.number] = call
        if _is_sum(call):
            group.sums.add(call.number)
    close()
    made = replace(program.with_calls(_in_order(calls)), checks=tuple(checks))
    return made, notes


def _check_inside(
    group: _Group, known: dict[int, Call], checks: list[int], uses: set[int], number: int
) -> int:
    """Look for NaNs in a block as long as it is in the cache, in two arrays at a time.

    A NaN in either is one in their product; and where infinities make one, the function that was
    captured is called, and finds none.
    """
    found = [n for n in checks if n in group.calls and known[n].shape]
    found = [n for n in found if known[n].dtype == np.float64]
    for one, other in zip(found[::2], [*found[1::2], found[-1]] if found else [], strict=False):
        number += 1
        product = Call(number, np.vdot, (Ref(one), Ref(other)), {}, (), np.dtype(np.float64))
        group.calls[number] = known[number] = product
        checks.append(number)
        uses.add(number)
    checks[:] = [n for n in checks if n not in found]
    return number


def _in_order(calls: list[Call]) -> list[Call]:
    """Inputs first, as a program has them."""
    return sorted(calls, key=lambda call: call.function is not None)


def _could_start(call: Call, known: dict[int, Call]) -> bool:
    return prod(call.shape) >= SMALLEST and _fits(call, call.shape, known)


def _waits(call: Call, group: _Group) -> bool:
    """Whether it needs what is computed from the group, or a sum that the group gives."""
    return any(number in group.after or number in group.calls for number in call.refs)


def _joins(call: Call, group: _Group, known: dict[int, Call]) -> bool:
    if not group.shape or any(n in group.after or n in group.sums for n in call.refs):
        return False
    if call.shape == group.shape and _fits(call, group.shape, known):
        return True
    return _is_sum(call) and all(number in group.calls for number in call.refs)


def _fits(call: Call, shape: tuple[int, ...], known: dict[int, Call]) -> bool:
    """Whether it can be done for a part of the array alone."""
    if call.function is np.where:
        if len(call.args) != 3 or call.kwargs:
            return False
    elif not is_elementwise(call) or call.dtype.kind not in "fcb":
        return False
    return all(_shape(arg, known) in (shape, ()) for arg in call.args)


def _shape(arg: Any, known: dict[int, Call]) -> Any:
    if isinstance(arg, Ref):
        return known[arg.number].shape
    return () if isinstance(arg, int | float | complex | np.generic) else None


def _is_sum(call: Call) -> bool:
    if call.dtype != np.float64 or call.shape != ():
        return False
    if call.function is np.vdot:
        return True
    return call.function == np.add.reduce and call.kwargs == {"axis": None} and len(call.args) == 1


def _closed(
    group: _Group, known: dict[int, Call], program: Program, uses: set[int], number: int
) -> tuple[int, list[Call]]:
    """The call of the group, and the calls that give its results by their old numbers."""
    inside = list(group.calls.values())
    operands = list(dict.fromkeys(n for c in inside for n in c.refs if n not in group.calls))
    needed = uses | {n for c in program.calls if c.number not in group.calls for n in c.refs}
    outputs = [c.number for c in inside if c.number in needed]
    inputs = [Call(n, None, (), {}, known[n].shape, known[n].dtype, f"v{n}") for n in operands]
    body = Program((*inputs, *inside), tuple(operands), tuple(map(Ref, outputs)))
    fused = Fused(body, group.shape)
    whole = number + 1
    call = Call(whole, fused, tuple(map(Ref, operands)), {}, (len(outputs),), np.dtype(object))
    parts = [
        Call(n, item, (Ref(whole), k), {}, known[n].shape, known[n].dtype)
        for k, n in enumerate(outputs)
    ]
    return whole, [call, *parts]
