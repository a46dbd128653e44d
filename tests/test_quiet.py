"""Arithmetic that neither warns nor raises, whatever NumPy is told to do."""

import warnings

import numpy as np
import pytest

from tinygrad_edu import sigmoid
from tinygrad_edu.kit import quiet as module


@pytest.fixture(params=["as NumPy is", "if NumPy did it another way"])
def quiet(request, monkeypatch):
    if request.param == "as NumPy is":
        assert len(module._CHANGED) == 1
    else:
        monkeypatch.setattr(module, "_CHANGED", [])
    return module.quiet


def test_nothing_warns_and_nothing_raises(quiet):
    @quiet
    def poles(x):
        return 1 / x, np.exp(1000 - x), np.exp(x - 1000), x / x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for state in ("warn", "raise", "print", "ignore"):
            with np.errstate(all=state):
                inverse, large, small, none = poles(np.zeros(2))
                assert np.isinf(inverse).all()
                assert np.isinf(large).all()
                assert (small == 0).all()
                assert np.isnan(none).all()


def test_the_state_before_is_there_again_after_a_result_and_after_an_error(quiet):
    @quiet
    def fails(x):
        with np.errstate(divide="raise"):
            return 1 / x

    with np.errstate(all="warn", under="ignore"):
        before = np.geterr()
        fails(np.ones(2))
        assert np.geterr() == before
        with pytest.raises(FloatingPointError):  # a state set within holds
            fails(np.zeros(2))
        assert np.geterr() == before


def test_it_keeps_the_name_and_the_documentation(quiet):
    @quiet
    def named():
        """What it does."""

    assert named.__name__ == "named"
    assert named.__doc__ == "What it does."


def test_sigmoid_warns_of_nothing_but_what_complex_numbers_have_to_say():
    with np.errstate(all="raise"):
        assert sigmoid(x=np.array([-1000.0, 1000.0])).tolist() == [0.0, 1.0]
        assert sigmoid(np.array([-1000.0, 1000.0], np.float32)).dtype == np.float32
        assert sigmoid(-1000.0) == 0.0
        with pytest.raises(FloatingPointError):
            sigmoid(np.array([complex(-np.inf, np.inf)]))
