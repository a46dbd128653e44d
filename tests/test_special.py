"""The functions of scipy.special, against SciPy and against finite differences."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_edu import Tensor, grad
from tinygrad_edu.engine.rule import Constant, Local, Refused, Several, lookup, title
from tinygrad_edu.testing import check_gradients
from tinygrad_edu.testing.strategies import arrays_on_grid

sc = pytest.importorskip("scipy.special")
from scipy.special import _ufuncs  # noqa: E402

from tests.domains.special import SPECIAL  # noqa: E402

# SciPy takes every float32 order for one that is not whole.
pytestmark = pytest.mark.filterwarnings("ignore:non-integer arg n:DeprecationWarning")
UFUNCS = sorted(
    {f for f in vars(_ufuncs).values() if isinstance(f, np.ufunc)}, key=lambda f: f.__name__
)
LESS = settings(max_examples=max(5, settings.default.max_examples // 4))
every_row = pytest.mark.parametrize("domain", [pytest.param(d, id=d.op.__name__) for d in SPECIAL])
with_data = given(data=st.data())
NOT_HOLOMORPHIC = {"ive", "jve", "yve"}
# SciPy 1.17 is wrong by a tenth in hyp2f1(1, 1, 2, 0.5 + 0.875j), near the unit circle.
WRONG_IN_SCIPY = {"hyp2f1"}


def whole(out):
    """All results in one, of a function with several."""
    return np.stack(list(out)) if isinstance(out, tuple) else out


def varying(case):
    return [Tensor(a) for a in case.arrays]


def test_every_function_has_a_row():
    kinds = (Local, Several, Constant, Refused)
    assert [title(f) for f in UFUNCS if not isinstance(lookup(f), kinds)] == []


def test_every_differentiable_function_has_a_domain():
    hidden = {_ufuncs._zeta, _ufuncs._lambertw, sc.wofz, sc.hankel1, sc.hankel2, sc.hankel1e,
              sc.hankel2e}  # fmt: skip
    differentiable = {f for f in UFUNCS if isinstance(lookup(f), Local | Several)}
    assert differentiable - hidden == {d.op for d in SPECIAL} - {sc.zeta}


def test_the_package_does_not_load_scipy():
    code = (
        "import sys, numpy as np, tinygrad_edu as te; np.exp(te.Tensor(1.0));"
        "assert not any(m.startswith('scipy') for m in sys.modules);"
        "import scipy.special as sc; assert sc.erf(te.Tensor(0.0)).op is sc.erf"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@every_row
@LESS
@with_data
def test_value_is_scipys(domain, data):
    case = data.draw(domain.cases())
    for dtype in (np.float64, np.float32):
        arrays = [a.astype(dtype) for a in case.arrays]
        expected = whole(case.call(*arrays))
        found = whole(case.call(*map(Tensor, arrays)))
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found.data, expected)


@every_row
@LESS
@with_data
def test_first_and_second_derivative(domain, data):
    case = data.draw(domain.cases())
    check_gradients(lambda *arrays: whole(case.call(*arrays)), *case.arrays, order=2)


@every_row
@LESS
@with_data
def test_float32(domain, data):
    case = data.draw(domain.cases())
    arrays = [a.astype(np.float32) for a in case.arrays]
    variables = [Tensor(a) for a in arrays]
    np.sum(whole(case.call(*variables))).backward()
    exact = [Tensor(a.astype(np.float64)) for a in arrays]
    np.sum(whole(case.call(*exact))).backward()
    for one, other in zip(variables, exact, strict=True):
        assert one.grad.dtype == np.float32
        scale = 1e-3 * (1 + np.max(np.abs(other.grad)))
        np.testing.assert_allclose(one.grad, other.grad, rtol=1e-3, atol=scale)


@every_row
@LESS
@with_data
def test_complex(domain, data):
    case = data.draw(domain.cases())
    imaginary = [data.draw(arrays_on_grid(1 / 8, 1, shape=a.shape)) for a in case.arrays]
    arrays = [re + 1j * im for re, im in zip(case.arrays, imaginary, strict=True)]
    try:
        with warnings.catch_warnings(action="error", category=np.exceptions.ComplexWarning):
            expected = whole(case.call(*arrays))
    except TypeError:  # SciPy has it for real numbers only
        with pytest.raises(TypeError):
            case.call(*map(Tensor, arrays))
        return
    variables = [Tensor(a) for a in arrays]
    found = whole(case.call(*variables))
    np.testing.assert_allclose(found.data, expected, rtol=1e-14)
    if domain.op.__name__ in NOT_HOLOMORPHIC:
        with pytest.raises(TypeError, match="no complex derivative"):
            found.backward(np.ones_like(found.data))
        return
    if domain.op.__name__ in WRONG_IN_SCIPY:
        return

    def parts(*reals):
        half = len(arrays)
        out = whole(
            case.call(*(a + 1j * b for a, b in zip(reals[:half], reals[half:], strict=True)))
        )
        return np.stack([np.real(out), np.imag(out)])

    check_gradients(parts, *case.arrays, *imaginary, order=2, kinks="skip")


# ---- what takes or gives complex numbers alone ---------------------------------------------------

COMPLEX_ONLY = [
    ("wofz", lambda z: sc.wofz(z)),
    ("lambertw", lambda z: sc.lambertw(z)),
    ("lambertw, another branch", lambda z: sc.lambertw(z, -1)),
    ("hankel1", lambda z: sc.hankel1(1.5, z)),
    ("hankel2", lambda z: sc.hankel2(0, z)),
    ("hankel1e", lambda z: sc.hankel1e(1, z)),
    ("hankel2e", lambda z: sc.hankel2e(1.5, z)),
    ("psi, left of the pole", lambda z: sc.psi(z - 2.75)),
]


@pytest.mark.parametrize(("name", "f"), COMPLEX_ONLY, ids=[c[0] for c in COMPLEX_ONLY])
def test_functions_of_complex_numbers(name, f):
    x, y = np.array([0.3, 1.2, 2.0]), np.array([0.5, -0.7, 1.0])

    def parts(x, y):
        out = f(x + 1j * y)
        return np.stack([np.real(out), np.imag(out)])

    check_gradients(parts, x, y, order=2)


def test_a_real_tensor_in_a_function_with_complex_results():
    check_gradients(lambda x: np.imag(sc.hankel1(1, x)), np.array([0.5, 2.0]), order=2)
    check_gradients(lambda x: np.real(sc.lambertw(x)), np.array([0.0, 0.5, 2.0]), order=2)


# ---- limits and poles ----------------------------------------------------------------------------

CONVENTIONS = [  # name, function, where, first and second derivative
    ("rgamma at the poles of gamma", sc.rgamma, [0.0, -1.0, -2.0], [1, -1, 2], None),
    ("exprel at 0", sc.exprel, [0.0], [1 / 2], [1 / 3]),
    ("spence at 1", sc.spence, [1.0], [-1], [1 / 2]),
    ("ellipk at 0", sc.ellipk, [0.0], [np.pi / 8], [9 * np.pi / 64]),
    ("ellipe at 0", sc.ellipe, [0.0], [-np.pi / 8], [-3 * np.pi / 64]),
    ("j1 at 0", sc.j1, [0.0], [1 / 2], [0]),
    ("i1 at 0", sc.i1, [0.0], [1 / 2], [0]),
    ("boxcox at lambda = 0", lambda p: sc.boxcox(np.e, p), [0.0], [1 / 2], [1 / 3]),
    ("xlogy at (0, 0), in y", lambda y: sc.xlogy(0.0, y), [0.0], [0], [0]),
    ("rel_entr at (0, 0), in y", lambda y: sc.rel_entr(0.0, y), [0.0], [0], [0]),
    ("kl_div at (0, 0), in y", lambda y: sc.kl_div(0.0, y), [0.0], [1], [0]),
    ("log_ndtr far out", sc.log_ndtr, [-1e4], [1e4], [-1]),
    ("log_expit far out", sc.log_expit, [-1e4, 1e4], [1, 0], [0, 0]),
    ("expit far out", sc.expit, [-1e4, 1e4], [0, 0], [0, 0]),
    ("si at 0", lambda x: sc.sici(x)[0], [0.0], [1], [0]),
    ("shi at 0", lambda x: sc.shichi(x)[0], [0.0], [1], [0]),
    ("entr at 0", sc.entr, [0.0], [np.inf], None),
    ("erfinv at 1", sc.erfinv, [1.0], [np.inf], None),
    ("logit at 0", sc.logit, [0.0], [np.inf], None),
    ("gammainc at (1, 0)", lambda x: sc.gammainc(1, x), [0.0], [1], [-1]),
    ("a constant polynomial", lambda x: sc.eval_hermite(0, x), [0.5], [0], [0]),
    ("i0e at 0", sc.i0e, [0.0], [0], None),
    ("agm of equals", lambda x: sc.agm(x, 2.0), [2.0], [1 / 2], [-1 / 16]),
    ("huber at its bend", lambda r: sc.huber(1.0, r), [-1.0, 1.0], [-1, 1], None),
    ("struve at 0", lambda x: sc.struve(0, x), [0.0], [2 / np.pi], None),
]


@pytest.mark.parametrize(
    ("name", "f", "at", "first", "second"), CONVENTIONS, ids=[c[0] for c in CONVENTIONS]
)
def test_limit(name, f, at, first, second):
    with np.errstate(all="ignore"):
        for x, slope, bend in zip(at, first, second or [None] * len(at), strict=True):
            np.testing.assert_allclose(grad(f)(x), slope, rtol=1e-7, atol=1e-12)
            if bend is not None:
                np.testing.assert_allclose(grad(grad(f))(x), bend, rtol=1e-6, atol=1e-9)


def test_where_keeps_out_of_a_pole():
    x = Tensor([0.0, 2.0])
    with np.errstate(all="ignore"):
        np.sum(np.where(x > 0, sc.gammaln(x), 0)).backward()
    np.testing.assert_allclose(x.grad, [0, sc.psi(2.0)])


# ---- what is refused -----------------------------------------------------------------------------

REFUSALS = [
    (lambda t: sc.gammainc(t, 1.0), r"scipy\.special\.gammainc of a Tensor in its argument a"),
    (lambda t: sc.jv(t, t), r"scipy\.special\.jv of a Tensor in its argument v: .*t\.data"),
    (lambda t: sc.ellipkinc(0.5, t), r"in its argument m"),
    (lambda t: sc.hyp2f1(1, t, 2, 0.5), r"in its argument b"),
    (lambda t: sc.mathieu_a(1, t), r"special\.mathieu_a of a Tensor: no derivative.*custom"),
    (lambda t: sc.erf(t, where=np.array([True, False])), r"special\.erf: the argument where="),
    (lambda t: sc.erf(t, out=np.zeros(2)), r"scipy\.special\.erf\(\.\.\., out="),
    (lambda t: sc.polygamma(1, t), "only on request"),
    (lambda t: sc.logsumexp(t), "only on request"),
    (lambda t: sc.softmax(t), "only on request"),
    (lambda t: sc.spherical_jn(1, t), "only on request"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSALS)
def test_refusals_are_loud(call, message):
    with pytest.raises(TypeError, match=message):
        call(Tensor([0.25, 0.5]))


def test_orders_may_be_lists():
    x = Tensor([0.5, 1.5])
    np.sum(sc.jv([0, 1], x)).backward()
    np.testing.assert_allclose(x.grad, [-sc.j1(0.5), sc.jvp(1, 1.5)])


WHOLE = [  # SciPy takes the whole part of these orders, so the slope is that of the whole part
    (sc.kn, (2.75,), (2,)),
    (sc.yn, (2.75,), (2,)),
    (sc.expn, (2.75,), (2,)),
    (sc.expn, (0.75,), (0,)),
    (sc.bdtr, (1.0, 5.75), (1, 5)),
    (sc.bdtrc, (1.5, 5.75), (1, 5)),
    (sc.nbdtr, (-0.25, 1.75), (0, 1)),
    (sc.nbdtrc, (2.5, 3.75), (2, 3)),
]


@pytest.mark.filterwarnings("ignore:floating point number truncated")
@pytest.mark.parametrize(("op", "orders", "whole"), WHOLE)
def test_the_fraction_of_a_whole_order_is_left_out(op, orders, whole):
    assert op(*orders, 0.25) == op(*whole, 0.25)
    assert grad(lambda x: op(*orders, x))(0.25) == grad(lambda x: op(*whole, x))(0.25)


def test_voigt_profile_without_width_gives_nan():
    assert np.isnan(grad(lambda gamma: sc.voigt_profile(0.5, 0.0, gamma))(0.25))


def test_functions_made_of_these_work_too():
    check_gradients(lambda x: sc.jvp(2, x, 2), np.array([0.5, 2.0]))


def test_constants_give_arrays():
    assert sc.round(Tensor([1.6])).tolist() == [2.0]
