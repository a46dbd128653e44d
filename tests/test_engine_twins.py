"""The sweep that runs and the one that is read give the same, on every row of the table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_edu as te
from tests.domains import DOMAINS
from tests.test_rules import Complex, recorded, rows
from tinygrad_edu import Tensor, nn
from tinygrad_edu.engine import backward, fast
from tinygrad_edu.engine.unbroadcast import times

every_row = rows(*DOMAINS)
few = settings(max_examples=max(2, settings.default.max_examples // 5))


def swept(accumulate, nodes, seed, record=False, careful=None):
    with np.errstate(all="ignore"):
        return accumulate(nodes, seed, record, set(nodes), careful)


def values(found):
    return {node: getattr(g, "_value", g) for node, g in found.items()}


def sizes(nodes, cotangents):
    """What rounding is in proportion to: the sum of absolute contributions to each cotangent."""
    found = {nodes[0]: np.abs(cotangents[nodes[0]])}
    for node in nodes:
        if node.op is not None:
            with np.errstate(all="ignore"):
                carried = backward.contributions(node, cotangents[node])
            for parent, part in zip(node.parents, carried, strict=True):
                found[parent] = found.get(parent, 0) + np.abs(part)
    return found


def assert_twins(nodes, seed, **how):
    one = swept(fast.accumulate, nodes, seed, **how)
    other = swept(backward.accumulate, nodes, seed, **how)
    assert list(map(id, sorted(one, key=id))) == list(map(id, sorted(other, key=id)))
    assert {type(g) for g in one.values()} == {type(g) for g in other.values()}
    one, other = values(one), values(other)
    scale = sizes(nodes, other)
    for node in nodes:
        found, expected = one[node], other[node]
        assert found.shape == expected.shape == node.shape
        assert found.dtype == expected.dtype == node.dtype
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        np.testing.assert_array_equal(np.isinf(found), np.isinf(expected))
        finite = np.isfinite(expected) & np.isfinite(scale[node])
        allowed = 4 * np.finfo(node.dtype).eps * scale[node]
        with np.errstate(invalid="ignore"):
            assert np.all((np.abs(found - expected) <= allowed)[finite])
        graphs = [other_node._value for other_node in nodes]
        for g in (found, expected):
            assert not any(np.shares_memory(g, value) for value in graphs)


def graph_of(out):
    outs = out if isinstance(out, list | tuple) else [out]
    ends = [each for each in outs if isinstance(each, Tensor)]
    nodes = backward.ordered(ends) if ends else []
    rng = np.random.default_rng(0)
    seeds = {end: rng.uniform(-2, 2, end.shape).astype(end.dtype)[()] for end in ends}
    return nodes, seeds


@every_row
@few
@given(data=st.data())
def test_on_arrays_recorded_and_with_care(domain, data):
    case = data.draw(domain.cases())
    nodes, seeds = graph_of(recorded(case)[1])
    if nodes:
        assert_twins(nodes, seeds)
        assert_twins(nodes, seeds, record=True)
        assert_twins(nodes, seeds, careful=times)


@every_row
@few
@given(data=st.data())
def test_complex(domain, data):
    given = Complex(data, data.draw(domain.cases()))
    if given.numpys() is not None:
        nodes, seeds = graph_of(given.case.call(*(Tensor(a) for a in given.join(given.reals))))
        if nodes:
            assert_twins(nodes, seeds)
            assert_twins(nodes, seeds, record=True)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.log(x), lambda x: np.sqrt(x) * 0, lambda x: 1 / x, lambda x: x**0.5,
        lambda x: np.where(x > 0, np.log(x), 0), lambda x: np.sum(x / x), lambda x: np.prod(x),
        lambda x: np.sqrt(np.sum(x * x)), lambda x: x * x + x, lambda x: x[0] + x[[0, 0, 1]],
        lambda x: np.sum(np.linalg.svd(x[:, None] * x)[1]), lambda x: np.sum(x + np.ones((3, 3))),
        lambda x: te.softmax(x), lambda x: np.broadcast_to(np.sum(x), (4, 4)) * 2,
    ],
)  # fmt: skip
def test_poles_and_whatever_broadcasts(f, dtype):
    for data in ([0.0, 1.0, 4.0], [0.0, 0.0, -1.0], [np.inf, 0.0, np.nan], [1.0, 2.0, 3.0]):
        try:
            with np.errstate(all="ignore"):
                out = f(Tensor(np.array(data, dtype)))
        except (np.linalg.LinAlgError, TypeError):  # NumPy has no svd of these
            continue
        nodes, seeds = graph_of(out)
        assert_twins(nodes, seeds, careful=times)
        assert_twins(nodes, seeds)


@pytest.mark.parametrize("zero", [False, True])
def test_a_whole_pass_by_the_one_that_is_read(monkeypatch, zero):
    """`backward()` on a network, with the loop that runs and with the reference in its place."""

    def gradients():
        net = nn.MLP((3, 4, 1), seed=0)
        x = np.zeros((5, 3)) if zero else np.arange(15.0).reshape(5, 3) / 7
        np.sum((net(x) - 1) ** 2).backward()
        return [parameter.grad for parameter in net.parameters()]

    by_loop = gradients()
    monkeypatch.setattr(fast, "accumulate", backward.accumulate)
    for one, other in zip(by_loop, gradients(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-16)
