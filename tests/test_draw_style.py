"""Text, numbers and colours of pictures."""

import numpy as np
import pytest

from tinygrad_edu.drawing.heatmap import heatmap
from tinygrad_edu.kit.palette import DARK, HEAT_STEPS, LIGHT, heat, stylesheet
from tinygrad_edu.kit.text import clean, number

WORDS = ("ink", "muted", "value", "gradient")
GROUNDS = ("paper", "box", "box2", "card", "input", "parameter", "constant", "module")
LINES = ("cardline", "inputline", "parameterline", "moduleline", "boxline", "edge", "undefined")


def luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    """WCAG 2.2, "contrast ratio"."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_words_can_be_read(palette, word, ground):
    assert contrast(palette[word], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_and_lines_can_be_seen(palette):
    assert contrast(palette["undefined"], palette["paper"]) >= 4.5
    for ground in ("input", "parameter", "constant", "card", "module"):
        assert contrast(palette["undefined"], palette[ground]) >= 4.5
    for line in LINES:
        for ground in ("paper", "box", "box2"):
            assert contrast(palette[line], palette[ground]) >= 3, (line, ground)
    for ground in ("card", "input", "parameter", "constant", "module"):  # and around a card
        assert contrast(palette["ink"], palette[ground]) >= 7


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_ends_of_the_heat_scale_stand_out(mode):
    zero = heat(0, mode)
    for end in (HEAT_STEPS, -HEAT_STEPS):
        assert contrast(heat(end, mode), zero) >= 3.5


def test_every_colour_has_six_digits_and_one_meaning():
    levels = [heat(level) for level in range(-HEAT_STEPS, HEAT_STEPS + 1)]
    colours = [*LIGHT.values(), *levels]
    assert len(set(colours)) == len(colours)
    assert all(len(colour) == 7 and colour == colour.lower() for colour in colours)
    assert LIGHT.keys() == DARK.keys()


def test_every_colour_follows_the_readers_preference():
    style = stylesheet()
    assert "@media (prefers-color-scheme:dark)" in style
    for name, colour in LIGHT.items():
        assert f'[fill="{colour}"]{{fill:var(--te-{name})}}' in style
    assert "<" not in style
    assert "&" not in style


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (2.0, "2"),
        (0.25, "0.25"),
        (-1.5, "−1.5"),
        (0.88079707, "0.8808"),
        (1234.56, "1235"),
        (12345.6, "12346"),
        (99999.4, "99999"),
        (1e5, "1e5"),
        (-123456789.0, "−1.235e8"),
        (0.001, "0.001"),
        (0.00099, "9.9e−4"),
        (5e-324, "4.941e−324"),
        (0.99996, "1"),
        (100.0, "100"),
        (np.inf, "∞"),
        (-np.inf, "−∞"),
        (np.nan, "NaN"),
        (np.float32(0.1), "0.1"),
        (True, "1"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


def test_clean_text_is_short_and_can_stand_in_xml():
    assert clean("\x00\x1f\x7f\ud83d\ufffe") == "\ufffd" * 5
    assert clean("a\tb\nc\r\nd") == "a\tb\nc\nd"
    assert len(clean("x" * 1000)) == 200


def test_a_heatmap_is_pooled_by_the_largest_magnitude_and_hides_nothing_undefined():
    values = np.zeros((64, 64))
    values[0, 0], values[1, 1], values[63, 63] = 2.0, -4.0, np.nan
    values[0, 63], values[63, 0] = np.inf, -np.inf
    picture = heatmap(values)
    assert len(picture.rows) == len(picture.rows[0]) == 8
    assert picture.rows[0][0] == -HEAT_STEPS
    assert picture.rows[7][7] == "?"
    assert (picture.rows[0][7], picture.rows[7][0]) == ("+", "−")
    assert picture.caption == "±4"
    assert picture.warning == "1 NaN, 1 ∞, 1 −∞"
    assert heatmap(np.array([1e-300, 1.0])).rows == [[1, HEAT_STEPS]]  # only zero is pale
