"""What surrounds a computation: whether it is recorded, within which module calls, and who watches.

All lives in one context variable, so that every thread and every asyncio task has its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

from tinygrad_edu.kit.blocks import Block

__all__ = [
    "CAPTURE",
    "STATE",
    "Scope",
    "captured_by",
    "change",
    "look_at",
    "no_grad",
    "recording",
    "refuse_within_rule",
    "rule_of",
    "scope",
    "watched",
]  # fmt: skip


class Scope:
    """One call of a module: the operations recorded within it belong to it.

    It is its own context manager, as a small network spends a good part of its time on calls.
    """

    __slots__ = ("_token", "module", "parent")

    def __init__(self, module: Any, parent: Scope | None) -> None:
        self.module = module
        self.parent = parent
        self._token: Token[_State] | None = None

    def __enter__(self) -> None:
        now = STATE.get()
        self._token = STATE.set(_State(now.recording, self, now.watch))

    def __exit__(self, *_error: object) -> None:
        token, self._token = self._token, None  # a node keeps the Scope: let the rest go
        if token is not None:
            STATE.reset(token)


class _State:
    """One state, never changed: slots, as they are read for every node and a tuple is slower."""

    __slots__ = ("recording", "scope", "watch")

    def __init__(
        self, recording: bool = True, scope: Scope | None = None, watch: Any = None
    ) -> None:
        self.recording = recording
        self.scope = scope
        self.watch = watch  # within `debug`: what is told of every node, and runs every sweep


STATE: ContextVar[_State] = ContextVar("tinygrad_edu", default=_State())  # noqa: B039 (immutable)


class _Set:
    """A block in which a part of the state is another; no generator, as it is entered often."""

    __slots__ = ("_changes", "_token")

    def __init__(self, **changes: Any) -> None:
        self._changes = changes

    def __enter__(self) -> None:
        now = STATE.get()
        state = _State(now.recording, now.scope, now.watch)
        for name, value in self._changes.items():
            setattr(state, name, value)
        self._token = STATE.set(state)

    def __exit__(self, *_error: object) -> None:
        STATE.reset(self._token)


# The rule of a user's that is running to be recorded: within it, no value may leave the graph.
RULE: ContextVar[str | None] = ContextVar("tinygrad_edu rule", default=None)


@contextmanager
def rule_of(called: str) -> Iterator[None]:
    """Within, a derivative written by a user is recorded; it goes by this name in messages."""
    token = RULE.set(called)
    try:
        yield
    finally:
        RULE.reset(token)


# Who captures what a function comes down to, while it runs on stand-ins for its arguments.
CAPTURE: ContextVar[Any] = ContextVar("tinygrad_edu capture", default=None)


@contextmanager
def captured_by(capture: Any) -> Iterator[None]:
    """Within, `capture` is told which Tensors are looked at, and which are to be changed."""
    token = CAPTURE.set(capture)
    try:
        yield
    finally:
        CAPTURE.reset(token)


def change(what: str, *tensors: Any) -> None:
    """Say that `tensors` are about to change, which a capture refuses of what it did not make."""
    capture = CAPTURE.get()
    if capture is not None:
        for tensor in tensors:
            capture.changed(tensor, what)


def look_at(*tensors: Any) -> None:
    """Say that the values of `tensors` are made use of."""
    capture = CAPTURE.get()
    if capture is not None:
        for tensor in tensors:
            capture.looked_at(tensor)


def refuse_within_rule(taken: str, tensor: Any) -> None:
    """Raise if a rule is running: a value that is taken out of it would be taken for a constant."""
    look_at(tensor)
    called = RULE.get()
    if called is not None:
        raise TypeError(
            f"{called}: {taken} takes a value out of a backward pass that is recorded, so that the "
            "second derivative would be wrong; write the rule in NumPy's functions alone"
        )


def no_grad() -> Block:
    """Record nothing: Tensors computed within are leaves, with no way back to their inputs.

    A context manager and a decorator; it holds for the current thread or asyncio task only. It
    decorates generators and coroutines as well, and holds while they run, not for who uses them.
    A block, ``with no_grad(): ... yield ...``, holds for whoever asked for the value too, till the
    generator goes on and leaves the block: Python tells nobody of a ``yield``.

    Examples
    --------
    >>> from tinygrad_edu import Tensor, no_grad
    >>> w = Tensor(2.0)
    >>> with no_grad():
    ...     (w * w).parents
    ()
    >>> @no_grad()
    ... def squares(w):
    ...     while True:
    ...         yield w * w
    >>> values = squares(w)
    >>> next(values).parents, (w * w).parents == (w, w)
    ((), True)
    """
    return Block(lambda: _Set(recording=False))


def recording(on: bool) -> Any:
    """Switch recording on or off within a block."""
    return _Set(recording=on)


def watched(watch: Any) -> Any:
    """Let `watch` look on within a block; nobody, if None."""
    return _Set(watch=watch)


def scope(module: Any) -> Scope:
    """Mark what is recorded within as made by one call of `module`."""
    return Scope(module, STATE.get().scope)
