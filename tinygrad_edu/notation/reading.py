"""A traced rule as a term: each call of NumPy's as the sign that mathematics has for it.

A rule guards against points where its formula has none, as 0 · inf. Where the operands that it was
traced with meet no such guard, it is left out of the formula: it is then exactly that formula.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import title
from tinygrad_edu.notation import algebra, arrays, terms
from tinygrad_edu.notation.terms import Term, TooLongError
from tinygrad_edu.trace.of_rules import Traced

__all__ = ["DEFAULT_NAMES", "read", "variables"]

DEEPEST = 60  # calls within calls
DEFAULT_NAMES = {"g": "G", "a0": "x", "a1": "y", "a2": "z"}
_LOGARITHMS = {float(np.log(2.0)): "ln 2", float(np.log(10.0)): "ln 10"}
_RELATIONS = {
    np.equal: "=",
    np.not_equal: "≠",
    np.less: "<",
    np.less_equal: "≤",
    np.greater: ">",
    np.greater_equal: "≥",
}
_OPPOSITE = {"=": "≠", "≠": "=", "<": "≥", "≥": "<", ">": "≤", "≤": ">"}


def read(formula: Any, names: Mapping[str, str | Term] | None = None) -> Term:
    """The term of a traced formula, in which its variables have these names or are these terms.

    Raises
    ------
    TooLongError
        If nobody would read it.
    """
    return _Reader(names or {}).term(formula)


def variables(formula: Any) -> list[str]:
    """The names of the variables in a formula, each once: the cotangent, the result, operands."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [formula]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Traced):
            if id(each) not in seen:
                seen.add(id(each))
                waiting.extend([*each.args, *each.kwargs.values()])
                found |= {each.name} if each.function is None else set()
        elif isinstance(each, list | tuple):
            waiting.extend(each)
    order = {"g": "", "out": "~"}
    return sorted(found, key=lambda name: order.get(name, name.zfill(9)))


class _Reader:
    """Reads one formula; what occurs in it several times, once."""

    def __init__(self, names: Mapping[str, str | Term]) -> None:
        self.names = names
        self.known: dict[int, Term] = {}
        self.depth = 0

    def term(self, formula: Any) -> Term:
        """The term of a formula, a number, or an array."""
        if not isinstance(formula, Traced):
            return _constant(formula)
        if id(formula) not in self.known:
            self.depth += 1
            if self.depth > DEEPEST:
                raise TooLongError("the formula is nested too deeply to be read")
            self.known[id(formula)] = self._called(formula)
            self.depth -= 1
        return self.known[id(formula)]

    def _called(self, formula: Traced) -> Term:
        if formula.function is None:
            given = self.names.get(formula.name, DEFAULT_NAMES.get(formula.name, formula.name))
            return given if isinstance(given, Term) else terms.name(given, formula.shape)
        special = _READ.get(formula.function) or arrays.READ.get(_key(formula.function))
        if special is not None:
            found: Term | None = special(self, formula)
            if found is not None:
                return found
        return self._plain_call(formula)

    def _plain_call(self, formula: Traced) -> Term:
        function: Any = formula.function
        elementwise = isinstance(function, np.ufunc)
        parts = [self._argument(each, elementwise) for each in _said(function, formula.args)]
        silent, defaults = {}, _defaults(function)
        for key, value in formula.kwargs.items():
            usual = value is defaults.get(key, function) or _is_usual(key, value)
            if key in _SILENT:
                silent[key] = value
            elif not usual:
                parts.append(arrays.setting(value, key))
        word = str(getattr(function, "__name__", "f")).lstrip("_")
        known = title(function).removeprefix("np.") if callable(function) else word
        name = _WORDS.get(word, known.lstrip("_"))
        computed = partial(function, **silent) if silent else function
        return terms.call(name, parts, formula.shape, computed)

    def _argument(self, argument: Any, elementwise: bool) -> Term:
        if isinstance(argument, Traced):
            found = self.term(argument)  # where axes are counted, none may be missing
            return found if elementwise else terms.full(found, argument.shape)
        if isinstance(argument, list | tuple) and any(isinstance(a, Traced) for a in argument):
            return terms.call("", [self._argument(each, elementwise) for each in argument])
        if elementwise or isinstance(argument, np.ndarray):
            return _constant(argument)
        return arrays.setting(argument)


def _said(function: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments, but for those at the end that are the function's own defaults."""
    defaults = list(_defaults(function).values())
    while args and isinstance(args[-1], int | float | str | tuple | None):
        if len(args) > len(defaults) or args[-1] is not defaults[len(args) - 1]:
            break
        args = args[:-1]
    return args


def _defaults(function: Any) -> dict[str, Any]:
    """The default of each parameter, in order; nothing of a function that does not say."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # as a ufunc
        return {}
    return {each.name: each.default for each in found}


def _is_usual(key: str, value: Any) -> bool:
    return np.ndim(value) == 0 and (key, value) in _DEFAULTS


_SILENT = ("optimize", "keepdims")
_DEFAULTS = [("where", True), ("ddof", 0), ("initial", 0), ("order", "C"), ("order", "K")]
_WORDS = {"sigmoid": "σ", "conjugate": "conj", "maximum": "max", "minimum": "min"}


_OURS = ("numpy", "tinygrad_edu", "_operator")


def _key(function: Any) -> str:
    """The name of one of NumPy's functions, or of ours; of any other, none."""
    name = str(getattr(function, "__name__", ""))
    if getattr(np, name, None) is function:
        return name  # in older versions of NumPy a ufunc has no module
    module = str(getattr(function, "__module__", None) or "")
    return name if module.split(".")[0] in _OURS else ""


def _constant(value: Any) -> Term:
    value = value[()] if isinstance(value, np.ndarray) else value  # an array without axes, a number
    if isinstance(value, bool | np.bool_):
        return Term("logic", word="true" if value else "false")
    if np.ndim(value):
        value = np.asarray(value)
        first = value.flat[0] if value.size else 0
        if value.size and value.dtype.kind in "iuf" and (value == first).all():
            return terms.repeated(terms.number(first), value.shape)
        return arrays.setting(value)
    if float(np.real(value)) in _LOGARITHMS and np.isrealobj(value):
        return terms.name(_LOGARITHMS[float(value)])
    return terms.number(value)


# ---- arithmetic ----------------------------------------------------------------------------------
Read = Callable[[_Reader, Traced], Term | None]


def _add(reader: _Reader, formula: Traced) -> Term:
    return algebra.total(map(reader.term, formula.args), (1, 1))


def _subtract(reader: _Reader, formula: Traced) -> Term:
    return algebra.total(map(reader.term, formula.args), (1, -1))


def _multiply(reader: _Reader, formula: Traced) -> Term:
    return algebra.product(map(reader.term, formula.args))


def _divide(reader: _Reader, formula: Traced) -> Term:
    a, b = map(reader.term, formula.args)
    among = getattr(formula.args[1], "value", 0)
    share = terms.condition(a).kind == "iverson"
    if share and np.all(among == 1):  # of a share among the winners, where there are no ties
        return a
    return algebra.quotient(a, b)


def _power(reader: _Reader, formula: Traced) -> Term:
    return algebra.power(*map(reader.term, formula.args))


def _relation(sign: str) -> Read:
    def read(reader: _Reader, formula: Traced) -> Term:
        return Term("relation", tuple(map(reader.term, formula.args)), sign, shape=formula.shape)

    return read


def _logic(word: str) -> Read:
    """P or Q, P and Q; what is true or false of all elements, and needs not be said, is not."""
    neutral = word == "and"

    def read(reader: _Reader, formula: Traced) -> Term:
        given = [each for each in formula.args if not _settled(each, neutral)]
        if not given:
            return _constant(neutral)
        parts = [reader.term(each) for each in given]
        answer = _constant(not neutral)
        if answer in parts:  # false and P, true or P
            return answer
        parts = [part for part in parts if part != _constant(neutral)] or [_constant(neutral)]
        if len(parts) == 1:
            return parts[0]
        return Term("logic", tuple(parts), word, shape=formula.shape)

    return read


def _not(reader: _Reader, formula: Traced) -> Term | None:
    inner = formula.args[0]
    if formula.dtype != bool:
        return None
    if isinstance(inner, Traced) and _is_guard(inner) and not inner.value.any():
        return _constant(True)
    return _opposite(reader.term(inner), _any_nan(inner))


def _settled(condition: Any, answer: bool) -> bool:
    """Whether a guard has this answer for all elements; a condition on sizes is no guard."""
    if not isinstance(condition, Traced):
        return bool((np.asarray(condition) == answer).all())
    return _is_guard(condition) and bool((condition.value == answer).all())


def _is_guard(condition: Traced) -> bool:
    """Whether it asks for single points: x = y, or for what is no number."""
    if condition.function in (np.equal, np.isnan, np.isinf):
        return True
    pair = condition.function in (np.bitwise_and, np.logical_and)
    return pair and any(isinstance(a, Traced) and _is_guard(a) for a in condition.args)


def _where(reader: _Reader, formula: Traced) -> Term | None:
    asked, yes, no = formula.args
    if isinstance(asked, Traced) and _is_guard(asked) and not asked.value.any():
        return terms.repeated(reader.term(no), formula.shape)
    settled = reader.term(asked)
    if settled.kind == "logic" and not settled.parts:
        chosen = yes if settled.word == "true" else no
        return terms.repeated(reader.term(chosen), formula.shape)
    if any(isinstance(each, Traced) or np.ndim(each) for each in (yes, no)):
        return None
    if {float(yes), float(no)} != {0.0, 1.0}:
        return None
    condition = settled
    if yes == 0:
        condition = _opposite(condition, _any_nan(asked))
    return Term("iverson", (condition,), shape=condition.shape)


def _opposite(condition: Term, any_nan: bool) -> Term:
    """Not P; the opposite relation says it of numbers, and only of these."""
    if condition.kind == "relation" and not any_nan:
        return replace(condition, word=_OPPOSITE[condition.word])
    if condition.word in ("and", "or"):
        parts = tuple(_opposite(part, any_nan) for part in condition.parts)
        return replace(condition, word={"and": "or", "or": "and"}[condition.word], parts=parts)
    return Term("logic", (condition,), "not", shape=condition.shape)


def _any_nan(formula: Any) -> bool:
    """Whether a variable that the formula depends on directly is somewhere no number."""
    if not isinstance(formula, Traced) or formula.function is None:
        value = getattr(formula, "value", formula)
        return isinstance(value, np.ndarray | np.generic | float) and bool(np.isnan(value).any())
    return any(_any_nan(each) for each in formula.args)


_READ: dict[Any, Read] = {
    np.add: _add,
    np.subtract: _subtract,
    np.multiply: _multiply,
    np.divide: _divide,
    np.power: _power,
    np.float_power: _power,
    np.negative: lambda reader, f: algebra.negative(reader.term(f.args[0])),
    np.positive: lambda reader, f: reader.term(f.args[0]),
    np.square: lambda reader, f: algebra.power(reader.term(f.args[0]), terms.number(2)),
    np.reciprocal: lambda reader, f: algebra.quotient(terms.ONE, reader.term(f.args[0])),
    np.invert: _not,
    np.logical_not: _not,
    np.bitwise_or: _logic("or"),
    np.logical_or: _logic("or"),
    np.bitwise_and: _logic("and"),
    np.logical_and: _logic("and"),
    np.where: _where,
    **{function: _relation(sign) for function, sign in _RELATIONS.items()},
}
