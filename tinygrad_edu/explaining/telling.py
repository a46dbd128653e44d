"""What all kinds of explanation say: what labels stand for, and whether the sum is the gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_edu.explaining.explanation import Consumer, Explanation, Summand, agree
from tinygrad_edu.explaining.flow import MOST_PATHS, Flow
from tinygrad_edu.explaining.labels import Labels, words_in
from tinygrad_edu.explaining.layout import Block, Equation, Prose, Where
from tinygrad_edu.kit.text import number
from tinygrad_edu.notation import Plain, Term, terms
from tinygrad_edu.notation.evaluation import UnknownTermError, evaluated

__all__ = ["LISTED", "Teller", "brief", "more"]

LISTED = 8  # terms that are listed, the largest ones
_DEFINED = 12
_CHECKED = 100  # nodes whose gradients may stand in a formula that is checked
_SMALL = 16  # elements of an array that are shown


class Teller:
    """One explanation in the making.

    Parameters
    ----------
    flow : Flow
        With its cotangents.
    notes : sequence of str
        What should be known of the gradient.
    again : callable
        Explains the gradient in another node of the same graph.
    """

    def __init__(
        self,
        flow: Flow,
        labels: Labels,
        notes: Sequence[str],
        again: Callable[[Any, Any], Explanation],
    ) -> None:
        self.flow, self.labels, self.again = flow, labels, again
        self.notes = (*notes, *map(_replaced, labels.replaced))
        self.blocks: list[Block] = []
        self.style = Plain()

    def word(self, node: Any) -> str:
        """The name or label of a node."""
        return self.labels.words[node]

    def gradient_in(self, node: Any) -> Term:
        """∂L/∂node."""
        return terms.partial(self.labels.symbol(self.flow.loss), self.labels.symbol(node))

    @cached_property
    def values(self) -> dict[str, Any]:
        """The values of what stands in formulas: Tensors, constants, and gradients of the loss."""
        nodes = self.flow.nodes
        if len(nodes) > _CHECKED:
            nodes = [edge.node for edge in self.flow.edges[self.flow.x]]
        gradients = {self.style.write(self.gradient_in(n)): self.flow.gradient(n) for n in nodes}
        return self.labels.values | gradients

    @cached_property
    def _dtypes(self) -> set[Any]:
        return {node.dtype for node in self.flow.nodes}

    def confirms(self, term: Term, value: Any, more: Mapping[str, Any] | None = None) -> bool:
        """Whether a formula, computed from what is written, gives this value.

        It may round in another order than the engine does. What can't be computed is no formula.
        """
        value = np.asarray(value)
        try:
            found = evaluated(term, self.values if more is None else {**self.values, **more})
            if np.broadcast(found, value).size != value.size:
                return False
        except (UnknownTermError, TypeError, ValueError, IndexError):  # its shapes do not fit
            return False
        precision = max(float(np.finfo(dtype).eps) for dtype in self._dtypes)
        with np.errstate(all="ignore"):
            largest = np.max(np.abs(value[np.isfinite(value)]), initial=0)
            close = np.abs(found - value) <= min(1e4 * precision, 0.1) * largest
        return bool(np.all(close | (found == value) | (np.isnan(found) & np.isnan(value))))

    def consumers(self) -> tuple[Consumer, ...]:
        """All uses of x."""
        return tuple(
            Consumer(
                edge.node,
                edge.position,
                self.flow.paths[edge.node],
                self.flow.contribution(edge),
                self.again,
            )
            for edge in self.flow.edges[self.flow.x]
        )

    def define(self, also: Sequence[Any] = ()) -> dict[str, str]:
        """Say what the labels and nodes in the formulas stand for, in the order of computation."""
        found = self._definitions(also)
        said = [*_terms(self.blocks), *filter(None, found.values())]
        lines = [
            Equation(terms.name(self.word(node)), (term,), inline=True)
            for node, term in found.items()
            if term is not None
        ]
        if any(node not in found for node in self._labelled(said)):
            lines.append(Equation(terms.words("…"), (), "and so on, further back"))
        words = words_in(said)
        lines += [
            Equation(terms.name(label), (), f"a constant of shape {np.shape(value)}")
            for label, value in self.labels.constants.values()
            if label in words
        ]
        marked = [term for term in _within(said) if term.kind == "argument"]
        for term in dict.fromkeys(marked):
            number = term.word.strip("()").replace(",", " and ")
            lines.append(Equation(term, (), f"{term.parts[0].word} as argument {number} alone"))
        if lines:
            self.blocks.append(Where(tuple(lines)))
        return {self.word(node): self.style.write(term) for node, term in found.items() if term}

    def _definitions(self, also: Sequence[Any]) -> dict[Any, Term | None]:
        """Definitions of these nodes and of the labels in formulas.

        In a graph that can be seen at a glance, those of the loss and of further labels too.
        """
        small = len(self.flow.nodes) <= _DEFINED
        waiting = self._labelled(_terms(self.blocks)) + list(also)
        waiting += [self.flow.loss] if small else []
        shown: dict[Any, None] = {}
        while waiting and len(shown) < _DEFINED:
            node = waiting.pop(0)
            if node not in shown and node.op is not None:
                shown[node] = None
                definition = self.labels.definition(node, {*shown, *waiting})
                waiting += self._labelled([definition]) if definition and small else []
        ordered = sorted(shown, key=lambda node: int(node._number))
        return {node: self.labels.definition(node, set(shown)) for node in ordered}

    def _labelled(self, given: Sequence[Term]) -> list[Any]:
        found = self.labels.labelled(words_in(given))
        return [node for node in found if node is not self.flow.loss and node.op is not None]

    def counted(self, node: Any) -> str:
        """The number of paths from a node to the loss, in words."""
        count = self.flow.paths[node]
        if count == MOST_PATHS:
            return "more than 10³⁰ paths"
        return f"{count:,} path{'' if count == 1 else 's'}"

    def _size(self, edge: Any) -> float:
        return float(np.max(np.abs(self.flow.contribution(edge)), initial=0))

    def onward(self, at: str = "") -> None:
        """Say how to go on from the use that contributes most."""
        uses = [each for each in self.flow.edges[self.flow.x] if each.node is not self.flow.loss]
        if not uses:
            return
        edge = max(uses, key=self._size)
        place = next(
            k for k, each in enumerate(self.flow.edges[self.flow.x]) if each.node is edge.node
        )
        node, loss = self.word(edge.node), self.word(self.flow.loss)
        code = f"explanation.consumers[{place}].explain({at})"
        self.blocks.append(Prose(f"To go on to ∂{loss}/∂{node}: ", code))

    def finish(
        self,
        *,
        symbol: Term,
        gradient: Any,
        formula: Term | None,
        summands: Sequence[Summand],
        total: Any,
        scale: Any,
        count: int,
        also: Sequence[Any] = (),
        index: tuple[int, ...] | None = None,
    ) -> Explanation:
        """Check the sum, say so, and give the explanation."""
        definitions = self.define(also)
        right = agree(total, gradient, scale, count + len(self.flow.nodes))
        self.blocks.append(Prose(_verdict(right, total, gradient, len(summands))))
        self.blocks[:0] = [Prose(f"Note: {note}") for note in self.notes]
        return Explanation(
            target=self.flow.x,
            loss=self.flow.loss,
            index=index,
            symbol=self.style.write(symbol),
            gradient=np.array(gradient),
            formula=None if formula is None else self.style.write(formula),
            terms=tuple(summands),
            total=np.array(total),
            agrees=right,
            paths=self.flow.paths[self.flow.x],
            consumers=self.consumers(),
            definitions=definitions,
            notes=self.notes,
            _blocks=tuple(self.blocks),
        )


def _within(given: Sequence[Term]) -> list[Term]:
    """The terms and all their parts."""
    found = list(given)
    for term in found:
        found.extend(term.parts)
    return found


def _terms(blocks: Sequence[Block]) -> list[Term]:
    """All terms in the equations."""
    equations = [block for block in blocks if isinstance(block, Equation)]
    return [term for each in equations for term in (each.left, *each.rights)]


def _verdict(right: bool, total: Any, gradient: Any, count: int) -> str:
    if right:
        what = "The sum" if count > 1 else "The product" if np.ndim(total) == 0 else "The result"
        return f"{what} is the gradient that backpropagation gives: checked."
    if np.size(total) == 1:
        values = f"{number(np.reshape(total, ()))}, but backpropagation gives "
        values += number(np.reshape(gradient, ()))
    else:
        worst = np.nanmax(np.abs(np.asarray(total) - np.asarray(gradient)), initial=0)
        values = f"another array than backpropagation gives; they differ by up to {number(worst)}"
    return (
        f"NOT EQUAL: the terms add up to {values}. An infinite slope on the way, a number too "
        "large for its dtype, or an array that was changed since the forward pass can do that."
    )


def _replaced(word: str) -> str:
    return (
        f"the value of {word} was replaced between its uses; in each derivative, and in each "
        "definition, its name stands for the value that was used there."
    )


def more(count: int, total: float) -> str:
    """What is said of the terms that are not listed."""
    return f"and {count} smaller ones, or as large, adding up to {number(total)}"


def brief(values: Any) -> list[Term]:
    """A number, or those of an array if they are few."""
    if np.ndim(values) == 0:
        return [terms.times([float(values)])]
    few = 0 < np.size(values) <= _SMALL and np.ndim(values) <= 2
    return [terms.numbers(values)] if few else []
