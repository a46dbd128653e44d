"""However a function is spelled, as a method, an operator or by its name, the same is recorded."""

import operator

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import Tensor
from tinygrad_edu.tensor.methods import ArrayMethods

A = np.array([[1.25, 2.5, 3.0], [0.5, 1.75, 0.25]])
B = np.array([2.0, 0.5, 1.0])

METHODS = [
    ("copy", (), {}, np.copy),
    ("conj", (), {}, np.conj),
    ("conjugate", (), {}, np.conjugate),
    ("sum", (1,), {"keepdims": True}, lambda t: np.sum(t, 1, keepdims=True)),
    ("sum", (), {"axis": (0, 1)}, lambda t: np.sum(t, axis=(0, 1))),
    ("mean", (0,), {}, lambda t: np.mean(t, 0)),
    ("prod", (-1,), {}, lambda t: np.prod(t, -1)),
    ("max", (), {"axis": 0}, lambda t: np.max(t, axis=0)),
    ("min", (), {}, np.min),
    ("var", (), {"ddof": 1}, lambda t: np.var(t, ddof=1)),
    ("std", (0,), {"ddof": 1}, lambda t: np.std(t, 0, ddof=1)),
    ("sum", (0, np.float32), {}, lambda t: np.sum(t, 0, np.float32)),
    ("sum", (), {"where": A > 1, "initial": 2.0}, lambda t: np.sum(t, where=A > 1, initial=2.0)),
    ("max", (1,), {"initial": 2.0}, lambda t: np.max(t, 1, initial=2.0)),
    ("var", (0, None, None, 1), {}, lambda t: np.var(t, 0, ddof=1)),
    ("std", (), {"mean": B, "axis": 0}, lambda t: np.std(t, 0, mean=B)),
    ("cumsum", (), {}, np.cumsum),
    ("cumsum", (1, np.float32), {}, lambda t: np.cumsum(t, 1, np.float32)),
    ("cumprod", (-1,), {}, lambda t: np.cumprod(t, -1)),
    ("argsort", (0,), {}, lambda t: np.argsort(t, 0)),
    ("argsort", (), {"axis": None, "stable": True}, lambda t: np.argsort(t, None)),
    ("argpartition", (1,), {"axis": 1}, lambda t: np.argpartition(t, 1, 1)),
    ("nonzero", (), {}, np.nonzero),
    ("round", (1,), {}, lambda t: np.round(t, 1)),
    ("argmax", (1,), {}, lambda t: np.argmax(t, 1)),
    ("argmin", (), {}, np.argmin),
    ("all", (1,), {}, lambda t: np.all(t, 1)),
    ("any", (), {}, np.any),
    ("reshape", (3, 2), {}, lambda t: np.reshape(t, (3, 2))),
    ("reshape", ((3, -1),), {}, lambda t: np.reshape(t, (3, -1))),
    ("reshape", (6,), {}, lambda t: np.reshape(t, 6)),
    ("ravel", (), {}, np.ravel),
    ("flatten", (), {}, np.ravel),
    ("reshape", (3, 2), {"order": "F"}, lambda t: np.reshape(t, (3, 2), order="F")),
    ("reshape", (3, 2), {"copy": True}, lambda t: np.reshape(t, (3, 2))),
    ("ravel", ("F",), {}, lambda t: np.ravel(t, "F")),
    ("flatten", ("F",), {}, lambda t: np.ravel(t, "F")),
    ("take", ([1, 0, 1], 1), {}, lambda t: np.take(t, [1, 0, 1], axis=1)),
    ("take", (7,), {"mode": "wrap"}, lambda t: np.take(t, 7, mode="wrap")),
    ("compress", ([False, True], 0), {}, lambda t: np.compress([False, True], t, axis=0)),
    ("repeat", (2,), {}, lambda t: np.repeat(t, 2)),
    ("repeat", ([1, 2], 0), {}, lambda t: np.repeat(t, [1, 2], axis=0)),
    ("diagonal", (1,), {}, lambda t: np.diagonal(t, 1)),
    ("nonzero", (), {}, np.nonzero),
    ("copy", ("F",), {}, lambda t: np.copy(t, "F")),
    ("transpose", (), {}, np.transpose),
    ("transpose", (1, 0), {}, lambda t: np.transpose(t, (1, 0))),
    ("transpose", ((1, 0),), {}, lambda t: np.transpose(t, (1, 0))),
    ("swapaxes", (0, 1), {}, lambda t: np.swapaxes(t, 0, 1)),
    ("clip", (1, 2), {}, lambda t: np.clip(t, 1, 2)),
    ("clip", (), {"max": 2}, lambda t: np.clip(t, None, 2)),
    ("dot", (B,), {}, lambda t: np.dot(t, B)),
    ("trace", (1,), {}, lambda t: np.trace(t, 1)),
    ("trace", (0, 1, 0), {"dtype": np.float32}, lambda t: np.trace(t, 0, 1, 0, np.float32)),
    ("astype", (np.float32,), {}, lambda t: np.astype(t, np.float32)),
    ("astype", (np.float32, "C"), {"casting": "same_kind"}, lambda t: np.astype(t, np.float32)),
    ("astype", (int,), {"copy": False}, lambda t: np.astype(t, int)),
    ("astype", (bool,), {}, lambda t: np.astype(t, bool)),
]
OPERATORS = [
    (operator.add, np.add), (operator.sub, np.subtract), (operator.mul, np.multiply),
    (operator.truediv, np.divide), (operator.pow, np.power),
    (operator.floordiv, np.floor_divide), (operator.lt, np.less), (operator.le, np.less_equal),
    (operator.gt, np.greater), (operator.ge, np.greater_equal), (operator.eq, np.equal),
    (operator.ne, np.not_equal),
]  # fmt: skip


def assert_same(one, other):
    """Two results recorded in the same way, with the same gradients."""
    if not isinstance(one, Tensor):
        assert type(one) is type(other)
        assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_array_equal(one, other)
        return
    assert one.op is other.op
    np.testing.assert_array_equal(one.data, other.data)
    assert one.dtype == other.dtype
    for mine, theirs in zip(one.edges, other.edges, strict=True):
        np.testing.assert_array_equal(mine.jacobian(), theirs.jacobian())


@pytest.mark.parametrize(("name", "args", "kwargs", "function"), METHODS)
def test_a_method_is_its_function(name, args, kwargs, function):
    t = Tensor(A)
    found = getattr(t, name)(*args, **kwargs)
    assert_same(found, function(t))
    on_array = getattr(A, name)(*args, **kwargs)
    values = found.data if isinstance(found, Tensor) else found
    np.testing.assert_allclose(values, on_array, rtol=1e-14)


def test_squeeze_and_the_transposed_properties():
    t = Tensor(A[:, None])
    assert_same(t.squeeze(1), np.squeeze(t, axis=1))
    assert_same(t.squeeze(), np.squeeze(t))
    assert_same(t.T, np.transpose(t))
    assert_same(t.mT, np.matrix_transpose(t))


def test_searchsorted():
    assert_same(
        Tensor(np.sort(B)).searchsorted(1.5, "right"), np.sort(B).searchsorted(1.5, "right")
    )


@pytest.mark.parametrize(("name", "args"), [("sort", ()), ("sort", (0,)), ("partition", (1,))])
def test_methods_that_would_sort_in_place_are_refused(name, args):
    with pytest.raises(TypeError, match=rf"t\.{name}\(\) would change in place.*np\.{name}\(t, "):
        getattr(Tensor(A), name)(*args)


def test_parts_of_complex_numbers():
    for t in (Tensor(A), Tensor(A + 1j)):
        assert_same(t.real, np.real(t))
        if t.dtype.kind == "c":
            assert_same(t.imag, np.imag(t))


def test_every_method_is_tested_here():
    defined = vars(ArrayMethods)
    methods = {name for name in defined if not name.startswith("_")}
    assert methods - {row[0] for row in METHODS} == {
        "squeeze", "T", "mT", "real", "imag", "flat", "searchsorted", "sort", "partition",
    }  # fmt: skip


@pytest.mark.parametrize(("spelled", "function"), OPERATORS)
@pytest.mark.parametrize(
    "other", [B, 2, 0.5, np.float64(0.5), np.int64(2), [1.0, 2.0, 0.5]], ids=str
)
def test_an_operator_is_its_function(spelled, function, other):
    t = Tensor(A)
    assert_same(spelled(t, other), function(t, other))
    assert_same(spelled(other, t), function(other, t))
    as_tensor = Tensor(other)
    assert_same(spelled(t, as_tensor), function(t, as_tensor))


def test_matmul_neg_pos_abs_and_indexing():
    t, square = Tensor(A), Tensor(A[:, :2])
    assert_same(t @ B, np.matmul(t, B))
    assert_same(A.T @ t, np.matmul(A.T, t))
    assert_same(square @ square, np.matmul(square, square))
    assert_same(-t, np.negative(t))
    assert_same(+t, np.positive(t))
    assert_same(abs(t), np.absolute(t))
    assert_same(t[1], t[1, ...])


def test_the_builtins_that_add_and_multiply():
    t = Tensor(B)
    np.testing.assert_array_equal(sum([t, t]).data, 2 * B)
    np.testing.assert_array_equal((2**t).data, 2**B)
    np.testing.assert_array_equal(sum(t).data, np.sum(B))


@pytest.mark.parametrize("f", [te.sigmoid, te.softplus, te.relu, te.softmax, te.logsumexp])
def test_an_argument_may_be_given_by_its_name(f):
    t = Tensor(B)
    assert_same(f(x=t), f(t))
    assert_same(np.sum(a=t, axis=0), np.sum(t, 0))


@pytest.mark.parametrize("f", [te.sigmoid, te.softplus, te.softmax, te.log_softmax, te.logsumexp])
def test_plain_numbers_and_lists_are_taken_in_double_precision(f):
    exact = f(Tensor([0.1, 3.0])).data
    np.testing.assert_array_equal(f([0.1, 3.0]), exact)
    np.testing.assert_array_equal(f(np.array([0.1, 3.0])), exact)
    assert f([1, 3]).dtype == f(np.array([1, 3])).dtype == np.float64
    assert f(np.float32([0.1, 3.0])).dtype == np.float32


@pytest.mark.parametrize("f", [te.sigmoid, te.softplus])
def test_one_plain_number_too(f):
    assert f(0.1) == f(Tensor(0.1)).item()
    assert f(np.float32(0.1)).dtype == np.float32


@pytest.mark.parametrize("operation", [operator.iadd, operator.imul, operator.ipow])
def test_in_place_on_a_tensor_makes_a_new_one_and_on_an_array_is_refused(operation):
    t, a = Tensor(B), np.ones(3)
    assert operation(t, 2) is not t
    np.testing.assert_array_equal(t.data, B)
    with pytest.raises(TypeError, match=r"out=|in-place"):
        operation(a, t)
