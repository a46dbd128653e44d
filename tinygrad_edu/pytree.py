"""Nested lists, tuples and dicts of arrays, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["flatten", "unflatten"]


def flatten(tree: Any) -> list[Any]:
    """The leaves of `tree`, in order; anything but a list, tuple or dict is a leaf.

    Examples
    --------
    >>> flatten({"w": [1, 2], "b": (3,)})
    [1, 2, 3]
    """
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list | tuple):
        return [leaf for branch in tree for leaf in flatten(branch)]
    return [tree]


def unflatten(tree: Any, leaves: Iterable[Any]) -> Any:
    """A tree of the structure of `tree`, with these leaves.

    Examples
    --------
    >>> unflatten({"w": [1, 2], "b": (3,)}, [10, 20, 30])
    {'w': [10, 20], 'b': (30,)}
    """
    return _build(tree, iter(leaves))


def _build(tree: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(tree, dict):
        return {key: _build(branch, leaves) for key, branch in tree.items()}
    if isinstance(tree, list | tuple):
        branches = [_build(branch, leaves) for branch in tree]
        named = hasattr(tree, "_fields")  # a named tuple takes its fields one by one
        return type(tree)(*branches) if named else type(tree)(branches)
    return next(leaves)
