"""How operations are written on a card, and what carries the gradient back along an edge."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.drawing.text import line
from tinygrad_edu.registry import title

__all__ = ["details", "rule", "symbol"]

_SYMBOLS = {
    "absolute": "|x|",
    "add": "+",
    "concatenate": "concat",
    "divide": "÷",
    "einsum": "einsum",
    "exp": "eˣ",
    "expand_dims": "new axis",
    "getitem": "[ ]",
    "log_softmax": "log softmax",
    "logaddexp": "log(eˣ+eʸ)",
    "logsumexp": "log Σ eˣ",
    "matmul": "@",
    "maximum": "max",
    "minimum": "min",
    "multiply": "×",
    "negative": "−",
    "power": "xʸ",
    "prod": "Π",
    "reciprocal": "1/x",
    "sigmoid": "σ",
    "sqrt": "√",
    "square": "x²",
    "subtract": "−",
    "sum": "Σ",
    "take_along_axis": "pick",
    "true_divide": "÷",
}


def symbol(op: Any) -> str:
    """A sign for `op` where mathematics has one, else its name."""
    name = _known_name(op)
    return _SYMBOLS.get(name) or line(title(op).removeprefix("np."), 18)


def _known_name(op: Any) -> str:
    """The name of one of NumPy's functions or ours; "" for another, whatever it is called."""
    known = getattr(op, "__module__", None) or "numpy"  # a method of a C type has no module
    ours = isinstance(op, np.ufunc) or known.split(".")[0] in ("numpy", "tinygrad_edu", "_operator")
    return str(getattr(op, "__name__", "")) if ours else ""


def details(node: Any) -> str:
    """The parameters that say which sum, or which elements: ``axis 0``, ``[1:]``."""
    name, params = _known_name(node.op), node._params
    if name == "getitem":
        return f"[{_index(node._args[1])}]"
    if name == "einsum" and isinstance(node._args[0], str):
        return str(node._args[0])
    axis = params.get("axis")
    return "" if axis is None or np.ndim(axis) > 1 else f"axis {axis}".replace("-", "−")


def _index(index: Any) -> str:
    if isinstance(index, tuple):
        return ", ".join(map(_index, index))
    if isinstance(index, slice):
        parts = [index.start, index.stop, index.step]
        ends = ["" if part is None else str(part) for part in parts]
        return ":".join(ends[: 2 if index.step is None else 3])
    if index is None:
        return "new"
    if index is Ellipsis:
        return "…"
    if np.ndim(index):
        return "mask" if np.asarray(index).dtype == bool else "…"
    return str(index)


_RULES = {
    "sum": ("repeat G over the summed axes",),
    "mean": ("repeat G over the averaged axes, divided by their length",),
    "reshape": ("G in the old shape",),
    "ravel": ("G in the old shape",),
    "squeeze": ("G in the old shape",),
    "expand_dims": ("G in the old shape",),
    "transpose": ("G transposed back",),
    "getitem": ("G at the chosen places, 0 elsewhere",),
    "take_along_axis": ("G at the chosen places, 0 elsewhere",),
    "max": ("G where the maximum was, 0 elsewhere",),
    "min": ("G where the minimum was, 0 elsewhere",),
    "log_softmax": ("G − softmax · ΣG",),
    "softmax": ("out · (G − Σ G·out)",),
    "logsumexp": ("G · softmax",),
}


def rule(node: Any, place: int, names: list[str]) -> str:
    """In words or symbols, how the gradient G of `node` is carried to its argument at `place`.

    `names` are those of the arguments, "" where there is none.
    """
    name = _known_name(node.op)
    if name == "matmul" and len(names) == 2:
        a, b = names[0] or "A", names[1] or "B"
        return f"{_group('G', node)} @ {b}ᵀ" if place == 0 else f"{a}ᵀ @ {_group('G', node)}"
    if name in ("concatenate", "stack"):
        return f"the part of G that argument {place} became"
    words = _RULES.get(name, ())
    return words[place] if place < len(words) else f"pullback of {title(node.op)}"


def _group(name: str, node: Any) -> str:
    return name if len(node.shape) else name.lower()
