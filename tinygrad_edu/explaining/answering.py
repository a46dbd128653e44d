"""Which kind of explanation a gradient gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinygrad_edu.explaining.arrays import by_steps
from tinygrad_edu.explaining.asking import element
from tinygrad_edu.explaining.elements import by_elements
from tinygrad_edu.explaining.explanation import Explanation
from tinygrad_edu.explaining.flow import Flow
from tinygrad_edu.explaining.labels import Labels
from tinygrad_edu.explaining.paths import LONGEST, readable
from tinygrad_edu.explaining.scalars import by_consumers, by_itself, by_paths, chains_of
from tinygrad_edu.explaining.telling import Teller
from tinygrad_edu.notation import TooLongError

__all__ = ["answer"]


def answer(
    flow: Flow, names: Mapping[str, Any] | None, index: tuple[int, ...] | None, notes: list[str]
) -> Explanation:
    """Explain what has flowed back, in the way that its graph can be read."""

    def again(node: Any, index: Any) -> Explanation:
        further = Flow(flow.loss, node)
        further.carry()
        return answer(further, names, None if index is None else element(index, node), [])

    def teller() -> Teller:
        return Teller(flow, Labels(flow.graph, names), notes, again)

    if flow.x is flow.loss:
        return by_itself(teller(), index)
    if index is not None:
        return by_elements(teller(), index)
    if any(node.size != 1 for node in flow.nodes):
        return by_steps(teller())
    if readable(flow):
        try:
            telling = teller()
            chains = chains_of(telling)
            if all(len(chain) <= LONGEST for chain in chains):
                return by_paths(telling, chains)
        except TooLongError:
            pass
    return by_consumers(teller())
