"""The engine: order the recorded graph, sweep it backwards, accumulate. It knows no operation.

A node is a `tinygrad_edu.Tensor`: a value, the parents it was computed from, and the row of the
table, the arguments and the parameters that it was computed with. Nothing here recurses over the
graph, so its depth costs nothing.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

from tinygrad_edu.engine.context import STATE
from tinygrad_edu.engine.precision import carrier, wide
from tinygrad_edu.engine.rule import Local
from tinygrad_edu.engine.stand_ins import UntraceableError, is_traced, opaque_call, withdraw
from tinygrad_edu.engine.unbroadcast import cast, full, times, unbroadcast
from tinygrad_edu.kit.quiet import quiet

__all__ = [
    "contributions",
    "ordered",
    "pulled_back",
    "sweep",
]

_CREATION = attrgetter("_number")
_ndarray = np.ndarray
_vdot: Any = getattr(np.vdot, "__wrapped__", np.vdot)


def ordered(root: Any, oldest: int = 0) -> list[Any]:
    """The nodes that `root` was computed from, itself included, each after all of its consumers.

    Parents are created before their children, so the order of creation is a topological order:
    collect what is reachable, sort, done. Nodes created before number `oldest` are left out.
    `root` may be a list of several nodes.
    """
    found = list(dict.fromkeys(root)) if isinstance(root, list) else [root]
    known = set(found)
    for node in found:  # which grows on the way
        for parent in node.call.parents:
            if parent not in known and parent._number >= oldest:
                known.add(parent)
                found.append(parent)
    found.sort(key=_CREATION, reverse=True)
    return found


def sweep(nodes: list[Any], seed: Any, *, record: bool = False, wanted: Any = ()) -> dict[Any, Any]:
    """Carry the cotangent `seed` back from the first of `nodes`: reverse-mode autodiff.

    Parameters
    ----------
    nodes : list of Tensor
        The graph, as `ordered` gives it.
    seed : array or dict
        The cotangent of ``nodes[0]``, of its shape; of several nodes, theirs by node. Where it is
        a Tensor, the pass is recorded as a (linear) function of it, whatever `record` says.
    record : bool
        Run the rules on the Tensors of the graph instead of on their arrays, so that the
        cotangents are part of the graph and can be differentiated again.
    wanted : container of Tensor
        Nodes whose cotangents are returned besides those of the leaves.

    Returns
    -------
    dict
        The cotangents, by node.

    Notes
    -----
    A cotangent of exactly zero is not carried into a pole or a NaN, nor a pole into a zero: 0 . inf
    is 0 here, so that ``where(x > 0, log(x), 0)`` has a gradient at 0. The processor makes it NaN,
    and whatever that meets on its way to the leaves becomes NaN too. So an ordinary sweep pays next
    to nothing for this: only one out of which a NaN came is done again, the products masked.
    """
    watch = STATE.get().watch
    if watch is None:
        return _swept(nodes, seed, record, wanted)
    found: dict[Any, Any] = watch.swept(_swept, nodes, seed, record, wanted)  # within debug()
    return found


@quiet
def _swept(nodes: list[Any], seed: Any, record: bool, wanted: Any) -> dict[Any, Any]:
    try:
        cotangents = _accumulate(nodes, seed, record, wanted, None)
        if not _any_nan(cotangents):
            return cotangents
    except np.linalg.LinAlgError as error:  # of a cotangent that may have been such a NaN
        withdraw(error)
    return _accumulate(nodes, seed, record, wanted, times)


def _any_nan(cotangents: dict[Any, Any]) -> bool:
    """Whether a NaN came out anywhere: the cheapest sum that it would show in."""
    for g in cotangents.values():
        if type(g) is not _ndarray:
            g = getattr(g, "_value", g)
            if is_traced(g):
                g.look_again()
                continue
        square = _vdot(g, g)
        if square != square:
            return True
    return False


def _accumulate(
    nodes: list[Any], seed: Any, record: bool, wanted: Any, times: Any
) -> dict[Any, Any]:
    """For every node n, sum over its consumers c:  dL/dn = sum of dL/dc . dc/dn  (the chain rule).

    A cotangent may be smaller than its node if all that is left out is repetition: what ``sum``
    sends back is one number. It is spread out where its size matters, and no earlier. That of a
    node in half precision is carried in single precision (see `wide`), until it arrives.

    This is one loop, and not a function for each kind of row, as in a small network a call costs as
    much as the multiplication that it is there for.
    """
    if type(seed) is dict:
        cotangents = {node: wide(g) for node, g in seed.items()}
    else:
        cotangents = {nodes[0]: wide(seed)}
    kept, oldest, lent = {}, nodes[-1]._number, set()
    one = None if record or wanted or times is not None else _one(nodes, seed)
    for node in nodes:
        call = node.call
        row = call.row
        if row is None:
            continue  # a leaf: what was summed for it stays
        g = cotangents.pop(node)
        if node in wanted:
            kept[node] = g
        out, args, places = node._value, call.args, call.places
        shape, elementwise, derivatives = out.shape, type(row) is Local, row.derivatives
        if call.conjugates:
            elementwise, derivatives = False, call.rules
        if record:
            out, args = node, call.with_parents()
        if not elementwise:
            params = call.params
            if g.shape != shape:
                g = np.broadcast_to(g, shape)
            pieces = derivatives[0](g, out, *args, **params) if row.sequence else None
        k = 0
        for parent in call.parents:
            place, value = places[k], parent._value
            k += 1  # noqa: SIM113 (for one or two parents, enumerate() takes longer to begin)
            if elementwise:
                derivative = derivatives[place]
                if derivative == 1:
                    contribution = g
                elif not callable(derivative):
                    contribution = -g if derivative == -1 else g * derivative
                elif (
                    g is one
                    and value.dtype.char != "e"
                    and type(contribution := derivative(out, *args)) is _ndarray
                ):
                    lent.add(id(contribution))  # once an array of the graph, for all we know
                elif times is None:  # without a name for it, NumPy reuses a large temporary
                    contribution = g * derivative(out, *args)
                else:
                    contribution = times(g, derivative(out, *args))
                if value.shape != shape:
                    if contribution.shape != shape:
                        contribution = np.broadcast_to(contribution, shape)
                    contribution = unbroadcast(contribution, value.shape)
            else:
                try:
                    contribution = (
                        derivatives[place](g, out, *args, **params)
                        if pieces is None
                        else pieces[place]
                    )
                except UntraceableError as error:  # it looks at values: one call of the trace
                    withdraw(error)
                    contribution = opaque_call(derivatives[place], (g, out, *args), params)
                if contribution.shape != value.shape:
                    contribution = unbroadcast(contribution, value.shape)
            if contribution.dtype is not value.dtype:
                contribution = cast(contribution, carrier(value.dtype))
            if parent in cotangents:
                cotangents[parent] = cotangents.pop(parent) + contribution
            elif parent._number >= oldest:
                cotangents[parent] = contribution
    cotangents.update(kept)
    for node, g in cotangents.items():
        value = node._value
        if g.dtype is not value.dtype:
            cotangents[node] = g = cast(g, value.dtype)
        if g.shape != value.shape:
            cotangents[node] = np.broadcast_to(g, value.shape)
        elif lent and id(g) in lent:
            cotangents[node] = g.copy()
    return cotangents


def _one(nodes: list[Any], seed: Any) -> Any:
    """`seed` if it is the number 1, and a large array would be multiplied by it; None otherwise."""
    large = len(nodes) > 1 and nodes[1]._value.size >= 1000
    if not large or type(seed) is not _ndarray:
        return None
    if not issubclass(type(nodes[0]._value), np.generic):
        return None  # that of a traced node says it is one, and is none
    return seed if seed.item() == 1 else None


def pulled_back(node: Any, g: Any, out: Any, args: Any) -> list[Any]:
    """What the pullbacks of a node that mixes elements carry, for each of its edges."""
    call = node.call
    rules, params, places = call.rules, call.params, call.places
    g = wide(full(g, node._value.shape))
    try:
        if call.row.sequence:
            pieces = rules[0](g, out, *args, **params)
            carried = [pieces[place] for place in places]
        else:
            carried = [rules[place](g, out, *args, **params) for place in places]
    except UntraceableError as error:  # the rule looks at values: one call of the trace
        withdraw(error)
        carried = [opaque_call(rules[k], (g, out, *args), params) for k in places]
    pairs = zip(carried, call.parents, strict=True)
    return [unbroadcast(each, parent._value.shape) for each, parent in pairs]


def contributions(node: Any, g: Any) -> list[Any]:
    """What a cotangent `g` of `node` contributes to that of each parent: an array for each edge."""
    call, out, args = node.call, node._value, node.call.args
    with np.errstate(all="ignore"):
        if call.elementwise and not call.conjugates:
            slopes = (call.row.derivatives[place] for place in call.places)
            carried = [times(wide(g), d(out, *args) if callable(d) else d) for d in slopes]
        else:
            carried = pulled_back(node, g, out, args)
    result = []
    for parent, contribution in zip(call.parents, carried, strict=True):
        value = parent._value
        fitted = full(unbroadcast(cast(contribution, value.dtype), value.shape), value.shape)
        result.append(np.array(fitted))
    return result
