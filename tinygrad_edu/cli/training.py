"""`train`: from a CSV file to a tested network in a file."""

from __future__ import annotations

import math
import os
import shlex
import sys
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import typer

from tinygrad_edu import nn, optim
from tinygrad_edu.cli.curve import sparkline
from tinygrad_edu.cli.dataset import Dataset, Scaling, dataset, split
from tinygrad_edu.cli.drawing import check_picture, draw_file
from tinygrad_edu.cli.errors import InputError, one_line, quoted
from tinygrad_edu.cli.files import check_output
from tinygrad_edu.cli.model import Model
from tinygrad_edu.cli.table import Table, listed, read_table
from tinygrad_edu.tensor.tensor import Tensor
from tinygrad_edu.training.fit import History, fit

__all__ = ["Settings", "run"]

ACTIVATIONS = ("tanh", "relu", "sigmoid", "softplus")
MOST_NEURONS, MOST_LAYERS = 2000, 10


@dataclass(frozen=True)
class Settings:
    """How to train: the options of the command."""

    hidden: str
    activation: str
    epochs: int
    learning_rate: float
    batch_size: int
    seed: int

    def layers(self) -> list[int]:
        """The sizes of the hidden layers.

        Raises
        ------
        InputError
            If they, or another option, are not what they have to be.
        """
        parts = [part.strip() for part in self.hidden.split(",")]
        good = all(p.isascii() and p.isdigit() and 1 <= int(p[:9]) <= MOST_NEURONS for p in parts)
        if not good or len(parts) > MOST_LAYERS:
            raise InputError(
                f"--hidden {quoted(self.hidden)} is not a list of layer sizes; write, say, 16 or "
                f"32,16: at most {MOST_LAYERS} layers, of 1 to {MOST_NEURONS} neurons"
            )
        if self.activation not in ACTIVATIONS:
            raise InputError(
                f"--activation {quoted(self.activation)} is not known; choose from "
                f"{', '.join(ACTIVATIONS)}"
            )
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise InputError(
                f"--learning-rate {self.learning_rate} can't be a step; choose a number above 0"
            )
        return [int(part) for part in parts]


def run(
    path: str,
    target: str,
    ignore: list[str],
    classify: bool,
    settings: Settings,
    out: str,
    picture: str | None,
) -> None:
    """Train, test and save a network, and say what happened."""
    hidden = settings.layers()
    table = read_table(path)
    data = dataset(table, target, ignore, classify)
    check_output(out, inputs=[path])
    if picture is not None:
        check_picture(picture)
        check_output(picture, inputs=[path])
        if os.path.realpath(picture) == os.path.realpath(out):
            raise InputError(f"the model and the picture are both to be {quoted(out)}; rename one")
    _say_what_was_read(table, data)
    train_rows, test_rows = split(data, settings.seed)
    data = _varying(data, train_rows)
    model = _untrained(data, train_rows, hidden, settings)
    shape = " - ".join(map(str, model.sizes))
    count = sum(p.size for p in model.network.parameters())
    typer.echo(
        f"Network: {shape} ({settings.activation}), {count:,} parameters; "
        f"{len(train_rows)} rows to train on, {len(test_rows)} held out"
    )
    history = _fit(model, data, train_rows, settings)
    if history.interrupted:
        if not history.updates:
            raise KeyboardInterrupt
        done = f"after {len(history.loss)} of {settings.epochs} epochs"
        typer.echo(f"Interrupted {done}; what was learned so far is kept")
    if history.loss:
        first, last = history.loss[0], history.loss[-1]
        typer.echo(f"Training loss: {first:.4g} {sparkline(history.loss)} {last:.4g}")
    typer.echo(_tested(model, data, test_rows))
    model.save(out)
    argument = one_line(shlex.quote(out))  # as a shell takes it
    typer.echo(f"Saved in {one_line(out)}; to use it: tinygrad-edu predict {argument} DATA.csv")
    if picture is not None:
        rows = test_rows[np.linspace(0, len(test_rows) - 1, min(4, len(test_rows))).astype(int)]
        _draw(model, data, rows, picture)
        typer.echo(
            f"{one_line(picture)} shows the network at work on {len(rows)} held-out rows, and the "
            "gradients of its loss"
        )


def _say_what_was_read(table: Table, data: Dataset) -> None:
    commas = ", with decimal commas" if table.decimal_comma else ""
    name = quoted(data.target)
    if data.classes is None:
        what = f"a number, {np.min(data.targets):g} to {np.max(data.targets):g}"
    else:
        counts = np.bincount(data.targets)
        pairs = [f"{one_line(c)} {n}" for c, n in zip(data.classes, counts, strict=True)][:12]
        more = ", ..." if len(data.classes) > 12 else ""
        what = f"one of {len(data.classes)} classes ({', '.join(pairs)}{more})"
    typer.echo(
        f"{one_line(table.source)}: {len(table)} rows, {len(data.features)} features{commas}; "
        f"{name} is {what}"
    )
    whole = data.classes is None and np.array_equal(data.targets, np.round(data.targets))
    if whole and len(np.unique(data.targets)) <= 10:
        typer.echo(f"Note: if the few different numbers of {name} are classes, pass --classify")


def _varying(data: Dataset, rows: Any) -> Dataset:
    """Without the features that are constant in the rows trained on: nothing follows from them."""
    varies = np.ptp(data.inputs[rows], axis=0) > 0
    names = np.array(data.features, dtype=object)
    if not np.any(varies):
        raise InputError(
            f"every feature is constant over the training rows; {quoted(data.target)} can't be "
            "predicted from that, add columns that vary"
        )
    if not np.all(varies):
        typer.echo(
            f"Note: constant over the training rows, and so left out: {listed(names[~varies])}"
        )
    return replace(data, features=tuple(names[varies]), inputs=data.inputs[:, varies])


def _untrained(data: Dataset, rows: Any, hidden: list[int], settings: Settings) -> Model:
    outputs = 1 if data.classes is None else len(data.classes)
    sizes = (len(data.features), *hidden, outputs)
    # The variance of an initialiser depends on the activation that follows: He's is for relu.
    init = "he_normal" if settings.activation == "relu" else "glorot_uniform"
    network = nn.MLP(sizes, settings.activation, init=init, seed=settings.seed)
    scaling = Scaling.of(data.inputs[rows])
    if data.classes is None:
        target_scaling = Scaling.of(data.targets[rows][:, None])
    else:
        target_scaling = Scaling(np.zeros(1), np.ones(1))
    return Model(
        data.features,
        data.target,
        data.classes,
        scaling,
        target_scaling,
        sizes,
        settings.activation,
        network,
    )


def _loss(model: Model) -> Any:
    return nn.mean_squared_error if model.classes is None else nn.softmax_cross_entropy


def _standardised(model: Model, data: Dataset, rows: Any) -> tuple[Any, Any]:
    targets = data.targets[rows]
    if model.classes is None:
        targets = model.target_scaling.apply(targets[:, None])
    return model.scaling.apply(data.inputs[rows]), targets


def _fit(model: Model, data: Dataset, rows: Any, settings: Settings) -> History:
    inputs, targets = _standardised(model, data, rows)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "fit: the loss has grown", RuntimeWarning)
            return fit(
                model.network,
                inputs,
                targets,
                loss=_loss(model),
                optimizer=optim.Adam(model.network.parameters(), lr=settings.learning_rate),
                epochs=settings.epochs,
                batch_size=settings.batch_size,
                seed=settings.seed,
                progress=sys.stderr.isatty(),
            )
    except (FloatingPointError, RuntimeWarning):
        raise InputError(
            f"the loss grew beyond all bounds with --learning-rate {settings.learning_rate:g}; "
            "try a tenth of it. Nothing was saved"
        ) from None


def _tested(model: Model, data: Dataset, rows: Any) -> str:
    """The score on the rows held out, beside that of a guess that ignores the features."""
    outputs, targets = model.outputs(data.inputs[rows]), data.targets[rows]
    if model.classes is not None:
        right = int(np.sum(np.argmax(outputs, axis=1) == targets))
        usual = np.max(np.bincount(targets)) / len(rows)
        return (
            f"Held-out test: {right} of {len(rows)} right ({right / len(rows):.1%}); "
            f"always guessing the most frequent class: {usual:.1%}"
        )
    error = np.mean(np.square(outputs - targets))
    variance = np.var(targets)
    score = f"R² = {1 - error / variance:.3f}" if variance > 0 else "R² is not defined"
    return (
        f"Held-out test: {score}, RMSE = {np.sqrt(error):.4g} (in the units of "
        f"{quoted(model.target)}); always guessing the mean: {np.sqrt(variance):.4g}"
    )


def _draw(model: Model, data: Dataset, rows: Any, path: str) -> None:
    inputs, targets = _standardised(model, data, rows)
    x = Tensor(inputs, name="x")
    model.network.zero_grad()
    loss = _loss(model)(model.network(x), targets)
    loss.name = "loss"
    loss.backward()
    draw_file(loss, path)
