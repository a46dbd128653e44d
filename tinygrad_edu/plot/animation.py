"""A decision boundary forming: one HTML file in which a training is played."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tinygrad_edu.plot.axes import require_matplotlib
from tinygrad_edu.plot.boundary import class_names, refuse_threshold
from tinygrad_edu.plot.probabilities import checked_examples, grid_around, probabilities

__all__ = ["AnimationPage", "boundary_animation"]

SUFFIXES = (".html", ".htm")
FRAME_HEIGHT = 620  # pixels of a notebook
RESOLUTION = 96


class AnimationPage(str):
    """HTML text that a notebook shows as the page, in a frame that can do nothing but run it."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return (
            '<iframe sandbox="allow-scripts" title="Decision boundary forming" width="100%" '
            f'height="{FRAME_HEIGHT}" style="border:0" srcdoc="{html.escape(self)}"></iframe>'
        )


def boundary_animation(
    frames: Mapping[str, Callable[[Any], Any]],
    inputs: Any,
    targets: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    logits: bool = False,
    threshold: float = 0.5,
    classes: Sequence[str] | None = None,
) -> AnimationPage | None:
    """Make a page that shows the decision boundary of a model form in the course of a training.

    The page is one HTML file that needs nothing else, and asks nothing of the network. It opens
    with the last frame and moves only when the reader presses Play or drags the slider; without
    scripts, and in print, it is a picture of the last frame.

    Parameters
    ----------
    frames : mapping of str to callable
        The model at some moments of its training, in order, by a caption for each. A module changes
        as it is trained, so keep copies: ``frames["epoch 5"] = copy.deepcopy(network)``.
    inputs, targets
        The examples, as for `decision_boundary`.
    path : path, optional
        What to write: ``.html`` or ``.htm``. It is written whole or not at all. Without it, the
        HTML text is returned, and a notebook shows it.
    logits, threshold, classes
        As for `decision_boundary`.

    Raises
    ------
    ImportError
        If Matplotlib is not installed.
    ValueError
        If there are no frames, they do not tell the same number of classes, the suffix of `path`
        is unknown, or `decision_boundary` would refuse one of them.
    OSError
        If the file can't be written.

    Examples
    --------
    >>> import copy
    >>> import numpy as np
    >>> from tinygrad_edu import fit, nn, optim, plot
    >>> x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> network, frames = nn.TwoLayerNetwork(2, hidden=4, seed=0), {}
    >>> descent = optim.SGD(network.parameters(), lr=1)
    >>> for epoch in range(0, 1500, 500):
    ...     frames[f"epoch {epoch}"] = copy.deepcopy(network)
    ...     _ = fit(
    ...         network, x, y, loss=nn.sum_of_squares, optimizer=descent, epochs=500, progress=False
    ...     )
    >>> plot.boundary_animation(frames, x, y)[:15]
    '<!doctype html>'
    """
    name = "plot.boundary_animation"
    require_matplotlib(name)
    _refuse_arguments(name, frames, path)
    from tinygrad_edu.kit.files import write_whole
    from tinygrad_edu.plot.document import document
    from tinygrad_edu.plot.scene import Frame

    examples = checked_examples(name, inputs, targets)
    grid = grid_around(examples.inputs, RESOLUTION)
    drawn = []
    for caption, model in frames.items():
        p = probabilities(name, model, grid.points(), examples.labels, logits)
        drawn.append(Frame(str(caption), p.reshape(RESOLUTION, RESOLUTION, -1)))
    counts = {frame.p.shape[-1] for frame in drawn}
    if len(counts) > 1:
        raise ValueError(f"{name}: the frames tell different numbers of classes: {sorted(counts)}")
    names = class_names(name, classes, counts.pop())
    refuse_threshold(name, threshold, len(names))
    page = document(drawn, grid, examples, names, threshold)
    if path is None:
        return AnimationPage(page)
    write_whole(path, page.encode())
    return None


def _refuse_arguments(name: str, frames: Any, path: str | os.PathLike[str] | None) -> None:
    """Raise ValueError before anything is computed."""
    if not isinstance(frames, Mapping) or not frames:
        raise ValueError(
            f"{name}: frames are models by their captions, at least one, not {frames!r}"
        )
    if path is not None and os.path.splitext(path)[1].lower() not in SUFFIXES:
        raise ValueError(f"{name}: {os.path.basename(path)!r} does not end in .html or .htm")
