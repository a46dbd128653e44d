"""The source of functions of ours, so that it runs without us: what they call goes with them."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import TABLE, title
from tinygrad_edu.kit.quoting import literal
from tinygrad_edu.rules import as_written

__all__ = ["Helper", "UnprintableError", "helper"]


class UnprintableError(TypeError):
    """Something has no source that NumPy alone could run."""


@dataclass(frozen=True, slots=True)
class Helper:
    """A function as text, and what it needs: import statements, and other functions."""

    name: str
    function: Callable[..., Any]
    text: str
    needs: tuple[Any, ...]
    formatted: bool = False


@functools.cache
def helper(function: Callable[..., Any]) -> Helper:
    """The text of `function`, whose course does not depend on anything of ours.

    Raises
    ------
    UnprintableError
        If it needs what can't be printed.
    """
    inner = inspect.unwrap(function)
    if not inspect.isfunction(inner) or inner.__closure__:
        raise UnprintableError(_message(function, "it is made by another function"))
    if inner.__name__ == "<lambda>":
        return _of_lambda(inner)
    try:
        source = textwrap.dedent(inspect.getsource(inner))
        tree = ast.parse(source).body[0]
    except (OSError, SyntaxError, IndexError):
        raise UnprintableError(_message(function, "its source is not there")) from None
    assert isinstance(tree, ast.FunctionDef)
    needs = tuple(_needs(tree, inner))
    return Helper(inner.__name__, inner, _rewritten(source, tree), needs)


def _message(function: Any, reason: str) -> str:
    return f"source: {title(function)} can't be printed, as {reason}; write it in NumPy's functions"


def _of_lambda(function: Any) -> Helper:
    """A rule in a table, as a function of the name of what it is a rule of."""
    tree = ast.parse(f"def f(): return {as_written.expression(function)}").body[0]
    arguments = ", ".join(map(str, inspect.signature(function).parameters.values()))
    body = ast.unparse(tree.body[0])  # type: ignore[attr-defined]
    name = _rule_name(function)
    text = f"def {name}({arguments}):\n    {body}"
    return Helper(name, function, text, tuple(_needs(tree, function)))


def _rule_name(function: Any) -> str:
    """``pullback_of_sort``, of the lambda in the row of np.sort; a number, if there are several."""
    for op, row in TABLE.items():
        rules = [as_written.rule_of(rule)[0] for rule in as_written.rules_of(row) if callable(rule)]
        if function in rules:
            number = f"_{rules.index(function) + 1}" if len(rules) > 1 else ""
            return f"pullback_of_{op.__name__}{number}"
    raise UnprintableError(_message(function, "it has no name"))


def _rewritten(source: str, tree: ast.FunctionDef) -> str:
    """Without annotations and our decorators, and with the first sentence of the docstring."""
    lines = _unannotated(source, tree)
    kept = [ast.unparse(each) for each in tree.decorator_list]
    head = [f"@{text}" for text in kept if text.startswith("np.errstate")]
    for argument in [*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs]:
        argument.annotation = None
    for rest in (tree.args.vararg, tree.args.kwarg):
        if rest is not None:
            rest.annotation = None
    head.append(f"def {tree.name}({ast.unparse(tree.args)}):")
    body = tree.body
    if ast.get_docstring(tree) is not None:
        sentence = " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())
        wrapped = textwrap.wrap(f'"""{sentence}"""', 92)
        head += [f"    {line}" for line in wrapped]
        body = body[1:]
    first = body[0].lineno if body else tree.end_lineno or 1
    above = lines[: first - 1]
    while body and above and above[-1].strip().startswith("#"):
        first -= 1
        above.pop()
    return "\n".join([*head, *lines[first - 1 :]]).rstrip()


def _unannotated(source: str, tree: ast.FunctionDef) -> list[str]:
    """The lines, without the types of variables."""
    lines = source.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            row, end = node.lineno - 1, node.target.end_col_offset or 0
            after = node.annotation.end_col_offset or 0
            lines[row] = lines[row].encode()[:end].decode() + lines[row].encode()[after:].decode()
    return lines


def _needs(tree: ast.AST, function: Any) -> Iterator[Any]:
    """What the names in a function stand for that are not its own."""
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own |= {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    }
    own |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    apart = [*_annotations(tree), *getattr(tree, "decorator_list", [])]
    skipped = {id(node) for each in apart for node in ast.walk(each)}
    names = dict.fromkeys(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in skipped and node.id not in own
    )
    for name in names:
        if name in function.__globals__ and name != "np":
            yield from _need(name, function.__globals__[name], function)


def _annotations(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            each = getattr(node, name, None)
            if isinstance(each, ast.AST):
                yield each


def _need(name: str, value: Any, function: Any) -> Iterator[Any]:
    if isinstance(value, ModuleType):
        parent, _, last = value.__name__.rpartition(".")
        plain = f"from {parent} import {last}" if parent else f"import {last}"
        yield plain if name == last else f"{plain} as {name}"
    elif isinstance(value, bool | int | float | complex | str):
        yield f"{name} = {literal(value)}"
    elif isinstance(value, type) or (callable(value) and _module(value).startswith("numpy")):
        yield from _from_numpy(name, value, function)
    elif inspect.isfunction(value) and inspect.unwrap(value) is function:
        return  # it calls itself
    elif inspect.isfunction(value):
        found = helper(value)
        if found.name != name:
            yield f"{name} = {found.name}"
        yield value
    elif type(value) is object:  # what stands for an argument that was not given
        yield f"{name} = object()"
    elif value is np._NoValue:
        yield f"{name} = np._NoValue"
    else:
        raise UnprintableError(_message(function, f"it needs {name}"))


def _from_numpy(name: str, value: Any, function: Any) -> Iterator[str]:
    module, own = _module(value), value.__name__
    if module.partition(".")[0] not in {"numpy", *sys.stdlib_module_names}:
        raise UnprintableError(_message(function, f"it needs {name}"))
    if getattr(sys.modules.get(module), own, None) is not value or module == "numpy":
        yield f"{name} = np.{own}"
    else:
        yield f"from {module} import {own}" + (f" as {name}" if name != own else "")


def _module(value: Any) -> str:
    return getattr(value, "__module__", None) or ""
