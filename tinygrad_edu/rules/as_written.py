"""The rules as a reader sees them: the expression of a derivative, taken from its source.

A rule is an expression in a table, and this is where that expression is read back: for the pages
of the documentation, for whoever explains a gradient, or prints one as code.
"""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any, NamedTuple

from tinygrad_edu.engine.rule import (
    Composed,
    Constant,
    Each,
    Function,
    Local,
    Pullback,
    Refused,
    Row,
    Several,
)

__all__ = [
    "Line",
    "composition",
    "definition",
    "derivatives",
    "expression",
    "kind",
    "module_of",
    "returned",
    "rule_of",
    "rules_of",
    "summary",
]


def kind(row: Row) -> str:
    """The kind of a row in a word: "local", "pullback", "composed", "constant" or "refused".

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu.engine.rule import TABLE
    >>> kind(TABLE[np.tanh])
    'local'
    """
    return "pullback" if isinstance(row, Several) else type(row).__name__.lower()


class Line(NamedTuple):
    """A derivative in one argument, printed."""

    argument: str
    expression: str
    definition: str | None  # what a rule that is a function of its own says of itself


def derivatives(row: Row) -> list[Line]:
    """The derivative in each argument: the argument's name, and an expression in those names.

    Of an elementwise function it is the local derivative; of another the cotangent that is carried
    back, where ``g`` is that of the result `out`. A rule that is a function of its own is shown as
    a call of it. Arguments in which the function is constant are left out, and of a function with
    several results each has a line for each argument, as ``"result 0, a"``. Of rows without a
    derivative the list is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu.engine.rule import TABLE
    >>> derivatives(TABLE[np.tanh])
    [Line(argument='x', expression='1 - out * out', definition=None)]
    >>> [line.expression for line in derivatives(TABLE[np.multiply])]
    ['y', 'x']
    """
    if isinstance(row, Several):
        return [
            line._replace(argument=f"result {k}, {line.argument}")
            for k, part in enumerate(row.parts)
            if part is not None
            for line in derivatives(part)
        ]
    if not isinstance(row, Local | Pullback):
        return []
    if isinstance(row.derivatives, Each):
        return [_line("each operand", row.derivatives.rule)]
    names = _operands(row)
    return [
        _line(names[place] if place < len(names) else f"argument {place}", derivative)
        for place, derivative in enumerate(row.derivatives)
        if derivative is not None
    ]


def _line(argument: str, derivative: Function | complex) -> Line:
    return Line(argument, expression(derivative), definition(derivative))


def expression(derivative: Function | complex) -> str:
    """The expression that a rule computes: a lambda's body, or the call of a function by name.

    Examples
    --------
    >>> expression(lambda out, x: 1 - out * out)
    '1 - out * out'
    >>> expression(-1)
    '-1'
    """
    if not callable(derivative):
        return f"{derivative:.6g}" if isinstance(derivative, float) else repr(derivative)
    rule = _rule(derivative)
    node = _lambda(rule.__code__)
    if node is not None:
        return ast.unparse(node.body)
    parameters = inspect.signature(rule).parameters
    return f"{rule.__name__.lstrip('_')}({', '.join(parameters)})"


def definition(derivative: Function | complex) -> str | None:
    """The first sentence of the docstring of a rule that is a function of its own, else None."""
    rule = _rule(derivative) if callable(derivative) else None
    if rule is None or rule.__name__ == "<lambda>":
        return None
    return _sentence(rule)


def composition(row: Composed) -> str | None:
    """The expression that a composed function returns, None if it takes more than one statement.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_edu.engine.rule import TABLE
    >>> composition(TABLE[np.linalg.matmul])
    'x1 @ x2'
    """
    return returned(row.function)


def returned(function: Function) -> str | None:
    """The expression that a function returns, None if it takes more than one statement.

    Examples
    --------
    >>> from tinygrad_edu import relu
    >>> returned(relu)
    'np.maximum(x, 0)'
    """
    function = inspect.unwrap(function)
    if (node := _lambda(function.__code__)) is not None:
        return ast.unparse(node.body)
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function))).body[0]
    statements = [
        node
        for node in getattr(tree, "body", [])
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    only = statements[0] if len(statements) == 1 else None
    return ast.unparse(only.value) if isinstance(only, ast.Return) and only.value else None


def summary(row: Row) -> str:
    """What a row without derivatives of its own says: what it computes, or the reason for it."""
    if isinstance(row, Composed):
        return _sentence(row.function) or ""
    if isinstance(row, Refused):
        return row.reason
    if isinstance(row, Constant):
        return "0 almost everywhere, or no number"
    return ""


# ---- finding the source --------------------------------------------------------------------------


def rules_of(row: Row) -> list[Any]:
    """The rules of a row with derivatives, each once."""
    if isinstance(row, Several):
        found = [rule for part in row.parts if part is not None for rule in rules_of(part)]
    elif isinstance(row, Local | Pullback):
        each = row.derivatives
        found = [each.rule] if isinstance(each, Each) else [d for d in each if d is not None]
    else:
        found = []
    return list(dict.fromkeys(found))


def _rule(derivative: Callable[..., Any]) -> Any:
    return rule_of(derivative)[0]


def rule_of(derivative: Callable[..., Any]) -> tuple[Any, bool]:
    """The function that a table was given, under what the table put around it.

    And whether it is one that is given all results of its function, in place of one.
    """
    inner = getattr(derivative, "__closure__", None)
    if inner and derivative.__qualname__ == "_given_all.<locals>.pullback":
        cells = dict(zip(derivative.__code__.co_freevars, inner, strict=True))
        return cells["rule"].cell_contents, True
    return inspect.unwrap(derivative), False


def _operands(row: Local | Pullback) -> list[str]:
    """The names that the rules give to the operands."""
    for derivative in row.derivatives:  # type: ignore[union-attr]
        if callable(derivative):
            parameters = list(inspect.signature(_rule(derivative)).parameters)
            return parameters[row.lead :]
    return ["x", "y", "z"]


def _lambda(code: CodeType) -> ast.Lambda | None:
    """The lambda expression that was compiled to `code`; None if it is something else.

    Several may stand on one line: it is the smallest one that all of its instructions lie within.
    """
    if code.co_name != "<lambda>":
        return None
    spots = [
        (line, end, column, end_column)
        for line, end, column, end_column in code.co_positions()
        if line and end and column is not None and end_column is not None and end_column > 0
    ]
    spots = [spot for spot in spots if spot[0] != code.co_firstlineno or spot[2] != 0]
    first, last = min(s[0::2] for s in spots), max(s[1::2] for s in spots)
    fitting = [
        node
        for node in _lambdas(code.co_filename)
        if (node.body.lineno, node.body.col_offset) <= first
        and last <= (node.body.end_lineno or 0, node.body.end_col_offset or 0)
    ]
    return max(fitting, key=lambda node: (node.lineno, node.col_offset), default=None)


@functools.cache
def _lambdas(filename: str) -> list[ast.Lambda]:
    """All lambda expressions of a file, or of a cell of a notebook."""
    source = "".join(linecache.getlines(filename))
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Lambda)]


def _sentence(function: Function) -> str | None:
    """The first sentence of a docstring."""
    text = inspect.getdoc(function)
    if not text:
        return None
    return " ".join(text.split("\n\n")[0].split()).rstrip(".")


def module_of(row: Row) -> Any:
    """The module in which a row's rule or composition was written, None if that can't be told."""
    rules = [row.function] if isinstance(row, Composed) else rules_of(row)
    for rule in filter(callable, rules):
        return sys.modules.get(_rule(rule).__module__)
    return None
