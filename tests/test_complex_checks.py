"""The checker on complex numbers: real and imaginary parts vary by themselves."""

import numpy as np
import pytest

from tinygrad_edu import custom, jvp, vjp
from tinygrad_edu.testing import (
    DtypeError,
    MismatchError,
    check_adjoint,
    check_gradients,
    check_jvp,
    check_vjp,
    numerical_derivative,
    numerical_jacobian,
)

Z = np.array([1 + 2j, -0.5 + 0.25j, 0.75j])
W = np.array([[0.5 - 1j, 2.0, 1j], [1.0, -1j, 0.5 + 0.5j]])


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda z: z * z, (Z,)),
        (np.exp, (Z,)),
        (np.abs, (Z,)),
        (lambda z: np.sum(np.real(z) * np.imag(z)), (Z,)),
        (np.conj, (Z,)),
        (np.matmul, (W, Z)),
        (lambda x, z: x * z, (np.array([1.0, 2.0, 3.0]), Z)),
        (lambda x: np.exp(1j * x), (np.array([0.5, 1.0]),)),
        (lambda p: p["z"] / p["x"], ({"z": Z, "x": 2.0},)),
        (np.exp, (1.5 + 0.5j,)),
        (np.square, (np.zeros((0, 3), complex),)),
    ],
)
def test_first_and_second_derivatives(f, args):
    report = check_gradients(f, *args, order=2)
    assert report.conclusive


def test_each_part_is_an_entry_with_a_label():
    report = check_gradients(lambda z: z * z, Z)
    # 6 real numbers, all ones and two random directions, for 6 outputs
    assert report.entries == 9 * 6
    assert report.arguments == ("z (3,) complex128",)

    @custom(lambda out, z: np.where(np.real(z) > 0.9, 2.5 * z, 2 * z))
    def square(z):
        return z * z

    with pytest.raises(MismatchError) as error:
        check_gradients(lambda z: square(z), Z)
    wrong = {entry.where for entry in error.value.entries}
    assert "z[0].real of output[0].real" in wrong
    assert "z[0].imag of output[0].imag" in wrong
    assert len(wrong) == 4
    assert "np.array([(1.0 + 2.0j), (-0.5 + 0.25j), 0.75j])" in str(error.value)
    with pytest.raises(MismatchError, match=r"z\.imag of output\.real"):
        check_gradients(lambda z: square(z), 1 + 2j)


def test_single_precision():
    assert check_gradients(lambda z: z * z, Z.astype(np.complex64)).conclusive


def test_many_numbers_are_checked_in_random_directions():
    z = np.exp(1j * np.linspace(0, 5, 40))
    check_gradients(lambda z: z * z, z, order=2)
    wrong = custom(lambda out, z: np.where(np.imag(z) < -0.95, z, 2 * z))(lambda z: z * z)
    with pytest.raises(MismatchError, match=r"z\[\d+\]\.(real|imag)"):
        check_gradients(lambda z: wrong(z), z)


@pytest.mark.parametrize(
    "f",
    [
        custom(lambda out, z: np.conj(2 * z))(lambda z: z * z),
        custom(lambda out, z: np.conj(z) / out)(np.abs),
    ],
)
def test_a_missing_conjugate_is_recognised(f):
    with pytest.raises(MismatchError, match="a conjugate is missing") as error:
        check_gradients(lambda z: f(z), Z[:2])
    assert "wrong in z of shape (2,), at x:  x x" in str(error.value)


def test_passes_written_by_hand():
    check_vjp(lambda z: z * z, lambda g, z: g * np.conj(2 * z), Z)
    check_vjp(np.abs, lambda g, z: g * z / np.abs(z), Z)
    check_vjp(lambda x: x * Z, lambda g, x: np.real(g * np.conj(Z)), np.ones(3))
    check_jvp(lambda z: z * z, lambda v, z: 2 * z * v, Z)
    check_adjoint(lambda v, z: 2 * z * v, lambda g, z: g * np.conj(2 * z), Z)
    with pytest.raises(MismatchError, match="a conjugate is missing"):
        check_vjp(lambda z: z * z, lambda g, z: g * 2 * z, Z)
    with pytest.raises(MismatchError, match="not the transpose"):
        check_adjoint(lambda v, z: 2 * z * v, lambda g, z: 2 * g * z, Z)
    with pytest.raises(DtypeError, match=r"dtype float64, and x has complex128"):
        check_vjp(np.abs, lambda g, z: g * np.real(z), Z)


def test_our_own_transforms():
    for f in (lambda z: z * z, np.abs, np.conj, lambda z: W @ z):
        check_vjp(f, lambda g, z, f=f: vjp(f, z)[1](g)[0], Z)
        check_jvp(f, lambda v, z, f=f: jvp(f, (z,), (v,))[1], Z)


def test_numerical_derivatives_are_in_real_numbers():
    for find in (numerical_derivative, numerical_jacobian):
        with pytest.raises(TypeError, match=r"give f real arguments.*check_gradients takes both"):
            find(np.exp, 1j)
