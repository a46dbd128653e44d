"""The page on which a decision boundary forms: its frames, its text, and what is refused."""

import base64
import copy
import html
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from tinygrad_edu import nn, plot

pytest.importorskip("matplotlib")

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
EITHER = [0, 1, 1, 1]


def ramp(start):
    """A model whose probability goes from 0 to 1 along the first input, and is ½ at `start`."""
    return lambda x: np.clip(x[:, 0] - start + 0.5, 0, 1)


FRAMES = {"epoch 0": ramp(0.25), "epoch 1": ramp(0.5), "epoch 2": ramp(0.75)}


def scene(page):
    """The SVG of a page, as a tree."""
    return ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])


def images(page):
    """The pixels of each frame, from the top row down."""
    image = pytest.importorskip("PIL.Image")
    urls = [each.get("href") for each in scene(page).iter("image")]
    assert all(url.startswith("data:image/png;base64,") for url in urls)
    files = [io.BytesIO(base64.b64decode(url.partition(",")[2])) for url in urls]
    return [np.asarray(image.open(file).convert("RGBA")) for file in files]


def test_each_frame_has_its_caption_and_the_last_one_shows():
    page = plot.boundary_animation(FRAMES, CORNERS, EITHER)
    frames = [each for each in scene(page).iter("g") if each.get("class") == "frame"]
    assert [frame.get("data-caption") for frame in frames] == list(FRAMES)
    assert [frame.get("visibility") for frame in frames] == ["hidden", "hidden", "visible"]
    assert '<p id="caption">epoch 2</p>' in page
    assert 'max="2" value="2"' in page


def test_the_lines_are_where_the_probability_is_the_threshold():
    page = plot.boundary_animation(FRAMES, CORNERS, EITHER)
    lines = [each.get("d") for each in scene(page).iter("path") if each.get("class") == "line"]
    places = [{float(x) for x in re.findall(r"[ML]([\d.]+) ", line)} for line in lines]
    # The plane goes from −0.1 to 1.1, between 58 and 628.
    expected = [58 + (start + 0.1) / 1.2 * 570 for start in (0.25, 0.5, 0.75)]
    for found, x in zip(places, expected, strict=True):
        assert all(abs(each - x) <= 0.1 for each in found)


def test_regions_are_the_colours_of_decision_boundary():
    from matplotlib.colors import to_rgb

    from tinygrad_edu.plot.colours import class_colours

    below, above = (np.round(np.multiply(to_rgb(colour), 255)) for colour in class_colours(2))
    for pixels, start in zip(
        images(plot.boundary_animation(FRAMES, CORNERS, EITHER)), (0.25, 0.5, 0.75), strict=True
    ):
        assert pixels.shape == (96, 96, 4)
        edge = round((start + 0.1) / 1.2 * 96)
        assert (pixels[:, : edge - 1, :3] == below).all()
        assert (pixels[:, edge + 1 :, :3] == above).all()
        assert pixels[0, 0, 3] > pixels[0, edge - 1, 3]


def test_the_second_input_goes_up():
    (pixels,) = images(
        plot.boundary_animation({"": lambda x: np.clip(x[:, 1], 0, 1)}, CORNERS, EITHER)
    )
    blue = pixels[..., 2] > pixels[..., 0]
    assert blue[0].all()
    assert not blue[-1].any()


def test_examples_and_key():
    page = plot.boundary_animation(FRAMES, CORNERS, EITHER, classes=["neither", "either"])
    points = [each for each in scene(page).iter("path") if each.get("class") == "point"]
    assert len(points) == 4 + 2  # each example, and each class in the key
    places = [point.get("transform") for point in points[:4]]
    assert places[0] == f"translate({58 + 0.1 / 1.2 * 570:.1f} {418 - 0.1 / 1.2 * 378:.1f})"
    fills = [point.get("fill") for point in points]
    assert fills == [fills[4], fills[5], fills[5], fills[5], fills[4], fills[5]]
    outlines = [point.get("d") for point in points]
    assert outlines[0] == outlines[4] != outlines[5] == outlines[1]
    texts = [text.text for text in scene(page).iter("text")]
    assert {"neither", "either", "input 1", "input 2", "0.5"} <= set(texts)


def test_three_classes_of_logits():
    def model(x):
        return np.stack([np.zeros(len(x)), 20 * x[:, 0] - 10, 40 * x[:, 0] - 30], axis=1)

    (pixels,) = images(plot.boundary_animation({"": model}, CORNERS, [0, 0, 1, 2], logits=True))
    assert len(np.unique(pixels[0, :, :3], axis=0)) == 3


def test_copies_of_a_module_are_frames():
    network, frames = nn.Layer(2, 1, seed=0), {}
    for epoch in range(2):
        frames[epoch] = copy.deepcopy(network)
        network.weights.data = -network.weights.data
    one, other = images(plot.boundary_animation(frames, CORNERS, EITHER))
    assert (one != other).any()


def test_names_are_text_and_nothing_else():
    hostile = '</script><script>alert(1)</script>"\x00 $policy'
    page = plot.boundary_animation({hostile: ramp(0.5)}, CORNERS, EITHER, classes=[hostile, "b"])
    assert page.count("<script>") == 1
    assert "\x00" not in page
    frame = next(each for each in scene(page).iter("g"))
    assert frame.get("data-caption") == hostile.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def test_a_page_asks_nothing_of_the_network():
    page = plot.boundary_animation(FRAMES, CORNERS, EITHER)
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_page_twice_as_text_and_as_a_file(tmp_path):
    file = tmp_path / "forming.html"
    assert plot.boundary_animation(FRAMES, CORNERS, EITHER, file) is None
    page = plot.boundary_animation(FRAMES, CORNERS, EITHER)
    assert file.read_text("utf-8") == page
    shown = page._repr_html_()
    assert shown.startswith('<iframe sandbox="allow-scripts"')
    assert html.unescape(re.search('srcdoc="(.*)"', shown, re.DOTALL)[1]) == page


def test_a_picture_has_few_colours_also_with_eight_classes():
    p = np.random.default_rng(0).dirichlet(np.ones(8), size=96 * 96)
    (pixels,) = images(plot.boundary_animation({"": lambda x: p}, CORNERS, EITHER))
    assert 8 < len(np.unique(pixels.reshape(-1, 4), axis=0)) <= 256


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": {}}, "at least one"),
        ({"frames": ramp(0.5)}, "models by their captions"),
        ({"frames": {"a": ramp(0.5), "b": lambda x: np.full((len(x), 3), 1 / 3)}}, r"\[2, 3\]"),
        ({"frames": {"a": lambda x: x[:, 0]}}, "no probabilities.*logits=True"),
        ({"inputs": np.zeros((4, 3))}, r"inputs have shape \(4, 3\)"),
        ({"targets": [0, 1]}, r"targets have shape \(2,\)"),
        ({"classes": ["one"]}, "names 1"),
        ({"threshold": 1.0}, r"threshold=1\.0"),
        ({"path": "forming.svg"}, r"'forming\.svg' does not end in \.html"),
    ],
)
def test_pages_that_cannot_be_made(change, message):
    options = {"frames": FRAMES, "inputs": CORNERS, "targets": EITHER} | change
    with pytest.raises(ValueError, match=r"plot\.boundary_animation: .*" + message):
        plot.boundary_animation(options.pop("frames"), **options)
