"""The plan in the DOT language, built by the graphviz package."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.drawing.cards import card_table, has_ports, text
from tinygrad_edu.drawing.legend import legend
from tinygrad_edu.drawing.parts import Box, Link, Plan
from tinygrad_edu.drawing.strokes import stroke
from tinygrad_edu.kit.palette import FONT, LIGHT
from tinygrad_edu.kit.text import line as one_line
from tinygrad_edu.kit.text import quoted

__all__ = ["FONT", "source"]


def source(plan: Plan, downwards: bool) -> str:
    """DOT for `plan`."""
    import graphviz

    dot = graphviz.Digraph(
        "computation",
        graph_attr={
            "id": "graph",
            "rankdir": "TB" if downwards else "LR",
            "bgcolor": LIGHT["paper"],
            "color": LIGHT["boxline"],
            "fontname": FONT,
            "label": "" if plan.bare else legend(plan),
            "labelloc": "b",
            "labeljust": "l",  # where reading starts, also of what is scrolled
            "nodesep": "0.14",
            "ranksep": "0.34" if plan.widest is None else "0.5",  # wide edges need some length
            "pad": "0.15",
            "tooltip": quoted(f"Computation graph of {plan.title}"),
            "outputorder": "edgesfirst",
        },
        node_attr={"shape": "plain", "fontname": FONT},
        edge_attr={"color": LIGHT["edge"], "arrowsize": "0.6", "penwidth": "1.1"},
    )
    if len(plan.links) > 60:  # long edges cost the network simplex more than nodes do
        dot.attr(mclimit="0.1", nslimit="1", nslimit1="1")
    if plan.rows:  # no edge joins them: they are laid out one by one, and put below each other
        dot.attr(pack="12", packmode="array_cit1")
    _fill(dot, plan, downwards)
    for link in plan.links:
        port = f":p{link.place}" if has_ports(link.target, plan.detailed) else ""
        given = link.source.chip or link.source.role != "operation"
        entering = link.source.box is None and link.target.box is not None
        dot.edge(
            f"{link.source.id}:{'s' if downwards else 'e'}",
            f"{link.target.id}{port}:{'n' if downwards else 'w'}",
            id=link.id,
            tooltip=quoted(link.tooltip),
            # What enters a box stands before it, and not beside it with an edge across its title.
            minlen="2" if entering and given else None,
            # The computation runs straight, and what is given to it bends.
            weight="4" if link.source.role in ("operation", "module") else None,
            **_line(link, plan.widest),
        )
    result: str = dot.source
    return result


def _line(link: Link, widest: float | None) -> dict[str, str]:
    if widest is None:
        return {}
    line = stroke(link.flow, widest)
    return {
        "penwidth": f"{line.width:.3g}",
        "style": line.style,
        "color": LIGHT[line.colour],
        "arrowsize": f"{0.6 + 0.06 * line.width:.3g}",  # else a wide line hides its head
    }


def _fill(dot: Any, plan: Plan, downwards: bool) -> None:
    """Write every card into the body of its box, then every box into the one around it."""
    boxes = {box: _cluster(dot, box) for box in plan.boxes}
    rows = [_row(dot, k) for k in range(len(plan.rows))]
    row = {card: k for k, cards in enumerate(plan.rows) for card in cards}
    outer: dict[Box, Any] = {}  # where what is in no other box belongs
    for card in plan.cards:
        around, box = rows[row[card]] if rows else dot, card.box
        (around if box is None else boxes[box]).node(
            card.id,
            label=card_table(card, downwards, plan.detailed),
            id=card.id,
            tooltip=quoted(card.tooltip),
        )
        while box is not None and box not in outer:
            outer[box] = around if box.parent is None else boxes[box.parent]
            box = box.parent
    for box in reversed(plan.boxes):  # inner boxes are younger than those around them
        outer[box].subgraph(boxes[box])
    for each in reversed(rows):  # Graphviz counts upwards where the computation runs to the right
        dot.subgraph(each)


def _row(dot: Any, number: int) -> Any:
    """A row, which holds together and is not seen."""
    unseen = {"style": "invis", "label": "", "margin": "0"}
    return type(dot)(f"cluster_row{number}", graph_attr=unseen)


def _cluster(dot: Any, box: Box) -> Any:
    return type(dot)(
        f"cluster_{box.id}",
        graph_attr={
            "id": box.id,
            "label": f"<{text(one_line(box.title, 60), 'muted', bold=True)}>",
            "labelloc": "t",
            "labeljust": "r",  # edges enter on the left
            "style": "rounded,filled",
            "fillcolor": LIGHT["box2" if box.depth % 2 else "box"],
            "color": LIGHT["boxline"],
            "margin": "10",
            "tooltip": quoted(box.title),
        },
    )
