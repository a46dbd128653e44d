"""From a plan to a file, which is written whole or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tinygrad_edu.drawing.dot import source
from tinygrad_edu.drawing.engine import render
from tinygrad_edu.drawing.parts import Plan
from tinygrad_edu.drawing.picture import Picture
from tinygrad_edu.drawing.svg import polish
from tinygrad_edu.kit.files import write_whole

__all__ = ["Job", "picture", "refuse_unknown", "write"]

SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".gv")
PIXELS_PER_INCH = 192


@dataclass(frozen=True)
class Job:
    """How a plan is to be laid out."""

    downwards: bool = False
    engine: str | os.PathLike[str] | None = None
    time_limit: float = 60.0


def picture(planned: Plan, job: Job) -> Picture:
    """The picture as SVG text that a notebook shows."""
    text = source(planned, job.downwards)
    drawn = polish(render(text, "svg", job.engine, job.time_limit), planned, text)
    return Picture(drawn, partial(pixels, text, job))


def pixels(text: str, job: Job) -> bytes:
    """The picture of DOT as PNG, for screens on which a point is two pixels."""
    start, brace, rest = text.partition("{")
    dense = f"{start}{brace}\n\tdpi={PIXELS_PER_INCH}{rest}"
    return render(dense, "png", job.engine, job.time_limit)


def refuse_unknown(path: str | os.PathLike[str]) -> None:
    """Raise ValueError if the suffix of `path` names no format."""
    if Path(path).suffix.lower() not in SUFFIXES:
        raise ValueError(
            f"draw: {Path(path).name!r} does not end in one of {', '.join(SUFFIXES)}, which says "
            "what to write"
        )


def write(planned: Plan, path: str | os.PathLike[str], job: Job) -> None:
    """The picture in the file `path`, in the format that its suffix names."""
    suffix = Path(path).suffix.lower()
    if suffix == ".svg":
        content = picture(planned, job).encode()
    elif suffix in (".dot", ".gv"):
        content = source(planned, job.downwards).encode()
    elif suffix == ".png":
        content = pixels(source(planned, job.downwards), job)
    else:
        text = source(planned, job.downwards)
        content = render(text, suffix[1:], job.engine, job.time_limit)
    write_whole(path, content)
