"""How a Tensor is shown: in a terminal as text, in a notebook as the picture of its graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.traced import is_traced

__all__ = ["Representations"]


class Representations:
    """What Python, notebooks and format strings ask a Tensor for."""

    __slots__ = ()

    if TYPE_CHECKING:
        _value: Any
        _row: Any
        name: str | None

        @property
        def dtype(self) -> Any: ...
        @property
        def shape(self) -> tuple[int, ...]: ...
        @property
        def ndim(self) -> int: ...
        def item(self) -> Any: ...

    def __repr__(self) -> str:
        if is_traced(self._value):
            return f"Tensor({self._value!r})"
        details = [np.array2string(np.asarray(self._value), separator=", ", prefix="Tensor(")]
        if self.ndim:
            details.append(f"shape={self.shape}")
        if self.dtype != np.float64:
            details.append(f"dtype={self.dtype}")
        if self.name is not None:
            details.append(f"name={self.name!r}")
        if self._row is not None:
            details.append(f"op={self._row.op.__name__}")
        return f"Tensor({', '.join(details)})"

    def _repr_svg_(self) -> str | None:
        from tinygrad_edu.drawing.notebook import shown  # drawing stands on Tensor

        return shown(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from tinygrad_edu.drawing.notebook import bundle

        return bundle(self, include, exclude)

    def _mime_(self) -> tuple[str, str]:  # marimo's
        svg = self._repr_svg_()
        return ("text/plain", repr(self)) if svg is None else ("text/html", svg)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)
