"""Forward mode: tangents carried along the recorded graph, in the order in which it was made.

The tangent of a node is the sum over its parents of their tangents, each through the derivative of
the node in that parent:  dn = sum of dn/dp . dp.  No rule is written for it. Of an elementwise
function that derivative is the local one; a function that is linear in the parent is applied to the
tangent. Of any other, it is the transpose of the pullback, which is linear in its cotangent: record
it once for a cotangent g, and the backward pass from there to g is the transpose of the pullback,
as reverse mode transposes whatever it is applied to.

Source: the transpose of the transpose is Townsend's (2017), "A new trick for calculating
Jacobian vector products"; here it is taken of one node at a time, so that elementwise functions
need it not, and no cotangent is carried through the whole graph for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.engine.context import recording, watched
from tinygrad_edu.engine.precision import carrier, wide
from tinygrad_edu.engine.record import as_one_call
from tinygrad_edu.engine.rule import Local
from tinygrad_edu.engine.stand_ins import StandIn, exceptional, withdraw
from tinygrad_edu.engine.unbroadcast import cast, times, unbroadcast
from tinygrad_edu.rules.linearity import LINEAR

__all__ = ["Pushforward"]

Multiply = Callable[[Any, Any], Any]


class Pushforward:
    """The linear map from tangents of `variables` to those of all that is computed from them.

    Parameters
    ----------
    nodes : list of Tensor
        The graph, as `backward.ordered` gives it.
    variables : list of Tensor
        Where tangents come from. They are their own inputs, whatever they were computed from.
    record : bool
        Let the map be recorded as a function of the Tensors in the graph, so that what it gives
        can be differentiated again.
    outputs : list of Tensor
        Those among the nodes whose tangents count.
    """

    def __init__(
        self, nodes: list[Any], variables: list[Any], record: bool, outputs: list[Any]
    ) -> None:
        self.nodes, self.variables, self.outputs = nodes, variables, outputs
        self.steps: list[tuple[Any, _Elementwise | _Linear | _Transposed]] = []
        moving = set(variables)
        with recording(True), np.errstate(all="ignore"):
            for node in reversed(nodes):
                edges = [k for k, parent in enumerate(node.parents) if parent in moving]
                if node in moving or not edges:
                    continue
                moving.add(node)
                self.steps.append((node, self._step(node, edges, record)))

    def _step(self, node: Any, edges: list[int], record: bool) -> Any:
        try:
            return _step(node, edges, record)
        except np.linalg.LinAlgError as error:  # some part of a decomposition has no derivative
            withdraw(error)
            return _Transposed(node, edges, record, self._cotangents[node])

    @cached_property
    def _cotangents(self) -> dict[Any, Any]:
        """What a backward pass brings to the nodes: from it, a rule knows which parts count."""
        rng = np.random.default_rng(0)
        seeds: dict[Any, Any] = {}
        for out in self.outputs:
            real, imaginary = rng.uniform(0.5, 1.5, (2, *out.shape))
            seed = real + 1j * imaginary if out.dtype.kind == "c" else real
            seeds[out] = np.asarray(seed, dtype=out.dtype)[()]
        with watched(None):  # they are no cotangents of the user's
            return backward.sweep(self.nodes, seeds, wanted=set(self.nodes))

    def __call__(self, tangents: list[Any], wanted: list[Any]) -> list[Any]:
        """The tangents of the nodes `wanted`, from those of the variables; 0 where nothing moves.

        As in a backward pass, 0 times the infinite slope of a pole is 0. That is looked after only
        if a NaN comes out.
        """
        with np.errstate(all="ignore"):
            found = self._carried(tangents, wanted, lambda slope, tangent: tangent * slope)
            if any(exceptional(np.any(np.isnan(getattr(e, "_value", e)))) for e in found):
                found = self._carried(tangents, wanted, times)
        return found

    def _carried(self, tangents: list[Any], wanted: list[Any], multiply: Multiply) -> list[Any]:
        known = dict(zip(self.variables, map(wide, tangents), strict=True))
        for node, step in self.steps:
            value = node._value
            tangent = step(known, multiply)
            if tangent.shape != value.shape:
                tangent = np.broadcast_to(tangent, value.shape)
            if tangent.dtype is not value.dtype:
                tangent = cast(tangent, carrier(value.dtype))
            known[node] = tangent
        return [
            cast(known[node], node._value.dtype) if node in known else np.zeros_like(node._value)
            for node in wanted
        ]


def _step(node: Any, edges: list[int], record: bool) -> _Elementwise | _Linear | _Transposed:
    row = node.call.row
    if type(row) is Local:
        return _Elementwise(node, edges, record)
    if row.op in LINEAR and not record and node.call.params.get("initial") is None:
        return _Linear(node, row, edges)
    return _Transposed(node, edges, record)


class _Linear:
    """One node: the sum of the function's values with a tangent in place of each parent."""

    def __init__(self, node: Any, row: Any, edges: list[int]) -> None:
        self.node, self.row, self.edges = node, row, edges

    @cached_property
    def transposed(self) -> _Transposed:
        """The longer way, which can be recorded."""
        with recording(True):
            return _Transposed(self.node, self.edges, False)

    def __call__(self, known: dict[Any, Any], multiply: Multiply) -> Any:
        node, total = self.node, None
        for k in self.edges:
            args, tangent = list(node.call.args), known[node.parents[k]]
            if not isinstance(tangent, np.ndarray | np.generic | StandIn):
                return self.transposed(known, multiply)
            args[node.call.places[k]] = tangent
            try:
                term = self.row.compute(*args, **node.call.params)
            except (ValueError, IndexError, TypeError) as error:
                withdraw(error, args)
                term = as_one_call(self.row, args, node.call.params, error)
            total = term if total is None else total + term
        return total


class _Elementwise:
    """One node: the sum of its parents' tangents, each times a local derivative."""

    def __init__(self, node: Any, edges: list[int], record: bool) -> None:
        row, out, args = node.call.row, node._value, node.call.args
        if record:
            out, args = node, node.call.with_parents()
        self.terms = []
        for k in edges:
            slope = row.derivatives[node.call.places[k]]
            if callable(slope):
                slope = slope(out, *args)
            parent = node.parents[k]
            # Of a real function of a complex argument, the rule gives the gradient.
            real = node.dtype.kind != "c" and parent.dtype.kind == "c"
            self.terms.append((parent, np.conj(slope) if real else slope, real))

    def __call__(self, known: dict[Any, Any], multiply: Multiply) -> Any:
        total: Any = None
        for parent, slope, real in self.terms:
            tangent = known[parent]
            if type(slope) in (int, float):
                term = tangent if slope == 1 else -tangent if slope == -1 else slope * tangent
            else:
                term = multiply(slope, tangent)
            term = np.real(term) if real else term
            total = term if total is None else total + term
        return total


class _Transposed:
    """One node: the backward pass through its recorded pullback.

    That is linear in its cotangent, so any will do: ones, unless the rule refuses them.
    """

    def __init__(self, node: Any, edges: list[int], record: bool, given: Any = None) -> None:
        out, args = node._value, node.call.args
        if record:
            out, args = node, node.call.with_parents()
        self.record = record
        self.cotangent = g = node._type(np.ones_like(node._value) if given is None else given)
        carried = backward.pulled_back(node, g, out, args)
        depends = {g}
        ends = {k: carried[k] for k in edges if isinstance(carried[k], node._type)}
        nodes = backward.ordered(list(ends.values()), g._number)
        for each in reversed(nodes):
            if any(parent in depends for parent in each.parents):
                depends.add(each)
        self.nodes = [each for each in nodes if each in depends]
        self.ends = [(node.parents[k], end) for k, end in ends.items() if end in depends]

    def __call__(self, known: dict[Any, Any], _multiply: Multiply) -> Any:
        seeds: dict[Any, Any] = {}
        for parent, end in self.ends:
            seed = unbroadcast(cast(known[parent], end.dtype), end.shape)
            seeds[end] = seeds[end] + seed if end in seeds else seed
        found = backward.sweep(self.nodes, seeds, record=self.record) if seeds else {}
        g = self.cotangent
        return found[g] if g in found else np.zeros_like(g._value)
