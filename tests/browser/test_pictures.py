"""A picture in a real browser."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, draw, sigmoid

# Every id of a page, also those that occur twice.
IDS = "() => [...document.querySelectorAll('[id]')].map(each => each.id)"
# The texts that are not on the page where they should be seen.
UNSEEN = """() => [...document.querySelectorAll("text")].filter(text => {
    const box = text.getBoundingClientRect(), page = document.documentElement;
    const seen = text.checkVisibility({opacityProperty: true, visibilityProperty: true});
    return !seen || !box.width || !box.height || box.left < 0 || box.top < 0
        || box.right > page.scrollWidth + 1 || box.bottom > page.scrollHeight + 1;
}).map(text => text.textContent)"""


def net():
    """Two inputs, two neurons, and one."""
    x = Tensor([[0.5, -1.0]], name="x")
    w = Tensor([[0.1, 0.2], [0.3, -0.4]], name="w")
    v = Tensor([[0.7], [-0.6]], name="v")
    y = sigmoid(sigmoid(x @ w) @ v)
    loss = np.sum((y - 1.0) ** 2)
    loss.backward()
    return loss


@pytest.fixture(params=["light", "dark"])
def shown(request, new_page, tmp_path):
    """A picture on a page of its own."""
    file = tmp_path / "net.svg"
    draw(net(), file)
    page = new_page(color_scheme=request.param)
    page.goto(file.as_uri())
    return page


def test_all_text_of_a_picture_is_seen(shown):
    texts = shown.locator("text").all_text_contents()
    assert {"x", "w", "v", "@"} <= set(texts)
    assert shown.evaluate(UNSEEN) == []


def test_ids_are_unique_also_where_two_pictures_share_a_page(page):
    page.set_content(draw(net()) + draw(net() * 2.0))
    ids = page.evaluate(IDS)
    assert len(ids) > 20
    assert len(ids) == len(set(ids))
