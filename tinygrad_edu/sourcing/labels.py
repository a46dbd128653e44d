"""What values are called: by the user's names, by the modules that give them, or by a number."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.kit.naming import Names, module_title
from tinygrad_edu.kit.quoting import identifier
from tinygrad_edu.sourcing.identifiers import Identifiers
from tinygrad_edu.sourcing.reading import Reading
from tinygrad_edu.sourcing.values import Formulas, Value

__all__ = ["Labels"]


class Labels:
    """The names of the values of one piece of source.

    Attributes
    ----------
    nodes : dict
        The node that a value is the value of.
    own : dict
        The name that the user gave to a value, in the code or by a module; before it is unique.
    """

    def __init__(self, reading: Reading, formulas: Formulas) -> None:
        self.nodes: dict[Value, Any] = {}
        self.own: dict[Value, str] = {}
        self.gradient_of: dict[Value, Value] = {}
        values = {key: formulas.of[key] for key in formulas.of}
        given = dict(reading.names)
        for key, node in reading.nodes.items():
            value = values.get(key)
            if isinstance(value, Value) and node.call.row is not None:
                self.nodes.setdefault(value, node)
        for key, name in given.items():
            value = values.get(key)
            if name and isinstance(value, Value) and value.function is not None:
                self.own.setdefault(value, name)
        self._name_modules()
        for key, (node, root) in reading.cotangents.items():
            found: Any = [values.get(each) for each in (key, id(node._value), id(root))]
            value, of, end = found
            known = all(isinstance(each, Value) for each in found)
            if known and value.number > end.number:  # and not one that was computed before
                self._pair(value, of)

    def _pair(self, gradient: Value, of: Value) -> None:
        """`gradient` goes by the name of the value with a name, else of the one made last."""
        known = self.gradient_of.get(gradient)
        if known is None or (
            known not in self.own and (of in self.own or of.number > known.number)
        ):
            self.gradient_of[gradient] = of

    def _name_modules(self) -> None:
        """The result of a module's call goes by the module's name."""
        last: dict[int, tuple[Any, Value]] = {}
        for value, node in self.nodes.items():
            scope = node.scope
            while scope is not None:
                if id(scope) not in last or last[id(scope)][1].number < value.number:
                    last[id(scope)] = scope, value
                scope = scope.parent
        for scope, value in sorted(
            last.values(), key=lambda each: (-depth(each[0]), each[1].number)
        ):
            self.own.setdefault(value, called(scope)[0])

    def title(self, value: Value) -> str | None:
        """The module within which `value` was computed, "" if in none; None if it isn't known."""
        node = self.nodes.get(value)
        if node is None:
            return None
        return "" if node.scope is None else called(node.scope)[1]

    def assigned(self, given: dict[Value, str], named: list[Value]) -> dict[Value, str]:
        """A unique name for each of `named`, which are in order; those in `given` have theirs."""
        identifiers = Identifiers(set(given.values()))
        names = dict(given)
        for value in named:
            if value in self.own and value not in names and identifier(self.own[value]):
                names[value] = identifiers.new(self.own[value])
        numbered = [
            value
            for value in {*named, *(self.gradient_of[v] for v in named if v in self.gradient_of)}
            if value in self.nodes and value not in names
        ]
        reserved: dict[Value, str] = {}
        for value in sorted(numbered, key=lambda each: each.number):
            reserved[value] = identifiers.numbered("z")
        for value in named:
            if value in names:
                continue
            of = self.gradient_of.get(value)
            if of is not None and (of in names or of in reserved):
                names[value] = identifiers.new(f"d_{names.get(of) or reserved[of]}")
            elif value in reserved:
                names[value] = reserved[value]
            else:
                names[value] = identifiers.numbered("t")
        return names


def called(scope: Any) -> tuple[str, str]:
    """The name of a module's result, and its title: ``("hidden", "hidden layer")``."""
    kind, _, name = module_title(scope, Names([], None)).partition(" ")
    if not name:
        return kind.lower(), kind
    words = kind.lower()
    return name, name if words in name.lower() else f"{name} {words}"


def depth(scope: Any) -> int:
    """How many calls of modules a call lies within."""
    found = 0
    while scope.parent is not None:
        scope, found = scope.parent, found + 1
    return found
