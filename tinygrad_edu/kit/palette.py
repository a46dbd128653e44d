"""The colours: for colour-blind eyes too, with contrast of 4.5 : 1 or better, light and dark.

The picture carries the light ones as attributes, so that any program shows it; in a browser a
style sheet puts variables in their place, which change with the reader's preference.
"""

from __future__ import annotations

__all__ = ["DARK", "FONT", "HEAT_STEPS", "LIGHT", "heat", "stylesheet"]

FONT = "Helvetica,Arial,sans-serif"

LIGHT = {
    "paper": "#fdfdfe",
    "box": "#f3f5f8",
    "box2": "#e8ecf1",
    "boxline": "#7a8693",
    "card": "#fffffe",
    "input": "#dcecfb",
    "parameter": "#fdefcf",
    "constant": "#eceef0",
    "module": "#ece8f6",
    "ink": "#1a1f25",
    "muted": "#505a65",
    "value": "#0b4a97",
    "gradient": "#96330f",
    "cardline": "#7d8894",
    "rule": "#c9d0d8",
    "inputline": "#2f6fad",
    "parameterline": "#97660a",
    "moduleline": "#6f5fa6",
    "edge": "#68737f",
    "undefined": "#6b2f8a",
}

DARK = {
    "paper": "#10151b",
    "box": "#171e26",
    "box2": "#1e2731",
    "boxline": "#6b7a8a",
    "card": "#222c37",
    "input": "#15375a",
    "parameter": "#443410",
    "constant": "#333c46",
    "module": "#332c4a",
    "ink": "#eef2f6",
    "muted": "#b3bfcb",
    "value": "#8ec5ff",
    "gradient": "#ffb48c",
    "cardline": "#7f8d9b",
    "rule": "#455261",
    "inputline": "#6aa9e6",
    "parameterline": "#d9a63c",
    "moduleline": "#a895e0",
    "edge": "#93a1af",
    "undefined": "#d7a6f2",
}

HEAT_STEPS = 6  # on each side of zero
_ENDS = {
    "light": ((247, 247, 247), (5, 92, 168), (201, 84, 5)),
    "dark": ((48, 57, 67), (96, 178, 255), (255, 148, 66)),
}


def heat(level: int, mode: str = "light") -> str:
    """The colour of `level`: from -HEAT_STEPS, orange, over 0, pale, to HEAT_STEPS, blue."""
    zero, positive, negative = _ENDS[mode]
    end = positive if level >= 0 else negative
    share = abs(level) / HEAT_STEPS
    return "#" + "".join(
        f"{round(a + (b - a) * share):02x}" for a, b in zip(zero, end, strict=True)
    )


def stylesheet() -> str:
    """Variables for all colours, used wherever the light colour stands as an attribute."""
    levels = range(-HEAT_STEPS, HEAT_STEPS + 1)
    light = LIGHT | {f"heat{level}": heat(level) for level in levels}
    dark = DARK | {f"heat{level}": heat(level, "dark") for level in levels}
    lines = [_variables(light), f"@media (prefers-color-scheme:dark){{{_variables(dark)}}}"]
    lines += [
        f'.tinygrad-edu [{attribute}="{colour}"]{{{attribute}:var(--te-{name})}}'
        for name, colour in light.items()
        for attribute in ("fill", "stroke")
    ]
    # The cells of a heatmap abut, and no seam should show between them.
    lines.append('.tinygrad-edu polygon[stroke="none"]{shape-rendering:crispEdges}')
    return "\n".join(lines)


def _variables(colours: dict[str, str]) -> str:
    return ".tinygrad-edu{" + ";".join(f"--te-{k}:{v}" for k, v in colours.items()) + "}"
