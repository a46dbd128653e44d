"""The sweep of `backward` once more, as what runs: one loop, in which nothing is done in vain.

In a small network a call of a function costs as much as the multiplication that it is there for,
so this is no function for each kind of row. A test holds it equal to `backward.accumulate`, on
every row of the table.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.precision import carrier, wide
from tinygrad_edu.engine.rule import Local
from tinygrad_edu.engine.stand_ins import UntraceableError, opaque_call, withdraw
from tinygrad_edu.engine.unbroadcast import cast, unbroadcast

__all__ = ["accumulate"]

_ndarray = np.ndarray


def accumulate(
    nodes: list[Any], seed: Any, record: bool, wanted: Any, times: Any
) -> dict[Any, Any]:
    """What `backward.accumulate` gives; `times` is None where products need no care.

    A cotangent may be smaller than its node if all that is left out is repetition: what ``sum``
    sends back is one number. It is spread out where its size matters, and no earlier.
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
