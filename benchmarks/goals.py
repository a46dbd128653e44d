"""What our own figures are to stay below; who doesn't is told on the standard error."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from benchmarks.contenders import COMPILED, EAGER, NUMBA
from benchmarks.problems import NETWORKS

# As multiples of the hand-written step's time, for each of the networks.
NETWORK_STEP = {
    EAGER: dict(zip(NETWORKS, (2.0, 1.35, 1.1, 1.03), strict=True)),
    COMPILED: dict(zip(NETWORKS, (0.75, 0.8, 0.85, 0.95), strict=True)),
    NUMBA: dict(zip(NETWORKS, (0.3, 0.8, 0.8, 0.9), strict=True)),
}
ELEMENTWISE = {EAGER: 1.1, COMPILED: 0.6, NUMBA: 0.3}
ELEMENTWISE_PEAK = {COMPILED: 0.5, NUMBA: 0.5}  # of the eager one's
FIRST_CALL = {COMPILED: 20.0}  # milliseconds


def hold(what: str, limits: Mapping[str, float], found: Mapping[str, float]) -> None:
    """Tell of each figure that is above its limit."""
    for name, limit in limits.items():
        if name in found and found[name] > limit:
            print(f"{what}: {name} {found[name]:.2f}, at most {limit}", file=sys.stderr)
