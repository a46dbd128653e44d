"""Colours that are told apart by colour-blind eyes, on light pages and on dark ones.

The lines and points have contrast of 3 : 1 or better with both, so that a transparent picture needs
no second set; and each has a marker or a dash of its own, for eyes and printers without colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_edu.drawing.palette import HEAT_STEPS, heat

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap

__all__ = ["DASHES", "MARKERS", "SERIES", "class_colours", "series_colours", "value_scale"]

SERIES = (
    "#2f7fc6",  # blue
    "#c9661a",  # orange
    "#1a8a6a",  # green
    "#b5579a",  # pink
    "#8a7a1f",  # olive
    "#7a6ad0",  # violet
    "#d0504a",  # red
    "#7b858f",  # grey
)
MARKERS = "osD^vPXp"
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)))

_SCALE_STEPS = 49  # odd, so that zero has a step of its own


def series_colours(count: int) -> list[Any]:
    """A colour for each of `count` things in order; of many, neighbours have similar ones."""
    if count <= len(SERIES):
        return list(SERIES[:count])
    from matplotlib import colormaps

    scale = colormaps["viridis"]
    return [scale(0.15 + 0.7 * k / (count - 1)) for k in range(count)]


def class_colours(count: int) -> tuple[str, ...]:
    """A colour for each class; of two, the second one is blue: the positive one."""
    return (SERIES[1], SERIES[0]) if count == 2 else SERIES[:count]


def value_scale(mode: str = "light") -> LinearSegmentedColormap:
    """The scale of the drawings: orange where negative, pale at zero, blue where positive."""
    from matplotlib.colors import LinearSegmentedColormap

    ends = [heat(level, mode) for level in (-HEAT_STEPS, 0, HEAT_STEPS)]
    return LinearSegmentedColormap.from_list("value", ends, N=_SCALE_STEPS)
