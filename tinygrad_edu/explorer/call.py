"""A call of one of the page's functions, and the error where there is none to call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tinygrad_edu.engine.rule import title

__all__ = ["Call", "UnknownError"]


class UnknownError(ValueError):
    """The page does not know a function, whose title is the message."""

    def __init__(self, function: Any) -> None:
        super().__init__(title(function))


@dataclass
class Call:
    """A function of the page by name, its operands and its parameters, ready for JSON."""

    name: str
    operands: list[Any]
    params: dict[str, Any] = field(default_factory=dict)
