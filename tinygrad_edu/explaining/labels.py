"""What the Tensors of a graph are called in formulas, and which formulas stand in their place.

A named Tensor stands under its name. One without a name is written out where that is short, as
``output − y``; else it has a label, ``v₃``, which is the same in all explanations of one graph.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import varies
from tinygrad_edu.kit.naming import Names
from tinygrad_edu.kit.text import line, numbered
from tinygrad_edu.notation import Plain, Term, TooLongError, read
from tinygrad_edu.notation import terms as notation
from tinygrad_edu.trace.of_rules import Traced, operands

__all__ = ["Labels", "forward", "words_in"]

BRIEF = 6  # characters of one that is shorter than a label is clear
SHORT = 28  # characters of a formula that may stand for a Tensor
DEEPEST = 8  # formulas within formulas
LONGEST_NAME = 40
# Words joined by dots, with indices; what is an exponent or a transpose is no part of a word.
_LETTER, _MORE = r"(?:(?![\d⁰¹²³⁴-⁹ᵀ])\w)", r"(?:(?![⁰¹²³⁴-⁹ᵀ])\w)*′*(?:\[[\w']*\])*"
_NAME = re.compile(rf"{_LETTER}{_MORE}(?:\.\w{_MORE})*")


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
        # With which the graph was computed.
        self.values: dict[str, Any] = {"true": True, "false": False}
        self._unnamed: dict[str, Any] = {}  # by their labels
        self._known: dict[Any, Term] = {}
        self.replaced: list[str] = []  # leaves that had several values
        self._taken = set(self.values)
        self._counted: Counter[str] = Counter()
        self._same: Counter[str] = Counter()
        self._arrays: dict[int, str] = {}  # what constants are called, by their ids
        in_order = nodes[::-1]
        self._name(in_order)
        met: dict[Any, Any] = {}
        for node in in_order:
            self.values.setdefault(self.words[node], node._value)
            self._meet_arguments(node, met)

    def _name(self, nodes: list[Any]) -> None:
        """Names as they are, if need be told apart; labels, numbered in the order given."""
        unnamed = []
        for node in nodes:
            name = _readable(self.given.of(node))
            if name:
                self.words[node] = self._free(name)
            else:
                unnamed.append(node)
        for number, node in enumerate(unnamed, 1):
            label = numbered("v", number)
            if node is self.loss:
                label = next((w for w in ("L", "ℒ", "loss") if w not in self._taken), label)
            self.words[node] = self._free(label)
            self._unnamed[self.words[node]] = node

    def _free(self, word: str) -> str:
        """`word`, with a few primes or else a number, so that it is nothing else's."""
        free = next((each for k in range(4) if (each := word + "′" * k) not in self._taken), None)
        while free is None or free in self._taken:
            self._same[word] += 1
            free = f"{word}_{self._same[word] + 4}"
        self._taken.add(free)
        return free

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
        found: dict[str, str | Term] = {"out": self._result(node)} if out else {}
        holder = node.call.operands
        varying = set(node.call.places)
        for k, value in enumerate(holder):
            if k not in varying:
                found[f"a{k}"] = self._constant(value)
        for place, parent in zip(node.call.places, node.parents, strict=True):
            found[f"a{place}"] = self.term(parent, depth)
        return found

    def _constant(self, value: Any) -> Term:
        """An array that is a constant: its name, its one number, or a label."""
        if isinstance(value, np.ndarray | np.generic) and value.ndim == 0:
            value = value.item()
        if isinstance(value, bool):
            return notation.name("true" if value else "false")  # says which choice was made
        if not isinstance(value, np.ndarray):
            known = isinstance(value, int | float)
            return notation.number(value) if known else notation.name("…")  # says what to do
        return notation.name(self._called(value), value.shape)

    def _result(self, node: Any) -> Term:
        """A node in its own derivative: under its label, unless its formula is as short."""
        term = self.term(node)
        return term if len(Plain().write(term)) <= BRIEF else self.symbol(node)

    def _meet_arguments(self, node: Any, met: dict[Any, Any]) -> None:
        """Number the constants; and a leaf's value may have been replaced since it was used."""
        if node.op is None:
            return
        holder = node.call.operands
        for place, parent in zip(node.call.places, node.parents, strict=True):
            if parent in self.words:
                word, value = self.words[parent], holder[place]
                if not _same(met.setdefault(parent, value), value) and word not in self.replaced:
                    self.replaced.append(word)
                self.values[word] = value
        places = set(node.call.places)
        for k, value in enumerate(holder):
            if isinstance(value, np.ndarray) and value.ndim and k not in places:
                differentiable = node.call.row.sequence or varies(node.call.row, k)
                letter = "c" if differentiable else "m" if value.dtype == bool else "i"
                self.values.setdefault(self._called(value, letter), value)

    def _called(self, value: Any, letter: str = "c") -> str:
        """The name of an array that is a constant, or its label: c₁, a mask m₁, indices i₁."""
        if id(value) not in self._arrays:
            name = _readable(self.given.arrays.get(id(value), ""))
            if not name:
                self._counted[letter] += 1
            word = self._free(name or numbered(letter, self._counted[letter]))
            self._arrays[id(value)] = word
            if not name:
                self.constants[id(value)] = word, value
        return self._arrays[id(value)]

    def argument(self, node: Any, x: Any, positions: Sequence[int]) -> Term:
        """x as an argument of `node` alone, where it comes in on other ways too: x⁽²⁾."""
        places = ",".join(str(node.call.places[position] + 1) for position in positions)
        symbol = self.symbol(x)
        return Term("argument", (symbol,), f"({places})", shape=symbol.shape)

    def definition(self, node: Any, shown: Container[Any] = ()) -> Term | None:
        """What a node was computed as; those of its operands that are shown under their labels."""
        variables = self.variables(node, out=False)
        for place, parent in zip(node.call.places, node.parents, strict=True):
            if parent in shown:
                variables[f"a{place}"] = self.symbol(parent)
        return forward(node, variables)


def _foreign(node: Any) -> Term:
    """A Tensor that is not in the graph of the loss."""
    return notation.name(line(node.name or "…", LONGEST_NAME), node.shape)


def _readable(name: Any) -> str:
    """A name on one line; in quotes if it would be read as a formula: a + b, 2, xᵀ."""
    name = line(name, LONGEST_NAME).strip()
    return name if not name or _NAME.fullmatch(name) else f'"{name}"'


def _same(a: Any, b: Any) -> bool:
    return a is b or np.array_equal(a, b, equal_nan=True)


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
    row = node.call.row
    given = operands(node)
    call = Traced(node._value, "", row.op, tuple(given), dict(node.call.params))
    try:
        return read(call, variables)
    except TooLongError:
        return None
