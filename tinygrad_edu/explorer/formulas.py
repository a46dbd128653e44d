"""Gradients as formulas: the whole chain rule of a leaf, for the page to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.explaining import explain

__all__ = ["add_formulas"]

MOST = 100  # Tensors in a graph that is explained: each takes a backward pass of its own


def add_formulas(data: dict[str, Any], root: Any, names: Mapping[str, Any] | None) -> None:
    """Give the leaves of a record that are arrays their formulas, as `explain` has them.

    Of single numbers the page shows each path with its numbers, which says more; of a cotangent
    that is not 1, and of complex numbers, there is no formula.
    """
    nodes = backward.ordered(root)[::-1]
    seed = data["seed"]
    if len(nodes) > MOST or seed is None or root.size != 1 or list(seed) != [1]:
        return
    entries = {entry["id"]: entry for entry in data["nodes"]}
    if not entries[f"n{len(nodes) - 1}"]["name"]:  # in formulas it has the label that it has here
        names = {entries[f"n{len(nodes) - 1}"]["label"]: root, **(names or {})}
    for k, node in enumerate(nodes):
        if node.op is None and node.size > 1:
            entries[f"n{k}"]["formula"] = _formula(root, node, names)


def _formula(root: Any, node: Any, names: Mapping[str, Any] | None) -> str:
    if np.iscomplexobj(node.data):
        return ""
    try:
        explained = explain(root, node, names=names)
    except TypeError:  # there is a complex number on the way
        return ""
    return f"{explained.symbol} = {explained.formula}" if explained.formula else ""
