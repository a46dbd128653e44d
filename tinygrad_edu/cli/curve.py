"""Losses over the epochs: one line for a terminal, and a small SVG that needs no other program."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from tinygrad_edu.kit.palette import DARK, LIGHT

__all__ = ["curve_svg", "sparkline"]

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 118, 46, 48
_INKS = ("value", "gradient")  # told apart without colours too: the second one is dashed


def sparkline(values: Sequence[float], width: int = 32) -> str:
    """The course of the values in at most `width` characters.

    Examples
    --------
    >>> from tinygrad_edu.cli.curve import sparkline
    >>> sparkline([8, 6, 5, 3, 2, 1, 1])
    '█▆▅▃▂▁▁'
    """
    pieces = np.array_split(np.asarray(values, float), min(width, len(values)) or 1)
    means = np.array([np.mean(piece) for piece in pieces if piece.size])
    if not means.size:
        return ""
    low, high = float(np.min(means)), float(np.max(means))
    levels = (means - low) / ((high - low) or 1) * 7
    return "".join("▁▂▃▄▅▆▇█"[round(level)] for level in levels.tolist())


def curve_svg(series: Mapping[str, Sequence[float]], title: str) -> str:
    """A line for each series, over the epochs 1, 2, ..., on an axis that starts at 0.

    Parameters
    ----------
    series : mapping of str to sequence of float
        One or two, by the name that stands at the end of the line; finite and not negative.
    title : str
    """
    epochs = max(len(values) for values in series.values())
    top = max(max(values) for values in series.values()) or 1.0
    rows = _ticks(top)
    top = max(top, rows[-1])

    def x(epoch: float) -> float:
        return _LEFT + (epoch - 1) / max(epochs - 1, 1) * (_WIDTH - _LEFT - _RIGHT)

    def y(loss: float) -> float:
        return _HEIGHT - _BOTTOM - loss / top * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="te-title te-desc" '
        'font-family="system-ui, Helvetica, Arial, sans-serif" font-size="13">',
        f'<title id="te-title">{escape(title)}</title>',
        f'<desc id="te-desc">{escape(_described(series))}</desc>',
        f"<style>{_dark()}</style>",
        f'<rect {_fill("paper")} width="{_WIDTH}" height="{_HEIGHT}"/>',
        f'<text {_fill("ink")} font-size="16" font-weight="600" x="{_LEFT}" y="26">'
        f"{escape(title)}</text>",
    ]
    for row in rows:
        parts.append(f'<path {_stroke("rule")} d="M{_LEFT} {y(row):.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(_tick(f"{row:g}", _LEFT - 8, y(row) + 4, "end"))
    between = [int(tick) for tick in _ticks(epochs)[1:-1] if x(epochs) - x(tick) > 40]
    parts += [
        _tick(str(epoch), x(epoch), _HEIGHT - _BOTTOM + 20, "middle")
        for epoch in sorted({1, *between, epochs})
    ]
    parts.append(_tick("epoch", (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, "middle"))
    ends = _apart([y(values[-1]) for values in series.values()])
    for (name, values), ink, end in zip(series.items(), _INKS, ends, strict=False):
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(values, start=1))
        dashes = ' stroke-dasharray="7 4"' if ink == _INKS[1] else ""
        style = f'{_stroke(ink)} fill="none" stroke-width="2.2" stroke-linejoin="round"{dashes}'
        parts.append(f'<polyline {style} points="{points}"/>')
        label = f"{escape(name)} {values[-1]:.3g}"
        parts.append(f'<text {_fill(ink)} x="{x(epochs) + 8:.1f}" y="{end + 4:.1f}">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _tick(text: str, x: float, y: float, anchor: str) -> str:
    return f'<text {_fill("muted")} text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}">{text}</text>'


def _fill(colour: str) -> str:
    return f'class="f-{colour}" fill="{LIGHT[colour]}"'


def _stroke(colour: str) -> str:
    return f'class="s-{colour}" stroke="{LIGHT[colour]}"'


def _dark() -> str:
    """Other colours where the reader prefers a dark page; any program can show the light ones."""
    fills = [f".f-{name}{{fill:{DARK[name]}}}" for name in ("paper", "ink", "muted", *_INKS)]
    strokes = [f".s-{name}{{stroke:{DARK[name]}}}" for name in ("rule", *_INKS)]
    return f"@media(prefers-color-scheme:dark){{{''.join(fills + strokes)}}}"


def _ticks(top: float) -> list[float]:
    """Round numbers from 0 to `top` and the first one above it, three to seven of them."""
    unit = 10.0 ** math.floor(math.log10(top))
    step = next(unit * size for size in (0.2, 0.5, 1, 2) if top / (unit * size) <= 5.5)
    return [float(f"{step * k:.3g}") for k in range(math.ceil(top / step - 1e-9) + 1)]


def _apart(ends: list[float]) -> list[float]:
    """The heights of two labels, moved apart where they would overlap."""
    if len(ends) < 2 or abs(ends[0] - ends[1]) >= 16:
        return ends
    middle, sign = sum(ends) / 2, 8 if ends[0] >= ends[1] else -8
    middle = min(middle, _HEIGHT - _BOTTOM - 8)  # not on the numbers of the epochs
    return [middle + sign, middle - sign]


def _described(series: Mapping[str, Sequence[float]]) -> str:
    lines = [f"{name} from {v[0]:.3g} to {v[-1]:.3g}" for name, v in series.items()]
    return f"{', '.join(lines)}, in {max(map(len, series.values()))} epochs"
