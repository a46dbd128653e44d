"""The engine: order the recorded graph, sweep it backwards, accumulate. It knows no operation.

A node is a value and the call that it was computed by. `accumulate` is the chain rule as it is
meant; what runs is `fast.accumulate`, the same as one loop. Nothing here recurses over the graph,
so its depth costs nothing.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tinygrad_edu.engine import fast
from tinygrad_edu.engine.context import STATE
from tinygrad_edu.engine.precision import carrier, wide
from tinygrad_edu.engine.stand_ins import UntraceableError, is_traced, opaque_call, withdraw
from tinygrad_edu.engine.unbroadcast import cast, full, times, unbroadcast
from tinygrad_edu.kit.quiet import quiet

__all__ = [
    "contributions",
    "ordered",
    "pulled_back",
    "sweep",
]

_CREATION = operator.attrgetter("_number")
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
        cotangents = fast.accumulate(nodes, seed, record, wanted, None)
        if not _any_nan(cotangents):
            return cotangents
    except np.linalg.LinAlgError as error:  # of a cotangent that may have been such a NaN
        withdraw(error)
    return fast.accumulate(nodes, seed, record, wanted, times)


def _any_nan(cotangents: dict[Any, Any]) -> bool:
    """Whether a NaN came out anywhere: the cheapest sum that it would show in."""
    for g in cotangents.values():
        if type(g) is not np.ndarray:
            g = getattr(g, "_value", g)
            if is_traced(g):
                g.look_again()
                continue
        square = _vdot(g, g)
        if square != square:
            return True
    return False


def accumulate(
    nodes: list[Any], seed: Any, record: bool, wanted: Any, times: Any
) -> dict[Any, Any]:
    """For every node n, sum over its consumers c:  dL/dn = sum of dL/dc . dc/dn  (the chain rule).

    Where the rules are recorded they run on the Tensors of the graph, else on their arrays.
    """
    cotangents = {node: wide(g) for node, g in _seeds(nodes, seed).items()}
    kept, oldest = {}, nodes[-1]._number
    for node in nodes:
        call = node.call
        if call.row is None:
            continue  # a leaf: what was summed for it stays
        g = cotangents.pop(node)
        if node in wanted:
            kept[node] = g
        out, args = (node, call.with_parents()) if record else (node._value, call.args)
        carried = _carried(node, g, out, args, times or operator.mul)
        for parent, contribution in zip(call.parents, carried, strict=True):
            if parent in cotangents:
                cotangents[parent] = cotangents[parent] + contribution
            elif parent._number >= oldest:
                cotangents[parent] = contribution
    return {
        node: full(cast(g, node._value.dtype), node._value.shape)
        for node, g in (cotangents | kept).items()
    }


def _seeds(nodes: list[Any], seed: Any) -> dict[Any, Any]:
    return seed if isinstance(seed, dict) else {nodes[0]: seed}


def _carried(node: Any, g: Any, out: Any, args: Any, times: Any) -> list[Any]:
    """What a cotangent `g` of `node` carries back along each of its edges: dL/dn . dn/dp.

    Elementwise it is times the local derivative; else it is what the pullback makes of it. That of
    a node in half precision is carried in single precision (see `wide`), until it arrives.
    """
    call = node.call
    if call.elementwise and not call.conjugates:
        g = wide(full(g, node._value.shape))
        slopes = (call.row.derivatives[place] for place in call.places)
        carried = [times(g, slope(out, *args) if callable(slope) else slope) for slope in slopes]
    else:
        carried = pulled_back(node, g, out, args)
    values = [parent._value for parent in call.parents]
    return [
        cast(unbroadcast(part, value.shape), carrier(value.dtype))
        for part, value in zip(carried, values, strict=True)
    ]


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
    with np.errstate(all="ignore"):
        carried = _carried(node, g, node._value, node.call.args, times)
    values = [parent._value for parent in node.call.parents]
    return [
        np.array(full(cast(part, value.dtype), value.shape))
        for part, value in zip(carried, values, strict=True)
    ]
