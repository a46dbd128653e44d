"""The page on which a decision boundary forms, in a real browser."""

import numpy as np
import pytest

from tinygrad_edu import plot

pytest.importorskip("matplotlib")

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
FRAMES = 5
# The captions of the frames that are seen.
SEEN = """() => [...document.querySelectorAll(".frame")]
    .filter(frame => frame.checkVisibility({visibilityProperty: true}))
    .map(frame => frame.dataset.caption)"""


def model(shift):
    return lambda x: np.clip(x[:, 0] + shift, 0, 1)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "forming.html"
    frames = {f"epoch {k}": model(0.2 - 0.1 * k) for k in range(FRAMES)}
    plot.boundary_animation(frames, CORNERS, [0, 1, 1, 1], path)
    return path.as_uri()


def state(page):
    """The caption, that of the picture that is seen, the slider's value, and the button's word."""
    (seen,) = page.evaluate(SEEN)
    caption, button = page.inner_text("#caption"), page.inner_text("#play")
    return caption, seen, int(page.input_value("#slider")), button


def test_it_opens_with_the_last_frame_and_stays_there(page, file):
    page.goto(file)
    page.wait_for_timeout(300)
    assert state(page) == ("epoch 4", "epoch 4", 4, "Play")


def test_the_slider_chooses_a_frame(page, file):
    page.goto(file)
    page.focus("#slider")
    page.keyboard.press("ArrowLeft")
    assert state(page) == ("epoch 3", "epoch 3", 3, "Play")
    assert page.get_attribute("#slider", "aria-valuetext") == "epoch 3"
    page.keyboard.press("Home")
    assert state(page)[:3] == ("epoch 0", "epoch 0", 0)


def test_play_shows_all_frames_and_stops_at_the_last(page, file):
    page.clock.install()
    page.goto(file)
    page.click("#play")
    assert state(page) == ("epoch 0", "epoch 0", 0, "Pause")
    for k in range(1, FRAMES):
        page.clock.run_for(500)
        assert state(page)[:3] == (f"epoch {k}", f"epoch {k}", k)
    assert state(page)[3] == "Play"
    page.clock.run_for(5000)
    assert state(page) == ("epoch 4", "epoch 4", 4, "Play")


def test_pause_and_dragging_stop_the_play(page, file):
    page.clock.install()
    page.goto(file)
    for stop in (lambda: page.click("#play"), lambda: page.fill("#slider", "1")):
        page.fill("#slider", "4")
        page.click("#play")
        page.clock.run_for(500)
        stop()
        page.clock.run_for(5000)
        assert state(page) == ("epoch 1", "epoch 1", 1, "Play")
    page.click("#play")  # and goes on from there
    page.clock.run_for(500)
    assert state(page) == ("epoch 2", "epoch 2", 2, "Pause")


def test_without_scripts_it_is_the_last_picture(new_page, file):
    page = new_page(java_script_enabled=False)
    page.goto(file)
    assert page.locator("#caption").inner_text() == "epoch 4"
    assert not page.locator("#controls").is_visible()
    assert page.locator(".frame").last.is_visible()


def test_controls_are_not_printed(new_page, file):
    page = new_page(media="print")
    page.goto(file)
    assert not page.locator("#controls").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [420, 1280])
def test_it_is_accessible_and_fits(new_page, axe, file, scheme, width):
    page = new_page(color_scheme=scheme, width=width)
    page.goto(file)
    assert axe(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#play")
    assert axe(page) == ""
