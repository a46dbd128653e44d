"""A long computation in rows, as a page holds it: broken where little is carried over.

What goes on in the next row stands at its beginning as a name alone, as in a score.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import numpy as np

from tinygrad_edu.drawing.cards import card_table
from tinygrad_edu.drawing.chips import chip_of, common_box
from tinygrad_edu.drawing.measure import label_width
from tinygrad_edu.drawing.parts import Box, Card, Plan
from tinygrad_edu.drawing.svg import SCALE

__all__ = ["break_rows", "checked_width", "extent"]

GAP, MARGIN, PAD = 26.0, 11.0, 24.0  # points: between ranks, within a box, around the picture
NARROWEST = 200  # pixels: about a card and what it is made of
CARRIED = 3  # results that a break may cut off from their uses
# Costs, in results that are carried over: of a row left empty, of a break in a box that a row can
# hold, of a row that is twice as wide as it may be.
EMPTY, WITHIN, TOO_WIDE = 4.0, 6.0, 100.0


def checked_width(width: Any) -> float | None:
    """`width` as given by the user, checked."""
    if width is None:
        return None
    number = isinstance(width, int | float | np.integer | np.floating)
    if not number or isinstance(width, bool) or not width >= NARROWEST:
        raise ValueError(
            f"draw: width={width!r} must be a number of pixels, {NARROWEST} or more; 1280 is a "
            "slide's, None sets no bound"
        )
    return float(width)


def extent(plan: Plan) -> float:
    """About how many pixels wide `plan` will be in one row."""
    row = _Row(_Sizes(plan))
    for card in _results(plan):
        row.add(card)
    return SCALE * row.width


def break_rows(plan: Plan, limit: float) -> None:
    """Break the computation into rows of at most `limit` pixels, where that can be done.

    A break costs what is carried over it, and more within a module: the cheapest are taken.
    """
    sizes = _Sizes(plan)
    results = _results(plan)
    starts = _breaks(results, sizes, limit / SCALE)
    if len(starts) > 1:
        _carry_over(plan, {card: i for i, card in enumerate(results)}, starts)


def _results(plan: Plan) -> list[Card]:
    """What is computed, in the order of computation."""
    last = {link.target: None for link in plan.links}
    return [card for card in plan.cards if card in last]


class _Sizes:
    """The widths of the cards, and which uses they have."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.into: dict[Card, list[Card]] = defaultdict(list)
        self.uses: dict[Card, list[Card]] = defaultdict(list)
        for link in plan.links:
            self.into[link.target].append(link.source)
            self.uses[link.source].append(link.target)
        self._known: dict[Card, float] = {}

    def of(self, card: Card) -> float:
        if card not in self._known:
            self._known[card] = label_width(card_table(card, False, self.plan.detailed))
        return self._known[card]


@dataclass
class _Row:
    """A row while it is filled: its ranks, and how wide each is."""

    sizes: _Sizes
    ranks: dict[Card, int] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)
    boxes: set[Box] = field(default_factory=set)
    width: float = PAD

    def add(self, card: Card) -> None:
        """Put a result behind what it is made of, and its leaves before it."""
        into = self.sizes.into[card]
        rank = max((self.ranks[each] + 1 for each in into if each in self.ranks), default=0)
        outside = [
            (each, 2 if each.box is None and card.box is not None else 1)
            for each in into
            if each not in self.ranks
        ]
        rank = max([rank, *(before for _, before in outside)])
        for leaf, before in outside:
            self._widen(rank - before, leaf)
        if rank:
            self._widen(rank - 1, None)
        self.ranks[card] = rank
        self._widen(rank, card)

    def _widen(self, rank: int, card: Card | None) -> None:
        """Make room for a card in a rank, or for the rank alone."""
        before = self.widths.get(rank, -GAP)  # so much, and the gap, is new
        size = self.sizes.of(card) if card is not None else 0.0
        self.widths[rank] = max(size, before)
        self.width += self.widths[rank] - before
        box = None if card is None else card.box
        while box is not None and box not in self.boxes:
            self.boxes.add(box)
            self.width += 2 * MARGIN
            box = box.parent


def _breaks(results: list[Card], sizes: _Sizes, limit: float) -> list[int]:
    """The places among `results` at which a row begins, so that all of them cost the least."""
    costs = _costs(results, sizes, limit)
    ends = len(results)
    best, before = [0.0] + [float("inf")] * ends, [0] * (ends + 1)
    for start in range(ends):
        if best[start] == float("inf"):
            continue
        row, could_end = _Row(sizes), False
        for end in range(start + 1, ends + 1):
            row.add(results[end - 1])
            over = max(0.0, row.width / limit - 1)
            if over and could_end:
                break
            empty = 0.0 if end == ends else max(0.0, 1 - row.width / limit) ** 2
            cost = best[start] + costs[end] + EMPTY * empty + TOO_WIDE * over
            if cost < best[end]:
                best[end], before[end] = cost, start
            could_end = could_end or costs[end] < float("inf")
    starts = [ends]
    while starts[-1]:
        starts.append(before[starts[-1]])
    return starts[:0:-1]


def _costs(results: list[Card], sizes: _Sizes, limit: float) -> list[float]:
    """What a break before each of `results` costs, and one at the end."""
    place = {card: i for i, card in enumerate(results)}
    changes = [0] * (len(results) + 2)  # of how many results are carried over, place by place
    for card, uses in sizes.uses.items():
        if card in place:
            changes[place[card] + 1] += 1
            changes[max(place[each] for each in uses) + 1] -= 1
    carried = list(accumulate(changes))
    whole = _boxes_in_a_row(results, sizes, limit)
    costs = [float("inf")]
    for at in range(1, len(results)):
        cost = 1.0 + carried[at] if carried[at] <= CARRIED else float("inf")
        box = common_box(results[at - 1].box, results[at].box)
        while box is not None:
            cost += WITHIN * (box in whole)
            box = box.parent
        costs.append(cost)
    return [*costs, 0.0]


def _boxes_in_a_row(results: list[Card], sizes: _Sizes, limit: float) -> set[Box]:
    """The boxes that a row can hold, and that should not be broken."""
    rows: dict[Box, _Row] = {}
    for card in results:
        box = card.box
        while box is not None:
            rows.setdefault(box, _Row(sizes)).add(card)
            box = box.parent
    return {box for box, row in rows.items() if row.width <= limit}


def _carry_over(plan: Plan, place: dict[Card, int], starts: list[int]) -> None:
    """Begin each row with the names of what it uses of those before it."""
    row = {card: bisect(starts, i) - 1 for card, i in place.items()}
    for link in plan.links:  # a leaf stands where it is used first
        row.setdefault(link.source, row[link.target])
    _number_calls(plan)
    chips: dict[tuple[Card, int], Card] = {}
    for link in plan.links:
        at = row[link.target]
        if row[link.source] != at:
            if (link.source, at) not in chips:
                chips[link.source, at] = chip_of(link)
                chips[link.source, at].box = None  # at the left of all
            link.source = chips[link.source, at]
    row |= {chip: at for (_, at), chip in chips.items()}
    plan.rows = [[] for _ in starts]
    for card in [*chips.values(), *plan.cards]:
        plan.rows[row[card]].append(card)
    plan.cards[:] = [card for each in plan.rows for card in each]
    _continue_boxes(plan)


def _number_calls(plan: Plan) -> None:
    """Calls of one name get numbers, so that it is clear which one is meant."""
    calls: list[tuple[int, str, int, Box | Card]] = [
        (int(box.id[1:]), box.title, 1, box) for box in plan.boxes
    ]
    for card in plan.cards:
        if card.role == "module" and not card.chip:
            name = card.name if card.calls == 1 else card.members[0].name
            calls.append((int(card.id[1:].rstrip("s")), name, card.calls, card))
    totals, met = Counter[str](), Counter[str]()
    for _, name, count, _ in calls:
        totals[name] += count
    for _, name, count, call in sorted(calls, key=lambda each: each[0]):  # in their order
        met[name] += count
        if totals[name] == 1 or count > 1:
            continue
        if isinstance(call, Box):
            call.title = f"{name} {met[name]}"
        else:
            call.name = f"{name} {met[name]}"


def _continue_boxes(plan: Plan) -> None:
    """A box that goes on in other rows is drawn in each of them."""
    met: set[Box] = set()
    drawn: dict[tuple[Box, int], Box] = {}
    for k, cards in enumerate(plan.rows):
        for card in cards:
            new = []
            box = card.box
            while box is not None and (box, k) not in drawn:
                new.append(box)
                box = box.parent
            for box in reversed(new):
                parent = drawn[box.parent, k] if box.parent is not None else None
                if box in met:
                    title = f"{box.title}, continued"
                    part = replace(box, id=f"{box.id}r{k}", title=title, parent=parent)
                else:
                    part = replace(box, parent=parent)
                met.add(box)
                drawn[box, k] = part
            if card.box is not None:
                card.box = drawn[card.box, k]
    plan.boxes[:] = drawn.values()
