"""From the recorded graph to cards, links and boxes: all of them, nothing collapsed yet.

Nothing here recurses over the graph.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.drawing import symbols
from tinygrad_edu.drawing.parts import Box, Card, Link, Plan
from tinygrad_edu.kit.naming import Names, module_title

__all__ = ["build"]


def build(root: Any, nodes: list[Any], names: Names) -> Plan:
    """A card for each of `nodes` and each constant, a link for each use, a box for each call."""
    return _Builder(root, nodes, names).plan


class _Builder:
    def __init__(self, root: Any, nodes: list[Any], names: Names) -> None:
        self.names = names
        self.plan = Plan(names.of(root) or "the output")
        self.boxes: dict[int, Box] = {}
        self.cards: dict[int, Card] = {}
        self.constants: dict[int, Card] = {}
        recorded = _recorded(nodes)
        for i, node in enumerate(nodes):
            first, *others = recorded.get(id(node), [node._value])
            card = self._card(f"n{i}", node, first)
            card.output, card.replaced = node is root, bool(others)
            self.cards[id(node)] = card
            self.plan.cards.append(card)
            if node.op is not None:
                self._links(node, card)
        self._passes(root, nodes)

    # ---- cards ----------------------------------------------------------------------------------

    def _card(self, ident: str, node: Any, value: Any) -> Card:
        gradient = _gradient(node)
        self.plan.pending |= gradient is None
        card = Card(ident, "input", self.names.of(node), value=value, gradient=gradient, node=node)
        if node.op is not None:
            card.role = "operation"
            card.symbol, card.details = symbols.symbol(node), symbols.details(node)
            card.box = self._box(node.scope)
        elif id(node) in self.names.parameters:
            card.role = "parameter"
        return card

    def _constant(self, value: Any) -> Card:
        """An array is drawn once, a number at each of its uses."""
        known = self.constants.get(id(value))
        if known is not None:
            return known
        card = Card(
            f"k{len(self.constants)}", "constant", self.names.arrays.get(id(value), ""), value=value
        )
        self.constants[id(value) if np.ndim(value) else -len(self.constants) - 1] = card
        self.plan.cards.append(card)
        return card

    # ---- links ----------------------------------------------------------------------------------

    def _links(self, node: Any, card: Card) -> None:
        edges = dict(zip(node.call.places, node.edges, strict=True))
        holder = node.call.operands
        for place in symbols.operands(node):
            if place in edges:
                source = self.cards[id(edges[place].parent)]
                self._add(Link("", source, card, edges=[edges[place]]))
            else:
                self._add(Link("", self._constant(holder[place]), card))

    def _add(self, link: Link) -> None:
        link.id = f"e{len(self.plan.links)}"
        self.plan.links.append(link)

    # ---- boxes ----------------------------------------------------------------------------------

    def _box(self, scope: Any) -> Box | None:
        """The box of `scope`, made when it is first met, as are those around it."""
        new = []
        while scope is not None and id(scope) not in self.boxes:
            new.append(scope)
            scope = scope.parent
        box = None if scope is None else self.boxes[id(scope)]
        for scope in reversed(new):
            ident, depth = f"c{len(self.plan.boxes)}", 0 if box is None else box.depth + 1
            box = Box(ident, module_title(scope, self.names), box, depth, scope.module)
            self.boxes[id(scope)] = box
            self.plan.boxes.append(box)
        return box

    # ---- gradients ------------------------------------------------------------------------------

    def _passes(self, root: Any, nodes: list[Any]) -> None:
        """What the gradients are of: the output of the backward pass, which may be another one."""
        passes = {id(node._pass): node._pass for node in nodes if node.op is not None}
        passes.pop(id(None), None)
        self.plan.passes = len(passes)
        if root._pass is None:
            self.plan.foreign = any(card.gradient is not None for card in self.cards.values())
            if self.plan.foreign:
                last = next(iter(passes.values()))._root() if passes else None
                self.plan.differentiated = self.names.of(last) if last is not None else ""
                self.plan.differentiated = self.plan.differentiated or "another output"
            return
        last = root._pass._root()
        named = self.names.of(last) if last is not None else ""
        self.plan.differentiated = named or ("" if last is root else "a later output")
        for card in self.cards.values():
            if card.role != "operation" and card.gradient is not None:
                self._note_other_passes(card, root._pass)

    def _note_other_passes(self, card: Card, last: Any) -> None:
        """A leaf keeps the sum over all passes, or what was set: not what its edges bring."""
        try:
            added = np.asarray(last.cotangent(card.node))
        except RuntimeError:  # its output is gone
            return
        if not np.allclose(card.gradient, added, rtol=1e-6, atol=0, equal_nan=True):
            card.added, self.plan.accumulated = added, True


def _recorded(nodes: list[Any]) -> dict[int, list[Any]]:
    """The values that the graph was computed with: between two uses, a leaf's may be replaced."""
    values: dict[int, list[Any]] = {}
    for node in nodes:
        if node.op is not None:
            holder = node.call.operands
            for parent, place in zip(node.parents, node.call.places, strict=True):
                known = values.setdefault(id(parent), [])
                if not any(_same(each, holder[place]) for each in known):
                    known.append(holder[place])
    return values


def _same(a: Any, b: Any) -> bool:
    return a is b or np.array_equal(a, b, equal_nan=True)


def _gradient(node: Any) -> Any:
    try:
        gradient = node.grad
    except RuntimeError:  # of a backward pass from an output that is gone
        return None
    return getattr(gradient, "data", gradient) if hasattr(gradient, "parents") else gradient
