"""The paths from a loss to a Tensor in a graph of single numbers, each a product of derivatives."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.engine.unbroadcast import times
from tinygrad_edu.explaining.flow import Flow
from tinygrad_edu.explaining.labels import Labels
from tinygrad_edu.explaining.rules import slope
from tinygrad_edu.notation import Term, TooLongError, algebra, terms
from tinygrad_edu.tensor.edge import Edge

__all__ = ["LONGEST", "MOST", "Link", "links", "paths", "product", "readable", "slope_number"]

MOST = 8  # paths that are listed
LONGEST = 12  # derivatives in a product
_STEPS = 60  # edges of a path that is looked at

Path = list[Edge]


class Link:
    """One derivative in the product along a path: ∂out/∂x, over one edge or a few trivial ones."""

    def __init__(self, edges: Path, flow: Flow, labels: Labels) -> None:
        self.edges = edges
        source, last = edges[0].node, edges[-1]
        if flow.ways(source, last.parent) == 1:
            below = labels.symbol(last.parent)
        else:  # an edge alone, as sums are taken together along single ways
            below = labels.argument(source, last.parent, [last.position])
        self.symbol = terms.partial(labels.symbol(source), below)
        self.number = product([slope_number(edge) for edge in edges])
        self.formula = _formula(edges, labels)


def _formula(edges: Path, labels: Labels) -> Term:
    """The product of the local derivatives, or their sign where that is too long to be read."""
    try:
        return algebra.product([slope(edge, labels) for edge in edges])
    except TooLongError:
        return terms.partial(labels.symbol(edges[0].node), labels.symbol(edges[-1].parent))


def product(factors: list[float]) -> float:
    """Factors multiplied as the engine does it: 0 times the infinite slope of a pole is 0."""
    with np.errstate(all="ignore"):
        return float(reduce(lambda a, b: times(np.float64(a), np.float64(b)), factors, 1.0))


def slope_number(edge: Edge) -> float:
    """The local derivative along an edge between single numbers."""
    if edge.node.call.elementwise:
        return float(np.real(edge.local_derivative).reshape(()))  # np.imag of what is real: 1j
    one = np.ones(edge.node.shape, edge.node.dtype)
    return float(backward.contributions(edge.node, one)[edge.position].reshape(()))


def readable(flow: Flow) -> bool:
    """Whether all nodes are single numbers, and the paths few and short."""
    numbers = all(node.size == 1 for node in flow.nodes)
    return numbers and flow.paths[flow.x] <= MOST and len(flow.nodes) <= MOST * _STEPS


def paths(flow: Flow) -> list[Path]:
    """All ways from the loss to x, as lists of edges, in the order of arguments."""
    downward: dict[Any, list[Edge]] = {node: [] for node in flow.nodes}
    for node in flow.nodes:
        for edge in flow.edges[node]:
            downward[edge.node].append(edge)
    found: list[Path] = []
    waiting: list[tuple[Any, Path]] = [(flow.loss, [])]
    while waiting:
        node, path = waiting.pop()
        if node is flow.x:
            found.append(path)
            continue
        steps = sorted(downward[node], key=lambda edge: edge.position, reverse=True)
        waiting.extend((edge.parent, [*path, edge]) for edge in steps)
    return found


# ---- derivatives that say nothing ----------------------------------------------------------------


def links(path: Path, flow: Flow, labels: Labels) -> list[Link]:
    """The derivatives along a path, sums taken together with what is around them.

    Of ``z = w x + b``, whose nodes have no names but z, it is ∂z/∂w = x and not a product of ones.
    Only where one way leads from z to w is the derivative along it that of z in w.
    """

    def skipped(node: Any) -> bool:
        return node is not flow.x and not labels.is_named(node)

    groups: list[Path] = []
    start = 0
    while start < len(path):
        end = start + 1
        while (
            end < len(path)
            and _is_trivial(path[end - 1])
            and skipped(path[end - 1].parent)
            and flow.ways(path[start].node, path[end].parent) == 1
        ):
            end += 1
        last = end
        while last < len(path) and skipped(path[last - 1].parent) and _is_trivial(path[last]):
            last += 1
        target = path[last - 1].parent
        if not skipped(target) and flow.ways(path[start].node, target) == 1:
            end = last
        groups.append(path[start:end])
        start = end
    return [Link(group, flow, labels) for group in groups]


def _is_trivial(edge: Edge) -> bool:
    """Whether the local derivative is 1 or −1 whatever the values."""
    row = edge.node.call.row
    if not edge.node.call.elementwise:
        return False
    derivative = row.derivatives[edge.node.call.places[edge.position]]
    return not callable(derivative) and derivative in (1, -1)
