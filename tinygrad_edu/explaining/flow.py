"""The part of a graph through which a loss depends on a Tensor, and what flows back through it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.tensor.edge import Edge

__all__ = ["MOST_PATHS", "Flow"]

MOST_PATHS = 10**30  # counted so far: the number may have as many digits as the graph has nodes


class Flow:
    """The nodes between a loss and a Tensor `x` that it was computed from.

    Nothing in the graph is changed: no ``grad``, and no pass is remembered.

    Attributes
    ----------
    nodes : list of Tensor
        Those that lie on a path from x to the loss, both included, consumers first.
    edges : dict
        For each of these, the edges along which others of them use it.
    cotangents : dict
        For each node of the graph, the gradient of the loss in it.
    paths : dict
        For each of the nodes, along how many ways the loss depends on it, at most `MOST_PATHS`.
    """

    def __init__(self, loss: Any, x: Any) -> None:
        self.loss, self.x = loss, x
        self.graph = backward.ordered(loss)
        self.nodes = _between(self.graph, x)
        self.edges: dict[Any, list[Edge]] = {node: [] for node in self.nodes}
        for node in self.nodes:
            for position, parent in enumerate(node.parents):
                if parent in self.edges:
                    self.edges[parent].append(Edge(node, position))
        self.paths = self._counted()
        self.cotangents: dict[Any, Any] = {}
        self._contributions: dict[Edge, Any] = {}

    def carry(self) -> None:
        """Compute the gradients, which nothing but their values needs."""
        seed = np.ones(self.loss.shape, self.loss.dtype)[()]
        self.cotangents = backward.sweep(self.graph, seed, wanted=set(self.nodes))

    def _counted(self) -> dict[Any, int]:
        counts: dict[Any, int] = {}
        for node in self.nodes:
            found = sum(counts[edge.node] for edge in self.edges[node])
            counts[node] = min(found, MOST_PATHS) if node is not self.loss else 1
        return counts

    def gradient(self, node: Any) -> Any:
        """The gradient of the loss in one of the nodes, an array of its shape."""
        found = self.cotangents[node]
        return np.asarray(found)

    def contribution(self, edge: Edge) -> Any:
        """What one use of a node contributes to its gradient."""
        if edge not in self._contributions:
            found = backward.contributions(edge.node, self.cotangents[edge.node])
            self._contributions[edge] = found[edge.position]
        return self._contributions[edge]

    def ways(self, source: Any, target: Any, most: int = 2) -> int:
        """How many paths lead from `target` up to `source`, counted up to `most`."""
        counts = {source: 1}
        for node in self.nodes:
            if node is not source and node._number < source._number:
                found = sum(counts.get(edge.node, 0) for edge in self.edges[node])
                counts[node] = min(found, most)
            if node is target:
                break
        return counts.get(target, 0)

    def moving(self, node: Any) -> list[Any]:
        """Those arguments of a node that vary with x, once for each place where they stand."""
        return [parent for parent in node.parents if parent in self.edges]


def _between(nodes: list[Any], x: Any) -> list[Any]:
    """Of the nodes of a graph, consumers first, those that were computed from `x`, and itself."""
    found = {x}
    for node in reversed(nodes):
        if any(parent in found for parent in node.parents):
            found.add(node)
    return [node for node in nodes if node in found]
