"""Forward mode of every function, against reverse mode: ``<u, J v> = <J^T u, v>``."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domains import DOMAINS
from tinygrad_edu import Tensor, grad, hvp, jvp, vjp
from tinygrad_edu.engine.rule import TABLE, Composed, title
from tinygrad_edu.kit.pytree import flatten, gradient_tree

OWN = [d for d in DOMAINS if not isinstance(TABLE[d.op], Composed)]
every_rule = pytest.mark.parametrize(
    "domain", [pytest.param(d, id=f"{title(d.op)}-{d.draw_case.__name__}") for d in OWN]
)
few = settings(max_examples=max(5, settings.default.max_examples // 8))


def inner(one, other):
    """The real inner product of two lists of arrays, and the size of its terms."""
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(one, other, strict=True)]
    total = sum(np.sum(np.real(np.conj(a) * b)) for a, b in pairs)
    return total, sum(np.sum(np.abs(a) * np.abs(b)) for a, b in pairs)


def random_like(arrays, seed):
    rng = np.random.default_rng(seed)
    found = []
    for each in map(np.asarray, arrays):
        part = rng.uniform(-1, 1, each.shape)
        if each.dtype.kind == "c":
            part = part + 1j * rng.uniform(-1, 1, each.shape)
        found.append(part[()])
    return found


def check_transpose(call, arrays):
    value, pullback = vjp(call, *arrays)
    v = random_like(arrays, 0)
    u = random_like(flatten(value), 1)
    again, pushed = jvp(call, arrays, v)
    for one, other in zip(flatten(again), flatten(value), strict=True):
        np.testing.assert_array_equal(one, other)
    forward, size = inner(flatten(pushed), u)
    backward, _ = inner(pullback(gradient_tree(value, u)), v)
    np.testing.assert_allclose(forward, backward, rtol=1e-9, atol=1e-10 * (1 + size))


@every_rule
@few
@given(data=st.data())
def test_forward_is_the_transpose_of_reverse(domain, data):
    case = data.draw(domain.cases())
    if case.arrays:
        check_transpose(case.call, case.arrays)


UNDEFINED = np.linalg.LinAlgError  # vectors of arbitrary phase, and matrices that are singular


@every_rule
@few
@given(data=st.data())
def test_complex_forward_is_the_transpose_of_reverse(domain, data):
    case = data.draw(domain.cases())
    arrays = [a + 0.25j + 0.125j * np.arange(a.size).reshape(a.shape) for a in case.arrays]
    try:
        value = case.call(*arrays)
        recorded = case.call(*map(Tensor, arrays))
    except (TypeError, ValueError, np.exceptions.ComplexWarning):  # not of complex numbers
        return
    plain = [np.asarray(each) for each in flatten(value)]
    if arrays and all(np.all(np.isfinite(each)) for each in plain) and flatten(recorded):
        with contextlib.suppress(UNDEFINED):
            check_transpose(case.call, arrays)


@every_rule
@few
@given(data=st.data())
def test_both_modes_are_differentiated_alike(domain, data):
    """The gradient of ``<u, J v>`` and that of ``<J^T u, v>``."""
    case = data.draw(domain.cases())
    if not case.arrays or any(np.asarray(a).size == 0 for a in case.arrays):
        return
    v = random_like(case.arrays, 0)
    u = random_like(flatten(case.call(*case.arrays)), 1)

    def by_forward(*xs):
        return sum(
            np.sum(np.real(np.conj(b) * a))
            for a, b in zip(flatten(jvp(case.call, xs, v)[1]), u, strict=True)
        )

    def by_reverse(*xs):
        value, pullback = vjp(case.call, *xs)
        return sum(np.sum(a * b) for a, b in zip(pullback(gradient_tree(value, u)), v, strict=True))

    places = tuple(range(len(case.arrays)))
    try:
        other = grad(by_reverse, places)(*case.arrays)
    except UNDEFINED:
        return
    one = grad(by_forward, places)(*case.arrays)
    for a, b in zip(one, other, strict=True):
        scale = 1 + np.max(np.abs(b), initial=0.0)
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-8 * scale)


# ---- decompositions of which some part has no derivative -----------------------------------------


def random_matrix(seed, *shape):
    real, imaginary = np.random.default_rng(seed).normal(size=(2, *shape))
    return real + 1j * imaginary


def projectors(v):
    """What does not depend on the phases of the vectors."""
    return np.abs(v) ** 3


PARTS = [  # name, function, where
    ("svdvals", np.linalg.svdvals, random_matrix(0, 3, 2)),
    ("nuc", lambda a: np.linalg.norm(a, "nuc"), random_matrix(0, 2, 3)),
    ("svd", lambda a: projectors(np.linalg.svd(a)[2]), random_matrix(0, 3, 2)),
    ("full svd", lambda a: np.linalg.svd(a)[1], random_matrix(0, 3, 2).real),
    ("full qr", lambda a: np.linalg.qr(a, "complete")[1], random_matrix(0, 3, 2).real),
    ("eigvalsh", np.linalg.eigvalsh, random_matrix(0, 2, 3, 3)),
    ("eigvalsh of equals", np.linalg.eigvalsh, np.eye(3)),
    ("svdvals of equals", np.linalg.svdvals, np.eye(3)),
    ("eigh", lambda a: projectors(np.linalg.eigh(a)[1]), random_matrix(0, 3, 3)),
    ("eigvals", np.linalg.eigvals, random_matrix(0, 3, 3)),
    ("eig", lambda a: projectors(np.linalg.eig(a)[1]), random_matrix(0, 3, 3).real),
]


@pytest.mark.parametrize(("name", "f", "at"), PARTS, ids=[part[0] for part in PARTS])
def test_only_the_parts_that_count_must_have_a_derivative(name, f, at):
    check_transpose(f, [at])
    if "equals" not in name:

        def total(a):
            out = f(a)
            return np.sum(np.real(out) ** 3 + np.imag(out) ** 2)

        (v,) = random_like([at], seed=1)
        forward, backward = jvp(grad(total), (at,), (v,))[1], hvp(total)(at, v)
        np.testing.assert_allclose(forward, backward, rtol=1e-8, atol=1e-8)


def test_tangents_of_what_has_no_derivative_are_refused():
    with pytest.raises(np.linalg.LinAlgError, match="phases"):
        jvp(lambda a: np.linalg.eigh(a)[1], (random_matrix(0, 3, 3),), (np.ones((3, 3)),))
    with pytest.raises(np.linalg.LinAlgError, match="equal eigen values"):
        jvp(lambda a: np.linalg.eigh(a)[1][0], (np.eye(3),), (np.ones((3, 3)),))


def test_a_slope_that_is_a_complex_number_meets_a_number():
    assert jvp(np.imag, (2.0,), (1.0,)) == (0, 0)
    assert jvp(np.imag, (2.0 + 1j,), (1j,)) == (1, 1)
