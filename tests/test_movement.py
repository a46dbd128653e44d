"""Movement of elements where the table's tests do not reach: dtypes, several results, errors."""

import contextlib

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.rules.indexing import scatter
from tinygrad_edu.testing import check_gradients

A = np.array([[1.25, 2.5, 3.0], [0.5, 1.75, 0.25]])
windows = np.lib.stride_tricks.sliding_window_view

CALLS = [
    lambda x: np.append(x, 3.0), lambda x: np.append(x, np.float32(1)),
    lambda x: np.insert(x, 1, 2.5), lambda x: np.insert(x, [1, 2], np.ones(2)),
    lambda x: np.insert(x, 1, x[0] * 2, 0), lambda x: np.block([[x, x], [x, x]]),
    lambda x: np.block([x[0], 1.0, 2.0]), lambda x: np.block(x),
    lambda x: np.block([x, np.ones((2, 1), np.float32)]), lambda x: np.hstack(x),
    lambda x: np.vstack([x[0], x]), lambda x: np.column_stack([x[0], x.T]),
    lambda x: np.choose([0, 1, 0], [x[0], x[1]]), lambda x: np.choose([0, 1, 0], x),
    lambda x: np.choose([0, 3, -1], [x[0], x[1]], mode="wrap"),
    lambda x: np.select([A > 2, A > 0], [x, x * 2], 7),
    lambda x: np.select([A > 2, A > 0], [x, 2.5]), lambda x: np.select([A > 2], [x], x[0]),
    lambda x: np.select([[True, False, True]], [x]),
    lambda x: np.pad(x, 1),
    lambda x: np.pad(x, ((1, 2), (0, 1)), constant_values=3.0),
    lambda x: np.pad(x, 2, constant_values=((1, 2), (3, 4))), lambda x: np.pad(x, 1, "edge"),
    lambda x: np.pad(x, 5, "reflect"), lambda x: np.pad(x, 7, "reflect", reflect_type="odd"),
    lambda x: np.pad(x, 7, "symmetric", reflect_type="odd"), lambda x: np.pad(x, 9, "symmetric"),
    lambda x: np.pad(x[:1], 2, "reflect", reflect_type="odd"), lambda x: np.pad(x, (5, 1), "wrap"),
    lambda x: np.pad(x, 3, "linear_ramp", end_values=(1, 2)), lambda x: np.pad(x, 2, "mean"),
    lambda x: np.pad(x, 2, "maximum"),
    lambda x: np.pad(x, 2, "minimum", stat_length=((1, 2), (3, 1))), lambda x: np.pad(x[0, 0], 2),
    lambda x: windows(x, (2, 2)), lambda x: windows(x, 2, axis=1, subok=False),
    lambda x: np.trim_zeros(np.append(np.zeros(2), x[0])), lambda x: np.rollaxis(x, -1, -2),
    lambda x: np.tile(x, (2, 1, 2)), lambda x: np.repeat(x, [1, 2], 0), lambda x: np.tril(x[0]),
    lambda x: np.apply_over_axes(np.sum, x, (0, 1)), lambda x: np.apply_along_axis(np.sort, 1, A),
    lambda x: np.piecewise(x, [A < 1, A > 3], [lambda v: v * v, 2.0, np.sqrt]),
    lambda x: np.piecewise(x[0], [False, True, False], [lambda v, k: v * k, 0.5], 3),
    lambda x: np.piecewise(x, [[True, False]], [lambda v: v[:, ::-1] * v, lambda v: v / 2]),
    lambda x: np.piecewise(x, [A < 1, A < 2], [np.log, np.sqrt]),
    lambda x: np.reshape(x, (3, 2), order="F"), lambda x: np.ravel(x, "F"),
    lambda x: np.resize(x, (4, 4)), lambda x: np.atleast_3d(x[0]), lambda x: np.diag(x, 1),
    lambda x: np.delete(x, [True, False], 0), lambda x: np.compress([True], x, 1),
]  # fmt: skip
NEWER = [
    lambda x: np.pad(x, {0: 1, -1: (2, 1)}),
    lambda x: np.trim_zeros(x * np.array([0, 1, 1]), "f", axis=1),
]  # what NumPy learnt later
for call in NEWER:
    with contextlib.suppress(TypeError):
        call(A)
        CALLS.append(call)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex64])
@pytest.mark.parametrize("f", CALLS)
def test_values_dtypes_and_gradients(f, dtype):
    x = A.astype(dtype)
    expected = f(x)
    found = f(Tensor(x))
    found = found.data if isinstance(found, Tensor) else found
    assert found.dtype == expected.dtype
    rounding = 1e2 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, expected, rtol=rounding, atol=rounding)
    if dtype == np.float64 and found.dtype == dtype:
        check_gradients(f, x, order=2)


SEVERAL = [
    lambda x: np.split(x, 3, 1), lambda x: np.array_split(x, [2, 1], -1),
    lambda x: np.array_split(x, 2, 1), lambda x: np.hsplit(x, 3), lambda x: np.vsplit(x, 2),
    lambda x: np.dsplit(x.reshape(1, 2, 3), [1]), lambda x: np.unstack(x, axis=1),
    lambda x: np.broadcast_arrays(x, x[0], 2.0), lambda x: np.atleast_1d(x, x[0, 0]),
    lambda x: np.atleast_2d(x, x[0], 3.0), lambda x: np.meshgrid(x[0], x[1], [1.0, 2.0]),
    lambda x: np.meshgrid(x[0], x[1], sparse=True, indexing="ij"),
    lambda x: np.ix_(x[0], [True, False], [1, 0]),
]  # fmt: skip


@pytest.mark.parametrize("f", SEVERAL)
def test_several_results_in_numpys_shapes_and_container(f):
    expected, found = f(A), f(Tensor(A))
    assert type(found) is type(expected)
    for one, other in zip(found, expected, strict=True):
        value = one.data if isinstance(one, Tensor) else one
        np.testing.assert_array_equal(value, other, strict=True)


ERRORS = [
    lambda x: np.split(x, 2, 1), lambda x: np.array_split(x, 0), lambda x: np.split(x, 2, 5),
    lambda x: np.hsplit(x[0, 0], 1), lambda x: np.vsplit(x[0], 1), lambda x: np.dsplit(x, 1),
    lambda x: np.unstack(x[0, 0]), lambda x: np.meshgrid(x[0], indexing="ji"), np.ix_,
    lambda x: np.pad(x, 1, "foo"), lambda x: np.pad(x, -1), lambda x: np.pad(x, 1.5),
    lambda x: np.pad(x, 1, "edge", constant_values=3), lambda x: np.pad(x, [(1, 2)] * 3),
    lambda x: np.pad(x, 1, "mean", foo=3), lambda x: np.pad(x[:0], 1, "edge"),
    lambda x: np.pad(x[:0], 1, "mean"), lambda x: np.pad(x, 1, "maximum", stat_length=0),
    lambda x: np.block([[x], x]), lambda x: np.block([x, x[:1]]), lambda x: np.block([x, (x,)]),
    lambda x: np.block([]), lambda x: np.insert(x, 9, 1.0), lambda x: np.delete(x, 9),
    lambda x: np.compress([[True]], x), lambda x: np.compress([True] * 4, x, 1),
    lambda x: np.choose([0, 2], [x[0, :2], x[1, :2]]), lambda x: np.select([], []),
    lambda x: np.select([A > 1], [x, x]), lambda x: np.select([A], [x]),
    lambda x: np.piecewise(x, [A > 1], [1, 2, 3]), lambda x: np.piecewise(x, A > 1, [1, 2]),
    lambda x: np.take(x, 9),
    lambda x: np.rollaxis(x, 0, 4), lambda x: np.rollaxis(x, 5), lambda x: np.roll(x, 1, 3),
    lambda x: np.apply_along_axis(np.sum, 1, x[:0]), lambda x: np.apply_along_axis(np.sum, 4, x),
    lambda x: np.apply_over_axes(lambda a, axis: np.sum(a), x, (0, 1)),
    lambda x: np.hstack([]), lambda x: np.vstack([x, x[:, :1]]), lambda x: np.tile(x, -1),
    lambda x: np.repeat(x, [1, 2], 1), lambda x: np.resize(x, (-1, 2)), lambda x: windows(x, 9),
    lambda x: np.diag(x[0, 0]), lambda x: np.fliplr(x[0]),
]  # fmt: skip


@pytest.mark.parametrize("f", ERRORS)
def test_what_numpy_refuses_is_refused_with_its_kind_of_error(f):
    with pytest.raises((ValueError, TypeError, IndexError)) as theirs:
        f(A)
    with pytest.raises((ValueError, TypeError, IndexError)) as ours:
        f(Tensor(A))
    assert issubclass(ours.type, theirs.type) or issubclass(theirs.type, ours.type)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: np.pad(t, 1, lambda *args: None), r"np\.pad .*mode=.*np\.concatenate"),
        (lambda t: np.insert(np.array([1, 2]), 1, t[0, 0]), r"np\.insert: .*arr\.astype\(float\)"),
        (
            lambda t: np.apply_along_axis(lambda v: v if v[0] > 1 else np.ones(3, int), 1, t),
            r"np\.apply_along_axis: .*\['float64', 'int64'\].*one dtype",
        ),
        (lambda t: np.block([t, (t,)]), r"np\.block: .*write lists"),
        (lambda t: windows(t, 2, 0, writeable=True), r"sliding_window_view: .*writeable=True"),
    ],
)
def test_refusals_with_a_way_out(call, message):
    with pytest.raises(TypeError, match=message):
        call(Tensor(A))


def test_borders_may_be_made_of_tensors():
    def constant(a, c, d):
        return np.pad(a, ((1, 2), (0, 1)), constant_values=[[c, 1.0], [d, c * d]])

    def ramp(a, c, d):
        return np.pad(a, 3, "linear_ramp", end_values=((c, d), (0, c)))

    t, c, d = Tensor(A), Tensor(2.0), Tensor(3.0)
    for f in (constant, ramp):
        np.testing.assert_allclose(f(t, c, d).data, f(A, 2.0, 3.0), rtol=1e-13)
    (constant(t, c, d) * 1.0).sum().backward()
    # the second axis prevails at the corners: c is above 3 elements, and c * d behind 5 rows
    np.testing.assert_allclose([c.grad, d.grad], [3 + 5 * 3.0, 5 * 2.0])
    np.testing.assert_array_equal(t.grad, np.ones(A.shape))
    c.grad = None
    np.sum(ramp(t, c, d)).backward()
    h = 1e-6
    slope = (np.sum(ramp(A, 2 + h, 3.0)) - np.sum(ramp(A, 2 - h, 3.0))) / (2 * h)
    np.testing.assert_allclose(c.grad, slope, rtol=1e-6)


def test_zeros_are_trimmed_and_the_rest_keeps_its_gradient():
    t = Tensor([0.0, 1.0, 0.0, 2.0, 0.0, 0.0])
    out = np.trim_zeros(t)
    np.testing.assert_array_equal(out.data, [1, 0, 2])
    np.sum(out * [1.0, 2.0, 3.0]).backward()
    np.testing.assert_array_equal(t.grad, [0, 1, 2, 3, 0, 0])
    assert np.trim_zeros(Tensor(np.zeros(3))).shape == (0,)


def test_a_function_of_a_piece_sees_nothing_else():
    t = Tensor([0.0, 1.0, 4.0])
    with np.errstate(all="raise"):
        out = np.piecewise(t, [t.data > 0], [np.log, 0])
        np.sum(out).backward()
    np.testing.assert_array_equal(t.grad, [0, 1, 0.25])


def test_a_tensor_may_stand_for_a_piece():
    t, c = Tensor([1.0, 2.0]), Tensor(3.0)
    np.sum(np.piecewise(t, [[True, False]], [c, lambda v: v * c])).backward()
    np.testing.assert_array_equal(t.grad, [0, 3])
    assert c.grad == 1 + 2


def test_nothing_applies_and_it_is_a_tensor_still():
    t = Tensor([1.0, 2.0])
    np.sum(np.piecewise(t, [np.array([False, False])], [np.log])).backward()
    np.testing.assert_array_equal(t.grad, [0, 0])


def test_a_default_may_be_a_tensor_among_tensors():
    t, c = Tensor(A), Tensor(5.0)
    np.sum(np.select([A > 2], [t], c)).backward()
    np.testing.assert_array_equal(t.grad, A > 2)
    assert c.grad == np.sum(A <= 2)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble, np.complex64, complex])
def test_picks_are_added_up_in_every_dtype(dtype):
    index = (slice(None), np.array([0, 0, 2]))
    g = np.array([[1, 2, 3], [4, 5, 6]], dtype)
    expected = np.array([[3, 0, 3], [9, 0, 6]], dtype)
    np.testing.assert_array_equal(scatter(g, index, (2, 3)), expected, strict=True)


def test_an_index_that_is_a_tensor_is_refused():
    t = Tensor(A)
    for index in (t, (0, t[0, 0]), t[0, 0], [0, t[0, 0]], slice(t[0, 0])):
        with pytest.raises((TypeError, IndexError)):
            t[index]
        with pytest.raises((TypeError, IndexError)):
            A[index]
    np.testing.assert_array_equal(t[t > 2].data, A[A > 2])
