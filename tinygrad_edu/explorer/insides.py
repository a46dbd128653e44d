"""What is inside of calls that the picture shows closed, all alike: one picture, for any of them.

It is laid out for the first call of a chain. For each other one there is a list of its nodes, in
the order of those of the first, by which the page puts them in their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from tinygrad_edu.drawing.chips import chip_of
from tinygrad_edu.drawing.labels import label
from tinygrad_edu.drawing.output import Job
from tinygrad_edu.drawing.parts import Card, Link, Plan
from tinygrad_edu.explorer.hooks import hook
from tinygrad_edu.explorer.picture import call, lighten, picture, vary
from tinygrad_edu.kit.naming import Names

__all__ = ["Inside", "insides"]


@dataclass
class Inside:
    """A picture of the first call; for each call, by its card, what it is called and its nodes."""

    svg: Element
    calls: dict[str, dict[str, Any]]


def insides(whole: Plan, shown: Plan, names: Names, data: dict[str, Any], job: Job) -> list[Inside]:
    """One for each chain of calls that `shown` has; `data` is the record of the `whole` graph."""
    places = {node["id"]: i for i, node in enumerate(data["nodes"])}
    chains: dict[Card, list[Card]] = {}
    for card in shown.cards:
        if card.first is not None and not card.chip:
            chains.setdefault(card.first, []).append(card)
    return [_inside(whole, calls, names, data, places, job) for calls in chains.values()]


def _inside(
    whole: Plan,
    calls: list[Card],
    names: Names,
    data: dict[str, Any],
    places: Mapping[str, int],
    job: Job,
) -> Inside:
    links = [_links(whole, each) for each in calls]
    lists = [[places[name] for name in _names(each)] for each in links]
    drawn = _plan(calls[0], links[0], names)
    vary(drawn, {link.id for link in drawn.links if _varies(link, data, places)})
    call(drawn, {node["id"]: node["label"] for node in data["nodes"]})
    root = picture(drawn, job)
    hook(root, drawn, places)
    lighten(root)
    alike = (len(each) == len(lists[0]) for each in lists)
    return Inside(
        root,
        {
            card.id: {"name": card.name, "nodes": nodes}
            for card, nodes, same in zip(calls, lists, alike, strict=True)
            if same
        },
    )


def _links(whole: Plan, call: Card) -> list[Link]:
    """What is used within a call."""
    inside = {member.id for member in call.members if member.role == "operation"}
    return [link for link in whole.links if link.target.id in inside]


def _names(links: list[Link]) -> list[str]:
    """The ids of all that is drawn for a call, each once."""
    return list(dict.fromkeys(card.id for link in links for card in (link.source, link.target)))


def _plan(call: Card, links: list[Link], names: Names) -> Plan:
    """The picture of one call: what it is given from outside stands there by name."""
    inside = {link.target for link in links}
    cards: dict[Card, Card] = {}
    copies = []
    for link in links:
        copy = replace(link, target=_copy(link.target, cards), edges=list(link.edges))
        own = link.source in inside or link.source.role == "parameter"
        own = own or (link.source.role == "constant" and not np.ndim(link.source.value))
        if own:
            copy.source = _copy(link.source, cards)
        else:
            if link.source not in cards:
                cards[link.source] = replace(chip_of(link), box=None)
            copy.source = cards[link.source]
        copies.append(copy)
    planned = Plan(call.name, list(cards.values()), copies, bare=True)
    label(planned, names)
    return planned


def _copy(card: Card, cards: dict[Card, Card]) -> Card:
    if card not in cards:
        cards[card] = replace(card, box=None, ports=[])
    return cards[card]


def _varies(link: Link, data: dict[str, Any], places: Mapping[str, int]) -> bool:
    """Whether its local derivative is one number that sliders can change."""
    if not link.edges:
        return False
    node = data["nodes"][places[link.target.id]]
    edge = node["edges"][link.edges[0].position]
    one = all(length == 1 for length in node["shape"])
    return bool(one and edge["elementwise"] and edge["rule"] is not None)
