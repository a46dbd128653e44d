"""The errors of `debug`: each names the operation, the line, the values, the cause, the way out."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.debugging.causes import forward_cause, slope_cause, way_out
from tinygrad_edu.engine.rule import Local, title
from tinygrad_edu.engine.unbroadcast import times

__all__ = [
    "backward",
    "changed",
    "composed",
    "first",
    "forward",
    "is_numeric",
    "local_row",
    "otherwise_on_arrays",
    "seed",
    "total",
]


def first(bad: Any) -> tuple[int, ...] | None:
    """The index of the first True."""
    if not np.any(bad):
        return None
    return tuple(int(i) for i in np.unravel_index(np.argmax(bad), np.shape(bad)))


def is_numeric(operand: Any) -> bool:
    """Whether it has floating-point elements that may be infinite."""
    return isinstance(operand, float | complex | np.ndarray | np.generic) and (
        np.asarray(operand).dtype.kind in "fc"
    )


def forward(
    node: Any, row: Any, operands: Any, place_of: Any, index: tuple[int, ...], made: Any
) -> Exception:
    """A value is not finite."""
    out = node._value
    lines = [_head(f"{_name(row.op, made)} gave", out, index, "forward"), *_place(made)]
    if local_row(row) is not None:
        values = [_at(operand, out.shape, index) for operand in operands]
        lines += _operands(row, operands, place_of, made, index, out.shape)
        cause = forward_cause(row.op, values, out[index])
    else:
        lines += _operands(row, operands, place_of, made, None, ())
        cause = _mixed_cause(operands, out[index])
    return _error(lines, cause, way_out(row.op, title(row.op)))


def composed(row: Any, operands: Any, out: Any, index: tuple[int, ...], made: Any) -> Exception:
    """The result of a composed function is not finite."""
    lines = [_head(f"{title(row.op)} gave", out._value, index, "forward"), *_place(made)]
    given = [getattr(operand, "_value", operand) for operand in operands]
    lines += [f"  argument {i}: {_summary(v)}" for i, v in enumerate(given) if is_numeric(v)]
    return _error(lines, _mixed_cause(given, out._value[index]), way_out(row.op, title(row.op)))


def _mixed_cause(operands: Any, result: Any) -> str:
    arrays = [np.asarray(operand) for operand in operands if is_numeric(operand)]
    if any(np.isnan(array).any() for array in arrays):
        return "an argument was NaN already"
    if any(np.isinf(array).any() for array in arrays):
        return "an argument was infinite already: inf - inf and 0 times inf are not defined"
    if np.isinf(result):
        dtype = np.asarray(result).dtype
        return f"overflow: the result is beyond the largest {dtype}, {np.finfo(dtype).max:.3g}"
    if any(array.size == 0 for array in arrays):
        return "an argument has no elements: 0 / 0 is not defined"
    return "it is not defined for these arguments"


def backward(
    node: Any, k: int, g: Any, contribution: Any, index: tuple[int, ...], made: Any
) -> Exception:
    """What flows along an edge is not finite, though what arrived at its end was."""
    row, place, parent = node.call.row, node.call.places[k], node.parents[k]
    operands = node.call.operands
    place_of = dict(zip(node.call.places, node.parents, strict=True))
    whom = made.names.get(place) or f"its argument {place}"
    head = f"the backward pass of {_name(row.op, made)} gave"
    lines = [_head(head, contribution, index, "backward", f" of the gradient of {whom}")]
    lines += _place(made)
    if local_row(row) is None:
        lines += _operands(row, operands, place_of, made, None, ())
        lines.append(f"  the gradient that arrived: {_summary(g)}")
        cause = f"the rule of {title(row.op)} is not defined for these values, or overflows"
        return _error(lines, cause, way_out(row.op, title(row.op)))
    rule = local_row(row).derivatives[place]
    with np.errstate(all="ignore"):
        slope = rule(node._value, *operands) if callable(rule) else rule
        if node.call.conjugates:
            slope = np.conj(slope)
        product = np.broadcast_to(times(g, slope), node.shape)
    here = first(~np.isfinite(product))
    if here is None:
        cause = f"overflow: the parts for all uses of an element add up beyond {parent.dtype}"
        return _error([*lines, f"  the gradient that arrived: {_summary(g)}"], cause, _SCALE)
    lines += _operands(row, operands, place_of, made, here, node.shape)
    arrived = _at(g, node.shape, here)
    lines.append(f"  the gradient that arrived there = {arrived}")
    values = [_at(operand, node.shape, here) for operand in operands]
    at = _at(slope, node.shape, here)
    cause = slope_cause(title(row.op), place, values, arrived, at)
    return _error(lines, cause, way_out(row.op, title(row.op)))


_SCALE = "scale the values down, take logarithms, or compute in float64"
_CLEAN = (
    "look at where that came from; where it stands for missing data, choose with np.where first"
)


def seed(node: Any, g: Any, index: tuple[int, ...]) -> Exception:
    """The cotangent that was given."""
    return _error(
        [_head("the gradient that was given to the backward pass is", g, index, "backward")],
        "it was not finite when it was given",
        "look at where it was computed",
    )


def total(node: Any, g: Any, index: tuple[int, ...], made: Any) -> Exception:
    """The contributions to a node are finite, and their sum is not."""
    name = node.name or ("a leaf" if node.call.row is None else f"the result of {title(node.op)}")
    lines = [_head(f"the gradient of {name} is", g, index, "backward"), *_place(made)]
    cause = f"overflow: the contributions of its uses add up beyond the largest {node.dtype}"
    return _error(lines, cause, _SCALE)


def changed(
    node: Any, place: int, array: Any, copy: Any, index: tuple[int, ...], made: Any
) -> Exception:
    """An array was changed after the forward pass had used it."""
    row = node.call.row
    arguments = node.call.operands
    what = made.names.get(place)
    which = f"argument {place}" if place < len(arguments) else "a keyword argument"
    whose = f"{which} of {_name(row.op, made)}" + (f", {what}" if what else "")
    now = f"at {_index(index)} " if index else ""
    lines = [
        f"{whose}, of shape {array.shape}, was changed between the forward and the backward pass: "
        f"{now}it was {copy[index]} and is {array[index]}",
        *_place(made),
        "cause: an array is held by reference, and was written into (a += ..., a[i] = ..., out=a)",
        f"way out: make a new array, a = a + ..., or hand over a copy, {what or 'a'}.copy()",
    ]
    return RuntimeError("\n".join(lines))


def otherwise_on_arrays(
    name: str, path: str, ours: Any, theirs: Any, index: Any, changed: list[int], augmented: Any
) -> str:
    """A function has a value of its own on plain arrays."""
    where = f"its result{path}" + (f" at {_index(index)}" if index else "")
    if index is None and isinstance(ours, list):
        ours, theirs = (f"{len(labels)} arrays" for labels in (ours, theirs))
    elif index is None:
        ours, theirs = f"of shape {ours.shape}", f"of shape {theirs.shape}"
    lines = [
        f"{name}: {where} is {ours} on Tensors, whose derivatives would be given, and {theirs} on "
        "plain arrays: these are two functions"
    ]
    lines += [f"  on plain arrays it changes its argument {place} in place" for place in changed]
    if not augmented and not changed:
        lines += [
            "cause: most likely it asks for a type, to which a Tensor answers otherwise "
            "(isinstance(x, np.ndarray), type(x)); or it changes an array in place",
            "way out: ask for x.ndim, np.shape(x) or x.dtype; write a = a + ... for a += ...",
        ]
        return "\n".join(lines)
    lines += [str(each) for each in augmented[:3]]
    return "\n".join([
        *lines,
        "cause: an augmented assignment (a += ...) changes an array for all that hold it: the "
        "caller, a view and its base, the rows of a loop. A Tensor never changes: the one name "
        "gets a new one",
        "way out: write a = a + ..., and return or use that a; np.where, np.stack or "
        "np.concatenate put an array together from parts",
    ])  # fmt: skip


# ---- parts of a message --------------------------------------------------------------------------


def _head(subject: str, values: Any, index: Any, direction: str, of: str = "") -> str:
    value = values[index]
    kind = "NaN" if np.isnan(value) else "infinity"
    at = f" at {_index(index)}" if index else ""
    return f"{subject} {value}{at}{of}, the first {kind} of the {direction} pass"


def _name(op: Any, made: Any) -> str:
    within = made.within
    return title(op) if within is None or within is op else f"{title(op)}, in {title(within)},"


def _place(made: Any) -> list[str]:
    if made.origin is None:
        return ["  (made outside of debug(), so that its line is not known)"]
    return [str(made.origin)]


def _error(lines: list[str], cause: str, way: str) -> Exception:
    if "NaN already" in cause:
        way = _CLEAN
    elif cause.startswith("overflow:"):
        way = _SCALE
    return FloatingPointError("\n".join([*lines, f"cause: {cause}", f"way out: {way}"]))


def _index(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]"


def local_row(row: Any) -> Any:
    """The row of an elementwise function, also of a complex result; else None."""
    return row if type(row) is Local else None


def _at(operand: Any, shape: tuple[int, ...], index: tuple[int, ...]) -> Any:
    """The element of `operand` that the element at `index` of the result was computed from."""
    return operand if operand is None else np.broadcast_to(operand, shape)[index]


def _operands(
    row: Any, operands: Any, place_of: Any, made: Any, index: Any, shape: tuple[int, ...]
) -> list[str]:
    """A line an operand: its value at the index, or its range; and what it is."""
    lines = []
    for place, operand in enumerate(operands):
        if operand is None or not isinstance(operand, bool | int | float | complex | np.ndarray
                                             | np.generic):  # fmt: skip
            continue
        name = made.names.get(place) or f"argument {place}"
        parent = place_of.get(place)
        if parent is None:
            kind = "a constant"
        elif parent.call.row is None:
            kind = "a leaf"
        else:
            kind = f"the result of {title(parent.op)}"
        lengths = np.shape(operand)
        if index is None:
            lines.append(f"  {name}: {kind}, {_summary(operand)}")
            continue
        own = index[len(shape) - len(lengths) :]
        own = tuple(0 if n == 1 else i for i, n in zip(own, lengths, strict=True))
        at = _index(own) if own else ""
        space = " at " if at and name.startswith("argument") else ""
        of = f", of shape {lengths}" if lengths else ""
        lines.append(f"  {name}{space}{at} = {_at(operand, shape, index)}: {kind}{of}")
    return lines


def _summary(values: Any) -> str:
    """The shape and the range of an array, and how much of it is not finite."""
    values = np.asarray(values)
    words = [f"shape {values.shape}" if values.ndim else f"{values[()]}"]
    if values.ndim and values.size and values.dtype.kind in "fiu":
        finite = values[np.isfinite(values)]
        if finite.size:
            words.append(f"from {finite.min()} to {finite.max()}")
        odd = int(np.isnan(values).sum()), int(np.isinf(values).sum())
        words += [f"{n} {kind}" for n, kind in zip(odd, ("NaN", "infinite"), strict=True) if n]
    return ", ".join(words)
