"""Computation graphs as pictures: values, gradients, and a local derivative on every edge.

What lays out and writes is imported when something is drawn, so that importing this is cheap.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

if TYPE_CHECKING:
    from tinygrad_edu.tensor import Tensor

__all__ = ["Picture", "draw", "to_dot"]

Direction = Literal["right", "down"]


class Picture(str):
    """SVG text that a notebook shows as the picture."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


def to_dot(
    t: Tensor,
    *,
    names: Mapping[str, Any] | None = None,
    parameters: Iterable[Tensor] = (),
    direction: Direction = "right",
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

    return source(plan(t, names, parameters), _downwards(direction))


@overload
def draw(
    t: Tensor,
    path: None = None,
    *,
    names: Mapping[str, Any] | None = None,
    parameters: Iterable[Tensor] = (),
    engine: str | os.PathLike[str] | None = None,
    direction: Direction = "right",
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
    time_limit: float = 60.0,
) -> Picture | None:
    """Draw the graph that `t` was computed from: operations, values, gradients, local derivatives.

    Parameters
    ----------
    t : Tensor
        The output. Call its ``backward()`` first, to see gradients.
    path : path, optional
        What to write: ``.svg``, ``.dot`` or ``.gv``, ``.png``, ``.pdf``. It is written whole or
        not at all. Without, the SVG text is returned, and a notebook shows it.
    names : mapping of str to Tensor, optional
        Names for Tensors that have none; so ``names=locals()`` does, in which all else is ignored.
    parameters : iterable of Tensor, optional
        Leaves to mark as parameters. Those of the modules that were called are known.
    engine : str or path, optional
        Graphviz's ``dot`` to use, or ``"pygraphviz"`` for the one that comes with
        ``pip install 'tinygrad-edu[draw]'``. Without, the environment variable
        ``TINYGRAD_EDU_DOT``, the system's ``dot``, and pygraphviz's are tried in turn.
    direction : "right" or "down"
        Where the computation runs.
    time_limit : float
        Seconds that the layout may take.

    Raises
    ------
    ValueError
        If the suffix of `path` is unknown, or the graph too large for a picture.
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
    """
    from tinygrad_edu.drawing import output
    from tinygrad_edu.drawing.plan import plan

    job = output.Job(_downwards(direction), engine, time_limit)
    if path is None:
        return Picture(output.svg(plan(t, names, parameters), job))
    output.refuse_unknown(path)
    output.write(plan(t, names, parameters), path, job)
    return None


def _downwards(direction: str) -> bool:
    if direction not in ("right", "down"):
        raise ValueError(f"direction is 'right' or 'down', not {direction!r}")
    return direction == "down"
