"""Chips for what is used over and over or far away; and the boxes in which leaves stand."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np

from tinygrad_edu.drawing.parts import Box, Card, Link, Plan

__all__ = ["LEAVES", "chip", "chip_of", "common_box", "place"]

LEAVES = ("input", "parameter", "constant")
# A leaf with more uses is drawn at its first one, and is a chip at each other: edges from one end
# of the picture to the other can't be followed, and laying them out takes minutes.
BUSY = {True: 12, False: 4}  # by whether the graph is detailed
FEW, FAR = 3, 6  # the same if the uses, of which there are so many, are so many steps apart
LONG = 20  # steps that an edge may span in a large graph


def chip(plan: Plan) -> None:
    """Give each further use of a busy leaf, and far uses of a result, a card with the name alone.

    Of results, only in a large graph: edges show where they go, as long as these can be followed.
    """
    before, after = _steps(plan)
    busy, rank = _busy(plan, before, after), _ranks(plan, before)
    met: set[Card] = set()
    beside: dict[Card, list[Card]] = defaultdict(list)
    for link in plan.links:
        source, target = link.source, link.target
        far = not plan.detailed and rank[target] - rank[source] > LONG
        if (source in busy and source in met) or (far and source.role not in LEAVES):
            link.source = chip_of(link)
            beside[target].append(link.source)
        met.add(source)
    plan.cards[:] = [each for card in plan.cards for each in (card, *beside[card])]


def chip_of(link: Link) -> Card:
    """A card with the name alone for what `link` uses, beside its use."""
    source = link.source
    if not source.name:
        source.mark = f"#{source.id[1:]}"
    # Named by its use, whose number is that of the graph, collapsed or not.
    ident = f"{source.id}u{link.id[1:]}"
    return replace(source, id=ident, chip=True, box=link.target.box, ports=[])


def _steps(plan: Plan) -> tuple[dict[Card, int], dict[Card, int]]:
    """The number of steps on the longest way to a card, and from it to the output."""
    before: dict[Card, int] = defaultdict(int)
    after: dict[Card, int] = defaultdict(int)
    for link in plan.links:  # in the order of computation
        before[link.target] = max(before[link.target], before[link.source] + 1)
    for link in reversed(plan.links):
        after[link.source] = max(after[link.source], after[link.target] + 1)
    return before, after


def _ranks(plan: Plan, before: dict[Card, int]) -> dict[Card, int]:
    """About where a layout with short edges puts the results: as late as their uses draw them."""
    uses: dict[Card, list[Card]] = defaultdict(list)
    given: Counter[Card] = Counter()
    for link in plan.links:
        uses[link.source].append(link.target)
        given[link.target] += link.source.role not in LEAVES
    rank = defaultdict(int, before)
    for card in reversed(plan.cards):  # uses come after what they use
        if card.role not in LEAVES and 0 < len(uses[card]) >= given[card]:
            rank[card] = min(rank[use] for use in uses[card]) - 1
    return rank


def _busy(plan: Plan, before: dict[Card, int], after: dict[Card, int]) -> set[Card]:
    uses: dict[Card, list[Card]] = defaultdict(list)
    for link in plan.links:
        if link.source.role in LEAVES:
            uses[link.source].append(link.target)
    return {
        leaf
        for leaf, at in uses.items()
        if len(at) > BUSY[plan.detailed]
        or (len(at) >= FEW and max(_apart(at, before), _apart(at, after)) >= FAR)
    }


def _apart(cards: list[Card], steps: dict[Card, int]) -> int:
    return max(steps[card] for card in cards) - min(steps[card] for card in cards)


def place(plan: Plan) -> None:
    """Put parameters and numbers into the innermost box that holds all of their uses.

    Inputs and arrays stay outside: they are what modules are given.
    """
    targets: dict[Card, list[Box | None]] = defaultdict(list)
    for link in plan.links:
        targets[link.source].append(link.target.box)
    for card in plan.cards:
        number = card.role == "constant" and not np.ndim(card.value)
        if (number or card.role == "parameter") and not card.chip:
            first, *rest = targets.get(card, [None])
            for other in rest:
                first = common_box(first, other)
            card.box = first


def common_box(a: Box | None, b: Box | None) -> Box | None:
    """The innermost box that holds both."""
    while a is not b:
        if a is None or b is None:
            return None
        if a.depth >= b.depth:
            a = a.parent
        else:
            b = b.parent
    return a
