"""`source`: the chain rule of a typed formula as Python source."""

from __future__ import annotations

import typer

from tinygrad_edu import source
from tinygrad_edu.cli.drawing import differentiated
from tinygrad_edu.cli.errors import InputError, one_line

__all__ = ["run"]


def run(text: str, values: list[str]) -> None:
    """Print a function that computes the formula and its gradients in all variables, in order."""
    formula = differentiated(text, values)
    variables = list(formula.variables.values())
    try:
        printed = source(formula.result, wrt=variables, name="value_and_gradients")
    except (TypeError, ValueError) as error:
        raise InputError(one_line(error)) from None
    typer.echo(f"# {one_line(text)}\n{printed}", nl=False)
