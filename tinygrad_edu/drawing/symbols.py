"""How operations are written on a card, and what carries the gradient back along an edge."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import title, varies
from tinygrad_edu.kit.text import line

__all__ = ["details", "operands", "rule", "symbol"]

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


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def symbol(node: Any) -> str:
    """A sign for what made `node` where mathematics has one, else its name."""
    name, exponent = _known_name(node.op), _exponent(node)
    if exponent is not None:
        return f"x{str(exponent).translate(_RAISED)}"
    return _SYMBOLS.get(name) or line(title(node.op).removeprefix("np."), 18)


def _exponent(node: Any) -> int | None:
    """That of a power which is written as one sign: ``x²``, whether by ``x**2`` or np.square."""
    if node.op is not np.power or 1 in node.call.places:
        return None
    given = node.call.args[1]
    if not isinstance(given, int | float | np.integer | np.floating):
        return None
    return int(given) if abs(given) in range(2, 10) else None


def operands(node: Any) -> list[int]:
    """The places of the arguments that have a card: Tensors, and numbers that no sign holds."""
    edges = set(node.call.places)
    holder = node.call.operands
    held = {1} if _exponent(node) is not None else set()
    return [
        place
        for place, argument in enumerate(holder)
        if place in edges
        or (
            (node.call.row.sequence or varies(node.call.row, place))
            and place not in held
            and _is_numeric(argument)
        )
    ]


def _is_numeric(argument: Any) -> bool:
    return isinstance(argument, int | float | complex | np.ndarray | np.generic) and (
        np.asarray(argument).dtype.kind in "fiubc"
    )


def _known_name(op: Any) -> str:
    """The name of one of NumPy's functions or ours; "" for another, whatever it is called."""
    known = getattr(op, "__module__", None) or "numpy"  # a method of a C type has no module
    ours = isinstance(op, np.ufunc) or known.split(".")[0] in ("numpy", "tinygrad_edu", "_operator")
    return str(getattr(op, "__name__", "")) if ours else ""


def details(node: Any) -> str:
    """The parameters that say which sum, or which elements: ``axis 0``, ``[1:]``."""
    name, params = _known_name(node.op), node.call.params
    if name == "getitem":
        return f"[{_index(node.call.args[1])}]"
    if name == "einsum" and isinstance(node.call.args[0], str):
        return str(node.call.args[0])
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
