"""A factor is forgotten, of an argument in metres whose function bends within nanometres.

The phase of a wave of light: the steps of finite differences have to be as small as that.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

WAVE_NUMBER = 2 * np.pi / 500e-9
ARGUMENTS = st.tuples(arrays_on_grid().map(lambda x: x * 100e-9))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return np.cos(WAVE_NUMBER * x)


def wrong(g, x):
    return -g * np.sin(WAVE_NUMBER * x) / 500e-9


def right(g, x):
    return -g * np.sin(WAVE_NUMBER * x) * WAVE_NUMBER
