"""The chain rule as source: a plain NumPy function that computes a value and its gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tinygrad_edu.sourcing.identifiers import identifier
from tinygrad_edu.sourcing.page import Page
from tinygrad_edu.sourcing.reading import of_function, of_tensor, refuse_watched
from tinygrad_edu.tensor import Tensor

__all__ = ["Source", "source"]


class Source(str):
    """The text, and the arrays that its function takes besides the inputs.

    Attributes
    ----------
    name : str
        Of the function in the text.
    constants : dict
        The values, by the name of the argument: of parameters and data that were not given as
        inputs.
    """

    name: str
    constants: dict[str, Any]

    def __new__(cls, text: str, name: str, constants: dict[str, Any]) -> Source:
        """The text of a page."""
        made = super().__new__(cls, text)
        made.name, made.constants = name, constants
        return made


def source(
    f: Callable[..., Any] | Tensor,
    *inputs: Any,
    argnums: int | tuple[int, ...] | None = None,
    wrt: Sequence[Tensor] | None = None,
    names: Mapping[str, Any] | None = None,
    gradients: bool = True,
    name: str | None = None,
) -> Source:
    title = "source"
    refuse_watched(title)
    given = dict(names or {})
    if isinstance(f, Tensor):
        reading = of_tensor(title, f, wrt, given, gradients)
        own, result = f.name or "loss", f.name or "loss"
    else:
        places = (argnums,) if isinstance(argnums, int) else argnums
        reading = of_function(title, f, inputs, places, given, gradients)
        own, result = _called(f)
    function = identifier(name or (f"{own}_and_gradients" if gradients else own)) or "computed"
    what = f"The value of {own}, and its gradients." if gradients else f"The value of {own}."
    page = Page(reading, function, identifier(result) or "value", what)
    return Source(page.text, function, page.constants)


def _called(f: Callable[..., Any]) -> tuple[str, str]:
    """The name of a function, and of its result."""
    inner = inspect.unwrap(f)
    own = getattr(inner, "__name__", "") or "value"
    own = own if identifier(own) == own else "value"
    code = getattr(f, "__code__", None)
    if inner is not f and code is not None:
        return f"{code.co_name}_of_{own}", "value"
    return own, own
