"""`predict`: a trained network on new rows."""

from __future__ import annotations

import csv
import io
import re
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import typer

from tinygrad_edu.cli.dataset import feature_matrix
from tinygrad_edu.cli.errors import InputError, lines, one_line, quoted
from tinygrad_edu.cli.files import check_output, write_bytes
from tinygrad_edu.cli.model import Model, load_model
from tinygrad_edu.cli.table import Table, listed, read_table

__all__ = ["run"]

_FORMULA = re.compile(r"[\t\r]|\s*[=+\-@＝＋－＠−]")
_HARMLESS = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)[.,]?(e[+-]?\d+)?%?|[+-]+", re.ASCII | re.I)


def run(model_path: str, data_path: str, out: str | None) -> None:
    """Predict every row of a CSV file, and write the predictions as CSV."""
    model = _for_spreadsheets(load_model(model_path))
    table = read_table(data_path)
    if out is not None:
        check_output(out, inputs=[model_path, data_path])
    text = _csv(model, _outputs(model, table))
    if out is None:  # a terminal must not obey what a class is called
        typer.echo(lines(text) if sys.stdout.isatty() else text, nl=False)
    else:
        write_bytes(out, text.encode())
        typer.echo(f"{len(table)} predictions of {quoted(model.target)} written to {one_line(out)}")


def _for_spreadsheets(model: Model) -> Model:
    """The model with an apostrophe before the names of classes that would be run as formulas."""
    classes = model.classes or ()
    risky = [name for name in classes if _is_formula(name)]
    if not risky:
        return model
    typer.echo(
        f"Note: a spreadsheet would run {listed(risky)} as a formula, so that an apostrophe is "
        "written before it",
        err=True,
    )
    return replace(model, classes=tuple(f"'{name}" if name in risky else name for name in classes))


def _is_formula(cell: str) -> bool:
    """Whether a spreadsheet computes what begins so, and does not take it for a number or a sign.

    As OWASP has it (CSV injection): =, +, -, @, their wide forms, a tab or a carriage return. Of
    these numbers are harmless, and so are signs with nothing behind them, such as classes + and -.
    """
    return _FORMULA.match(cell) is not None and _HARMLESS.fullmatch(cell.strip()) is None


def _outputs(model: Model, table: Table) -> Any:
    missing = [name for name in model.features if name not in table.cells]
    if missing:
        raise InputError(
            f"{quoted(table.source)} lacks {listed(missing)}, which the model was "
            "trained on; add the missing columns"
        )
    inputs = feature_matrix(table, model.features, "correct the cell, or delete the row")
    outputs = model.outputs(inputs)
    wrong = np.flatnonzero(~np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1))
    if wrong.size:
        raise InputError(
            f"{quoted(table.source)}, row {table.rows[wrong[0]]}: its values are too far from "
            "what the model was trained on; correct or delete the row"
        )
    return outputs


def _csv(model: Model, outputs: Any) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    header = f"predicted_{model.target}"
    if model.classes is None:
        writer.writerow([header])
        writer.writerows([float(value)] for value in outputs)
    else:
        writer.writerow([header, *(f"probability_{name}" for name in model.classes)])
        for row in outputs:
            best = model.classes[int(np.argmax(row))]
            writer.writerow([best, *(f"{probability:.6f}" for probability in row)])
    return file.getvalue()
