"""Which values get a line and a name, and which are written where they are used."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinygrad_edu.sourcing.functions import Used
from tinygrad_edu.sourcing.labels import Labels
from tinygrad_edu.sourcing.marks import FILL, PRODUCT
from tinygrad_edu.sourcing.values import Value
from tinygrad_edu.sourcing.writing import ATOM, Text, written

__all__ = ["WIDTH", "Lines", "needed"]

WIDTH = 88
INLINE = 40  # characters of what is written within another expression


def needed(roots: Iterable[Value]) -> list[Value]:
    """The values that these are computed from, and they themselves, in order."""
    found = set(roots)
    waiting = list(found)
    while waiting:
        for part in waiting.pop().parts:
            if part not in found:
                found.add(part)
                waiting.append(part)
    return sorted(found, key=lambda value: value.number)


def _is_number(value: Value) -> bool:
    """Whether it is a number that is known, and so is written rather than looked up."""
    return value.function is FILL and not value.shape


class Lines:
    """The lines of a function's body.

    Attributes
    ----------
    names : dict
        The names of inputs and of the values that have a line.
    texts : dict
        The expression of every value, names and short expressions put in.
    """

    def __init__(
        self,
        labels: Labels,
        inputs: dict[Value, str],
        results: list[Value],
        named: dict[Value, str],
    ) -> None:
        self.labels, self.inputs = labels, inputs
        self.order = [value for value in needed(results) if value not in inputs]
        self.given = inputs | named
        self.chosen = {value for value in self.order if self._has_line(value, results)}
        self.multiplied = {p for v in self.order if v.function is np.matmul for p in v.parts}
        self.used = Used()
        self.names: dict[Value, str] = {}
        self.texts: dict[Value, Text] = {}
        while self._written():  # what is too long is cut into lines, with names, which is longer
            pass

    def _has_line(self, value: Value, results: list[Value]) -> bool:
        own = value in self.labels.own and not _is_number(value)
        return value in self.given or own or value in results

    def _written(self) -> bool:
        """Write everything; whether more values were given a line on the way."""
        self._count()
        chosen = [value for value in self.order if value in self.chosen]
        self.names = self.labels.assigned(self.given, chosen)
        self.used = Used()
        within = {value: Text(name, ATOM) for value, name in self.names.items()}
        self.texts = {}
        grown = False
        for value in self.order:
            text = written(value, within, self.used)
            room = WIDTH - 7 - len(self.names[value]) if value in self.names else INLINE
            while len(text.text) > room:
                inner = {
                    part
                    for part in value.parts
                    if part not in self.names and part not in self.chosen and not _is_number(part)
                }
                longest = max(
                    inner, key=lambda part: (len(within[part].text), part.number), default=None
                )
                if longest is None or within[longest].level == ATOM:
                    break
                self.chosen.add(longest)
                within[longest] = Text("z00_", ATOM)
                text, grown = written(value, within, self.used), True
            self.texts[value] = text
            within.setdefault(value, text)
            if value not in self.names and len(text.text) > INLINE:
                self.chosen.add(value)
                within[value], grown = Text("z00_", ATOM), True
        return grown

    def _count(self) -> None:
        """Values that are used more than once have a line, unless they are as short as a name."""
        uses: dict[Value, int] = {}
        for value in self.order:
            for part in value.parts:
                uses[part] = uses.get(part, 0) + 1
        for value in self.order:
            often = uses.get(value, 0) > 1 and not self._is_short(value, uses[value])
            if often or self._is_factor(value):
                self.chosen.add(value)

    def _is_factor(self, value: Value) -> bool:
        """Whether a product of its own is an operand of a matrix product: it has a line."""
        return value.function is PRODUCT and len(value.args) > 2 and value in self.multiplied

    def _is_short(self, value: Value, count: int) -> bool:
        """Whether it is written again rather than looked up: ``X.T``, or ``output - y``, twice."""
        if _is_number(value):
            return True
        if not value.parts or not all(p in self.inputs or p in self.chosen for p in value.parts):
            return False
        twice = count == 2 and value.function in (np.add, np.subtract) and value not in self.given
        return value.function is np.transpose or (twice and value not in self.labels.own)

    def lines_of(self, values: Iterable[Value]) -> list[Value]:
        """Those of `values` that have a line."""
        return [value for value in values if value in self.names and value not in self.inputs]
