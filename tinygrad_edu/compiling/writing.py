"""Write the calls of a program as lines of Python."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.compiling.blocks import write_fused
from tinygrad_edu.compiling.kernels import write_kernel, write_product
from tinygrad_edu.compiling.rows import Rows, rows_of
from tinygrad_edu.compiling.storage import (
    Buffers,
    Lifetimes,
    as_out,
    has_out,
    is_of_fused,
    is_reduction,
)
from tinygrad_edu.engine.rule import title
from tinygrad_edu.jit.kernel import Kernel
from tinygrad_edu.kit.quoting import identifier, literal, named
from tinygrad_edu.trace.facts import getitem, item
from tinygrad_edu.trace.passes.fusion import Fused
from tinygrad_edu.trace.passes.rewriting import is_elementwise
from tinygrad_edu.trace.program import Call, Program, Ref, refs_in

__all__ = ["Writer"]

_VIEWS = {np.transpose, np.expand_dims, np.squeeze, np.swapaxes, np.moveaxis}
_OPERATORS: dict[Any, str] = {np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/"}


class Words:
    """What the lines of a program name: functions, constants and the values so far."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}  # of the values
        self.namespace: dict[str, Any] = {}
        self._functions: dict[Any, str] = {}

    def function(self, function: Any) -> str:
        """The name of a function: that behind NumPy's dispatch, which plain arrays don't need."""
        if function not in self._functions:
            bare = getattr(function, "__wrapped__", function)
            is_numpy = str(getattr(function, "__module__", "")).partition(".")[0] == "numpy"
            name = identifier(title(function).removeprefix("np."), 60) or "f"
            if name in self.namespace or not is_numpy:
                name = f"{name}_{len(self.namespace)}"
            self.namespace[name] = bare if is_numpy else function
            self._functions[function] = name
        return self._functions[function]

    def constant(self, value: Any) -> str:
        """The name of a constant."""
        name = f"k{len(self.namespace)}"
        self.namespace[name] = value
        return name

    def word(self, part: Any) -> str:
        """An argument as it is written."""
        if isinstance(part, Ref):
            return self.names[part.number]
        if part is None or type(part) in (bool, int) or part is ...:
            return repr(part)
        if type(part) is float and np.isfinite(part):
            return repr(part)
        if isinstance(part, tuple) and part:
            return f"({', '.join(map(self.word, part))},)"
        if type(part) is list:
            return f"[{', '.join(map(self.word, part))}]"
        if type(part) is dict and [*refs_in(part)]:
            pairs = (f"{self._key(k)}: {self.word(v)}" for k, v in part.items())
            return f"{{{', '.join(pairs)}}}"
        return self.constant(part)

    def _key(self, key: Any) -> str:
        """A key of a dict as it is written: by its repr only where that is surely a literal."""
        return literal(key) if type(key) in (str, int) else self.constant(key)


class Writer(Words):
    """Lines of Python, and the constants and arrays that they name."""

    def __init__(self, program: Program, jit: bool = False) -> None:
        super().__init__()
        self.program, self.jit = program, jit
        self.known = {call.number: call for call in program.calls}
        self.lifetimes = Lifetimes(program)
        self.outputs = set(refs_in(program.outputs))
        self.buffers = Buffers()
        self.rows = rows_of(program)
        self.copies = {rows.row: rows.copies for rows in self.rows.values() if rows.direct}
        self.in_buffer: dict[int, str] = {}  # what is kept in memory of the program's own
        self.lines: list[str] = []
        self.warns = False  # whether NumPy may warn of overflow and the like
        self.kernels: list[str] = []  # their Python
        self.seconds = 0.0  # that Numba took for them
        self.in_kernels: set[int] = set()  # what they compute
        self._place = 0

    def write(self, call: Call) -> None:
        """The line of one call."""
        if isinstance(call.function, Kernel):
            write_kernel(self, call)
        elif isinstance(call.function, Fused):
            self.warns = True
            write_fused(self, call)
        elif is_of_fused(call, self.known) or self._view_of_buffer(call):
            pass
        elif not self.jit or not write_product(self, call):
            self._plain(call)
        self._release()
        self._place += 1

    def skip(self) -> None:
        """Nothing is written for a call, an input."""
        self._place += 1

    def _plain(self, call: Call) -> None:
        self.warns = True
        name = self.names[call.number] = f"v{call.number}"
        if self._operator(call) or call.function is item:
            expression = self._operator(call) or f"{self.word(call.args[0])}[{call.args[1]}]"
            self.lines.append(f"{name} = {expression}")
            return
        words = self._words(call)
        if call.number in self.copies:
            self._write_copies(call, words)
            return
        if call.number in self.rows and self.rows[call.number].matrix in self.in_buffer:
            self._with_row(call, self.rows[call.number])
            return
        if call.number not in self.outputs and has_out(call, self.known):
            out = self._out(call)
            self.names[call.number] = self.in_buffer[call.number] = out
            self.lines.append(f"{self.function(call.function)}({self._with_out(call, words, out)})")
            return
        self.lines.append(f"{name} = {self._called(call, words)}")

    def _words(self, call: Call) -> list[str]:
        if not is_elementwise(call):
            return [self.word(arg) for arg in call.args]
        return [self.scalar(arg, call, self.known) for arg in call.args]

    def scalar(self, arg: Any, call: Call, known: dict[int, Call]) -> str:
        """A number in an elementwise call: NumPy takes an array without axes fastest."""
        refs = [known[n] for n in call.refs]
        same = all(each.dtype == call.dtype and not each.weak for each in refs)
        plain = call.function in _OPERATORS and call.dtype.kind in "f" and call.shape
        if type(arg) in (int, float, np.float64) and same and refs and plain:
            value = np.array(arg, call.dtype)
            if type(arg) is not np.float64 or call.dtype == np.float64:
                return self.constant(value)
        return self.word(arg)

    def _called(self, call: Call, words: list[str]) -> str:
        if call.function is np.transpose and len(words) == 1 and not call.kwargs:
            return f"{words[0]}.T"
        if call.function is getitem:
            return f"{words[0]}[{words[1]}]"
        others = [named(name, self.word(value)) for name, value in call.kwargs.items()]
        if is_reduction(call):
            keep = [repr(call.kwargs["keepdims"])] if call.kwargs.get("keepdims") else []
            others = [self.word(call.kwargs["axis"]), *(["None", "None", *keep] if keep else [])]
        return f"{self.function(call.function)}({', '.join([*words, *others])})"

    def _with_out(self, call: Call, words: list[str], out: str) -> str:
        if is_reduction(call):
            keep = repr(bool(call.kwargs.get("keepdims", False)))
            words = [*words, self.word(call.kwargs["axis"]), "None", out, keep]
        else:
            words = [*words, as_out(call.function, out)]
        return ", ".join(words)

    def _operator(self, call: Call) -> str | None:
        """Numbers are computed with fastest by operators."""
        if call.shape or call.function not in (*_OPERATORS, np.negative) or call.kwargs:
            return None
        refs = [self.known[n] for n in call.refs]
        if call.dtype.kind != "f" or not all(r.dtype == call.dtype and not r.weak for r in refs):
            return None
        words = [self.word(arg) for arg in call.args]
        if call.function is np.negative:
            return f"-{words[0]}"
        if not all(isinstance(arg, Ref | int | float) for arg in call.args):
            return None
        return f" {_OPERATORS[call.function]} ".join(words)

    def _write_copies(self, call: Call, words: list[str]) -> None:
        """A row is written several times over, as its one use wants it."""
        out = self.buffers.take((self.copies[call.number], call.shape[-1]), call.dtype)
        self.in_buffer[call.number] = self.names[call.number] = out
        written = ", ".join([*words, as_out(call.function, out)])
        self.lines.append(f"{self.function(call.function)}({written})")

    def _with_row(self, call: Call, rows: Rows) -> None:
        """A matrix with a row, in the shape of fewer and longer rows."""
        height, width = call.shape
        copies = self.names[rows.row]
        if not rows.direct:
            copies = self.buffers.take((rows.copies, width), call.dtype)
            self.lines.append(f"{self.function(np.positive)}({self.names[rows.row]}, {copies})")
        long = rows.copies * width
        matrix = self.buffers.reshaped(self.in_buffer[rows.matrix], (height // rows.copies, long))
        out = self._out(call)
        words = [self.buffers.reshaped(copies, (long,)), matrix]
        words = words if rows.first else words[::-1]
        words.append(
            as_out(call.function, self.buffers.reshaped(out, (height // rows.copies, long)))
        )
        self.lines.append(f"{self.function(call.function)}({', '.join(words)})")
        if not rows.direct:
            self.buffers.release(copies)
        self.names[call.number] = self.in_buffer[call.number] = out

    # ---- memory ---------------------------------------------------------------------------------

    def _out(self, call: Call) -> str:
        """Where the result goes: over an argument that nobody needs any more, if that is safe."""
        if is_elementwise(call):
            for number in call.refs:
                same = (self.known[number].shape, self.known[number].dtype) == (
                    call.shape,
                    call.dtype,
                )
                if number in self.in_buffer and same and self._ends(number):
                    return self.in_buffer.pop(number)
        return self.buffers.take(call.shape, call.dtype)

    def _ends(self, number: int) -> bool:
        return self.lifetimes.last[number] == self._place

    def _release(self) -> None:
        """What is used here for the last time leaves its memory to others."""
        for number in self.lifetimes.ending(self._place):
            if number in self.in_buffer:
                self.buffers.release(self.in_buffer.pop(number))

    def _view_of_buffer(self, call: Call) -> bool:
        """Whether it is a view of memory of the program's own, which is made once and for all."""
        source = call.args[0] if call.args else None
        if call.function not in _VIEWS or not isinstance(source, Ref):
            return False
        if source.number not in self.in_buffer or any(refs_in((call.args[1:], call.kwargs))):
            return False
        function, rest, named = call.function, call.args[1:], call.kwargs
        key = title(function), repr(rest), repr(named)
        self.names[call.number] = self.buffers.view(
            self.in_buffer[source.number], key, lambda m: function(m, *rest, **named)
        )
        return True

    def finish(self) -> list[str]:
        """The results, as they are written: arrays that nobody else has."""
        return [self._result(part) for part in self.program.outputs]

    def _result(self, part: Any) -> str:
        return self.word(part)
