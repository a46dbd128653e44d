"""Computation graphs as pictures: values, gradients, and a local derivative on every edge.

What lays out and writes is imported when something is drawn, so that importing this is cheap.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from tinygrad_edu.drawing.picture import Picture
from tinygrad_edu.tensor.display import Drawer, shown_by

if TYPE_CHECKING:
    from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["Picture", "draw", "to_dot"]

Direction = Literal["right", "down"]


def to_dot(
    t: Tensor,
    *,
    names: Mapping[str, Any] | None = None,
    parameters: Iterable[Tensor] = (),
    direction: Direction = "right",
    depth: int | None = None,
    flow: bool = False,
    width: float | None = 1280,
) -> str:
    """The graph that `t` was computed from, in Graphviz's DOT language.

    No Graphviz is needed for that. The parameters are those of `draw`.

    Examples
    --------
    >>> from tinygrad_edu import Tensor, to_dot
    >>> x, w = Tensor(2.0, name="x"), Tensor(3.0, name="w")
    >>> to_dot(x * w).startswith("digraph computation {")
    True
    """
    from tinygrad_edu.drawing.dot import source
    from tinygrad_edu.drawing.plan import plan

    downwards = _downwards(direction)
    bound = None if downwards else width
    return source(plan(t, names, parameters, depth, flow, bound), downwards)


@overload
def draw(
    t: Tensor,
    path: None = None,
    *,
    names: Mapping[str, Any] | None = None,
    parameters: Iterable[Tensor] = (),
    engine: str | os.PathLike[str] | None = None,
    direction: Direction = "right",
    depth: int | None = None,
    flow: bool = False,
    width: float | None = 1280,
    time_limit: float = 60.0,
) -> Picture: ...


@overload
def draw(
    t: Tensor,
    path: str | os.PathLike[str],
    *,
    names: Mapping[str, Any] | None = None,
    parameters: Iterable[Tensor] = (),
    engine: str | os.PathLike[str] | None = None,
    direction: Direction = "right",
    depth: int | None = None,
    flow: bool = False,
    width: float | None = 1280,
    time_limit: float = 60.0,
) -> None: ...


def draw(
    t: Tensor,
    path: str | os.PathLike[str] | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    parameters: Iterable[Tensor] = (),
    engine: str | os.PathLike[str] | None = None,
    direction: Direction = "right",
    depth: int | None = None,
    flow: bool = False,
    width: float | None = 1280,
    time_limit: float = 60.0,
) -> Picture | None:
    """Draw the graph that `t` was computed from: operations, values, gradients, local derivatives.

    Parameters
    ----------
    t : Tensor
        The output. Call its ``backward()`` first, to see gradients.
    path : path, optional
        What to write: ``.svg``, ``.dot`` or ``.gv``, ``.png``, ``.pdf``. It is written whole or
        not at all. Without it, the SVG text is returned, and a notebook shows it.
    names : mapping of str to Tensor, optional
        Names for Tensors that have none; so ``names=locals()`` does, in which all else is ignored.
    parameters : iterable of Tensor, optional
        Leaves to mark as parameters. Those of the modules that were called are known.
    engine : str or path, optional
        Graphviz's ``dot`` to use, or ``"pygraphviz"`` for the one that comes with
        the extra ``draw``. Without it, the environment variable
        ``TINYGRAD_EDU_DOT``, the system's ``dot``, and pygraphviz's are tried in turn.
    direction : "right" or "down"
        Where the computation runs.
    depth : int, optional
        How many levels of modules to open. Calls that are nested deeper are one card each, with
        what is inside in numbers; four or more that are equal, given the same and used by the
        same, are one card together, as ``Neuron ×100``. So ``depth=0`` shows the outermost calls
        only. Without it, all are open in a graph of up to 400 cards, and as many levels as fit into
        400 in a larger one.
    flow : bool
        Draw each edge as wide as its contribution to the gradient, which is the upstream gradient
        times the local derivative (of arrays, the norm), dashed where it is negative (the sum).
    width : float or None
        How many pixels wide a picture that runs to the right may be; a slide is 1280 wide. Of
        four or more equal calls one after the other, as in a recurrent network, a wider one shows
        the first in full, and the others as one card, ``Cell ×31``, unless `depth` says how much
        to show. What is still too wide is broken into rows: what goes on in the next one stands
        at its beginning as a name alone. None sets no bound. Fonts that are wider than Helvetica
        make a picture a little wider.
    time_limit : float
        Seconds that the layout may take.

    Raises
    ------
    ValueError
        If the suffix of `path` is unknown, the graph too large for a picture, `depth` negative,
        `width` less than 200, or `flow` asked for and there are no gradients, or those of several
        backward passes.
    NoEngineError, EngineError
        If there is no Graphviz, or it fails; both are RuntimeErrors.
    OSError
        If the file can't be written.

    Examples
    --------
    >>> from tinygrad_edu import Tensor, draw
    >>> x, w = Tensor(2.0, name="x"), Tensor(3.0, name="w")
    >>> z = x * w + 4
    >>> z.backward()
    >>> draw(z)[:4]
    '<svg'

    Notes
    -----
    The same graph gives the same bytes. The ids within begin with a digest of the picture, so that
    several pictures can stand in one page; one that stands there twice has the same ids twice,
    which refer to equal text.
    """
    from tinygrad_edu.drawing import output
    from tinygrad_edu.drawing.plan import plan

    job = output.Job(_downwards(direction), engine, time_limit)
    if path is not None:
        output.refuse_unknown(path)
    planned = plan(t, names, parameters, depth, flow, None if job.downwards else width)
    if path is None:
        return output.picture(planned, job)
    output.write(planned, path, job)
    return None


def _downwards(direction: str) -> bool:
    if direction not in ("right", "down"):
        raise ValueError(f"draw: direction is 'right' or 'down', not {direction!r}")
    return direction == "down"


def _drawer() -> Drawer:
    from tinygrad_edu.drawing import notebook

    return notebook


shown_by(_drawer)
