"""What rules do with arrays besides arithmetic: products of matrices, sums, new shapes."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tinygrad_edu.kit.nested import mapped
from tinygrad_edu.kit.text import shape as lengths
from tinygrad_edu.notation import algebra, terms
from tinygrad_edu.notation.terms import Term
from tinygrad_edu.rules.indexing import scatter
from tinygrad_edu.trace.of_rules import Traced

__all__ = ["READ", "concrete", "setting", "written"]


def setting(value: Any, keyword: str | None = None, text: str | None = None) -> Term:
    """An argument that is no formula; with `text` where it says more, or less, than itself."""
    if text is None:
        text = written(value) if keyword is None else f"{keyword} {written(value)}"
    return terms.setting(
        text, concrete(value), keyword, np.shape(value) if _is_array(value) else ()
    )


def concrete(value: Any) -> Any:
    """An argument with the values of stand-ins in their places."""
    return mapped(value, Traced, lambda each: each.value)


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray | Traced)


def written(value: Any) -> str:
    """An argument that is no formula: an index, an axis, an array."""
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, tuple):
        inner = ", ".join(map(written, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, slice):
        return _slice(value)
    if value is None:
        return "None"
    if value is Ellipsis:
        return "…"
    if isinstance(value, Traced):
        return value.name or "…"
    if isinstance(value, np.ndarray) and value.ndim:
        if value.dtype == bool:
            return "mask"
        if value.size > 4 or value.ndim > 1:
            return f"array({lengths(value.shape)})"
        return f"[{', '.join(map(str, value.tolist()))}]".replace("-", "−")
    return str(value).replace("-", "−")


def _slice(index: slice) -> str:
    ends = ["" if part is None else str(part) for part in (index.start, index.stop, index.step)]
    return ":".join(ends[: 2 if index.step is None else 3]).replace("-", "−")


def _bracketed(index: Any) -> str:
    return ", ".join(map(written, index)) if isinstance(index, tuple) else written(index)


# ---- products ------------------------------------------------------------------------------------


def _product(reader: Any, f: Traced) -> Term | None:
    if f.kwargs or (f.function is np.dot and min(map(np.ndim, f.args)) > 1 < f.ndim - 1):
        return None
    if any(np.ndim(getattr(each, "value", each)) == 0 for each in f.args[:2]):
        return algebra.product(map(reader.term, f.args[:2]))
    a, b = (_whole(reader, each) for each in f.args[:2])
    return algebra.matmul(a, b, f.shape)


def _permuted(reader: Any, f: Traced) -> Term | None:
    """Aᵀ where the last two axes change places, and A where none does."""
    before = np.arange(f.size).reshape(f.args[0].shape)
    after = f.function(before, *f.args[1:], **f.kwargs)  # type: ignore[misc]
    if np.array_equal(after, before):
        return _first(reader, f)
    if f.ndim >= 2 and np.array_equal(after, before.mT):
        return terms.transposed(_whole(reader, f.args[0]))
    return None


def _first(reader: Any, f: Traced) -> Term:
    found: Term = reader.term(f.args[0])
    return found


def _whole(reader: Any, argument: Any) -> Term:
    """The term of an argument whose number of axes counts."""
    return terms.full(reader.term(argument), np.shape(getattr(argument, "value", argument)))


# ---- shapes --------------------------------------------------------------------------------------


def _reshape(reader: Any, f: Traced) -> Term | None:
    inner = _first(reader, f)
    if f.args[0].shape == f.shape:
        return inner
    if inner.kind == "repeat" and not inner.parts[0].shape:
        return terms.repeated(inner.parts[0], f.shape)
    long = [n for n in f.shape if n != 1] == [n for n in f.args[0].shape if n != 1]
    added = f.ndim - len(inner.shape)
    if added >= 0 and (f.size == 1 or f.shape == (1,) * added + inner.shape):
        return _lifted(inner, tuple(range(added)), f.shape)
    if long and len(f.shape) > len(inner.shape):
        return _lifted(inner, _new_axes(inner.shape, f.shape), f.shape)
    order = f.args[2] if f.args[2:] else f.kwargs.get("order", "C")
    parts = [inner, setting(f.shape, text=lengths(f.shape) or "1")]
    parts += [] if order == "C" else [setting(order, "order")]
    return terms.call("reshape", parts, f.shape, np.reshape)


def _new_axes(old: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...]:
    """Which axes of `new` are of length one and not in `old`."""
    left = list(old)
    added = []
    for k, length in enumerate(new):
        if left and left[0] == length:
            left.pop(0)
        else:
            added.append(k)
    return tuple(added)


def _expand_dims(reader: Any, f: Traced) -> Term:
    axis = f.args[1] if len(f.args) > 1 else f.kwargs["axis"]
    axes = axis if isinstance(axis, tuple) else (axis,)
    return _lifted(_first(reader, f), tuple(sorted(k % f.ndim for k in axes)), f.shape)


def _lifted(inner: Term, axes: tuple[int, ...], shape: tuple[int, ...]) -> Term:
    """New axes of length one; of a number that stands everywhere they say nothing."""
    if not inner.shape:
        return terms.repeated(inner, shape)
    if inner.kind == "repeat" and not inner.parts[0].shape:
        return terms.repeated(inner.parts[0], shape)
    if not axes:
        return inner
    return Term("lift", (inner,), value=axes, shape=shape)


def _getitem(reader: Any, f: Traced) -> Term:
    inner, index = f.args
    parts = index if isinstance(index, tuple) else (index,)
    fixed = [part for part in parts if part is not Ellipsis]
    if all(part is None or (isinstance(part, slice) and part == slice(None)) for part in fixed):
        return _lifted(reader.term(inner), _new_places(parts, f.ndim), f.shape)
    vector = _of_vector(reader, inner, parts)
    if vector is not None:
        return vector
    return terms.index(_whole(reader, inner), _bracketed(index), concrete(index), f.shape)


def _new_places(parts: tuple[Any, ...], ndim: int) -> tuple[int, ...]:
    """Where an index of colons, dots and None has put new axes."""
    if Ellipsis not in parts:
        return tuple(k for k, part in enumerate(parts) if part is None)
    dots = parts.index(Ellipsis)
    before = [k for k, part in enumerate(parts[:dots]) if part is None]
    tail = parts[dots + 1 :]
    after = [ndim - len(tail) + k for k, part in enumerate(tail) if part is None]
    return (*before, *after)


def _of_vector(reader: Any, inner: Traced, parts: tuple[Any, ...]) -> Term | None:
    """``(a @ v[:, None])[..., 0]`` is a @ v, and ``(v[None] @ a)[..., 0, :]`` is v @ a."""
    if inner.function is not np.matmul:
        return None
    a, b = (reader.term(each) for each in inner.args)
    if parts == (Ellipsis, 0) and b.kind == "lift" and len(b.parts[0].shape) == 1:
        return algebra.matmul(a, b.parts[0], inner.shape[:-1])
    if parts == (Ellipsis, 0, slice(None)) and a.kind == "lift" and len(a.parts[0].shape) == 1:
        return algebra.matmul(a.parts[0], b, (*inner.shape[:-2], inner.shape[-1]))
    return None


def _scatter(reader: Any, f: Traced) -> Term:
    where = setting(f.args[1], text=f"[{_bracketed(f.args[1])}]")
    return terms.call("scatter", [_whole(reader, f.args[0]), where], f.shape, _scattering(f.shape))


def _scattering(shape: tuple[int, ...]) -> Any:
    return lambda g, index: scatter(np.asarray(g), index, shape)


# ---- reductions ----------------------------------------------------------------------------------


def _axis(f: Traced, otherwise: Any = None) -> Any:
    return f.args[1] if len(f.args) > 1 else f.kwargs.get("axis", otherwise)


def _is_plain(f: Traced) -> bool:
    """Whether a reduction has an axis, and says nothing else."""
    usual = {"where": True, "initial": 0, "dtype": None, "out": None}
    others = {name: each for name, each in f.kwargs.items() if name not in ("axis", "keepdims")}
    plain = all(name in usual and each is usual[name] for name, each in others.items())
    return plain and len(f.args) <= 2


def _sum(reader: Any, f: Traced) -> Term | None:
    if not _is_plain(f):
        return None
    axis = _axis(f)
    axes = None if axis is None else axis if isinstance(axis, tuple) else (int(axis),)
    return terms.summed(_whole(reader, f.args[0]), axes, f.shape)


def _reduction(reader: Any, f: Traced) -> Term | None:
    if not _is_plain(f):
        return None
    axis, kept = _axis(f), f.kwargs.get("keepdims")
    parts = [_whole(reader, f.args[0])]
    if axis is not None:
        parts.append(setting(axis, "axis"))
    function: Any = f.function
    name, function = function.__name__, partial(function, keepdims=True) if kept else function
    return terms.call(name, parts, f.shape, function)


def _softmax(reader: Any, f: Traced) -> Term:
    axis = _axis(f, -1)
    parts = [_whole(reader, f.args[0])]
    if f.ndim > 1:
        parts.append(setting(axis, "axis", "all axes" if axis is None else None))
    return terms.call(f.function.__name__, parts, f.shape, f.function)  # type: ignore[union-attr]


def _conjugate(reader: Any, f: Traced) -> Term | None:
    return _first(reader, f) if f.dtype.kind != "c" else None


def _einsum(reader: Any, f: Traced) -> Term:
    operands = [_whole(reader, each) for each in f.args[1:]]
    parts = [setting(f.args[0], text=f'"{f.args[0]}"'), *operands]
    return terms.call("einsum", parts, f.shape, np.einsum)


def _ones(reader: Any, f: Traced) -> Term:
    return terms.repeated(terms.number(f.function.__name__ == "ones_like"), f.shape)  # type: ignore[union-attr]


READ: dict[str, Any] = {
    "astype": lambda reader, f: _first(reader, f),
    "broadcast_to": lambda reader, f: terms.repeated(_first(reader, f), f.shape),
    "conjugate": _conjugate,
    "dot": _product,
    "einsum": _einsum,
    "expand_dims": _expand_dims,
    "getitem": _getitem,
    "matmul": _product,
    "matrix_transpose": lambda reader, f: terms.transposed(_whole(reader, f.args[0])),
    "max": _reduction,
    "mean": _reduction,
    "min": _reduction,
    "moveaxis": _permuted,
    "ones_like": _ones,
    "real": _conjugate,
    "reshape": _reshape,
    "scatter": _scatter,
    "softmax": _softmax,
    "sum": _sum,
    "swapaxes": _permuted,
    "transpose": _permuted,
    "zeros_like": _ones,
}
