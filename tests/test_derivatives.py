"""vjp, jvp, jacobian, hessian and hvp: closed forms, nesting, complex numbers, threads, errors."""

import asyncio
import gc
import threading
import weakref

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess, rosen_hess_prod

from tinygrad_edu import (
    Tensor,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    sigmoid,
    value_and_grad,
    vjp,
)

X, V = np.array([0.5, -1.25, 2.0]), np.array([1.0, 2.0, -0.5])
A = np.array([[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]])


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


# ---- values --------------------------------------------------------------------------------------


def test_a_linear_function_is_its_own_jacobian():
    value, pullback = vjp(lambda x: A @ x, X)
    np.testing.assert_array_equal(value, A @ X)
    (gradient,) = pullback(np.array([1.0, 10.0]))
    np.testing.assert_array_equal(gradient, A.T @ [1.0, 10.0])
    np.testing.assert_array_equal(jvp(lambda x: A @ x, (X,), (V,))[1], A @ V)
    np.testing.assert_array_equal(jacobian(lambda x: A @ x)(X), A)
    np.testing.assert_array_equal(jacobian(lambda u: A.T @ u)(X[:2]), A.T)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 2)])
def test_the_jacobian_has_the_axes_of_the_result_and_then_of_the_argument(shape):
    x = np.ones(shape)
    found = jacobian(np.sin)(x)
    assert np.shape(found) == shape + shape
    np.testing.assert_allclose(np.reshape(found, (x.size, x.size)), np.cos(1.0) * np.eye(x.size))
    assert jacobian(lambda x: np.stack([x, x, x]))(x).shape == (3, *shape, *shape)
    assert np.shape(jacobian(np.sum)(x)) == shape


def test_rosenbrocks_function():
    x = np.linspace(-1.0, 1.0, 6)
    v = np.cos(np.arange(6.0))
    np.testing.assert_allclose(hessian(rosenbrock)(x), rosen_hess(x), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(hvp(rosenbrock)(x, v), rosen_hess_prod(x, v), rtol=1e-12)
    np.testing.assert_allclose(jvp(rosenbrock, (x,), (v,))[1], rosen_der(x) @ v, rtol=1e-12)
    found = minimize(rosen, x, method="trust-ncg", jac=grad(rosenbrock), hessp=hvp(rosenbrock))
    np.testing.assert_allclose(found.x, np.ones(6), atol=1e-5)


def test_several_arguments():
    def f(x, y, *, scale=1.0):
        return scale * np.sum(x * x * y)

    y = np.array([3.0, 4.0, 5.0])
    (xx, xy), (yx, yy) = hessian(f, (0, 1))(X, y, scale=2.0)
    np.testing.assert_array_equal(xx, np.diag(4 * y))
    np.testing.assert_array_equal(xy, np.diag(4 * X))
    np.testing.assert_array_equal(yx, np.diag(4 * X))
    np.testing.assert_array_equal(yy, np.zeros((3, 3)))
    of_x, of_y = hvp(f, (0, 1))(X, y, (V, X))
    np.testing.assert_allclose(of_x, 2 * y * V + 2 * X * X)
    np.testing.assert_allclose(of_y, 2 * X * V)
    np.testing.assert_array_equal(hvp(f, -1)(X, y, V), np.zeros(3))
    of_y, of_x = jacobian(lambda x, y: x * y, (1, 0))(X, 2.0)
    np.testing.assert_array_equal(of_y, X)
    np.testing.assert_array_equal(of_x, 2 * np.eye(3))


def test_several_results_and_one_of_them_twice():
    def f(x):
        y = np.sin(x)
        return y, {"again": y, "number": np.sum(x), "constant": 3.0, "place": np.argmax(x)}

    value, pullback = vjp(f, X)
    assert value[1]["constant"] == 3.0
    assert value[1]["place"] == 2
    ones = np.ones(3)
    cotangent = ones, {"again": 2 * ones, "number": 10.0, "constant": 7.0, "place": 1}
    np.testing.assert_allclose(pullback(cotangent)[0], 3 * np.cos(X) + 10)
    np.testing.assert_allclose(pullback(cotangent)[0], 3 * np.cos(X) + 10)  # as often as you like
    _, (first, rest) = jvp(f, (X,), (V,))
    np.testing.assert_allclose(first, np.cos(X) * V)
    np.testing.assert_array_equal(rest["again"], first)
    assert rest["number"] == np.sum(V)
    assert rest["constant"] == rest["place"] == 0.0
    found = jacobian(f)(X)
    np.testing.assert_allclose(found[0], np.diag(np.cos(X)))
    np.testing.assert_array_equal(found[1]["number"], ones)
    np.testing.assert_array_equal(found[1]["constant"], 0 * X)


def test_what_the_result_does_not_depend_on_has_derivative_zero():
    np.testing.assert_array_equal(jacobian(lambda x: np.ones(2))(X), np.zeros((2, 3)))
    np.testing.assert_array_equal(jacobian(lambda x: np.ones(5))(X), np.zeros((5, 3)))
    np.testing.assert_array_equal(hessian(lambda x: np.sum(x))(X), np.zeros((3, 3)))
    np.testing.assert_array_equal(hvp(lambda x: 1.0)(X, V), np.zeros(3))
    assert jvp(lambda x: 5.0, (X,), (V,)) == (5.0, 0.0)
    np.testing.assert_array_equal(vjp(lambda x: 5.0, X)[1](1.0)[0], np.zeros(3))
    assert vjp(lambda: 5.0)[1](1.0) == ()


def test_dtypes_are_kept():
    x = X.astype(np.float32)
    value, tangent = jvp(lambda x: np.exp(x) * np.ones(3), (x,), (V,))
    assert (value.dtype, tangent.dtype) == (np.float64, np.float64)
    assert jvp(np.exp, (x,), (V,))[1].dtype == np.float32
    assert vjp(np.exp, x)[1](V)[0].dtype == np.float32
    assert jacobian(np.exp)(x).dtype == np.float32
    assert hvp(lambda x: np.sum(x**3))(x, V).dtype == np.float32


def test_what_is_given_back_is_nobody_elses():
    x = X.copy()
    value, pullback = vjp(lambda x: x * 1.0, x)
    value[:] = 0
    cotangent = np.ones(3)
    (one,) = pullback(cotangent)
    one[:] = 7
    np.testing.assert_array_equal(pullback(cotangent)[0], 1)
    np.testing.assert_array_equal(cotangent, 1)
    v = V.copy()
    _, tangent = jvp(lambda x: x, (x,), (v,))
    tangent[:] = 0
    np.testing.assert_array_equal(v, V)


def test_a_tangent_of_zero_is_not_carried_into_a_pole():
    x = np.array([0.0, 4.0])
    safe = lambda x: np.where(x > 1, np.sqrt(x), 0.0)
    for tangent in (np.ones(2), np.array([0.0, 1.0])):
        np.testing.assert_array_equal(jvp(safe, (x,), (tangent,))[1], [0.0, 0.25])
    assert jvp(np.sqrt, (0.0,), (0.0,))[1] == 0.0
    assert np.isinf(jvp(np.sqrt, (0.0,), (1.0,))[1])
    # The dummy cotangent of forward mode is nowhere 0, whatever cancels.
    f = lambda x: np.sum(np.stack([np.sqrt(x), -np.sqrt(x)]), axis=0) + x
    assert jvp(f, (4.0,), (1.0,))[1] == 1.0
    np.testing.assert_array_equal(jacobian(lambda x: safe(x)[:1])(x), [[0.0, 0.0]])


# ---- nesting -------------------------------------------------------------------------------------


def cube(x):
    return x**3


def second(f):
    """Every way to the second derivative of a function of one number."""
    one = np.float64(1.0)
    return {
        "grad grad": grad(grad(f)),
        "grad jvp": grad(lambda x: jvp(f, (x,), (one,))[1]),
        "grad vjp": grad(lambda x: vjp(f, x)[1](one)[0]),
        "grad jacobian": grad(jacobian(f)),
        "jvp grad": lambda x: jvp(grad(f), (x,), (one,))[1],
        "jvp jvp": lambda x: jvp(lambda x: jvp(f, (x,), (one,))[1], (x,), (one,))[1],
        "jvp vjp": lambda x: jvp(lambda x: vjp(f, x)[1](one)[0], (x,), (one,))[1],
        "jvp jacobian": lambda x: jvp(jacobian(f), (x,), (one,))[1],
        "vjp grad": lambda x: vjp(grad(f), x)[1](one)[0],
        "vjp jvp": lambda x: vjp(lambda x: jvp(f, (x,), (one,))[1], x)[1](one)[0],
        "vjp vjp": lambda x: vjp(lambda x: vjp(f, x)[1](one)[0], x)[1](one)[0],
        "jacobian grad": jacobian(grad(f)),
        "jacobian jvp": jacobian(lambda x: jvp(f, (x,), (one,))[1]),
        "jacobian jacobian": jacobian(jacobian(f)),
        "hessian": hessian(f),
        "hvp": lambda x: hvp(f)(x, one),
    }


@pytest.mark.parametrize("way", second(cube))
def test_transforms_nest_in_any_order(way):
    f = lambda x: np.sin(x) * np.exp(-x / 2)
    x = 0.7
    expected = -np.exp(-x / 2) * (0.75 * np.sin(x) + np.cos(x))
    np.testing.assert_allclose(second(f)[way](x), expected, rtol=1e-12)
    third = grad(grad(grad(f)))(x)
    np.testing.assert_allclose(grad(second(f)[way])(x), third, rtol=1e-12)
    np.testing.assert_allclose(jvp(second(f)[way], (x,), (1.0,))[1], third, rtol=1e-12)
    np.testing.assert_allclose(second(second(f)[way])[way](x), grad(grad(grad(grad(f))))(x))


def test_no_perturbation_is_confused_with_another():
    along = lambda f, x: jvp(f, (x,), (1.0,))[1]
    assert along(lambda x: x * along(lambda y: x + y, x), 1.0) == 1.0
    assert along(lambda x: x * along(lambda y: x * y, 2.0), 3.0) == 6.0
    assert along(lambda x: x * grad(lambda y: x * y)(2.0), 3.0) == 6.0
    assert grad(lambda x: x * along(lambda y: x * y, 2.0))(3.0) == 6.0
    assert grad(lambda v: jvp(np.sin, (0.0,), (v * v,))[1])(3.0) == 6.0
    assert along(lambda u: vjp(np.sin, 0.0)[1](u * u)[0], 3.0) == 6.0


def test_the_hessian_of_a_network_in_every_way():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 2)), rng.uniform(size=(5, 1))

    def loss(w):
        return np.sum((sigmoid(x @ np.reshape(w[:4], (2, 2))) @ w[4:6, None] + w[6] - y) ** 2)

    w = rng.normal(size=7)
    matrix = hessian(loss)(w)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
    columns = [hvp(loss)(w, v) for v in np.eye(7)]
    forward = [jvp(grad(loss), (w,), (v,))[1] for v in np.eye(7)]
    mixed = [grad(lambda w, v=v: jvp(loss, (w,), (v,))[1])(w) for v in np.eye(7)]
    for found in (columns, forward, mixed):
        np.testing.assert_allclose(found, matrix, rtol=1e-10, atol=1e-12)


def test_what_depends_on_other_tensors_stays_connected_to_them():
    w = Tensor(3.0)
    _, pullback = vjp(lambda x: w * x * x, 2.0)
    (slope,) = pullback(1.0)
    slope.backward()
    assert w.grad == 4.0
    w.grad = None
    value, tangent = jvp(lambda x: w * x * x, (2.0,), (1.0,))
    (value + tangent).backward()
    assert w.grad == 8.0
    w.grad = None
    np.sum(jacobian(lambda x: w * x)(np.ones(2))).backward()
    assert w.grad == 2.0
    v = Tensor(1.5)
    jvp(np.sin, (0.0,), (v,))[1].backward()
    assert v.grad == 1.0
    with no_grad():
        plain = [
            jvp(lambda x: w * x * x, (2.0,), (v,))[1],
            pullback(1.0)[0],
            pullback(Tensor(1.0))[0],
            jacobian(lambda x: w * x)(2.0),
            hvp(lambda x: w * x * x)(2.0, v),
            vjp(lambda x: w * x * x, 2.0)[1](1.0)[0],
        ]
    assert not any(isinstance(each, Tensor) for each in plain)
    np.testing.assert_allclose(plain, [18.0, 12.0, 12.0, 3.0, 9.0, 12.0])


# ---- complex numbers -----------------------------------------------------------------------------

Z = np.array([1 + 2j, -0.5 + 0.25j])


def test_the_jacobian_of_a_holomorphic_function_is_its_complex_derivative():
    np.testing.assert_allclose(jacobian(lambda z: z * z)(Z), np.diag(2 * Z))
    m = np.array([[1j, 2.0], [0.5, -1j], [3.0, 1 + 1j]])
    np.testing.assert_allclose(jacobian(lambda z: m @ z)(Z), m)
    np.testing.assert_allclose(jacobian(lambda z: m.T @ z)(np.ones(3) * 1j), m.T)
    np.testing.assert_allclose(jacobian(jacobian(np.exp))(1j), np.exp(1j))
    assert jacobian(lambda z: z**2)(Z.astype(np.complex64)).dtype == np.complex64


@pytest.mark.parametrize("n", [1, 5])
def test_the_jacobian_of_a_complex_function_of_real_numbers(n):
    x = np.linspace(0.1, 1.0, 3)
    turned = lambda x: np.tile(np.exp(1j * x), n) if n > 1 else np.sum(np.exp(1j * x))
    expected = np.tile(np.diag(1j * np.exp(1j * x)), (n, 1)) if n > 1 else 1j * np.exp(1j * x)
    np.testing.assert_allclose(jacobian(turned)(x), expected)
    by_x, by_z = jacobian(lambda x, z: x * z, (0, 1))(2.0, 1 + 1j)
    assert (by_x, by_z) == (1 + 1j, 2.0)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (np.conj, "it is not holomorphic"),
        (lambda z: z * np.conj(z), "it is not holomorphic"),
        (lambda z: z + 1e-3 * np.conj(z), "it is not holomorphic"),
        (lambda z: np.stack([1e9 * z[0], np.conj(z[1])]), "it is not holomorphic"),
        (lambda z: np.real(z) + 0j, "it is not holomorphic"),
        (np.abs, "it makes real numbers of complex ones"),
        (lambda z: np.sum(np.imag(z)), "it makes real numbers of complex ones"),
    ],
)
def test_where_there_is_no_complex_derivative_the_jacobian_says_so(f, message):
    with pytest.raises(TypeError, match=rf"jacobian of .*: {message}.*vjp or jvp"):
        jacobian(f)(Z)


def test_vjp_and_jvp_are_those_of_real_and_imaginary_parts():
    z, v, u = 1 + 2j, 0.5 - 1j, 2 + 0.25j
    assert jvp(np.conj, (z,), (v,))[1] == np.conj(v)
    np.testing.assert_allclose(jvp(np.abs, (z,), (v,))[1], np.real(np.conj(z) * v) / abs(z))
    np.testing.assert_allclose(jvp(np.square, (z,), (v,))[1], 2 * z * v)
    np.testing.assert_allclose(vjp(np.square, z)[1](u)[0], np.conj(2 * z) * u)
    np.testing.assert_allclose(vjp(np.conj, z)[1](u)[0], np.conj(u))
    np.testing.assert_allclose(vjp(np.abs, z)[1](2.0)[0], 2 * z / abs(z))


def test_the_gradient_and_its_derivative_of_a_real_function_of_complex_numbers():
    f = lambda z: np.sum(np.abs(z) ** 2) + np.real(z[0] * z[1])
    np.testing.assert_allclose(grad(f)(Z), 2 * Z + np.conj(Z[::-1]))
    v = np.array([1j, 2.0])
    np.testing.assert_allclose(hvp(f)(Z, v), 2 * v + np.conj(v[::-1]))
    np.testing.assert_allclose(jvp(grad(f), (Z,), (v,))[1], 2 * v + np.conj(v[::-1]))
    with pytest.raises(TypeError, match="hessian of <lambda>: it is not holomorphic"):
        hessian(f)(Z)


@pytest.mark.parametrize("f", [np.exp, lambda z: 1j])
def test_a_complex_function_has_no_gradient(f):
    for differentiate in (grad(f), value_and_grad(f), hessian(f), lambda z: hvp(f)(z, z)):
        with pytest.raises(
            TypeError, match=r"its result is complex.*np\.real, np\.imag or np\.abs"
        ):
            differentiate(1 + 1j)


# ---- threads and tasks ---------------------------------------------------------------------------


def nested(x):
    """x -> d/dx of x . d/dy (x sin y) at y = x, in both modes: x^2 cos x, and its derivative."""
    inner = lambda x: x * grad(lambda y: x * np.sin(y))(x)
    return grad(inner)(x), jvp(inner, (x,), (1.0,))[1], hvp(lambda y: y**3)(x, 2.0)


def right(x):
    slope = 2 * x * np.cos(x) - x**2 * np.sin(x)
    return slope, slope, 12 * x


def test_nested_gradients_in_threads():
    wrong, at_once = [], threading.Barrier(6)

    def work(seed):
        at_once.wait()
        for x in np.random.default_rng(seed).uniform(-2, 2, 50):
            with no_grad():
                quiet = grad(np.sin)(x)
            if not np.allclose([*nested(x), quiet], [*right(x), np.cos(x)], rtol=1e-12):
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_nested_gradients_in_asyncio_tasks():
    async def task(x):
        found = []
        for step in range(5):
            point = x + step
            if step % 2:
                with no_grad():
                    await asyncio.sleep(0)
                    quiet = Tensor(1.0) * 2.0
                    found.append(quiet.op is None and np.allclose(nested(point), right(point)))
            _, pullback = vjp(lambda y, c=point: c * np.sin(y), point)
            await asyncio.sleep(0)
            found.append(np.allclose(pullback(1.0)[0], point * np.cos(point)))
            found.append(np.allclose(nested(point), right(point)))
        return all(found)

    async def main():
        return await asyncio.gather(*(task(x) for x in np.linspace(-1, 1, 8)))

    assert all(asyncio.run(main()))


# ---- errors --------------------------------------------------------------------------------------


def three(x):
    return x * x


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: jvp(three, X, V), TypeError, r"jvp of three: the primals are a tuple .*ndarray"),
        (lambda: jvp(three, (X,), V), TypeError, "jvp of three: the tangents are a tuple"),
        (lambda: jvp(three, (X,), (V, V)), TypeError, "1 primals and 2 tangents"),
        (lambda: jvp(three, (X,), (1.0,)), ValueError, r"tangent has shape \(\), .* \(3,\)"),
        (lambda: jvp(three, (X,), (1j * V,)), TypeError, "tangent has dtype complex128"),
        (lambda: jvp(three, (X,), ("abc",)), ValueError, r"tangent has shape \(\)"),
        (lambda: vjp(three, X)[1](1.0), ValueError, r"vjp of three: the cotangent has shape \(\)"),
        (lambda: vjp(three, X)[1](1j * V), TypeError, "and the result float64"),
        (lambda: vjp(three, X)[1]((V, V)), TypeError, "there must be an array, and it is a tuple"),
        (lambda: vjp(three, 2.0)[1]("a"), TypeError, "cotangent has dtype <U1"),
        (lambda: hvp(three)(X, V), ValueError, r"hvp of three: .* shape \(3,\)"),
        (lambda: hvp(three)(X), TypeError, "the arguments of the function, and then a vector"),
        (lambda: hvp(np.sum)(X, 1.0), ValueError, r"the vector has shape \(\), and the argument"),
        (lambda: hessian(three)(X), ValueError, r"hessian of three: .*shape \(3,\)"),
        (lambda: jacobian(three, 1)(X), TypeError, "jacobian of three: argnums=1 names"),
        (lambda: jacobian(three, "x")(X), TypeError, "argnums is an int or a tuple of ints"),
        (lambda: jacobian(three, (0, 0))(X), ValueError, "names an argument twice"),
        (lambda: jacobian(lambda x: object())(X), TypeError, "its result has <object"),
        (lambda: grad(lambda x: (x, x))(1.0), TypeError, "it must give one real number, not"),
        (lambda: grad(lambda x: "a")(1.0), TypeError, "it must give one real number, not 'a'"),
    ],
)
def test_errors_name_the_transform_the_function_and_the_way_out(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_functions_keep_their_names():
    for transform in (grad, value_and_grad, jacobian, hessian, hvp):
        assert transform(three).__name__ == "three"


@pytest.mark.parametrize("transform", [grad, hessian, jacobian, value_and_grad])
def test_nothing_is_left_to_the_garbage_collector(transform):
    seen = []

    def f(x):
        seen.append(weakref.ref(x))
        return np.sum(np.tanh(x) * np.sort(x))

    gc.collect()
    gc.disable()
    try:
        transform(f)(np.array([1.0, 2.0]))
        jvp(f, (np.array([1.0, 2.0]),), (np.ones(2),))
        assert [each() for each in seen] == [None] * len(seen)
    finally:
        gc.enable()


def test_a_pole_hides_no_function_that_is_not_holomorphic():
    def f(z):
        return np.stack([1 / z[0], np.conj(z[1])])

    with np.errstate(all="ignore"), pytest.raises(TypeError, match="not holomorphic"):
        jacobian(f)(np.array([0, 1 + 1j]))


def test_a_result_that_is_given_twice_counts_once_in_each_place():
    def twice(x):
        out = np.sum(x**2)
        return out, out

    for rows in jacobian(twice)(X):
        np.testing.assert_allclose(rows, 2 * X)
    # The gradients in x and in y are one Tensor.
    blocks = hessian(lambda x, y: (x + y) ** 3, (0, 1))(1.0, 2.0)
    np.testing.assert_allclose(blocks, np.full((2, 2), 18.0))
