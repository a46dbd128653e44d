"""The record of a graph: all numbers of one forward and backward pass, and how they come about.

It is what the page of the explorer shows, and what it computes with when a slider is moved. The
numbers are Python's; the derivatives are those of the table, traced, as programs for the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from tinygrad_edu import notation
from tinygrad_edu.engine import backward
from tinygrad_edu.engine.rule import title
from tinygrad_edu.engine.stand_ins import UntraceableError
from tinygrad_edu.explorer import encoding
from tinygrad_edu.explorer.call import UnknownError
from tinygrad_edu.explorer.labels import labels
from tinygrad_edu.explorer.programs import Programs
from tinygrad_edu.explorer.uses import (
    Use,
    call_of,
    fixed_arguments,
    fixed_names,
    uses_of,
    variable_names,
)
from tinygrad_edu.kit.text import summary
from tinygrad_edu.rules import as_written
from tinygrad_edu.rules.scaling import restated
from tinygrad_edu.tensor.edge import Edge
from tinygrad_edu.trace.of_rules import local_derivative, pullbacks

__all__ = ["LARGEST", "record"]

LARGEST = 10_000  # elements in all, with which the page computes
FEW = 64  # elements of an array that is written out in a record of more


def record(root: Any, whole: Any, shown: Any = None) -> dict[str, Any]:
    """The record of the graph that `root` was computed from, ready for `encoding.text`.

    Parameters
    ----------
    root : Tensor
    whole : Plan
        The cards and links of the whole graph, as `drawing.building.build` gives it: for ids,
        names and roles.
    shown : Plan, optional
        What is in the picture, where some of it is collapsed there.

    Raises
    ------
    ValueError
        If the gradients in the graph are not those of one backward pass from `root`.
    """
    return _Recorder(root, whole, shown or whole).record()


class _Recorder:
    def __init__(self, root: Any, whole: Any, shown: Any) -> None:
        self.root, self.title, self.shown = root, whole.title, shown
        self.tensors = backward.ordered(root)[::-1]
        self.cards = {card.id: card for card in whole.cards if not card.chip}
        self.links: dict[str, list[Any]] = {}
        for link in whole.links:
            self.links.setdefault(link.target.id, []).append(link)
        self.drawn = {  # for each edge the line of the picture in which it is
            (id(edge.node), edge.position): link.id for link in shown.links for edge in link.edges
        }
        self.labels = labels(self.cards.values())
        self.places: dict[str, int] = {}  # of cards, among the nodes of the record
        self.nodes: list[dict[str, Any]] = []
        self.programs = Programs()
        self.reasons: dict[str, None] = {}  # why the page can't compute
        self.unknown: dict[str, None] = {}  # functions that it does not know
        self.fixed: dict[str, None] = {}
        self.cotangents = _cotangents(root, self.tensors, self.cards)
        self.elements = sum(int(np.size(card.value)) for card in self.cards.values())
        self.small = self.elements <= LARGEST

    def record(self) -> dict[str, Any]:
        if not self.small:
            self._refuse(
                f"the graph has {self.elements:,} numbers, and the page computes with {LARGEST:,}"
            )
        for k, tensor in enumerate(self.tensors):
            self._add(f"n{k}", tensor)
        self._note_where_shown()
        replaced = [self.labels[card.id] for card in self.cards.values() if card.replaced]
        if replaced:
            self._refuse(f"the value of {_listed(replaced)} was replaced between its uses")
        if self.unknown:
            self._refuse(f"the page does not know {_listed(self.unknown)}")
        off = "; ".join(self.reasons) or None
        if off:
            _without_programs(self.nodes)
        seed = self.cotangents.get(self.root, np.ones(self.root.shape))
        return {
            "format": 1,
            "title": self.title,
            "output": self.places[f"n{len(self.tensors) - 1}"],
            "seed": None if np.iscomplexobj(seed) else self._numbers(seed),
            "nodes": self.nodes,
            "programs": [] if off else self.programs.list,
            "off": off,
            "fixed": f"as recorded stay {_listed(self.fixed)}" if self.fixed else None,
        }

    # ---- nodes ----------------------------------------------------------------------------------

    def _add(self, ident: str, tensor: Any) -> None:
        uses = uses_of(tensor, self.links.get(ident, [])) if tensor.op is not None else []
        for use in uses:
            if use.card not in self.places:
                self._entry(use.card)
        entry = self._entry(ident)
        gradient = self.cotangents.get(tensor)
        entry["gradient"] = None if gradient is None else self._numbers(gradient)
        if tensor.op is None:
            return
        entry["op"] = title(tensor.op)
        entry["inputs"] = [self.places[use.card] for use in uses]
        self.fixed |= dict.fromkeys(fixed_arguments(tensor, uses))
        entry["forward"] = self._program(tensor, call_of(tensor, uses), uses)
        self._edges(entry, tensor, uses)

    def _entry(self, ident: str) -> dict[str, Any]:
        """The node of a card, without what only operations have."""
        card = self.cards[ident]
        self.places[ident] = len(self.nodes)
        entry = {
            "id": ident, "card": ident, "role": card.role, "name": card.name,
            "label": self.labels[ident], "symbol": card.symbol, "op": None,
            "details": card.details, "box": "" if card.box is None else card.box.title,
            "shape": list(np.shape(card.value)), "dtype": str(np.asarray(card.value).dtype),
            "value": self._numbers(card.value), "gradient": None, "inputs": [], "forward": None,
            "edges": [],
        }  # fmt: skip
        if entry["value"] is None:
            entry["summary"] = summary(card.value)
        self.nodes.append(entry)
        return entry

    def _numbers(self, values: Any) -> list[Any] | None:
        """All of them, unless that were too many."""
        if np.iscomplexobj(values) or not (self.small or np.size(values) <= FEW):
            return None
        return encoding.flat(values)

    def _note_where_shown(self) -> None:
        """Which card of the picture a node is in, where that is another than its own."""
        cards: dict[str, str] = {}
        for card in self.shown.cards:
            if not card.chip:
                for inner in _inside(card):
                    cards.setdefault(inner, card.id)
        for entry in self.nodes:
            entry["card"] = cards[entry["id"]]

    # ---- edges ----------------------------------------------------------------------------------

    def _edges(self, entry: dict[str, Any], tensor: Any, uses: list[Use]) -> None:
        carried: list[Any] = [None] * len(tensor.parents)
        if tensor in self.cotangents:
            carried = backward.contributions(tensor, self.cotangents[tensor])
        names = fixed_names(tensor) | {"out": entry["label"]}
        names |= {f"a{use.place}": self.labels[use.card] for use in uses}
        rules = self._rules(tensor)
        for use in uses:
            if use.position is None:
                continue
            rule, contribution = rules[use.position], carried[use.position]
            edge: dict[str, Any] = {
                "parent": self.places[use.card],
                "elementwise": tensor.call.elementwise,
            }
            edge |= self._rule(tensor, use, rule, uses)
            edge["text"] = _text(tensor, use, rule, names)
            edge["link"] = self.drawn.get((id(tensor), use.position))
            edge["contribution"] = None if contribution is None else self._numbers(contribution)
            entry["edges"].append(edge)

    def _rule(self, tensor: Any, use: Use, rule: Any, uses: list[Use]) -> dict[str, Any]:
        """How the page computes what the edge carries, and the local derivative as recorded."""
        if np.isscalar(rule) and not np.iscomplexobj(rule):  # the same everywhere
            slope = encoding.numeral(rule)
            return {"rule": None, "slope": slope, "derivative": [slope]}
        derivative = None
        if tensor.call.elementwise and (self.small or tensor.size <= FEW):
            derivative = self._numbers(Edge(tensor, use.position or 0).local_derivative)
        program = None if rule is None else self._program(tensor, rule, uses)
        return {"rule": program, "derivative": derivative}

    def _rules(self, tensor: Any) -> list[Any]:
        """For each edge, the traced local derivative, or the cotangent carried back."""
        if _is_complex(tensor):
            self._refuse("the page does not compute with complex numbers")
        try:
            if tensor.call.elementwise:
                return [local_derivative(tensor, k) for k in range(len(tensor.parents))]
            return pullbacks(tensor, np.ones(tensor.shape, tensor.dtype))
        except (TypeError, ValueError, AttributeError):  # among which is UntraceableError
            if title(tensor.op) not in self.unknown:
                self.unknown[f"the derivative of {title(tensor.op)}"] = None
        return [None] * len(tensor.parents)

    def _program(self, tensor: Any, formula: Any, uses: list[Use]) -> int | None:
        if not self.small or _is_complex(tensor) or title(tensor.op) in self.unknown:
            return None
        if tensor.op is restated:  # whose value was computed once, and would stay as it is
            self.unknown[title(tensor.op)] = None
            return None
        try:
            return self.programs.add(formula, variable_names(uses))
        except UnknownError as error:
            self.unknown[str(error)] = None
        except UntraceableError:  # in a function that is composed of others
            self.unknown[title(tensor.op)] = None
        return None

    def _refuse(self, reason: str) -> None:
        self.reasons[reason] = None


def _listed(words: Iterable[str]) -> str:
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def _is_complex(tensor: Any) -> bool:
    return any(
        isinstance(each, complex) or getattr(getattr(each, "dtype", None), "kind", "") == "c"
        for each in (tensor, *tensor.call.operands)
    )


def _text(tensor: Any, use: Use, rule: Any, names: dict[str, str]) -> str:
    """The rule of an edge in symbols."""
    if rule is not None:
        return notation.text(rule, names)
    row = tensor.call.row
    return as_written.expression(row.derivatives[0 if row.sequence else use.place])


def _inside(card: Any) -> Iterator[str]:
    """The ids of what a card of the picture stands for."""
    waiting = [card]
    while waiting:
        each = waiting.pop()
        yield each.id
        waiting += getattr(each, "members", ())


def _without_programs(nodes: list[dict[str, Any]]) -> None:
    """Leave out what the page would compute with, if it cannot compute all."""
    for node in nodes:
        node["forward"] = None
        for edge in node["edges"]:
            edge["rule"] = None


# ---- gradients -----------------------------------------------------------------------------------


def _cotangents(root: Any, tensors: list[Any], cards: dict[str, Any]) -> dict[Any, Any]:
    """The gradients of the pass from `root`; none if one of the graph has not been computed."""
    found = [cards[f"n{k}"].gradient for k in range(len(tensors))]
    if any(gradient is None for gradient in found):
        return {}
    cotangents = backward.sweep(tensors[::-1], found[-1], wanted=set(tensors))
    others = [
        cards[f"n{k}"].name or f"a Tensor of shape {tensor.shape}"
        for k, (tensor, gradient) in enumerate(zip(tensors, found, strict=True))
        if not _close(cotangents[tensor], gradient)
    ]
    if others:
        raise ValueError(
            f"explore: the gradient of {others[0]} is not what flows back from this output alone: "
            "it was accumulated over several backward passes, or is that of a later output; set "
            "the gradients to None, call backward() on this output, and explore it again"
        )
    return cotangents


def _close(a: Any, b: Any) -> bool:
    """Whether they are equal but for rounding, which is as large as the largest of the numbers."""
    a, b = np.asarray(a), np.asarray(b)
    largest = float(np.max(np.abs(a[np.isfinite(a)]), initial=0))
    return np.allclose(a, b, rtol=1e-4, atol=1e-6 * largest, equal_nan=True)
