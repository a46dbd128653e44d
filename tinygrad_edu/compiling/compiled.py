"""compile(f): a function that computes what f computes, with no graph and no Tensor in it."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any

import numpy as np

from tinygrad_edu.compiling.sameness import require_agreement, require_same
from tinygrad_edu.compiling.specialised import FAILED, MISS, STALE, Specialised
from tinygrad_edu.compiling.structure import Described, describe, used_by
from tinygrad_edu.compiling.surroundings import surroundings
from tinygrad_edu.context import CAPTURE, RULE, STATE
from tinygrad_edu.jit.machine import require_numba
from tinygrad_edu.programs.capture import capture
from tinygrad_edu.pytree import flatten, unflatten
from tinygrad_edu.tensor import Tensor
from tinygrad_edu.traced import is_traced

__all__ = ["Compiled", "compile"]


class Compiled:
    """What `compile` gives: a function, and what is known of how it computes."""

    def __init__(self, f: Callable[..., Any], programs: int, jit: bool = False) -> None:
        self.function = f
        self.title = f"compile({getattr(f, '__name__', type(f).__name__)})"
        self._programs: OrderedDict[Hashable, Specialised] = OrderedDict()
        self._most = programs
        self._jit = jit
        self._lock = RLock()
        self._entry: Callable[..., Any] = _miss
        self.fallbacks = 0
        functools.update_wrapper(self, f, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The result of the function, computed by a program made for such arguments."""
        if not kwargs and RULE.get() is None and STATE.get().watch is None:
            result = self._entry(*args)
            if result is not MISS and result is not STALE and result is not FAILED:
                return result
        return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The longer way: find the program by the structure of the arguments, or make one."""
        if CAPTURE.get() is not None or any(map(_stands_in, flatten((args, kwargs)))):
            return self.function(*args, **kwargs)  # it becomes part of what is being captured
        if STATE.get().watch is not None:
            raise RuntimeError(
                f"{self.title}: within debug() nothing is compiled, and no program is watched; "
                "call the function itself, compiled.function(...)"
            )
        described = describe(self.title, (args, tuple(sorted(kwargs.items()))))
        program = self._program(described, args, kwargs)
        leaves = [_array(leaf) for leaf in described.leaves]
        result = program.run(leaves)
        if result is STALE:
            self._refuse(program.changed())
        if result is STALE or result is FAILED:
            self.fallbacks += 1
            return _plain_result(self.function(*args, **kwargs))
        if not kwargs:
            self._entry = program.entry
        return result

    def _program(
        self, described: Described, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Specialised:
        with self._lock:
            program = self._programs.get(described.spec)
            if program is None:
                program = self._specialised(described, args, kwargs)
                self._programs[described.spec] = program
                if len(self._programs) > self._most:
                    self._programs.popitem(last=False)
            else:
                self._programs.move_to_end(described.spec)
        return program

    def _specialised(
        self, described: Described, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Specialised:
        kwargs = dict(sorted(kwargs.items()))
        captured = capture(self.title, self.function, args, kwargs)
        outside = surroundings(self.function, *used_by(described.spec))  # imports are done by now
        again = capture(self.title, self.function, args, kwargs)
        constants = require_same(self.title, captured, again)
        for each in outside:
            if each.changed():
                raise TypeError(
                    f"{self.title}: the function changes {each.name}, which a program would do no "
                    "more; give back what is to be kept"
                )
        with np.errstate(all="ignore"):
            result = self.function(*args, **kwargs)
            require_agreement(self.title, captured, result)
        self._require_found(described.leaves, args, kwargs)
        spec = None if kwargs else described.spec.parts[0]
        known = [each.value for each in outside if isinstance(each.value, np.ndarray)]
        constants = [pair for pair in constants if not any(pair[0] is each for each in known)]
        return Specialised(spec, captured, outside, constants, self._jit)

    def _require_found(self, leaves: list[Any], args: Any, kwargs: Any) -> None:
        """What varies in the arguments is what the capture took to vary."""
        varying = [leaf for leaf in flatten((args, kwargs)) if _varies(leaf)]
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
            self._entry = _miss

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


def compile(f: Callable[..., Any], *, programs: int = 64, jit: bool = False) -> Compiled:
    """A function that computes what `f` computes, as straight-line NumPy code.

    `f` is run on stand-ins for its arguments, which note every call on arrays, also those of the
    backward passes within. What it comes down to is optimised, written as Python, and run on arrays
    from then on: there is no Tensor in it, no graph, and little memory that is not its own.

    Parameters
    ----------
    f : callable
        Of arrays, numbers, structures of these as in `grad`, and modules: ``value_and_grad(loss)``,
        say, or a whole training step that takes parameters and gives new ones. What it does may
        depend on shapes, and on Python's integers, text and functions, but not on values.
    programs : int
        How many are kept, one for each combination of structure, shapes, dtypes and settings.
    jit : bool
        Make machine code of it, by Numba: elementwise calls and sums become loops that go over the
        arrays once, and so does all of a small network with its products of matrices. That takes a
        second or so for each shape, in the first call. NumPy does what is left.

    Returns
    -------
    callable
        It takes the arguments of `f`, and gives its results: plain arrays and NumPy's numbers also
        where `f` gives Tensors, as it does where parameters of modules are involved. What it gives
        shares no memory with arguments, nor with what it gave before. ``print(compiled)`` says what
        each pass has done, ``compiled.source`` is the Python, and ``compiled.fallbacks`` counts the
        calls for which `f` itself had to be called.

    Raises
    ------
    TypeError
        If an argument is a Tensor, or a parameter that is part of a graph, as no gradient would
        flow; if what `f` does depends on values, or differs from call to call, as with random
        numbers; if it changes what it did not make: ``backward()`` on parameters that are
        arguments, ``t.data = ...``, ``x += 1``, a list outside.
    ImportError
        If `jit` is asked for, and there is no Numba: ``pip install 'tinygrad-edu[jit]'`` brings it.
    RuntimeError
        If something that `f` takes from outside its arguments has changed since: a global, a cell,
        an attribute, the value of a Tensor. It is a constant of the program. Also within `debug`,
        where no program is watched: call ``compiled.function``.

    Notes
    -----
    Results are those of `f` but for rounding: sums may be done in another order (``sum(x * x)`` by
    BLAS, sums over large arrays block by block), and a zero may have another sign, and so what is
    divided by it. With `jit`, exp,
    expm1, log and log1p are within 1.5 units in the last place, and tanh is within 2.5.

    `f` is called three times when a program is made: twice on stand-ins, to see that it does the
    same both times, and once on the arrays, to see that it gives the same there; what it prints is
    printed then, and not afterwards. It is called in place of the program where that
    raises an error, where a NaN comes out of a backward pass (the engine then looks for the pole
    that it came from), and where something has another shape than it had, as ``x[x > 0]`` may:
    the result is right, and no faster.

    Programs do not warn of overflow and the like, nor raise for it, whatever ``np.errstate`` says.
    Arrays outside the arguments are compared with what was in them, in each call, which takes the
    time of reading them: let large data be arguments. What can't be seen is a change of what only
    other libraries know, as a file or an object's hidden state. What `f` asks of the type of an
    argument, as with ``isinstance``, it asks of a stand-in, which is no ndarray and no float; where
    that makes a difference to the first result, it is refused.

    A program may be used in several threads at a time: each call has memory of its own, which is
    kept for the calls that follow.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu import compile, value_and_grad
    >>> fast = compile(value_and_grad(lambda x: np.sum(x**2)))
    >>> fast(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    >>> fast
    <compile(<lambda>): 1 program>
    >>> [line.strip() for line in fast.source.splitlines() if "v0" in line]
    ['v0 = a1', 'v2 = vdot(v0, v0)', 'v4 = add(v0, v0)']
    """
    if not callable(f):
        raise TypeError(f"compile: {f!r} is not a function; give it a function of arrays")
    if programs < 1:
        raise ValueError(f"compile: programs={programs} keeps none; give 1 or more")
    if jit:
        require_numba("compile")
    return Compiled(f, programs, jit)


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
