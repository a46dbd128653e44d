"""The card of a module call that is collapsed, and of several such calls side by side."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from tinygrad_edu.drawing.parts import Box, Card
from tinygrad_edu.kit.text import shape

__all__ = ["call_of", "contents", "inside", "joined", "stack"]


def call_of(box: Box, members: list[Card], outputs: list[Card]) -> Card:
    """One call: what is in `box`, of which others use the `outputs`.

    It shows the value and the gradient of its output; of several, only their shapes.
    """
    card = Card(f"m{box.id[1:]}", "module", box.title, box=box.parent, module=box.module, calls=1)
    card.members, card.outputs = list(members), list(outputs)
    card.output = any(member.output for member in members)
    if len(outputs) == 1:
        card.value, card.gradient = outputs[0].value, outputs[0].gradient
    return card


def joined(calls: list[Card]) -> Card:
    """Equal calls as one card, with the values of all of them along a first axis."""
    card = _stacked(calls, f"{type(calls[0].module).__name__} ×{len(calls)}")
    card.module, card.output, card.sharing = calls[0].module, calls[0].output, calls[0].sharing
    card.outputs = [output for call in calls for output in call.outputs]
    return card


def stack(leaves: list[Card]) -> Card:
    """What equal calls are given, one leaf each, as one card."""
    first, last = leaves[0].name, leaves[-1].name
    card = _stacked(leaves, f"{first} … {last}" if first and last else f"×{len(leaves)}")
    card.outputs = list(leaves)
    return card


def _stacked(cards: list[Card], name: str) -> Card:
    """One card for several, with their values along a first axis."""
    first = cards[0]
    card = Card(f"{first.id}s", first.role, name, box=first.box, calls=len(cards))
    card.members = list(cards)
    if all(each.value is not None for each in cards):
        card.value = np.stack([each.value for each in cards])
    if all(each.gradient is not None for each in cards):
        card.gradient = np.stack([each.gradient for each in cards])
    return card


def inside(card: Card) -> list[str]:
    """What the card says of what is inside: operations and parameters, and shapes of outputs."""
    first = card.members[0] if card.calls > 1 else card
    operations = sum(member.role == "operation" for member in first.members)
    numbers = sum(np.size(each.value) for each in first.members if each.role == "parameter")
    said = _count(operations, "operation")
    if numbers:
        said += f", {_count(numbers, 'parameter')}"
    lines = [f"each {said}" if card.calls > 1 else said]
    if numbers and card.sharing > 1:
        lines.append(f"shared by {card.sharing} calls")
    if len(first.outputs) > 1:
        lines.append(f"{len(first.outputs)} outputs")
    return lines


def contents(card: Card) -> list[str]:
    """The same in full, for the tooltip."""
    if card.calls > 1:
        names = [call.name for call in card.members]
        how = "one after the other" if card.chain else "side by side"
        of = names[0] if names[0] == names[-1] else f"{names[0]} to {names[-1]}"
        said = [f"{card.calls} calls {how}, of {of}, collapsed"]
        return said + [f"each with {line}" for line in _members(card.members[0])]
    return ["one call, collapsed; inside:", *_members(card)]


def _members(card: Card) -> list[str]:
    operations = Counter(each.symbol for each in card.members if each.role == "operation")
    lines = [f"{sum(operations.values())} operations: {_listed(operations)}"]
    parameters = [each for each in card.members if each.role == "parameter"]
    if parameters:
        named = [f"{each.name or 'unnamed'} {_shape(each.value)}" for each in parameters]
        lines.append(f"parameters: {_cut(named)}")
    if card.sharing > 1:
        lines[-1] += f" (used by {card.sharing} calls)"
    if len(card.outputs) > 1:
        lines.append(f"outputs: {_cut([_shape(each.value) for each in card.outputs])}")
    return lines


def _listed(counts: Counter[str]) -> str:
    return _cut([f"{count} {what}" if count > 1 else what for what, count in counts.items()])


def _cut(words: list[str], most: int = 8) -> str:
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def _shape(value: Any) -> str:
    return shape(np.shape(value)) or "number"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
