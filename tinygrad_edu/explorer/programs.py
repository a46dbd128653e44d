"""Formulas as programs for the page: lists of calls, each result numbered, none computed twice.

A program has registers: its variables, then its constants, then what each call gives. A call names
a function of the page, the registers that are its operands, and its parameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_edu.explorer import encoding
from tinygrad_edu.explorer.call import Call
from tinygrad_edu.explorer.lowering import lowered
from tinygrad_edu.trace.traced import Traced

__all__ = ["Programs"]


class Programs:
    """The programs of a record, each kept once."""

    def __init__(self) -> None:
        self.list: list[dict[str, Any]] = []
        self._known: dict[str, int] = {}

    def add(self, formula: Any, names: Mapping[str, str]) -> int:
        """The number of the program that computes `formula`.

        `names` are those that its variables have there; a variable without is a constant.

        Raises
        ------
        UnknownError
            If the page does not know a function in it.
        """
        program = _Compiler(names).program(formula)
        key = json.dumps(program)
        if key not in self._known:
            self._known[key] = len(self.list)
            self.list.append(program)
        return self._known[key]


Register = tuple[str, int]  # its kind, and which one of these


class _Compiler:
    """One formula on its way to a program. Nothing here recurses over the formula."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.variables: dict[str, Register] = {}
        self.constants: dict[str, Register] = {}
        self.calls: dict[str, Register] = {}
        self.registers: dict[int, Register] = {}
        self.forms: dict[int, Any] = {}  # what a Traced was lowered to, which keeps that alive

    def program(self, formula: Any) -> dict[str, Any]:
        waiting = [formula]
        while waiting:
            missing = self._missing(waiting[-1])
            if missing:
                waiting += missing
            else:
                self._settle(waiting.pop())
        return self._written(self._register(formula))

    def _missing(self, item: Any) -> list[Any]:
        """What has to be computed before `item`."""
        if self._known(item):
            return []
        form = self._form(item)
        operands = form.operands if isinstance(form, Call) else [form]
        return [each for each in operands if not self._known(each)]

    def _known(self, item: Any) -> bool:
        computed = isinstance(item, Traced) and item.function is not None
        return not computed or id(item) in self.registers

    def _form(self, item: Traced) -> Any:
        if id(item) not in self.forms:
            self.forms[id(item)] = (item, lowered(item))
        return self.forms[id(item)][1]

    def _settle(self, item: Any) -> None:
        """Give `item`, whose operands all have registers, its own."""
        if self._known(item):
            return
        form = self._form(item)
        if not isinstance(form, Call):
            self.registers[id(item)] = self._register(form)
            return
        operands = [self._register(each) for each in form.operands]
        key = json.dumps([form.name, operands, form.params])
        self.registers[id(item)] = self.calls.setdefault(key, ("call", len(self.calls)))

    def _register(self, item: Any) -> Register:
        if id(item) in self.registers:
            return self.registers[id(item)]
        if isinstance(item, Traced):
            name = self.names.get(item.name)
            if name is not None:
                return self.variables.setdefault(name, ("variable", len(self.variables)))
            item = item.value
        key = json.dumps(encoding.constant(np.asarray(item)))
        return self.constants.setdefault(key, ("constant", len(self.constants)))

    def _written(self, result: Register) -> dict[str, Any]:
        starts = {"variable": 0, "constant": len(self.variables)}
        starts["call"] = starts["constant"] + len(self.constants)

        def number(register: Any) -> int:
            return starts[register[0]] + int(register[1])

        calls = []
        for name, operands, params in map(json.loads, self.calls):
            registers = [number(each) for each in operands]
            calls.append([name, registers, params] if params else [name, registers])
        return {
            "variables": list(self.variables),
            "constants": [json.loads(each) for each in self.constants],
            "calls": calls,
            "result": number(result),
        }
