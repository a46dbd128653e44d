"""Where to draw: on the Axes that were given, or on new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_edu.kit.text import line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

from tinygrad_edu.kit.extras import install

__all__ = ["as_it_is", "axes_for", "legend", "require_matplotlib"]

LONGEST = 60  # characters of a name in a picture


def require_matplotlib(function: str) -> None:
    """Raise ImportError, with the way out, if Matplotlib is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise ImportError(
            f"{function} needs Matplotlib, which the extra brings: {install('plot')}"
        ) from None


def axes_for(function: str, ax: Axes | None, size: tuple[float, float]) -> Axes:
    """`ax` itself, or the Axes of a new figure of this size, in inches.

    Raises
    ------
    ImportError
        If Matplotlib is not installed.
    TypeError
        If `ax` is something else.
    """
    require_matplotlib(function)
    if ax is not None:
        if not hasattr(ax, "get_xlim"):
            raise TypeError(
                f"{function}: ax={ax!r:.60} is no Axes; give one, as pyplot.subplots() makes them, "
                "one of several (axes[0]), or none for a new figure"
            )
        return ax
    # The figure is pyplot's, so that a notebook shows it, and in a script pyplot.show() does.
    from matplotlib import pyplot

    ax = pyplot.subplots(figsize=size, layout="constrained")[1]
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def as_it_is(text: str) -> str:
    """`text` so that Matplotlib shows just that.

    It would read what is between dollars as a formula, and leave out of legends what begins with
    an underscore, as the name of a private attribute does; a thin space stands before it then.
    """
    text = line(text, LONGEST).replace("$", r"\$")
    return "\N{THIN SPACE}" + text if text.startswith("_") else text


def legend(ax: Axes, *, own: bool, place: str, columns: int = 1, title: str | None = None) -> None:
    """What the colours mean: beside the Axes on a figure of our `own`, else, shorter, on them."""
    if not own:
        ax.legend(loc="best", framealpha=0.9)
        return
    lines, labels = ax.get_legend_handles_labels()
    options: dict[str, Any] = {"loc": f"outside {place}", "ncols": columns, "frameon": False}
    ax.figure.legend(lines, labels, title=title, **options)
