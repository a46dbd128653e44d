"""What flows back along each link: its contribution to the gradient of where it comes from.

The gradient of a Tensor is the sum of these over its uses.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu.drawing.parts import Flow, Link, Plan
from tinygrad_edu.engine.backward import contributions
from tinygrad_edu.kit.text import number, summary

__all__ = ["show_flow"]

_WAY_OUT = "call backward() on the output, and keep the output, then draw"


def show_flow(plan: Plan) -> None:
    """Note on every link what it contributes: upstream gradient times local derivative.

    Raises
    ------
    ValueError
        If gradients are missing, or are those of several backward passes.
    """
    if plan.passes > 1:
        raise ValueError(
            "draw: flow=True shows one backward pass, and the gradients in this graph are of "
            f"{plan.passes}; {_WAY_OUT}"
        )
    known: dict[int, list[Any]] = {}
    for link in plan.links:
        if link.edges:
            _show(link, known)
    sizes = [link.flow.size for link in plan.links if link.flow]
    plan.widest = max((size for size in sizes if math.isfinite(size)), default=0.0)


def _show(link: Link, known: dict[int, list[Any]]) -> None:
    totals: dict[int, Any] = {}  # what reaches one Tensor by several ways is one contribution
    for edge in link.edges:
        if id(edge.node) not in known:
            known[id(edge.node)] = _contributions(edge.node)
        carried = known[id(edge.node)][edge.position]
        before = totals.get(id(edge.parent))
        totals[id(edge.parent)] = carried if before is None else before + carried
    flat = np.concatenate([np.ravel(total) for total in totals.values()])
    with np.errstate(all="ignore"):
        size, total = float(np.linalg.norm(flat)), np.sum(flat)
    link.flow = Flow(size, negative=flat.dtype.kind != "c" and bool(total < 0))
    said = summary(flat[0]) if flat.size == 1 else f"norm {number(size)}, sum {number(total)}"
    link.tooltip += f"\ncontributes to the gradient: {said}"


def _contributions(node: Any) -> list[Any]:
    try:
        gradient = node.grad
    except RuntimeError:  # the output of the backward pass is gone
        gradient = None
    if gradient is None:
        raise ValueError(
            "draw: flow=True shows what each edge contributes to a gradient, and there are no "
            f"gradients; {_WAY_OUT}"
        )
    return contributions(node, gradient)
