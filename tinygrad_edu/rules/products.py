"""Matrix and tensor products."""

from __future__ import annotations

import math
import string
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from tinygrad_edu.engine.rule import composed, pullback, pullback_each


def _matmul_left(g: Any, out: Any, a: Any, b: Any) -> Any:
    """G B^T, where a vector stands for a row on the left and for a column on the right."""
    if b.ndim == 1:
        return g[..., None] * b
    if a.ndim == 1:
        return (b @ g[..., None])[..., 0]
    return np.dot(g, b.T) if g.ndim == 2 else g @ b.mT


def _matmul_right(g: Any, out: Any, a: Any, b: Any) -> Any:
    """A^T G, where a vector stands for a row on the left and for a column on the right."""
    if a.ndim == 1:
        return a * g if b.ndim == 1 else a[:, None] * g[..., None, :]
    if b.ndim == 1:
        return (g[..., None, :] @ a)[..., 0, :]
    return np.dot(a.T, g) if g.ndim == 2 else a.mT @ g


pullback(np.matmul, _matmul_left, _matmul_right)


@composed(np.dot)
def dot(a: Any, b: Any) -> Any:
    """The sum over the last axis of a and the last but one of b."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(b) <= 2:
        return a @ b
    return np.tensordot(a, b, axes=(-1, -2))


@composed(np.outer)
def outer(a: Any, b: Any) -> Any:
    """Every element of a times every element of b."""
    return np.ravel(a)[:, None] * np.ravel(b)


@composed(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products over the paired axes: a matrix product once these are side by side."""
    if isinstance(axes, int | np.integer):
        axes_a, axes_b = list(range(-int(axes), 0)), list(range(int(axes)))
    else:
        axes_a, axes_b = ([k] if np.ndim(k) == 0 else list(k) for k in axes)
    axes_a = [normalize_axis_index(k, np.ndim(a), "np.tensordot") for k in axes_a]
    axes_b = [normalize_axis_index(k, np.ndim(b), "np.tensordot") for k in axes_b]
    shape_a, shape_b = np.shape(a), np.shape(b)
    summed = [shape_a[k] for k in axes_a]
    if summed != [shape_b[k] for k in axes_b]:
        raise ValueError(
            f"np.tensordot: axes {axes_a} of shape {shape_a} and axes {axes_b} of shape {shape_b} "
            "are paired, and must be equally long"
        )
    free_a = [k for k in range(np.ndim(a)) if k not in axes_a]
    free_b = [k for k in range(np.ndim(b)) if k not in axes_b]
    rows, columns = [shape_a[k] for k in free_a], [shape_b[k] for k in free_b]
    left = np.transpose(a, free_a + axes_a).reshape(math.prod(rows), math.prod(summed))
    right = np.transpose(b, axes_b + free_b).reshape(math.prod(summed), math.prod(columns))
    return (left @ right).reshape((*rows, *columns))


# ---- the names that numpy.linalg has for the same ------------------------------------------------


@composed(np.linalg.matmul)
def linalg_matmul(x1: Any, x2: Any) -> Any:
    """np.matmul."""
    return x1 @ x2


@composed(np.linalg.outer)
def linalg_outer(x1: Any, x2: Any) -> Any:
    """np.outer of two vectors."""
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(
            f"np.linalg.outer of shapes {np.shape(x1)} and {np.shape(x2)}: both must be vectors; "
            "np.outer takes any shape, and ravels it"
        )
    return np.outer(x1, x2)


@composed(np.linalg.tensordot)
def linalg_tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    """np.tensordot."""
    return np.tensordot(x1, x2, axes)


@composed(np.linalg.matrix_transpose)
def linalg_matrix_transpose(x: Any) -> Any:
    """np.matrix_transpose."""
    return np.matrix_transpose(x)


# ---- einsum --------------------------------------------------------------------------------------


def _explicit(*args: Any, optimize: Any = False) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of np.einsum as ``(subscripts, operands...)``, every index and output named.

    Both call forms, an ellipsis and an implicit output are brought to this one.
    """
    if not isinstance(args[0], str):
        args = _from_sublists(args)
    text, operands = args[0].replace(" ", ""), args[1:]
    text, arrow, result = text.partition("->")
    terms = text.split(",")
    if len(terms) != len(operands):
        raise ValueError(
            f"np.einsum: {args[0]!r} names {len(terms)} operands, and {len(operands)} are given"
        )
    spare = [c for c in string.ascii_letters if c not in args[0]]
    hidden = [np.ndim(op) - len(t.replace("...", "")) if "..." in t else 0
              for t, op in zip(terms, operands, strict=True)]
    most = max(hidden, default=0)
    ellipsis = "".join(spare[:most])
    terms = [t.replace("...", ellipsis[most - h :]) for t, h in zip(terms, hidden, strict=True)]
    if arrow and most and "..." not in result:
        raise ValueError(f"np.einsum: {args[0]!r} has axes under '...' that its output leaves out")
    if arrow:
        result = result.replace("...", ellipsis)
    else:
        letters = "".join(terms)
        result = ellipsis + "".join(
            sorted(c for c in set(letters) if letters.count(c) == 1 and c not in ellipsis)
        )
    return (f"{','.join(terms)}->{result}", *operands), {"optimize": optimize} if optimize else {}


LABELS = string.ascii_uppercase + string.ascii_lowercase  # NumPy's own, which sort as numbers do


def _from_sublists(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """``einsum(a, [0, 1], b, [1, 2], [0, 2])`` in the form ``einsum("ab,bc->ac", a, b)``."""

    def term(axes: Any) -> str:
        return "".join("..." if k is Ellipsis else LABELS[k] for k in axes)

    pairs = len(args) // 2
    operands, sublists = args[0 : 2 * pairs : 2], args[1 : 2 * pairs : 2]
    text = ",".join(map(term, sublists))
    return (text + ("->" + term(args[-1]) if len(args) % 2 else ""), *operands)


def _einsum_pullback(
    g: Any, out: Any, place: int, text: str, *operands: Any, optimize: Any = False
) -> Any:
    """The same contraction with the cotangent in the operand's place and its indices as output.

    An index that the operand repeats (a diagonal) is joined to itself by an identity matrix, and
    one that stands in no other term was summed over, and is spread out again by ones. A path that
    was given for the operands does not fit these, and NumPy finds one of its own.
    """
    inputs, _, result = text.partition("->")
    terms = inputs.split(",")
    mine, shape = terms[place - 1], operands[place - 1].shape
    spare = iter(c for c in string.ascii_letters if c not in text)
    pairs = list(zip(terms, operands, strict=True))
    factors = [(result, g), *pairs[: place - 1], *pairs[place:]]
    target = ""
    for letter, length in zip(mine, shape, strict=True):
        if letter in target:
            name = next(spare)
            factors.append((letter + name, np.eye(length, dtype=g.dtype)))
        else:
            name = letter
            if not any(letter in t for t, _ in factors):
                factors.append((letter, np.ones(length, g.dtype)))
        target += name
    subscripts = ",".join(t for t, _ in factors) + "->" + target
    return np.einsum(subscripts, *(op for _, op in factors), optimize=bool(optimize))


pullback_each(np.einsum, _einsum_pullback, arguments=_explicit)
