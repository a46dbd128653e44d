"""The arguments of calls: what is in them, also within lists, tuples and dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

__all__ = ["branches_of", "found_in", "mapped", "refuse_too_deep"]

Kind = TypeVar("Kind")
Branches = list[tuple[str, Any]] | None


def branches_of(part: Any) -> Branches:
    """What a list, a tuple or a dict is made of, with what to write to get there; else None."""
    if isinstance(part, dict):
        return [(f"[{key!r}]", branch) for key, branch in part.items()]
    if isinstance(part, tuple) and hasattr(part, "_fields"):
        return [(f".{name}", branch) for name, branch in zip(part._fields, part, strict=True)]
    if isinstance(part, list | tuple):
        return [(f"[{k}]", branch) for k, branch in enumerate(part)]
    return None


def refuse_too_deep(
    name: str, *parts: Any, branches: Callable[[Any], Branches] = branches_of
) -> None:
    """Raise if one of `parts` holds itself, or is nested too deeply to be walked through.

    To be asked where Python's own limit was met; `name` is whose parts they are. It walks along
    without recursion.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> rows = [1.0, 2.0]
    >>> rows.append([rows])
    >>> refuse_too_deep("np.sum", rows)
    Traceback (most recent call last):
    ValueError: np.sum: a list holds itself, at [2][0]; make a new list for what is to be in it
    """
    for part in parts:
        seen = {id(part)}
        path: list[tuple[str, int, Iterator[tuple[str, Any]]]] = []
        path.append(("", id(part), iter(branches(part) or ())))
        while path:
            label, branch = next(path[-1][2], ("", None))
            if not label:
                path.pop()
                continue
            above = [ident for _, ident, _ in path] if id(branch) in seen else []
            if id(branch) in above:
                where = "".join(step for step, _, _ in path[-8:]) + label
                kind = type(branch).__name__
                raise ValueError(
                    f"{name}: a {kind} holds itself, at {'...' * (len(path) > 8)}{where}; make a "
                    f"new {kind} for what is to be in it"
                )
            if len(path) > _DEEP:
                raise ValueError(
                    f"{name}: one {type(branch).__name__} is within another, and so on, more than "
                    f"{_DEEP} deep; give an array, or a flat list"
                )
            below = branches(branch)
            if below and id(branch) not in seen:
                seen.add(id(branch))
                path.append((label, id(branch), iter(below)))


_DEEP = 200


def found_in(part: Any, kind: type[Kind]) -> Iterator[Kind]:
    """Everything of this kind in arguments, in order, once for each use.

    Examples
    --------
    >>> list(found_in((1, [2, "x"], {"axis": 3}), int))
    [1, 2, 3]
    """
    try:
        yield from _found_in(part, kind)
    except RecursionError:
        refuse_too_deep("the arguments of a call", part)
        raise


def _found_in(part: Any, kind: type[Kind]) -> Iterator[Kind]:
    if isinstance(part, kind):
        yield part
    elif isinstance(part, tuple | list):
        for each in part:
            yield from _found_in(each, kind)
    elif isinstance(part, dict):
        yield from _found_in(list(part.values()), kind)


def mapped(part: Any, kind: type[Kind], function: Callable[[Kind], Any]) -> Any:
    """Arguments with the function of everything of this kind in its place.

    Examples
    --------
    >>> mapped((1, [2, "x"], {"axis": 3}), int, lambda n: 10 * n)
    (10, [20, 'x'], {'axis': 30})
    """
    try:
        return _mapped(part, kind, function)
    except RecursionError:
        refuse_too_deep("the arguments of a call", part)
        raise


def _mapped(part: Any, kind: type[Kind], function: Callable[[Kind], Any]) -> Any:
    if isinstance(part, kind):
        return function(part)
    if isinstance(part, tuple) and hasattr(part, "_fields"):  # it takes its fields one by one
        return type(part)(*(_mapped(each, kind, function) for each in part))
    if isinstance(part, tuple | list):
        return type(part)(_mapped(each, kind, function) for each in part)
    if isinstance(part, dict):
        return {name: _mapped(each, kind, function) for name, each in part.items()}
    return part
