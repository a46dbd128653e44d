"""How an edge is drawn where its width says what it contributes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tinygrad_edu.drawing.parts import Flow, Plan
from tinygrad_edu.kit.text import number

__all__ = ["Stroke", "key_strokes", "stroke"]

THINNEST, WIDEST = 0.8, 6.0


@dataclass(frozen=True)
class Stroke:
    """A line: its width in points, "solid", "dashed" or "dotted", and a colour of the palette."""

    width: float
    style: str = "solid"
    colour: str = "edge"


def stroke(flow: Flow | None, widest: float) -> Stroke:
    """Of a width proportional to the contribution; dotted where nothing flows back."""
    if flow is None or flow.size == 0:
        return Stroke(THINNEST, "dotted")
    style = "dashed" if flow.negative else "solid"
    if not math.isfinite(flow.size):
        return Stroke(WIDEST, style, "undefined")
    return Stroke(max(THINNEST, WIDEST * flow.size / widest), style)


def key_strokes(plan: Plan) -> list[tuple[Stroke, str]]:
    """The lines of the legend, with what they mean, for those in the picture."""
    widest = plan.widest or 0.0
    flows = [link.flow for link in plan.links]
    shares = (1.0, 0.5) if widest else ()
    keys = [(Stroke(WIDEST * share), number(widest * share)) for share in shares]
    if any(flow and flow.negative for flow in flows):
        keys.append((Stroke(2.0, "dashed"), "negative"))
    if any(flow is None or flow.size == 0 for flow in flows):
        keys.append((Stroke(2.0, "dotted"), "nothing"))
    if any(flow and not math.isfinite(flow.size) for flow in flows):
        keys.append((Stroke(WIDEST, "solid", "undefined"), "NaN or ∞"))
    return keys
