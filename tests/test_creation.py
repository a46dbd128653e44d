"""Arrays made for the sake of `like`, and what comes of a Tensor that is made something else."""

import numpy as np
import pytest

from tests.domains.creation import MAKERS
from tinygrad_edu import Tensor, grad
from tinygrad_edu.testing import check_gradients

A = np.array([[1.25, 2.5, 3.0], [0.5, 1.75, 0.25]])


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("dtype", [None, np.float32])
def test_nested_lists_of_numbers_and_tensors_become_one_tensor(make, dtype):
    def f(x, y, make=make, **like):
        return make([[x, [1, 2, 3]], [x * y, np.ones(3)]], dtype, **like)

    t, y = Tensor(A[0]), Tensor(3.0)
    out = f(t, y, like=t)
    np.testing.assert_array_equal(out.data, f(A[0], 3.0), strict=True)
    np.sum(out * out).backward()
    np.testing.assert_allclose(t.grad, 2 * A[0] * (1 + 9))
    np.testing.assert_allclose(y.grad, 2 * 3 * np.sum(A[0] ** 2))


@pytest.mark.parametrize("make", MAKERS)
def test_what_holds_no_tensor_is_a_plain_array(make):
    found = make([[1, 2.5]], like=Tensor(0.0))
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, make([[1, 2.5]]), strict=True)


@pytest.mark.parametrize("make", MAKERS)
def test_a_tensor_becomes_no_array_by_itself(make):
    with pytest.raises(TypeError, match=r"t\.data is the value alone"):
        make(Tensor(A))


def test_of_one_tensor_it_is_that_tensor_with_as_many_axes_as_asked():
    t = Tensor(2.0)
    assert np.asarray(t, like=t) is t
    for out, shape in [
        (np.array(t, ndmin=2, like=t), (1, 1)),
        (np.ascontiguousarray(t, like=t), (1,)),
        (np.asarray(t, order="F", copy=True, device="cpu", like=t), ()),
    ]:
        assert out.shape == shape
    with pytest.raises(ValueError, match="cpu"):
        np.asarray(t, device="gpu", like=t)
    with pytest.raises(TypeError, match=r"np\.require .*requirements='W'"):
        np.require(t, requirements=["C", "W"], like=t)
    np.require(t, requirements="C", like=t)


def test_ragged_lists_are_refused():
    t = Tensor(A)
    with pytest.raises(ValueError, match="same shape"):
        np.array([t, [1.0]], like=t)


@pytest.mark.parametrize(
    "make",
    [
        lambda **like: np.zeros((2, 3), **like), lambda **like: np.ones(3, np.float32, **like),
        lambda **like: np.eye(2, 3, k=1, **like), lambda **like: np.identity(2, **like),
        lambda **like: np.tri(3, k=-1, **like), lambda **like: np.full(3, 7, **like),
        lambda **like: np.fromfunction(lambda i, j: i + j, (2, 3), **like),
    ],
)  # fmt: skip
def test_arrays_of_constants_are_plain(make):
    found = make(like=Tensor(A))
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, make(), strict=True)
    found[...] = 0  # they can be written to, as NumPy's


def test_an_empty_array_is_plain():
    assert type(np.empty((2, 3), like=Tensor(A))) is np.ndarray


@pytest.mark.parametrize(
    "f",
    [
        lambda t: np.full((2, 3), t, like=t), lambda t: np.full_like(Tensor(A), t),
        lambda t: np.full_like(Tensor(A), t, shape=3),
    ],
)  # fmt: skip
def test_filling_with_a_tensor_spreads_it(f):
    out = f(t := Tensor(2.0))
    np.testing.assert_array_equal(out.data, np.full(out.shape, 2.0), strict=True)
    np.sum(out).backward()
    assert t.grad == out.size


def test_filling_after_the_pattern_of_a_tensor():
    t = Tensor(A, dtype=np.float32)
    for args, kwargs in [((2.5,), {}), ((2.5, int), {}), ((A[0],), {"shape": (4, 3)})]:
        expected = np.full_like(t.data, *args, **kwargs)
        np.testing.assert_array_equal(np.full_like(t, *args, **kwargs), expected, strict=True)
    assert np.full_like(t, Tensor(2.0)).dtype == np.float32
    with pytest.raises(TypeError, match=r"np\.full_like would write"):
        np.full_like(A, Tensor(2.0))
    with pytest.raises(TypeError, match=r"in place|on request"):
        np.full(3, Tensor(2.0))


# ---- dtypes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [int, np.uint8, np.int16, bool])
@pytest.mark.parametrize("f", [np.astype, lambda t, dtype: t.astype(dtype)])
def test_integers_are_steps_and_so_constants(f, dtype):
    values = np.array([[0.0, 1.75, 2.5]])
    found = f(Tensor(values), dtype)
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, values.astype(dtype), strict=True)
    np.testing.assert_array_equal(grad(lambda t: np.sum(t * f(t, int)))(values), [[0, 1, 2]])


@pytest.mark.parametrize(
    "f",
    [
        lambda z: np.astype(z, float), lambda z: z.astype(np.float32), lambda z: z.astype(int),
        lambda z: np.concatenate([z, z], dtype=float, casting="unsafe"),
        lambda z: np.stack([z, z], dtype=float, casting="unsafe"),
        lambda z: np.asarray([z, z], float, like=z), lambda z: np.full_like(Tensor(A), z[0, 0]),
        lambda z: np.insert(Tensor(A), 0, z[0, 0]),
    ],
)  # fmt: skip
def test_imaginary_parts_are_not_discarded_in_silence(f):
    with pytest.raises(TypeError, match=r"np\.real\(t\)"):
        f(Tensor(A + 1j))


def test_what_astype_refuses():
    with pytest.raises(TypeError, match=r"holds no numbers; write t\.data\.astype\('<U"):
        np.astype(Tensor(A), "U8")
    with pytest.raises(TypeError, match="Cannot cast"):
        Tensor(A).astype(np.float32, casting="safe")
    with pytest.raises(ValueError, match="cpu"):
        np.astype(Tensor(A), float, device="gpu")
    assert Tensor(A).astype(complex).dtype == complex
    assert Tensor(A + 1j).astype(bool).all()


def test_joining_in_another_dtype():
    t = Tensor(A)
    for join in (np.concatenate, np.stack, np.hstack, np.vstack):
        out = join([t, A], dtype=np.float32, casting="same_kind")
        np.testing.assert_array_equal(out.data, join([A, A], dtype=np.float32), strict=True)
        t.grad = None
        np.sum(out).backward()
        np.testing.assert_array_equal(t.grad, np.ones(A.shape), strict=True)
        with pytest.raises(TypeError, match="Cannot cast"):
            join([t, A], dtype=np.float32, casting="safe")
    check_gradients(lambda a, b: np.stack([a, b], axis=1, dtype=complex).real, A, A)


# ---- what would write into a Tensor --------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        (lambda t: t.fill(0), r"np\.full_like\(t, value\)"),
        (lambda t: t.itemset(0, 1.0), r"np\.where"),
        (lambda t: t.put([0], 1.0), r"np\.where"),
        (lambda t: t.resize((3, 2), refcheck=False), r"np\.resize\(t, shape\)"),
        (lambda t: t.setfield(0, float), r"np\.where"),
        (lambda t: t.choose([t, t]), r"np\.choose\(t\.astype\(int\), choices\)"),
        (lambda t: t.flat.__setitem__(0, 1.0), r"np\.where"),
        (lambda t: np.choose(t, [t, t]), r"integers .*t\.astype\(int\)"),
    ],
)
def test_a_method_that_writes_in_place_says_what_to_write_instead(call, remedy):
    with pytest.raises(TypeError, match=remedy):
        call(Tensor(A))


def test_elements_one_by_one():
    t = Tensor(A)
    assert t.tolist() == A.tolist()
    assert Tensor(2.0).tolist() == 2.0
    assert [each.item() for each in t.flat] == A.ravel().tolist()
    t.flat[4].backward()
    np.testing.assert_array_equal(t.grad, A == 1.75)
