"""`explore`: backprop through a typed formula as a page; and how all commands make pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from tinygrad_edu import Tensor
from tinygrad_edu.cli.drawing import differentiated, failures_told
from tinygrad_edu.cli.errors import InputError, one_line, quoted
from tinygrad_edu.cli.files import check_output

__all__ = ["explore_file", "run"]

SUFFIXES = (".html", ".htm")


def run(text: str, values: list[str], out: str) -> None:
    """Evaluate a formula, take its gradients, write the page, and say the numbers."""
    if Path(out).suffix.lower() not in SUFFIXES:
        raise InputError(f"{quoted(out)} is not the name of a page; end it in .html")
    check_output(out)
    formula = differentiated(text, values)
    explore_file(formula.result, out)
    formula.say()
    typer.echo(f"Open {one_line(out)} in a browser: it plays backprop, one operation at a time")


def explore_file(tensor: Tensor, path: str | Path, parameters: Any = ()) -> None:
    """Write the page into a file, whole or not at all, with `parameters` marked as such.

    Raises
    ------
    InputError
        If there is no Graphviz, or it fails, or the graph is too large.
    """
    from tinygrad_edu.explorer import explore

    with failures_told("write", path):
        explore(tensor, path, parameters=parameters)
