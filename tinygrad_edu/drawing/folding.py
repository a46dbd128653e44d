"""Equal calls one after the other: the first is shown, and the others are one card, as ``×N``."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_edu.drawing.collapse import REPEATED, calls_of, close, signature
from tinygrad_edu.drawing.modules import joined, stack
from tinygrad_edu.drawing.parts import Box, Card, Link, Plan

__all__ = ["close_chains", "fold"]

Chain = list[tuple[Box, Card]]  # the calls, each as its box and as a card


def fold(plan: Plan) -> Plan:
    """`plan` with the calls of its chains folded; `plan` itself where it has none.

    `plan` stays as it is.
    """
    found = _chains(plan)
    closed: dict[Box, Box] = {box: box for chain in found for box, _ in chain[1:]}
    if not closed:
        return plan
    _close_inner(plan, closed)
    shown = calls_of(plan, closed)
    by_box = {closed[inner.box]: call for inner, call in shown.items() if inner.box is not None}
    together: dict[Card, Card] = {}
    for chain in found:
        members = [by_box[box] for box, _ in chain[1:]]
        links = _without_shared(plan, set(members), shown)
        one = joined(members)
        one.chain = True
        together |= dict.fromkeys(members, one)
        for leaves in _given(plan, set(members), shown):
            together |= dict.fromkeys(leaves, stack(leaves))
        plan = replace(plan, links=links)
    return close(plan, closed, shown, together)


def close_chains(plan: Plan) -> Plan:
    """`plan` with each call of its chains as one card: all are there, and all are closed."""
    found = _chains(plan)
    closed: dict[Box, Box] = {box: box for chain in found for box, _ in chain}
    if not closed:
        return plan
    _close_inner(plan, closed)
    shown = calls_of(plan, closed)
    by_box = {closed[inner.box]: call for inner, call in shown.items() if inner.box is not None}
    for chain in found:
        alike = len({box.title for box, _ in chain}) < len(chain)
        for k, (box, _) in enumerate(chain, 1):
            by_box[box].first = by_box[chain[0][0]]
            by_box[box].name += f" {k}" if alike else ""
    return close(plan, closed, shown, {})


def _without_shared(plan: Plan, calls: set[Card], shown: dict[Card, Card]) -> list[Link]:
    """The links without those to `calls` of parameters that are drawn in another call.

    These become members of the calls, as where no call is shown: it is said that they are shared.
    """
    users: dict[Card, set[Card | Box | None]] = defaultdict(set)
    for link in plan.links:
        users[link.source].add(shown.get(link.target, link.target.box))
    shared = {card for card in plan.cards if _is_parameter(card) and not users[card] <= calls}
    for card in [card for card in plan.cards if card in shared]:
        for call in calls & users[card]:
            call.members.append(card)
            call.sharing = max(call.sharing, len(users[card]))
    return [
        link
        for link in plan.links
        if link.source not in shared or shown.get(link.target) not in calls
    ]


def _is_parameter(card: Card) -> bool:
    return card.role == "parameter" or (card.role == "constant" and not np.ndim(card.value))


def _chains(plan: Plan) -> list[Chain]:
    """The chains of equal calls, of the outermost level that has any."""
    for depth in sorted({box.depth for box in plan.boxes}):
        closed = {box: box for box in plan.boxes if box.depth == depth}
        outer = dict(closed)
        _close_inner(plan, closed)
        shown = calls_of(plan, closed)
        boxes = {closed[inner.box]: call for inner, call in shown.items() if inner.box is not None}
        found = _runs(plan, shown, [(box, boxes[box]) for box in outer if box in boxes])
        if found:
            return found
    return []


def _close_inner(plan: Plan, closed: dict[Box, Box]) -> None:
    """What is within a closed box is closed with it."""
    for box in plan.boxes:  # outer ones come first
        if box not in closed and box.parent in closed:
            closed[box] = closed[box.parent]


def _runs(plan: Plan, shown: dict[Card, Card], calls: Chain) -> list[Chain]:
    """Those of `calls` that are equal, each given what the one before it computed."""
    follows = {
        (shown[link.source], shown[link.target])
        for link in plan.links
        if link.source in shown and link.target in shown
    }
    last: dict[Any, Chain] = {}
    found: list[Chain] = []
    for box, call in calls:
        key = (box.parent, signature(call))
        if key in last and (last[key][-1][1], call) in follows:
            last[key].append((box, call))
        else:
            last[key] = [(box, call)]
            found.append(last[key])
    return [
        chain
        for chain in found
        if len(chain) >= REPEATED and _is_closed(plan, shown, {call for _, call in chain[1:]})
    ]


def _is_closed(plan: Plan, shown: dict[Card, Card], calls: set[Card]) -> bool:
    """Whether nothing leads out of `calls` and back: as one card they would need themselves."""
    after: set[Card] = set()
    for link in plan.links:  # in the order of computation
        source, target = shown.get(link.source, link.source), shown.get(link.target, link.target)
        if source in calls or source in after:
            if target not in calls:
                after.add(target)
            elif source not in calls:
                return False
    return True


def _given(plan: Plan, calls: set[Card], shown: dict[Card, Card]) -> list[list[Card]]:
    """Leaves of one shape that are given to one of `calls` each, and to nothing else."""
    users: dict[Card, set[Card]] = defaultdict(set)
    for link in plan.links:
        users[link.source].add(shown.get(link.target, link.target))
    alike: dict[Any, list[Card]] = defaultdict(list)
    for card in plan.cards:
        if card.role in ("input", "constant") and len(users[card]) == 1 and users[card] <= calls:
            alike[card.role, np.shape(card.value)].append(card)
    return [leaves for leaves in alike.values() if len(leaves) >= REPEATED]
