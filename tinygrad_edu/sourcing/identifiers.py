"""Unique Python names for anything that people call their Tensors."""

from __future__ import annotations

import builtins
import keyword

from tinygrad_edu.kit.quoting import identifier

__all__ = ["Identifiers"]

_TAKEN = {
    *dir(builtins), *keyword.kwlist, *keyword.softkwlist, "np", "special",
}  # fmt: skip


class Identifiers:
    """Gives every name out once: Python's own are taken, and so are those in `taken`."""

    def __init__(self, taken: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        self.taken = _TAKEN | taken
        self._next: dict[str, int] = {}  # so that many of one kind take no longer

    def new(self, name: str, otherwise: str = "v") -> str:
        """`name` if it is free, else one like it."""
        wanted = identifier(name) or otherwise
        if wanted in _TAKEN:
            wanted = f"{wanted}_"
        if wanted in self.taken:
            return self.numbered(f"{wanted}_" if wanted[-1].isdigit() else wanted, 2)
        self.taken.add(wanted)
        return wanted

    def numbered(self, word: str, start: int = 1) -> str:
        """The first of z1, z2 ... that is free."""
        number = self._next.get(word, start)
        while f"{word}{number}" in self.taken:
            number += 1
        self._next[word] = number + 1
        self.taken.add(f"{word}{number}")
        return f"{word}{number}"
