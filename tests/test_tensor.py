"""A Tensor as a value: what it holds, shows, refuses, and keeps to itself."""

import copy
import math
import pickle

import numpy as np
import pytest

from tinygrad_edu import Tensor, no_grad


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (2, "float64"),
        ([1, 2], "float64"),
        (np.array([True, False]), "float64"),
        (np.arange(3, dtype=np.uint8), "float64"),
        (np.float32(1.5), "float32"),
        (np.ones(2, np.float32), "float32"),
        (np.ones(2, np.float16), "float16"),
        (np.ones(2), "float64"),
        (1j, "complex128"),
        (np.ones(2, np.complex64), "complex64"),
    ],
)
def test_numbers_become_floating_point_and_floats_keep_their_dtype(data, dtype):
    t = Tensor(data)
    assert t.dtype == dtype
    np.testing.assert_array_equal(t.data, np.asarray(data, dtype))


@pytest.mark.parametrize(
    "data",
    ["text", ["a", "b"], None, [1, None], np.array([object()]), np.array(["2026-01-01"], "M8")],
    ids=["str", "strings", "None", "list with None", "objects", "dates"],
)
def test_what_is_not_a_number_is_refused(data):
    with pytest.raises(TypeError, match="holds floating-point or complex numbers, not"):
        Tensor(data)


def test_a_dtype_that_cannot_vary_is_refused():
    assert Tensor([1, 2], dtype=np.float32).dtype == np.float32
    assert Tensor([1, 2], dtype=np.complex64).dtype == np.complex64
    for dtype in (int, bool):
        with pytest.raises(TypeError, match="holds floating-point or complex numbers"):
            Tensor([1.0], dtype=dtype)
    with pytest.raises(TypeError, match=r"complex numbers don't fit .*np\.real"):
        Tensor([1j], dtype=np.float64)


def test_a_complex_output_has_no_gradient_until_it_is_made_real():
    z = Tensor(1 + 2j)
    with pytest.raises(ValueError, match=r"output is complex.*np\.real\(t\)"):
        (z * z).backward()
    np.abs(z).backward()
    np.testing.assert_allclose(z.grad, (1 + 2j) / np.sqrt(5))
    assert z.item() == 1 + 2j


def test_the_data_are_copied_and_shown_read_only():
    array = np.array([1.0, 2.0])
    t = Tensor(array)
    array[0] = 99.0
    assert t.data[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        t.data[0] = 5.0
    copied = t.numpy()
    copied[0] = 7.0
    assert t.data[0] == 1.0


def test_a_leaf_can_take_a_new_value_and_recorded_graphs_keep_the_old():
    w = Tensor([1.0, 2.0])
    y = np.sum(w * w)
    w.data = w.data - 1
    np.testing.assert_array_equal(w.data, [0.0, 1.0])
    y.backward()
    np.testing.assert_array_equal(w.grad, [2.0, 4.0])
    with pytest.raises(RuntimeError, match=r"was replaced after np\.multiply had used it"):
        y.backward(create_graph=True)


def test_a_new_value_has_the_shape_of_the_old_and_a_computed_one_stays():
    w = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"shape \(3,\), the Tensor \(2,\)"):
        w.data = np.ones(3)
    y = w * 2
    with pytest.raises(TypeError, match="was computed, and cannot be replaced"):
        y.data = np.ones(2)
    w.data = [3, 4]
    assert w.dtype == np.float64


def test_attributes_are_those_of_the_array():
    t = Tensor(np.arange(6.0).reshape(2, 3), name="t")
    assert (t.shape, t.ndim, t.size, len(t), t.name) == ((2, 3), 2, 6, 2, "t")
    assert t.op is None
    assert t.parents == t.edges == t.local_derivatives == ()
    np.testing.assert_array_equal(t.T.data, t.data.T)
    np.testing.assert_array_equal(t.mT.data, t.data.mT)
    assert [row.shape for row in t] == [(3,), (3,)]
    _, second = t
    assert second.op.__name__ == "getitem"


def test_repr_shows_value_shape_name_and_op():
    assert repr(Tensor(2.0)) == "Tensor(2.)"
    assert repr(Tensor([1.0, 2.0], name="w")) == "Tensor([1., 2.], shape=(2,), name='w')"
    assert repr(Tensor([1], dtype=np.float32) * 2) == (
        "Tensor([2.], shape=(1,), dtype=float32, op=multiply)"
    )


def test_one_element_gives_a_number_and_a_format():
    t = Tensor([[2.5]])
    assert t.item() == 2.5
    assert isinstance(t.item(), float)
    assert f"{t:.3f}" == "2.500"
    assert f"{t}" == repr(t)
    with pytest.raises(ValueError, match=r"shape \(2,\) has 2 elements"):
        Tensor([1.0, 2.0]).item()


def test_comparisons_give_plain_arrays_and_hashing_is_by_identity():
    t, same = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
    for result, expected in [
        (t > 1.5, [False, True]),
        (t >= same, [True, True]),
        (np.float64(1.5) > t, [True, False]),
        (t <= [1.0, 1.0], [True, False]),
        (t == same, [True, True]),
        (t != np.array([1.0, 3.0]), [False, True]),
    ]:
        assert type(result) is np.ndarray
        assert result.dtype == bool
        np.testing.assert_array_equal(result, expected)
    assert len({t, same}) == 2
    with pytest.raises(TypeError):
        t < "a"  # noqa: B015
    assert bool(Tensor(1.0)) is True
    assert bool(Tensor(0.0)) is False
    with pytest.raises(ValueError, match="ambiguous"):
        bool(t)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (lambda t, a: t + a, lambda x, a: x + a),
        (lambda t, a: a - t, lambda x, a: a - x),
        (lambda t, a: 2**t, lambda x, a: 2**x),
        (lambda t, a: t / 3, lambda x, a: x / 3),
        (lambda t, a: 3 / t, lambda x, a: 3 / x),
        (lambda t, a: t * [1.0, 2.0], lambda x, a: x * [1.0, 2.0]),
        (lambda t, a: [1.0, 2.0] * t, lambda x, a: [1.0, 2.0] * x),
        (lambda t, a: np.float64(3) * t, lambda x, a: np.float64(3) * x),
        (lambda t, a: np.ones((3, 2)) @ t, lambda x, a: np.ones((3, 2)) @ x),
        (lambda t, a: t @ np.ones((2, 3)), lambda x, a: x @ np.ones((2, 3))),
        (lambda t, a: sum([t, t]), lambda x, a: x + x),
        (lambda t, a: abs(-t), lambda x, a: abs(-x)),
        (lambda t, a: +t, lambda x, a: +x),
        (lambda t, a: True * t, lambda x, a: True * x),
    ],
)
def test_operators_take_arrays_numbers_and_lists_on_either_side(expression, expected):
    x, a = np.array([2.0, 3.0]), np.array([5.0, 7.0])
    result = expression(Tensor(x), a)
    assert isinstance(result, Tensor)
    np.testing.assert_array_equal(result.data, expected(x, a))


def test_integer_division_is_a_constant_and_unknown_objects_are_left_to_python():
    t = Tensor([5.0, 7.0])
    np.testing.assert_array_equal(t // 2, [2.0, 3.0])
    assert type(t // 2) is np.ndarray
    for operation in (lambda: t + "a", lambda: None * t, lambda: t @ object()):
        with pytest.raises(TypeError):
            operation()


def put(array, index, value):
    array[index] = value


@pytest.mark.parametrize(
    ("attempt", "instead"),
    [
        (lambda t: np.asarray(t), "t.data"),
        (lambda t: np.array(t, dtype=float), "t.data"),
        (lambda t: np.array([t, t]), "np.stack"),
        (lambda t: np.full(3, t), "t.data"),
        (lambda t: np.random.default_rng(0).normal(t), "t.data"),
        (lambda t: float(t), "t.item"),
        (lambda t: int(t), "t.item"),
        (lambda t: complex(t), "t.item"),
        (lambda t: round(t), "t.item"),
        (lambda t: math.exp(t), "np.exp"),
        (lambda t: [1, 2][t], "t.item"),
        (lambda t: put(np.zeros(3), slice(0, 1), t), "np.where"),
        (lambda t: put(t, 0, 1.0), "np.where"),
        (lambda t: np.arange(1.0).__iadd__(t), "a = a + t"),
        (lambda t: np.add(t, t, out=np.zeros(1)), "a = a + t"),
        (lambda t: Tensor(t), "Tensor(t.data)"),
        (lambda t: Tensor([t, t]), "np.stack"),
        (lambda t: np.add.at(np.zeros(1), 0, t), "np.where"),
        (lambda t: np.where(t), "np.nonzero"),
    ],
)
def test_what_would_lose_a_gradient_says_what_to_write_instead(attempt, instead):
    t = Tensor([1.0])
    with pytest.raises((TypeError, ValueError)) as caught:
        attempt(t)
    assert instead in str(caught.value)


def test_an_element_is_not_put_into_an_array():
    with pytest.raises(ValueError, match="setting an array element") as caught:
        put(np.zeros(3), 0, Tensor([1.0]))
    assert "np.stack or np.where instead of a[i] = t" in str(caught.value.__cause__)


def test_leaves_are_pickled_and_copied_and_computed_tensors_are_not():
    w = Tensor([1.0, 2.0], name="w", dtype=np.float32)
    np.sum(w * w).backward()
    for other in (pickle.loads(pickle.dumps(w)), copy.deepcopy(w), copy.copy(w)):
        assert other is not w
        assert (other.name, other.dtype) == ("w", np.float32)
        np.testing.assert_array_equal(other.data, w.data)
        np.testing.assert_array_equal(other.grad, w.grad)
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match=r"computed by np\.multiply.*t\.data"):
            attempt(w * 2)


def test_shape_errors_name_the_function_the_shapes_and_the_way_out():
    a, b = Tensor(np.ones((2, 3))), Tensor(np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"np\.matmul of shapes \(2, 3\) and \(2, 4\).*\.T"):
        a @ b
    with pytest.raises(ValueError, match=r"np\.add of shapes \(2, 3\) and \(2, 4\).*t\[:, None\]"):
        a + b
    with pytest.raises(ValueError, match=r"np\.multiply of shapes \(5,\) and \(2, 3\)"):
        np.ones(5) * a
    with pytest.raises(ValueError, match=r"np\.reshape of shapes \(2, 3\).*into shape \(7,\)"):
        a.reshape(7)
    with pytest.raises(IndexError, match="indexing of shapes"):
        a[5]
    with pytest.raises(ValueError, match=r"np\.max of shapes \(0,\).*zero-size"):
        np.max(Tensor(np.zeros(0)))


def test_a_tensor_without_axes_has_no_length():
    with pytest.raises(TypeError):
        len(Tensor(1.0))
    with pytest.raises(TypeError, match="no axes"):
        iter(Tensor(1.0))


def test_no_grad_records_nothing_in_a_block_or_a_function():
    w = Tensor(2.0)
    with no_grad():
        y = w * w
        assert y.parents == ()
        with no_grad():
            pass
        assert (w * w).parents == ()
    assert (w * w).parents == (w, w)

    @no_grad()
    def value(t):
        return t * t

    assert value(w).parents == ()
    assert value(w).item() == 4.0


def test_a_mask_is_not_lost():
    masked = np.ma.array([1.0, 2.0], mask=[True, False])
    t = Tensor([1.0, 1.0])
    for attempt in (lambda: Tensor(masked), lambda: t * masked, lambda: np.add(masked, t)):
        with pytest.raises(TypeError, match="has no mask"):
            attempt()


def test_other_kinds_of_array_become_plain_ones():
    class Labelled(np.ndarray):
        pass

    array = np.arange(3.0).view(Labelled)
    assert type((Tensor(array) * array)._value) is np.ndarray
    np.testing.assert_array_equal((array * Tensor(array)).data, [0.0, 1.0, 4.0])


def test_a_function_of_a_subclass_is_a_plain_tensor():
    class Labelled(Tensor):
        def __init__(self, data, label):
            super().__init__(data)
            self.label = label

    t = Labelled([1.0, 2.0], "t")
    assert type(t * 2) is Tensor
    np.sum(t * 3).backward()
    np.testing.assert_array_equal(t.grad, [3.0, 3.0])


def test_a_copy_has_a_gradient_of_its_own():
    w = Tensor([1.0])
    (w * 2).backward()
    other = copy.copy(w)
    other.grad *= 10
    assert w.grad == 2.0
    assert w.copy().op is not None


def test_a_value_is_replaced_by_an_array_only():
    with pytest.raises(TypeError, match=r"w\.data = t\.data"):
        Tensor([1.0]).data = Tensor([2.0])
