"""Losses: against the formulas written out, at the extremes, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tinygrad_edu import Tensor, nn, sigmoid, softmax
from tinygrad_edu.testing import check_gradients

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(5, 3))
TARGET = RNG.uniform(size=(4, 2))
LABELS = np.array([0, 2, 1, 1, 0])
ELEMENTWISE = [
    nn.sum_of_squares,
    nn.mean_squared_error,
    nn.binary_cross_entropy,
    nn.binary_cross_entropy_with_logits,
]


def matrices(rows, columns, **limits):
    return arrays(np.float64, (rows, columns), elements=st.floats(**limits, width=32))


@given(matrices(3, 2, min_value=-100, max_value=100), matrices(3, 2, min_value=-100, max_value=100))
def test_squares(output, target):
    total = sum((o - t) ** 2 for o, t in zip(output.flat, target.flat, strict=True))
    assert nn.sum_of_squares(output, target) == pytest.approx(total)
    assert nn.mean_squared_error(output, target) == pytest.approx(total / 6)


@given(matrices(3, 2, min_value=-15, max_value=15), matrices(3, 2, min_value=0, max_value=1))
def test_binary_cross_entropy(z, t):
    p = 1 / (1 + np.exp(-z))
    expected = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    assert nn.binary_cross_entropy(p, t) == pytest.approx(expected, rel=1e-12)
    assert nn.binary_cross_entropy_with_logits(z, t) == pytest.approx(expected, rel=1e-6)


@given(
    matrices(4, 3, min_value=-50, max_value=50), st.lists(st.integers(0, 2), min_size=4, max_size=4)
)
def test_softmax_cross_entropy(z, labels):
    powers = np.exp(z)
    expected = -np.mean(np.log((powers / powers.sum(axis=1, keepdims=True))[range(4), labels]))
    assert nn.softmax_cross_entropy(z, labels) == pytest.approx(expected, abs=1e-12)
    assert nn.softmax_cross_entropy(z, np.eye(3)[labels]) == pytest.approx(expected, abs=1e-12)


def test_soft_labels_mix_the_losses_of_the_classes():
    mixed = nn.softmax_cross_entropy(LOGITS, np.tile([0.2, 0.3, 0.5], (5, 1)))
    each = [nn.softmax_cross_entropy(LOGITS, np.full(5, k)) for k in range(3)]
    assert mixed == pytest.approx(0.2 * each[0] + 0.3 * each[1] + 0.5 * each[2])


def test_one_example_and_many_axes():
    assert nn.softmax_cross_entropy([0.0, 0.0], 1) == pytest.approx(np.log(2))
    flat = nn.softmax_cross_entropy(LOGITS[:4], LABELS[:4])
    deep = nn.softmax_cross_entropy(LOGITS[:4].reshape(2, 2, 3), LABELS[:4].reshape(2, 2))
    assert deep == pytest.approx(flat)


# ---- extremes -----------------------------------------------------------------------------------


def test_logits_of_a_thousand():
    z = np.array([-1000.0, 1000.0])
    assert nn.binary_cross_entropy_with_logits(z, [0, 1]) == 0
    assert nn.binary_cross_entropy_with_logits(z, [1, 0]) == 1000
    assert nn.softmax_cross_entropy(z, 1) == 0
    assert nn.softmax_cross_entropy(z, 0) == 2000
    assert nn.softmax_cross_entropy(z, [1, 0]) == 2000
    for loss, target in (
        (nn.binary_cross_entropy_with_logits, [1, 0]),
        (nn.softmax_cross_entropy, 0),
    ):
        t = Tensor(z)
        loss(t, target).backward()
        assert np.isfinite(t.grad).all()


def test_certain_probabilities():
    assert nn.binary_cross_entropy([0.0, 1.0], [0, 1]) == 0
    assert nn.binary_cross_entropy([0.0, 1.0], [1, 1]) == np.inf
    p = Tensor([0.0, 1.0])
    nn.binary_cross_entropy(p, [0, 1]).backward()
    np.testing.assert_array_equal(p.grad, [0.5, -0.5])


def test_a_class_that_is_ruled_out():
    z = Tensor([[0.0, -np.inf, 0.0]])
    loss = nn.softmax_cross_entropy(z, [[1, 0, 0]])
    assert loss.item() == pytest.approx(np.log(2))
    loss.backward()
    np.testing.assert_allclose(z.grad, [[-0.5, 0, 0.5]])


# ---- gradients ----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ELEMENTWISE)
def test_gradients_of_elementwise_losses(loss):
    f = lambda z: loss(sigmoid(z), TARGET)  # of logits, as not every number is a probability
    assert check_gradients(f, LOGITS[:4, :2], order=2).conclusive


@pytest.mark.parametrize("labels", [LABELS, np.eye(3)[LABELS], np.eye(3, dtype=bool)[LABELS]])
def test_gradients_of_softmax_cross_entropy(labels):
    f = lambda z: nn.softmax_cross_entropy(z, labels)
    assert check_gradients(f, LOGITS, order=2).conclusive
    z = Tensor(LOGITS)
    f(z).backward()
    np.testing.assert_allclose(z.grad, (softmax(LOGITS) - np.eye(3)[LABELS]) / 5)


def test_the_target_may_vary_too():
    output, target = Tensor(LOGITS), Tensor(LOGITS + 1)
    nn.sum_of_squares(output, target).backward()
    np.testing.assert_allclose(target.grad, -output.grad)
    assert check_gradients(
        lambda t: nn.softmax_cross_entropy(LOGITS, softmax(t)), LOGITS
    ).conclusive


def test_gradient_in_logits_is_the_error():
    z, t = Tensor(LOGITS), (LOGITS > 0) * 1.0
    nn.binary_cross_entropy_with_logits(z, t).backward()
    np.testing.assert_allclose(z.grad, (sigmoid(LOGITS) - t) / LOGITS.size)


def test_the_sum_of_squares_records_three_nodes():
    output = Tensor(LOGITS)
    loss = nn.sum_of_squares(output, LOGITS)
    assert loss.parents[0].parents[0].parents == (output,)


# ---- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ELEMENTWISE)
@pytest.mark.parametrize("wrap", [np.asarray, Tensor])
def test_shapes_that_would_broadcast(loss, wrap):
    with pytest.raises(
        ValueError, match=rf"{loss.__name__}: .*\(4, 1\) and target \(4,\).*reshape"
    ):
        loss(wrap(np.full((4, 1), 0.5)), np.ones(4))
    with pytest.raises(ValueError, match="one target for each output"):
        loss(wrap(np.full((4, 2), 0.5)), np.ones((4, 1)))


@pytest.mark.parametrize("loss", ELEMENTWISE[1:])
def test_nothing_to_average(loss):
    with pytest.raises(ValueError, match="nothing to average"):
        loss(np.zeros((0, 2)), np.zeros((0, 2)))


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 1, 2, 3, 0], ValueError, "label 3 is no class.* 0 to 2"),
        ([0, 1, -1, 2, 0], ValueError, "label -1 is no class"),
        ([0.0, 1.0, 2.0, 1.0, 0.0], TypeError, r"not of dtype float64; write labels\.astype"),
        (list("abcab"), TypeError, "np.unique"),
        (LABELS[:, None], ValueError, r"labels\.ravel\(\)"),
        (LABELS[:4], ValueError, r"must have shape \(5,\).* or \(5, 3\).* not \(4,\)"),
        (np.ones((5, 3)), ValueError, "must add up to 1"),
        (np.array([[2, -1, 0]] * 5), ValueError, "goes from -1 to 2"),
    ],
)
def test_labels_that_are_none(labels, error, message):
    for logits in (LOGITS, Tensor(LOGITS)):
        with pytest.raises(error, match=message):
            nn.softmax_cross_entropy(logits, labels)


def test_logits_that_are_none():
    with pytest.raises(ValueError, match=r"logits have shape \(\)"):
        nn.softmax_cross_entropy(1.0, 0)
    with pytest.raises(ValueError, match=r"logits have shape \(0, 3\)"):
        nn.softmax_cross_entropy(np.zeros((0, 3)), np.zeros(0, int))


def test_outputs_that_are_no_probabilities():
    with pytest.raises(ValueError, match="binary_cross_entropy_with_logits"):
        nn.binary_cross_entropy([2.0], [1.0])
    for loss in ELEMENTWISE[2:]:
        with pytest.raises(ValueError, match="target must be between 0 and 1"):
            loss([0.5], [2.0])


def test_small_integers_do_not_wrap_around():
    one, two = np.array([1], np.uint8), np.array([2], np.uint8)
    assert nn.sum_of_squares(one, two) == 1
