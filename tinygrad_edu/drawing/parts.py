"""What a picture consists of: cards, links between them, boxes around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Box", "Card", "Flow", "Link", "Plan"]


@dataclass(eq=False)
class Card:
    """One Tensor, with the operation that made it; a constant; or calls of a module, collapsed."""

    id: str
    role: str  # "input", "parameter", "constant", "operation" or "module"
    name: str
    symbol: str = ""
    details: str = ""
    value: Any = None  # None of a module with several outputs
    gradient: Any = None
    added: Any = None  # by the last backward pass, where that is not the gradient
    replaced: bool = False  # whether some uses had another value, which came later
    output: bool = False
    chip: bool = False  # shows the name alone
    mark: str = ""  # what the chips of a card without a name are called, and it too
    box: Box | None = None
    ports: list[Link] = field(default_factory=list)
    tooltip: str = ""
    node: Any = None  # the Tensor, where the card is that of one
    # Of a module, whose calls are collapsed, or of several leaves that are given to these:
    module: Any = None
    calls: int = 0  # how many the card stands for
    chain: bool = False  # whether they are one after the other
    first: Card | None = None  # of a chain of which each call is a card: that of the first one
    members: list[Card] = field(default_factory=list)  # what is inside; of several calls, these
    outputs: list[Card] = field(default_factory=list)  # those of the members that others use
    sharing: int = 1  # by how many calls a parameter inside is used


@dataclass(frozen=True)
class Flow:
    """What an edge contributes to a gradient: its norm, and whether its sum is negative."""

    size: float
    negative: bool = False


@dataclass(eq=False)
class Link:
    """One use of a card by an operation; all uses of it by a module that is collapsed."""

    id: str
    source: Card
    target: Card
    place: int = 0  # among those of the target
    number: str = ""  # the local derivative, where one number says it
    tooltip: str = ""
    edges: list[Any] = field(default_factory=list)  # of the graph; none from a constant
    flow: Flow | None = None


@dataclass(eq=False)
class Box:
    """One call of a module."""

    id: str
    title: str
    parent: Box | None
    depth: int
    module: Any = None


@dataclass
class Plan:
    """All that is in the picture, in the order of computation."""

    title: str
    cards: list[Card] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    detailed: bool = True
    bare: bool = False  # whether it has no legend, as it stands beside another one
    pending: bool = False  # whether a gradient has not been computed
    differentiated: str = ""  # what the gradients are of
    passes: int = 0  # of how many backward passes those of the operations are
    accumulated: bool = False  # whether those of leaves are not what the last one gave
    foreign: bool = False  # whether there are some, but only of another output
    rows: list[list[Card]] = field(default_factory=list)  # where there is more than one
    widest: float | None = None  # the largest contribution, where edges show theirs
