"""The explorer's page as a document: its policy, its marks, its limits, its errors."""

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import tinygrad_edu
from tinygrad_edu import Tensor, draw, explore, nn, sigmoid
from tinygrad_edu.drawing.output import Job
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.explorer import LargePageWarning, Page, document, hooks, picture
from tinygrad_edu.explorer.record import record

HOSTILE = '</script><script>window.hurt=1</script><img src=x onerror="window.hurt=1">'


def neuron(name="w1"):
    x, w1, w2 = Tensor(2.0, name="x"), Tensor(0.5, name=name), Tensor(-1.25, name="w2")
    loss = (sigmoid(w1 * x + w2 * x + 1.0) - 1) ** 2
    loss.name = "L"
    loss.backward()
    return loss


def network():
    net = nn.TwoLayerNetwork(3, 4, 2, seed=1)
    X = Tensor(np.arange(6.0).reshape(2, 3) / 6, name="X")
    loss = np.sum((net(X) - np.array([[0.0, 1.0], [1.0, 0.0]])) ** 2)
    loss.name = "loss"
    loss.backward()
    return loss


class Elements(HTMLParser):
    """All elements of a page, and the texts of some."""

    def __init__(self, page):
        super().__init__()
        self.found, self.texts, self.open = [], {}, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self.open = tag, dict(attributes).get("type")

    def handle_data(self, data):
        self.texts[self.open] = self.texts.get(self.open, "") + data

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def recorded(page):
    return json.loads(Elements(page).texts["script", "application/json"])


def svg_of(page):
    return ElementTree.fromstring(re.search(r"<svg width.*?</svg>", page, re.S)[0])


# ---- what is made -----------------------------------------------------------------------------


def test_a_page_is_html_that_stands_alone():
    page = explore(neuron())
    assert isinstance(page, Page)
    elements = Elements(page)
    assert page.startswith("<!doctype html>")
    assert elements.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in elements.all(
        "meta"
    )
    assert "Backprop of L" in page
    for tag, attributes in elements.found:
        assert not {"src", "href", "style", "srcset", "action"} & set(attributes), tag
        assert not any(name.startswith("on") for name in attributes), tag
    assert not re.search(r"https?:|@import|url\((?!#)", page)


def test_it_is_written_into_a_file(tmp_path):
    loss = neuron()
    assert explore(loss, tmp_path / "backprop.html") is None
    assert explore(loss, str(tmp_path / "other.HTM")) is None
    written = (tmp_path / "backprop.html").read_text("utf-8")
    assert written == explore(loss) == (tmp_path / "other.HTM").read_text("utf-8")
    assert len(list(tmp_path.iterdir())) == 2


def test_the_same_graph_gives_the_same_bytes():
    assert explore(network()) == explore(network())


def test_names_parameters_and_direction_are_those_of_draw():
    a, b = Tensor(2.0), Tensor(3.0)
    z = a * b
    z.backward()
    page = explore(z, names={"a": a}, parameters=[b], direction="down")
    nodes = recorded(page)["nodes"]
    assert [(node["name"], node["role"]) for node in nodes[:2]] == [
        ("a", "input"),
        ("", "parameter"),
    ]
    width, height = (float(svg_of(page).get(key)) for key in ("width", "height"))
    across = svg_of(explore(z, names={"a": a}, parameters=[b]))
    assert width / height < float(across.get("width")) / float(across.get("height"))


def test_the_gradient_of_a_matrix_has_its_formula():
    x, target = np.ones((4, 2)), np.zeros((4, 1))
    w1, w2 = Tensor(np.ones((2, 3)), name="w1"), Tensor(np.ones((3, 1)), name="w2")
    layer1, scale = sigmoid(x @ w1), Tensor(2.0, name="scale")
    layer1.name = "layer1"
    loss = nn.sum_of_squares(scale * (layer1 @ w2), target)
    loss.backward()
    nodes = {node["name"]: node for node in recorded(explore(loss))["nodes"]}
    loss_label = recorded(explore(loss))["nodes"][-1]["label"]
    assert nodes["w2"]["formula"] == (
        f"∂{loss_label}/∂w2 = layer1ᵀ @ (2(scale · (layer1 @ w2) − c₂) · scale)"
    )
    assert "layer1 · (1 − layer1)" in nodes["w1"]["formula"]
    assert "formula" not in nodes["scale"]  # its path says it


def test_depth_collapses_calls_of_modules():
    page = explore(network(), depth=0)
    cards = {each.get("data-card") for each in svg_of(page).iter("g") if "data-card" in each.attrib}
    nodes = recorded(page)["nodes"]
    assert {node["card"] for node in nodes} == cards
    assert len(cards) < len(nodes)
    with pytest.raises(ValueError, match=r"^explore: depth=-1 must be"):
        explore(network(), depth=-1)


class Step(nn.Module):
    def __init__(self):
        self.w = Tensor([[0.5, 0.1], [0.2, 0.3]], name="w")

    def feedforward(self, x, h):
        return np.tanh(self.w @ h + x)


def steps(count, **options):
    step, h = Step(), Tensor([0.1, 0.2], name="h0")
    for k in range(count):
        h = step(Tensor([float(k), 1.0], name=f"x{k}"), h)
    loss = np.sum(h)
    loss.backward()
    return explore(loss, **options)


@pytest.mark.parametrize("count", [4, 9, 40])
def test_equal_calls_are_closed_and_what_is_inside_is_drawn_once_for_all(count):
    page = steps(count)
    assert page.count("<template>") == 1
    nodes, (calls,) = recorded(page)["nodes"], recorded(page)["insides"]
    assert [call["name"] for call in calls.values()] == [f"Step {k}" for k in range(1, count + 1)]
    for card, call in calls.items():
        inside = [nodes[i] for i in call["nodes"]]
        assert [node["label"] for node in inside if node["role"] == "parameter"] == ["w"]
        assert [node["op"] for node in inside if node["op"] and node["card"] == card] == [
            "np.matmul", "np.add", "np.tanh",
        ]  # fmt: skip
        assert {n["box"] for n in inside if n["op"] and n["card"] == card} == {call["name"]}
    cards = [each for each in svg_of(page).iter("g") if "data-card" in each.attrib]
    assert len({each.get("data-card") for each in cards}) == 2 * count + 2


@pytest.mark.parametrize("options", [{"depth": 9}, {"direction": "down"}])
def test_calls_are_open_where_a_depth_or_another_direction_is_asked_for(options):
    page = steps(5, **options)
    assert "<template>" not in page
    assert recorded(page)["insides"] == []


def test_too_large_a_graph_is_refused_by_name():
    v = Tensor(1.0)
    for _ in range(2100):
        v = v + 1.0
    v.backward()
    with pytest.raises(ValueError, match=r"^explore: the graph has 2101 nodes"):
        explore(v)


def test_a_notebook_shows_it_in_a_frame_that_can_only_run_it():
    page = explore(neuron())
    (frame,) = Elements(page._repr_html_()).all("iframe")
    assert frame["sandbox"] == "allow-scripts"
    assert frame["srcdoc"] == page
    assert frame["title"]
    assert page._mime_() == ("text/html", page._repr_html_())  # marimo


def test_where_only_text_can_be_shown_it_says_what_the_page_is_of():
    assert repr(explore(neuron())) == "<Page: Backprop of L>"
    loss = neuron()
    loss.name = "a < b\nc"
    assert repr(explore(loss)) == "<Page: Backprop of a < b c>"


# ---- the policy -------------------------------------------------------------------------------


def policy(page):
    (content,) = (each["content"] for each in Elements(page).all("meta") if "http-equiv" in each)
    return dict(part.strip().split(" ", 1) for part in content.split(";"))


@pytest.mark.parametrize("make", [neuron, network])
def test_the_policy_allows_the_script_and_the_styles_of_the_page_and_nothing_else(make):
    page = explore(make())
    allowed = policy(page)
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert allowed.pop(f"{tag}-src") == f"'sha256-{digest}'"
    assert allowed == dict.fromkeys(("default-src", "img-src", "base-uri", "form-action"), "'none'")
    head = page[: page.index("<style>")]
    assert "Content-Security-Policy" in head  # before what it is to govern
    assert "<script" not in head


def test_hostile_names_are_text():
    page = explore(neuron(HOSTILE))
    elements = Elements(page)
    assert len(elements.all("script")) == len(Elements(explore(neuron())).all("script")) == 2
    assert not elements.all("img")
    assert not any(name.startswith("on") for _, attributes in elements.found for name in attributes)
    names = [node["name"] for node in recorded(page)["nodes"]]
    assert HOSTILE in names


def test_a_hostile_title_is_text():
    loss = neuron()
    loss.name = HOSTILE
    elements = Elements(explore(loss))
    assert len(elements.all("script")) == 2
    assert not elements.all("img")


# ---- the marks --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [neuron, network])
def test_every_card_and_every_edge_has_its_marks(make):
    loss = make()
    planned = plan(loss)
    page = explore(loss)
    nodes, root = recorded(page)["nodes"], svg_of(page)
    cards = {each.get("data-node"): each for each in root.iter("g") if "data-node" in each.attrib}
    assert sorted(cards, key=int) == [str(i) for i in range(len(nodes))]
    for key, group in cards.items():
        node = nodes[int(key)]
        assert (group.get("data-card"), group.get("data-shows")) == (node["card"], key)
        texts = {each.get("class"): each for each in group.iter("text")}
        assert "v" in texts
        assert ("g" in texts) == (node["role"] != "constant")
        heat = [each.get("class") for each in group.findall("g")]
        many = int(np.prod(node["shape"])) > 1
        assert heat == (["v heat", "g heat"][: 1 + (node["role"] != "constant")] if many else [])
        if not many:
            shown = texts["v"].text.strip(picture.SPACE)
            assert shown == tinygrad_edu.kit.text.number(float(node["value"][0]))
    places = {node["id"]: i for i, node in enumerate(nodes)}
    links = [each for each in root.iter("g") if "data-to" in each.attrib]
    assert len(links) == len(planned.links)
    for each in links:
        inputs = nodes[places[each.get("data-to")]]["inputs"]
        assert places[each.get("data-from")] in inputs


def test_a_local_derivative_that_can_change_has_a_place_though_it_is_1():
    x, w = Tensor(1.0, name="x"), Tensor(2.0, name="w")
    z = x * w
    z.backward()
    assert "×1" not in draw(z)
    marked = [each for each in svg_of(explore(z)).iter("text") if each.get("class") == "d"]
    assert [each.text.strip(picture.SPACE) for each in marked] == ["×2", "×1"]


def test_a_picture_without_the_marks_is_refused():
    loss = neuron()
    planned = plan(loss)
    root = picture.picture(planned, Job())
    nodes = {node["id"]: i for i, node in enumerate(record(loss, planned)["nodes"])}
    value = next(each for each in root.iter("text") if "2" in (each.text or ""))
    value.set("fill", "#123456")
    with pytest.raises(LookupError, match="0 texts in the colour of its value"):
        hooks.hook(root, planned, nodes)
    with pytest.raises(LookupError, match="no element 'n0'"):
        hooks.hook(ElementTree.Element("svg"), planned, nodes)


def test_arrays_without_elements_or_without_finite_ones_have_no_caption():
    x = Tensor(np.zeros((0, 3)), name="x")
    y = Tensor([np.nan, np.nan], name="y")
    loss = np.sum(x) + np.sum(y)
    loss.backward()
    root = svg_of(explore(loss))
    for group in [each for each in root.iter("g") if each.get("data-shows") in ("0", "1")]:
        assert "v" not in [each.get("class") for each in group.iter("text")]


def test_undefined_numbers_and_all_shapes_have_their_marks():
    x = Tensor(np.array([[1.0, -1.0, 0.0], [np.inf, np.nan, 2.0]]), name="x")
    with np.errstate(all="ignore"):
        loss = np.sum(np.log(x) * np.ones((2, 1)) + Tensor(np.zeros((2, 2, 3)), name="y"))
        loss.backward()
        page = explore(loss)
    kinds = [each.get("class") for each in svg_of(page).iter("text")]
    assert {"v w", "g w"} <= set(kinds)


# ---- a reader without scripts -----------------------------------------------------------------


def test_without_scripts_there_is_a_note_and_a_table_of_all_numbers():
    page = explore(neuron())
    assert "<noscript>" in page
    table = re.search(r"<table>.*?</table>", page, re.S)[0]
    for shown in ("w1", "input", "−1.25", "×", "∂L/∂node"):
        assert shown in table
    assert table.count("<tr>") == 1 + len(recorded(page)["nodes"])


# ---- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [3.0, np.ones(2), None, "z"])
def test_only_a_tensor_can_be_explored(wrong):
    with pytest.raises(TypeError, match=r"explore: only a Tensor .* not a"):
        explore(wrong)


def test_without_gradients_it_says_to_call_backward():
    with pytest.raises(ValueError, match=r"explore: .* call backward\(\)"):
        explore(Tensor(2.0) * 3)


def test_gradients_of_another_pass_are_refused():
    w = Tensor(2.0, name="w")
    first, second = w * 3, w * 4
    first.backward()
    second.backward()
    with pytest.raises(ValueError, match="backward"):
        explore(second)


@pytest.mark.parametrize("name", ["page.svg", "page", "page.html.txt", "html"])
def test_the_suffix_says_that_it_is_a_page(name, tmp_path):
    with pytest.raises(ValueError, match=r"explore: .* does not end in \.html or \.htm"):
        explore(neuron(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_the_direction_is_one_of_two():
    with pytest.raises(ValueError, match=r"explore: direction is 'right' or 'down', not 'up'"):
        explore(neuron(), direction="up")


def test_without_graphviz_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("TINYGRAD_EDU_DOT", "no-such-program")
    with pytest.raises(RuntimeError, match=r"\[draw\]"):
        explore(neuron())


def test_a_folder_that_is_not_there_is_an_error_that_names_the_file(tmp_path):
    target = tmp_path / "none" / "page.html"
    with pytest.raises(OSError, match=re.escape(str(target))):
        explore(neuron(), target)


def test_large_pages_are_warned_of_and_larger_ones_refused(monkeypatch, tmp_path):
    loss = neuron()
    monkeypatch.setattr(document, "LARGE", 1000)
    with pytest.warns(LargePageWarning, match=r"0\.1 MB, and is slow to open; explore a part"):
        explore(loss, tmp_path / "page.html")
    (tmp_path / "page.html").unlink()
    monkeypatch.setattr(document, "LARGEST", 2000)
    with pytest.raises(ValueError, match=r"would have 0\.1 MB.* explore a part of the graph"):
        explore(loss, tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_the_limits_are_2_and_10_megabytes():
    assert (document.LARGE, document.LARGEST) == (2_000_000, 10_000_000)


def test_the_frame_escapes_the_page():
    assert html.escape(HOSTILE) in Page(HOSTILE)._repr_html_()


def test_the_files_of_the_page_are_shipped():
    folder = Path(tinygrad_edu.__file__).parent / "explorer" / "page"
    assert {"page.html", "style.css", "page.js"} <= {each.name for each in folder.iterdir()}
