"""A recorded graph done once more on stand-ins, each node by one call of its function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.engine.node import LEAF, Call, numbers
from tinygrad_edu.engine.rule import TABLE, Local, Several, lookup, title, varies
from tinygrad_edu.engine.stand_ins import UntraceableError, is_array, is_traced, withdraw
from tinygrad_edu.rules.as_written import rule_of
from tinygrad_edu.rules.scaling import restated
from tinygrad_edu.sourcing.functions import is_printable
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.trace.agreement import close
from tinygrad_edu.trace.traced import Checks, Traced, traced_call

__all__ = ["Replay"]


class Replay:
    """The nodes of a graph again, and what stands for its leaves and constants.

    Attributes
    ----------
    nodes : dict
        The new node of every node.
    leaves : list of (Tensor, Traced)
        The leaves whose values no stand-in was known for, and their stand-ins.
    arrays : list of (array, Traced)
        The same for arrays that are constants.
    settings : list of array
        Those that only say what to do, as an index.
    """

    def __init__(self, roots: list[Any], checks: Checks) -> None:
        self.checks = checks
        self.nodes: dict[Any, Any] = {}
        self.leaves: list[tuple[Any, Traced]] = []
        self.arrays: list[tuple[Any, Traced]] = []
        self.settings: list[Any] = []
        self._stand_ins: dict[int, Traced] = {}
        for node in reversed(backward.ordered(roots)):
            again = self._leaf(node) if node.call.row is None else self._again(node)
            self.nodes[node] = again

    def _leaf(self, node: Any) -> Any:
        if is_traced(node._value):
            return node
        stand_in = Traced(node._value, checks=self.checks)
        self.leaves.append((node, stand_in))
        return _node_like(node, LEAF, stand_in)

    def _again(self, node: Any) -> Any:
        parents = tuple(self.nodes[parent] for parent in node.parents)
        call, args = node.call, self._arguments(node, parents)
        row = call.row
        whole = TABLE.get(row.op) or lookup(row.op)
        if isinstance(whole, Several):
            results = self._call(row, args[:-1], call.params, list(args[-1]))
            number = whole.parts.index(row)
            args, value = (*args[:-1], tuple(results)), results[number]
        else:
            value = self._call(row, args, call.params, node._value)
        careful = replace(row, derivatives=_Careful(call))
        again = Call(careful, args, call.params, parents, call.places, call.conjugates)
        return _node_like(node, again, value)

    def _arguments(self, node: Any, parents: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments with the values of the new parents, and stand-ins for arrays."""
        call, row = node.call, node.call.row
        operands = list(call.operands)
        varying = set(call.places)
        for k, operand in enumerate(operands):
            if k in varying:
                continue
            if row.op is restated:
                continue  # what was stated follows from the other
            if row.sequence or isinstance(row, Local) or varies(row, k):
                operands[k] = self._constant(operand)
            else:
                self.settings += constants_within([operand])
        self.settings += constants_within([*call.args[len(operands) :], *call.params.values()])
        for parent, place in zip(parents, call.places, strict=True):
            operands[place] = parent._value
        if row.op is restated and not is_traced(call.args[1]):
            operands[1] = self._stated(operands[0], call.args[1])
        return (operands, *call.args[1:]) if row.sequence else tuple(operands)

    def _stated(self, computed: Any, value: Any) -> Any:
        """What a value was stated for in the dtype of that value, which is no constant."""
        again = traced_call(np.astype, (computed, value.dtype), {})
        if not close(again.value, value):
            raise ValueError(
                "source: squares of numbers in it are too large or too small for their dtype, and "
                "printed source would give another value; give it a Tensor of ordinary numbers"
            )
        return again

    def _constant(self, operand: Any) -> Any:
        if not is_array(operand) or not operand.ndim or operand.dtype.kind not in "biufc":
            return operand
        if id(operand) not in self._stand_ins:
            self._stand_ins[id(operand)] = stand_in = Traced(operand, checks=self.checks)
            self.arrays.append((operand, stand_in))
        return self._stand_ins[id(operand)]

    def _call(self, row: Any, args: tuple[Any, ...], params: dict[str, Any], known: Any) -> Any:
        """The value: by one call of the function if it is known by name, else of its parts."""
        if is_printable(row.op):
            try:
                value = traced_call(row.op, args, params)
            except (TypeError, ValueError, IndexError) as error:  # arguments in another form
                withdraw(error, args)
                value = None
            if value is not None and _same(value, known):
                return value
        try:
            return row.compute(*args, **params)
        except UntraceableError as error:
            withdraw(error)
            return traced_call(row.compute, args, params)


def _node_like(node: Any, call: Call, value: Any) -> Any:
    again = object.__new__(Tensor)
    again.call = call
    again._value, again._number = value, next(numbers)
    again._grad = again._pass = None
    again.name, again.scope = node.name, node.scope
    return again


def _same(found: Any, known: Any) -> bool:
    """Whether these are the same values, of a function with several results all of them."""
    if isinstance(known, list):
        return len(found) == len(known) and all(map(_same, found, known))
    one, other = (each.value if is_traced(each) else each for each in (found, known))
    equal = np.shape(one) == np.shape(other) and getattr(one, "dtype", 0) == other.dtype
    return equal and np.array_equal(one, other, equal_nan=True)


class _Careful:
    """The rules of a row by place, where one that looks at values is one call of the trace."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def __getitem__(self, place: int) -> Any:
        rule = self.call.row.derivatives[place]
        if not callable(rule):
            return rule

        def careful(*args: Any, **params: Any) -> Any:
            try:
                return rule(*args, **params)
            except UntraceableError as error:
                withdraw(error)
                return _as_one_call(self.call, rule, args, params)

        return careful

    def __len__(self) -> int:
        return len(self.call.row.derivatives)


def _as_one_call(call: Call, rule: Callable[..., Any], args: Any, params: Any) -> Any:
    inner, among_all = rule_of(rule)
    if call.conjugates or any(hasattr(each, "parents") for each in args):
        raise TypeError(
            f"source: the derivative of {title(call.row.op)} depends on values, and here it is "
            "that of complex numbers, or is itself differentiated: there is no source for it"
        )
    if among_all:
        g, _, *operands, outs = args
        args = (g, outs, *operands)
    return traced_call(inner, args, params)


def constants_within(parts: Iterable[Any]) -> Iterable[Any]:
    """The arrays in arguments, also in lists and tuples."""
    for part in parts:
        if is_array(part):
            yield part
        elif isinstance(part, tuple | list):
            yield from constants_within(part)
