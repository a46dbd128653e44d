"""The passes in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tinygrad_edu.trace.passes.algebra import algebra, signs
from tinygrad_edu.trace.passes.checks import implied_checks
from tinygrad_edu.trace.passes.common import common_subexpressions
from tinygrad_edu.trace.passes.contractions import contractions
from tinygrad_edu.trace.passes.dead_code import dead_code
from tinygrad_edu.trace.passes.fusion import fusion
from tinygrad_edu.trace.passes.identities import constants, identities
from tinygrad_edu.trace.program import Program

__all__ = ["PASSES", "Step", "optimised"]

Pass = Callable[[Program], tuple[Program, list[str]]]
PASSES: tuple[Pass, ...] = (
    dead_code, constants, identities, common_subexpressions, algebra, signs, identities,
    contractions, common_subexpressions, implied_checks, dead_code, fusion,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """What one pass did: a line for each change, and the number of calls before and after."""

    name: str
    notes: tuple[str, ...]
    before: int
    after: int

    def __str__(self) -> str:
        head = f"{self.name.replace('_', ' ')}: {self.before} calls -> {self.after}"
        return "\n".join([head, *(f"    {note}" for note in self.notes)])


def optimised(program: Program, passes: tuple[Pass, ...] = PASSES) -> tuple[Program, list[Step]]:
    """The program after all passes, and what each did.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu.trace.capture import capture
    >>> from tinygrad_edu.trace.passes.pipeline import optimised
    >>> program = capture("f", lambda x: np.sum(1 * x**2 + 0 * x**2), (np.ones(3),)).program
    >>> program, steps = optimised(program)
    >>> print(program)
    v0 = input [0]
    v1 = np.square(v0)  # 3
    v4 = np.multiply(0, v1)  # 3
    v5 = np.add(v1, v4)  # 3
    v6 = np.add.reduce(v5, axis=None)  # number
    return v6
    """
    steps = []
    for each in passes:
        before = len(program.calls)
        program, notes = each(program)
        steps.append(Step(each.__name__, tuple(notes), before, len(program.calls)))
    return program, steps
