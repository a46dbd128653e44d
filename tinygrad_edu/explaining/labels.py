"""What the Tensors of a graph are called in formulas, and which formulas stand in their place.

A named Tensor stands under its name. One without a name is written out where that is short, as
``output − y``; else it has a label, ``v₃``, which is the same in all explanations of one graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.drawing.naming import Names
from tinygrad_edu.drawing.text import line
from tinygrad_edu.notation import Plain, Term, TooLongError, read
from tinygrad_edu.notation import terms as notation
from tinygrad_edu.registry import Local
from tinygrad_edu.tracing import Traced, operands

__all__ = ["Labels", "forward", "is_elementwise", "words_in"]

BRIEF = 6  # characters of one that is shorter than a label is clear
SHORT = 28  # characters of a formula that may stand for a Tensor
DEEPEST = 8  # formulas within formulas
LONGEST_NAME = 40
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Labels:
    """The names and formulas of one graph.

    Parameters
    ----------
    nodes : list of Tensor
        The graph, consumers first.
    names : mapping or None
        Names for Tensors that have none.
    """

    def __init__(self, nodes: list[Any], names: Any = None) -> None:
        self.given = Names(nodes, names)
        self.loss = nodes[0]
        self.words: dict[Any, str] = {}
        self.constants: dict[int, tuple[str, Any]] = {}  # those without a name
        self.values: dict[str, Any] = {}  # with which the graph was computed
        self._unnamed: dict[str, Any] = {}  # by their labels
        self._known: dict[Any, Term] = {}
        in_order = nodes[::-1]
        self._name(in_order)
        for node in in_order:
            self.values.setdefault(self.words[node], node._value)
            self._meet_arguments(node)

    def _name(self, nodes: list[Any]) -> None:
        """Names as they are, if need be with a prime; labels, numbered in the order given."""
        taken: Counter[str] = Counter()
        unnamed = []
        for node in nodes:
            name = line(self.given.of(node), LONGEST_NAME).strip()
            if name:
                self.words[node] = name + "′" * taken[name]
                taken[name] += 1
            else:
                unnamed.append(node)
        for number, node in enumerate(unnamed, 1):
            label = f"v{number}".translate(_LOWERED)
            if node is self.loss:
                label = next(each for each in ("L", "ℒ", "loss", label) if not taken[each])
            self.words[node] = label + "′" * bool(taken[label])
            self._unnamed[self.words[node]] = node

    def labelled(self, words: set[str]) -> list[Any]:
        """The nodes without names whose labels are among the words, in the order of computation."""
        found = [self._unnamed[word] for word in words if word in self._unnamed]
        return sorted(found, key=lambda node: int(node._number))

    def is_named(self, node: Any) -> bool:
        """Whether the node has a name of its own."""
        return node in self.words and self.words[node] not in self._unnamed

    def symbol(self, node: Any) -> Term:
        """The node under its name or label."""
        return notation.name(self.words[node], node.shape)

    def term(self, node: Any, depth: int = 0) -> Term:
        """The node as it stands in formulas: its name, a short formula, or its label."""
        if node not in self.words:
            return _foreign(node)
        if self.is_named(node) or node is self.loss or node.op is None:
            return self.symbol(node)
        known = self._known.get(node)
        if known is None:
            known = self._inlined(node, depth) or self.symbol(node)
            if depth == 0 or known.kind != "name":
                self._known[node] = known
        return known

    def _inlined(self, node: Any, depth: int) -> Term | None:
        """The formula of a node, if it is short."""
        if depth >= DEEPEST:
            return None
        found = forward(node, self.variables(node, depth + 1, out=False))
        if found is None or len(Plain().write(found)) > SHORT:
            return None
        return None if self.labelled(words_in([found])) else found  # a label says no more

    def variables(self, node: Any, depth: int = 0, out: bool = True) -> dict[str, str | Term]:
        """The terms of the variables in the rules of a node: its result, and its operands."""
        row = node._row
        found: dict[str, str | Term] = {"out": self._result(node)} if out else {}
        holder = node._args[0] if row.sequence else node._args
        for k, value in enumerate(holder):
            if k not in node._places:
                found[f"a{k}"] = self._constant(value)
        for place, parent in zip(node._places, node.parents, strict=True):
            found[f"a{place}"] = self.term(parent, depth)
        return found

    def _constant(self, value: Any) -> Term:
        """An array that is a constant: its name, its one number, or a label."""
        if isinstance(value, np.ndarray | np.generic) and value.ndim == 0:
            value = value.item()
        if not isinstance(value, np.ndarray):
            known = isinstance(value, int | float) and not isinstance(value, bool)
            return notation.number(value) if known else notation.name("…")  # says what to do
        name = self.given.arrays.get(id(value))
        if not name:
            name = self._label_of_constant(value)
        return notation.name(line(name, LONGEST_NAME), value.shape)

    def _result(self, node: Any) -> Term:
        """A node in its own derivative: under its label, unless its formula is as short."""
        term = self.term(node)
        return term if len(Plain().write(term)) <= BRIEF else self.symbol(node)

    def _meet_arguments(self, node: Any) -> None:
        """Number the constants; and a leaf's value may have been replaced since it was used."""
        if node.op is None:
            return
        holder = node._args[0] if node._row.sequence else node._args
        for place, parent in zip(node._places, node.parents, strict=True):
            if parent in self.words:
                self.values[self.words[parent]] = holder[place]
        for k, value in enumerate(holder):
            if isinstance(value, np.ndarray) and value.ndim and k not in node._places:
                name = self.given.arrays.get(id(value)) or self._label_of_constant(value)
                self.values.setdefault(line(name, LONGEST_NAME), value)

    def _label_of_constant(self, value: Any) -> str:
        label = f"c{len(self.constants) + 1}".translate(_LOWERED)
        return self.constants.setdefault(id(value), (label, value))[0]

    def argument(self, node: Any, x: Any, positions: Sequence[int]) -> Term:
        """x as an argument of `node` alone, where it comes in on other ways too: x⁽²⁾."""
        places = ",".join(str(node._places[position] + 1) for position in positions)
        symbol = self.symbol(x)
        return Term("argument", (symbol,), f"({places})", shape=symbol.shape)

    def definition(self, node: Any, shown: Container[Any] = ()) -> Term | None:
        """What a node was computed as; those of its operands that are shown under their labels."""
        variables = self.variables(node, out=False)
        for place, parent in zip(node._places, node.parents, strict=True):
            if parent in shown:
                variables[f"a{place}"] = self.symbol(parent)
        return forward(node, variables)


def _foreign(node: Any) -> Term:
    """A Tensor that is not in the graph of the loss."""
    return notation.name(line(node.name or "…", LONGEST_NAME), node.shape)


def words_in(terms: Iterable[Term]) -> set[str]:
    """The names and labels that stand in terms."""
    words: set[str] = set()
    waiting = list(terms)
    while waiting:
        term = waiting.pop()
        waiting.extend(term.parts)
        words |= {term.word} if term.kind == "name" else set()
    return words


def forward(node: Any, variables: dict[str, str | Term]) -> Term | None:
    """The call that made a node, as a term; None if nobody would read it."""
    row = getattr(node._row, "of", node._row)
    given = operands(node)
    call = Traced(node._value, "", row.op, tuple(given), dict(node._params))
    try:
        return read(call, variables)
    except TooLongError:
        return None


def is_elementwise(node: Any) -> bool:
    """Whether the node was made by an elementwise function."""
    return type(getattr(node._row, "of", node._row)) is Local
