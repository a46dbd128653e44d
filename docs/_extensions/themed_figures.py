"""Matplotlib's figures as SVG that follows the page's theme, light or dark."""

import io
import re

from matplotlib import cycler, rcParams
from matplotlib.figure import Figure

from tinygrad_edu.kit.palette import DARK, LIGHT

INK, MUTED, RULE = LIGHT["ink"], LIGHT["muted"], LIGHT["rule"]
LINES = [LIGHT["value"], LIGHT["gradient"], LIGHT["undefined"], LIGHT["parameterline"]]


STYLE = {
    "axes.edgecolor": RULE,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=LINES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "svg.hashsalt": "tinygrad_edu",  # the same figure is the same file
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
}


def use():
    """Let every figure of the notebook be drawn so."""
    from IPython import get_ipython

    shell = get_ipython()
    shell.run_line_magic("matplotlib", "inline")
    rcParams.update(STYLE)
    formatters = shell.display_formatter.formatters
    formatters["image/png"].pop(Figure, None)
    formatters["image/svg+xml"].for_type(Figure, svg)


def svg(figure):
    """The figure as SVG, its colours being variables that the theme sets."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    names = {colour: name for name, colour in LIGHT.items()}
    used = set()

    def variable(match):
        name = names.get(match[0])
        if name is None:
            return match[0]
        used.add(name)
        return f"var(--{name})"

    text = re.sub(r"#[0-9a-f]{6}\b", variable, file.getvalue())
    light, dark = (
        ";".join(f"--{name}:{colours[name]}" for name in sorted(used)) for colours in (LIGHT, DARK)
    )
    style = f"<style>svg{{{light}}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
    return re.sub(r"(<svg[^>]*>)", lambda match: match[1] + style, text, count=1)
