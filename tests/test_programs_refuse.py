"""What a program could not say is refused when a function is captured, and changes nothing."""

import numpy as np
import pytest

from tinygrad_edu.trace.capture import capture

X = np.random.default_rng(0).normal(size=(3, 3))


def adds_at(x):
    np.add.at(x, [0, 0], 1.0)
    return x


def cumsum_in_place(x):
    np.cumsum(x, 0, None, x)
    return x


def sums_into_a_row(x):
    y = x * 1
    np.sum(x, 0, None, y[0])
    return y


def adds_to_what_is_no_copy(same):
    def function(x):
        a = x * 2
        b = same(a)
        b += 1
        return a

    return function


@pytest.mark.parametrize(
    "function",
    [
        adds_at,
        cumsum_in_place,
        sums_into_a_row,
        adds_to_what_is_no_copy(np.atleast_2d),
        adds_to_what_is_no_copy(lambda a: a.astype(float, copy=False)),
        lambda x: x * str(x).count("-"),
        lambda x: x * f"{x}".count("-"),
    ],
)
def test_writing_and_reading_of_values_is_refused(function):
    given = X.copy()
    with pytest.raises(TypeError, match=r"^test: "):
        capture("test", function, (given,))
    np.testing.assert_array_equal(given, X)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * len(np.nonzero(x > 0)[0]),
        lambda x: x * np.size(np.where(x > 0)[0]),
        lambda x: x * np.ix_(x[0] > 0, x[1] > 0)[0].size,
        lambda x: x * len(np.unique(x > 0, return_counts=True)[1]),
    ],
)
def test_a_shape_that_follows_from_values_is_checked(function):
    program = capture("test", function, (X,)).program
    assert program.checks
    differing = type(program)(program.calls, program.inputs, (), program.checks)
    assert not any(_checked(differing, X))
    assert any(_checked(differing, np.abs(X)))


def _checked(program, *inputs):
    from tinygrad_edu.trace.program import Ref

    outputs = tuple(map(Ref, program.checks))
    return type(program)(program.calls, program.inputs, outputs).run(*inputs)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, a: x * (a // 2.0),
        lambda x, a: x * (a % 2.0),
        lambda x, a: x * (7.0 // a),
        lambda x, a: x * (7.0 % a),
        lambda x, a: x * divmod(a, 2.0)[1],
        lambda x, a: x * abs(a),
        lambda x, a: x * +a,
        lambda x, a: x * -a,
        lambda x, a: x * a.conjugate(),
    ],
)
@pytest.mark.parametrize("other", [-2.75, 5.5])
def test_operators_of_a_number_of_pythons_give_such_a_number(function, other):
    """Which takes the dtype of what it meets."""
    x = X.astype(np.float32)
    (found,) = capture("test", function, (x, 3.5)).program.run(x, other)
    expected = function(x, other)
    assert found.dtype == expected.dtype == np.float32
    np.testing.assert_array_equal(found, expected)
