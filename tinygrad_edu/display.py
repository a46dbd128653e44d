"""How notebooks show a Tensor: as the picture of its graph."""

from __future__ import annotations

from typing import Any

__all__ = ["Display"]


class Display:
    """Part of `Tensor`. Drawing stands on Tensor, and is imported when there is one to show."""

    __slots__ = ()

    def _repr_svg_(self) -> str | None:
        from tinygrad_edu.drawing.notebook import shown

        return shown(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from tinygrad_edu.drawing.notebook import bundle

        return bundle(self, include, exclude)

    def _mime_(self) -> tuple[str, str]:  # marimo's
        svg = self._repr_svg_()
        return ("text/plain", repr(self)) if svg is None else ("text/html", svg)
