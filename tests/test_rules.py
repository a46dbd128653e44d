"""Every rule, against NumPy and against finite differences, on the calls that domains.py draws."""

import re
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domains import DOMAINS, Case
from tinygrad_edu import Tensor
from tinygrad_edu.engine.rule import TABLE, Composed, Local, Pullback, Several, title
from tinygrad_edu.testing import check_gradients
from tinygrad_edu.testing.strategies import arrays_on_grid, layouts

COMPOSED = {op for op, row in TABLE.items() if isinstance(row, Composed)}
LESS = settings(max_examples=max(4, settings.default.max_examples // 5))  # for what takes longer
FEW = settings(max_examples=max(2, settings.default.max_examples // 16))  # for what takes longest


def rows(*domains):
    """Run a test on these rows of the table."""
    named = [pytest.param(d, id=f"{title(d.op)}-{d.draw_case.__name__}") for d in domains]
    return pytest.mark.parametrize("domain", named)


every_row = rows(*DOMAINS)
with_data = given(data=st.data())


def recorded(case: Case, dtype=np.float64) -> tuple[list[Tensor], Tensor]:
    """The arrays that vary as Tensors, and the result."""
    variables = [Tensor(np.asarray(a, dtype)) for a in case.arrays]
    return variables, case.call(*variables)


def gradients(variables, out, g, **kwargs):
    """The gradients of <out, g>; zeros where out does not depend on a variable."""
    for variable in variables:
        variable.grad = None
    out.backward(g, **kwargs)
    found = [np.zeros(v.shape) if v.grad is None else v.grad for v in variables]
    return [each.data if isinstance(each, Tensor) else each for each in found]


def cotangent(out):
    return np.random.default_rng(0).uniform(-2, 2, out.shape).astype(out.dtype)


def test_every_differentiable_function_has_a_domain():
    differentiable = {
        op
        for op, row in TABLE.items()
        if isinstance(row, Local | Pullback | Several | Composed)
        and not title(op).startswith("scipy.")  # those have domains of their own
    }
    assert {d.op for d in DOMAINS} == differentiable


@every_row
@with_data
def test_value_is_numpys(domain, data):
    case = data.draw(domain.cases())
    for dtype in (np.float64, np.float32):
        arrays = [a.astype(dtype) for a in case.arrays]
        expected = np.asarray(case.call(*arrays))
        value = recorded(case, dtype)[1].data
        assert value.shape == expected.shape
        if domain.op in COMPOSED:
            rounding = 1e3 * np.finfo(dtype).eps
            np.testing.assert_allclose(value, expected, rtol=rounding, atol=rounding)
        else:
            assert value.dtype == expected.dtype
            np.testing.assert_array_equal(value, expected)


@every_row
@with_data
def test_first_derivative(domain, data):
    case = data.draw(domain.cases())
    report = check_gradients(case.in_reals, *case.arrays)
    assert report.conclusive or domain.noisy


@every_row
@LESS
@with_data
def test_second_derivative(domain, data):
    case = data.draw(domain.cases())
    report = check_gradients(case.in_reals, *case.arrays, order=2)
    assert report.conclusive or domain.noisy


@every_row
@LESS
@with_data
def test_float32(domain, data):
    case = data.draw(domain.cases())
    check_gradients(case.in_reals, *(a.astype(np.float32) for a in case.arrays))


def made_complex(data, case):
    """Imaginary parts for some of the arrays, at least one: pairs of arrays, the second or None."""
    parts = [
        data.draw(arrays_on_grid(1 / 8, 7 / 8, shape=a.shape)) * data.draw(st.sampled_from([1, -1]))
        if data.draw(st.booleans())
        else None
        for a in case.arrays
    ]
    if parts and all(part is None for part in parts):
        parts[0] = np.full(case.arrays[0].shape, 0.5)
    return parts


class Complex:
    """A call with imaginary parts for some of the arrays, at least one."""

    def __init__(self, data, case):
        self.case, self.imaginary = case, made_complex(data, case)
        self.reals = [*case.arrays, *(im for im in self.imaginary if im is not None)]

    def join(self, reals):
        count = len(self.imaginary)
        parts = iter(reals[count:])
        return [
            re if im is None else re + 1j * next(parts)
            for re, im in zip(reals[:count], self.imaginary, strict=True)
        ]

    def parts_of_result(self, *reals):
        out = self.case.call(*self.join(reals))
        return np.stack([np.real(out), np.imag(out)])

    def numpys(self):
        """NumPy's result, None where it does not take complex numbers."""
        try:
            with warnings.catch_warnings(action="error", category=np.exceptions.ComplexWarning):
                return np.asarray(self.case.call(*self.join(self.reals)))
        except (TypeError, np.exceptions.ComplexWarning):
            return None


@every_row
@LESS
@with_data
def test_complex(domain, data):
    """Values are NumPy's, and gradients those of real and imaginary parts."""
    given = Complex(data, data.draw(domain.cases()))
    variables, expected = [Tensor(a) for a in given.join(given.reals)], given.numpys()
    if expected is None:
        with pytest.raises(TypeError):
            given.case.call(*variables)
        return
    found = given.case.call(*variables)
    assert np.shape(found) == expected.shape
    if isinstance(found, Tensor):
        assert found.dtype == expected.dtype
        found = found.data
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    check_gradients(given.parts_of_result, *given.reals, kinks="skip")


@every_row
@FEW
@with_data
def test_second_derivative_of_complex_numbers(domain, data):
    given = Complex(data, data.draw(domain.cases()))
    if given.numpys() is not None:
        check_gradients(given.parts_of_result, *given.reals, order=2, kinks="skip")


@every_row
@LESS
@with_data
def test_a_recorded_backward_pass_gives_the_same(domain, data):
    variables, out = recorded(data.draw(domain.cases()))
    g = cotangent(out)
    plain = gradients(variables, out, g)
    for one, other in zip(plain, gradients(variables, out, g, create_graph=True), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-13, atol=1e-13)


@rows(*(d for d in DOMAINS if d.operands > 1))
@LESS
@with_data
def test_a_recorded_backward_pass_among_constant_arrays(domain, data):
    """A rule gets arrays for constants, and a cotangent that is an array or a Tensor."""
    case = data.draw(domain.cases())
    variables, out = recorded(case)
    g = cotangent(out)
    expected = gradients(variables, out, g)
    for place, variable in enumerate(variables):
        mixed = list(case.arrays)
        mixed[place] = variable
        other = case.call(*mixed)
        for seed in (g, Tensor(g)):
            (found,) = gradients([variable], other, seed, create_graph=True)
            np.testing.assert_allclose(found, expected[place], rtol=1e-12, atol=1e-13)


@every_row
@LESS
@with_data
def test_a_second_backward_pass_adds_the_same_again(domain, data):
    variables, out = recorded(data.draw(domain.cases()))
    g = cotangent(out)
    once = [np.array(each) for each in gradients(variables, out, g)]
    out.backward(g)
    for variable, gradient in zip(variables, once, strict=True):
        np.testing.assert_array_equal(0 if variable.grad is None else variable.grad, 2 * gradient)


@every_row
@LESS
@with_data
def test_layout_in_memory_makes_no_difference(domain, data):
    """A Tensor copies its data; constant arrays and cotangents are used as they lie in memory."""
    case = data.draw(domain.cases())
    arrays = [data.draw(layouts())(a) for a in case.arrays]
    before = [a.copy() for a in arrays]
    variables, out = recorded(case)
    # BLAS adds up in another order in another layout, and where large terms cancel, that shows.
    rounding = 1e-15 * np.max(np.abs(out.data), initial=1)
    for place, array in enumerate(arrays):
        mixed = list(arrays)
        mixed[place] = variables[place]
        other = case.call(*mixed)
        np.testing.assert_allclose(other.data, out.data, rtol=1e-13, atol=rounding)
        g = data.draw(layouts())(cotangent(out))
        expected = gradients(variables, out, g)[place]
        (found,) = gradients([variables[place]], other, g)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
        np.testing.assert_array_equal(array, before[place])


@every_row
@LESS
@with_data
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's own, about means of nothing
def test_zero_size(domain, data):
    case = data.draw(domain.cases(side=0))
    try:
        expected = case.call(*case.arrays)
    except ValueError as error:  # max of nothing
        with pytest.raises(ValueError, match=re.escape(str(error))):
            recorded(case)
        return
    variables, out = recorded(case)
    assert out.shape == np.shape(expected)
    for variable, gradient in zip(
        variables, gradients(variables, out, cotangent(out)), strict=True
    ):
        assert gradient.shape == variable.shape


@rows(*(d for d in DOMAINS if d.operands > 1))
@LESS
@with_data
def test_one_tensor_as_two_arguments(domain, data):
    """Both uses are counted: the gradient is that of x -> f(x, x)."""
    x, *others = (case := data.draw(domain.cases())).arrays

    def twice(x):
        return case.in_reals(x, x, *others[1:])

    try:
        twice(x)
    except (TypeError, ValueError, DeprecationWarning):  # the shapes don't fit
        return
    if others:
        check_gradients(twice, x)


@rows(*(d for d in DOMAINS if isinstance(TABLE[d.op], Local | Pullback) and d.call is None))
@LESS
@with_data
def test_edges_contribute_what_the_leaves_receive(domain, data):
    variables, out = recorded(data.draw(domain.cases()))
    g = cotangent(out)
    for variable, gradient in zip(variables, gradients(variables, out, g), strict=True):
        edges = [edge for edge in out.edges if edge.parent is variable]
        by_jacobian = [np.real(np.tensordot(g, edge.jacobian(), g.ndim)) for edge in edges]
        contributions = [edge.contribution for edge in edges]
        np.testing.assert_allclose(sum(contributions), gradient, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(sum(by_jacobian), gradient, rtol=1e-12, atol=1e-12)
