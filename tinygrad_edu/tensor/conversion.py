"""What would make a plain array or number of a Tensor, and so lose its gradient: who asked for it.

The error names the function that asked, of NumPy, SciPy, Matplotlib or one's own, and what to write
there instead.
"""

from __future__ import annotations

import ast
import linecache
import opcode
import sys
from collections.abc import Callable
from contextvars import ContextVar
from itertools import islice
from types import FrameType, ModuleType
from typing import Any, NoReturn

import numpy as np

__all__ = [
    "SAID",
    "LostGradientError",
    "asked",
    "refuse_array",
    "refuse_conversion",
    "refuse_copy",
    "tell_why",
]

_LIBRARIES = {"numpy", "scipy", "matplotlib", "pandas", "sklearn", "PIL", "seaborn", "copy"}
_STACK = "np.stack([t0, t1]) joins Tensors, and is a Tensor"
_VALUE = "t.data is the value alone"
_RANDOM = (
    "draw what does not depend on the Tensor, and move it: t + scale * "
    f"np.random.default_rng(seed).normal(size=t.shape); {_VALUE}"
)
_OURS = "write tinygrad_edu.{0}(t, axis)"
_POWERS = "NumPy hands it over from 2.4 on; until then write "

# What to write in place of a function that takes arrays only; by its name without the module.
_REMEDIES = {
    "scipy": {
        "logsumexp": _OURS.format("logsumexp"),
        "softmax": _OURS.format("softmax"),
        "log_softmax": _OURS.format("log_softmax"),
        "logpdf": "write its formula: of the normal, -((x - mean) / std)**2 / 2 - np.log(std) - "
        "np.log(2 * np.pi) / 2",
        "pdf": "write its formula: of the normal, np.exp(-((x - mean) / std)**2 / 2) / "
        "(std * np.sqrt(2 * np.pi))",
        "fftconvolve": "write np.convolve(a, b)",
        "trapezoid": "write np.trapezoid(y, x)",
        "interp1d": "write np.interp(x, xp, fp)",
        "cdist": "write np.linalg.norm(a[:, None] - b[None], axis=-1)",
        "cdf": "of the normal, write scipy.special.ndtr((x - mean) / std), which takes Tensors",
        "logcdf": "of the normal, write scipy.special.log_ndtr((x - mean) / std), which takes "
        "Tensors",
        "minimize": "give it arrays: minimize(value_and_grad(f), x0, jac=True)",
    },
    "numpy": {
        "array": f"{_STACK}; {_VALUE}",
        "asarray": _VALUE,
        "asanyarray": _VALUE,
        "full": f"write np.broadcast_to(t, shape), or np.ones(shape) * t; {_VALUE}",
        "vectorize": "write the function for whole arrays, with np.where in place of if",
        "AxisConcatenator": "in place of np.r_ write np.concatenate([t, u]), and of np.c_ "
        f"np.stack([t, u], axis=-1), which take Tensors; {_VALUE}",
        "fromiter": f"{_STACK}: np.stack(list(...))",
        "polyval2d": f"{_POWERS}np.sum(np.vander(x, m, increasing=True) @ c * "
        "np.vander(y, n, increasing=True), -1), where m, n = c.shape",
        "polygrid2d": f"{_POWERS}np.vander(x, m, increasing=True) @ c @ "
        "np.vander(y, n, increasing=True).T, where m, n = c.shape",
    },
}
_DEFAULT = (
    "t.data is the value alone, np.stack([t0, t1]) joins Tensors, np.where(mask, t, a) is a[mask] "
    "= t as a Tensor"
)
_SCIPY = (
    "write it in NumPy's functions, or give it a derivative of its own with tinygrad_edu.custom; "
    "t.data is the value alone"
)
_INDEX = f"an index is a whole number, without a gradient: write a[t.data.astype(int)]; {_VALUE}"
_STORES = ("STORE_SUBSCR", "STORE_SLICE")  # the second from Python 3.12 on
_PLACES = ("np.linalg", "np.fft", "np")  # by name, as NumPy loads some of them when asked

# What was said last, in this thread or task: a text of its own each time.
SAID: ContextVar[str] = ContextVar("tinygrad_edu lost gradient", default="")


class LostGradientError(TypeError):
    """A value was asked for in a way that would leave its gradient behind."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        SAID.set(message)


def refuse_array(tensor: Any) -> NoReturn:
    """Raise, since somebody asks for a Tensor as an array."""
    who, remedy = asked(sys._getframe(1))
    raise LostGradientError(
        f"{who} a plain array, and a Tensor (here of shape {tensor.shape}) becomes one only on "
        f"request, as its gradient would be lost: {remedy}"
    )


def refuse_copy(tensor: Any, made_by: str) -> NoReturn:
    """Raise: a computed Tensor is to be pickled or copied, as Matplotlib does before it plots."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith("matplotlib."):
            refuse_array(tensor)
        frame = frame.f_back
    raise TypeError(
        f"only leaves can be pickled or copied, and this Tensor was computed by {made_by}; pickle "
        "t.data, or copy with Tensor(t.data)"
    )


def refuse_conversion(kind: str) -> Callable[..., NoReturn]:
    """The method that refuses to make a number of a Tensor; `kind` is what asks for it."""

    def refuse(_self: Any, *_args: Any) -> NoReturn:
        raise LostGradientError(
            f"{kind}(t) would lose the gradient: write t.item() for the number, NumPy's functions "
            "instead of math's (np.exp(t), not math.exp(t)), and np.stack or np.where instead of "
            "a[i] = t"
        )

    return refuse


def tell_why(error: Exception, said_before: str) -> None:
    """Let an error that C code has put in the place of ours say what ours says, in a note.

    ``a[i] = t`` ends in NumPy's "setting an array element with a sequence". The root finders of
    SciPy go on after an error, and end in another one, which may not even know of it.
    """
    said = SAID.get()
    if said is not said_before and said not in (str(error), *getattr(error, "__notes__", ())):
        error.add_note(said)


def asked(frame: FrameType | None) -> tuple[str, str]:
    """Who asked for an array, as the beginning of a sentence, and what to write instead."""
    library, names = "", []
    while frame is not None:
        top = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if top in _LIBRARIES:
            library = top
            called = frame.f_code.co_qualname
            if "<locals>" not in called:  # a decorator's, whose name says nothing
                names += [w for w in called.split(".") if not w.startswith(("_", "<"))]
        elif top != "tinygrad_edu":
            break
        frame = frame.f_back
    call = _call(frame)  # C code has no frame, but was called by this line of one's own
    names.append(_function(call))
    names.reverse()  # the nearest to one's own line is the one that one knows
    names = list(filter(None, names))
    if not call:
        call = f"{library}'s {names[0]}" if names else library or "something"
    if call.endswith("]") and not names:  # np.r_[t] is written like an index, too
        return f"{call} asks for", _INDEX
    method = names[0] if names and not library and call.endswith(")") else ""
    if hasattr(np.ndarray, method) and _of_a_value(call, frame):
        if method in ("take", "choose", "repeat"):
            return f"{call} asks for", _INDEX
        place = _place(method)
        return f"{call} asks for", f"write {place}(a, t), which takes Tensors" if place else _VALUE
    return f"{call} asks for", _remedy(library or "numpy", names)


def _of_a_value(call: str, frame: FrameType | None) -> bool:
    """Whether the method of a value is called, ``a.dot(t)``, and no function of a module."""
    tree: Any = ast.parse(call, mode="eval").body
    called = tree.func
    if not isinstance(called, ast.Attribute):
        return False
    root = called.value
    while isinstance(root, ast.Attribute):
        root = root.value
    names = {} if frame is None else {**frame.f_globals, **frame.f_locals}
    return not isinstance(root, ast.Name) or not isinstance(names.get(root.id), ModuleType)


def _function(call: str) -> str:
    """The last name of what is called: ``normal`` of ``default_rng(0).normal(t)``."""
    if not call.endswith(")"):
        return ""
    called: Any = ast.parse(call, mode="eval").body
    while isinstance(called, ast.Call):  # np.vectorize(f)(t) calls what np.vectorize made
        called = called.func
    return str(getattr(called, "attr", getattr(called, "id", "")))


def _remedy(library: str, names: list[str]) -> str:
    if library == "matplotlib":
        return "plot the value, t.data"
    for position, name in enumerate(names):
        if library == "numpy" and hasattr(np.random.Generator, name):
            return _RANDOM
        if name in _REMEDIES.get(library, {}):
            return _REMEDIES[library][name]
        # Further down, of the same name, may be anything that the function needs inside.
        place = _place(name) if position < 2 else ""
        if place and library == "numpy":
            return f"{_STACK}: {place}(np.stack([t0, t1])); {_VALUE}"
        if place and library == "scipy":
            return f"write {place}, which takes Tensors"
    return {"numpy": _DEFAULT, "scipy": _SCIPY}.get(library, _VALUE)


def _place(name: str) -> str:
    """Where NumPy has a function of this name that takes Tensors; nothing if it has none."""
    for place in _PLACES:
        module = np if place == "np" else getattr(np, place.removeprefix("np."))
        found = getattr(module, name, None)
        if isinstance(found, np.ufunc) or hasattr(found, "__wrapped__"):
            return f"{place}.{name}"
    return ""


def _call(frame: FrameType | None) -> str:
    """The call that a frame is in, as it was written; nothing where there is no source."""
    if frame is None:
        return ""
    position = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), None)
    if position is None or None in position:
        return ""
    first, last, start, end = position
    assert first
    assert last
    assert start is not None
    assert end is not None
    lines = [linecache.getline(frame.f_code.co_filename, k) for k in range(first, last + 1)]
    if not all(lines):
        return ""
    cut = [line.encode() for line in lines]
    cut[-1] = cut[-1][:end]
    cut[0] = cut[0][start:]
    text = b"".join(cut).decode(errors="replace")
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return ""
    if isinstance(tree, ast.Subscript):
        read = opcode.opname[frame.f_code.co_code[frame.f_lasti]] not in _STORES
        return ast.unparse(tree) if read else f"{ast.unparse(tree)} = ..."
    if not isinstance(tree, ast.Call):
        return ""
    text = ast.unparse(tree)
    return text if len(text) <= 60 else f"{ast.unparse(tree.func)}(...)"
