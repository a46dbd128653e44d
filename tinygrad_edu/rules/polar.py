"""Lengths, directions and angles, of pairs of real numbers and of complex ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, constant, local, operation, pullback


def along(x: Any, length: Any) -> Any:
    """x / length, the cosine of a direction: 0 where there is none, 1 or -1 towards an infinity."""
    settled = (length == 0) | np.isinf(x)
    return np.where(settled, np.sign(1.0 * x), x / np.where(settled, 1, length))


def turning(x: Any, length: Any) -> Any:
    """x / length^2, how fast an angle turns; 0 at the origin, and without overflow far from it."""
    return along(x, length) / np.where(length == 0, 1, length)


local(np.hypot,       lambda out, x, y: along(x, out),
                      lambda out, x, y: along(y, out))
local(np.arctan2,     lambda out, y, x: turning(x, np.hypot(x, y)),
                      lambda out, y, x: -turning(y, np.hypot(x, y)))
local(np.degrees,     180 / np.pi)
local(np.rad2deg,     180 / np.pi)
local(np.radians,     np.pi / 180)
local(np.deg2rad,     np.pi / 180)
local(np.copysign,    lambda out, x, y: np.sign(x) * np.copysign(1, y), None)  # |x| sign(y)


@composed(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """The angle of a complex number with the positive real axis, in radians or degrees."""
    # NumPy takes an integer 0 as the imaginary part of real numbers.
    turned = np.arctan2(np.imag(z) if np.iscomplexobj(z) else 0, np.real(z))
    return turned * (180 / np.pi) if deg else turned


# ---- the sign: a step on the real numbers, a direction in the complex plane ----------------------


@operation
def step(x: Any) -> Any:
    """The sign of real numbers, which does not vary."""
    return np.sign(x)


@operation
def phase(z: Any) -> Any:
    """The direction z / |z| of complex numbers, 0 at 0."""
    return np.sign(z)


def _turned(g: Any, out: Any, z: Any) -> Any:
    """What a cotangent says of the direction alone: its part across it, over the length.

    Of ``dw = (dz - w Re(conj(w) dz)) / |z|``, the transpose as conjugation.py has it.
    """
    size = np.abs(z)
    across = g - np.conj(out) * np.real(g * out)
    return np.where(size == 0, 0, across / np.where(size == 0, 1, size))


pullback(phase, _turned)
constant(step)


@composed(np.sign)
def sign(x: Any) -> Any:
    """-1, 0 or 1: plain numbers, as they don't vary; of complex numbers x / |x|, which does."""
    return phase(x) if np.iscomplexobj(x) else step(x)
