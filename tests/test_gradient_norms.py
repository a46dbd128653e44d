"""How large gradients are, by name and without overflow."""

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.training.gradient_norms import distinct_names, norms


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["w", "b"], ["w", "b"]),
        (["w", "w"], ["w (0)", "w (1)"]),
        ([None, "w", None], ["parameter (0)", "w", "parameter (2)"]),
        (["", "b", "b"], ["parameter (0)", "b (1)", "b (2)"]),
    ],
)
def test_every_name_is_one_of_its_own(names, expected):
    assert distinct_names([Tensor(1.0, name=name) for name in names]) == expected


@pytest.mark.parametrize(
    ("gradient", "expected"),
    [
        (np.array([3.0, 4.0]), 5.0),
        (np.array([[1.0, -1.0], [1.0, 1.0]]), 2.0),
        (np.array(-2.0), 2.0),
        (np.array([3e200, -4e200]), 5e200),
        (np.array([3e-200, 4e-200]), 5e-200),
        (np.array([3 + 4j, 12.0]), 13.0),
        (np.array([60000.0, 60000.0], np.float16), 2**0.5 * 60000),  # which are 59,968 each
        (np.zeros(3), 0.0),
        (np.zeros((0, 2)), 0.0),
        (np.array([1.0, -np.inf]), np.inf),
        (np.array([1.0, np.nan]), np.nan),
        ([3.0, 4.0], 5.0),
    ],
)
def test_the_root_of_the_sum_of_squares(gradient, expected):
    dtype = np.asarray(gradient).dtype
    w = Tensor(np.zeros(np.shape(gradient), dtype))
    w.grad = gradient
    (found,) = norms([w])
    assert isinstance(found, float)
    assert found == pytest.approx(expected, rel=1e-3 if dtype == np.float16 else 1e-12, nan_ok=True)


def test_of_gradients_that_were_recorded():
    w = Tensor([3.0, 4.0])
    (w @ w / 2).backward(create_graph=True)
    assert norms([w, w]) == [5.0, 5.0]
