"""What type checkers and editors are told of functions that take a Tensor and give one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

if TYPE_CHECKING:
    from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["BinaryOperator", "OfArray", "like_its_argument"]

P = ParamSpec("P")
T = TypeVar("T")


class OfArray(Protocol[P]):
    """A function of an array and settings: of a Tensor it is a Tensor, of an array an array."""

    __name__: str
    __qualname__: str

    @overload
    def __call__(self, x: Tensor, /, *args: P.args, **kwargs: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, x: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any: ...


class BinaryOperator(Protocol):
    """An operator of a Tensor and another operand, which is a method of its class."""

    @overload
    def __get__(self, instance: None, owner: type, /) -> Callable[[Any, Any], Tensor]: ...
    @overload
    def __get__(self, instance: T, owner: type[T], /) -> Callable[[Any], Tensor]: ...


def like_its_argument(function: Callable[Concatenate[Any, P], Any]) -> OfArray[P]:
    """`function` itself, of which checkers now know that a Tensor gives a Tensor."""
    typed: Any = function
    return typed  # type: ignore[no-any-return]
