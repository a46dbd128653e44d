"""Backprop as a page: one HTML file in which it is played, step by step.

What lays out and writes is imported when a page is made, so that importing this is cheap.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, overload

from tinygrad_edu.drawing import Direction

if TYPE_CHECKING:
    from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["LargePageWarning", "Page", "explore"]

SUFFIXES = (".html", ".htm")
FRAME_HEIGHT = 760  # pixels of a notebook: the picture, the steps, and some of the sliders
# The frame becomes as high as the page in it says that it is, where the notebook runs scripts.
_GROW = """<script>addEventListener("message",({source,data})=>{
const height=data&&data.explorerHeight;
if(typeof height==="number")for(const frame of document.querySelectorAll("iframe[data-explorer]"))
if(frame.contentWindow===source)frame.height=Math.ceil(Math.min(height,5000))})</script>"""


class LargePageWarning(UserWarning):
    """The page is so large that a browser is slow to open it."""


class Page(str):
    """HTML text that a notebook shows as the page, in a frame that can do nothing but run it.

    Where only text can be shown it says what the page is of.

    Examples
    --------
    >>> from tinygrad_edu import Tensor, explore
    >>> x = Tensor(2.0, name="x")
    >>> y = x * 3
    >>> y.backward()
    >>> explore(y)
    <Page: Backprop of the output>
    """

    __slots__ = ()

    def __repr__(self) -> str:
        title = re.search("<title>(.*?)</title>", self, re.DOTALL)
        return f"<Page: {' '.join(html.unescape(title[1]).split())}>" if title else "<Page>"

    def _repr_html_(self) -> str:
        return (
            f"{_GROW}"  # first, as the page may speak as soon as it is there
            '<iframe data-explorer sandbox="allow-scripts" title="Explorer of a computation graph" '
            f'width="100%" height="{FRAME_HEIGHT}" style="border:0" '
            f'srcdoc="{html.escape(self)}"></iframe>'
        )

    def _mime_(self) -> tuple[str, str]:  # marimo's
        return "text/html", self._repr_html_()


@overload
def explore(
    t: Tensor,
    path: None = None,
    *,
    names: Mapping[str, Any] | None = None,
    parameters: Iterable[Tensor] = (),
    engine: str | os.PathLike[str] | None = None,
    direction: Direction = "right",
    depth: int | None = None,
    time_limit: float = 60.0,
) -> Page: ...


@overload
def explore(
    t: Tensor,
    path: str | os.PathLike[str],
    *,
    names: Mapping[str, Any] | None = None,
    parameters: Iterable[Tensor] = (),
    engine: str | os.PathLike[str] | None = None,
    direction: Direction = "right",
    depth: int | None = None,
    time_limit: float = 60.0,
) -> None: ...


def explore(
    t: Tensor,
    path: str | os.PathLike[str] | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    parameters: Iterable[Tensor] = (),
    engine: str | os.PathLike[str] | None = None,
    direction: Direction = "right",
    depth: int | None = None,
    time_limit: float = 60.0,
) -> Page | None:
    """Make a page that plays backprop through the graph that `t` was computed from.

    The page is one HTML file that needs nothing else, and asks nothing of the network. In it the
    picture that `draw` gives is computed step by step, forward and backward; a node that is chosen
    shows what its gradient is the sum of; inputs and parameters can be moved, and everything is
    computed anew. Four or more equal calls of modules, one after the other, that would make the
    picture too wide for a page are closed until the reader opens one.

    Parameters
    ----------
    t : Tensor
        The output, after its ``backward()``.
    path : path, optional
        What to write: ``.html`` or ``.htm``. It is written whole or not at all. Without it, the
        HTML text is returned, and a notebook shows it.
    names, parameters, engine, direction, depth, time_limit
        As for `draw`.

    Raises
    ------
    TypeError
        If `t` is no Tensor.
    ValueError
        If gradients have not been computed, the suffix of `path` is unknown, or the graph is too
        large for a page: over 2,000 nodes, or over 10 MB.
    NoEngineError, EngineError
        If there is no Graphviz, or it fails; both are RuntimeErrors.
    OSError
        If the file can't be written.

    Warns
    -----
    LargePageWarning
        If the page is over 2 MB.

    Examples
    --------
    >>> from tinygrad_edu import Tensor, explore
    >>> x, w = Tensor(2.0, name="x"), Tensor(3.0, name="w")
    >>> z = x * w + 4
    >>> z.backward()
    >>> explore(z)[:15]
    '<!doctype html>'
    """
    from tinygrad_edu.drawing.output import Job
    from tinygrad_edu.explorer.document import document
    from tinygrad_edu.kit.files import write_whole

    if direction not in ("right", "down"):
        raise ValueError(f"explore: direction is 'right' or 'down', not {direction!r}")
    if path is not None and os.path.splitext(path)[1].lower() not in SUFFIXES:
        raise ValueError(f"explore: {os.path.basename(path)!r} does not end in .html or .htm")
    page = document(t, names, parameters, depth, Job(direction == "down", engine, time_limit))
    if path is None:
        return Page(page)
    write_whole(path, page.encode())
    return None
