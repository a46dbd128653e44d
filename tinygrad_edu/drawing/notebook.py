"""A Tensor in a notebook: its picture, or its text where there is none."""

from __future__ import annotations

import sys
from typing import Any

from tinygrad_edu.drawing.engine import EngineError
from tinygrad_edu.drawing.output import Job, picture
from tinygrad_edu.drawing.picture import PNG, SVG, TEXT, Picture, asked_for
from tinygrad_edu.drawing.plan import plan

__all__ = ["bundle", "shown"]

PATIENCE = 10.0  # seconds


def shown(t: Any) -> Picture | None:
    """The picture of `t`: None, so that its repr is shown, where there is none."""
    try:
        return picture(plan(t), Job(time_limit=PATIENCE))
    except (EngineError, ValueError):
        return None


def bundle(t: Any, include: Any, exclude: Any) -> dict[str, Any]:
    """`t` in the kinds that are asked for; its text is its repr."""
    kinds = asked_for(include, exclude)
    found: dict[str, Any] = {TEXT: repr(t)} if TEXT in kinds else {}
    wanted = kinds & {SVG, PNG}
    if wanted and (include or not _text_alone()):
        drawn = shown(t)
        if drawn is not None:
            found |= drawn._repr_mimebundle_(include=wanted)
    return found


def _text_alone() -> bool:
    """Whether we are in IPython in a terminal, which asks for all and shows the text."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and SVG not in shell.display_formatter.active_types
