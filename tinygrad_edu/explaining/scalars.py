"""Explanations in graphs of single numbers: a term for each path, or for each consumer."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.explaining.explanation import Explanation, Summand
from tinygrad_edu.explaining.layout import Equation, Prose
from tinygrad_edu.explaining.paths import MOST, Link, links, paths, product, slope_number
from tinygrad_edu.explaining.rules import slope
from tinygrad_edu.explaining.telling import LISTED, Teller, more
from tinygrad_edu.notation import Term, TooLongError, algebra, terms
from tinygrad_edu.tensor.edge import Edge

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
    if len(chains) > 1:
        teller.blocks.append(
            Prose(
                f"{teller.word(flow.loss)} depends on {teller.word(flow.x)} along {len(chains)} "
                "paths, and the gradient is the sum of the products along them:"
            )
        )
    formulas = [_along(chain, teller) for chain in chains]
    for chain, formula in zip(chains, formulas, strict=True):
        head = left if len(chains) == 1 else terms.words(_arrows(chain, teller))
        teller.blocks.append(_product_of(chain, formula, head, teller))
    summands = [_summand(*each, teller) for each in zip(chains, formulas, strict=True)]
    values = [each.value for each in summands]
    _add_up(values, teller)
    return teller.finish(
        symbol=left,
        gradient=flow.gradient(flow.x),
        formula=_total(formulas),
        summands=summands,
        total=np.full(flow.x.shape, _sum(values)),
        scale=_sum([abs(value) for value in values]),
        count=len(values),
        also=[link.edges[0].node for chain in chains for link in chain],
    )


def _along(chain: list[Link], teller: Teller) -> Term | None:
    """The product of the derivatives along a path; None where it has no value, as at a pole."""
    formula = algebra.product([link.formula for link in chain])
    value = product([link.number for link in chain])
    return formula if teller.confirms(formula, value) else None


def _product_of(chain: list[Link], formula: Term | None, head: Term, teller: Teller) -> Equation:
    """A path in symbols, then as a formula, then in numbers."""
    numbers = [link.number for link in chain]
    rights = [_product([link.symbol for link in chain])]
    rights += [] if formula is None else [formula]
    rights += [terms.times(numbers), terms.times([product(numbers)])]
    return Equation(head, _distinct(head, rights, teller))


def _summand(chain: list[Link], formula: Term | None, teller: Teller) -> Summand:
    numbers = [link.number for link in chain]
    return Summand(
        tuple(teller.style.write(link.symbol) for link in chain),
        "" if formula is None else teller.style.write(formula),
        tuple(numbers),
        product(numbers),
        tuple(link.edges[0].node for link in chain[1:]),
    )


def _add_up(values: list[float], teller: Teller, others: float | None = None) -> None:
    """The sum of several values, and of others that are not listed."""
    shown = values if others is None else [*values, others]
    if len(shown) > 1:
        sums = (terms.added(shown), terms.added([_sum(shown)]))
        teller.blocks.append(Equation(teller.gradient_in(teller.flow.x), sums, inline=True))


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


def _total(formulas: list[Term | None]) -> Term | None:
    """The sum, unless a part is missing, or nobody would read it."""
    given = [formula for formula in formulas if formula is not None]
    if len(given) < len(formulas):
        return None
    try:
        return algebra.total(given, [1] * len(given))
    except TooLongError:
        return None


def _sum(values: list[float]) -> float:
    with np.errstate(all="ignore"):
        return float(np.sum(values)) if values else 0.0


# ---- a term for each consumer --------------------------------------------------------------------


def by_consumers(teller: Teller) -> Explanation:
    """The gradient as the sum over the uses of x, each of which leads on towards the loss."""
    flow = teller.flow
    edges = flow.edges[flow.x]
    values = [product(_numbers(edge, teller)) for edge in edges]
    order = sorted(range(len(edges)), key=lambda k: -abs(np.nan_to_num(values[k])))
    listed = sorted(order[:LISTED])
    _open(teller, len(edges))
    for k in listed:
        teller.blocks.append(_equation(edges[k], teller))
    rest = [values[k] for k in order[LISTED:]]
    if rest:
        teller.blocks.append(Prose(more(len(rest), _sum(rest))))
    _add_up([values[k] for k in listed], teller, _sum(rest) if rest else None)
    teller.onward()
    return teller.finish(
        symbol=teller.gradient_in(flow.x),
        gradient=flow.gradient(flow.x),
        formula=None,
        summands=[_through(edge, teller, k in listed) for k, edge in enumerate(edges)],
        total=np.full(flow.x.shape, _sum(values)),
        scale=_sum([abs(value) for value in values]),
        count=len(values),
        also=[edges[k].node for k in listed],
    )


def _open(teller: Teller, uses: int) -> None:
    flow = teller.flow
    x, loss = teller.word(flow.x), teller.word(flow.loss)
    size = "long" if flow.paths[flow.x] <= MOST else "many"
    teller.blocks.append(
        Prose(
            f"{loss} depends on {x} along {teller.counted(flow.x)}, too {size} to list; "
            f"{_uses(x, uses)}"
        )
    )


def _equation(edge: Edge, teller: Teller) -> Equation:
    """What one use contributes, on one line."""
    node = edge.node
    way = f"through {teller.word(node)} ({teller.counted(node)})"
    head = terms.words("directly" if node is teller.flow.loss else way)
    return Equation(head, _distinct(head, _rights(edge, teller), teller), inline=True)


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
        found = algebra.product([*symbols[:-1], slope(edge, teller.labels)])
    except TooLongError:
        return _product(symbols)
    right = teller.confirms(found, product(_numbers(edge, teller)))
    return found if right else _product(symbols)


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
