"""Kernels: gather the calls that can be done together, between the products that BLAS does.

Every call has a phase. In each phase the kernel comes first, and then what NumPy does with its
results; what needs these belongs to the kernel of the next phase.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_edu.jit.kernel import Kernel, can_be_in_kernel, is_ones, is_view
from tinygrad_edu.trace.facts import item
from tinygrad_edu.trace.passes.dead_code import dead_code
from tinygrad_edu.trace.passes.fusion import fusion
from tinygrad_edu.trace.passes.pipeline import PASSES
from tinygrad_edu.trace.passes.rewriting import is_elementwise
from tinygrad_edu.trace.program import Call, Program, Ref, refs_in

__all__ = ["WITH_KERNELS", "kernels"]

FEWEST = 2  # calls
MOST = 256  # calls: Numba takes longer for one large kernel than for several
_FUNCTIONS = {np.exp, np.expm1, np.tanh, np.log, np.log1p, np.sqrt, np.divide}


def kernels(program: Program) -> tuple[Program, list[str]]:
    """Gather elementwise calls, sums, and products of small matrices into kernels.

    Exact, but for sums, whose terms are added in another order, and for exp, tanh and log, which
    are computed by other formulas, to within 2.5 units in the last place.
    """
    return _Grouping(program).grouped()


def _constant(number: int, array: Any) -> Call:
    return Call(number, None, (), {}, array.shape, array.dtype)


def _sums_rows(call: Call) -> bool:
    return call.function is np.dot and is_ones(call.args[0])


WITH_KERNELS = tuple(kernels if each is fusion else each for each in PASSES)


class _Grouping:
    def __init__(self, program: Program) -> None:
        self.number = max((call.number for call in program.calls), default=0)
        self.constants: dict[int, Any] = {}
        self.program = program = program.with_calls([*map(self._constants_named, program.calls)])
        self.known = {call.number: call for call in program.calls}
        self.known.update((n, _constant(n, array)) for n, array in self.constants.items())
        self.users: dict[int, list[int]] = {number: [] for number in self.known}
        for call in program.calls:
            for n in call.refs:
                self.users[n].append(call.number)
        self.kept = {*refs_in(program.outputs), *program.checks}
        self.inside = {
            call.number for call in program.calls
            if call.function is not None and can_be_in_kernel(call, self.known)
        }  # fmt: skip
        self.views = {
            call.number for call in program.calls
            if call.function is not None and is_view(call, self.known)
        }  # fmt: skip
        self.phases: dict[int, int] = {}
        self.order = {call.number: place for place, call in enumerate(program.calls)}
        self.checks = list(program.checks)

    def grouped(self) -> tuple[Program, list[str]]:
        """The program with its kernels, and how many calls each has."""
        self._in_phases()
        self._later()
        calls = [call for call in self.program.calls if call.function is None]
        notes: list[str] = []
        for every in self._phases():
            group = [call for call in every if call.number in self.inside]
            parts = [group[k : k + MOST] for k in range(0, len(group), MOST)]
            if len(group) >= FEWEST:
                calls += [made for part in parts for made in self._kernel(part)]
                notes += [f"{len(part)} calls are one kernel" for part in parts]
                every = [call for call in every if call.number not in self.inside]
            calls += every
        calls = [call.renamed(self.constants) for call in calls]
        return dead_code(replace(self.program.with_calls(calls), checks=tuple(self.checks)))[
            0
        ], notes

    def _constants_named(self, call: Call) -> Call:
        """The call with numbers for the arrays in it, as if they came from outside."""
        if not any(isinstance(arg, np.ndarray) for arg in call.args) or _sums_rows(call):
            return call
        args: list[Any] = []
        for arg in call.args:
            if isinstance(arg, np.ndarray) and type(arg) is np.ndarray:
                self.number += 1
                self.constants[self.number] = arg
                arg = Ref(self.number)
            args.append(arg)
        return replace(call, args=tuple(args))

    def _phases(self) -> list[list[Call]]:
        phases: list[list[Call]] = [[] for _ in range(max(self.phases.values(), default=-1) + 1)]
        for number, at in self.phases.items():
            phases[at].append(self.known[number])
        return phases

    def _in_phases(self) -> None:
        """As early as may be."""
        for call in self.program.calls:
            if call.function is None:
                continue
            joins = call.number in self.inside or call.number in self.views
            self.phases[call.number] = max((self._ready(n, joins) for n in call.refs), default=0)

    def _ready(self, number: int, joins: bool) -> int:
        if number not in self.phases:
            return 0
        same = not joins or number in self.inside or number in self.views
        return self.phases[number] + (0 if same else 1)

    def _later(self) -> None:
        """What costs little waits for the kernel that needs it, and is not stored before that."""
        cheap: set[int] = set()
        for call in self.program.calls:
            if call.number not in self.inside or not is_elementwise(call):
                continue
            light = call.function not in _FUNCTIONS
            if light and all(n in cheap or self._stays(n) for n in call.refs):
                cheap.add(call.number)
        for number in reversed([*self.phases]):
            uses = self.users[number]
            light = number in cheap or number in self.views
            if light and uses and number not in self.kept and all(self._joins(n) for n in uses):
                self.phases[number] = max(self.phases[number], min(self.phases[n] for n in uses))

    def _joins(self, number: int) -> bool:
        return number in self.inside or number in self.views

    def _stays(self, number: int) -> bool:
        """Whether a value is in memory anyway."""
        call = self.known[number]
        return (
            call.function is None
            or call.shape == ()
            or number in self.kept
            or not all(self._joins(n) for n in self.users[number])
            or number not in self.inside
        )

    def _kernel(self, group: list[Call]) -> Iterable[Call]:
        """The call of the kernel, and the calls that give its results by their old numbers."""
        own = {call.number for call in group}
        group = [*group, *self._checks_inside(own)]
        own.update(call.number for call in group)
        body = sorted([*group, *self._views_of(group, own)], key=self._place)
        within = {call.number for call in body}
        operands = list(dict.fromkeys(n for c in body for n in c.refs if n not in within))
        outputs = [call.number for call in group if self._is_needed(call.number, own)]
        known = self.known
        inputs = [
            replace(known[n], function=None, args=(), kwargs={}, name=f"v{n}") for n in operands
        ]
        kernel = Kernel(Program((*inputs, *body), tuple(operands), tuple(map(Ref, outputs))), ())
        self.number += 1
        whole = self.number
        yield Call(whole, kernel, tuple(map(Ref, operands)), {}, (len(outputs),), np.dtype(object))
        for place, n in enumerate(outputs):
            yield Call(n, item, (Ref(whole), place), {}, known[n].shape, known[n].dtype)

    def _place(self, call: Call) -> tuple[int, int]:
        """In the program's order, what is new last."""
        return self.order.get(call.number, len(self.order)), call.number

    def _is_needed(self, number: int, own: set[int]) -> bool:
        return number in self.kept or any(self._outside(n, own) for n in self.users[number])

    def _outside(self, user: int, own: set[int]) -> bool:
        """Whether a use needs the value in memory: one in another kernel, or of NumPy's."""
        waiting = [user]
        while waiting:
            n = waiting.pop()
            if n in self.views:
                waiting += self.users[n]
            elif n not in own:
                return True
            if n in self.views and n in self.kept:
                return True
        return False

    def _views_of(self, group: list[Call], own: set[int]) -> list[Call]:
        """Views that the calls use: each kernel has its own, as they cost nothing."""
        found: dict[int, Call] = {}
        waiting = [n for call in group for n in call.refs]
        while waiting:
            n = waiting.pop()
            if n in self.views and n not in found and n not in own:
                found[n] = self.known[n]
                waiting += self.known[n].refs
        return [*found.values()]

    def _checks_inside(self, own: set[int]) -> list[Call]:
        """Look for NaNs within the kernel, in all that are to be looked at there at once.

        A NaN in any is one in the sum of their squares; and where infinities make one, the function
        that was captured is called, and finds none.
        """
        looked = [n for n in self.checks if n in own and self.known[n].dtype.kind == "f"]
        if not looked:
            return []
        self.checks = [n for n in self.checks if n not in looked]
        self.kept = {*refs_in(self.program.outputs), *self.checks}
        made: list[Call] = []
        total: Call | None = None
        for n in looked:
            call = self.known[n]
            function = np.vdot if call.shape else np.multiply
            square = self._new(made, function, (Ref(n), Ref(n)), call.dtype)
            double = self._new(made, np.add, (Ref(square.number), np.float64(0)), np.dtype(float))
            total = double if total is None else self._new(
                made, np.add, (Ref(total.number), Ref(double.number)), np.dtype(float)
            )  # fmt: skip
        assert total is not None
        found = self._new(made, np.isnan, (Ref(total.number),), np.dtype(bool))
        self.checks.append(found.number)
        self.kept.add(found.number)
        return made

    def _new(
        self, made: list[Call], function: object, args: tuple[object, ...], dtype: object
    ) -> Call:
        self.number += 1
        call = Call(self.number, function, args, {}, (), dtype)  # type: ignore[arg-type]
        self.known[call.number] = call
        self.users[call.number] = []
        made.append(call)
        return call
