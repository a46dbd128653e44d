"""Constants: what is an array of another class is made a plain one, if nothing is lost by that.

A class can have operators of its own (those of `np.matrix` multiply matrices), a say in NumPy's
functions, or a mask. Rules are written for NumPy's operators, so these would give the gradient of
another function, and are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from tinygrad_edu.kit.nested import mapped

__all__ = ["plain", "plain_arguments", "refuse_masked"]

_BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul"]
_OPERATORS = [f"__{kind}{name}__" for name in _BINARY for kind in ("", "r", "i")]
_OPERATORS += ["__neg__", "__pos__", "__abs__"]
_PROTOCOLS = ["__array_ufunc__", "__array_function__"]
_INSTEAD = "write np.asarray(a) for a plain array, if that is what is meant"


def plain(array: Any, name: str, by_operator: bool = True) -> Any:
    """`array`, of whatever class, as a plain one.

    Raises
    ------
    TypeError
        If its class has a mask, has operators or functions of its own, or it holds Python objects.
        The operators don't matter in one of NumPy's ufuncs: then `by_operator` is false.
    """
    cls: Any = type(array)
    if not issubclass(cls, np.ndarray):  # what stands for an array says that it is one
        return array
    if cls is not np.ndarray:
        refuse_masked(array, name)
        operators, protocols = _peculiarities(cls)
        if protocols or (operators and (by_operator or cls is np.matrix)):
            raise TypeError(
                f"{name}: an array of shape {array.shape} is of the class {cls.__name__}, whose "
                f"{(protocols or operators)[0]} is not that of arrays, so the gradient would be "
                f"that of another function; {_INSTEAD}"
            )
        array = np.asarray(array)
    if array.dtype.kind == "O":
        raise TypeError(
            f"{name}: an array of shape {array.shape} has dtype object, and there are no "
            "derivatives of Python objects; write a.astype(float)"
        )
    return array


def refuse_masked(data: Any, name: str) -> None:
    """Raise if `data`, of which the numbers alone are taken, has a mask, also in a list."""
    if isinstance(data, list | tuple):
        for array in _arrays_in(data):
            refuse_masked(array, name)
    elif issubclass(type(data), np.ndarray) and hasattr(data, "mask"):  # numpy.ma is slow to import
        raise TypeError(
            f"{name}: a Tensor has no mask, and the mask of the {type(data).__name__} "
            "would be lost; write a.filled(0), or choose with np.where(a.mask, 0, t)"
        )


def plain_arguments(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any], by_operator: bool = True
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call, with plain arrays for all arrays in them, also in lists."""

    def made_plain(array: Any) -> Any:
        return plain(array, name, by_operator)

    if any(map(_is_peculiar, args)) or (kwargs and any(map(_is_peculiar, kwargs.values()))):
        args, kwargs = mapped((args, kwargs), np.ndarray, made_plain)
    return args, kwargs


def _is_peculiar(argument: Any) -> bool:
    """Whether there is another array than a plain one in it."""
    cls = type(argument)
    if cls is np.ndarray:
        return bool(argument.dtype.kind == "O")
    if cls is list or cls is tuple:
        return any(map(_is_peculiar, _arrays_in(argument)))
    return issubclass(cls, np.ndarray)


def _arrays_in(sequence: Any) -> Iterator[Any]:
    """The arrays in nested lists, however deep they are."""
    waiting, seen = [sequence], {id(sequence)}
    for part in waiting:  # which grows on the way
        for each in part:
            if issubclass(type(each), np.ndarray):
                yield each
            elif (type(each) is list or type(each) is tuple) and id(each) not in seen:
                seen.add(id(each))  # it may hold itself
                waiting.append(each)


@lru_cache(maxsize=256)
def _peculiarities(cls: type) -> tuple[list[str], list[str]]:
    """Which operators, and which of NumPy's protocols, are a class's own."""

    def own(names: list[str]) -> list[str]:
        pairs = (
            (each, getattr(cls, each, None), getattr(np.ndarray, each, None)) for each in names
        )
        return [each for each, mine, numpys in pairs if mine is not numpys]

    return own(_OPERATORS), own(_PROTOCOLS)
