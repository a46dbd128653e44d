"""What Tensors and modules are called, and which leaves are parameters.

Modules are known only by what they can do: anything with ``named_parameters()`` is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["Names", "module_title"]


class Names:
    """The names of the Tensors and modules of one graph.

    A Tensor's own ``name`` comes first, then the one given for the picture, then its path in the
    outermost module that was called.
    """

    def __init__(
        self, nodes: Iterable[Any], given: Mapping[str, Any] | None, parameters: Iterable[Any] = ()
    ) -> None:
        _refuse_unnamed(given, parameters)
        self.tensors: dict[int, str] = {}
        self.modules: dict[int, str] = {}
        self.arrays: dict[int, str] = {}  # constants: a number has no identity to go by
        self.parameters = {id(parameter) for parameter in parameters}
        modules = _modules(nodes)
        for name, value in (given or {}).items():
            self._add(str(name), value)
            if isinstance(value, list | tuple):
                for i, item in enumerate(value):
                    self._add(f"{name}[{i}]", item)
        for module in modules:
            prefix = self.modules.get(id(module))
            for path, parameter in module.named_parameters():
                self.parameters.add(id(parameter))
                self.tensors.setdefault(id(parameter), f"{prefix}.{path}" if prefix else path)

    def _add(self, name: str, value: Any) -> None:
        if hasattr(value, "parents") and hasattr(value, "grad"):
            self.tensors.setdefault(id(value), name)
        elif isinstance(value, np.ndarray):
            self.arrays.setdefault(id(value), name)
        elif _is_module(value):
            self.modules.setdefault(id(value), name)

    def of(self, tensor: Any) -> str:
        """The name of `tensor`, "" if it has none."""
        return tensor.name if tensor.name is not None else self.tensors.get(id(tensor), "")


def _refuse_unnamed(given: Any, parameters: Any) -> None:
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(
            f"names: a mapping of names to Tensors is needed, as names=locals(), and this is a "
            f"{type(given).__name__}"
        )
    if hasattr(parameters, "parents") or _is_module(parameters):
        raise TypeError(
            f"parameters: several Tensors are needed, as parameters=[w, b], and this is one "
            f"{type(parameters).__name__}; those of modules that were called are known"
        )


def _is_module(value: Any) -> bool:
    return callable(getattr(value, "named_parameters", None)) and not isinstance(value, type)


def _modules(nodes: Iterable[Any]) -> list[Any]:
    """The modules called while `nodes` were recorded, each once, outer ones first."""
    seen: set[int] = set()
    found: list[tuple[int, Any]] = []
    for node in nodes:
        scopes = []
        scope = node.scope
        while scope is not None and id(scope) not in seen:
            scopes.append(scope)
            seen.add(id(scope))
            scope = scope.parent
        for scope in scopes:
            if id(scope.module) not in seen and _is_module(scope.module):
                seen.add(id(scope.module))
                found.append((_depth(scope), scope.module))
    return [module for _, module in sorted(found, key=lambda pair: pair[0])]


def _depth(scope: Any) -> int:
    depth = 0
    while scope.parent is not None:
        scope, depth = scope.parent, depth + 1
    return depth


def module_title(scope: Any, names: Names) -> str:
    """The module's class, and what it is called: ``Layer hidden``, ``Neuron neurons[0]``."""
    module = scope.module
    own = getattr(module, "name", None)
    called = own if isinstance(own, str) and own else names.modules.get(id(module), "")
    if not called and scope.parent is not None:
        called = next(_attributes(scope.parent.module, module), "")
    return f"{type(module).__name__} {called}".rstrip()


def _attributes(holder: Any, module: Any) -> Iterator[str]:
    """Under which attributes `holder` has `module`, also in lists, tuples and dicts."""
    for name, value in getattr(holder, "__dict__", {}).items():
        if value is module:
            yield name
        elif isinstance(value, list | tuple):
            yield from (f"{name}[{i}]" for i, item in enumerate(value) if item is module)
        elif isinstance(value, dict):
            yield from (f"{name}[{key!r}]" for key, item in value.items() if item is module)
