"""The arguments of calls: what is in them, also within lists, tuples and dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

__all__ = ["found_in", "mapped"]

Kind = TypeVar("Kind")


def found_in(part: Any, kind: type[Kind]) -> Iterator[Kind]:
    """Everything of this kind in arguments, in order, once for each use.

    Examples
    --------
    >>> list(found_in((1, [2, "x"], {"axis": 3}), int))
    [1, 2, 3]
    """
    if isinstance(part, kind):
        yield part
    elif isinstance(part, tuple | list):
        for each in part:
            yield from found_in(each, kind)
    elif isinstance(part, dict):
        yield from found_in(list(part.values()), kind)


def mapped(part: Any, kind: type[Kind], function: Callable[[Kind], Any]) -> Any:
    """Arguments with the function of everything of this kind in its place.

    Examples
    --------
    >>> mapped((1, [2, "x"], {"axis": 3}), int, lambda n: 10 * n)
    (10, [20, 'x'], {'axis': 30})
    """
    if isinstance(part, kind):
        return function(part)
    if isinstance(part, tuple) and hasattr(part, "_fields"):  # it takes its fields one by one
        return type(part)(*(mapped(each, kind, function) for each in part))
    if isinstance(part, tuple | list):
        return type(part)(mapped(each, kind, function) for each in part)
    if isinstance(part, dict):
        return {name: mapped(each, kind, function) for name, each in part.items()}
    return part
