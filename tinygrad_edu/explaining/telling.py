"""What all kinds of explanation say: where labels come from, and whether the sum is the gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.drawing.text import number
from tinygrad_edu.explaining.explanation import Consumer, Explanation, Summand, agree
from tinygrad_edu.explaining.flow import MOST_PATHS, Flow
from tinygrad_edu.explaining.labels import Labels
from tinygrad_edu.explaining.layout import Block, Equation, Prose, Where
from tinygrad_edu.notation import Plain, Term, terms

__all__ = ["LISTED", "Teller", "brief"]

LISTED = 8  # terms that are listed, the largest ones
_DEFINED = 12
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
        self, flow: Flow, labels: Labels, notes: Sequence[str], again: Callable[[Any], Explanation]
    ) -> None:
        self.flow, self.labels, self.notes, self.again = flow, labels, tuple(notes), again
        self.blocks: list[Block] = []
        self.style = Plain()

    def word(self, node: Any) -> str:
        """The name or label of a node."""
        return self.labels.words[node]

    def gradient_in(self, node: Any) -> Term:
        """∂L/∂node."""
        return terms.partial(self.labels.symbol(self.flow.loss), self.labels.symbol(node))

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
        found: dict[Any, Term] = {}
        named = [node for node in (*also, self.flow.loss) if node.op is not None]
        waiting = [node for node in self.labels.used if not self.labels.is_named(node)] + named
        while waiting and len(found) < _DEFINED:
            node = waiting.pop(0)
            if node in found or node.op is None:
                continue
            before = set(self.labels.used)
            term = self.labels.definition(node)
            found[node] = term if term is not None else terms.words("a long formula")
            waiting += [
                each
                for each in self.labels.used
                if each not in before and not self.labels.is_named(each)
            ]
        lines = [
            Equation(terms.name(self.word(node)), (found[node],), inline=True)
            for node in sorted(found, key=lambda node: int(node._number))
        ]
        lines += [
            Equation(terms.name(label), (), f"a constant of shape {np.shape(value)}")
            for label, value in self.labels.constants.values()
        ]
        if lines:
            self.blocks.append(Where(tuple(lines)))
        return {self.word(node): self.style.write(term) for node, term in found.items()}

    def counted(self, node: Any) -> str:
        """The number of paths from a node to the loss, in words."""
        count = self.flow.paths[node]
        if count == MOST_PATHS:
            return "more than 10³⁰ paths"
        return f"{count:,} path{'' if count == 1 else 's'}".replace(",", " ")

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
        self.blocks.append(Prose(_verdict(right, total, gradient, len(summands), formula)))
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


def _verdict(right: bool, total: Any, gradient: Any, count: int, formula: Any) -> str:
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


def brief(values: Any) -> list[Term]:
    """The numbers of an array, if they are few."""
    few = 0 < np.size(values) <= _SMALL and np.ndim(values) <= 2
    return [terms.numbers(values)] if few and np.ndim(values) else []
