"""What is to be printed: run on stand-ins, so that every number knows how it came about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.engine.context import STATE, recording, watched
from tinygrad_edu.engine.stand_ins import UntraceableError, is_array, is_traced
from tinygrad_edu.kit.pytree import flatten, unflatten
from tinygrad_edu.sourcing.arguments import (
    argument_names,
    floating,
    leaves,
    places,
    refuse_exceptions,
    stand_in,
)
from tinygrad_edu.sourcing.locals import constants_of, with_locals
from tinygrad_edu.sourcing.replay import Replay, constants_within
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.trace.traced import Checks, Traced, traced_call

__all__ = ["Reading", "of_function", "of_tensor", "refuse_pole"]


@dataclass
class Reading:
    """Values and gradients as stand-ins that remember their calls, and what they are of.

    Attributes
    ----------
    inputs : list of (str, Traced)
        The arguments, with the names that go with them. `given` are what they stand for.
    varies : list of int
        Which leaves of the arguments the gradients are taken in.
    outputs, gradients : list
        What is given back. `wanted` are the stand-ins that the gradients belong to.
    constants : list of (str, array, Traced)
        Arrays, and values of Tensors, that are used besides.
    nodes : dict
        By the `id` of a stand-in: the node whose value it is.
    cotangents : dict
        The same for gradients of nodes, and the value from which the backward pass began.
    names : dict
        By the `id` of a stand-in: what the user calls it.
    """

    inputs: list[tuple[str, Traced]] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)
    varies: list[int] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    gradients: list[Any] = field(default_factory=list)
    wanted: list[Traced] = field(default_factory=list)
    constants: list[tuple[str, Any, Traced]] = field(default_factory=list)
    nodes: dict[int, Any] = field(default_factory=dict)
    cotangents: dict[int, tuple[Any, Traced]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    outside: dict[int, str] = field(default_factory=dict)  # names of arrays, by their id
    kept: list[Any] = field(default_factory=list)  # so that no id is given out again
    checks: Checks = field(default_factory=Checks)
    replay: Any = None
    looking: Any = None

    def is_of_rules(self, number: int) -> bool:
        """Whether the constants of this call of the trace are a rule's, and say shapes alone."""
        return self.looking.by_shapes and any(number in each for each in self.looking.passes)


class _Looking:
    """Notes which cotangents belong to which nodes, also in backward passes within a function."""

    def __init__(self, checks: Checks) -> None:
        self.checks = checks
        self.found: list[tuple[Any, Any, Any]] = []
        self.passes: list[range] = []  # of the numbers of stand-ins
        self.by_shapes = True  # no array that says what to do has come along

    def made(self, _node: Any, _row: Any, args: Any, params: Any) -> None:
        """A node was recorded."""
        arrays = constants_within([*args, *params.values()])
        if self.by_shapes and any(each.dtype.kind in "biu" and each.ndim for each in arrays):
            self.by_shapes = False

    def on_arrays(self, *_call: Any) -> None:
        """A transform is about to call a function."""

    def composed(self, row: Any, operands: Any, params: Any) -> Any:
        """A composed function is to be called."""
        return row.function(*operands, **params)

    def swept(self, sweep: Any, nodes: Any, seed: Any, record: bool, wanted: Any) -> Any:
        """A backward pass is to be done: all cotangents of it are of interest."""
        checked, begun = len(self.checks), Traced(0).number
        found = sweep(nodes, seed, record, set(nodes))
        self.passes.append(range(begun, Traced(0).number))
        self.checks[checked:] = [each for each in self.checks[checked:] if each.dtype.kind == "b"]
        asked = {node: g for node, g in found.items() if node.call.row is None or node in wanted}
        values = [g._value if isinstance(g, Tensor) else g for g in asked.values()]
        self.checks += [value for value in values if is_traced(value)]
        self.found += ((node, g, nodes[0]) for node, g in found.items())
        return asked


def of_function(
    title: str,
    f: Callable[..., Any],
    args: Sequence[Any],
    argnums: int | tuple[int, ...] | None,
    names: Mapping[str, Any],
    gradients: bool,
) -> Reading:
    """Read ``f(*args)``, and its gradients in the arguments at `argnums` or in all that vary."""
    reading = Reading()
    chosen = places(title, argnums, args)
    varying: list[Any] = []
    stand_ins = []
    placed = leaves(title, args)  # which says if one holds itself
    labels = argument_names(f, args)
    for number, (label, (place, leaf)) in enumerate(zip(labels, placed, strict=True)):
        varies = gradients and (floating(leaf) if chosen is None else place in chosen)
        stands = stand_in(title, label, leaf, varies, reading.checks)
        stand_ins.append(stands)
        value = _value(stands)
        if is_traced(value):
            given = next((name for name, each in names.items() if each is leaf), label)
            own = getattr(leaf, "name", None) if isinstance(leaf, Tensor) else None
            reading.inputs.append((own or given, value))
            reading.given.append(_value(leaf))
        if varies:
            reading.varies.append(number)
            varying.append(stands)
    if gradients and not varying:
        raise TypeError(
            f"{title}: no argument has floating-point numbers, and only these have gradients; give "
            "example inputs such as np.ones((3, 2)), or write gradients=False"
        )
    call = unflatten(tuple(args), stand_ins)
    looking = _Looking(reading.checks)
    try:
        with watched(looking), recording(True):
            result, variables = with_locals(f, *call)
    except UntraceableError as error:
        raise _refusal(title) from error
    for caught, _ in reading.checks.refusals:
        raise _refusal(title) from caught
    refuse_exceptions(reading.checks, f, args)
    roots = flatten(result, title)
    _read(title, reading, roots, varying, looking, gradients)
    _name(reading, constants_of(f) | dict(names), variables)
    return reading


def _refusal(title: str) -> TypeError:
    return TypeError(
        f"{title}: the function asks for the value of something that it computes from its "
        "arguments (in an if, float(), .item(), or as an index), so that no one formula does what "
        "it does for all values; write np.where(condition, a, b) for an if, or give what only says "
        "what to do as a Python int or bool"
    )


def of_tensor(
    title: str, root: Any, wrt: Sequence[Any] | None, names: Mapping[str, Any], gradients: bool
) -> Reading:
    """Read the graph that `root` remembers, and its gradients in `wrt`, or in all leaves."""
    reading = Reading()
    nodes = backward.ordered(root)
    if wrt is None:
        wrt = [node for node in reversed(nodes) if node.call.row is None]
    varying = list(wrt) if gradients else []
    known = {id(node) for node in nodes}
    for place, tensor in enumerate(varying):
        if id(tensor) not in known:
            raise ValueError(
                f"{title}: wrt[{place}] is no Tensor that the result was computed from, so that "
                "there is no gradient in it; give Tensors that it was computed with"
            )
    looking = _Looking(reading.checks)
    _read(title, reading, [root], varying, looking, gradients)
    _name(reading, names, {})
    return reading


def _read(
    title: str, reading: Reading, roots: list[Any], varying: list[Any], looking: Any, pull: bool
) -> None:
    """Do the graph of the results again, and sweep it."""
    tensors = [each for each in roots if isinstance(each, Tensor)]
    if pull:
        _require_number(title, roots)
    replay = reading.replay = Replay(tensors, reading.checks)
    nodes = replay.nodes
    reading.outputs = [
        _value(nodes.get(each, each)) if isinstance(each, Tensor) else each for each in roots
    ]
    reading.constants += [(each.name or "x", each._value, t) for each, t in replay.leaves]
    reading.constants += [("", array, t) for array, t in replay.arrays]
    _first_the_wanted(reading, varying, replay)
    for old, new in nodes.items():
        reading.nodes.setdefault(id(new._value), new)
        reading.names[id(new._value)] = old.name or ""
    reading.looking = looking
    looking.by_shapes = looking.by_shapes and not replay.settings
    for node, g, root in looking.found:
        g = nodes.get(g, g) if isinstance(g, Tensor) else g
        _note(reading, nodes.get(node, node), g, nodes.get(root, root))
    if pull:
        _sweep(title, reading, replay, roots, varying)
    else:
        _refuse_another_way(title, reading)
    reading.kept += [replay, looking, roots, varying]


def _first_the_wanted(reading: Reading, varying: list[Any], replay: Replay) -> None:
    """Tensors with gradients come first among the arguments."""
    places = {id(node): place for place, node in enumerate(varying)}
    stand_ins = {id(t): places.get(id(leaf), len(places)) for leaf, t in replay.leaves}
    reading.constants.sort(key=lambda each: stand_ins.get(id(each[2]), len(places) + 1))


def _sweep(title: str, reading: Reading, replay: Replay, roots: list[Any], varying: Any) -> None:
    (root,) = roots
    again = [replay.nodes.get(node, node) for node in varying]
    reading.wanted = [node._value for node in again]
    found: dict[Any, Any] = {}
    if isinstance(root, Tensor) and root in replay.nodes:
        new = replay.nodes[root]
        seed = traced_call(np.ones_like, (new._value,), {})
        looking = reading.looking
        before = len(looking.found)
        with watched(looking):
            found = backward.sweep(backward.ordered(new), seed, wanted=set(again))
        for node, g, _ in looking.found[before:]:
            _note(reading, node, g, new)
    _refuse_another_way(title, reading)
    if any(np.any(np.isnan(check.value)) for check in reading.checks if check.dtype.kind in "fc"):
        refuse_pole(title)
    for node in again:
        none = traced_call(np.zeros_like, (node._value,), {})
        reading.gradients.append(found.get(node, none))


def _refuse_another_way(title: str, reading: Reading) -> None:
    """Raise where derivatives have one way for most numbers, and another for those given."""
    met = [each for each in reading.checks if each.dtype.kind == "b" and np.any(each.value)]
    if any(is_traced(of) and of.function is np.isnan for each in met for of in each.args):
        refuse_pole(title)
    if met:
        raise ValueError(
            f"{title}: squares of numbers in it are too large or too small for the dtype at these "
            "inputs, where derivatives are computed in a way that printed source does not have; "
            "give example inputs of ordinary size"
        )


def refuse_pole(title: str) -> NoReturn:
    """Raise where what is printed would be NaN, and the engine gives a number."""
    raise ValueError(
        f"{title}: a gradient is NaN at these inputs as the formulas stand; there 0 times "
        "infinity is taken for 0 in a backward pass, and printed source can't say so; give "
        "other example inputs, or keep away from the pole: np.log(np.where(x > 0, x, 1))"
    )


def _note(reading: Reading, node: Any, g: Any, root: Any) -> None:
    """Remember that `g` is the gradient of `node`; also without the repetition of its elements."""
    value = _value(g)
    while is_traced(value):
        reading.cotangents.setdefault(id(value), (node, root._value))
        if getattr(value.function, "__name__", "") != "broadcast_to":
            break
        value = value.args[0]


def _name(reading: Reading, around: Mapping[str, Any], variables: dict[str, Any]) -> None:
    """Take over the names that the user gave."""
    for name, each in around.items():
        if is_array(each):
            reading.outside.setdefault(id(each), name)
        reading.kept.append(each)
    replay = reading.replay
    for name, each in variables.items():
        if is_array(each):
            reading.outside.setdefault(id(each), name)
        value = _value(replay.nodes.get(each, each)) if isinstance(each, Tensor) else each
        if is_traced(value) and not reading.names.get(id(value)):
            reading.names[id(value)] = name
    tensors = {id(each): name for name, each in around.items() if isinstance(each, Tensor)}
    for leaf, stands in replay.leaves:
        if id(leaf) in tensors:
            reading.names[id(stands)] = leaf.name or tensors[id(leaf)]
    reading.constants = [
        (reading.names.get(id(t)) or name or reading.outside.get(id(array), ""), array, t)
        for name, array, t in reading.constants
    ]


def _require_number(title: str, roots: list[Any]) -> None:
    (first, *rest) = roots or [None]
    if not isinstance(first, Tensor | Traced):
        first = np.asarray(first)
    if rest or first.dtype.kind not in "biufc":
        raise TypeError(
            f"{title}: it gives {len(roots)} results, and only one number has gradients; write "
            "gradients=False for the source of the results alone"
        )
    if first.size != 1:
        raise ValueError(
            f"{title}: the result has shape {first.shape}, and only one number has gradients; "
            "reduce it with np.sum or np.mean, or write gradients=False for the source of the "
            "result alone"
        )
    if first.dtype.kind == "c":
        raise TypeError(
            f"{title}: the result is complex, and only a real number can be large or small; take "
            "np.real, np.imag or np.abs of it, or write gradients=False"
        )


def _value(each: Any) -> Any:
    return each._value if isinstance(each, Tensor) else each


def refuse_watched(title: str) -> None:
    """Raise within debug(), which watches what is to be watched here."""
    if STATE.get().watch is not None:
        raise RuntimeError(f"{title}: within debug() there is no source; call it outside")
