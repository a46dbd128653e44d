"""One element of a gradient in full: the sum over the elements that it flows through."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.engine.node import Call
from tinygrad_edu.engine.unbroadcast import times
from tinygrad_edu.explaining.explanation import Explanation, Summand
from tinygrad_edu.explaining.layout import Equation, Prose
from tinygrad_edu.explaining.paths import product
from tinygrad_edu.explaining.telling import LISTED, Teller, more
from tinygrad_edu.notation import Term, algebra, read, terms
from tinygrad_edu.trace.of_rules import local_derivative
from tinygrad_edu.transforms.forward import Pushforward

__all__ = ["by_elements"]

Index = tuple[int, ...]


class _Flow(NamedTuple):
    """What one element of a consumer passes on."""

    node: Any
    place: Index
    upstream: float
    slope: float
    value: float


def by_elements(teller: Teller, index: Index) -> Explanation:
    """The gradient in one element of x, as a sum over the elements of its consumers."""
    flow = teller.flow
    x, loss = flow.x, flow.loss
    element = _at(teller.labels.symbol(x), index)
    left = terms.partial(teller.labels.symbol(loss), element)
    found, total, scale, count = _largest(teller, index)
    name = teller.style.write(element)
    teller.blocks.append(Prose(_opening(count, name, teller)))
    summands = []
    for each in found:
        summand, equation = _told(each, element, teller)
        summands.append(summand)
        teller.blocks.append(equation)
    values = [each.value for each in found]
    if count > len(found):
        rest = total - float(np.sum(values))
        values.append(rest)
        teller.blocks.append(Prose(more(count - len(found), rest)))
    if count > 1:
        rights = [terms.added(values), terms.added([total])]
        teller.blocks.append(Equation(left, tuple(rights), inline=True))
    if found and max(found, key=lambda each: abs(each.value)).place:
        most = max(found, key=lambda each: abs(each.value))
        teller.onward(f"index={most.place}")
    else:
        teller.onward()
    return teller.finish(
        symbol=left,
        gradient=flow.gradient(x)[index],
        formula=None,
        summands=summands,
        total=total if x is not loss else 1.0,
        scale=scale if x is not loss else 1.0,
        count=count,
        also=[each.node for each in found],
        index=index,
    )


def loss_name(teller: Teller) -> str:
    """The name of the loss."""
    return teller.word(teller.flow.loss)


def _opening(count: int, name: str, teller: Teller) -> str:
    loss = loss_name(teller)
    if count == 0:
        return f"{name} flows into nothing that {loss} depends on: the gradient is 0."
    if count == 1:
        return f"{name} flows into one element:"
    more = f"; the {LISTED} that contribute most are listed" if count > LISTED else ""
    return f"{name} flows into {count} elements, and the gradient is the sum over them{more}:"


def _largest(teller: Teller, index: Index) -> tuple[list[_Flow], float, float, int]:
    """The elements that contribute most; the sum over all, that of the sizes, and their number."""
    flow = teller.flow
    found: list[_Flow] = []
    total = scale = 0.0
    count = 0
    for node in dict.fromkeys(edge.node for edge in flow.edges[flow.x]):
        slopes = _column(node, flow.x, index)
        upstream = flow.gradient(node)
        with np.errstate(all="ignore"):
            values = times(upstream, slopes)
            total += float(np.sum(values, dtype=np.float64))
            scale += float(np.sum(np.abs(values), dtype=np.float64))
        places = np.flatnonzero(slopes != 0)
        count += places.size
        sizes = np.nan_to_num(np.abs(values.reshape(-1)[places]), nan=np.inf)
        for k in np.sort(places[np.argsort(-sizes, kind="stable")[:LISTED]]):
            at = tuple(int(each) for each in np.unravel_index(k, node.shape))
            found.append(_Flow(node, at, float(upstream[at]), float(slopes[at]), float(values[at])))
    sizes = np.nan_to_num(np.abs([each.value for each in found]), nan=np.inf)
    kept = np.sort(np.argsort(-sizes, kind="stable")[:LISTED])
    return [found[k] for k in kept], total, scale, count


def _column(node: Any, x: Any, index: Index) -> Any:
    """∂node/∂x[index], an array of the node's shape: the tangent of one unit."""
    unit = np.zeros(x.shape, x.dtype)
    unit[index] = 1
    push = Pushforward([node, x], [x], record=False, outputs=[node])
    return np.asarray(push([unit[()]], [node])[0])


def _told(each: _Flow, element: Term, teller: Teller) -> tuple[Summand, Equation]:
    """A term in symbols, as a formula where there is one, and in numbers."""
    node, write = each.node, teller.style.write
    own = _at(teller.labels.symbol(node), each.place)
    symbols: tuple[Term, ...] = (
        terms.partial(teller.labels.symbol(teller.flow.loss), own),
        terms.partial(own, _marked(each, element, teller)),
    )
    if node is teller.flow.loss:
        symbols = symbols[1:]
    slope = _slope(each, teller, element)
    formula = None if slope is None else algebra.product([*symbols[:-1], slope])
    known = {write(symbol): each.upstream for symbol in symbols[:-1]}
    if formula is not None and not teller.confirms(formula, each.value, known):
        formula = None
    numbers = (each.upstream, each.slope)[-len(symbols) :]
    whole = symbols[0] if len(symbols) == 1 else Term("product", symbols)
    rights = [] if formula is None else [formula]
    rights += [terms.times(numbers)]
    if len(numbers) > 1:
        rights += [terms.times([product(list(numbers))])]
    summand = Summand(
        tuple(map(write, symbols)),
        "" if formula is None else write(formula),
        numbers,
        each.value,
        (node,),
    )
    return summand, Equation(whole, tuple(rights), inline=True)


def _marked(each: _Flow, element: Term, teller: Teller) -> Term:
    """The element, as an argument of its consumer alone if it comes to it on other ways too."""
    flow = teller.flow
    if all(parent is flow.x for parent in flow.moving(each.node)):
        return element
    uses = [edge.position for edge in flow.edges[flow.x] if edge.node is each.node]
    inner = teller.labels.argument(each.node, flow.x, uses)
    return replace(element, parts=(inner,)) if element.kind == "index" else inner


# ---- the local derivative of one element in another ----------------------------------------------


def _at(term: Term, index: Index) -> Term:
    """An element of what a term stands for."""
    if not index or not term.shape:
        return term
    while term.kind == "negative":
        return algebra.negative(_at(term.parts[0], index))
    return terms.index(term, ", ".join(map(str, index)), index, ())


def _slope(each: _Flow, teller: Teller, element: Term) -> Term | None:
    """∂node[i]/∂x[j] as a formula; None where there is none that is worth saying."""
    node, x = each.node, teller.flow.x
    places = [k for k, parent in enumerate(node.parents) if parent is x]
    try:
        if node.call.elementwise:
            parts = [_elementwise(node, k, each.place, teller) for k in places]
        elif getattr(node.op, "__name__", "") == "matmul" and len(places) == 1:
            parts = [_matmul(node, places[0], each.place, element, teller)]
        else:
            return None
        return algebra.total(parts, [1] * len(parts))
    except Exception:  # a rule that no formula says
        return None


def _elementwise(node: Any, position: int, place: Index, teller: Teller) -> Term:
    """The local derivative, of the elements of the operands that stand at this place."""
    variables = teller.labels.variables(node)
    chosen: list[Any] = []
    named: dict[str, str | Term] = {"out": _at(_term(variables["out"]), place)}
    for k, value in enumerate(node.call.args):
        term = _term(variables[f"a{k}"])
        shape = np.shape(value)
        if shape:
            own = tuple(
                0 if n == 1 else i
                for n, i in zip(shape, place[len(place) - len(shape) :], strict=True)
            )
            value, term = value[own], _at(term, own)
        chosen.append(value)
        named[f"a{k}"] = term
    call = Call(node.call.row, tuple(chosen), places=node.call.places)
    alone = SimpleNamespace(call=call, _value=node._value[place])
    return terms.condition(read(local_derivative(alone, position), named))


def _term(given: str | Term) -> Term:
    return given if isinstance(given, Term) else terms.name(given)


def _matmul(node: Any, position: int, place: Index, element: Term, teller: Teller) -> Term:
    """∂(A @ B)[i, j] / ∂A[i, k] = B[k, j], and / ∂B[k, j] = A[i, k]."""
    a, b = node.call.args
    index = tuple(int(each) for each in element.word.split(", "))
    variables = teller.labels.variables(node)
    if a.ndim > 2 or b.ndim > 2:
        raise ValueError("a stack of matrices")
    if node.call.places[position] == 0:
        other = (index[-1], *place[-1:]) if b.ndim == 2 else (index[-1],)
        return _at(_term(variables["a1"]), other)
    other = (*place[:1], index[0]) if a.ndim == 2 else (index[0],)
    return _at(_term(variables["a0"]), other)
