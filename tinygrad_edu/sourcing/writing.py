"""Formulas as text: one call with its operands as they are written already, by name or in full."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.kit.quoting import named, number
from tinygrad_edu.sourcing.functions import Used
from tinygrad_edu.sourcing.known import INLINE, KNOWN
from tinygrad_edu.sourcing.literals import literal
from tinygrad_edu.sourcing.marks import FILL, LITERAL, PRODUCT
from tinygrad_edu.sourcing.operators import (
    ADD,
    ATOM,
    CALL,
    COMPARE,
    MULTIPLY,
    OPERATORS,
    POWER,
    UNARY,
)
from tinygrad_edu.sourcing.values import Value
from tinygrad_edu.trace.traced import item

__all__ = ["ATOM", "Text", "written"]

_SIMPLE = re.compile(r"[^\W\d][\w.]*|-?[\d.]+(e-?\d+)?")


class Text(NamedTuple):
    """An expression, how tightly it holds together, and its parts if it may be broken there."""

    text: str
    level: int
    head: str = ""  # of a call: what stands before its arguments
    parts: tuple[Any, ...] = ()  # of a call its arguments, of a product its factors


def written(value: Value, texts: dict[Value, Text], used: Used) -> Text:
    """The expression of `value`, in which its operands stand as in `texts`."""
    return _Writer(texts, used).of(value)


class _Operands:
    """How what is computed with is written: values by their texts, and numbers, lists, indices."""

    def __init__(self, texts: dict[Value, Text], used: Used) -> None:
        self.texts, self.used = texts, used

    def _at(self, part: Any, level: int, dtype: Any = None) -> str:
        """An operand, in parentheses if it holds together less than at `level`."""
        found = self._text(part, dtype)
        return found.text if found.level >= level else f"({found.text})"

    def _tight(self, part: Any) -> str:
        """What has an attribute or an index: an array, or a number that is NumPy's."""
        found = self.texts[part]
        if part.pythons:
            return f"np.asarray({found.text})"
        return found.text if found.level >= CALL else f"({found.text})"

    def _text(self, part: Any, dtype: Any = None) -> Text:
        if isinstance(part, Value) and not _is_number(part):
            return self.texts[part]
        text = self._plain(part, dtype)
        if isinstance(part, Value):
            text = self._number(part.args[0], dtype)
        return Text(text, MULTIPLY if " / " in text else UNARY if text[0] == "-" else ATOM)

    def _number(self, value: Any, strong: Any) -> str:
        """A number of NumPy's: a whole one makes no integers floating, none any dtype wider."""
        if strong is True:
            return f"np.float64({number(value)})"
        return number(value if strong is None else float(value))

    def _plain(self, part: Any, dtype: Any = None) -> str:
        """An argument: values by their text, all else as Python writes it."""
        if isinstance(part, Value):
            return self.texts[part].text
        if isinstance(part, tuple | list):
            if any(isinstance(each, slice) for each in part):
                return f"np.s_[{self._index(part)}]"
            inner = [self._plain(each) for each in part]
            if isinstance(part, list):
                return f"[{', '.join(inner)}]"
            return f"({inner[0]},)" if len(inner) == 1 else f"({', '.join(inner)})"
        if callable(part) and not isinstance(part, type | np.dtype):
            return self.used.name(part)
        return literal(part, dtype)

    def _real(self, part: Any) -> str:
        if isinstance(part, Value) and part.dtype.kind in "biu":
            return f"1.0 * {self._at(part, POWER)}"
        return self._plain(part)

    def _index(self, index: Any) -> str:
        parts = index if isinstance(index, tuple) else (index,)
        texts = [
            self._slice(each) if isinstance(each, slice) else self._plain(each) for each in parts
        ]
        return ", ".join(texts) if texts else "()"

    def _slice(self, part: slice) -> str:
        start, stop = (
            "" if each is None else self._plain(each) for each in (part.start, part.stop)
        )
        return f"{start}:{stop}" + ("" if part.step is None else f":{self._plain(part.step)}")


class _Writer(_Operands):
    """What is computed: a method for each kind of expression."""

    def of(self, value: Value) -> Text:
        function, args = value.function, value.args
        if function is FILL:
            return self._fill(value)
        if function is LITERAL:
            return Text(literal(args[0]), CALL)
        if function is PRODUCT:
            return self._product(args)
        if function in INLINE:
            name, rest = INLINE[function]
            return Text(f"{name}({self._real(args[0])}{rest})", CALL)
        if function is np.square and value.dtype.kind != "b" and not value.kwargs:
            return self._power(args[0], "2")
        if function is np.transpose and len(args) == 1 and not value.kwargs:
            return Text(f"{self._tight(args[0])}.T", CALL)
        if function is item:
            return Text(f"{self._tight(args[0])}[{args[1]}]", CALL)
        if getattr(function, "__name__", "") == "getitem":
            return Text(f"{self._tight(args[0])}[{self._index(args[1])}]", CALL)
        if function in OPERATORS and self._operable(value):
            return self._operation(value)
        if function is np.negative and not value.kwargs:
            return Text(f"-{self._at(args[0], UNARY)}", UNARY)
        if function is np.invert and not value.kwargs and not args[0].pythons:  # ~True is -2
            return Text(f"~{self._at(args[0], UNARY)}", UNARY)
        if function in (np.reshape, np.astype) and args[0].function is not None and args[0].ndim:
            return self._method(value)
        return self._call(value)

    def _fill(self, value: Value) -> Text:
        of = value.args[0]
        plain = value.dtype == np.float64
        if plain and value.ndim:
            of = float(of)
        kind = "" if plain else f", dtype=np.{value.dtype.name}"
        if not value.shape:
            return Text(f"np.{value.dtype.name}({number(of)})", CALL)
        shape = self._plain(value.shape) if value.ndim != 1 else str(value.shape[0])
        if of in (0, 1) and str(of) != "-0.0":
            return Text(f"np.{'ones' if of else 'zeros'}({shape}{kind})", CALL)
        return Text(f"np.full({self._plain(value.shape)}, {number(of)}{kind})", CALL)

    def _product(self, args: Any) -> Text:
        coefficient, *factors = args
        numerator, denominator = abs(coefficient), 1
        if isinstance(coefficient, Fraction):
            numerator, denominator = abs(coefficient.numerator), coefficient.denominator
        first = [number(numerator)] if numerator != 1 else []
        for factor in factors:
            matmul = factor.function is np.matmul and self.texts[factor].level == MULTIPLY
            first.append(self._at(factor, POWER if first or matmul else MULTIPLY))
        if coefficient < 0 and numerator == 1 and not self._takes_minus(factors[0]):
            first[0] = f"({first[0]})"
        text = " * ".join(first)
        parts = (first[0], *(f"* {each}" for each in first[1:]))
        if denominator != 1:
            text += f" / {denominator}"
            parts = (*parts, f"/ {denominator}")
        if coefficient < 0:
            alone = len(first) == 1 and denominator == 1
            if alone and self.texts[factors[0]].level < POWER and not first[0].startswith("("):
                text = f"({text})"
            return Text(f"-{text}", UNARY if alone else MULTIPLY, "", (f"-{parts[0]}", *parts[1:]))
        return Text(text, MULTIPLY, "", parts)

    def _takes_minus(self, factor: Any) -> bool:
        """Whether a minus in front is that of all of it: no power, nor ``mask / x`` or the like."""
        while self.texts[factor].level == MULTIPLY and factor.function in OPERATORS:
            factor = factor.args[0]
            if not isinstance(factor, Value) or _is_number(factor):
                return True
        return self.texts[factor].level != POWER and factor.dtype.kind in "fc"

    def _power(self, base: Any, exponent: str) -> Text:
        below = self._at(base, CALL)
        joint = "**" if _SIMPLE.fullmatch(below) and _SIMPLE.fullmatch(exponent) else " ** "
        return Text(f"{below}{joint}{exponent}", POWER)

    def _operable(self, value: Value) -> bool:
        plain = all(isinstance(a, Value | int | float | complex | np.generic) for a in value.args)
        return plain and len(value.args) == 2 and not value.kwargs

    def _operation(self, value: Value) -> Text:
        (sign, level), (x, y) = OPERATORS[value.function], value.args
        strong = self._strong(value)
        if value.function is np.power:
            return self._power(x, self._at(y, UNARY, strong))
        if level == ADD:
            return self._sum(sign, x, y, strong)
        left = level + 1 if level == COMPARE or value.function is np.matmul else level
        if value.function is np.matmul and self._text(x).text.count(" @ ") and _is(x, np.matmul):
            left = level
        matmul = level == MULTIPLY and value.function is not np.matmul and _is(x, np.matmul)
        first = self._at(x, POWER if matmul else left, strong)
        return Text(f"{first} {sign} {self._at(y, level + 1, strong)}", level)

    def _sum(self, sign: str, x: Any, y: Any, strong: Any) -> Text:
        first, second = self._at(x, ADD, strong), self._text(y, strong)
        other = {"+": "-", "-": "+"}[sign]
        if second.text.startswith("-") and second.level > ADD:
            return Text(f"{first} {other} {second.text[1:]}", ADD)
        if sign == "+" and first.startswith("-") and self._text(x, strong).level > ADD:
            return Text(f"{self._at(y, ADD)} - {first[1:]}", ADD)
        return Text(f"{first} {sign} {self._at(y, ADD + 1, strong)}", ADD)

    def _strong(self, value: Value) -> Any:
        """How numbers are to be written: with NumPy's dtype, as floating, or None for neither."""
        wide = {np.dtype(t) for t in (np.float64, np.complex128, np.int64, np.bool_)}
        typed = [part for part in value.args if isinstance(part, Value | np.generic)]
        if not all(part.dtype in wide for part in typed):
            return True
        others = [part for part in value.parts if not _is_number(part)]
        return None if any(part.dtype.kind in "fc" for part in others) else float

    def _method(self, value: Value) -> Text:
        of, *rest = value.args
        assert value.function is not None
        words = [
            *map(self._plain, rest),
            *(named(k, self._plain(v)) for k, v in value.kwargs.items()),
        ]
        if value.function is np.reshape and value.shape:
            words[0] = words[0][1:-1].rstrip(",")
        return Text(f"{self._tight(of)}.{value.function.__name__}({', '.join(words)})", CALL)

    def _call(self, value: Value) -> Text:
        assert value.function is not None
        args = value.args
        name = self.used.name(value.function)
        ufunc = isinstance(value.function, np.ufunc)
        strong = self._strong(value) if ufunc else None
        numpys = name.startswith("np.")
        words = [
            self._number(arg.args[0], strong if ufunc else float)
            if numpys and isinstance(arg, Value) and _is_number(arg)
            else self._plain(arg, strong)
            for arg in args
        ]
        if value.function in KNOWN and isinstance(args[0], Value):
            words[0] = self._real(args[0])
        if value.function is np.astype or not name.startswith(("np.", "special.")):
            words = [
                f"np.asarray({word})" if isinstance(arg, Value) and arg.pythons else word
                for arg, word in zip(args, words, strict=True)
            ]
        words += [named(key, self._plain(each)) for key, each in value.kwargs.items()]
        parts = tuple(
            self._broken(arg) if isinstance(arg, list) else (word,)
            for arg, word in zip((*args, *value.kwargs), words, strict=True)
        )
        return Text(f"{name}({', '.join(words)})", CALL, name, parts)

    def _broken(self, part: Any) -> tuple[str, ...]:
        """A list, its elements apart."""
        return "[", *map(self._plain, part), "]"


def _is_number(value: Value) -> bool:
    """Whether it may be written as a Python number, among operands that are arrays."""
    return value.function is FILL and not value.shape and value.dtype == np.float64


def _is(part: Any, function: Any) -> bool:
    return isinstance(part, Value) and part.function is function
