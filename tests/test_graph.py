"""The engine: the chain rule as a sum over edges, in order, at any depth, leaving no trace."""

import asyncio
import gc
import sys
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu import Tensor, grad, no_grad, sigmoid, softmax
from tinygrad_edu.engine.backward import ordered
from tinygrad_edu.engine.context import scope
from tinygrad_edu.engine.rule import TABLE, local, operation
from tinygrad_edu.engine.unbroadcast import unbroadcast


def two_layers():
    """A small network with every kind of edge: broadcast, matrix, elementwise, reduction."""
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(4, 3)), name="x")
    w1, b1 = Tensor(rng.normal(size=(3, 5)), name="w1"), Tensor(rng.normal(size=5), name="b1")
    w2, b2 = Tensor(rng.normal(size=(5, 2)), name="w2"), Tensor(rng.normal(size=2), name="b2")
    hidden = np.tanh(x @ w1 + b1)
    loss = np.mean((sigmoid(hidden @ w2 + b2) - hidden[:, :2]) ** 2)
    return loss, hidden, (x, w1, b1, w2, b2)


def test_every_node_comes_after_all_of_its_consumers():
    loss, _, leaves = two_layers()
    nodes = ordered(loss)
    place = {node: i for i, node in enumerate(nodes)}
    assert nodes[0] is loss
    assert set(leaves) <= set(nodes)
    for node in nodes:
        for parent in node.parents:
            assert place[node] < place[parent]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 2)), max_size=30))
def test_random_graphs_have_the_gradient_that_forward_derivatives_give(steps):
    """Against dual numbers carried forward by hand: any sharing, any depth, any order."""
    values = [(Tensor(0.5), 1.0), (Tensor(-0.25), 0.0)]
    x, y = values[0][0], values[1][0]
    for i, j, kind in steps:
        (a, da), (b, db) = values[i % len(values)], values[j % len(values)]
        if kind == 0:
            values.append((a + b, da + db))
        elif kind == 1:
            values.append((a * b, da * b.item() + a.item() * db))
        else:
            values.append((np.sin(a) - b, np.cos(a.item()) * da - db))
    out, expected = values[-1]
    out = out * 1.0
    out.backward()
    reached = x in set(ordered(out))
    assert (x.grad is not None) == reached
    if reached:
        np.testing.assert_allclose(x.grad, expected, rtol=1e-9, atol=1e-12)
    assert y.grad is None or np.isfinite(y.grad)


def test_the_gradient_of_a_node_is_the_sum_of_the_contributions_of_its_outgoing_edges():
    loss, _, _ = two_layers()
    loss.backward()
    nodes = ordered(loss)
    sums = {node: np.zeros(node.shape) for node in nodes}
    for node in nodes:
        for edge in node.edges:
            sums[edge.parent] += edge.contribution
    for node in nodes[1:]:
        np.testing.assert_allclose(sums[node], node.grad, rtol=1e-12, atol=1e-15)


def test_a_tensor_used_twice_has_two_edges():
    a = Tensor(3.0, name="a")
    square = a * a
    assert square.parents == (a, a)
    assert [edge.position for edge in square.edges] == [0, 1]
    assert square.local_derivatives == (3.0, 3.0)
    assert square.edges[0].contribution is None
    square.backward()
    assert [edge.contribution for edge in square.edges] == [3.0, 3.0]
    assert a.grad == 6.0
    assert "multiply" in repr(square.edges[0])


def test_local_derivatives_are_arrays_for_elementwise_and_jacobians_for_other_edges():
    x, b = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 20.0])
    product = x * b
    np.testing.assert_array_equal(product.local_derivatives[0], [[10.0, 20.0], [10.0, 20.0]])
    np.testing.assert_array_equal(product.local_derivatives[1], x.data)
    jacobian = product.edges[1].jacobian()
    assert jacobian.shape == (2, 2, 2)
    np.testing.assert_array_equal(jacobian, np.einsum("ij,jk->ijk", x.data, np.eye(2)))
    total = np.sum(x, axis=0)
    assert total.local_derivatives[0].shape == (2, 2, 2)
    np.testing.assert_array_equal(total.local_derivatives[0][1], [[0.0, 1.0], [0.0, 1.0]])
    z = Tensor([1.0, 2.0, 3.0])
    p = softmax(z)
    expected = np.diag(p.data) - np.outer(p.data, p.data)
    np.testing.assert_allclose(p.edges[0].jacobian(), expected, rtol=1e-12)
    both = np.concatenate([z, z])
    np.testing.assert_array_equal(both.edges[1].jacobian()[3:], np.eye(3))


def test_intermediate_gradients_are_known_after_backward_and_leaves_accumulate():
    loss, hidden, (_, w1, *_) = two_layers()
    assert hidden.grad is None
    loss.backward()
    once = w1.grad.copy()
    assert hidden.grad.shape == hidden.shape
    assert loss.grad == 1.0
    before = hidden.grad.copy()
    loss.backward()
    np.testing.assert_allclose(w1.grad, 2 * once, rtol=1e-14)
    np.testing.assert_array_equal(hidden.grad, before)
    w1.grad = None
    loss.backward()
    np.testing.assert_array_equal(w1.grad, once)


def test_the_gradient_of_an_intermediate_needs_the_output_to_be_alive():
    x = Tensor(2.0)
    square = x * x
    np.sin(square).backward()
    with pytest.raises(RuntimeError, match="keep a reference"):
        _ = square.grad


def test_gradients_are_arrays_of_their_own():
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    seed = np.array([1.0, 1.0])
    total = a + b
    total.backward(seed)
    a.grad[0] = 99.0
    np.testing.assert_array_equal(b.grad, [1.0, 1.0])
    np.testing.assert_array_equal(total.grad, [1.0, 1.0])
    np.testing.assert_array_equal(seed, [1.0, 1.0])
    c = Tensor([1.0, 2.0])
    c.backward(seed)
    c.grad[0] = 5.0
    np.testing.assert_array_equal(seed, [1.0, 1.0])
    d = Tensor(np.ones((2, 2)))
    np.sum(d).backward()
    d.grad *= 3
    np.testing.assert_array_equal(d.grad, np.full((2, 2), 3.0))
    e = Tensor(np.arange(4.0))
    e.reshape(2, 2).backward(np.ones((2, 2)))
    f = Tensor([2.0])
    y = f * 3
    y.backward()
    first = f.grad
    y.backward()
    assert first == 3.0
    assert f.grad == 6.0


def test_grad_can_be_set_on_a_leaf_in_its_shape():
    w = Tensor([1.0, 2.0])
    w.grad = np.zeros(2)
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\), the Tensor \(2,\)"):
        w.grad = np.zeros(3)
    with pytest.raises(TypeError, match="only a leaf's gradient"):
        (w * 2).grad = None


def test_backward_takes_a_cotangent_and_refuses_another_shape():
    x = Tensor([1.0, 2.0])
    (x * x).backward([1.0, 10.0])
    np.testing.assert_array_equal(x.grad, [2.0, 40.0])
    with pytest.raises(ValueError, match=r"has shape \(2,\).*np\.sum"):
        (x * x).backward()
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\), the output \(2,\)"):
        (x * x).backward(np.ones(3))
    one = Tensor([[2.0]])
    (one * one).backward()
    np.testing.assert_array_equal(one.grad, [[4.0]])


def test_create_graph_gives_gradients_that_can_be_differentiated_again():
    x = Tensor([0.5, 2.0])
    np.sum(x**3).backward(create_graph=True)
    first = x.grad
    assert isinstance(first, Tensor)
    np.testing.assert_allclose(first.data, 3 * x.data**2)
    x.grad = None
    np.sum(first).backward()
    np.testing.assert_allclose(x.grad, 6 * x.data)
    constant = Tensor(2.0)
    (constant * 3).backward(create_graph=True)
    assert isinstance(constant.grad, Tensor)


def test_a_backward_pass_is_not_recorded_where_nothing_is():
    x = Tensor(2.0)
    y = x * x
    with no_grad():
        y.backward()
        with pytest.raises(RuntimeError, match=r"create_graph=True records.*no_grad\(\)"):
            y.backward(create_graph=True)
    assert x.grad == 4.0


def test_a_cotangent_may_itself_be_a_variable():
    x, v = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    (x * x).backward(v, create_graph=True)
    np.sum(x.grad).backward()
    np.testing.assert_array_equal(v.grad, [2.0, 4.0])


@pytest.mark.parametrize(
    ("g", "shape"),
    [
        ((4, 3), (3,)), ((4, 3), (1, 3)), ((4, 3), (4, 1)), ((4, 3), ()), ((5, 4, 3), (4, 1)),
        ((5, 4, 3), (1, 1, 1)), ((1, 3), (3,)), ((0, 3), (3,)), ((2, 0), (2, 1)), ((3,), (3,)),
    ],
)  # fmt: skip
def test_unbroadcast_is_the_adjoint_of_broadcasting(g, shape):
    rng = np.random.default_rng(1)
    cotangent, small = rng.normal(size=g), rng.normal(size=shape)
    carried = unbroadcast(cotangent, shape)
    assert carried.shape == shape
    np.testing.assert_allclose(
        np.vdot(carried, small), np.vdot(cotangent, np.broadcast_to(small, g)), atol=1e-12
    )


def test_the_gradient_has_the_dtype_of_its_leaf():
    x = Tensor(np.ones(3, np.float32))
    y = np.sum(x * np.arange(3.0))
    assert y.dtype == np.float64
    y.backward()
    assert x.grad.dtype == np.float32
    x.grad = None
    y.backward(create_graph=True)
    assert x.grad.dtype == np.float32
    z = Tensor(np.ones(3, np.float32))
    assert (z * 2.0 + 1).dtype == np.float32


def test_zero_times_infinity_is_zero_on_an_edge_and_a_true_nan_stays():
    x = Tensor([0.0, 1.0, 4.0])
    with np.errstate(divide="ignore"):
        y = np.where(x.data > 0, np.log(x), 0.0) + np.where(x.data > 0, np.sqrt(x), 0.0)
    np.sum(y).backward()
    np.testing.assert_allclose(x.grad, [0.0, 1.5, 0.5])
    z = Tensor([-1.0])
    with np.errstate(invalid="ignore"):
        np.sum(np.sqrt(z)).backward()
    assert np.isnan(z.grad[0])


def test_a_nan_behind_a_where_does_not_depend_on_the_rest_of_the_graph():
    x, z = Tensor([np.nan, 1.0]), Tensor([0.0])
    kept = np.sum(np.where(np.isnan(x), 0.0, x * x))
    kept.backward()
    np.testing.assert_array_equal(x.grad, [0.0, 2.0])
    x.grad = None
    with np.errstate(divide="ignore"):
        pole = np.sum(np.where(z.data > 0, np.log(z), 0.0))
    (np.sum(np.where(np.isnan(x), 0.0, x * x)) + pole).backward()
    np.testing.assert_array_equal(x.grad, [0.0, 2.0])


def test_the_mixed_derivative_survives_a_zero_cotangent_at_a_finite_slope():
    """y log(x) at y = 0: the cotangent of log is 0, and yet d2/dxdy = 1/x."""
    mixed = grad(lambda y: grad(lambda x, y: y * np.log(x))(2.0, y))(0.0)
    assert mixed == 0.5


def test_the_mixed_derivative_survives_a_pole_elsewhere_in_the_graph():
    def f(x, y):
        with np.errstate(divide="ignore"):
            return y * np.log(x) + np.where(x > 5, np.log(0 * x), 0.0)

    assert grad(lambda y: grad(f)(2.0, y))(0.0) == 0.5


def test_a_sweep_stops_at_the_variables_and_leaves_older_nodes_alone():
    w = Tensor(3.0)
    older = w * w
    w.data = 5.0  # what lies behind `older` can no longer be recorded, and need not be
    slope = grad(lambda x: x * x * older)(2.0)
    assert slope.item() == 36.0


def test_a_constant_local_derivative_may_be_any_number():
    @operation
    def tripled(x):
        return 3 * np.asarray(x)

    local(tripled, 3)
    try:
        x = Tensor([1.0, 2.0])
        np.sum(tripled(x) * x).backward()
        np.testing.assert_array_equal(x.grad, [6.0, 12.0])
        np.testing.assert_array_equal(tripled(x).local_derivatives[0], [3.0, 3.0])
    finally:
        del TABLE[tripled]


def test_a_backward_pass_never_warns_and_leaves_numpys_error_state_alone():
    before = np.geterr()
    x = Tensor([0.0])
    np.sum(np.sqrt(x)).backward()
    assert x.grad[0] == np.inf
    assert np.geterr() == before


def test_a_deep_chain_is_built_swept_and_freed_without_recursion():
    depth = 50 * sys.getrecursionlimit()
    x = y = Tensor(1.0)
    for _ in range(depth):
        y = y * 1.00001
    y.backward()
    np.testing.assert_allclose(x.grad, 1.00001**depth, rtol=1e-9)
    assert len(ordered(y)) == depth + 1
    last = weakref.ref(y)
    del y
    assert last() is None


def test_a_graph_is_freed_by_reference_counting_alone():
    gc.collect()
    gc.disable()
    try:
        loss, hidden, _ = two_layers()
        loss.backward()
        assert hidden.grad is not None
        assert loss.edges[0].contribution is not None
        alive = [weakref.ref(node) for node in ordered(loss)]
        del loss, hidden, _
        assert sum(node() is not None for node in alive) == 0
    finally:
        gc.enable()


def test_recording_is_switched_off_for_one_thread_only():
    w, seen = Tensor(2.0), {}
    inside, checked = threading.Event(), threading.Event()

    def other():
        inside.wait(10)
        seen["recorded"] = (w * w).parents == (w, w)
        checked.set()

    thread = threading.Thread(target=other)
    thread.start()
    with no_grad():
        inside.set()
        assert checked.wait(10)
        assert (w * w).parents == ()
    thread.join()
    assert seen["recorded"]


def test_recording_is_switched_off_for_one_asyncio_task_only():
    w = Tensor(2.0)

    async def unrecorded():
        with no_grad():
            await asyncio.sleep(0.01)
            return (w * w).parents

    async def recorded():
        await asyncio.sleep(0.005)
        return (w * w).parents

    async def both():
        return await asyncio.gather(unrecorded(), recorded())

    without, with_ = asyncio.run(both())
    assert without == ()
    assert with_ == (w, w)


def test_threads_share_parameters_and_sweep_graphs_of_their_own():
    w = Tensor(np.linspace(0.1, 1.0, 10))
    wrong = []

    def work(seed):
        rng = np.random.default_rng(seed)
        for _ in range(100):
            x = rng.normal(size=10)
            found = grad(lambda v, x=x: np.sum(np.tanh(v * x)))(w.data)
            if not np.allclose(found, x * (1 - np.tanh(w.data * x) ** 2)):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_module_calls_are_recorded_on_the_nodes_they_make():
    w = Tensor(2.0)
    outer, inner = object(), object()
    with scope(outer):
        with scope(inner):
            a = w * w
        b = a + 1
    c = b * 2
    assert (a.scope.module, a.scope.parent.module) == (inner, outer)
    assert (b.scope.module, b.scope.parent) == (outer, None)
    assert c.scope is None


@pytest.mark.parametrize("size", [2, 2000])
def test_a_gradient_is_never_an_array_of_the_graph(size):
    factor = np.arange(size) + 2.0
    w = Tensor(np.ones(size))
    product = (w + 0.0) * factor  # d sum / d w is the factor itself
    loss = np.sum(product)
    loss.backward()
    w.grad[:] = 100.0
    product.parents[0].grad[:] = 100.0
    assert np.array_equal(factor, np.arange(size) + 2.0)

    a, b = Tensor(np.ones(size)), Tensor(factor)
    np.sum(a * np.reshape(b, (1, size))).backward()
    a.grad[:], b.grad[:] = 100.0, 200.0
    assert np.array_equal(a.data, np.ones(size))
    assert np.array_equal(b.data, factor)


@pytest.mark.parametrize("rows", [2, 2000])
def test_a_derivative_of_another_dtype_or_shape_is_still_cast_and_summed(rows):
    w = Tensor(np.ones((rows, 3)), dtype=np.float32)
    np.sum(w * np.arange(3)).backward()
    assert w.grad.dtype == np.float32
    assert np.array_equal(w.grad, np.tile(np.arange(3.0), (rows, 1)))
    b = Tensor([1.0, 1.0, 1.0])
    np.sum(b * np.ones((rows, 3))).backward()
    assert b.grad.tolist() == [rows] * 3
    c = Tensor(3.0)
    np.sum(np.full((rows, 2), 5.0) * c).backward()
    assert c.grad == 10.0 * rows
    d = Tensor(np.ones((rows, 3)))
    np.sum(d * 2).backward(np.array(3.0))
    assert np.array_equal(d.grad, np.full((rows, 3), 6.0))
