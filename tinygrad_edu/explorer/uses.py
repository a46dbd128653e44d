"""The operands of a recorded call: which nodes stand in it, and the call on stand-ins for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.drawing.symbols import operands
from tinygrad_edu.engine.rule import title
from tinygrad_edu.trace.traced import Traced

__all__ = [
    "Use",
    "call_of",
    "fixed_arguments",
    "fixed_names",
    "uses_of",
    "variable_names",
]


@dataclass
class Use:
    """One operand of a call that has a card in the picture."""

    place: int  # among the arguments, or the items of a sequence
    card: str  # its id
    position: int | None  # among the edges, None of a constant


def uses_of(tensor: Any, links: list[Any]) -> list[Use]:
    """The operands of the call that made `tensor`; `links` are those that the plan has for them."""
    edges = {place: k for k, place in enumerate(tensor.call.places)}
    return [
        Use(place, _leaf(link.source.id), edges.get(place))
        for place, link in zip(operands(tensor), links, strict=True)
    ]


def _leaf(ident: str) -> str:
    """The id of the card that a chip stands for."""
    return ident.partition("u")[0]


def variable_names(uses: list[Use]) -> dict[str, str]:
    """What the variables of a traced rule are called in a program: by place among the inputs."""
    names = {f"a{use.place}": f"a{k}" for k, use in enumerate(uses)}
    return names | {"g": "g", "out": "out"}


def call_of(tensor: Any, uses: list[Use]) -> Traced:
    """The call that made `tensor`, on stand-ins for those of its operands that are nodes."""
    given = list(tensor.call.operands)
    for use in uses:
        given[use.place] = Traced(np.asarray(given[use.place]), f"a{use.place}")
    args = (given, *tensor.call.args[1:]) if tensor.call.row.sequence else tuple(given)
    return Traced(tensor._value, "", tensor.op, args, tensor.call.params)


_FIXED = {"b": "the condition", "i": "the indices", "u": "the indices"}


def fixed_arguments(tensor: Any, uses: list[Use]) -> Iterator[str]:
    """Arguments with which the result does not vary, so that the graph does not know their origin.

    They may have been computed from a leaf, and are not when that is changed in the page.
    """
    known = {use.place for use in uses}
    if tensor.op is np.power:
        known.add(1)  # an exponent that stands in the sign varies with nothing
    for place, argument in enumerate(tensor.call.operands):
        parts = argument if isinstance(argument, tuple) else (argument,)
        kinds = [part.dtype.kind for part in parts if isinstance(part, np.ndarray | np.generic)]
        if kinds and place not in known:
            yield f"{_FIXED.get(kinds[0], f'argument {place + 1}')} of {title(tensor.op)}"


def fixed_names(tensor: Any) -> dict[str, str]:
    """What such arguments are called in formulas, by the names of their variables."""
    return {
        f"a{place}": str(bool(argument)).lower() if np.ndim(argument) == 0 else "condition"
        for place, argument in enumerate(tensor.call.operands)
        if isinstance(argument, bool | np.ndarray | np.generic)
        and np.asarray(argument).dtype.kind == "b"
    }
