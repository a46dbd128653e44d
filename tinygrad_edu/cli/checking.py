"""`tinygrad-edu check`: the gradient of a function of the user's, against finite differences."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import math
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import typer

from tinygrad_edu.cli.errors import InputError, lines, one_line, quoted
from tinygrad_edu.testing import GradientError, check_gradients

__all__ = ["run"]

MAX_ELEMENTS = 1_000_000


def run(target: str, shapes: str | None, order: int, seed: int) -> None:
    """Check the function that `target` names, at random arguments of these shapes."""
    f = _function(target)
    forms = _shapes(shapes) if shapes is not None else [(3,)] * _count(f, target)
    rng = np.random.default_rng(seed)
    args = [np.asarray(rng.uniform(0.25, 2.0, form))[()] for form in forms]
    try:
        report = check_gradients(f, *args, order=order, seed=seed)
    except GradientError as error:
        typer.echo(lines(error))
        raise typer.Exit(1) from None
    except Exception as error:  # of the user's own code
        given = ";".join(",".join(map(str, form)) for form in forms)
        raise InputError(
            f"{quoted(target)} can't be checked with arguments of shapes {given or '()'}: "
            f"{type(error).__name__}: {one_line(error)}; other shapes are given with --shapes"
        ) from None
    typer.echo(lines(report))
    if not report.conclusive:
        typer.echo("Finite differences could not settle every entry; another --seed may.")


def _function(target: str) -> Callable[..., Any]:
    """The function, from ``module:function`` or ``file.py:function``."""
    path, _, name = target.rpartition(":")
    if not path or not name:
        raise InputError(
            f"{quoted(target)} names no function; write MODULE:FUNCTION, such as numpy:tanh, or "
            "FILE.py:FUNCTION"
        )
    found: Any = _module(path)
    for part in name.split("."):
        if not hasattr(found, part):
            raise InputError(f"{quoted(path)} has no {quoted(part)}; is it spelt right?")
        found = getattr(found, part)
    if not callable(found):
        raise InputError(f"{quoted(target)} is no function, but {type(found).__name__}")
    return found  # type: ignore[no-any-return]


def _module(path: str) -> types.ModuleType:
    """The module of that name, from here or installed, or the file."""
    try:
        if path.endswith(".py"):
            if not Path(path).is_file():
                raise InputError(f"{quoted(path)}: there is no such file")
            spec = importlib.util.spec_from_file_location(Path(path).stem, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
        if "" not in sys.path:
            sys.path.insert(0, "")
        return importlib.import_module(path)
    except InputError:
        raise
    except Exception as error:  # of whatever the module does when it is imported
        raise InputError(
            f"{quoted(path)} can't be imported: {type(error).__name__}: {one_line(error)}"
        ) from None


def _count(f: Callable[..., Any], target: str) -> int:
    """How many arguments the function needs."""
    if isinstance(nin := getattr(f, "nin", None), int):
        return nin
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        raise InputError(
            f"{quoted(target)} doesn't tell how many arguments it takes; say it with --shapes"
        ) from None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    count = sum(p.default is p.empty and p.kind in positional for p in parameters)
    if not count:
        raise InputError(f"{quoted(target)} needs no argument; say with --shapes what it gets")
    return count


def _shapes(text: str) -> list[tuple[int, ...]]:
    """The shapes of ``3,4;4``; nothing between semicolons is a number without axes."""
    shapes = []
    for part in text.split(";"):
        sides = [side.strip() for side in part.strip().strip("()").split(",") if side.strip()]
        if not all(side.isdecimal() for side in sides) or len(sides) > 32:
            raise InputError(
                f"--shapes: {quoted(part)} is no shape; write lengths with commas, and semicolons "
                "between arguments, such as 3,4;4"
            )
        shapes.append(tuple(int(side[:30]) for side in sides))  # more digits are too many anyway
    # A length of 0 makes no other one small: arrays are made on the way that do not have it.
    if sum(math.prod(max(side, 1) for side in shape) for shape in shapes) > MAX_ELEMENTS:
        raise InputError(f"--shapes: {quoted(text)} has more than {MAX_ELEMENTS} elements")
    return shapes
