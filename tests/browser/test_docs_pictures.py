"""Pictures in the documentation that are wider than its column."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu import Tensor, draw, nn

DOCS = Path(__file__).parents[2] / "docs"
STATIC = DOCS / "_static"
STATE = """() => [...document.querySelectorAll(".cell_output")].map(each => ({
    classes: [...each.classList].slice(1), tabbed: each.tabIndex === 0,
    beyond: each.scrollWidth - each.clientWidth, left: each.scrollLeft,
    faded: getComputedStyle(each).maskImage !== "none",
}))"""


@pytest.fixture
def column(page, tmp_path):
    """A column 700 pixels wide with pictures of some widths; what is to be seen of them."""

    def shown(*widths):
        for width in widths:
            (tmp_path / f"{width}.svg").write_text(
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="100"></svg>'
            )
        images = "".join(
            f"<div class='cell_output'><img src='{width}.svg' alt=''></div>" for width in widths
        )
        file = tmp_path / "page.html"
        file.write_text(
            f"<!doctype html><style>{(STATIC / 'pictures.css').read_text()}</style>"
            f"<body data-theme='auto'><div style='width: 700px'>{images}</div>"
            f"<script>{(STATIC / 'pictures.js').read_text()}</script>"
        )
        page.goto(file.as_uri())
        return page.evaluate(STATE)

    return shown


def test_what_fits_stays_as_it_is_and_what_is_a_little_wider_is_shown_a_little_smaller(column):
    for state in column(300, 700, 950):
        assert state == {
            "classes": [], "tabbed": False, "beyond": 0, "left": 0, "faded": False,
        }  # fmt: skip


def test_what_is_much_wider_starts_at_its_end_where_the_loss_is_and_shows_that_it_goes_on(column):
    for state, width in zip(column(1200, 4000), (1200, 4000), strict=True):
        assert state["classes"] == ["wide", "more-left"]
        assert state["tabbed"]
        assert state["faded"]
        assert state["left"] == state["beyond"] == width - 700


def test_it_starts_where_the_output_is(column, page):
    """Also in a picture that runs downwards, whose output is not at its right."""
    column(2000)
    for end, left in ((0.1, 0), (0.5, 650), (0.6, 850), (0.95, 1300)):
        page.evaluate(
            """end => { const image = document.querySelector("img");
            image.dataset.end = end; image.dispatchEvent(new Event("load")); }""",
            end,
        )
        (state,) = page.evaluate(STATE)
        assert state["left"] == left


def test_a_picture_of_a_graph_says_where_its_output_is():
    end = runpy.run_path(str(DOCS / "_extensions" / "picture_ends.py"))["end"]
    x = Tensor(np.eye(3), name="x")
    across = np.sum(np.exp(x) @ x)
    across.backward()
    assert end(draw(across)) > 0.8
    assert 0.2 < end(draw(across, direction="down")) < 0.8
    network = nn.MLP((3, 2, 1), seed=0)
    assert end(draw(np.sum(network(np.eye(3))))) > 0.6
    assert end("<svg xmlns='http://www.w3.org/2000/svg'></svg>") is None


def test_it_fades_where_it_goes_on(column, page):
    column(1200)
    for left, classes in ((0, ["wide", "more-right"]), (200, ["wide", "more-left", "more-right"])):
        page.evaluate("left => { document.querySelector('.cell_output').scrollLeft = left; }", left)
        page.wait_for_timeout(100)
        (state,) = page.evaluate(STATE)
        assert sorted(state["classes"]) == sorted(classes)


def test_it_is_scrolled_by_keys_and_has_a_name(column, page, axe):
    column(2000)
    page.keyboard.press("Tab")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(300)
    (state,) = page.evaluate(STATE)
    assert state["left"] < state["beyond"]
    assert "scrollable-region-focusable" not in axe(page)
    assert page.get_by_role("region", name="A picture that is scrolled sideways").count() == 1
