"""What cards and links say where the pointer rests, and the numbers on links."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.drawing import symbols
from tinygrad_edu.drawing.modules import contents
from tinygrad_edu.drawing.parts import Card, Link, Plan
from tinygrad_edu.engine.rule import title
from tinygrad_edu.kit.naming import Names
from tinygrad_edu.kit.text import number, summary

__all__ = ["label"]


def label(plan: Plan, names: Names) -> None:
    """Write the tooltips of `plan`, and the local derivatives that are one number."""
    for card in plan.cards:
        card.tooltip = _tooltip(card)
    arguments = _Arguments(names)
    for link in plan.links:
        link.place = len(link.target.ports)
        link.target.ports.append(link)
        if not link.edges:
            link.tooltip = "a constant: no gradient flows back"
        elif "module" in (link.target.role, link.source.role) and len(link.edges) > 1:
            link.tooltip = f"{len(link.edges)} uses by {link.target.name or link.target.symbol}"
        elif link.target.role == "module":
            link.tooltip = f"used within {link.target.name}"
        elif (call := link.edges[0].node.call).conjugates or not call.elementwise:
            link.tooltip = f"G is carried back as  {arguments.rule(link.edges[0])}"
        elif plan.detailed:
            _show_derivative(link)


def _show_derivative(link: Link) -> None:
    derivative = link.edges[0].local_derivative
    link.tooltip = f"local derivative {summary(derivative)}"
    first = derivative.flat[0] if derivative.size else np.nan
    if derivative.size and (derivative == first).all():
        link.number = "" if first == 1 else f"×{number(first)}"
    elif derivative.size == 1:
        link.number = f"×{number(first)}"


class _Arguments:
    """The names of a node's arguments, looked up once for all edges of it that follow."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.node: Any = None
        self.listed: list[str] = []

    def rule(self, edge: Any) -> str:
        node = edge.node
        if node is not self.node:
            known = dict(zip(node.call.places, node.parents, strict=True))
            count = len(node.call.operands)
            self.node = node
            self.listed = [
                self.names.of(known[place]) if place in known else "" for place in range(count)
            ]
        return symbols.rule(node, node.call.places[edge.position], self.listed)


def _tooltip(card: Card) -> str:
    lines = [card.name] if card.name else []
    if card.role == "module":
        lines += contents(card)
    elif card.role == "operation":
        lines.append(f"computed by {title(card.node.op)}")
    else:
        lines.append(f"{card.calls} {card.role}s" if card.calls else card.role)
    if card.details:
        lines[-1] += f", {card.details}"
    if card.value is None:
        return "\n".join(lines)
    replaced = ", in later uses another one: it was replaced" if card.replaced else ""
    lines.append(f"value {summary(card.value)}{replaced}")
    if card.role == "constant":
        lines.append("no gradient: only Tensors have one")
    elif card.gradient is None:
        lines.append("gradient not computed: call backward()")
    else:
        lines.append(f"gradient {summary(card.gradient)}")
    if card.added is not None:
        lines.append(f"where the last backward pass gave {summary(card.added)}")
    return "\n".join(lines)
