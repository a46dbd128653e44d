"""How notebooks show a Tensor: as what draws graphs shows it, once that is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Display", "Drawer", "shown_by"]


class Drawer(Protocol):
    """Who draws graphs for notebooks."""

    def shown(self, t: Any, /) -> str | None:
        """An SVG of the graph of `t`; None where there is none."""

    def bundle(self, t: Any, include: Any, exclude: Any, /) -> dict[str, Any]:
        """`t` in the kinds that are asked for, by their media types."""


_slot: list[Callable[[], Drawer]] = []


def shown_by(drawer: Callable[[], Drawer]) -> None:
    """Let a drawer show Tensors; it is asked for when there is the first one to show."""
    _slot[:] = [drawer]


class Display:
    """Part of `Tensor`, which knows no drawing: drawing stands on Tensor, and fills the slot."""

    __slots__ = ()

    def _repr_svg_(self) -> str | None:
        return _slot[0]().shown(self) if _slot else None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if not _slot:
            return {"text/plain": repr(self)}
        return _slot[0]().bundle(self, include, exclude)

    def _mime_(self) -> tuple[str, str]:  # marimo's
        svg = self._repr_svg_()
        return ("text/plain", repr(self)) if svg is None else ("text/html", svg)
