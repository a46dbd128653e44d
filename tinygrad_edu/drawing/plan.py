"""A recorded graph as a plan of the picture: cards, links between them, boxes around them.

Nothing here knows how a picture is written down, and nothing recurses over the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tinygrad_edu.drawing.building import build
from tinygrad_edu.drawing.chips import chip, place
from tinygrad_edu.drawing.collapse import LARGEST, checked_depth, fitted, too_large
from tinygrad_edu.drawing.flow import show_flow
from tinygrad_edu.drawing.folding import fold
from tinygrad_edu.drawing.labels import label
from tinygrad_edu.drawing.parts import Box, Card, Link, Plan
from tinygrad_edu.drawing.rows import break_rows, checked_width, extent
from tinygrad_edu.engine import backward
from tinygrad_edu.kit.naming import Names
from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["SLIDE", "Box", "Card", "Link", "Plan", "plan"]

SLIDE = 1280  # pixels, wider than which nobody shows a picture
DETAILED = 150  # over so many nodes: no numbers on edges


def plan(
    root: Any,
    names: Mapping[str, Any] | None = None,
    parameters: Iterable[Any] = (),
    depth: int | None = None,
    flow: bool = False,
    width: float | None = SLIDE,
    shorten: Callable[[Plan], Plan] = fold,
) -> Plan:
    """What to draw of everything that `root` was computed from.

    Where the picture would be wider than `width`, `shorten` makes less of chains of equal calls,
    unless `depth` says what to show, and what is too wide still is broken into rows. None sets no
    bound: for a picture that runs down.

    Raises
    ------
    TypeError
        If `root` is no Tensor.
    ValueError
        If that is more than a picture can hold, or `depth` is no depth, or `width` no width, or
        `flow` is asked for and there are no gradients.
    """
    if not isinstance(root, Tensor):
        raise TypeError(f"draw: only a Tensor can be drawn, not a {type(root).__name__}")
    depth, width = checked_depth(depth), checked_width(width)
    nodes = backward.ordered(root)[::-1]
    operations = [node for node in nodes if node.op is not None]
    bare = sum(node.scope is None for node in operations)
    if bare > LARGEST:  # nothing can collapse these
        raise ValueError(too_large(len(nodes), bare, depth, modules=bare < len(operations)))
    known = Names(nodes, names, parameters)
    planned = _finished(fitted(build(root, nodes, known), depth), known)
    if width is not None and extent(planned) > width:
        if depth is None:
            planned = _finished(fitted(shorten(build(root, nodes, known)), depth), known)
        break_rows(planned, width)
    if flow:
        show_flow(planned)
    return planned


def _finished(planned: Plan, known: Names) -> Plan:
    """`planned` with chips, boxes around leaves, and all that is written."""
    planned.detailed = len(planned.cards) <= DETAILED
    chip(planned)
    place(planned)
    label(planned, known)
    return planned
