"""Fourier transforms."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import row
from tinygrad_edu.engine.rule import load_deferred
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes

load_deferred()

NORMS = st.sampled_from([None, "backward", "ortho", "forward"])


def uneven(a):
    """Numbers of which no sum is zero but for rounding, in which finite differences drown."""
    return a + np.sin(1 + np.arange(a.size)).reshape(a.shape)


def one(draw, side, min_dims=1, max_dims=3):
    a = draw(arrays_on_grid(shape=shapes(min_dims, max_dims, side, 3 if max_dims < 3 else 2)))
    return uneven(a)


def along_one_axis(shortest=1, default_from=1):
    """A transform whose axis has `default_from` elements if the number of points is left out."""

    def cases(draw, side):
        a = one(draw, side, max_dims=2)
        axis = draw(st.integers(-a.ndim, a.ndim - 1))
        n = draw(st.integers(shortest, 5))
        if a.shape[axis] >= max(default_from, side) and draw(st.booleans()):
            n = None
        return (a,), {"n": n, "axis": axis, "norm": draw(NORMS)}

    return cases


def along_axes(default_from=1, count=None):
    def cases(draw, side):
        a = one(draw, side, min_dims=count or 1)
        number = count or draw(st.integers(1, a.ndim))
        axes = draw(st.permutations(range(a.ndim)))[:number]
        if count and draw(st.booleans()):
            axes = [a.ndim - 2, a.ndim - 1]
        axes = tuple(axis - a.ndim * draw(st.booleans()) for axis in axes)
        s = tuple(draw(st.integers(1, 3)) for _ in axes)
        if all(length >= max(side, 1) for length in a.shape) and draw(st.booleans()):
            s = tuple(-1 if draw(st.booleans()) else n for n in s)
        given = {"s": s, "axes": axes, "norm": draw(NORMS)}
        if all(length >= max(default_from, side) for length in a.shape) and draw(st.booleans()):
            del given["s"]
            if draw(st.booleans()):
                del given["axes"]
        return (a,), given

    return cases


def shifted(draw, side):
    a = one(draw, side)
    axes = st.integers(-a.ndim, a.ndim - 1)
    return (a,), {"axes": draw(st.one_of(st.none(), axes, st.lists(axes, max_size=3).map(tuple)))}


for transform in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.ihfft):
    row(transform, along_one_axis())
for transform in (np.fft.irfft, np.fft.hfft):
    row(transform, along_one_axis(default_from=2))
for transform in (np.fft.fftn, np.fft.ifftn, np.fft.rfftn):
    row(transform, along_axes())
row(np.fft.irfftn, along_axes(default_from=2))
for transform in (np.fft.fft2, np.fft.ifft2, np.fft.rfft2):
    row(transform, along_axes(count=2))
row(np.fft.irfft2, along_axes(default_from=2, count=2))
row(np.fft.fftshift, shifted)
row(np.fft.ifftshift, shifted)
