"""A picture as text that notebooks show: Jupyter's and Sphinx's protocols, and marimo's."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from html import unescape
from typing import Any

__all__ = ["Picture", "asked_for"]

SVG, PNG, TEXT = "image/svg+xml", "image/png", "text/plain"


class Picture(str):
    """SVG text that a notebook shows as the picture.

    Where only text can be shown it says what the picture is of; as PNG it is drawn when asked for.

    Examples
    --------
    >>> from tinygrad_edu import Tensor, draw
    >>> x = Tensor(2.0, name="x")
    >>> y = x * 3
    >>> y.backward()
    >>> draw(y)
    <Picture: Computation graph of the output: 1 operation, 1 input, 1 constant, with gradients>
    """

    __slots__ = ("_png",)
    _png: Callable[[], bytes] | None

    def __new__(cls, svg: str, png: Callable[[], bytes] | None = None) -> Picture:
        """`png` draws the same as PNG."""
        picture = super().__new__(cls, svg)
        picture._png = png
        return picture

    def __reduce__(self) -> tuple[Any, ...]:
        return Picture, (str(self),)

    def __repr__(self) -> str:
        title = re.search("<title[^>]*>(.*?)</title>", self, re.DOTALL)
        counts = re.search("<desc[^>]*>(.*?)[.]", self, re.DOTALL)
        words = ": ".join(" ".join(unescape(each[1]).split()) for each in (title, counts) if each)
        return f"<Picture: {words}>"

    def _repr_svg_(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        kinds = asked_for(include, exclude)
        bundle: dict[str, Any] = {SVG: str(self), TEXT: repr(self)}
        if PNG in kinds and self._png is not None:
            bundle[PNG] = self._png()
        return {kind: shown for kind, shown in bundle.items() if kind in kinds}

    def _mime_(self) -> tuple[str, str]:  # marimo's
        return "text/html", str(self)


def asked_for(include: Collection[str] | None, exclude: Collection[str] | None) -> set[str]:
    """The kinds of those that we have which a notebook asks for; PNG only by its name."""
    kinds = {SVG, PNG, TEXT} & set(include) if include else {SVG, TEXT}
    return kinds - set(exclude or ())
