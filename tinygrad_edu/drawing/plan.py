"""A recorded graph as a plan of the picture: cards, links between them, boxes around them.

Nothing here knows how a picture is written down, and nothing recurses over the graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tinygrad_edu import graph
from tinygrad_edu.drawing import symbols
from tinygrad_edu.drawing.naming import Names, module_title
from tinygrad_edu.drawing.text import number, summary
from tinygrad_edu.registry import Local, title, varies
from tinygrad_edu.tensor import Tensor

__all__ = ["Box", "Card", "Link", "Plan", "plan"]

DETAILED = 150  # over so many nodes: no numbers on edges
LARGEST = 2000
# A leaf with more uses is drawn at its first one, and is a chip at each other: edges from one end
# of the picture to the other can't be followed, and laying them out takes minutes.
BUSY = {True: 12, False: 4}  # by whether the graph is detailed


@dataclass
class Card:
    """One Tensor, with the operation that made it; or a constant."""

    id: str
    role: str  # "input", "parameter", "constant" or "operation"
    name: str
    symbol: str = ""
    details: str = ""
    value: Any = None
    gradient: Any = None
    output: bool = False
    chip: bool = False  # shows the name alone
    box: Box | None = None
    ports: list[Link] = field(default_factory=list)
    tooltip: str = ""


@dataclass
class Link:
    """One use of a card by an operation."""

    id: str
    source: Card
    target: Card
    place: int = 0  # among those of the target
    number: str = ""  # the local derivative, where one number says it
    tooltip: str = ""


@dataclass
class Box:
    """One call of a module."""

    id: str
    title: str
    parent: Box | None
    depth: int


@dataclass
class Plan:
    """All that is in the picture, in the order of computation."""

    title: str
    cards: list[Card] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    detailed: bool = True
    pending: bool = False  # whether a gradient has not been computed


def plan(root: Any, names: Mapping[str, Any] | None = None, parameters: Iterable[Any] = ()) -> Plan:
    """What to draw of everything that `root` was computed from.

    Raises
    ------
    TypeError
        If `root` is no Tensor.
    ValueError
        If that is more than a picture can hold.
    """
    if not isinstance(root, Tensor):
        raise TypeError(f"only a Tensor can be drawn, not a {type(root).__name__}")
    nodes = graph.ordered(root)[::-1]
    if len(nodes) > LARGEST:
        raise ValueError(
            f"draw: the graph has {len(nodes)} nodes, and nobody can read a picture of more than "
            f"{LARGEST}; draw a part of it: an intermediate Tensor, a smaller model or fewer steps"
        )
    return _Planner(root, nodes, Names(nodes, names, parameters)).plan


class _Planner:
    def __init__(self, root: Any, nodes: list[Any], names: Names) -> None:
        self.names = names
        self.plan = Plan(names.of(root) or "the output", detailed=len(nodes) <= DETAILED)
        self.boxes: dict[int, Box] = {}
        self.cards: dict[int, Card] = {}
        self.constants: dict[int, Card] = {}
        self.met: set[int] = set()
        self.uses = Counter(id(parent) for node in nodes for parent in node.parents)
        recorded = _recorded(nodes)
        for i, node in enumerate(nodes):
            card = self._card(f"n{i}", node, recorded.get(id(node), node._value))
            card.output = node is root
            self.cards[id(node)] = card
            self.plan.cards.append(card)
            if node.op is not None:
                self._links(node, card)
        self._place_leaves()

    # ---- cards ----------------------------------------------------------------------------------

    def _card(self, ident: str, node: Any, value: Any) -> Card:
        gradient = _gradient(node)
        self.plan.pending |= gradient is None
        card = Card(ident, "input", self.names.of(node), value=value, gradient=gradient)
        if node.op is not None:
            card.role = "operation"
            card.symbol, card.details = symbols.symbol(node.op), symbols.details(node)
            card.box = self._box(node.scope)
        elif id(node) in self.names.parameters:
            card.role = "parameter"
        card.tooltip = _tooltip(card, node.op)
        return card

    def _constant(self, value: Any, node: Any) -> Card:
        """An array is drawn once, a number at each of its uses."""
        known = self.constants.get(id(value))
        if known is not None:
            return known
        card = Card(
            f"k{len(self.constants)}", "constant", self.names.arrays.get(id(value), ""), value=value
        )
        card.tooltip = _tooltip(card, None)
        self.constants[id(value) if np.ndim(value) else -len(self.constants) - 1] = card
        self.plan.cards.append(card)
        return card

    # ---- links ----------------------------------------------------------------------------------

    def _links(self, node: Any, card: Card) -> None:
        parents = dict(zip(node._places, node.edges, strict=True))
        holder = node._args[0] if node._row.sequence else node._args
        names = [
            self.names.of(parents[place].parent) if place in parents else ""
            for place in range(len(holder))
        ]
        for place, argument in enumerate(holder):
            if place in parents:
                self._link(node, card, place, names, parents[place])
            elif (node._row.sequence or varies(node._row, place)) and _is_numeric(argument):
                source = self._constant(argument, node)
                self._add(Link("", source, card, tooltip="a constant: no gradient flows back"))

    def _link(self, node: Any, card: Card, place: int, names: list[str], edge: Any) -> None:
        link = Link("", self._source(edge.parent, card), card)
        if type(node._row) is not Local:
            link.tooltip = f"G is carried back as  {symbols.rule(node, place, names)}"
        elif self.plan.detailed:
            derivative = edge.local_derivative
            link.tooltip = f"local derivative {summary(derivative)}"
            first = derivative.flat[0] if derivative.size else np.nan
            if derivative.size and (derivative == first).all():
                link.number = "" if first == 1 else f"×{number(first)}"
            elif derivative.size == 1:
                link.number = f"×{number(first)}"
        self._add(link)

    def _source(self, parent: Any, card: Card) -> Card:
        """The card of `parent`; or, of a leaf used over and over, a chip beside `card`."""
        source = self.cards[id(parent)]
        busy = parent.op is None and self.uses[id(parent)] > BUSY[self.plan.detailed]
        if not busy or id(parent) not in self.met:
            self.met.add(id(parent))
            return source
        ident = f"{source.id}u{len(self.plan.links)}"
        chip = replace(source, id=ident, chip=True, box=card.box, ports=[])
        self.plan.cards.append(chip)
        return chip

    def _add(self, link: Link) -> None:
        link.id, link.place = f"e{len(self.plan.links)}", len(link.target.ports)
        self.plan.links.append(link)
        link.target.ports.append(link)

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
            box = Box(ident, module_title(scope, self.names), box, depth)
            self.boxes[id(scope)] = box
            self.plan.boxes.append(box)
        return box

    def _place_leaves(self) -> None:
        """Parameters and numbers go into the innermost box that holds all of their uses.

        Inputs and arrays stay outside: they are what modules are given.
        """
        targets: dict[str, list[Box | None]] = {}
        for link in self.plan.links:
            targets.setdefault(link.source.id, []).append(link.target.box)
        for card in self.plan.cards:
            number = card.role == "constant" and not np.ndim(card.value)
            if (number or card.role == "parameter") and not card.chip:
                first, *rest = targets.get(card.id, [None])
                for other in rest:
                    first = _common(first, other)
                card.box = first


def _common(a: Box | None, b: Box | None) -> Box | None:
    while a is not b:
        if a is None or b is None:
            return None
        if a.depth >= b.depth:
            a = a.parent
        else:
            b = b.parent
    return a


def _recorded(nodes: list[Any]) -> dict[int, Any]:
    """The values that the graph was computed with: since then, a leaf's may have been replaced."""
    values: dict[int, Any] = {}
    for node in nodes:
        if node.op is not None:
            holder = node._args[0] if node._row.sequence else node._args
            for parent, place in zip(node.parents, node._places, strict=True):
                values.setdefault(id(parent), holder[place])
    return values


def _gradient(node: Any) -> Any:
    try:
        gradient = node.grad
    except RuntimeError:  # of a backward pass from an output that is gone
        return None
    return getattr(gradient, "data", gradient) if hasattr(gradient, "parents") else gradient


def _is_numeric(argument: Any) -> bool:
    return isinstance(argument, int | float | complex | np.ndarray | np.generic) and (
        np.asarray(argument).dtype.kind in "fiubc"
    )


def _tooltip(card: Card, op: Any) -> str:
    lines = [card.name] if card.name else []
    lines.append(f"computed by {title(op)}" if op is not None else card.role)
    if card.details:
        lines[-1] += f", {card.details}"
    lines.append(f"value {summary(card.value)}")
    if card.role == "constant":
        lines.append("no gradient: only Tensors have one")
    elif card.gradient is None:
        lines.append("gradient not computed: call backward()")
    else:
        lines.append(f"gradient {summary(card.gradient)}")
    return "\n".join(lines)
