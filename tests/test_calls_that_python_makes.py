"""Python's conversions, NumPy's calls of its own, and odd shifts and repeats: told in words."""

import math
import operator

import numpy as np
import pytest

from tinygrad_edu import Tensor, grad, jvp

T = Tensor(2.5)


@pytest.mark.parametrize(
    ("call", "instead"),
    [
        (lambda: round(T), r"round\(t\) gives a plain number.*np\.round\(t, decimals\)"),
        (lambda: round(T, 2), r"np\.round\(t, decimals\)"),
        (lambda: round(T, ndigits=1), r"np\.round\(t, decimals\)|keyword"),
        (lambda: math.floor(T), r"math\.floor\(t\).*np\.floor\(t\)"),
        (lambda: math.ceil(T), r"math\.ceil\(t\).*np\.ceil\(t\)"),
        (lambda: math.trunc(T), r"math\.trunc\(t\).*np\.trunc\(t\)"),
        (lambda: pow(T, 2, 3), r"pow\(t, n, modulo\).*np\.remainder"),
        (lambda: int(T), r"int\(t\) would lose the gradient"),
        (lambda: complex(T), r"complex\(t\) would lose the gradient"),
        (lambda: [1, 2, 3][T], r"operator\.index\(t\) would lose the gradient"),
        (lambda: 2.5 in T, "not iterable"),
    ],
)
def test_what_would_lose_the_gradient_says_what_to_write(call, instead):
    with pytest.raises(TypeError, match=instead):
        call()


def test_what_python_may_call():
    assert pow(T, 2).item() == 6.25
    assert divmod(T, 2)[1].item() == 0.5
    assert divmod(6, T)[1].item() == 1
    assert 2.5 in Tensor([1.0, 2.5])
    assert bool(T)
    assert hash(T) == hash(T)
    assert [t.item() for t in reversed(Tensor([1.0, 2.0]))] == [2, 1]


@pytest.mark.parametrize("function", [np.nanvar, np.nanstd])
def test_numpy_does_not_ask_a_mean_that_is_a_tensor(function):
    a, name = np.array([1.0, 2.0, np.nan]), function.__name__
    with pytest.raises(TypeError, match=rf"np\.{name}: .*np\.{name}\(Tensor\(a\), \.\.\.\)"):
        function(a, mean=Tensor(1.5))
    function(Tensor(a), mean=Tensor([1.5])).backward()


def test_in_place_operators_are_still_told_apart():
    for call in (lambda: operator.iadd(np.ones(2), T), lambda: np.add(1, T, out=np.ones(()))):
        with pytest.raises(TypeError, match=r"in-place operator \(a \+= t\)"):
            call()


SHIFTS = [
    (2**63, None),
    (-(2**63), 1),
    (10**30, 0),
    (np.uint8(2), 1),
    (np.uint64(2**63 + 1), 0),
    (np.int64(-(2**63)), 1),
    ((1, 2), (0, 1)),
    ((2**62, -1), (0, 1)),
    ([1, 2], 1),
    (np.array([1, 2], np.uint8), (0, 1)),
    (np.array([1]), 1),
]


@pytest.mark.parametrize(("shift", "axis"), SHIFTS)
def test_rolling_back_by_any_integer(shift, axis):
    x, w = np.arange(6.0).reshape(2, 3), np.arange(1.0, 7.0).reshape(2, 3)

    def rolled(x):
        return np.sum(np.roll(x, shift, axis) * w)

    expected = [rolled(unit.reshape(2, 3)) for unit in np.eye(6)]
    np.testing.assert_array_equal(grad(rolled)(x).ravel(), expected)
    np.testing.assert_array_equal(jvp(rolled, (x,), (w,))[1], rolled(w))


@pytest.mark.parametrize("repeats", [2, (2,), [3], np.array([2]), np.array(2), [0]])
@pytest.mark.parametrize("axis", [0, -1, None])
def test_repeating_a_number_along_an_axis(repeats, axis):
    count = int(np.ravel(repeats)[0])
    weights = np.arange(1.0, count + 1)
    found = grad(lambda x: np.sum(np.repeat(x, repeats, axis=axis) * weights))(1.0)
    assert found == weights.sum()
