"""What tests of gradients that don't say otherwise do; the options of pytest set it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CURRENT", "Options"]


@dataclass
class Options:
    """The order and the seed of checks, where a test names none, and how many examples to draw."""

    order: int = 1
    seed: int = 0
    examples: int | None = None  # as many as Hypothesis is set to


CURRENT = Options()
