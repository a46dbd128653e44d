"""Explanations of arrays: the whole chain as one formula, and the rule and shapes of each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.explaining.explanation import Explanation, Summand
from tinygrad_edu.explaining.layout import Equation, Prose
from tinygrad_edu.explaining.rules import carried, fitted, named
from tinygrad_edu.explaining.telling import LISTED, Teller, brief
from tinygrad_edu.notation import Term, TooLongError, algebra, terms

__all__ = ["by_steps"]

MOST_NODES = 40  # that a whole formula may go through
_INNER = 100  # characters of a formula within another
_WHOLE = 160
_NUMBER = "a number"


def by_steps(teller: Teller) -> Explanation:
    """The gradient of an array, as a formula and step by step."""
    flow = teller.flow
    whole = _whole(teller)
    steps = flow.nodes[1:] if len(flow.nodes) <= LISTED + 2 else [flow.x]
    _show(teller, whole, {node: _step(node, teller) for node in steps})
    if len(steps) < len(flow.nodes) - 1:
        x, loss = teller.word(flow.x), teller.word(flow.loss)
        teller.blocks.append(Prose(f"{loss} depends on {x} along {teller.counted(flow.x)}."))
        teller.onward()
    summands = [_summand(edge, teller) for edge in flow.edges[flow.x]]
    with np.errstate(all="ignore"):
        total = sum(each.value for each in summands)
        scale = sum(np.abs(each.value) for each in summands)
    return teller.finish(
        symbol=teller.gradient_in(flow.x),
        gradient=flow.gradient(flow.x),
        formula=whole,
        summands=summands,
        total=total,
        scale=scale,
        count=len(summands),
        also=[*steps[:-1], *(edge.node for edge in flow.edges[flow.x][:LISTED])],
    )


def _show(teller: Teller, whole: Term | None, steps: dict[Any, Term]) -> None:
    """The formula with its value, and the steps if they say more than it."""
    x = teller.flow.x
    first = steps[x] if whole is None else whole
    shape = f"of shape {x.shape}" if x.ndim else _NUMBER
    rights = (first, *brief(teller.flow.gradient(x)))
    teller.blocks.append(Equation(teller.gradient_in(x), rights, shape))
    if len(steps) > 1 or first != steps[x]:
        teller.blocks.append(Prose("Step by step, from the loss back:"))
        for node, term in steps.items():
            teller.blocks.append(Equation(teller.gradient_in(node), (term,), _shapes(term, node)))


def _summand(edge: Any, teller: Teller) -> Summand:
    flow = teller.flow
    upstream = teller.gradient_in(edge.node)
    term = _carried(edge, upstream, teller)
    return Summand(
        (teller.style.write(upstream),),
        teller.style.write(term),
        (),
        flow.contribution(edge),
        (edge.node,),
    )


def _step(node: Any, teller: Teller) -> Term:
    """∂L/∂node in terms of the gradients of its consumers."""
    edges = teller.flow.edges[node]
    parts = [_carried(edge, teller.gradient_in(edge.node), teller) for edge in edges[:LISTED]]
    if len(edges) > LISTED:
        parts.append(terms.words(f"{len(edges) - LISTED} more"))
    return _sum(parts)


def _carried(edge: Any, upstream: Term, teller: Teller) -> Term:
    if edge.node is teller.flow.loss:
        upstream = terms.ONE  # ∂L/∂L
    found = carried(edge, teller.flow.gradient(edge.node), upstream, teller.labels)
    if teller.confirms(found, teller.flow.contribution(edge)):
        return found
    return fitted(named(edge, upstream, teller.labels), edge.parent.shape)


def _sum(parts: list[Term]) -> Term:
    return algebra.total(parts, [1] * len(parts))


def _whole(teller: Teller) -> Term | None:
    """The gradient in one formula; what gets long within it stands as ∂L/∂v."""
    flow = teller.flow
    if len(flow.nodes) > MOST_NODES:
        return None
    known: dict[Any, Term] = {flow.loss: terms.ONE}
    try:
        for node in flow.nodes[1:]:
            parts = [
                carried(edge, flow.gradient(edge.node), known[edge.node], teller.labels)
                for edge in flow.edges[node]
            ]
            found = _sum(parts)
            long = len(teller.style.write(found)) > (_WHOLE if node is flow.x else _INNER)
            if long and node is flow.x:
                return None
            known[node] = teller.gradient_in(node) if long else found
    except TooLongError:
        return None
    found = known[flow.x]
    return found if teller.confirms(found, flow.gradient(flow.x)) else None


def _shapes(term: Term, node: Any) -> str:
    """The shapes of a step, of a matrix product those of its factors."""
    if term.kind == "negative":
        term = term.parts[0]
    if term.kind == "matmul":
        left, right = (part.shape for part in term.parts)
        return f"{node.shape} = {left} @ {right}"
    return f"{node.shape}" if node.ndim else _NUMBER
