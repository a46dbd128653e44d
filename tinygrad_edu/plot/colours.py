"""Colours that are told apart by colour-blind eyes, on light pages and on dark ones.

The lines and points have contrast of 3 : 1 or better with both, so that a transparent picture needs
no second set; and each has a marker or a dash of its own, for eyes and printers without colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.kit.palette import HEAT_STEPS, heat

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap

__all__ = [
    "DASHES",
    "MARKERS",
    "SERIES",
    "class_colours",
    "ink_on",
    "series_colours",
    "value_scale",
]

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


def value_scale() -> LinearSegmentedColormap:
    """The scale of the drawings: orange where negative, pale at zero, blue where positive."""
    from matplotlib.colors import LinearSegmentedColormap

    ends = [heat(level) for level in (-HEAT_STEPS, 0, HEAT_STEPS)]
    return LinearSegmentedColormap.from_list("value", ends, N=_SCALE_STEPS)


def ink_on(colour: Any) -> str:
    """Black or white, whichever has more contrast with `colour`, its red, green and blue: of the
    two, one always has 4.5 : 1 or better. The formula of the luminance is that of WCAG 2.
    """
    c = np.asarray(colour)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"
