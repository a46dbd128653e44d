"""From a Tensor to a file, which is written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinygrad_edu.drawing.dot import source
from tinygrad_edu.drawing.engine import NoEngineError, render
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.drawing.svg import polish

__all__ = ["notebook", "svg", "write"]

TEXT = (".dot", ".gv")
PIXELS_PER_INCH = 192
Names = Mapping[str, Any] | None
Engine = str | os.PathLike[str] | None


def svg(t: Any, names: Names, engine: Engine, downwards: bool, time_limit: float) -> str:
    """The picture of `t` as SVG text."""
    planned = plan(t, names)
    text = source(planned, downwards)
    return polish(render(text, "svg", engine, time_limit), planned, text)


def notebook(t: Any) -> str | None:
    """The picture of `t` for a notebook: None, and so its repr, where none can be drawn."""
    try:
        return svg(t, None, None, downwards=False, time_limit=10.0)
    except (NoEngineError, ValueError):
        return None


def write(
    t: Any, path: Any, names: Names, engine: Engine, downwards: bool, time_limit: float
) -> None:
    """The picture of `t` in the file `path`, in the format that its suffix names."""
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".svg":
        content = svg(t, names, engine, downwards, time_limit).encode()
    elif suffix in TEXT:
        content = source(plan(t, names), downwards).encode()
    elif suffix in (".png", ".pdf"):
        dpi = PIXELS_PER_INCH if suffix == ".png" else None
        text = source(plan(t, names), downwards, dpi)
        content = render(text, suffix[1:], engine, time_limit)
    else:
        raise ValueError(
            f"draw: {target.name!r} has no suffix of a picture; write .svg, .png, .pdf, .dot or .gv"
        )
    _write_whole(target, content)


def _write_whole(target: Path, content: bytes) -> None:
    """A neighbour that takes the place of `target` at once, so that nobody sees half a file."""
    neighbour = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with open(neighbour, "xb") as file:
            file.write(content)
        os.replace(neighbour, target)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(target)) from None
    finally:
        neighbour.unlink(missing_ok=True)
