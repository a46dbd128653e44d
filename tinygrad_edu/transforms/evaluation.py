"""One evaluation of a function at a point, from which its derivatives are taken, in both modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_edu.engine import backward
from tinygrad_edu.engine.context import STATE, recording
from tinygrad_edu.engine.node import UNRECORDED
from tinygrad_edu.engine.stand_ins import StandIn, array, is_traced
from tinygrad_edu.engine.values import plain
from tinygrad_edu.kit.pytree import flatten, is_leaf, matched, unflatten
from tinygrad_edu.tensor.conversion import SAID, tell_why
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.transforms.forward import Pushforward

__all__ = ["Argnums", "Evaluation", "check_argnums", "places_of"]

Argnums = int | tuple[int, ...]


def check_argnums(title: str, argnums: Argnums) -> None:
    """Raise if `argnums` names no positions."""
    places = argnums if isinstance(argnums, tuple) else (argnums,)
    if not all(isinstance(place, int | np.integer) for place in places):
        raise TypeError(f"{title}: argnums is an int or a tuple of ints, not {argnums!r}")


def places_of(title: str, argnums: Argnums, count: int) -> list[int]:
    """The positions that `argnums` names, among `count` arguments."""
    places = argnums if isinstance(argnums, tuple) else (argnums,)
    for place in places:
        if not -count <= place < count:
            given = f"{count} positional argument{'s were' if count != 1 else ' was'} given"
            raise TypeError(
                f"{title}: argnums={argnums} names an argument that is not there; {given}"
            )
    if len({place % count for place in places}) < len(places):
        raise ValueError(f"{title}: argnums={argnums} names an argument twice")
    return [int(place) for place in places]


class Variable(Tensor):  # type: ignore[misc]
    """A variable of a transform; one that was made for a parameter of a module stands for it."""

    __slots__ = ()
    stands_for_leaf = True


class Evaluation:
    """What ``f(*args, **kwargs)`` recorded, where the arguments at `places` vary.

    Every leaf of these arguments is a new variable, connected to the leaf if that is a Tensor. So
    in a nested call the whole is connected to the variables of the outer one, and what comes out
    is recorded, to be differentiated there; there are no levels to keep apart.
    """

    def __init__(
        self,
        title: str,
        f: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        places: Sequence[int],
    ) -> None:
        self.title = title
        self.trees = [args[place] for place in places]
        state = STATE.get()
        watch, recorded = state.watch, state.recording
        compare = None if watch is None else watch.on_arrays(title, f, args, kwargs, places)
        with recording(True):
            self.variables = [self._variable(leaf) for leaf in self._leaves()]
            call = list(args)
            for place, tree in zip(places, unflatten(self.trees, self.variables), strict=True):
                call[place] = tree
            said = SAID.get()
            try:
                self.result = f(*call, **kwargs)
            except (ValueError, SystemError) as error:
                tell_why(error, said)
                raise
        if compare is not None:  # within debug()
            compare(self.result, self._variable)
        self.outputs = [self._output(leaf) for leaf in flatten(self.result, title)]
        self.oldest = self.variables[0]._number if self.variables else 0
        own = [out for out in self.outputs if out._number >= self.oldest]
        if all(out.call.row is None for out in own):
            self._refuse_unrecorded(own)
        self.nodes = backward.ordered(own, self.oldest)
        # What was made before the variables comes from outside. In a nested call so do these.
        self.connected = recorded and (
            len(own) < len(self.outputs)
            or any(parent._number < self.oldest for node in self.nodes for parent in node.parents)
        )

    def _refuse_unrecorded(self, own: list[Tensor]) -> None:
        """Raise if the function put all that it gives out of reach: the gradient would be 0."""
        for out in own:
            if out.call is UNRECORDED:
                raise RuntimeError(
                    f"{self.title}: its result, of shape {out.shape}, was computed within "
                    "no_grad(), where nothing is recorded, so that all derivatives would be 0; "
                    "leave no_grad() out of the function, or call the transform within it"
                )

    def _leaves(self) -> list[Any]:
        leaves = flatten(self.trees, self.title)
        for tree in self.trees:
            if not flatten(tree) and not isinstance(tree, list | tuple | dict):
                raise TypeError(f"{self.title}: can't differentiate in {tree!r}: nothing varies")
        return leaves

    def _variable(self, leaf: Any) -> Tensor:
        """A new variable with the value of `leaf`; connected to it if that is a Tensor."""
        if isinstance(leaf, Tensor):
            variable = +leaf
            variable.__class__ = Variable
            return variable
        try:
            return Variable(plain(leaf, "Tensor") if isinstance(leaf, np.ndarray) else leaf)
        except TypeError as error:
            raise TypeError(f"{self.title}: can't differentiate in {leaf!r}: {error}") from None

    def _output(self, leaf: Any) -> Tensor:
        """A part of the result as a Tensor; a constant if it is none."""
        if isinstance(leaf, Tensor):
            return leaf
        try:
            return Tensor(leaf)
        except TypeError as error:
            raise TypeError(f"{self.title}: its result has {leaf!r} in it: {error}") from None

    @cached_property
    def value(self) -> Any:
        """The result: arrays, unless it is connected to Tensors outside."""
        if self.connected:
            return self.result
        if is_leaf(self.result):  # the graph keeps its arrays, so that nobody may write into them
            return _plain(self.result)
        return unflatten(self.result, [_plain(leaf) for leaf in flatten(self.result)])

    def cotangents(self, given: Any, name: str = "the cotangent") -> list[Any]:
        """What was given for the result, an array for each output, checked."""
        leaves = matched(self.result, given, f"{self.title}: {name}")
        return self._fitted(leaves, self.outputs, name, "the result")

    def tangents(self, given: Sequence[Any], name: str = "the tangent") -> list[Any]:
        """What was given for the arguments, an array for each variable, checked."""
        leaves = [
            leaf
            for tree, each in zip(self.trees, given, strict=True)
            for leaf in matched(tree, each, f"{self.title}: {name}")
        ]
        return self._fitted(leaves, self.variables, name, "the argument")

    def _fitted(self, leaves: list[Any], nodes: list[Tensor], name: str, of: str) -> list[Any]:
        fitted = []
        for leaf, node in zip(leaves, nodes, strict=True):
            value: Any = leaf
            if not isinstance(leaf, Tensor):
                value = array(leaf)
                if isinstance(leaf, np.ndarray):
                    value = plain(leaf, f"{self.title}: {name}")
            elif not STATE.get().recording:
                value = leaf._value
            if value.shape != node.shape:
                raise ValueError(
                    f"{self.title}: {name} has shape {value.shape}, and {of} {node.shape}"
                )
            if value.dtype.kind not in "biufc" or (
                value.dtype.kind == "c" and node.dtype.kind != "c"
            ):
                raise TypeError(
                    f"{self.title}: {name} has dtype {value.dtype}, and {of} {node.dtype}"
                )
            fitted.append(value if value.dtype == node.dtype else value.astype(node.dtype))
        return fitted

    def pull(self, cotangents: Sequence[Any], among: Any = None) -> list[Any]:
        """The gradients of ``<outputs, cotangents>`` in the variables, by one backward pass.

        `among` are the nodes, where some of the outputs are enough.
        """
        outputs = self.outputs
        seeds: dict[Any, Any] = {}
        for out, g in zip(outputs, cotangents, strict=True):
            if g is not None and out._number >= self.oldest:
                seeds[out] = seeds[out] + g if out in seeds else g
        found: dict[Any, Any] = {}
        if seeds:
            found = backward.sweep(
                self.nodes if among is None else among,
                seeds,
                record=self.connected and STATE.get().recording,
                wanted=set(self.variables),
            )
        return [_own(found[v]) if v in found else np.zeros_like(v._value) for v in self.variables]

    def push(self, tangents: list[Any]) -> list[Any]:
        """The derivatives of the outputs along the tangents of the variables."""
        return [_own(each) for each in self._forward(tangents, self.outputs)]

    @cached_property
    def _forward(self) -> Pushforward:
        own = [out for out in self.outputs if out._number >= self.oldest]
        return Pushforward(self.nodes, self.variables, self.connected, own)


def _plain(leaf: Any) -> Any:
    if not isinstance(leaf, Tensor):
        return leaf
    return leaf._value if is_traced(leaf._value) else np.array(leaf._value)[()]


def _own(found: Any) -> Any:
    """A copy that nobody else has: several cotangents may be one array till here."""
    return found if isinstance(found, Tensor | StandIn) else np.array(found)[()]
