"""The adjoint of the Fourier transform is taken without conjugating it.

The power spectrum of a real signal is real, and so is what comes out: with ``fft`` for its
adjoint ``n * ifft`` the gradient runs backwards in time.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(4,)))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return np.abs(np.fft.fft(x)) ** 2


def wrong(g, x):
    return np.real(np.fft.fft(2 * g * np.fft.fft(x)))


def right(g, x):
    return np.real(len(x) * np.fft.ifft(2 * g * np.fft.fft(x)))
