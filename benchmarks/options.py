"""How thoroughly to measure, and where to draw."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Options(NamedTuple):
    """`rounds` in place of each benchmark's own number; `quick` is for seeing that all runs."""

    rounds: int | None = None
    quick: bool = False
    plot: Path | None = None

    def rounds_or(self, usual: int) -> int:
        """How often everyone takes a turn."""
        if self.rounds is not None:
            return self.rounds
        return 1 if self.quick else usual

    def length(self, seconds: float) -> float:
        """How long a turn is at least."""
        return 0.0 if self.quick else seconds
