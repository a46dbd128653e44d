"""The page of a boundary that forms: its picture, its style and its script, in one text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from string import Template

from tinygrad_edu.kit.palette import DARK, LIGHT
from tinygrad_edu.plot.probabilities import Examples, Grid
from tinygrad_edu.plot.scene import Frame, picture, safe

__all__ = ["document"]


def document(
    frames: Sequence[Frame], grid: Grid, examples: Examples, names: Sequence[str], threshold: float
) -> str:
    """The text of the page. Its policy lets a browser run this script, and load nothing."""
    colours = {key: LIGHT[key] for key in ("paper", "ink", "muted", "rule")}
    colours |= {f"dark_{key}": DARK[key] for key in colours}
    style, script = Template(_file("boundary.css")).substitute(colours), _file("boundary.js")
    sources = f"img-src data:; style-src {_hash(style)}; script-src {_hash(script)}"
    return Template(_file("boundary.html")).substitute(
        title="A decision boundary forming",
        policy=f"default-src 'none'; {sources}",
        style=style,
        script=script,
        picture="\n".join(picture(frames, grid, examples, names, threshold)),
        caption=safe(frames[-1].caption),
        last=len(frames) - 1,
    )


def _file(name: str) -> str:
    return (resources.files("tinygrad_edu.plot") / "page" / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
