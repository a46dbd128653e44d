"""A traced function as a list of calls, one after another: what is optimised, printed and run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import title
from tinygrad_edu.kit.nested import found_in, mapped
from tinygrad_edu.trace.of_rules import computed_from
from tinygrad_edu.trace.traced import Traced

__all__ = ["Call", "Program", "Ref", "filled", "program_of", "refs_in"]


@dataclass(frozen=True, slots=True)
class Ref:
    """The value with this number, among the arguments of a call."""

    number: int

    def __repr__(self) -> str:
        return f"v{self.number}"


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and what is known of its result whatever the inputs: its shape and dtype.

    Of an input `function` is None, and it has a name. Arguments are values by `Ref`, also in lists,
    tuples and dicts; all else among them is constant.
    """

    number: int
    function: Callable[..., Any] | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    shape: tuple[int, ...]
    dtype: Any
    name: str = ""
    weak: bool = False  # one of Python's numbers, which adapts to the dtype of what it meets

    def __str__(self) -> str:
        if self.function is None:
            return f"v{self.number} = input {self.name}"
        words = [_word(arg) for arg in self.args]
        words += [f"{name}={_word(value)}" for name, value in self.kwargs.items()]
        shape = "×".join(map(str, self.shape)) or "number"
        return f"v{self.number} = {title(self.function)}({', '.join(words)})  # {shape}"

    @property
    def refs(self) -> list[int]:
        """The numbers of the values that it is computed from, one for each use."""
        return [*refs_in(self.args), *refs_in(self.kwargs)]

    def renamed(self, names: dict[int, Any]) -> Call:
        """With other values or constants in place of some among the arguments."""
        if not any(number in names for number in self.refs):
            return self
        args, kwargs = _renamed(self.args, names), _renamed(self.kwargs, names)
        return replace(self, args=args, kwargs=kwargs)

    def with_kwargs(self, kwargs: dict[str, Any]) -> Call:
        """With other keyword arguments."""
        return replace(self, kwargs=kwargs)


@dataclass(frozen=True, slots=True)
class Program:
    """Inputs, then calls in an order in which they can be done, and which values are given back.

    `checks` are numbers that may not be NaN and conditions that may not hold: where one does, the
    program is not the function that was traced, and that is to be called instead.
    """

    calls: tuple[Call, ...]  # inputs first
    inputs: tuple[int, ...]
    outputs: tuple[Any, ...]  # values by Ref, or constants
    checks: tuple[int, ...] = ()

    def __str__(self) -> str:
        lines = [str(call) for call in self.calls]
        lines.append(f"return {', '.join(map(_word, self.outputs))}")
        return "\n".join(lines)

    def __getitem__(self, ref: int | Ref) -> Call:
        number = ref.number if isinstance(ref, Ref) else ref
        return next(call for call in self.calls if call.number == number)

    def uses(self) -> dict[int, int]:
        """How often each value is used: by calls, as an output, in a check."""
        found = {call.number: 0 for call in self.calls}
        for call in self.calls:
            for number in call.refs:
                found[number] += 1
        for number in (*refs_in(self.outputs), *self.checks):
            found[number] += 1
        return found

    def run(self, *inputs: Any) -> list[Any]:
        """The outputs, call by call: slow, and what everything faster is tested against."""
        values: dict[int, Any] = dict(zip(self.inputs, inputs, strict=True))
        for call in self.calls:
            if call.function is not None:
                values[call.number] = call.function(
                    *filled(call.args, values), **filled(call.kwargs, values)
                )
        return [filled(each, values) for each in self.outputs]

    def with_calls(self, calls: Sequence[Call], renamed: dict[int, Any] | None = None) -> Program:
        """With other calls; `renamed` says what stands in place of values that are gone."""
        if not renamed:
            return replace(self, calls=tuple(calls))
        outputs = tuple(_renamed(each, renamed) for each in self.outputs)
        checks = [renamed.get(number, Ref(number)) for number in self.checks]
        kept = tuple(check.number for check in checks if isinstance(check, Ref))
        calls = [call.renamed(renamed) for call in calls]
        return Program(tuple(calls), self.inputs, outputs, kept)


def program_of(
    outputs: Sequence[Any], inputs: Sequence[Traced], checks: Sequence[Traced]
) -> Program:
    """The program that computes `outputs`, and `checks`, from `inputs`.

    Calls that nothing needs are left out, as they are not reached from there.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu.trace.program import program_of
    >>> from tinygrad_edu.trace.traced import Traced
    >>> x = Traced(np.ones(3), "x")
    >>> print(program_of([np.sum(np.tanh(x) * x)], [x], []))
    v0 = input x
    v1 = np.tanh(v0)  # 3
    v2 = np.multiply(v1, v0)  # 3
    v3 = np.sum(v2)  # number
    return v3
    """
    rest = computed_from((*outputs, *checks), {id(each) for each in inputs})
    numbers = {id(each): number for number, each in enumerate([*inputs, *rest])}
    calls = [
        Call(
            numbers[id(each)],
            each.function,
            _numbered(each.args, numbers),
            _numbered(each.kwargs, numbers),
            each.shape,
            each.dtype,
            each.name,
            not isinstance(each.value, np.ndarray | np.generic),
        )
        for each in [*inputs, *rest]
    ]
    return Program(
        tuple(calls),
        tuple(range(len(inputs))),
        tuple(_numbered(each, numbers) for each in outputs),
        tuple(dict.fromkeys(numbers[id(each)] for each in checks)),
    )


def _numbered(part: Any, numbers: dict[int, int]) -> Any:
    return mapped(part, Traced, lambda each: Ref(numbers[id(each)]))


def refs_in(part: Any) -> Iterator[int]:
    """The numbers of the values in arguments, one for each use."""
    return (ref.number for ref in found_in(part, Ref))


def filled(part: Any, values: dict[int, Any]) -> Any:
    """Arguments with the values in place of their numbers."""
    return mapped(part, Ref, lambda ref: values[ref.number])


def _renamed(part: Any, renamed: dict[int, Any]) -> Any:
    return mapped(part, Ref, lambda ref: renamed.get(ref.number, ref))


def _word(part: Any) -> str:
    if isinstance(part, np.ndarray) and part.size > 8:
        return f"<array {part.shape}>"
    if isinstance(part, tuple | list):
        return f"[{', '.join(map(_word, part))}]"
    return repr(part)
