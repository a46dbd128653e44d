"""compile(f): a function that computes what f computes, with no graph and no Tensor in it."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any

import numpy as np

from tinygrad_edu.compiling.course import Course, require_same_course
from tinygrad_edu.compiling.fingerprints import attribute
from tinygrad_edu.compiling.sameness import (
    require_agreement,
    require_agreement_nearby,
    require_same,
)
from tinygrad_edu.compiling.specialised import FAILED, MISS, STALE, Specialised
from tinygrad_edu.compiling.structure import Described, describe, used_by
from tinygrad_edu.compiling.surroundings import surroundings
from tinygrad_edu.engine.context import CAPTURE, RULE, STATE
from tinygrad_edu.engine.stand_ins import is_traced
from tinygrad_edu.kit.pytree import flatten, unflatten
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.trace.capture import capture

__all__ = ["Compiled"]


class Compiled:
    """What `compile` gives: a function, and what is known of how it computes."""

    def __init__(self, f: Callable[..., Any], programs: int, jit: bool = False) -> None:
        self.function = f
        self.title = f"compile({attribute(f, '__name__', type(f).__name__)})"
        self._programs: OrderedDict[Hashable, Specialised] = OrderedDict()
        self._most = programs
        self._jit = jit
        self._lock = RLock()
        self._entries = {True: _miss, False: _miss}  # by whether is recorded what is computed
        self.fallbacks = 0
        names = [name for name in functools.WRAPPER_ASSIGNMENTS if attribute(f, name) is not None]
        functools.update_wrapper(self, f, names, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The result of the function, computed by a program made for such arguments."""
        state = STATE.get()
        if not kwargs and RULE.get() is None and state.watch is None:
            result = self._entries[state.recording](*args)
            if result is not MISS and result is not STALE and result is not FAILED:
                return result
        return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The longer way: find the program by the structure of the arguments, or make one."""
        leaves = flatten((args, kwargs), self.title)
        if CAPTURE.get() is not None or any(map(_stands_in, leaves)):
            return self.function(*args, **kwargs)  # it becomes part of what is being captured
        if STATE.get().watch is not None:
            raise RuntimeError(
                f"{self.title}: within debug() nothing is compiled, and no program is watched; "
                "call the function itself, compiled.function(...)"
            )
        described = describe(self.title, (args, tuple(sorted(kwargs.items()))))
        program = self._program(described, args, kwargs)
        result = program.run([_array(leaf) for leaf in described.leaves])
        if result is STALE:
            self._refuse(program.changed())
        if result is STALE or result is FAILED:
            self.fallbacks += 1
            return _plain_result(self.function(*args, **kwargs))
        if not kwargs:
            self._entries[STATE.get().recording] = program.entry
        return result

    def _program(
        self, described: Described, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Specialised:
        key = described.spec, STATE.get().recording
        with self._lock:
            program = self._programs.get(key)
            if program is None:
                program = self._specialised(described, args, kwargs)
                self._programs[key] = program
                if len(self._programs) > self._most:
                    self._programs.popitem(last=False)
            else:
                self._programs.move_to_end(key)
        return program

    def _specialised(
        self, described: Described, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Specialised:
        kwargs = dict(sorted(kwargs.items()))
        first, on_stand_ins, on_arrays = (Course(self.function) for _ in range(3))
        captured = capture(self.title, first, args, kwargs)
        outside = surroundings(self.function, *used_by(described.spec))  # imports are done by now
        constants = require_same(
            self.title, captured, capture(self.title, on_stand_ins, args, kwargs)
        )
        for each in outside:
            if each.changed():
                raise TypeError(
                    f"{self.title}: the function changes {each.name}, which a program would do no "
                    "more; give back what is to be kept"
                )
        with np.errstate(all="ignore"):
            result = on_arrays(*args, **kwargs)
            require_same_course(self.title, on_stand_ins, on_arrays)
            require_agreement(self.title, captured, result, (args, kwargs))
            require_agreement_nearby(self.title, captured, self.function, args, kwargs)
        self._require_found(described.leaves, args, kwargs)
        spec = None if kwargs else described.spec.parts[0]
        known = [each.value for each in outside if isinstance(each.value, np.ndarray)]
        constants = [pair for pair in constants if not any(pair[0] is each for each in known)]
        return Specialised(spec, captured, outside, constants, self._jit)

    def _require_found(self, leaves: list[Any], args: Any, kwargs: Any) -> None:
        """What varies in the arguments is what the capture took to vary."""
        found = {id(leaf): leaf for leaf in flatten((args, kwargs))}
        varying = [leaf for leaf in found.values() if _varies(leaf)]
        if len(varying) != len(leaves) or any(
            one is not other and isinstance(one, Tensor)
            for one, other in zip(varying, leaves, strict=True)
        ):
            raise TypeError(
                f"{self.title}: an argument holds Tensors or arrays where they are not found as "
                "parameters; let them be attributes of modules, or arguments by themselves"
            )

    def _refuse(self, what: str | None) -> None:
        if what is not None:
            raise RuntimeError(
                f"{self.title}: {what} has changed since the function was compiled, and the "
                "program has it as a constant; make it an argument of the function, or call "
                "forget() after the change"
            )

    def forget(self) -> None:
        """Let go of all programs: the next call makes a new one."""
        with self._lock:
            self._programs.clear()
            self._entries = {True: _miss, False: _miss}

    @property
    def source(self) -> str:
        """The Python of the program that was used last, and of what Numba compiles for it."""
        program = self._last()
        return "\n".join([*program.kernels, program.source])

    def report(self) -> str:
        """What each pass did to the program that was used last."""
        program = self._last()
        steps = "\n".join(map(str, program.steps))
        calls = f"calls of the function itself: {self.fallbacks}"
        if program.kernels:
            count = len(program.kernels)
            calls += f"\nkernels: {count}, compiled by Numba in {program.seconds:.2f} s"
        return f"{self.title}\n{steps}\n\n{program.program}\n\n{calls}"

    def _last(self) -> Specialised:
        if not self._programs:
            raise RuntimeError(f"{self.title}: call it first, as a program is made for arguments")
        return next(reversed(self._programs.values()))

    def __repr__(self) -> str:
        count = len(self._programs)
        return f"<{self.title}: {count} program{'' if count == 1 else 's'}>"

    def __str__(self) -> str:
        return self.report() if self._programs else repr(self)


def _miss(*_args: Any) -> Any:
    return MISS


def _varies(leaf: Any) -> bool:
    return not isinstance(leaf, int) or isinstance(leaf, np.generic)


def _stands_in(leaf: Any) -> bool:
    return is_traced(leaf) or (isinstance(leaf, Tensor) and is_traced(leaf._value))


def _array(leaf: Any) -> Any:
    return leaf._value if isinstance(leaf, Tensor) else leaf


def _plain_result(result: Any) -> Any:
    """The same in arrays of its own, in place of Tensors too, as a program gives it."""

    return unflatten(result, [_own(leaf) for leaf in flatten(result)])


def _own(leaf: Any) -> Any:
    if isinstance(leaf, Tensor):
        return np.array(leaf._value)[()]
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf
