"""What holds for a block of code, or whenever the code of a function runs."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["Block"]

Make = Callable[[], AbstractContextManager[Any]]


class Block:
    """A context manager that is a decorator too, of any kind of function.

    `make` gives the context manager of a block. A generator and a coroutine run a part at a time,
    and others run in between: each part of theirs is a block of its own.

    Examples
    --------
    >>> from contextlib import contextmanager
    >>> from tinygrad_edu.kit.blocks import Block
    >>> told = []
    >>> @contextmanager
    ... def telling():
    ...     told.append("in")
    ...     try:
    ...         yield
    ...     finally:
    ...         told.append("out")
    >>> @Block(telling)
    ... def numbers():
    ...     yield 1
    ...     yield 2
    >>> for n in numbers():
    ...     told.append(n)
    >>> told
    ['in', 'out', 1, 'in', 'out', 2, 'in', 'out']
    """

    def __init__(self, make: Make) -> None:
        self._make = make
        self._entered: list[AbstractContextManager[Any]] = []

    def __enter__(self) -> None:
        block = self._make()
        block.__enter__()
        self._entered.append(block)

    def __exit__(self, *error: Any) -> bool | None:
        return self._entered.pop().__exit__(*error)

    def __call__(self, function: Any) -> Any:
        if isinstance(function, classmethod | staticmethod):
            return type(function)(self(function.__func__))
        kinds = (_async_generator, inspect.isasyncgenfunction), (_coroutine, _is_coroutine), (
            _generator, inspect.isgeneratorfunction,
        )  # fmt: skip
        for wrapped, is_kind in kinds:
            if is_kind(function) or is_kind(getattr(function, "__call__", None)):  # noqa: B004
                return functools.wraps(function)(wrapped(self._make, function))
        return functools.wraps(function)(_plain(self._make, function))


_is_coroutine = inspect.iscoroutinefunction


def _plain(make: Make, function: Any) -> Any:
    def within(*args: Any, **kwargs: Any) -> Any:
        with make():
            return function(*args, **kwargs)

    return within


def _generator(make: Make, function: Any) -> Any:
    def within(*args: Any, **kwargs: Any) -> Any:
        return (yield from _driven(make, function(*args, **kwargs)))

    return within


def _coroutine(make: Make, function: Any) -> Any:
    async def within(*args: Any, **kwargs: Any) -> Any:
        return await _awaited(make, function(*args, **kwargs))

    return within


def _async_generator(make: Make, function: Any) -> Any:
    async def within(*args: Any, **kwargs: Any) -> Any:
        driven = function(*args, **kwargs)
        part = driven.asend(None)
        while True:
            try:
                value = await _awaited(make, part)
            except StopAsyncIteration:
                return
            try:
                part = driven.asend((yield value))
            except GeneratorExit:
                await _awaited(make, driven.aclose())
                raise
            except BaseException as error:
                part = driven.athrow(error)

    return within


def _driven(make: Make, running: Any) -> Generator[Any, Any, Any]:
    """``yield from running``, in which every part that runs is a block."""
    resume, given = running.send, None
    while True:
        try:
            with make():
                value = resume(given)
        except StopIteration as stop:
            return stop.value
        try:
            resume, given = running.send, (yield value)
        except GeneratorExit:
            with make():
                running.close()
            raise
        except BaseException as error:
            resume, given = running.throw, error


_awaited = types.coroutine(_driven)
