"""From a plan to a file, which is written whole or not at all."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinygrad_edu.drawing.dot import source
from tinygrad_edu.drawing.engine import EngineError, render
from tinygrad_edu.drawing.plan import Plan, plan
from tinygrad_edu.drawing.svg import polish

__all__ = ["Job", "notebook", "refuse_unknown", "svg", "write", "write_whole"]

SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".gv")
PIXELS_PER_INCH = 192


@dataclass(frozen=True)
class Job:
    """How a plan is to be laid out."""

    downwards: bool = False
    engine: str | os.PathLike[str] | None = None
    time_limit: float = 60.0


def svg(planned: Plan, job: Job) -> str:
    """The picture as SVG text."""
    text = source(planned, job.downwards)
    return polish(render(text, "svg", job.engine, job.time_limit), planned, text)


def notebook(t: Any) -> str | None:
    """The picture of `t` for a notebook: None, so that its repr is shown, where there is none."""
    try:
        return svg(plan(t), Job(time_limit=10.0))
    except (EngineError, ValueError):
        return None


def refuse_unknown(path: str | os.PathLike[str]) -> None:
    """Raise ValueError if the suffix of `path` names no format."""
    if Path(path).suffix.lower() not in SUFFIXES:
        raise ValueError(
            f"draw: {Path(path).name!r} does not end in one of {', '.join(SUFFIXES)}, which says "
            "what to write"
        )


def write(planned: Plan, path: str | os.PathLike[str], job: Job) -> None:
    """The picture in the file `path`, in the format that its suffix names."""
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".svg":
        content = svg(planned, job).encode()
    elif suffix in (".dot", ".gv"):
        content = source(planned, job.downwards).encode()
    else:
        text = source(planned, job.downwards, PIXELS_PER_INCH if suffix == ".png" else None)
        content = render(text, suffix[1:], job.engine, job.time_limit)
    write_whole(path, content)


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """A neighbour that takes the place of the file at once, so that nobody sees half of it."""
    target = Path(path)
    neighbour = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with open(neighbour, "xb") as file:
            file.write(content)
        os.replace(neighbour, target)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(target)) from None
    finally:
        neighbour.unlink(missing_ok=True)
