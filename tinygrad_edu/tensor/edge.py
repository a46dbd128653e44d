"""Edges of the recorded graph: local derivatives, and what flows along them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.backward import contributions
from tinygrad_edu.engine.rule import Local, title

__all__ = ["Edge", "edges_of"]


class Edge:
    """One use of a parent by a node: an edge of the graph, with its local derivative.

    ``a * a`` has two edges to ``a``.
    """

    __slots__ = ("node", "parent", "position")

    def __init__(self, node: Any, position: int) -> None:
        self.node = node
        self.parent = node.parents[position]
        self.position = position

    def __repr__(self) -> str:
        return f"Edge({title(self.node.op)} -> parent {self.position}, {self.parent!r})"

    @property
    def local_derivative(self) -> Any:
        """d node / d parent, an array of the node's shape if elementwise, else the Jacobian."""
        row, out = self.node.call.row, self.node._value
        if type(row) is not Local:
            return self.jacobian()
        derivative = row.derivatives[self.node.call.places[self.position]]
        if callable(derivative):
            with np.errstate(all="ignore"):
                derivative = derivative(out, *self.node.call.args)
        dtype = out.dtype
        if np.iscomplexobj(derivative):
            dtype = np.result_type(dtype, np.complex64)
        return np.array(np.broadcast_to(derivative, out.shape), dtype=dtype)

    def jacobian(self) -> Any:
        """The Jacobian, of shape ``node.shape + parent.shape``.

        It is made by pulling back the unit cotangents, one for each element of the node. That of a
        complex function is its complex derivative.
        """
        node, parent = self.node, self.parent
        units = np.eye(node.size, dtype=node.dtype)
        if node.dtype.kind != "c":
            return self._pulled_back(units)
        if parent.dtype.kind == "c":
            return np.conj(self._pulled_back(units))
        return self._pulled_back(units) + 1j * self._pulled_back(1j * units)

    def _pulled_back(self, cotangents: Any) -> Any:
        """What the edge contributes for each of `cotangents`, which are the rows of a matrix."""
        node, parent = self.node, self.parent
        rows = [contributions(node, row.reshape(node.shape))[self.position] for row in cotangents]
        return np.array(rows, dtype=parent.dtype).reshape(node.shape + parent.shape)

    @property
    def contribution(self) -> Any:
        """Upstream gradient times local derivative, of the parent's shape; None before `backward`.

        The gradient of a node is the sum of the contributions of its outgoing edges.
        """
        g = self.node.grad
        return None if g is None else contributions(self.node, g)[self.position]


def edges_of(node: Any) -> tuple[Edge, ...]:
    """The edges from `node` to its parents, in the order of its arguments."""
    return tuple(Edge(node, position) for position in range(len(node.parents)))
