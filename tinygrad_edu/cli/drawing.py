"""`draw`: the picture of a typed formula; and how all commands draw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import typer

from tinygrad_edu import Tensor
from tinygrad_edu.cli.errors import InputError, one_line, quoted
from tinygrad_edu.cli.expression import Expression, assignments
from tinygrad_edu.cli.files import check_output

__all__ = ["Formula", "check_picture", "differentiated", "draw_file", "failures_told", "run"]

SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".gv")


def run(text: str, values: list[str], out: str) -> None:
    """Evaluate a formula, take its gradients, draw the graph, and say the numbers."""
    check_picture(out)
    formula = differentiated(text, values)
    draw_file(formula.result, out)
    formula.say()
    typer.echo(
        f"{one_line(out)} shows every step, with its value, its gradient and its local derivatives"
    )


class Formula(NamedTuple):
    """A formula that was evaluated, and its gradients taken."""

    text: str
    variables: dict[str, Tensor]
    result: Tensor

    def say(self) -> None:
        """The value and the gradients, in the terminal."""
        typer.echo(f"{one_line(self.text)} = {self.result.item():.10g}")
        for name, variable in self.variables.items():
            typer.echo(f"  d/d{name} = {_shown(variable.grad)}")
        gradients = [each.grad for each in (self.result, *self.variables.values())]
        if not all(np.isfinite(each).all() for each in gradients if each is not None):
            typer.echo("  (inf and nan are real: the formula has a pole or is not defined there)")


def differentiated(text: str, values: list[str]) -> Formula:
    """Evaluate a formula, and take its gradients.

    Raises
    ------
    InputError
        If it is none, a variable has no value, or its result is not one number with gradients.
    """
    expression = Expression(text)
    variables = {name: Tensor(array, name=name) for name, array in assignments(values).items()}
    result = expression.evaluate(variables)
    if not isinstance(result, Tensor):
        raise InputError(
            f"{quoted(text)} has no variables, and so no gradients; name some, as in "
            f'"w*x" --set w=3 --set x=2'
        )
    if result.size != 1:
        raise InputError(
            f"{quoted(text)} gives an array of shape {result.shape}, and only one number has "
            "gradients; reduce it with sum(...) or mean(...)"
        )
    result.backward()
    return Formula(text, {name: variables[name] for name in expression.names}, result)


def check_picture(path: str) -> None:
    """Raise now what drawing into this file would raise later."""
    if Path(path).suffix.lower() not in SUFFIXES:
        raise InputError(
            f"{quoted(path)} is not the name of a picture; end it in .svg, .png or .pdf"
        )
    check_output(path)


def draw_file(tensor: Tensor, path: str | Path, parameters: Any = ()) -> None:
    """Draw into a file, whole or not at all, with `parameters` marked as such.

    Raises
    ------
    InputError
        If there is no Graphviz, or it fails, or the graph is too large.
    """
    from tinygrad_edu.drawing import draw

    with failures_told("draw", path):
        draw(tensor, path, parameters=parameters)


@contextmanager
def failures_told(verb: str, path: str | Path) -> Iterator[None]:
    """Say in one line what went wrong with a picture or a page: "can't draw net.svg: ..."."""
    try:
        yield
    except OSError as error:
        raise InputError(f"can't write {quoted(path)}: {error.strerror or error}") from None
    except (RuntimeError, ValueError) as error:
        raise InputError(f"can't {verb} {quoted(path)}: {one_line(error)}") from None


def _shown(gradient: Any) -> str:
    if gradient is None:
        return "0"
    text = np.array2string(
        gradient, separator=", ", threshold=24, formatter={"float_kind": lambda g: f"{g:.6g}"}
    )
    return text.replace("\n", "\n" + " " * 10)
