"""Explanations in graphs of single numbers: a term for each path, or for each consumer."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.edge import Edge
from tinygrad_edu.explaining.explanation import Explanation, Summand
from tinygrad_edu.explaining.layout import Equation, Prose
from tinygrad_edu.explaining.paths import MOST, Link, links, paths, product, slope_number
from tinygrad_edu.explaining.rules import slope
from tinygrad_edu.explaining.telling import LISTED, Teller, more
from tinygrad_edu.notation import Term, TooLongError, algebra, terms

__all__ = ["by_consumers", "by_itself", "by_paths", "chains_of"]


def by_itself(teller: Teller, index: tuple[int, ...] | None) -> Explanation:
    """The gradient of the loss in itself."""
    left = teller.gradient_in(teller.flow.loss)
    teller.blocks.append(Equation(left, (terms.ONE,), "where every backward pass begins"))
    gradient = teller.flow.gradient(teller.flow.loss)
    one = gradient if index is None else gradient[index]
    return teller.finish(
        symbol=left,
        gradient=one,
        formula=terms.ONE,
        summands=(),
        total=np.ones_like(one),
        scale=1.0,
        count=1,
        index=index,
    )


# ---- a term for each path ------------------------------------------------------------------------


def by_paths(teller: Teller, chains: list[list[Link]]) -> Explanation:
    """The gradient as the sum over all paths of the products along them."""
    flow = teller.flow
    left = teller.gradient_in(flow.x)
    summands, formulas = [], []
    if len(chains) > 1:
        teller.blocks.append(
            Prose(
                f"{teller.word(flow.loss)} depends on {teller.word(flow.x)} along {len(chains)} "
                f"paths, and the gradient is the sum of the products along them:"
            )
        )
    for chain in chains:
        formula = algebra.product([link.formula for link in chain])
        head = left if len(chains) == 1 else terms.words(_arrows(chain, teller))
        numbers = [link.number for link in chain]
        value = product(numbers)
        symbols = _product([link.symbol for link in chain])
        rights = [symbols, formula, terms.times(numbers), terms.times([value])]
        teller.blocks.append(Equation(head, _distinct(head, rights, teller)))
        summands.append(
            Summand(
                tuple(teller.style.write(link.symbol) for link in chain),
                teller.style.write(formula),
                tuple(numbers),
                value,
                tuple(link.edges[0].node for link in chain[1:]),
            )
        )
        formulas.append(formula)
    values = [each.value for each in summands]
    total = _sum(values)
    if len(chains) > 1:
        rights = [terms.added(values), terms.added([total])]
        teller.blocks.append(Equation(left, tuple(rights), inline=True))
    return teller.finish(
        symbol=left,
        gradient=flow.gradient(flow.x),
        formula=_total(formulas),
        summands=summands,
        total=np.full(flow.x.shape, total),
        scale=_sum([abs(value) for value in values]),
        count=len(values),
        also=[link.edges[0].node for chain in chains for link in chain],
    )


def _arrows(chain: list[Link], teller: Teller) -> str:
    nodes = [link.edges[0].node for link in chain] + [teller.flow.x]
    return " → ".join(teller.word(node) for node in reversed(nodes))


def _product(parts: list[Term]) -> Term:
    return parts[0] if len(parts) == 1 else Term("product", tuple(parts))


def _distinct(left: Term, rights: list[Term], teller: Teller) -> tuple[Term, ...]:
    """The terms that do not say again what was just said."""
    said = [teller.style.write(left)]
    kept = []
    for right in rights:
        text = teller.style.write(right)
        if text not in said:
            kept.append(right)
            said.append(text)
    return tuple(kept)


def _total(formulas: list[Term]) -> Term | None:
    """The sum, unless nobody would read it."""
    try:
        return algebra.total(formulas, [1] * len(formulas))
    except TooLongError:
        return None


def _sum(values: list[float]) -> float:
    with np.errstate(all="ignore"):
        return float(np.sum(values)) if values else 0.0


# ---- a term for each consumer --------------------------------------------------------------------


def by_consumers(teller: Teller) -> Explanation:
    """The gradient as the sum over the uses of x, each of which leads on towards the loss."""
    flow = teller.flow
    x, loss = teller.word(flow.x), teller.word(flow.loss)
    edges = flow.edges[flow.x]
    values = [product(_numbers(edge, teller)) for edge in edges]
    order = sorted(range(len(edges)), key=lambda k: -abs(np.nan_to_num(values[k])))
    listed = sorted(order[:LISTED])
    summands = [_through(edge, teller, k in listed) for k, edge in enumerate(edges)]
    teller.blocks.append(
        Prose(
            f"{loss} depends on {x} along {teller.counted(flow.x)}, too "
            f"{'long' if flow.paths[flow.x] <= MOST else 'many'} to list; {_uses(x, len(edges))}"
        )
    )
    for k in listed:
        node = edges[k].node
        way = f"through {teller.word(node)} ({teller.counted(node)})"
        head = terms.words("directly" if node is flow.loss else way)
        rights = _distinct(head, _rights(edges[k], teller), teller)
        teller.blocks.append(Equation(head, rights, inline=True))
    total, rest = _sum(values), [values[k] for k in order[LISTED:]]
    if rest:
        teller.blocks.append(Prose(more(len(rest), _sum(rest))))
    left = teller.gradient_in(flow.x)
    if len(values) > 1:
        shown = [values[k] for k in listed] + ([_sum(rest)] if rest else [])
        sums = (terms.added(shown), terms.added([total]))
        teller.blocks.append(Equation(left, sums, inline=True))
    teller.onward()
    return teller.finish(
        symbol=left,
        gradient=flow.gradient(flow.x),
        formula=None,
        summands=summands,
        total=np.full(flow.x.shape, total),
        scale=_sum([abs(value) for value in values]),
        count=len(values),
        also=[edges[k].node for k in listed],
    )


def _uses(x: str, count: int) -> str:
    if count == 1:
        return f"all lead through the one use of {x}:"
    return f"by the {count} uses of {x}, the gradient is the sum of"


def _partial(edge: Edge, teller: Teller) -> Term:
    labels = teller.labels
    below = labels.symbol(edge.parent)
    if len(teller.flow.moving(edge.node)) > 1:
        below = labels.argument(edge.node, edge.parent, [edge.position])
    return terms.partial(labels.symbol(edge.node), below)


def _symbols(edge: Edge, teller: Teller) -> list[Term]:
    """∂L/∂c and ∂c/∂x, or if c is the loss itself ∂L/∂x."""
    upstream = [] if edge.node is teller.flow.loss else [teller.gradient_in(edge.node)]
    return [*upstream, _partial(edge, teller)]


def _numbers(edge: Edge, teller: Teller) -> list[float]:
    upstream = float(teller.flow.gradient(edge.node).reshape(()))
    return [*([] if edge.node is teller.flow.loss else [upstream]), slope_number(edge)]


def _one_step(edge: Edge, teller: Teller) -> Term:
    symbols = _symbols(edge, teller)
    try:
        return algebra.product([*symbols[:-1], slope(edge, teller.labels)])
    except TooLongError:
        return _product(symbols)


def _rights(edge: Edge, teller: Teller) -> list[Term]:
    numbers = _numbers(edge, teller)
    return [
        _product(_symbols(edge, teller)),
        _one_step(edge, teller),
        terms.times(numbers),
        terms.times([product(numbers)]),
    ]


def _through(edge: Edge, teller: Teller, listed: bool) -> Summand:
    numbers = _numbers(edge, teller)
    write: Any = teller.style.write
    return Summand(
        tuple(map(write, _symbols(edge, teller))),
        write(_one_step(edge, teller)) if listed else "",
        tuple(numbers),
        product(numbers),
        () if edge.node is teller.flow.loss else (edge.node,),
    )


def chains_of(teller: Teller) -> list[list[Link]]:
    """The paths of a graph as chains of derivatives."""
    return [links(path, teller.flow, teller.labels) for path in paths(teller.flow)]
