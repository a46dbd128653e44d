"""The polynomial of least squares, differentiated in the points and their weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import pullback


def _points(
    x: Any, y: Any, deg: Any, rcond: Any = None, *, w: Any = None
) -> tuple[tuple[Any, Any, Any], dict[str, Any]]:
    """The arguments of np.polyfit, weights last."""
    return (x, y, w), {"deg": deg, "rcond": rcond}


def _fitted(x: Any, y: Any, w: Any, deg: Any, rcond: Any) -> Any:
    """The coefficients, if the points determine them."""
    c, _, rank, _, _ = np.polyfit(x, y, deg, rcond, full=True, w=w)
    if rank < len(c):
        raise ValueError(
            f"the points determine {rank} coefficients only of the {len(c)} of a polynomial of "
            f"degree {int(deg)}, so that these have no derivative; lower the degree, or take more "
            "points, or such around 0"
        )
    return c


def _carried(g: Any, c: Any, x: Any, y: Any, w: Any) -> tuple[Any, Any, Any]:
    """The powers of x, and the cotangents of the weighted powers A and of the weighted y, b.

    The coefficients solve ``A^H (b - A c) = 0``. With ``z = (A^H A)^-1 conj(g)`` and the residuals
    ``r``, ``db = conj(A z)`` and ``dA = conj(r) z^T - db c^T`` (Golub and Pereyra, 1973). The
    columns of A are scaled to be equally long, as far as NumPy scales them too.
    """
    powers = np.vander(x + 0.0, len(c))
    heavy = 1.0 if w is None else w[:, None]
    A, b = powers * heavy, y.reshape(len(y), -1) * heavy
    c, g = c.reshape(len(c), -1), g.reshape(len(c), -1)
    scale = np.sqrt(np.sum(np.real(A * np.conj(A)), axis=0))
    pinv = np.linalg.pinv(A / scale) / scale[:, None]
    db = pinv.T @ g
    z = pinv @ np.conj(db)
    return powers, np.conj(b - A @ c) @ z.T - db @ c.T, db


def _polyfit_x(g: Any, out: Any, x: Any, y: Any, w: Any, deg: Any, rcond: Any) -> Any:
    powers, dA, _ = _carried(g, out, x, y, w)
    slopes = powers[:, 1:] * np.arange(len(out) - 1, 0, -1)
    return (1.0 if w is None else w) * np.sum(dA[:, :-1] * slopes, axis=1)


def _polyfit_y(g: Any, out: Any, x: Any, y: Any, w: Any, deg: Any, rcond: Any) -> Any:
    _, _, db = _carried(g, out, x, y, w)
    return (db if w is None else db * w[:, None]).reshape(y.shape)


def _polyfit_w(g: Any, out: Any, x: Any, y: Any, w: Any, deg: Any, rcond: Any) -> Any:
    powers, dA, db = _carried(g, out, x, y, w)
    return np.sum(dA * powers, axis=1) + np.sum(db * y.reshape(len(y), -1), axis=1)


pullback(np.polyfit, _polyfit_x, _polyfit_y, _polyfit_w, compute=_fitted, arguments=_points)
