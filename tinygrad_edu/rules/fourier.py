"""Discrete Fourier transforms. NumPy loads numpy.fft when it is first used, and this file then too.

The matrix of the transform, ``F[j, k] = exp(-2 pi i j k / n)``, is symmetric, so `fft` is its own
transpose and `ifft` its own. The transforms between real numbers and half a spectrum are each
other's, but for the numbers that stand for two of the spectrum, for they count twice. All others
are made of these four.

Source: Cooley and Tukey (1965), "An algorithm for the machine calculation of complex Fourier
series".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from tinygrad_edu.engine.rule import composed, pullback

Axes = tuple[int, ...] | None
Norm = Literal["backward", "ortho", "forward"] | None

# Where the factor 1 / n of the transform one way stands for the transform the other way.
OTHER_WAY: dict[Norm, Norm] = {
    None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"
}


def _fitted(x: Any, length: int, axis: int) -> Any:
    """`x` cut, or padded with zeros, to `length` along `axis`, as a transform of n points does.

    The transpose of this is the same, to the length that there was.
    """
    axis, missing = axis % x.ndim, length - x.shape[axis]
    if missing <= 0:
        return x if missing == 0 else x[(*[slice(None)] * axis, slice(length))]
    zeros = np.zeros((*x.shape[:axis], missing, *x.shape[axis + 1 :]), x.dtype)
    return np.concatenate([x, zeros], axis=axis)


def _times_counted(n: int, x: Any, axis: int) -> Any:
    """How often each number of half a spectrum stands in the whole one, of n points: once or twice.

    In the shape and precision in which it multiplies `x`.
    """
    counts = np.full(n // 2 + 1, 2, np.real(x[:0]).dtype)
    counts[0] = 1
    if n % 2 == 0:
        counts[-1] = 1
    return counts.reshape([-1 if k == axis % x.ndim else 1 for k in range(x.ndim)])


def _rfft_pullback(
    g: Any, out: Any, a: Any, n: int | None = None, axis: int = -1, norm: Norm = None
) -> Any:
    n = a.shape[axis] if n is None else n
    share = np.conj(g) / _times_counted(n, g, axis)
    return _fitted(np.fft.irfft(share, n, axis, OTHER_WAY[norm]), a.shape[axis], axis)


def _irfft_pullback(
    g: Any, out: Any, a: Any, n: int | None = None, axis: int = -1, norm: Norm = None
) -> Any:
    spectrum = np.fft.rfft(g, None, axis, OTHER_WAY[norm])
    counted = spectrum * _times_counted(out.shape[axis], g, axis)
    return _fitted(counted, a.shape[axis], axis)


pullback(np.fft.fft,       lambda g, out, a, n=None, axis=-1, norm=None:
                           _fitted(np.fft.fft(g, None, axis, norm), a.shape[axis], axis))
pullback(np.fft.ifft,      lambda g, out, a, n=None, axis=-1, norm=None:
                           _fitted(np.fft.ifft(g, None, axis, norm), a.shape[axis], axis))
pullback(np.fft.rfft,      _rfft_pullback)
pullback(np.fft.irfft,     _irfft_pullback)
pullback(np.fft.fftshift,  lambda g, out, x, axes=None: np.fft.ifftshift(g, axes))
pullback(np.fft.ifftshift, lambda g, out, x, axes=None: np.fft.fftshift(g, axes))


# ---- of numbers with a real spectrum -------------------------------------------------------------


@composed(np.fft.hfft)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """The real spectrum of a signal, of which half is given, as the rest is its conjugate."""
    return np.fft.irfft(np.conj(a), n, axis, _other_way(norm))


@composed(np.fft.ihfft)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Half of the signal that has this real spectrum."""
    return np.conj(np.fft.rfft(a, n, axis, _other_way(norm)))


def _other_way(norm: Norm) -> Norm:
    if norm not in OTHER_WAY:
        raise ValueError(f"Invalid norm value {norm}; should be 'backward', 'ortho' or 'forward'.")
    return OTHER_WAY[norm]


# ---- along several axes, one after the other -----------------------------------------------------


def _lengths(a: Any, s: Any, axes: Any, half: bool = False) -> list[tuple[int | None, int]]:
    """The number of points and the axis of each transform; -1 points are all that there are.

    Of an array of half a spectrum, all the points along the last axis are more than there are.
    """
    if s is not None and (axes is None or None in s):
        warnings.warn(
            "s without axes, or with None in it, is deprecated by NumPy; give axes, and -1 for "
            "all of an axis", DeprecationWarning, stacklevel=5)  # fmt: skip
    if axes is None:
        axes = range(-(a.ndim if s is None else len(s)), 0)
    if s is None:
        s = [a.shape[axis] for axis in axes]
        if half:
            s[-1] = None
    if len(s) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    return [(a.shape[k] if n == -1 else n, k) for n, k in zip(s, axes, strict=True)]


def _each(transform: Callable[..., Any], a: Any, points: Any, norm: Norm) -> Any:
    for n, axis in points:
        a = transform(a, n, axis, norm)
    return a


@composed(np.fft.fftn)
def fftn(a: Any, s: Any = None, axes: Axes = None, norm: Norm = None) -> Any:
    """The transform along several axes."""
    return _each(np.fft.fft, a, _lengths(a, s, axes)[::-1], norm)


@composed(np.fft.ifftn)
def ifftn(a: Any, s: Any = None, axes: Axes = None, norm: Norm = None) -> Any:
    """The inverse transform along several axes."""
    return _each(np.fft.ifft, a, _lengths(a, s, axes)[::-1], norm)


@composed(np.fft.rfftn)
def rfftn(a: Any, s: Any = None, axes: Axes = None, norm: Norm = None) -> Any:
    """The transform of real numbers, with half of the spectrum along the last of the axes."""
    *others, last = _lengths(a, s, axes)
    return _each(np.fft.fft, np.fft.rfft(a, *last, norm), others[::-1], norm)


@composed(np.fft.irfftn)
def irfftn(a: Any, s: Any = None, axes: Axes = None, norm: Norm = None) -> Any:
    """The real numbers of which this is half of the spectrum, along the last of the axes."""
    *others, last = _lengths(a, s, axes, half=True)
    return np.fft.irfft(_each(np.fft.ifft, a, others, norm), *last, norm)


@composed(np.fft.fft2)
def fft2(a: Any, s: Any = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """The transform along two axes."""
    return _each(np.fft.fft, a, _lengths(a, s, axes)[::-1], norm)


@composed(np.fft.ifft2)
def ifft2(a: Any, s: Any = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """The inverse transform along two axes."""
    return _each(np.fft.ifft, a, _lengths(a, s, axes)[::-1], norm)


@composed(np.fft.rfft2)
def rfft2(a: Any, s: Any = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """The transform of real numbers along two axes."""
    *others, last = _lengths(a, s, axes)
    return _each(np.fft.fft, np.fft.rfft(a, *last, norm), others[::-1], norm)


@composed(np.fft.irfft2)
def irfft2(a: Any, s: Any = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """The real numbers of which this is half of the spectrum."""
    *others, last = _lengths(a, s, axes, half=True)
    return np.fft.irfft(_each(np.fft.ifft, a, others, norm), *last, norm)
