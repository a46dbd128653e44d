"""What nodes are called in sentences: each has a label, and no two have the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_edu.kit.text import line, number, numbered

__all__ = ["labels"]


def labels(cards: Iterable[Any]) -> dict[str, str]:
    """For the id of each card its name; v₁, v₂ ... where there is none; of a constant its number.

    Examples
    --------
    >>> from tinygrad_edu.drawing.parts import Card
    >>> labels([Card("n0", "input", "x"), Card("n1", "operation", ""), Card("n2", "input", "x")])
    {'n0': 'x', 'n1': 'v₁', 'n2': 'x (2)'}
    """
    found: dict[str, str] = {}
    taken: Counter[str] = Counter()
    variables = constants = 0
    for card in cards:
        label = line(card.name, 40)
        if not label and card.role != "constant":
            variables += 1
            label = numbered("v", variables)
        elif not label and not np.ndim(card.value):
            label = number(np.asarray(card.value)[()])
        elif not label:
            constants += 1
            label = numbered("c", constants)
        found[card.id] = _unique(label, taken)
    return found


def _unique(label: str, taken: Counter[str]) -> str:
    """`label`, with a number behind it from its second use on."""
    found = label
    while taken[found]:
        taken[label] += 1
        found = f"{label} ({taken[label]})"
    taken[found] += 1
    return found
