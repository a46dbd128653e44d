"""Pictures of graphs: what is in them, and that any program can read them."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from tinygrad_edu import Tensor, draw, explain, nn, sigmoid, to_dot
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.engine.context import scope

SVG = "{http://www.w3.org/2000/svg}"


def neuron():
    x, y, w1, w2, c = (
        Tensor(value, name=name)
        for name, value in {"x": 2.0, "y": 3.0, "w1": 0.5, "w2": -1.25, "c": 1.5}.items()
    )
    return sigmoid(x * w1 + y * w2 + c)


def parsed(t, **options):
    return ElementTree.fromstring(draw(t, **options))


def texts(t, **options):
    return [each.text for each in parsed(t, **options).iter(f"{SVG}text")]


def titles(root):
    """What is shown where the pointer rests, by the end of the id."""
    return {
        group.get("id").partition("-")[2]: group.findtext(f"{SVG}title")
        for group in root.iter(f"{SVG}g")
        if group.find(f"{SVG}title") is not None
    }


def by_name(t, **options):
    return {card.name: card for card in plan(t, **options).cards if card.name}


def test_values_gradients_and_local_derivatives_are_shown():
    z = neuron()
    z.backward()
    shown = texts(z)
    assert {"x", "y", "w1", "w2", "c", "0.2227", "∂ 0.3462", "∂ −0.2164", "∂ 1"} <= set(shown)
    assert {"×0.5", "×2", "×−1.25", "×3", "×0.1731"} <= set(shown)
    assert "×1" not in shown  # as the sum's derivatives are, which are therefore not written
    assert shown.count("+") == 2
    assert {"×", "σ"} <= set(shown)


def test_a_gradient_not_computed_is_no_zero_and_the_footer_says_what_to_do():
    z = neuron()
    shown = texts(z)
    assert "∂ —" in shown
    assert "∂ 0" not in shown
    assert any("call backward()" in each for each in shown)
    z.backward()
    assert not any("—" in each for each in texts(z))


def test_a_graph_whose_output_is_gone_is_drawn_without_its_gradients():
    z = neuron()
    z.backward()
    part = z.parents[0]
    del z
    assert "∂ —" in texts(part)
    assert "∂ 0.3462" in texts(part)  # a leaf keeps what it accumulated


def test_a_recorded_gradient_is_shown_like_any_other():
    x = Tensor(3.0, name="x")
    y = x * x
    y.backward(create_graph=True)
    assert "∂ 6" in texts(y)


def test_an_argument_used_twice_has_two_edges():
    a = Tensor(3.0, name="a")
    planned = plan(a * a)
    assert [(link.source.name, link.place, link.number) for link in planned.links] == [
        ("a", 0, "×3"),
        ("a", 1, "×3"),
    ]
    assert len(parsed(a * a).findall(f".//{SVG}g[@class='edge']")) == 2


def test_constants_are_leaves_without_a_gradient():
    x, data = Tensor(2.0, name="x"), np.array([[1.0, 2.0]])
    z = np.sum(x * 4 + data * x + data)
    cards = plan(z, {"data": data}).cards
    constants = [card for card in cards if card.role == "constant"]
    assert [card.name for card in constants] == ["", "data"]  # the array once, for its two uses
    assert "no gradient" in constants[0].tooltip
    assert "4" in texts(z)


def test_the_value_drawn_is_the_one_computed_with():
    w = Tensor(3.0, name="w")
    z = w * 2
    w.data = 100.0
    assert by_name(z)["w"].value == 3


def test_matrix_edges_say_their_rule():
    X, W = Tensor(np.ones((2, 3)), name="X"), Tensor(np.ones((3, 4)), name="W")
    loss = np.sum(X @ W)
    tips = titles(parsed(loss))
    assert "G @ Wᵀ" in tips["e0"]
    assert "Xᵀ @ G" in tips["e1"]
    assert "repeat G" in tips["e2"]


def test_an_elementwise_derivative_is_one_number_only_if_it_is_the_same_everywhere():
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    assert [link.number for link in plan(np.sum(a - b)).links] == ["", "×−1", ""]
    assert [link.number for link in plan(np.sum(a * b)).links] == ["", "", ""]
    assert "[3., 4.]" in plan(np.sum(a * b)).links[0].tooltip


def test_the_full_value_is_in_the_tooltip():
    x = Tensor(0.1234567890123, name="x")
    tips = titles(parsed(np.exp(x)))
    assert "0.1234567890123" in tips["n0"]
    assert "input" in tips["n0"]
    assert "computed by np.exp" in tips["n1"]


def test_names_are_the_tensors_own_then_the_given_then_the_path():
    net = nn.TwoLayerNetwork(2, hidden=3, outputs=1)
    x, inner = Tensor([1.0, 2.0], name="own"), [Tensor(1.0), Tensor(2.0)]
    names = {"x": x, "inner": inner, "net": net, "number": 3, "none": None}
    cards = by_name(np.sum(net(x * inner[0] * inner[1])), names=names)
    assert {"own", "inner[0]", "inner[1]"} <= cards.keys()
    assert sum("weights" in name for name in cards) == 2


def test_parameters_are_what_modules_list_or_the_caller_marks():
    net = nn.TwoLayerNetwork(2, hidden=3, outputs=1)
    cards = by_name(np.sum(net(Tensor([1.0, 2.0], name="x"))))
    assert cards.pop("x").role == "input"
    assert {card.role for card in cards.values()} == {"parameter"}
    w = Tensor(1.0, name="w")
    assert by_name(w * 2)["w"].role == "input"
    assert by_name(w * 2, parameters=[w])["w"].role == "parameter"


class Twice:
    """Just enough of a module."""

    def __init__(self, inner=None):
        self.inner, self.w = [inner], Tensor(2.0)

    def __call__(self, x):
        with scope(self):
            inner = self.inner[0]
            return x * self.w if inner is None else inner(inner(x * self.w)) + 7

    def named_parameters(self):
        yield "w", self.w
        for inner in filter(None, self.inner):
            yield from ((f"inner.{path}", p) for path, p in inner.named_parameters())


def test_every_call_of_a_module_has_a_box_within_that_of_its_caller():
    outer = Twice(Twice())
    planned = plan(outer(Tensor(3.0, name="x")), {"net": outer})
    assert [(box.title, box.parent and box.parent.title) for box in planned.boxes] == [
        ("Twice net", None),
        ("Twice inner[0]", "Twice net"),
        ("Twice inner[0]", "Twice net"),
    ]
    boxes = {card.name: card.box and card.box.id for card in planned.cards if card.name}
    # Shared by two calls, a parameter is in the box around both; what a module is given, in none.
    assert boxes == {"x": None, "net.w": "c0", "net.inner.w": "c0"}
    assert [card.box.id for card in planned.cards if card.role == "constant"] == ["c0"]
    root = parsed(outer(Tensor(3.0)))
    assert len(root.findall(f".//{SVG}g[@class='cluster']")) == 3


def test_every_role_differs_by_more_than_its_colour():
    x, w = Tensor(2.0, name="x"), Tensor(1.0, name="w")
    dot = to_dot(x * w + 4, parameters=[w])
    frames = {
        name: next(line for line in dot.splitlines() if f"\t{name} [" in line)
        for name in ("n0", "n1", "k0", "n3")
    }
    assert 'BORDER="1"' in frames["n0"]
    assert 'STYLE="ROUNDED"' in frames["n0"]
    assert 'BORDER="2"' in frames["n1"]
    assert 'STYLE="SOLID"' in frames["n1"]
    assert 'STYLE="ROUNDED,DASHED"' in frames["k0"]
    assert 'BORDER="3"' in frames["n3"]


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((0, 3)),
        np.zeros((1, 1)),
        np.zeros(5),
        np.array([np.nan, np.inf, -np.inf, 0.0, 1.0]),
        np.full((2, 2), np.nan),
        np.full(3, np.inf),
        np.full(3, 5e-324),
        np.array([1e308, -1e308]),
        np.ones((2, 3, 4, 5)),
        np.arange(10_000.0).reshape(100, 100),
        np.ones((3, 2), dtype=np.float32),
    ],
)
def test_any_array_can_be_drawn(values):
    loss = np.sum(Tensor(values, name="a"))
    loss.backward()
    shown = " ".join(texts(loss))
    if np.isnan(values).any():
        assert f"{np.isnan(values).sum()} NaN" in shown
    if np.isposinf(values).any():
        assert f"{np.isposinf(values).sum()} ∞" in shown
    assert titles(parsed(loss))["n0"].startswith("a")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a:b",
        "a\x00b\x1b[31m",
        "\ud800\udfff",
        "\ufffe\uffff",
        "<script>alert(1)</script>",
        "<TABLE><TR><TD>",
        "&amp;&lt;&#0;&nosuch;",
        "\"'`",
        "\\N\\G\\L\\n\\",
        "]]>",
        "two\nlines\tand\r\nmore",
        "x" * 100_000,
        "本物の名前 🧠 ñ \u202eabc",
        "--",
        "<!-- --> <![CDATA[",
        "%s%n%(x)s{}{0}${x}",
        "{|<f0>|}",
        "\u200f\u2067\u061cright to left",
        "https://example.com",
        'javascript:alert(1)" onload="alert(1)',
        "graph",
        "n0",
    ],
)
def test_hostile_names(name, tmp_path):
    class Odd(Twice):
        pass

    Odd.__name__ = name.replace("\x00", "").encode(errors="replace").decode()
    odd = Odd()
    odd.name = name
    x, array = Tensor(2.0, name=name), np.ones(2)
    z = np.sum(odd(x * x) * array)
    z.name = name
    z.backward()
    for options in ({}, {"depth": 0, "flow": True}):
        root = parsed(z, names={name: array, f"{name}2": odd}, **options)
        innocent(root)
        assert max(map(len, titles(root).values())) < 1500
    assert "\x00" not in repr(draw(z))
    draw(z, tmp_path / "odd.svg")
    draw(z, tmp_path / "odd.dot")
    if name.isprintable() and name and len(name) < 20 and "\u202e" not in name:
        assert name in texts(z)


def innocent(root):
    """It holds shapes and text, and nothing that runs, loads or leads elsewhere."""
    allowed = {"svg", "title", "desc", "style", "g", "path", "polygon", "polyline", "text"}
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= allowed
    attributes = {key for each in root.iter() for key in each.keys()}  # noqa: SIM118
    assert not any("href" in key or key.startswith("on") for key in attributes)
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))


def test_ids_are_unique_also_on_a_page_of_several_pictures():
    ids = [
        each.get("id")
        for t in (neuron(), neuron() * 2, np.sum(nn.TwoLayerNetwork(2)(np.ones((3, 2)))))
        for each in parsed(t).iter()
        if each.get("id")
    ]
    assert len(ids) == len(set(ids))


def test_the_same_graph_gives_the_same_bytes_in_another_process(tmp_path):
    program = (
        "import sys, numpy as np\n"
        "from tinygrad_edu import draw, nn, Tensor\n"
        "[Tensor(0.0) for _ in range(int(sys.argv[2]))]\n"
        "net = nn.TwoLayerNetwork(2, hidden=3, outputs=1)\n"
        "for p in net.parameters(): p.data = np.arange(float(p.size)).reshape(p.shape)\n"
        "loss = np.sum(net(np.ones((4, 2))) ** 2); loss.backward()\n"
        "draw(loss, sys.argv[1], names=globals())\n"
    )
    for i in (0, 7):
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / f"{i}.svg"), str(i)], check=True
        )
    assert (tmp_path / "0.svg").read_bytes() == (tmp_path / "7.svg").read_bytes()


def test_the_picture_describes_itself():
    z = neuron()
    z.name = "z"
    root = parsed(z)
    assert root.get("role") == "img"
    described = root.get("aria-labelledby").split()
    assert [root.find(f"*[@id='{each}']").tag for each in described] == [
        f"{SVG}title",
        f"{SVG}desc",
    ]
    assert root.findtext(f"{SVG}title") == "Computation graph of z"


def test_a_busy_leaf_is_a_chip_at_each_further_use():
    x = y = Tensor(0.5, name="x")
    for _ in range(20):
        y = np.sin(y) * x
    planned = plan(y, width=None)
    assert sum(card.chip for card in planned.cards) == 20
    assert sum(card.name == "x" for card in planned.cards) == 21
    assert texts(y, width=None).count("x") == 21


def test_a_large_graph_is_drawn_without_numbers_on_edges():
    y = Tensor(0.5)
    for _ in range(400):
        y = np.sin(y)
    assert not any(link.number for link in plan(y).links)
    assert "sin" in texts(y)


def test_a_graph_that_nobody_can_read_is_refused_with_a_way_out():
    y = Tensor(0.5)
    for _ in range(2001):
        y = y + 1
    with pytest.raises(ValueError, match=r"2002 nodes.*draw a part"):
        draw(y)
    assert y._repr_svg_() is None


def test_a_deep_graph_needs_no_recursion_to_be_refused():
    y = Tensor(0.5)
    for _ in range(100_000):
        y = y + 1
    with pytest.raises(ValueError, match="100001 nodes"):
        to_dot(y)


def test_downwards():
    dot = to_dot(neuron(), direction="down")
    assert "rankdir=TB" in dot
    assert parsed(neuron(), direction="down").get("role") == "img"
    with pytest.raises(ValueError, match="'right' or 'down'"):
        draw(neuron(), direction="up")


def test_only_tensors_are_drawn():
    with pytest.raises(TypeError, match="not a float"):
        draw(3.0)
    with pytest.raises(TypeError, match="not a ndarray"):
        to_dot(np.ones(3))


def test_notebooks_show_tensors_and_drawings():
    z = neuron()
    assert z._repr_svg_() == draw(z)
    assert draw(z)._repr_svg_() == draw(z)
    assert draw(Tensor(1.0)).count("<svg") == 1


# ---- complex values ------------------------------------------------------------------------------


def test_complex_values_and_gradients_are_legible():
    z, w = Tensor([[1 + 2j, 3], [0, -4j]], name="z"), Tensor(2 - 1j, name="w")
    y = np.sum(np.abs(z * w * (1 + 1j) + np.array([1j, 2])))
    assert "2−1i" in to_dot(y)
    y.backward()
    dot = to_dot(y)
    assert "modulus ≤ 4" in dot
    assert "1+1i" in dot  # a constant
    assert "complex" not in dot
    assert re.search("∂ −?[0-9.]+[+−][0-9.]+i", dot)


def test_complex_numbers_that_are_not_finite():
    z = Tensor([complex(1, np.nan), complex(np.inf, 0)], name="z")
    assert "1 NaN, 1 ∞" in to_dot(np.conj(z))
    assert "NaN+∞i" in to_dot(np.conj(Tensor(complex(np.nan, -np.inf))))


def test_names_and_parameters_of_the_wrong_kind_are_refused():
    """A vector would be iterated over, and none of its elements be a parameter of the graph."""
    w = Tensor([1.0, 2.0])
    y = np.sum(w * w)
    for parameters in (w, Tensor(1.0), nn.Layer(2, 2)):
        with pytest.raises(TypeError, match=r"^parameters: several Tensors .*parameters=\[w, b\]"):
            to_dot(y, parameters=parameters)
    with pytest.raises(
        TypeError, match=r"^names: a mapping .*names=locals\(\), and this is a list"
    ):
        to_dot(y, names=[w])
    with pytest.raises(TypeError, match=r"^names: a mapping"):
        explain(y, w, names=["w"])


@pytest.mark.parametrize(
    ("power", "sign"),
    [
        (np.square, "x²"),
        (lambda x: x**2, "x²"),
        (lambda x: np.power(x, 2.0), "x²"),
        (lambda x: x ** np.float64(2), "x²"),
        (lambda x: x ** np.int8(3), "x³"),
        (lambda x: x**-2, "x⁻²"),
    ],
)
def test_a_power_is_one_sign_however_it_is_written(power, sign):
    y = power(Tensor([1.5, -2.0], name="x"))
    assert [(card.name, card.symbol) for card in plan(y).cards] == [("x", ""), ("", sign)]
    np.sum(y).backward()
    assert sign in draw(y)


@pytest.mark.parametrize("exponent", [0.5, 1, True, 12, 2 + 0j, np.array([2, 3])])
def test_any_other_exponent_is_a_constant_of_its_own(exponent):
    y = Tensor([1.5, 2.0], name="x") ** exponent
    assert [card.role for card in plan(y).cards] == ["input", "operation", "constant"]
    assert plan(y).cards[1].symbol == "xʸ"


def test_an_exponent_that_is_learnt_is_a_card():
    y = Tensor(3.0, name="x") ** Tensor(2.0, name="n")
    assert [card.name for card in plan(y).cards][:2] == ["x", "n"]


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3), (2, 0, 2), (2, 3, 0)])
def test_arrays_without_elements_are_drawn(shape):
    loss = np.sum(Tensor(np.zeros(shape), name="x") * 2.0)
    loss.backward()
    assert f">{'×'.join(map(str, shape))}<" in draw(loss)
