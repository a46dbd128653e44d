"""What gradient tests that don't say otherwise do; the options of pytest's command line set it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CURRENT", "Options"]


@dataclass
class Options:
    """The order and the seed of checks, where a test names none."""

    order: int = 1
    seed: int = 0


CURRENT = Options()
