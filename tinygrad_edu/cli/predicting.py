"""`predict`: a trained network on new rows."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import typer

from tinygrad_edu.cli.dataset import feature_matrix
from tinygrad_edu.cli.errors import InputError, one_line, quoted
from tinygrad_edu.cli.files import check_output, write_bytes
from tinygrad_edu.cli.model import Model, load_model
from tinygrad_edu.cli.table import Table, read_table

__all__ = ["run"]


def run(model_path: str, data_path: str, out: str | None) -> None:
    """Predict every row of a CSV file, and write the predictions as CSV."""
    model = load_model(model_path)
    table = read_table(data_path)
    if out is not None:
        check_output(out, inputs=[model_path, data_path])
    text = _csv(model, _outputs(model, table))
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_bytes(out, text.encode())
        typer.echo(f"{len(table)} predictions of {quoted(model.target)} written to {one_line(out)}")


def _outputs(model: Model, table: Table) -> Any:
    missing = [name for name in model.features if name not in table.columns]
    if missing:
        raise InputError(
            f"{quoted(table.source)} lacks {', '.join(map(quoted, missing))}, which the model was "
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
