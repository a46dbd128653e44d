"""Module calls as one card each: a large graph seen from further off.

A call is one stretch of the computation, so what it is given was computed before it, and a picture
of collapsed calls has no cycles either. Nothing here recurses over the graph or over the boxes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from operator import index
from typing import Any

import numpy as np

from tinygrad_edu.drawing.modules import call_of, joined
from tinygrad_edu.drawing.parts import Box, Card, Link, Plan

__all__ = [
    "LARGEST",
    "REPEATED",
    "calls_of",
    "checked_depth",
    "close",
    "collapse",
    "fitted",
    "signature",
    "too_large",
]

CROWDED = 400  # over so many cards: module calls are collapsed
LARGEST = 2000
REPEATED = 4  # so many equal calls side by side become one card; fewer are seen at a glance


def checked_depth(depth: Any) -> int | None:
    """`depth` as given by the user, checked."""
    if depth is None:
        return None
    try:
        number = -1 if isinstance(depth, bool | np.bool_) else index(depth)
    except TypeError:
        number = -1
    if number < 0:
        raise ValueError(
            f"draw: depth={depth!r} must be a whole number, 0 or more: how many levels of modules "
            "to open; depth=0 shows each outermost call as one card, None opens what fits"
        )
    return number


def fitted(plan: Plan, depth: int | None) -> Plan:
    """`plan` with module calls collapsed: below `depth`, or as few levels as make it fit.

    Raises
    ------
    ValueError
        If more cards are left than anybody can read.
    """
    seen = plan
    if depth is not None:
        seen = collapse(plan, depth)
    elif len(plan.cards) > CROWDED and plan.boxes:
        seen = _deepest(plan)
    if len(seen.cards) > LARGEST:
        nodes = sum(card.node is not None for card in plan.cards)
        raise ValueError(too_large(nodes, len(seen.cards), depth, modules=bool(plan.boxes)))
    return seen


def _deepest(plan: Plan) -> Plan:
    """The deepest level that fits: opening one more never makes a picture smaller."""
    low, high = 0, 1 + max(box.depth for box in plan.boxes)
    fits = collapse(plan, low)
    while high - low > 1:
        middle = (low + high) // 2
        candidate = collapse(plan, middle)
        if len(candidate.cards) <= CROWDED:
            low, fits = middle, candidate
        else:
            high = middle
    return fits


def too_large(nodes: int, cards: int, depth: int | None, modules: bool) -> str:
    """What to say of a graph of so many nodes, of which that many cards are left."""
    part = "draw a part of it: an intermediate Tensor, a smaller model or fewer steps"
    if depth:
        left, way = f"depth={depth} leaves {cards} cards", f"give a smaller depth=, or {part}"
    elif modules:
        left, way = f"{cards} are left with every module call collapsed, as by depth=0", part
    else:
        left, way = "none of it is in a module call, which depth= could collapse", part
    return (
        f"draw: the graph has {nodes} nodes, and nobody can read a picture of more than {LARGEST} "
        f"cards; {left}: {way}"
    )


def collapse(plan: Plan, depth: int) -> Plan:
    """`plan` with every module call that is nested in `depth` others as one card.

    `plan` stays as it is.
    """
    closed: dict[Box, Box] = {}
    for box in plan.boxes:  # outer ones come first
        if box.depth == depth:
            closed[box] = box
        elif box.parent in closed:
            closed[box] = closed[box.parent]
    if not closed:
        return plan
    return close(plan, closed, calls_of(plan, closed))


def close(
    plan: Plan,
    closed: dict[Box, Box],
    shown: dict[Card, Card],
    together: dict[Card, Card] | None = None,
) -> Plan:
    """`plan` with the boxes `closed`: each of their cards is within the call that is `shown`.

    What stands for several calls, or for several leaves, is given by `together`; without, it is
    found for calls side by side.
    """
    hidden = _absorbed(plan, shown)
    links = [link for link in plan.links if link.source not in hidden]
    if together is None:
        together = _repeated(links, shown)
    shown = shown | {card: each for card, each in together.items() if not card.calls}
    shown = {inner: together.get(call, call) for inner, call in shown.items()}
    cards = [shown.get(card, card) for card in plan.cards if card not in hidden]
    boxes = [box for box in plan.boxes if box not in closed]
    return replace(plan, cards=list(dict.fromkeys(cards)), links=_joined(links, shown), boxes=boxes)


def calls_of(plan: Plan, closed: dict[Box, Box]) -> dict[Card, Card]:
    """For every operation within a closed box, the card of that call."""
    within: dict[Box, list[Card]] = defaultdict(list)
    for card in plan.cards:
        if card.box in closed:
            within[closed[card.box]].append(card)
    leaving: dict[Card, None] = {card: None for card in plan.cards if card.output}
    around: dict[Box | None, Box] = dict(closed.items())
    for link in plan.links:
        if around.get(link.source.box) is not around.get(link.target.box):
            leaving[link.source] = None
    shown = {}
    for box, members in within.items():
        call = call_of(box, members, [card for card in members if card in leaving])
        shown.update(dict.fromkeys(members, call))
    return shown


def _absorbed(plan: Plan, shown: dict[Card, Card]) -> set[Card]:
    """Parameters and numbers that only collapsed calls use: they become members of these."""
    users: dict[Card, dict[Card | None, None]] = defaultdict(dict)
    for link in plan.links:
        number = link.source.role == "constant" and not np.ndim(link.source.value)
        if number or link.source.role == "parameter":
            users[link.source][shown.get(link.target)] = None
    hidden = set()
    for card, calls in users.items():
        if None not in calls:
            hidden.add(card)
            for call in filter(None, calls):
                call.members.append(card)
                call.sharing = max(call.sharing, len(calls))
    return hidden


# ---- calls side by side ---------------------------------------------------------------------


def _repeated(links: list[Link], shown: dict[Card, Card]) -> dict[Card, Card]:
    """For calls that stand side by side, REPEATED or more of them, the one card for all.

    They are calls of one class that compute the same operations on arrays of the same shapes, are
    given the same, and are used by the same.
    """
    given: dict[Card, set[Card]] = defaultdict(set)
    used: dict[Card, set[Card]] = defaultdict(set)
    for link in links:
        source, target = shown.get(link.source, link.source), shown.get(link.target, link.target)
        if source is not target:
            given[target].add(source)
            used[source].add(target)
    alike: dict[Any, list[Card]] = defaultdict(list)
    for call in dict.fromkeys(shown.values()):
        around = call.box, frozenset(given[call]), frozenset(used[call])
        alike[around, signature(call)].append(call)
    together = {}
    for calls in alike.values():
        if len(calls) >= REPEATED:
            together.update(dict.fromkeys(calls, joined(calls)))
    return together


def signature(call: Card) -> tuple[Any, ...]:
    """What is equal in equal calls."""
    work = [(card.symbol, card.details, card.role, np.shape(card.value)) for card in call.members]
    return type(call.module), call.output, call.sharing, len(call.outputs), *work


def _joined(links: list[Link], shown: dict[Card, Card]) -> list[Link]:
    """The links between what is shown: into and out of collapsed calls one for each neighbour."""
    found: dict[Any, Link] = {}
    for link in links:
        source, target = shown.get(link.source, link.source), shown.get(link.target, link.target)
        if source is target:
            continue
        single = target.role != "module" and source.calls < 2
        key = (source, target, link.id if single else "")
        if key in found:
            found[key].edges.extend(link.edges)
        else:
            found[key] = replace(link, source=source, target=target, edges=list(link.edges))
    return list(found.values())
