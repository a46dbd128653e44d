"""The passes: each keeps what a program computes, bit by bit where it says that it is exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_edu import compile, grad, sigmoid
from tinygrad_edu.trace.capture import capture
from tinygrad_edu.trace.passes import fusion as fusing
from tinygrad_edu.trace.passes.algebra import algebra, signs
from tinygrad_edu.trace.passes.checks import implied_checks
from tinygrad_edu.trace.passes.common import common_subexpressions
from tinygrad_edu.trace.passes.contractions import contractions
from tinygrad_edu.trace.passes.dead_code import dead_code
from tinygrad_edu.trace.passes.fusion import fusion
from tinygrad_edu.trace.passes.identities import constants, identities
from tinygrad_edu.trace.passes.pipeline import PASSES, optimised
from tinygrad_edu.trace.program import program_of as traced_program
from tinygrad_edu.trace.traced import Traced

X = np.random.default_rng(0).normal(size=(4, 3))
EXACT = (dead_code, constants, identities, common_subexpressions, algebra, implied_checks)


def program_of(f, *args):
    return capture("f", f, args).program


def body(program):
    """The calls, one a line, without shapes."""
    return [str(call).partition("  #")[0] for call in program.calls if call.function is not None]


def after(one_pass, f, *args):
    """The calls after one pass, which keeps what the program computes."""
    before = program_of(f, *args)
    program, notes = one_pass(before)
    for found, expected in zip(program.run(*args), before.run(*args), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert all(isinstance(note, str) for note in notes)
    assert bool(notes) == (str(program) != str(before) or program.checks != before.checks)
    return body(program)


def test_dead_code():
    program = program_of(lambda x: (np.exp(x), np.sin(x)), X)
    program = type(program)(program.calls, program.inputs, program.outputs[:1])
    program, notes = dead_code(program)
    assert body(program) == ["v1 = np.exp(v0)"]
    assert notes == ["v2 = np.sin(v0)  # 4×3  is not used"]


def test_constants():
    assert len(after(constants, lambda x: x * np.ones_like(x), X)) == 1
    assert len(after(constants, lambda x: np.sin(np.zeros_like(x[0, 0])) + x, X)) == 2


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 1 * x,
        lambda x: x / 1,
        lambda x: x**1,
        lambda x: x - 0,
        lambda x: np.broadcast_to(1.0, (4, 3)) * x,
        lambda x: x.T.T,
        lambda x: np.negative(np.negative(x)),
        lambda x: np.conj(x),
        lambda x: x.reshape(4, 3),
    ],
)
def test_identities(f):
    assert after(identities, lambda x: np.exp(f(x)), X)[-1].endswith("np.exp(v0)")


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x + 0,  # -0 + 0 is 0
        lambda x: x - -0.0,  # and so is -0 - -0
        lambda x: 1 * x[:, :1] * np.ones((4, 3)),
        lambda x: np.int64(1) * x.astype(np.float32) * np.ones(3),
    ],
)
def test_what_is_no_identity(f):
    program, _ = identities(program_of(lambda x: np.exp(f(x)), X))
    assert len(body(program)) >= 2
    zero = np.array([[-0.0]])
    program, _ = optimised(program_of(lambda x: x + 0, zero))
    assert not np.signbit(program.run(zero)[0])


def test_a_python_number_adapts_its_dtype():
    x = X.astype(np.float32)
    for f, dtype in (
        (lambda x, a: (1 * a - 2) / a * -(a**2) * x, np.float32),
        (lambda x, a: np.multiply(1, a) * x, np.float64),
        (lambda x, a: np.positive(a) * x, np.float64),
        (grad(lambda a, x: np.sum(a * x)), np.float32),
        (lambda x, a: grad(lambda t: np.sum(t * x) * t)(a) * x, np.float64),
    ):
        args = (x, 0.5)
        program, _ = optimised(program_of(f, *args))
        assert f(*args).dtype == program.run(*args)[0].dtype == dtype


def test_common_subexpressions():
    calls = after(common_subexpressions, lambda x: (x * 2.0 + np.exp(x)) * (np.exp(x) + x * 2.0), X)
    assert len(calls) == 4
    assert len(after(common_subexpressions, lambda x: (x * 0.0) + (x * -0.0), X)) == 3
    assert len(after(common_subexpressions, lambda x: (x * 1.0) + (x * True), X)) == 3
    for one, other in (
        (float("nan"), -float("nan")),
        (np.float64("nan"), -np.float64("nan")),
        (np.float32(0), np.float32(-0.0)),
        (np.longdouble(1), np.nextafter(np.longdouble(1), np.longdouble(2))),
    ):
        signs_of = lambda x: np.copysign(x, one) * np.copysign(x, other)  # noqa: B023
        assert len(after(common_subexpressions, signs_of, X)) == 3


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x, axis=0) * np.sum(x, axis=1),
        lambda x: np.sort(x, axis=0) + np.sort(x, axis=1),
        lambda x: (x - x.T) * (x.T - x),
        lambda x: (x / x.T) + (x.T / x),
        lambda x: (x @ x.T) - (x.T @ x),
        lambda x: np.maximum(x, 0) + np.minimum(x, 0),
        lambda x: x[[0, 1, 2]] - x[[2, 1, 0]],
    ],
)
def test_what_is_no_common_subexpression(f):
    x = X[:3] + 2
    before, after_it = program_of(f, x), common_subexpressions(program_of(f, x))[0]
    assert np.any(before.run(x)[0])
    np.testing.assert_array_equal(after_it.run(x)[0], before.run(x)[0])


def test_algebra():
    assert after(algebra, lambda x: x**2 / 4, X) == [
        "v1 = np.square(v0)",
        "v2 = np.multiply(v1, 0.25)",
    ]
    assert after(algebra, lambda x: np.sum(x, axis=0), X) == ["v1 = np.add.reduce(v0, axis=0)"]
    assert after(algebra, lambda x: x / 3, X) == ["v1 = np.divide(v0, 3)"]
    calls = after(algebra, lambda x: x * np.broadcast_to(x[0], (4, 3)), X)
    assert calls[-1] == "v3 = np.multiply(v0, v1)"


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.broadcast_to(x[0], (4, 3)) * np.broadcast_to(x[1], (4, 3)),
        lambda x: np.broadcast_to(x[:1], (4, 3)) + np.broadcast_to(x[0, 0], (4, 3)),
        lambda x: np.transpose(np.reshape(x, (2, 2, 3)), (1, 0, 2)) + 1,
        lambda x: np.transpose(np.reshape(x, (2, 2, 3)), (2, 0, 1)) * 2,
        lambda x: (-x) - x**3,
        lambda x: (-x) - (-(x**2)),
        lambda x: -(x + x[0]) * (x + x[0]),
        lambda x: x / 3 + x / 0.75 + x / -0.5,
        lambda x: np.float32(1) * x.astype(np.float32) ** 2 - x / 4,
    ],
)
def test_what_algebra_and_signs_compute(f):
    expected = f(X)
    for one_pass in (algebra, signs):
        (found,) = one_pass(program_of(f, X))[0].run(X)
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_a_python_number_that_is_repeated_has_a_dtype():
    f = lambda x, a: np.broadcast_to(a, (4, 3)) * x
    args = X.astype(np.float32), 0.5
    assert f(*args).dtype == algebra(program_of(f, *args))[0].run(*args)[0].dtype == np.float64


def test_signs():
    assert after(signs, lambda x: -x + x**3, X)[-1] == "v3 = np.subtract(v2, v0)"
    assert after(signs, lambda x: x**3 - (-x), X)[-1] == "v3 = np.add(v1, v0)"
    calls = after(signs, lambda x: -(x + x[0]), X)
    assert calls[-2:] == ["v4 = np.negative(v1)", "v3 = np.subtract(v4, v0)"]


def test_contractions():
    assert (
        after(contractions, lambda x: np.add.reduce(x * x[:, ::-1], axis=None), X)[-1]
        == "v3 = np.vdot(v0, v1)"
    )
    calls = after(contractions, lambda x: np.add.reduce(x, axis=0), X)
    assert calls == ["v1 = np.dot(array([1., 1., 1., 1.]), v0)"]
    assert after(contractions, lambda x: x.T @ x, X)[-1] == "v2 = np.dot(v1, v0)"
    single = X.astype(np.float32)
    assert "reduce" in after(contractions, lambda x: np.add.reduce(x, axis=0), single)[0]


@pytest.mark.parametrize(
    ("one", "other"), [((4, 1), (1, 4)), ((4,), (4, 1)), ((1, 4), (4, 1)), ((2, 1, 2), (2, 1))]
)
def test_a_sum_of_what_is_broadcast_is_no_inner_product(one, other):
    """As many elements each, and vdot would multiply them pair by pair."""
    a, b = np.arange(1.0, 5.0).reshape(one), 1.0 + np.arange(np.prod(other)).reshape(other)
    for f in (lambda a, b: np.add.reduce(a * b, axis=None), lambda a, b: np.sum(b * a)):
        calls = after(contractions, f, a, b)
        assert not any("vdot" in call for call in calls)
        np.testing.assert_allclose(compile(f)(a, b), np.sum(a * b))


@pytest.mark.filterwarnings("ignore:'where' used without 'out'")
def test_a_sum_of_some_products_is_no_inner_product():
    some = np.array([True, False, True])
    program = program_of(lambda x: np.add.reduce(np.multiply(x, x, where=some), axis=None), X)
    assert "np.add.reduce" in body(contractions(program)[0])[-1]


def test_a_check_of_what_is_computed_twice_is_kept():
    x = Traced(X, "x")
    one, other = np.log(x), np.log(x)
    program = traced_program([one + np.exp(other)], [x], [other])
    found, _ = common_subexpressions(program)
    assert [str(found[number]).partition("  #")[0] for number in found.checks] == [
        "v1 = np.log(v0)"
    ]


def test_large_constants_that_look_alike_are_two():
    """As NumPy leaves out what is in the middle."""
    one, other = np.zeros((2, 4, 999))
    other[2, 500] = 1
    calls = after(common_subexpressions, lambda x: x[:, :1] * one + x[:, :1] * other, X)
    assert [call.partition(" = ")[2].partition("(")[0] for call in calls] == [
        "getitem", "np.multiply", "np.multiply", "np.add",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "reduce",
    [
        lambda c: np.add.reduce(c, axis=0, where=np.array([True, False, True])),
        lambda c: np.add.reduce(c, axis=None, where=np.array([[False]]), initial=0.0),
        lambda c: np.add.reduce(c, axis=1, keepdims=True, where=np.array([False, True, True])),
        lambda c: np.maximum(c, 0.0),
        lambda c: np.add(c, 1.0, where=np.array([True, False, True])),
        lambda c: np.exp(c, where=np.array([[True], [False], [True], [True]])),
        lambda c: c * np.zeros((0, 1, 3)),
        lambda c: np.where(np.array([True, False, True]), c, 0.0),
    ],
)
@pytest.mark.filterwarnings("ignore:'where' used without 'out'")
def test_what_leaves_a_nan_out_makes_no_check_needless(reduce):
    x = Traced(X, "x")
    early = np.exp(x)
    late = reduce(early)
    program = traced_program([late], [x], [early, late])
    assert implied_checks(program)[0].checks == program.checks


def test_checks_that_another_makes_needless():
    program = program_of(grad(lambda x: np.sum(sigmoid(x) * np.exp(x))), X)
    program = type(program)(
        program.calls, program.inputs, program.outputs, (*program.checks, program.calls[-2].number)
    )
    kept, notes = implied_checks(program)
    assert len(kept.checks) == 1
    assert "shows in a later check" in notes[0]


def test_fusion(monkeypatch):
    monkeypatch.setattr(fusing, "SMALLEST", 4)
    f = lambda x: (np.sum(np.exp(x) * x + 1), np.exp(x) * np.sum(x @ x.T))
    calls = after(fusion, f, X)
    assert any("fused(" in call for call in calls)
    assert after(fusion, lambda x: np.exp(x) + 1, X) == ["v1 = np.exp(v0)", "v2 = np.add(v1, 1)"]


def test_what_the_passes_did_is_said():
    _, steps = optimised(program_of(lambda x: 1 * x + 1 * x, X))
    text = "\n".join(map(str, steps))
    assert "identities: 4 calls -> 2\n    v1 = np.multiply(1, v0)  # 4×3  is  v0" in text
    assert len(steps) == len(PASSES)


# ---- random programs -----------------------------------------------------------------------------

UNARY = [np.exp, np.negative, np.square, np.tanh, np.transpose, lambda x: x * 2.0, lambda x: x**2]
UNARY += [lambda x: np.sum(x, axis=0, keepdims=True) + x, lambda x: x / 4, lambda x: 1 * x]
UNARY += [lambda x: -(x + x[:1]), lambda x: np.where(x > 0, x, 0.5), lambda x: x[::-1]]
UNARY += [lambda x: np.sum(x * x) * x, lambda x: x + np.sum(x), lambda x: np.maximum(x, 0.25)]
BINARY = [np.add, np.subtract, np.multiply, np.matmul, lambda x, y: x + (-y), lambda x, y: -x + y]
BINARY += [lambda x, y: x * np.broadcast_to(y[0], x.shape), np.minimum]


@st.composite
def functions(draw):
    """Functions of two square matrices, of steps that each use some of the results before."""
    steps = draw(
        st.lists(
            st.tuples(
                st.integers(0, len(UNARY) + len(BINARY) - 1), st.integers(0, 9), st.integers(0, 9)
            ),
            min_size=1,
            max_size=12,
        )
    )
    outputs = draw(st.lists(st.integers(0, 20), min_size=1, max_size=3))

    def f(x, y):
        known = [x, y]
        for step, i, j in steps:
            one, other = known[-1 - i % len(known)], known[-1 - j % len(known)]
            made = UNARY[step](one) if step < len(UNARY) else BINARY[step - len(UNARY)](one, other)
            known.append(np.tanh(made) if step % 3 else made)
        return [known[-1 - k % len(known)] for k in outputs]

    return f


def same_bits(one, other):
    one, other = np.asarray(one), np.asarray(other)
    nan = np.isnan(one) & np.isnan(other)
    return one.dtype == other.dtype and bool(
        np.all((one == other) & (np.signbit(one) == np.signbit(other)) | nan)
    )


@settings(max_examples=100)
@given(f=functions(), n=st.integers(1, 5), seed=st.integers(0, 99))
def test_exact_passes_change_no_bit(f, n, seed):
    x, y = np.random.default_rng(seed).normal(size=(2, n, n))
    with np.errstate(all="ignore"):
        program = program_of(f, x, y)
        expected = program.run(x, y)
        for one_pass in EXACT:
            program, _ = one_pass(program)
            found = program.run(x, y)
            assert all(map(same_bits, found, expected)), one_pass.__name__


@settings(max_examples=100)
@given(
    f=functions(),
    n=st.sampled_from([1, 2, 3, 5, 24]),
    seed=st.integers(0, 99),
    smallest=st.sampled_from([1, 999]),
)
def test_compiled_programs_compute_the_same(f, n, seed, smallest):
    x, y = np.random.default_rng(seed).normal(size=(2, n, n))
    kept, fusing.SMALLEST = fusing.SMALLEST, smallest
    try:
        with np.errstate(all="ignore"):
            expected = [np.array(each) for each in f(x, y)]
            fast = compile(f)
            given_x = x.copy()
            for _ in range(2):
                for found, each in zip(fast(x, y), expected, strict=True):
                    np.testing.assert_allclose(found, each, rtol=1e-7, atol=1e-7)
            np.testing.assert_array_equal(x, given_x)
            assert fast.fallbacks == 0
    finally:
        fusing.SMALLEST = kept
