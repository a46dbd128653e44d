"""The commands, their options and their help."""

from __future__ import annotations

import io
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from tinygrad_edu.cli.errors import InputError, one_line

__all__ = ["app", "main"]

# The base of all errors in the use of options: Typer has had it in different modules.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])


class _Commands(TyperGroup):
    """Bad input ends in one line on stderr and exit code 2, however the commands are called."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except InputError as error:
            code = _fail(str(error))
        except _UsageError as error:
            inner = error.ctx if error.ctx and error.ctx.parent else None
            command = f"tinygrad-edu {inner.info_name}" if inner else "tinygrad-edu"
            code = _fail(f"{error.format_message().rstrip('.')}; see {command} --help")
        except (KeyboardInterrupt, typer.Abort):
            code = 130
        except OSError as error:  # of a terminal or a pipe: those of files are said by name
            code = _fail(f"can't go on: {error.strerror or error}")
        if code == 130:
            typer.echo("tinygrad-edu: interrupted; no file was left half-written", err=True)
        sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> int:
    typer.echo(f"tinygrad-edu: {one_line(message)}", err=True)
    return 2


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def main() -> None:
    """Run the command line; the entry point of `tinygrad-edu`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that has no ∂ shows a question mark: better than no output at all.
            stream.reconfigure(errors="replace")
    typer.main.get_command(app)(prog_name="tinygrad-edu")


def _version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"tinygrad-edu {metadata.version('tinygrad-edu')}")
        except metadata.PackageNotFoundError:
            typer.echo("tinygrad-edu, run from its source without being installed")
        raise typer.Exit()


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Backpropagation that you can see.

    \b
    Start with
      tinygrad-edu demo
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the pictures go.")
    ] = Path("tinygrad_edu_demo"),
) -> None:
    """Tell the whole story in a few seconds, with pictures.

    A neuron, three neurons, a two-layer network that learns to tell real flowers apart, and a check
    of its gradients.

    \b
    Example
      tinygrad-edu demo --out pictures
    """
    from tinygrad_edu.cli.demo import run

    run(out)


@app.command()
def train(
    data: Annotated[str, typer.Argument(metavar="DATA.csv", help="A table with a header row.")],
    target: Annotated[str, typer.Option(metavar="COLUMN", help="The column to predict.")],
    hidden: Annotated[
        str, typer.Option(metavar="N[,N...]", help="Neurons in each hidden layer.")
    ] = "16",
    activation: Annotated[
        str, typer.Option(metavar="NAME", help="Of hidden neurons: tanh, relu, sigmoid, softplus.")
    ] = "tanh",
    epochs: Annotated[
        int, typer.Option(min=1, metavar="N", help="Passes over the training rows.")
    ] = 200,
    learning_rate: Annotated[
        float, typer.Option(metavar="RATE", help="The size of a step (Adam's).")
    ] = 0.01,
    batch_size: Annotated[int, typer.Option(min=1, metavar="N", help="Rows in one step.")] = 32,
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Of the split, the first weights, the order.")
    ] = 0,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="A column to leave out; may be repeated."),
    ] = None,
    classify: Annotated[
        bool, typer.Option("--classify", help="The target's numbers are names of classes.")
    ] = False,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="MODEL.npz", help="Where the model goes.")
    ] = "model.npz",
    draw: Annotated[
        str | None, typer.Option(metavar="NET.svg", help="Draw the trained network too.")
    ] = None,
) -> None:
    """Train a network on a CSV file, and save it.

    All columns but the target are features, and must be numbers; they are standardised. If the
    target is text the network learns to tell the classes apart, if it is numbers to predict them.
    A fifth of the rows is held out to test the network on what it has not seen.

    Ctrl-C ends the training early; what was learned so far is saved.

    \b
    Examples
      tinygrad-edu train flowers.csv --target species
      tinygrad-edu train houses.csv --target price --ignore id --hidden 32,16 --out houses.npz
    """
    from tinygrad_edu.cli.training import Settings, run

    settings = Settings(
        hidden=hidden,
        activation=activation,
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        seed=seed,
    )
    run(data, target, ignore or [], classify, settings, out, draw)


@app.command()
def predict(
    model: Annotated[str, typer.Argument(metavar="MODEL.npz", help="What `train` saved.")],
    data: Annotated[str, typer.Argument(metavar="DATA.csv", help="A table with a header row.")],
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FILE.csv", help="Instead of the terminal.")
    ] = None,
) -> None:
    """Predict with a trained network.

    There is a row of CSV for each row of the data. The data needs the columns that the network
    was trained on, in any order; others are fine. For
    classes, the probability of each one follows. The name of a class that a spreadsheet would run
    as a formula, such as =SUM(1) or @SUM(1), has an apostrophe before it; numbers are as they were.

    \b
    Example
      tinygrad-edu predict model.npz new_flowers.csv --out predictions.csv
    """
    from tinygrad_edu.cli.predicting import run

    run(model, data, out)


Formula = Annotated[str, typer.Argument(metavar="EXPRESSION", help="The formula.")]
Values = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A variable's value; one for each."),
]


@app.command()
def draw(
    expression: Formula,
    values: Values = None,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE.svg", help="Where the picture goes.")
    ] = "graph.svg",
) -> None:
    """Draw the graph of a formula, with gradients.

    The picture shows every step with its value, its gradient and its local derivatives. A
    formula has numbers, names, + - * / ** @, parentheses and functions: exp, log, sqrt, sin,
    tanh, sigmoid, relu, softplus, softmax, maximum, sum, mean, dot and more. Its result must be one
    number. A value may be a vector, [0,1], or a matrix, [[1,0],[0,1]].

    \b
    Examples
      tinygrad-edu draw "sigmoid(w*x + b)" --set w=2 --set x=0.5 --set b=-1
      tinygrad-edu draw "sum((W @ x - y)**2)" --set "W=[[1,2],[3,4]]" --set x=[1,1] --set y=[2,8]
    """
    from tinygrad_edu.cli.drawing import run

    run(expression, values or [], out)


@app.command()
def explore(
    expression: Formula,
    values: Values = None,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE.html", help="Where the page goes.")
    ] = "backprop.html",
) -> None:
    """Play backprop through a formula, in a page.

    The page is one file, to be opened in a browser. It goes through the formula one operation at a
    time, forward and backward; a node that is chosen shows what its gradient is the sum of; the
    variables can be moved, and everything is computed anew. Formulas are those of `draw`.

    \b
    Examples
      tinygrad-edu explore "sigmoid(w*x + b)" --set w=2 --set x=0.5 --set b=-1
      tinygrad-edu explore "sum((W @ x - y)**2)" --set "W=[[1,2],[3,4]]" --set x=[1,1] --set y=[2,8]
    """
    from tinygrad_edu.cli.exploring import run

    run(expression, values or [], out)


@app.command()
def source(
    expression: Formula,
    values: Values = None,
) -> None:
    """Print the chain rule of a formula as Python source.

    The source is a NumPy function that computes the value and the gradients, as a person would
    write it by hand. Formulas and values are those of `draw`; only the shapes of the values count.

    \b
    Examples
      tinygrad-edu source "sigmoid(w*x + b)" --set w=2 --set x=0.5 --set b=-1
      tinygrad-edu source "sum((W @ x - y)**2)" --set "W=[[1,2],[3,4]]" --set x=[1,1] --set y=[2,8]
    """
    from tinygrad_edu.cli.sourcing import run

    run(expression, values or [])


@app.command()
def check(
    function: Annotated[
        str, typer.Argument(metavar="MODULE:FUNCTION", help="Or FILE.py:FUNCTION.")
    ],
    shapes: Annotated[
        str | None,
        typer.Option(metavar="SHAPE[;SHAPE...]", help="Of the arguments; by default 3 each."),
    ] = None,
    order: Annotated[
        int, typer.Option(min=1, max=4, metavar="N", help="Up to which derivative to check.")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of the random arguments.")] = 0,
) -> None:
    """Check the gradient of a function of yours.

    The function is written in NumPy's functions. It is called with random arguments, and its
    gradient is compared with finite differences. The module is imported, from here or as it is
    installed, and so runs. If the gradient is wrong, the report says where and what is likely the
    matter, and the exit code is 1.

    \b
    Examples
      tinygrad-edu check numpy:matmul --shapes "3,4;4,2" --order 2
      tinygrad-edu check losses.py:focal_loss --shapes "5;5"
    """
    from tinygrad_edu.cli.checking import run

    run(function, shapes, order, seed)
