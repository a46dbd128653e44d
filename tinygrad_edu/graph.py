"""The engine: order the recorded graph, sweep it backwards, accumulate. It knows no operation.

A node is a `tinygrad_edu.Tensor`: a value, the parents it was computed from, and the row of the
table, the arguments and the parameters that it was computed with. Nothing here recurses over the
graph, so its depth costs nothing.
"""

from __future__ import annotations

import weakref
from operator import attrgetter
from typing import Any

import numpy as np

from tinygrad_edu.context import STATE
from tinygrad_edu.registry import Local, title
from tinygrad_edu.traced import UntraceableError, opaque_call

__all__ = [
    "BackwardPass",
    "cast",
    "contributions",
    "ordered",
    "pulled_back",
    "sweep",
    "tensors_of",
    "times",
    "unbroadcast",
]

_CREATION = attrgetter("_number")
_vdot: Any = getattr(np.vdot, "__wrapped__", np.vdot)


def ordered(root: Any, oldest: int = 0) -> list[Any]:
    """The nodes that `root` was computed from, itself included, each after all of its consumers.

    Parents are created before their children, so the order of creation is a topological order:
    collect what is reachable, sort, done. Nodes created before number `oldest` are left out.
    `root` may be a list of several nodes.
    """
    waiting = list(root) if isinstance(root, list) else [root]
    found = set(waiting)
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in found and parent._number >= oldest:
                found.add(parent)
                waiting.append(parent)
    return sorted(found, key=_CREATION, reverse=True)


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


def _swept(nodes: list[Any], seed: Any, record: bool, wanted: Any) -> dict[Any, Any]:
    with np.errstate(all="ignore"):
        try:
            cotangents = _accumulate(nodes, seed, record, wanted, times=None)
            if not _any_nan(cotangents):
                return cotangents
        except np.linalg.LinAlgError:  # a rule refused a cotangent that may have been such a NaN
            pass
        return _accumulate(nodes, seed, record, wanted, times=times)


def _any_nan(cotangents: dict[Any, Any]) -> bool:
    """Whether a NaN came out anywhere: the cheapest sum that it would show in."""
    for g in cotangents.values():
        value = g if type(g) is np.ndarray else getattr(g, "_value", g)
        if hasattr(value, "checks"):  # a trace looks for it when it runs
            value.checks.append(value)
            continue
        square = _vdot(value, value)
        if square != square:
            return True
    return False


def _accumulate(
    nodes: list[Any], seed: Any, record: bool, wanted: Any, times: Any
) -> dict[Any, Any]:
    """For every node n, sum over its consumers c:  dL/dn = sum of dL/dc . dc/dn  (the chain rule).

    A cotangent may be smaller than its node if all that is left out is repetition: what ``sum``
    sends back is one number. It is spread out where its size matters, and no earlier.
    """
    cotangents = dict(seed) if type(seed) is dict else {nodes[0]: seed}
    kept = {}
    oldest = nodes[-1]._number
    for node in nodes:  # a small network's backward pass spends its time here
        row = node._row
        if row is None:
            continue  # a leaf: what was summed for it stays
        g = cotangents.pop(node)
        if node in wanted:
            kept[node] = g
        out, args, places = node._value, node._args, node._places
        shape, elementwise = out.shape, type(row) is Local
        if record:
            out, args = node, tensors_of(node)
        if not elementwise:
            carried = pulled_back(node, g, out, args)
        for k, parent in enumerate(node.parents):
            value = parent._value
            if not elementwise:
                contribution = carried[k]
            else:
                derivative = row.derivatives[places[k]]
                if not callable(derivative):
                    contribution = (
                        g if derivative == 1 else -g if derivative == -1 else g * derivative
                    )
                elif times is None:  # without a name for it, NumPy reuses a large temporary
                    contribution = g * derivative(out, *args)
                else:
                    contribution = times(g, derivative(out, *args))
                if value.shape != shape:
                    contribution = unbroadcast(_full(contribution, shape), value.shape)
            if contribution.dtype is not value.dtype:
                contribution = cast(contribution, value.dtype)
            if parent in cotangents:
                cotangents[parent] = cotangents[parent] + contribution
            elif parent._number >= oldest:
                cotangents[parent] = contribution
    return {node: _full(g, node._value.shape) for node, g in (cotangents | kept).items()}


def pulled_back(node: Any, g: Any, out: Any, args: Any) -> list[Any]:
    """What the pullbacks of a node that mixes elements carry, for each of its edges."""
    row, params = node._row, node._params
    g = _full(g, node._value.shape)
    try:
        if row.sequence:
            pieces = row.derivatives[0](g, out, *args, **params)
            carried = [pieces[place] for place in node._places]
        elif params:
            carried = [row.derivatives[place](g, out, *args, **params) for place in node._places]
        else:
            carried = [row.derivatives[place](g, out, *args) for place in node._places]
    except UntraceableError:  # the rule looks at values: the whole is one call of the trace
        rules = [row.derivatives[place] for place in node._places]
        carried = [opaque_call(rule, (g, out, *args), params) for rule in rules]
    for k, parent in enumerate(node.parents):
        if carried[k].shape != parent._value.shape:
            carried[k] = unbroadcast(carried[k], parent._value.shape)
    return carried


def contributions(node: Any, g: Any) -> list[Any]:
    """What a cotangent `g` of `node` contributes to that of each parent: an array for each edge."""
    out, args = node._value, node._args
    with np.errstate(all="ignore"):
        if type(node._row) is Local:
            slopes = (node._row.derivatives[place] for place in node._places)
            carried = [times(g, d(out, *args) if callable(d) else d) for d in slopes]
        else:
            carried = pulled_back(node, g, out, args)
    result = []
    for parent, contribution in zip(node.parents, carried, strict=True):
        value = parent._value
        fitted = _full(unbroadcast(cast(contribution, value.dtype), value.shape), value.shape)
        result.append(np.array(fitted))
    return result


def tensors_of(node: Any) -> list[Any]:
    """The arguments of `node` with its parents in their places, for rules that record."""
    args: list[Any] = list(node._args)
    if node._row.sequence:
        args[0] = list(args[0])
        holder, places = args[0], node._places
    else:
        holder, places = args, node._places
    for parent, place in zip(node.parents, places, strict=True):
        if parent._value is not holder[place]:
            raise RuntimeError(
                f"the value of {parent!r} was replaced after {title(node.op)} had used it, so the "
                "backward pass can't be recorded; compute the output again, then differentiate"
            )
        holder[place] = parent
    return args


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` over the axes along which `shape` was repeated: the adjoint of broadcasting."""
    if g.shape == shape or not g.shape:
        return g
    extra = g.ndim - len(shape)
    if g.shape[extra:] == shape:
        return np.add.reduce(g, axis=tuple(range(extra)) if extra > 1 else 0)
    axes = [i for i, n in enumerate(g.shape) if i < extra or (n != 1 and shape[i - extra] == 1)]
    if axes:
        g = np.add.reduce(g, axis=tuple(axes), keepdims=True)
    return g.reshape(g.shape[extra:]) if extra > 0 else g


def _full(g: Any, shape: tuple[int, ...]) -> Any:
    return g if g.shape == shape else np.broadcast_to(g, shape)


def cast(g: Any, dtype: Any) -> Any:
    """`g` in the dtype of its leaf; what is real varies in the real direction only."""
    if g.dtype.kind == "c" and dtype.kind != "c":
        g = np.real(g)
    return g if g.dtype == dtype else g.astype(dtype)


def times(g: Any, derivative: Any) -> Any:
    """The product in which 0 times infinity, or times NaN where a pole was, is 0."""
    no_flow = (g == 0) & ~np.isfinite(derivative)
    no_slope = (derivative == 0) & np.isinf(g)
    return np.where(no_slope, 0, g) * np.where(no_flow, 0, derivative)


class BackwardPass:
    """What one call of `backward` was: enough to know every cotangent of it, on demand.

    It holds no strong reference to the output, so that a graph has no cycles and is freed by
    reference counting alone; and no cotangent until one is asked for.
    """

    __slots__ = ("_cotangents", "_root", "_seed")

    def __init__(self, root: Any, seed: Any) -> None:
        self._root = weakref.ref(root)
        self._seed = seed
        self._cotangents: dict[int, Any] | None = None

    def cotangent(self, node: Any) -> Any:
        """The cotangent of `node` in this pass."""
        if self._cotangents is None:
            root = self._root()
            if root is None:
                raise RuntimeError(
                    "the gradient of an intermediate Tensor is worked out from the output on "
                    "which backward() was called, and that output no longer exists; keep a "
                    "reference to it"
                )
            nodes = ordered(root)
            found = sweep(nodes, self._seed, wanted=set(nodes))
            self._cotangents = {each._number: g for each, g in found.items()}
        return self._cotangents[node._number]
