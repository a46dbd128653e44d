"""The watch that looks at every value that is recorded, and at every cotangent that is swept."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.debugging import report
from tinygrad_edu.debugging.on_arrays import OnArrays
from tinygrad_edu.debugging.origin import Origin, origin
from tinygrad_edu.debugging.snapshots import Snapshots, first_difference
from tinygrad_edu.engine.backward import contributions
from tinygrad_edu.engine.context import watched
from tinygrad_edu.engine.node import Node
from tinygrad_edu.kit.pytree import flatten

__all__ = ["Made", "Watch", "made_at"]

# By creation number, and gone with the node: a weak dictionary would compare Tensors by ==.
_MADE: dict[int, Made] = {}


class Made:
    """What is remembered of how a node was made, besides what it remembers itself."""

    __slots__ = ("names", "node", "origin", "snapshots", "within")

    def __init__(
        self, origin: Origin | None, names: dict[int, str], snapshots: Any, within: Any
    ) -> None:
        self.origin = origin
        self.names = names  # of the arguments, by place, in the user's code
        self.snapshots = snapshots
        self.within = within  # the composed function that it is part of

    def keep(self, node: Any) -> None:
        """Keep this for as long as `node` lives."""
        number = node._number
        self.node = weakref.ref(node, lambda _: _MADE.pop(number, None))
        _MADE[number] = self


_NOTHING = Made(None, {}, [], None)


def made_at(node: Any) -> Made:
    """How `node` was made; of one made outside of `debug` nothing is known."""
    return _MADE.get(node._number, _NOTHING)


class Watch:
    """It judges what is made in the block; or, within a composed function, only remembers it."""

    def __init__(self, infinities: bool, outer: Watch | None = None, within: Any = None) -> None:
        self.infinities = infinities
        self.within = within
        self.judges = outer is None
        self.first: Exception | None = None  # what would have been reported
        self.snapshots: Snapshots = Snapshots() if outer is None else outer.snapshots

    def _inner(self, within: Any = None) -> Watch:
        return Watch(self.infinities, self, self.within or within)

    # ---- forward --------------------------------------------------------------------------------

    def made(self, node: Any, row: Any, args: Any, params: Any) -> None:
        """Look at a node that was just computed."""
        operands = args[0] if row.sequence else args
        place_of = dict(zip(node.call.places, node.parents, strict=True))
        made = self._remember(operands, params, place_of)
        made.keep(node)
        index = self._first_bad(node._value, operands, report.local_row(row) is not None)
        if index is None or (self.first is not None and not self.judges):
            return
        error = report.forward(node, row, operands, place_of, index, made)
        if self.judges:
            raise error
        self.first = error

    def _remember(self, operands: Any, params: Any, place_of: dict[int, Any]) -> Made:
        place, variables = origin()
        known = {id(value): name for name, value in variables.items() if name[:1].isalpha()}
        names = {}
        for i, operand in enumerate(operands):
            name = getattr(place_of.get(i), "name", None) or known.get(
                id(place_of.get(i, operand)) if not _is_number(operand) or i in place_of else 0
            )
            if name is not None:
                names[i] = name
        computed = {
            id(parent._value) for parent in place_of.values() if parent.call.row is not None
        }
        snapshots = self.snapshots.of((*operands, params), computed)
        return Made(place, names, snapshots, self.within)

    def _first_bad(self, out: Any, operands: Any, elementwise: bool) -> tuple[int, ...] | None:
        """The first element that is NaN, or is infinite although nothing it came from was."""
        if np.isfinite(out).all():
            return None
        bad = np.isnan(out)
        if self.infinities:
            fresh = np.isinf(out)
            for operand in operands:
                if report.is_numeric(operand):
                    infinite = np.isinf(operand)
                    fresh = fresh & ~(infinite if elementwise else np.any(infinite))
            bad = bad | fresh
        return report.first(bad)

    def composed(self, row: Any, operands: Any, params: Any) -> Any:
        """Call a composed function, of which the result counts and not what is made on the way."""
        inner = self._inner(row.op)
        with watched(inner):
            result = row.function(*operands, **params)
        if self.judges:
            given = [v._value if isinstance(v, Node) else v for v in (*operands, *params.values())]
            for out in result if isinstance(result, list | tuple) else [result]:
                if isinstance(out, Node):
                    index = self._first_bad(out._value, given, elementwise=False)
                    if index is not None:
                        found = report.composed(row, operands, out, index, made_at(out))
                        raise inner.first or found
        elif inner.first is not None and self.first is None:
            self.first = inner.first
        return result

    # ---- transforms -----------------------------------------------------------------------------

    def on_arrays(
        self, title: str, f: Any, args: Any, kwargs: Any, places: Any
    ) -> Callable[[Any, Any], None] | None:
        """What is to look at the result of ``f(*args, **kwargs)`` on Tensors; None if nothing.

        Where an argument is a Tensor already, no array was meant; or the transform is within the
        function of another, and looked at when that one runs on arrays.
        """
        try:
            if any(isinstance(leaf, Node) for place in places for leaf in flatten(args[place])):
                return None
            return OnArrays(title, f, args, kwargs, places).compare
        except (RecursionError, TypeError, ValueError):  # the transform will say what is wrong
            return None

    # ---- backward -------------------------------------------------------------------------------

    def swept(
        self, sweep: Callable[..., Any], nodes: Any, seed: Any, record: bool, wanted: Any
    ) -> Any:
        """Sweep, and look at what every edge contributes, in the order of the sweep."""
        for node in nodes:
            made = made_at(node)
            for place, array, copy in made.snapshots:
                index = first_difference(array, copy)
                if index is not None:
                    raise report.changed(node, place, array, copy, index, made)
        with watched(self._inner()):
            found = sweep(nodes, seed, record, set(nodes))
            if self.judges:
                plain = {node: getattr(g, "_value", g) for node, g in found.items()}
                self._judge(nodes, plain, wanted)
        return {n: g for n, g in found.items() if n.call.row is None or n in wanted}

    def _bad(self, g: Any) -> Any:
        return ~np.isfinite(g) if self.infinities else np.isnan(g)

    def _judge(self, nodes: Any, found: Any, wanted: Any) -> None:
        """Report the first edge that led to a bad result: many an infinity on the way meets a 0."""
        index = report.first(self._bad(found[nodes[0]]))
        if index is not None:
            raise report.seed(nodes[0], found[nodes[0]], index)
        bad = {node for node, g in found.items() if np.any(self._bad(g))}
        spoilt = {node for node in bad if node.call.row is None or node in wanted}
        summed, error = set(spoilt), None
        for node in reversed(nodes if spoilt else []):  # from the results up to their cause
            if node.call.row is None:
                continue
            g = found[node]
            for k, contribution in enumerate(contributions(node, g)):
                index = report.first(self._bad(contribution))
                if index is None or node.parents[k] not in spoilt:
                    continue
                summed.discard(node.parents[k])
                if node in bad:
                    spoilt.add(node)
                    summed.add(node)
                else:
                    error = report.backward(node, k, g, contribution, index, made_at(node))
        for node in summed:  # though each contribution was finite
            index = report.first(self._bad(found[node])) or ()
            error = error or report.total(node, found[node], index, made_at(node))
        if error is not None:
            raise error


def _is_number(operand: Any) -> bool:
    return isinstance(operand, int | float | complex | np.generic | str | type(None))
