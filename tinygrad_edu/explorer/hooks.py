"""Marks in the picture by which the page finds what changes: numbers, heatmaps, edges.

A card's group says which card it is (``data-card``), whose numbers it shows (``data-shows``: the
record's nodes, several for equal calls of a module, none for one with several outputs), and which
node is meant when it is chosen (``data-node``). An edge's group says what it joins (``data-from``,
``data-to``). Within a card, the class says what a text or a heatmap shows: ``v`` the value, ``g``
the gradient, ``d`` a local derivative.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from tinygrad_edu.drawing.cards import SMALL
from tinygrad_edu.drawing.heatmap import Heatmap, heatmap
from tinygrad_edu.drawing.parts import Card, Plan
from tinygrad_edu.kit.palette import LIGHT

__all__ = ["hook", "owner"]


def hook(root: Element, planned: Plan, nodes: Mapping[str, int]) -> None:
    """Mark everything that changes; `nodes` maps the ids of cards to the record's nodes.

    Raises
    ------
    LookupError
        If something is not where it should be: a page that showed a number in the wrong place
        would be worse than none.
    """
    groups = {each.get("id", "").partition("-")[2]: each for each in root.iter("g")}
    for card in planned.cards:
        group = _group(groups, card.id)
        outputs = [nodes[each.id] for each in card.outputs] or [nodes[owner(card)]]
        group.set("data-card", owner(card))
        group.set("data-node", str(outputs[-1]))
        group.set("data-shows", " ".join(map(str, [] if card.value is None else outputs)))
        if not card.chip:
            _mark(group, card, planned.detailed)
    for link in planned.links:
        group = _group(groups, link.id)
        group.set("data-from", owner(link.source))
        group.set("data-to", owner(link.target))


def owner(card: Card) -> str:
    """The id of the card that shows the values of `card`, which may be a chip."""
    return card.id.partition("u")[0]


def _group(groups: Mapping[str, Element], name: str) -> Element:
    if name not in groups:
        raise LookupError(f"the picture has no element {name!r}")
    return groups[name]


def _mark(group: Element, card: Card, detailed: bool) -> None:
    value = card.value is not None
    # Of an array without a finite element no caption says how large the largest is.
    shown = value and (np.size(card.value) == 1 or heatmap(card.value).caption != "")
    gradient = value and card.role != "constant"
    for kind, colour, there in (("v", "value", shown), ("g", "gradient", gradient)):
        found = list(_texts(group, colour))
        _expect(len(found), int(there), card, f"texts in the colour of its {colour}")
        for each in found:
            each.set("class", kind)
    if detailed:
        numbered = [link for link in card.ports if link.number]
        ports = [each for each in _texts(group, "ink") if each.get("font-size") == f"{SMALL}.00"]
        _expect(len(ports), len(numbered), card, "local derivatives")
        for each, link in zip(ports, numbered, strict=True):
            each.set("class", "d")
            each.set("data-edge", str(link.edges[0].position))
    if value and np.size(card.value) != 1:
        _mark_heatmaps(group, card, detailed)


def _texts(group: Element, colour: str) -> Iterator[Element]:
    return (each for each in group.findall("text") if each.get("fill") == LIGHT[colour])


def _expect(found: int, expected: int, card: Card, what: str) -> None:
    if found != expected:
        raise LookupError(f"the card {card.id} has {found} {what}, and not {expected}")


def _mark_heatmaps(group: Element, card: Card, detailed: bool) -> None:
    """Put the cells of a heatmap and the frame after them into a group of their own."""
    shown = [("v", heatmap(card.value))]
    if card.role != "constant" and card.gradient is not None:
        shown.append(("g", heatmap(card.gradient)))
    warned = [kind for kind, each in shown if each.warning]
    warnings = [e for e in _texts(group, "undefined") if e.get("font-size") == f"{SMALL}.00"]
    _expect(len(warnings), len(warned), card, "warnings")
    for each, kind in zip(warnings, warned, strict=True):
        each.set("class", f"{kind} w")
    if detailed and np.size(card.value):
        frames = [each for each in group.findall("polygon") if _is_frame(each)]
        _expect(len(frames), len(shown), card, "heatmaps")
        for frame, (kind, picture) in zip(frames, shown, strict=True):
            _wrap(group, frame, kind, picture, card)


def _is_frame(polygon: Element) -> bool:
    return polygon.get("fill") == "none" and polygon.get("stroke") == LIGHT["rule"]


def _wrap(group: Element, frame: Element, kind: str, picture: Heatmap, card: Card) -> None:
    children = list(group)
    end = children.index(frame)
    marks = sum(isinstance(cell, str) for row in picture.rows for cell in row)
    cells = sum(map(len, picture.rows))
    inside = children[end - cells - marks : end]
    _expect(sum(each.tag == "polygon" for each in inside), cells, card, "cells in a heatmap")
    heat: Any = Element("g", {"class": f"{kind} heat"})
    heat.extend([*inside, frame])
    for each in heat:
        group.remove(each)
    group.insert(end - cells - marks, heat)
