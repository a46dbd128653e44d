"""The rule of one step as a formula: what an edge carries back, of the gradient of its node."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.explaining.labels import Labels
from tinygrad_edu.notation import LONGEST, Plain, Term, TooLongError, algebra, read, terms
from tinygrad_edu.rules import as_written
from tinygrad_edu.tensor.edge import Edge
from tinygrad_edu.trace.of_rules import UntraceableError, local_derivative, pullbacks

__all__ = ["carried", "fitted", "named", "slope"]

_SHORT = 100  # of a term's size


def carried(edge: Edge, g: Any, upstream: Term, labels: Labels) -> Term:
    """What `edge` contributes to the gradient of its parent, as a term of the parent's shape.

    Parameters
    ----------
    g : array
        The gradient of the edge's node, with which the rule is run to see what it does.
    upstream : Term
        What stands for it.
    """
    node, parent = edge.node, edge.parent
    try:
        if node.call.elementwise:
            found = algebra.product([upstream, _local(edge, labels.variables(node))])
            found = terms.repeated(found, node.shape)
        else:
            formula = pullbacks(node, g)[edge.position]
            found = read(formula, labels.variables(node) | {"g": upstream})
            if _length(found) - _length(upstream) > LONGEST:
                found = named(edge, upstream, labels)
    except TooLongError:
        if upstream.size > _SHORT:  # the fault of what is put into it
            raise
        found = named(edge, upstream, labels)
    except UntraceableError:
        found = named(edge, upstream, labels)
    return fitted(terms.top(found), parent.shape)


def _length(term: Term) -> int:
    return len(Plain().write(term))


def slope(edge: Edge, labels: Labels) -> Term:
    """The local derivative along an edge between single numbers."""
    g = edge.node._value * 0 + 1
    return carried(edge, g, terms.ONE, labels)


def _local(edge: Edge, variables: dict[str, Any]) -> Term:
    return read(local_derivative(edge.node, edge.position), variables)


def named(edge: Edge, upstream: Term, labels: Labels) -> Term:
    """A rule by its name: f(G, x), or of an elementwise function G · ∂out/∂x."""
    node, parent = edge.node, edge.parent
    if node.call.elementwise:
        slope = node.call.row.derivatives[node.call.places[edge.position]]
        value = slope(node._value, *node.call.args) if callable(slope) else slope
        own = terms.partial(labels.symbol(node), labels.symbol(parent), value)
        return algebra.product([upstream, own])
    row = node.call.row
    place = 0 if row.sequence else node.call.places[edge.position]
    expression = as_written.expression(row.derivatives[place])
    called = re.fullmatch(r"(?!pullback\()(\w+)\([\w, *]*\)", expression)
    name = called[1] if called else f"pullback_{row.op.__name__}"
    operands = [labels.term(each) for each in node.parents]
    return terms.call(name, [upstream, *operands], parent.shape, _rule(edge))


def _rule(edge: Edge) -> Any:
    """The rule of an edge, as a function of the gradient, of the operands that it was used with."""

    def rule(g: Any, *_operands: Any) -> Any:
        g = np.broadcast_to(g, edge.node.shape).astype(edge.node.dtype)[()]
        return backward.pulled_back(edge.node, g, edge.node._value, edge.node.call.args)[
            edge.position
        ]

    return rule


def fitted(term: Term, shape: Sequence[int]) -> Term:
    """`term` summed over the axes along which an argument of this shape was repeated."""
    shape = tuple(shape)
    if term.shape == shape or not term.shape:
        return terms.repeated(term, shape)
    extra = len(term.shape) - len(shape)
    axes = tuple(
        k for k, n in enumerate(term.shape) if k < extra or (n != 1 and shape[k - extra] == 1)
    )
    if not axes or extra < 0:
        return terms.repeated(term, shape)
    if term.kind == "repeat" and not term.parts[0].shape:  # one number, so many times
        count = 1
        for axis in axes:
            count *= term.shape[axis]
        return terms.repeated(algebra.product([terms.number(count), term.parts[0]]), shape)
    whole = len(axes) == len(term.shape)
    return terms.summed(term, None if whole else axes, shape)
