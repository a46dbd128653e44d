"""Nested structures of arrays, taken apart and put together again.

A structure is made of lists, tuples, named tuples, dicts, dataclasses and modules. Its leaves are
what varies: arrays, numbers and Tensors. What cannot vary stays as it stands and is no leaf: None,
booleans, text, functions and types, so that settings may lie among parameters.
"""

from __future__ import annotations

import copy
import dataclasses
import enum
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from tinygrad_edu.kit.nested import branches_of, refuse_too_deep

__all__ = [
    "flatten", "gradient_tree", "is_leaf", "matched", "paths", "substituted", "unflatten",
]  # fmt: skip

_STATIC = (type(None), bool, np.bool_, str, bytes, enum.Enum, np.dtype, slice)


def flatten(tree: Any, name: str = "a structure of arrays") -> list[Any]:
    """The leaves of `tree`, in order; anything but a structure, or what cannot vary, is a leaf.

    Raises
    ------
    ValueError
        If it holds itself, or is nested too deeply. The message begins with `name`.

    Examples
    --------
    >>> flatten({"w": [1, 2], "b": (3,), "activation": "tanh"})
    [1, 2, 3]
    """
    return [leaf for _, leaf in _walked(tree, name)]


def paths(tree: Any) -> list[str]:
    """Where each leaf stands in `tree`.

    Examples
    --------
    >>> paths({"w": [1, 2], "b": (3,)})
    ["['w'][0]", "['w'][1]", "['b'][0]"]
    """
    return [path for path, _ in _walked(tree, "a structure of arrays")]


def is_leaf(tree: Any) -> bool:
    """Whether `tree` is a leaf by itself."""
    return _branches(tree) is None and not _is_static(tree)


def unflatten(tree: Any, leaves: Iterable[Any]) -> Any:
    """A structure like `tree`, with these leaves.

    A dataclass is made by its constructor, so that what it derives from its fields follows them;
    a module is copied.

    Examples
    --------
    >>> unflatten({"w": [1, 2], "b": (3,)}, [10, 20, 30])
    {'w': [10, 20], 'b': (30,)}
    """
    return _built(tree, _in_order(leaves), dataclasses.replace, _module_with)


def substituted(tree: Any, others: dict[int, Any]) -> Any:
    """A structure like `tree`, with other leaves in place of its own, by their ids.

    What is one object in several places is one object again, so that ``is`` has the same answers.

    Examples
    --------
    >>> x = 1.5
    >>> layer = [x]
    >>> made = substituted((layer, layer, [x]), {id(x): 2.5})
    >>> made
    ([2.5], [2.5], [2.5])
    >>> made[0] is made[1], made[0] is made[2]
    (True, False)
    """
    return _Substitution(others)(tree)


def gradient_tree(tree: Any, leaves: Iterable[Any]) -> Any:
    """The same for gradients, which need not pass for arguments.

    A dataclass is made without its constructor, which might refuse them (a negative width, say),
    and its fields that no constructor takes are None. In place of a module there is a dict of its
    parameters by path, as ``module.state()`` gives.
    """
    return _built(tree, _in_order(leaves), _unconstructed, lambda _module, parameters: parameters)


def matched(tree: Any, other: Any, name: str) -> list[Any]:
    """The leaves of `other`, which must be a structure like `tree`, in the order of `tree`.

    Raises
    ------
    TypeError
        If the structures differ. The message calls `other` by `name`.

    Examples
    --------
    >>> matched({"w": 1.0, "b": 2.0}, {"b": 20.0, "w": 10.0}, "the tangent")
    [10.0, 20.0]
    """
    try:
        return _matched(tree, other, name)
    except RecursionError:
        refuse_too_deep(name, tree, other, branches=_branches)
        raise


def _matched(tree: Any, other: Any, name: str) -> list[Any]:
    branches = _branches(tree)
    if branches is None:
        if _is_static(tree):
            return []
        if _branches(other) is not None and not _is_numeric(other):
            raise TypeError(
                f"{name}: there must be an array, and it is a {type(other).__name__}; give it the "
                "structure of what it belongs to"
            )
        return [other]
    theirs = dict(_branches(other) or ())
    if theirs.keys() != dict(branches).keys():
        raise TypeError(
            f"{name} must have the structure of what it belongs to, a {type(tree).__name__} with "
            f"{_listed(branches)}; it is {_described(other)}"
        )
    return [
        leaf
        for label, branch in branches
        for leaf in _matched(branch, theirs[label], f"{name}{label}")
    ]


def _walked(tree: Any, name: str) -> list[tuple[str, Any]]:
    try:
        return list(_walk(tree, ""))
    except RecursionError:
        refuse_too_deep(name, tree, branches=_branches)
        raise


def _walk(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The leaves, with their paths."""
    branches = _branches(tree)
    if branches is not None:
        for label, branch in branches:
            yield from _walk(branch, path + label)
    elif not _is_static(tree):
        yield path, tree


def _branches(tree: Any) -> list[tuple[str, Any]] | None:
    """What `tree` is made of, with what to write to get there; None if it is no structure."""
    if isinstance(tree, dict | list | tuple):
        return branches_of(tree)
    if _is_dataclass(tree):
        return [(f".{field.name}", getattr(tree, field.name)) for field in _given_fields(tree)]
    if _is_module(tree):
        return [(f"[{path!r}]", parameter) for path, parameter in tree.named_parameters()]
    return None


def _built(tree: Any, *how: Any) -> Any:
    try:
        return _build(tree, *how)
    except RecursionError:
        refuse_too_deep("a structure of arrays", tree, branches=_branches)
        raise


def _in_order(leaves: Iterable[Any]) -> Callable[[Any], Any]:
    """What stands in place of each leaf, where they are asked for one after another."""
    rest = iter(leaves)
    return lambda _leaf: next(rest)


class _Substitution:
    """What `substituted` does, and what it has made of each part."""

    def __init__(self, others: dict[int, Any]) -> None:
        self.others = others
        self.known: dict[int, tuple[Any, Any]] = {}

    def __call__(self, tree: Any) -> Any:
        if id(tree) not in self.known:
            made = _build(tree, self.other, dataclasses.replace, _module_with, self)
            self.known[id(tree)] = tree, made
        return self.known[id(tree)][1]

    def other(self, leaf: Any) -> Any:
        return self.others[id(leaf)]


def _build(
    tree: Any,
    other: Callable[[Any], Any],
    make_dataclass: Callable[..., Any],
    make_module: Callable[[Any, dict[str, Any]], Any],
    part: Callable[[Any], Any] | None = None,
) -> Any:
    """A structure like `tree`, with `other` of each leaf, of parts made by `part` or likewise."""

    def again(tree: Any) -> Any:  # no closure that calls itself: it would be a cycle, with arrays
        return _build(tree, other, make_dataclass, make_module)

    build = part or again
    if type(tree) is dict:
        return {key: build(branch) for key, branch in tree.items()}
    if isinstance(tree, dict):  # a subclass may need more than its items to be made
        made = copy.copy(tree)
        made.update((key, build(branch)) for key, branch in tree.items())
        return made
    if isinstance(tree, list | tuple):
        branches = [build(branch) for branch in tree]
        named = hasattr(tree, "_fields")  # a named tuple takes its fields one by one
        return type(tree)(*branches) if named else type(tree)(branches)
    if _is_dataclass(tree):
        names = [field.name for field in _given_fields(tree)]
        return make_dataclass(tree, **{name: build(getattr(tree, name)) for name in names})
    if _is_module(tree):
        return make_module(tree, {path: other(each) for path, each in tree.named_parameters()})
    return tree if _is_static(tree) else other(tree)


def _is_static(leaf: Any) -> bool:
    """Whether it is something that cannot vary."""
    kind = type(leaf)  # what stands for a bool says that it is one, and varies
    if kind is np.ndarray:
        return False
    if issubclass(kind, (*_STATIC, type)):
        return True
    return callable(leaf) and not hasattr(kind, "__array__")


def _is_dataclass(tree: Any) -> bool:
    return dataclasses.is_dataclass(tree) and not isinstance(tree, type)


def _given_fields(tree: Any) -> list[Any]:
    """The fields that the constructor takes."""
    return [field for field in dataclasses.fields(tree) if field.init]


def _is_module(tree: Any) -> bool:
    """Modules are known by what they can do only."""
    return callable(getattr(type(tree), "named_parameters", None))


def _is_numeric(tree: Any) -> bool:
    """Whether a list or tuple may stand for an array: it has numbers only."""
    return isinstance(tree, list | tuple) and all(
        isinstance(item, int | float | complex | np.generic) or _is_numeric(item) for item in tree
    )


def _unconstructed(tree: Any, **values: Any) -> Any:
    made = object.__new__(type(tree))
    for field in dataclasses.fields(tree):
        object.__setattr__(made, field.name, values.get(field.name))  # it may be frozen
    return made


def _module_with(module: Any, parameters: dict[str, Any]) -> Any:
    """A copy of the module that has these in place of its own parameters, wherever they stand."""
    known = {id(own): parameters[path] for path, own in module.named_parameters()}
    try:
        return copy.deepcopy(module, known)
    except (KeyError, AttributeError) as error:  # of a __getattr__ that is asked before its time
        raise TypeError(
            f"a {type(module).__name__} can't be copied with other parameters: copy.deepcopy of "
            f"it, or of what it holds, raises {error!r}; let __getattr__ raise AttributeError for "
            "what is not there, or write __deepcopy__"
        ) from error


def _listed(branches: list[tuple[str, Any]]) -> str:
    return ", ".join(label for label, _ in branches) or "nothing in it"


def _described(other: Any) -> str:
    branches = _branches(other)
    kind = f"a {type(other).__name__}"
    return kind if branches is None else f"{kind} with {_listed(branches)}"
