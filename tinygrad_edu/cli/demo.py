"""`demo`: from one neuron to a tested network, with pictures, in a few seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import typer

from tinygrad_edu import Tensor, nn, optim
from tinygrad_edu.cli.curve import curve_svg, sparkline
from tinygrad_edu.cli.dataset import Dataset, Scaling, dataset, split
from tinygrad_edu.cli.drawing import draw_file
from tinygrad_edu.cli.errors import InputError, one_line
from tinygrad_edu.cli.exploring import explore_file
from tinygrad_edu.cli.files import check_output, make_directory, write_bytes
from tinygrad_edu.cli.table import parse_table
from tinygrad_edu.testing import check_gradients
from tinygrad_edu.training.fit import History, fit

__all__ = ["ThreeNeurons", "flowers", "run", "train_on_flowers"]

SEED = 1936  # the year in which the flowers were published
HIDDEN, RATE, EPOCHS, BATCH = 8, 0.05, 60, 32


class ThreeNeurons(nn.Module):
    """Two hidden neurons that see the same input, and one that sees the two."""

    def __init__(self) -> None:
        self.h1, self.h2 = nn.Neuron([1.0, -0.5], 0.0), nn.Neuron([-1.0, 1.0], 0.0)
        self.o1 = nn.Neuron([1.5, -1.0], 0.0)

    def feedforward(self, x: Any) -> Any:
        """The output, for an input of shape ``(2,)``."""
        return self.o1(np.stack([self.h1(x), self.h2(x)]))


def run(folder: Path) -> None:
    """Tell the story, and leave its pictures in the folder."""
    make_directory(folder)
    for name in ("neuron.svg", "network.svg", "loss.svg", "backprop.html"):
        check_output(folder / name)
    missing = dict(_neuron(folder / "neuron.svg")) | dict(_network(folder / "network.svg"))
    data = flowers()
    train, test = split(data, SEED)
    network, scaling = _train(data, train, test, folder / "loss.svg")
    _check(network, scaling.apply(data.inputs[test]), data.targets[test])
    missing |= dict(_backprop(network, scaling, data, folder / "backprop.html"))
    if missing:
        typer.echo(f"\n{one_line(folder)} holds what could be drawn: open it in a browser.")
        *most, last = missing
        names = ", ".join(most) + " and " * bool(most) + last
        raise InputError(f"not drawn: {names}: {next(iter(missing.values()))}")
    typer.echo(f"\nOpen the pictures and the page in {one_line(folder)} in a browser.")
    typer.echo("Then explore a formula:")
    typer.echo('  tinygrad-edu explore "sigmoid(w*x + b)" --set w=2 --set x=0.5 --set b=-1')


def flowers() -> Dataset:
    """The Iris data: four measurements of each flower, and its species."""
    file = resources.files("tinygrad_edu") / "data" / "iris.csv"
    return dataset(parse_table(file.read_text("utf-8"), "iris.csv"), "species", (), False)


def train_on_flowers(data: Dataset, train: Any, test: Any, progress: bool) -> Any:
    """A network trained on some of the flowers, the scaling in front of it, and its history."""
    scaling = Scaling.of(data.inputs[train])  # measured without looking at those to be tested on
    network = nn.TwoLayerNetwork(4, HIDDEN, 3, output_activation="identity", seed=SEED)
    history = fit(
        network,
        scaling.apply(data.inputs[train]),
        data.targets[train],
        loss=nn.softmax_cross_entropy,
        optimizer=optim.Adam(network.parameters(), lr=RATE),
        epochs=EPOCHS,
        batch_size=BATCH,
        seed=SEED,
        validation=(scaling.apply(data.inputs[test]), data.targets[test]),
        progress=progress,
    )
    if history.interrupted:
        raise KeyboardInterrupt
    return network, scaling, history


def _heading(text: str) -> None:
    typer.echo("\n" + typer.style(text, bold=True))


def _wrote(path: Path, shows: str) -> None:
    typer.echo(f"  {typer.style(one_line(path), fg='green')}: {shows}")


def _drawn(
    tensor: Tensor, path: Path, shows: str, parameters: Any = (), write: Any = draw_file
) -> Iterator[tuple[str, str]]:
    """Draw; without Graphviz the story goes on, and says at its end what it could not do.

    Gives the name of what is missing, and why.
    """
    try:
        write(tensor, path, parameters)
    except InputError as error:
        typer.echo("  (no picture: see the end)")
        yield path.name, one_line(error.__context__ or error)  # without the name of the one file
    else:
        _wrote(path, shows)


def _neuron(path: Path) -> Iterator[tuple[str, str]]:
    _heading("1. A neuron: inputs times weights, plus a bias, through a sigmoid")
    x1, x2 = Tensor(2.0, name="x1"), Tensor(3.0, name="x2")
    w1, w2, b = Tensor(0.5, name="w1"), Tensor(-1.0, name="w2"), Tensor(1.5, name="b")
    y = nn.sigmoid(w1 * x1 + w2 * x2 + b)
    y.name = "y"
    y.backward()
    typer.echo(f"  y = sigmoid(w1 x1 + w2 x2 + b) = sigmoid(0.5·2 - 1·3 + 1.5) = {y.item():.6f}")
    typer.echo("  y.backward() applied the chain rule, from y back to every weight:")
    typer.echo(f"  ∂y/∂w1 = {w1.grad:.6f}   ∂y/∂w2 = {w2.grad:.6f}   ∂y/∂b = {b.grad:.6f}")
    saturated = nn.Neuron([0, 1], 4)([2, 3])
    typer.echo(
        f"  With weights 0, 1 and bias 4 it is {saturated.item()!r}, where the sigmoid is\n"
        "  nearly flat: every gradient is below 0.003, and such a neuron hardly learns."
    )
    shows = "each step, its value, its gradient ∂, its local derivatives ×"
    yield from _drawn(y, path, shows, [w1, w2, b])


def _network(path: Path) -> Iterator[tuple[str, str]]:
    _heading("2. Three neurons make a network: h1 and h2 see the input, o1 sees h1 and h2")
    network = ThreeNeurons()
    y = network(Tensor([2.0, 3.0], name="x"))
    y.name = "y"
    y.backward()
    same = nn.Neuron([0, 1], 0)
    dead = same([same([2, 3]).item()] * 2)
    typer.echo(f"  for x = [2, 3]: y = {y.item():.6f}, and a gradient arrives at every weight")
    typer.echo(
        f"  With weights [0, 1] and bias 0 in each it is {dead.item()!r}, and h1 is dead:\n"
        "  o1 multiplies it by 0, and so its gradient."
    )
    typer.echo("  Nobody wrote its derivatives down: they came from the same backward().")
    yield from _drawn(y, path, "the network, a box around each neuron")


def _train(data: Dataset, train: Any, test: Any, path: Path) -> tuple[Any, Scaling]:
    _heading("3. A two-layer network learns to tell 150 real irises apart, by 4 measurements")
    typer.echo(
        f"  {len(train)} flowers to learn from, {len(test)} held out: it never learns from them"
    )
    network, scaling, history = train_on_flowers(data, train, test, sys.stderr.isatty())
    typer.echo(f"  loss {history.loss[0]:.2f} {sparkline(history.loss)} {history.loss[-1]:.2f}")
    guesses = np.argmax(network(scaling.apply(data.inputs[test])).data, axis=1)
    right = int(np.sum(guesses == data.targets[test]))
    score = typer.style(f"{right} of {len(test)} right ({right / len(test):.1%})", bold=True)
    typer.echo(f"  held-out flowers: {score}")
    for guess, target in zip(guesses, data.targets[test], strict=True):
        if guess != target and data.classes is not None:
            typer.echo(f"    mistook a {data.classes[target]} for a {data.classes[guess]}")
    everyone = _each_held_out_once(data)
    typer.echo(
        f"  Was that luck? Trained anew five times, each flower held out once: {everyone} of "
        f"{len(data.targets)} right ({everyone / len(data.targets):.1%})"
    )
    write_bytes(path, _curve(history).encode())
    _wrote(path, "the loss over the epochs, on both sets of flowers")
    return network, scaling


def _each_held_out_once(data: Dataset) -> int:
    """How many are told right in a fivefold cross-validation, with as many of each species."""
    rng = np.random.default_rng(SEED)
    fold = np.empty(len(data.targets), int)
    for species in np.unique(data.targets):
        rows = rng.permutation(np.flatnonzero(data.targets == species))
        fold[rows] = np.arange(len(rows)) % 5
    right = 0
    for k in range(5):
        test = np.flatnonzero(fold == k)
        network, scaling, _ = train_on_flowers(data, np.flatnonzero(fold != k), test, False)
        guesses = np.argmax(network(scaling.apply(data.inputs[test])).data, axis=1)
        right += int(np.sum(guesses == data.targets[test]))
    return right


def _curve(history: History) -> str:
    series = {"training": history.loss, "held out": history.validation_loss}
    return curve_svg(series, "Learning to tell irises apart: cross-entropy loss")


def _check(network: Any, inputs: Any, targets: Any) -> None:
    _heading("4. Is backprop right? Its gradients against finite differences of the loss")

    def loss(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        return nn.softmax_cross_entropy(nn.sigmoid(inputs @ W1 + b1) @ W2 + b2, targets)

    layers = (network.hidden, network.output)
    values = [value.numpy() for layer in layers for value in (layer.weights, layer.bias)]
    count = sum(value.size for value in values)
    typer.echo(f"  {count} parameters: some one by one, and all together in random directions")
    for line in str(check_gradients(loss, *values)).splitlines():
        typer.echo(f"  {line}")


def _backprop(
    network: Any, scaling: Scaling, data: Dataset, path: Path
) -> Iterator[tuple[str, str]]:
    _heading(
        "5. Backprop through that network, to play with: on the hardest flower of each species"
    )
    inputs = scaling.apply(data.inputs)
    sure = nn.softmax(network(inputs).data)[np.arange(len(inputs)), data.targets]
    species = [np.flatnonzero(data.targets == each) for each in np.unique(data.targets)]
    rows = [each[np.argmin(sure[each])] for each in species]
    flowers = Tensor(inputs[rows], name="flowers")
    network.zero_grad()
    loss = nn.softmax_cross_entropy(network(flowers), data.targets[rows])
    loss.name = "loss"
    loss.backward()
    typer.echo(f"  loss {loss.item():.4f}: step through it forward and backward, and move a weight")
    shows = "each step with its numbers, in a browser"
    yield from _drawn(loss, path, shows, write=explore_file)
