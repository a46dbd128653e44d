"""Decision boundaries as SVG, frame upon frame, of which a page shows one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

from tinygrad_edu.kit.text import clean
from tinygrad_edu.plot.boundary import heights, leads, shading
from tinygrad_edu.plot.colours import MARKERS, class_colours
from tinygrad_edu.plot.png import data_url, indexed_png
from tinygrad_edu.plot.probabilities import Examples, Grid

__all__ = ["Frame", "picture", "safe"]

_WIDTH, _HEIGHT = 640, 470
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 628, 40, 418  # of the plane within the picture


class Frame(NamedTuple):
    """A moment of a training, and the probabilities then, of shape ``(rows, columns, classes)``."""

    caption: str
    p: Any


class _Axis(NamedTuple):
    """From a coordinate of the inputs to one of the picture."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, values: Any) -> Any:
        return self.start + (values - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Where round numbers are, and how they are written."""
        from matplotlib.ticker import MaxNLocator

        ticks: Any = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(self.low, self.high)
        for tick in ticks.tolist():
            if self.low <= tick <= self.high:
                yield self(tick), f"{round(tick, 12):g}".replace("-", "−")


def picture(
    frames: Sequence[Frame], grid: Grid, examples: Examples, names: Sequence[str], threshold: float
) -> Iterator[str]:
    """The lines of the SVG, in which the last frame shows."""
    horizontal, vertical = grid.extent()
    x, y = _Axis(*horizontal, _LEFT, _RIGHT), _Axis(*vertical, _BOTTOM, _TOP)
    described = f"Decision boundary of {len(names)} classes, with {len(examples.labels)} examples"
    yield f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{described}">'
    for frame in frames:
        shown = "visible" if frame is frames[-1] else "hidden"
        yield f'<g class="frame" data-caption="{safe(frame.caption)}" visibility="{shown}">'
        yield _regions(frame, threshold)
        yield f'<path class="line" d="{_lines(frame, grid, x, y, threshold)}"/></g>'
    yield from _axes(x, y)
    outlines, colours = [_outline(marker) for marker in MARKERS], class_colours(len(names))
    for (first, second), label in zip(examples.inputs, examples.labels, strict=True):
        yield _mark(outlines[label], colours[label], x(first), y(second))
    space = (_RIGHT - _LEFT) / len(names)
    for k, name in enumerate(names):
        yield _mark(outlines[k], colours[k], _LEFT + k * space + 10, 20)
        yield _text("name", _LEFT + k * space + 22, 25, safe(name))
    yield "</svg>"


def safe(text: str) -> str:
    """`text` as it may stand in HTML, also in an attribute."""
    return escape(clean(text))


def _regions(frame: Frame, threshold: float) -> str:
    """A small picture that the browser enlarges, and smooths."""
    # No bands are seen, and there are fewer than the 256 colours that an indexed picture may have.
    opacities = min(64, 255 // frame.p.shape[-1])
    png = indexed_png(shading(leads(frame.p, threshold))[::-1], opacities)
    return (
        f'<image x="{_LEFT}" y="{_TOP}" width="{_RIGHT - _LEFT}" height="{_BOTTOM - _TOP}" '
        f'preserveAspectRatio="none" href="{data_url(png)}"/>'
    )


def _lines(frame: Frame, grid: Grid, x: _Axis, y: _Axis, threshold: float) -> str:
    from contourpy import contour_generator  # Matplotlib brings it, and draws contours by it

    lines: list[Any] = []
    for height in heights(frame.p, threshold):
        lines.extend(contour_generator(grid.x, grid.y, height).lines(0.0))
    return "".join(_path(x(line[:, 0]).tolist(), y(line[:, 1]).tolist()) for line in lines)


def _path(xs: list[float], ys: list[float]) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(xs, ys, strict=True))


def _axes(x: _Axis, y: _Axis) -> Iterator[str]:
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}"/>'
    for place, number in x.ticks():
        yield _text("tick middle", place, _BOTTOM + 18, number)
    for place, number in y.ticks():
        yield _text("tick end", _LEFT - 8, place + 4, number)
    yield _text("label middle", (_LEFT + _RIGHT) / 2, _HEIGHT - 10, "input 1")
    middle = (_TOP + _BOTTOM) / 2
    turned = _text("label middle", 16, middle, "input 2")
    yield f'<g transform="rotate(-90 16 {middle})">{turned}</g>'
    yield _text("tick end", _RIGHT, _HEIGHT - 10, "the deeper, the surer")


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{text}</text>'


def _outline(marker: str) -> str:
    """One of Matplotlib's markers, as an SVG path around 0, 0."""
    from matplotlib.markers import MarkerStyle
    from matplotlib.transforms import Affine2D

    style = MarkerStyle(marker)
    path = style.get_path().transformed(style.get_transform())
    outlines: Any = path.transformed(Affine2D().scale(9, -9)).to_polygons()
    return "".join(f"{_path(*outline.T.tolist())}Z" for outline in outlines)


def _mark(outline: str, colour: str, x: float, y: float) -> str:
    place = f"translate({x:.1f} {y:.1f})"
    return f'<path class="point" fill="{colour}" transform="{place}" d="{outline}"/>'
