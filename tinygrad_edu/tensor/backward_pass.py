"""What one call of `backward` was, so that every cotangent of it can be had later."""

from __future__ import annotations

import weakref
from typing import Any

from tinygrad_edu.engine.backward import ordered, sweep

__all__ = ["BackwardPass"]


class BackwardPass:
    """Enough to know every cotangent of a backward pass, on demand.

    It holds no strong reference to the output, so that a graph has no cycles and is freed by
    reference counting alone; and no cotangent until one is asked for.
    """

    __slots__ = ("_cotangents", "_root", "_seed")

    def __init__(self, root: Any, seed: Any) -> None:
        self._root = weakref.ref(root)
        self._seed = seed
        self._cotangents: dict[int, Any] | None = None

    def cotangent(self, node: Any) -> Any:
        """The cotangent of `node` in this pass."""
        if self._cotangents is None:
            root = self._root()
            if root is None:
                raise RuntimeError(
                    "the gradient of an intermediate Tensor is worked out from the output on "
                    "which backward() was called, and that output no longer exists; keep a "
                    "reference to it, loss = ...; or, if this is a parameter after an update "
                    "p = p - ..., keep it a leaf: write p.data = p.data - ..."
                )
            nodes = ordered(root)
            found = sweep(nodes, self._seed, wanted=set(nodes))
            # Copies, as two nodes may have got the same array, and someone may change one of them.
            self._cotangents = {each._number: g.copy() for each, g in found.items()}
        return self._cotangents[node._number]
