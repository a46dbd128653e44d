"""The explorer in a real browser: its numbers against Python's, and what a reader can do."""

import json
import re

import numpy as np
import pytest

from tests.recurrent import Cell
from tinygrad_edu import Tensor, explore, nn, sigmoid
from tinygrad_edu.kit.text import number

HURT = "window.hurt = true"
HOSTILE = f'</script><script>{HURT}</script><img src=x onerror="{HURT}">'


def neuron(x1=2.0, w1=0.5, b=1.5):
    """L = (σ(w1 x1 + w2 x2 + b) - 1)², with x1 also squared, so that it has two paths."""
    x1, x2 = Tensor(x1, name="x1"), Tensor(3.0, name="x2")
    w1, w2, b = Tensor(w1, name="w1"), Tensor(-1.0, name="w2"), Tensor(b, name="b")
    y = sigmoid(w1 * x1 + w2 * x2 + b)
    y.name = "y"
    loss = (y - 1) ** 2 + 0.1 * x1 * x1
    loss.name = "L"
    loss.backward()
    return loss


def diamonds(depth=8):
    """x with 2 ** depth paths to the output."""
    v = Tensor(0.5, name="x")
    for _ in range(depth):
        v = v * 0.75 + sigmoid(v)
    v.name = "out"
    v.backward()
    return v


def two_layers(change=0.0):
    net = nn.TwoLayerNetwork(3, 4, 1, seed=1)
    X = np.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    X[1, 2] += change
    loss = np.sum((net(Tensor(X, name="X")) - np.array([[0.0], [1], [1], [0]])) ** 2)
    loss.name = "loss"
    loss.backward()
    return loss


def classifier():
    net = nn.TwoLayerNetwork(4, 5, 3, output_activation="identity", seed=1)
    X = Tensor(np.random.default_rng(0).normal(size=(5, 4)), name="X")
    loss = nn.softmax_cross_entropy(net(X), np.array([0, 1, 2, 1, 0]))
    loss.name = "loss"
    loss.backward()
    return loss


GRAPHS = [neuron, diamonds, two_layers, classifier]


class Wide(nn.Module):
    """So many neurons that they are shown as one card."""

    def __init__(self, count):
        weights = np.random.default_rng(0).normal(size=(count, 2)).tolist()
        self.hidden = [nn.Neuron(each, 0.1) for each in weights]
        self.out = nn.Neuron(np.linspace(-1, 1, count).tolist(), 0.0)

    def feedforward(self, x):
        return self.out(np.stack([neuron(x) for neuron in self.hidden]))


def wide(x=2.0):
    y = Wide(110)(Tensor([x, 3.0], name="x"))
    y.name = "y"
    y.backward()
    return y


class Shown:
    """A page of the explorer, opened, and its parts."""

    def __init__(self, page, loss, folder, **options):
        file = folder / "backprop.html"
        explore(loss, file, **options)
        page.goto(file.as_uri())
        self.page = page
        self.record = json.loads(page.locator("#record").text_content())
        self.nodes = self.record["nodes"]
        self.last = int(page.locator("#at").get_attribute("max"))

    def go(self, step):
        """To a step, by its slider."""
        self.page.locator("#at").fill(str(step))

    def index(self, label):
        (found,) = [i for i, node in enumerate(self.nodes) if node["label"] == label]
        return found

    def seen(self):
        """For each node the value and the gradient that are seen in the picture."""
        return self.page.evaluate("""() => Object.fromEntries(
            [...document.querySelectorAll("#frame .node[data-node]")]
            .sort((a, b) => b.id.includes("u") - a.id.includes("u")).map(group => { // chips first
                const text = kind => [...group.querySelectorAll(`text.${kind}`)]
                    .filter(each => each.checkVisibility({visibilityProperty: true}))
                    .map(each => each.textContent)[0] ?? null;
                return [group.dataset.node, [text("v"), text("g")]];
            }))""")

    def sentences(self):
        """Without what is said aside."""
        return self.page.evaluate("""() => [...document.querySelectorAll("#sentence p")].map(p =>
            [...p.childNodes].filter(each => each.className !== "m")
                .map(each => each.textContent).join(""))""")

    def choose(self, label):
        self.page.locator("#choose").select_option(label=label)

    def pick(self, *index):
        """An element of the chosen array, by its place in the table, or where that is narrower."""
        button = self.page.get_by_role("button", name=f"Element [{', '.join(map(str, index))}]")
        if button.count():
            button.click()
            return
        for axis, each in enumerate(index):
            field = self.page.locator(f"[data-axis='{axis}']")
            field.fill(str(each))
            field.press("Enter")

    def panel(self):
        return self.page.locator("#panel").inner_text()

    def move(self, label, value):
        self.page.get_by_role("spinbutton", name=label, exact=True).fill(str(value))


@pytest.fixture
def shown(page, tmp_path):
    return lambda loss, **options: Shown(page, loss, tmp_path, **options)


def caption(values):
    values = np.asarray(values, float)
    return number(values.flat[0]) if values.size == 1 else f"±{number(np.abs(values).max())}"


def labelled(shown, loss):
    """The Tensors of a graph by their labels: those of a record are in the order of the graph."""
    from tinygrad_edu.engine import backward

    tensors = backward.ordered(loss)[::-1]
    nodes = [node for node in shown.nodes if node["role"] != "constant"]
    return dict(zip((node["label"] for node in nodes), tensors, strict=True))


# ---- the steps --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)
def test_every_step_shows_what_python_computed_and_no_more(shown, make):
    loss = make()
    shown = shown(loss)
    tensors = labelled(shown, loss)
    operations = [i for i, node in enumerate(shown.nodes) if node["op"]]
    n = len(operations)
    assert shown.last == 2 * n + 1
    partial = {}  # by node, the contributions that have come back
    for step in range(shown.last + 1):
        shown.go(step)
        seen = shown.seen()
        if step > n + 1:
            done = operations[-(step - n - 1)]
            node, tensor = shown.nodes[done], tensors[shown.nodes[done]["label"]]
            for edge, link in zip(tensor.edges, node["edges"], strict=True):
                partial.setdefault(link["parent"], []).append(edge.contribution)
        for i, node in enumerate(shown.nodes):
            value, gradient = seen[str(i)]
            known = not node["op"] or operations.index(i) < step
            assert value == (caption(node["value"]) if known else None), (step, node["label"])
            expected = None
            if i in partial:
                expected = f"∂ {caption(sum(partial[i]))}"
            elif i == shown.record["output"] and step > n:
                expected = f"∂ {caption(loss.grad)}"
            assert gradient == expected, (step, node["label"])
    for label, tensor in tensors.items():
        value, gradient = shown.seen()[str(shown.index(label))]
        assert gradient == f"∂ {caption(tensor.grad)}"


def test_every_sentence_of_a_scalar_graph_holds_pythons_numbers(shown):
    loss = neuron()
    shown = shown(loss)
    tensors = labelled(shown, loss)
    operations = [node for node in shown.nodes if node["op"]]
    for k, node in enumerate(operations):
        shown.go(k + 1)
        (said,) = shown.sentences()
        assert said.startswith(f"{node['label']} = ")
        assert said.endswith(f" = {number(tensors[node['label']].item())}")
        shown.go(shown.last - k)
        said, edges = shown.sentences(), tensors[node["label"]].edges
        assert len(said) == len(edges)
        for text, edge, link in zip(said, edges, node["edges"], strict=True):
            shown_factors = [
                f"({each})" if each.startswith("−") else each
                for each in map(number, (edge.node.grad.item(), edge.local_derivative.item()))
            ]
            parent = shown.nodes[link["parent"]]["label"]
            product = " × ".join(shown_factors)
            assert text == f"∂L/∂{parent} += {product} = {number(edge.contribution.item())}"


def test_a_sentence_about_matrices_gives_the_rule_and_the_shapes(shown):
    shown = shown(two_layers())
    shown.go(shown.last)
    text = shown.page.locator("#sentence").inner_text()
    assert re.search(r"∂loss/∂hidden\.weights \+= Xᵀ @ G\s+\(3×4 @ 4×4\)", text)
    assert re.search(r"∂loss/∂X \+= G @ hidden\.weightsᵀ\s+\(4×4 @ 4×3\)", text)
    shown.go(1)
    assert "v₁ = X @ hidden.weights" in shown.page.locator("#sentence").inner_text()


@pytest.mark.parametrize(
    ("compute", "sentence"),
    [
        (lambda x: np.exp(x), "v₁ = exp(x)"),
        (lambda x: np.sqrt(x), "v₁ = √(x)"),
        (lambda x: x**2, "v₁ = x²"),
        (lambda x: x**-3.0, "v₁ = x⁻³"),
        (lambda x: x**2.5, "v₁ = x ^ 2.5"),
        (lambda x: x[:, 1], "v₁ = x[:, 1]"),
        (lambda x: np.sum(x, axis=0), "v₁ = Σ(x, axis 0)"),
        (lambda x: np.einsum("ij,kj->ik", x, x), 'v₁ = einsum("ij,kj->ik", x, x)'),
        (lambda x: np.where(x.data > 2, x, 2 * x), "v₂ = where(condition, x, v₁)"),
        (lambda x: abs(-x), "v₂ = |v₁|"),
        (lambda x: x.reshape(4), "v₁ = reshape(x)"),
        (lambda x: np.maximum(x, 2), "v₁ = maximum(x, 2)"),
        (lambda x: np.concatenate([x, x]), "v₁ = concatenate(x, x)"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_calls_are_written_as_in_mathematics_where_it_has_a_sign(shown, compute, sentence):
    loss = np.sum(compute(Tensor([[1.0, 2.0], [3.0, 4.0]], name="x")))
    loss.backward()
    shown = shown(loss)
    shown.go(int(sentence[1].translate(str.maketrans("₁₂", "12"))))
    (said,) = shown.sentences()
    assert said == sentence


def test_a_gradient_that_was_given_is_the_seed(shown):
    x = Tensor([1.0, 2.0, 3.0], name="x")
    y = x * x
    y.name = "y"
    y.backward(np.array([1.0, 2.0, -1.0]))
    shown = shown(y)
    shown.go(2)
    assert shown.sentences() == ["∂y/∂y = the gradient that was given"]
    shown.go(shown.last)
    assert shown.seen()[str(shown.index("x"))] == ["±3", "∂ ±8"]
    shown.move("x[0]", 2)
    effect = shown.page.locator(".effect").inner_text()
    assert "seed · y = 0 → 3" in effect
    assert "the gradient predicted +2" in effect


def test_what_flows_where_is_marked_by_its_arrow(shown):
    shown = shown(neuron())
    state = """() => [...document.querySelectorAll(".edge.forth, .edge.back")].map(edge => [
        edge.dataset.to, edge.classList.contains("back"),
        getComputedStyle(edge.querySelector("path")).markerStart !== "none",
        getComputedStyle(edge.querySelector("polygon")).visibility])"""
    shown.go(1)
    edges = shown.page.evaluate(state)
    assert [each[1:] for each in edges] == [[False, False, "visible"]] * 2
    shown.go(shown.last)
    edges = shown.page.evaluate(state)
    assert [each[1:] for each in edges] == [[True, True, "hidden"]] * 2
    shown.go(0)
    assert shown.page.evaluate(state) == []


# ---- a node -----------------------------------------------------------------------------------


def test_a_chosen_node_shows_what_its_gradient_is_the_sum_of(shown):
    loss = neuron()
    shown = shown(loss)
    x1 = labelled(shown, loss)["x1"]
    shown.go(shown.last)
    shown.choose("x1")
    text = shown.panel()
    assert f"∂L/∂x1\n{number(x1.grad.item())}" in text
    lines = re.findall(r"^from (.+): (.+) = (.+)$", text, re.M)
    contributions = [
        edge.contribution.item()
        for tensor in labelled(shown, loss).values()
        for edge in tensor.edges
        if edge.parent is x1
    ]
    assert sorted(result for _, _, result in lines) == sorted(map(number, contributions))
    assert f"sum = {number(x1.grad.item())}" in text
    assert "\nw1 · y · (1 − y) · 2v₅\n" in text  # the path through y, in symbols
    products = re.findall(r"^.* × .* = (\S+)$", text.partition("paths to L")[2], re.M)
    assert len(products) == 3
    total = sum(float(each.replace("−", "-")) for each in products)
    assert total == pytest.approx(x1.grad.item(), abs=1e-3)
    assert text.rstrip().endswith(f"sum = {number(x1.grad.item())}")


def test_paths_are_counted_and_the_largest_eight_listed(shown):
    shown = shown(diamonds())
    shown.go(shown.last)
    shown.choose("x")
    text = shown.panel()
    assert "256 paths to out" in text
    assert text.count("→") == 8 * len(re.findall("→", text.partition("to out")[2].split("\n")[1]))
    gradient = shown.nodes[shown.index("x")]["gradient"][0]
    assert f"all: {number(gradient)}" in text


@pytest.mark.parametrize("make", [neuron, diamonds], ids=lambda make: make.__name__)
def test_sums_over_all_paths_equal_the_gradients(shown, make):
    shown = shown(make())
    shown.go(shown.last)
    for i, node in enumerate(shown.nodes):
        if node["role"] == "constant" or i == shown.record["output"]:
            continue
        shown.choose(node["label"])
        said = re.search(r"([\d,]+) paths? to .*?(?:sum = (\S+))?$", shown.panel().rstrip(), re.S)
        count = int(said[1].replace(",", ""))
        if 1 < count <= 8:
            assert said[2] == number(node["gradient"][0]), node["label"]


def test_an_element_of_an_array_is_chosen(shown):
    shown = shown(two_layers())
    shown.go(shown.last)
    shown.choose("hidden.weights")
    node = shown.nodes[shown.index("hidden.weights")]
    shown.pick(2, 3)
    text = shown.panel()
    assert f"value[2, 3]\n{number(node['value'][11])}" in text
    assert f"∂loss/∂hidden.weights[2, 3]\n{number(node['gradient'][11])}" in text
    assert shown.page.evaluate("document.activeElement.dataset.place") == "11"
    shown.page.get_by_role("button", name="Add a slider for hidden.weights[2, 3]").click()
    assert shown.page.get_by_role("spinbutton", name="hidden.weights[2, 3]").count() == 1


def test_an_element_is_expanded_into_products_that_add_up_to_it(shown):
    loss = two_layers()
    shown = shown(loss)
    shown.go(shown.last)
    tensors = labelled(shown, loss)
    expanded = 0
    for label, lines in {"hidden.weights": 1, "X": 1, "hidden.bias": 1, "v₃": 1}.items():
        gradient = tensors[label].grad
        shown.choose(label)
        for place in np.ndindex(gradient.shape):
            shown.pick(*place)
            found = re.findall(r"^from .*?: (.*) = (\S+)$", shown.panel(), re.M)
            assert len(found) == lines
            terms, result = found[0]
            assert result == number(gradient[place])
            terms = terms.replace("−", "-")
            assert set(terms) <= set("0123456789.e+-×() "), terms
            total = eval(terms.replace("×", "*"))
            assert total == pytest.approx(gradient[place], rel=1e-2, abs=1e-4)
            expanded += terms.count("×")
    assert expanded > 60


def test_what_is_not_computed_yet_is_hidden_in_the_panel_too(shown):
    shown = shown(neuron())
    shown.choose("y")
    step = [node["label"] for node in shown.nodes if node["op"]].index("y") + 1
    assert f"value\nat step {step}" in shown.panel()
    shown.page.get_by_role("button", name=f"at step {step}").click()
    assert f"{step} / {shown.last}" in shown.page.locator("#count").inner_text()
    assert f"value\n{number(shown.nodes[shown.index('y')]['value'][0])}" in shown.panel()


# ---- the sliders ------------------------------------------------------------------------------


def test_moved_inputs_are_recomputed_as_python_does(shown):
    shown = shown(neuron())
    shown.go(shown.last)
    before = shown.nodes[shown.record["output"]]["value"][0]
    predicted = sum(
        shown.nodes[shown.index(name)]["gradient"][0] * change
        for name, change in {"x1": 0.5, "w1": -1.25}.items()
    )
    shown.move("x1", 2.5)
    shown.move("w1", -0.75)
    again = neuron(2.5, -0.75)
    for label, tensor in labelled(shown, again).items():
        value, gradient = shown.seen()[str(shown.index(label))]
        assert value == number(tensor.item()), label
        assert gradient == f"∂ {number(tensor.grad.item())}", label
    effect = shown.page.locator(".effect").inner_text()
    change = number(again.item() - before)
    assert f"L = {number(before)} → {number(again.item())}" in effect
    assert f"it changed by {change if change[0] == '−' else f'+{change}'}" in effect
    assert f"the gradient predicted {number(predicted)}" in effect.replace("+", "")
    shown.page.get_by_role("button", name="Back to the recorded values").click()
    for i, node in enumerate(shown.nodes):
        assert shown.seen()[str(i)][0] == caption(node["value"])


def test_a_moved_element_recolours_the_heatmaps(shown):
    shown = shown(two_layers())
    shown.go(shown.last)
    fills = """() => [...document.querySelectorAll(".heat.v polygon")].map(
        each => getComputedStyle(each).fill)"""
    before = shown.page.evaluate(fills)
    shown.choose("X")
    shown.page.get_by_role("button", name="Element [1, 2]").click()
    shown.page.get_by_role("button", name="Add a slider for X[1, 2]").click()
    shown.move("X[1, 2]", -1.5)
    assert shown.page.evaluate(fills) != before
    again = two_layers(-2.5)
    seen = shown.seen()
    for label, tensor in labelled(shown, again).items():
        assert seen[str(shown.index(label))] == [
            caption(tensor.data),
            f"∂ {caption(tensor.grad)}",
        ], label


def test_heatmaps_that_are_painted_anew_look_as_they_were_drawn(shown):
    shown = shown(classifier())
    shown.go(shown.last)
    fills = """() => [...document.querySelectorAll(".heat polygon")].map(
        each => getComputedStyle(each).fill)"""
    drawn = shown.page.evaluate(fills)
    shown.move("hidden.bias[0]", 3)
    assert shown.page.evaluate(fills) != drawn
    shown.page.get_by_role("button", name="Back to the recorded values").click()
    assert shown.page.evaluate(fills) == drawn


def test_what_is_not_finite_is_counted_as_it_was_drawn_and_anew(shown):
    x = Tensor([0.0, -1.0, 2.0], name="x")
    with np.errstate(all="ignore"):
        loss = np.sum(np.sqrt(x))
        loss.backward()
    shown = shown(loss)
    shown.go(shown.last)
    said = """() => [...document.querySelectorAll('.node[data-card="n1"] .w')]
        .map(each => each.textContent)"""
    assert shown.page.evaluate(said) == ["1 NaN"]
    assert shown.seen()["1"] == ["±1.414", "∂ ±1"]
    shown.move("x[1]", 4)
    assert shown.page.evaluate(said) == [""]
    assert shown.seen()["1"] == ["±2", "∂ ±1"]
    shown.move("x[0]", -1)
    assert shown.page.evaluate(said) == ["1 NaN"]


def test_an_undefined_result_is_shown_as_such(shown):
    x = Tensor([[2.0, 3.0]], name="x")
    loss = np.sum(np.log(x))
    loss.backward()
    shown = shown(loss)
    shown.go(shown.last)
    shown.move("x[0, 0]", -1)
    seen = shown.seen()[str(shown.record["output"])]
    assert seen == ["NaN", "∂ 1"]
    assert "?" in shown.page.locator("#frame svg .mark").all_text_contents()


@pytest.mark.parametrize("key", ["ArrowRight", "ArrowLeft"])
def test_a_slider_is_moved_by_keys_and_the_steps_are_not(shown, key):
    shown = shown(neuron())
    shown.go(3)
    shown.page.get_by_role("slider", name="w1, slider").press(key)
    field = shown.page.get_by_role("spinbutton", name="w1", exact=True)
    assert float(field.input_value()) == pytest.approx(0.51 if key == "ArrowRight" else 0.49)
    assert shown.page.locator("#count").inner_text() == f"3 / {shown.last}"


def test_what_the_page_cannot_compute_turns_the_sliders_off_and_says_why(shown):
    x = Tensor(np.ones((120, 120)), name="x")
    loss = np.sum(x * 2)
    loss.backward()
    shown = shown(loss)
    note = shown.page.locator("#sliders").inner_text()
    assert "The sliders are off" in note
    assert "14,40" in note or "10,000" in note
    assert not shown.page.locator("#sliders input").count()
    shown.go(shown.last)
    assert shown.seen()[str(shown.record["output"])] == [number(28800.0), "∂ 1"]
    assert shown.seen()[str(shown.index("x"))] == ["±1", "∂ ±2"]
    shown.go(shown.last - 1)
    assert shown.seen()[str(shown.index("x"))] == ["±1", None]
    shown.choose("x")
    assert "shape 120×120" in shown.panel()


def test_complex_numbers_are_stepped_through_as_they_were_drawn(shown):
    z = Tensor(np.array([1 + 2j, 3j]), name="z")
    loss = np.sum(np.abs(z * z))
    loss.backward()
    shown = shown(loss)
    for step in range(shown.last + 1):
        shown.go(step)
        shown.choose("z")
    assert "The sliders are off" in shown.page.locator("#sliders").inner_text()
    assert shown.seen()[str(shown.index("z"))][1].startswith("∂ modulus")


def test_where_the_replay_disagrees_the_sliders_are_off_and_the_page_says_where(new_page, tmp_path):
    file = tmp_path / "page.html"
    text = explore(neuron())
    value = re.search(r'"label":"y".*?"value":\[([\d.]+)\]', text)[1]
    file.write_text(text.replace(f"[{value}]", "[0.123]", 1), "utf-8")
    page = new_page()
    page.goto(file.as_uri())
    note = page.locator("#sliders").inner_text()
    assert "The sliders are off" in note
    assert "y (sigmoid)" in note


def test_calls_of_modules_that_are_collapsed_show_what_comes_out_of_them(shown):
    loss = wide()
    shown = shown(loss)
    assert shown.page.locator("#frame .node[data-card]").count() < 10
    card = """() => {
        const group = [...document.querySelectorAll(".node[data-card]")]
            .find(each => each.textContent.includes("×110"));
        return [group.classList.contains("now"), group.classList.contains("valued"),
            group.querySelector("text.v").textContent, group.querySelector("text.g").textContent,
            [...group.querySelectorAll(".heat polygon")].map(each => getComputedStyle(each).fill)];
    }"""
    shown.go(10)
    assert shown.page.evaluate(card)[:2] == [True, False]
    shown.go(shown.last)
    drawn = shown.page.evaluate(card)
    shown.move("x[0]", -6)
    for value, seen in ((2.0, drawn), (-6.0, shown.page.evaluate(card))):
        again = wide(value)
        (stack,) = [t for t in labelled(shown, again).values() if t.shape == (110,) and t.op]
        parts = [edge.parent for edge in stack.edges]
        assert seen[:2] == [True, True]
        assert seen[2] == caption([part.item() for part in parts])
        assert seen[3] == f"∂ {caption([part.grad for part in parts])}"
    assert shown.page.evaluate(card) != drawn
    shown.page.get_by_role("button", name="Back to the recorded values").click()
    assert shown.page.evaluate(card) == drawn
    shown.choose("x")
    assert "and 94 smaller ones" in shown.panel()


# ---- the reader -------------------------------------------------------------------------------


def test_everything_can_be_done_by_keys(shown):
    shown = shown(neuron())
    page, count = shown.page, shown.page.locator("#count")
    for key, step in {
        "ArrowRight": 1, "End": shown.last, "ArrowLeft": shown.last - 1, "Home": 0,
    }.items():  # fmt: skip
        page.keyboard.press(key)
        assert count.inner_text() == f"{step} / {shown.last}"
    page.keyboard.press(" ")
    assert page.locator("#play").get_attribute("aria-label") == "Pause"
    page.keyboard.press("Escape")
    assert page.locator("#play").get_attribute("aria-label") == "Play"
    page.keyboard.press("End")
    while page.evaluate("document.activeElement.id") != "skip":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "play"
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        said = page.evaluate("document.activeElement.getAttribute('aria-label')") or ""
        if said.startswith("w1, "):
            break
    node = shown.nodes[shown.index("w1")]
    assert said == f"w1, value {caption(node['value'])}, gradient {caption(node['gradient'])}"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    assert page.locator("#panel h3").inner_text() == "w1"
    page.keyboard.press("ArrowLeft")  # on a card, too, it is a step
    assert count.inner_text() == f"{shown.last - 1} / {shown.last}"
    page.keyboard.press("Escape")
    assert page.locator("#choose").input_value() == ""


def test_keys_are_left_to_fields(shown):
    shown = shown(neuron())
    shown.go(2)
    field = shown.page.get_by_role("spinbutton", name="w1", exact=True)
    field.click()
    for key in ("Home", "ArrowLeft", "End", " "):
        field.press(key)
    assert shown.page.locator("#count").inner_text() == f"2 / {shown.last}"
    assert shown.page.locator("#play").get_attribute("aria-label") == "Play"


def test_it_plays_to_the_end_and_stops(shown):
    shown = shown(neuron())
    shown.page.clock.install()
    shown.page.reload()
    shown.page.locator("#play").click()
    shown.page.clock.run_for(3100)
    assert shown.page.locator("#count").inner_text() == f"3 / {shown.last}"
    shown.page.clock.run_for(60_000)
    assert shown.page.locator("#count").inner_text() == f"{shown.last} / {shown.last}"
    assert shown.page.locator("#play").get_attribute("aria-label") == "Play"


def test_a_card_is_chosen_by_a_click_and_let_go_by_another(shown):
    shown = shown(neuron())
    card = shown.page.get_by_role("button", name=re.compile("^x2, value 3$"))
    card.click()
    assert shown.page.locator("#panel h3").inner_text() == "x2"
    assert card.get_attribute("aria-pressed") == "true"
    card.click()
    assert shown.page.locator("#choose").input_value() == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("make", [neuron, two_layers], ids=lambda make: make.__name__)
def test_axe_finds_nothing(new_page, tmp_path, axe, scheme, make):
    shown = Shown(new_page(color_scheme=scheme), make(), tmp_path)
    for step, label in ((0, None), (3, None), (shown.last, shown.nodes[0]["label"])):
        shown.go(step)
        if label:
            shown.choose(label)
            shown.page.locator("summary").click()
        shown.page.wait_for_timeout(200)  # for transitions
        assert axe(shown.page) == ""


@pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)
def test_a_narrow_screen_is_not_scrolled_sideways(new_page, tmp_path, make):
    shown = Shown(new_page(width=420), make(), tmp_path)
    for step in (0, 3, shown.last):
        shown.go(step)
        shown.choose(shown.nodes[0]["label"])
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= 420
    small = shown.page.evaluate("""() => [...document.querySelectorAll("button:not(.skip), select")]
        .filter(each => each.checkVisibility()).map(each => each.getBoundingClientRect())
        .filter(box => box.width < 24 || box.height < 24).length""")
    assert small == 0


def test_with_reduced_motion_nothing_moves(new_page, tmp_path):
    shown = Shown(new_page(width=420, reduced_motion="reduce"), diamonds(), tmp_path)
    shown.go(shown.last // 2)
    assert shown.page.evaluate("document.getAnimations().length") == 0
    before = shown.page.evaluate("document.querySelector('#frame').scrollLeft")
    shown.page.wait_for_timeout(100)
    assert shown.page.evaluate("document.querySelector('#frame').scrollLeft") == before > 0


def test_on_paper_stand_all_numbers(new_page, tmp_path):
    shown = Shown(new_page(), neuron(), tmp_path)
    shown.go(shown.last - 1)  # when some gradients are known in part
    shown.page.emulate_media(media="print")
    shown.page.locator(".partial").first.wait_for(state="detached")
    seen = shown.seen()
    for i, node in enumerate(shown.nodes):
        assert seen[str(i)][0] == caption(node["value"])
        if node["role"] != "constant":
            assert seen[str(i)][1] == f"∂ {caption(node['gradient'])}"
    assert shown.page.locator("details table").is_visible()
    assert not shown.page.locator("#player").is_visible()
    shown.page.emulate_media(media="screen")
    shown.page.locator(".partial").first.wait_for(state="attached")


def test_without_scripts_it_can_be_read(new_page, tmp_path):
    file = tmp_path / "page.html"
    explore(neuron(), file)
    page = new_page(java_script_enabled=False)
    page.goto(file.as_uri())
    text = page.locator("body").inner_text()
    assert "Scripts are off" in text
    assert page.locator("details table").is_visible()
    assert not page.locator("#player").is_visible()
    assert page.locator("#frame text.g").first.is_visible()


# ---- safety -----------------------------------------------------------------------------------


def test_hostile_names_do_nothing_wherever_they_stand(page, tmp_path):
    x = Tensor(2.0, name=HOSTILE)
    w = Tensor([1.0, 2.0], name="<svg onload=alert(1)>")
    loss = np.sum(w * x)
    loss.name = '"><b>bold</b>'
    loss.backward()
    shown = Shown(page, loss, tmp_path)
    for step in range(shown.last + 1):
        shown.go(step)
        for node in shown.nodes:
            shown.page.locator("#choose").select_option(str(shown.nodes.index(node)))
    shown.move("<svg onload=alert(1)>[0]", 3)
    assert page.evaluate("window.hurt") is None
    assert page.locator("b, img, #panel svg").count() == 0
    assert page.locator("h1").inner_text() == 'Backprop of "><b>bold</b>'


@pytest.mark.complaints("Content Security Policy")
def test_a_script_that_gets_in_does_not_run_under_the_policy(new_page, tmp_path):
    text = explore(neuron())
    attack = f'<script>{HURT}</script><img src=x onerror="{HURT}"><p onclick="{HURT}">press</p>'
    file = tmp_path / "page.html"
    file.write_text(text.replace("<main>", f"<main>{attack}"), "utf-8")
    page = new_page()
    page.goto(file.as_uri())
    page.get_by_text("press", exact=True).dispatch_event("click")
    assert page.evaluate("window.hurt") is None
    assert page.locator("#sentence").inner_text()


def test_in_a_notebook_it_runs_in_a_sandbox_without_an_origin(page, tmp_path):
    file = tmp_path / "notebook.html"
    file.write_text(f"<!doctype html>{explore(neuron())._repr_html_()}", "utf-8")
    page.goto(file.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("#next").click()
    assert frame.locator("#count").inner_text().startswith("1 / ")
    inside = page.frames[1]
    assert inside.evaluate("self.origin") == "null"


def test_a_page_that_opens_hidden_puts_its_numbers_in_place_when_it_is_shown(page, tmp_path):
    file = tmp_path / "notebook.html"
    frame = explore(neuron())._repr_html_()
    file.write_text(f"<!doctype html><div style='display: none'>{frame}</div>", "utf-8")
    page.goto(file.as_uri())
    page.evaluate("document.querySelector('div').style.display = 'block'")
    inside = page.frame_locator("iframe")
    inside.locator("#last").click()
    inside.locator("text.v[text-anchor=middle]").first.wait_for()
    outside = page.frames[1].evaluate("""() =>
        [...document.querySelectorAll(".node[data-node]")].flatMap(group => {
            const box = group.querySelector(".frame").getBoundingClientRect();
            return [...group.querySelectorAll("text")].map(each => each.getBoundingClientRect())
                .filter(text => text.width && (text.left < box.left || text.right > box.right));
        }).length""")
    assert outside == 0


@pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)
def test_numbers_stay_in_their_cards_whatever_is_moved(shown, make):
    shown = shown(make())
    shown.go(shown.last)
    for value in (-0.000123456, 123456.7, 3):
        for field in shown.page.get_by_role("spinbutton").all()[:2]:
            field.fill(str(value))
        outside = shown.page.evaluate("""() =>
            [...document.querySelectorAll(".node[data-node]")].flatMap(group => {
                const box = group.querySelector(".frame").getBoundingClientRect();
                return [...group.querySelectorAll("text")]
                    .filter(each => {
                        const text = each.getBoundingClientRect();
                        return text.width && (text.left < box.left || text.right > box.right);
                    }).map(each => each.textContent);
            })""")
        assert outside == []


# ---- speed ------------------------------------------------------------------------------------


def chain(nodes):
    x = v = Tensor(0.5, name="x")
    while nodes > 1:
        v = np.tanh(v * 1.01) if nodes % 2 else v + 0.001 * x
        nodes -= 2
    v.name = "out"
    v.backward()
    return v


def test_500_visible_nodes_are_stepped_through(shown, record_property):
    shown = shown(chain(500))
    times = shown.page.evaluate("""() => {
        const times = [], next = document.querySelector("#next");
        for (let i = 0; i < 300; i++) {
            const start = performance.now();
            next.click();
            document.body.getBoundingClientRect();
            times.push(performance.now() - start);
        }
        return times.sort((a, b) => a - b);
    }""")
    median, largest = times[len(times) // 2], times[-1]
    record_property("step_ms", median)
    print(f"\n{len(shown.nodes)} nodes: a step takes {median:.1f} ms, at most {largest:.1f} ms")
    assert shown.page.locator("#count").inner_text() == f"300 / {shown.last}"


# ---- the first second -------------------------------------------------------------------------


def recurrent(steps=33, bias=0.0):
    cell, h = Cell(), Tensor(np.zeros(3), name="h0")
    cell.b.data = [bias, 0.0, 0.0]
    for t in range(1, steps + 1):
        h = cell(Tensor([np.sin(t), np.cos(t)], name=f"x{t}"), h)
        h.name = f"h{t}"
    loss = np.sum(np.square(h))
    loss.name = "loss"
    loss.backward()
    return loss


def scalar_cells(steps=12):
    """Equal calls on numbers, whose local derivatives are written in the picture."""

    class Step(nn.Module):
        def __init__(self):
            self.w = Tensor(0.7, name="w")

        def feedforward(self, h):
            return np.tanh(self.w * h) + 0.1

    step, h = Step(), Tensor(0.5, name="h0")
    for _ in range(steps):
        h = step(h)
    h.name = "out"
    h.backward()
    return h


def stacks(count=9):
    """Many modules with parameters of their own."""
    x = Tensor(np.ones((2, 3)), name="x")
    for k in range(count):
        x = nn.Layer(3, 3, "tanh", seed=k)(x)
    loss = np.sum(x)
    loss.backward()
    return loss


@pytest.mark.parametrize("field", ["w1", "x1"])
def test_what_is_moved_before_anything_was_played_shows_on_all_cards(shown, field):
    shown = shown(neuron())
    assert shown.seen()[str(shown.record["output"])] == [None, None]
    shown.move(field, 0.75)
    again = neuron(**{field: 0.75})
    for label, tensor in labelled(shown, again).items():
        assert shown.seen()[str(shown.index(label))] == [
            number(tensor.item()),
            f"∂ {number(tensor.grad.item())}",
        ], label


def test_what_is_moved_while_it_is_played_leaves_the_step_and_pauses(shown):
    shown = shown(neuron())
    shown.go(3)
    shown.page.locator("#play").click()
    shown.move("w1", 0.75)
    assert shown.page.locator("#count").inner_text() == f"3 / {shown.last}"
    assert shown.page.locator("#play").get_attribute("aria-label") == "Play"


def sliders(shown):
    return [each.get_attribute("aria-label") for each in shown.page.get_by_role("spinbutton").all()]


def test_parameters_come_first_among_the_sliders_and_inputs_have_some(shown):
    assert sliders(shown(neuron(), parameters=[]))[:2] == ["x1", "x2"]
    found = sliders(shown(recurrent()))
    assert len(found) == 12
    assert {each[0] for each in found[:8]} == {"W", "U", "b"}
    assert found[8:] == ["h0[0]", "x1[0]", "x2[0]", "x3[0]"]


def test_every_module_has_a_slider_before_any_has_a_second(shown):
    shown = shown(stacks(8))
    parameters = [node for node in shown.nodes if node["role"] == "parameter"]
    assert len(parameters) == 16
    assert len([each for each in sliders(shown) if each.startswith("weights")]) == 8
    shown.page.get_by_role("spinbutton", name="weights (8)[0, 0]").fill("2")
    assert "it changed by" in shown.page.locator(".effect").inner_text()


@pytest.mark.parametrize("value", [40, -7.25, 3e6])
def test_the_range_of_a_slider_follows_what_is_typed(shown, value):
    shown = shown(neuron())
    field = shown.page.get_by_role("spinbutton", name="w1", exact=True)
    field.fill(str(value))
    slider = shown.page.get_by_role("slider", name="w1, slider")
    low, high = (float(slider.get_attribute(key)) for key in ("min", "max"))
    assert low <= value <= high
    assert float(slider.input_value()) == value
    slider.press("ArrowLeft")
    assert float(field.input_value()) < value


@pytest.mark.parametrize("size", [(1280, 800), (900, 600), (420, 800)])
@pytest.mark.parametrize("make", [recurrent, diamonds], ids=lambda make: make.__name__)
def test_fit_fits(new_page, tmp_path, make, size):
    shown = Shown(new_page(width=size[0], height=size[1]), make(), tmp_path)
    for _ in range(2):
        shown.page.locator("#larger").click()
        shown.page.locator("#fit").click()
        beyond = shown.page.evaluate("""() => { const f = document.querySelector("#frame");
            return [f.scrollWidth - f.clientWidth, f.scrollHeight - f.clientHeight]; }""")
        assert max(beyond) <= 0
    shown.page.set_viewport_size({"width": size[0], "height": size[1] - 100})
    shown.page.wait_for_timeout(100)
    assert shown.page.locator("#fit").get_attribute("aria-pressed") == "true"


def test_there_is_one_button_to_play(shown):
    shown = shown(neuron())
    names = shown.page.locator("button").all_inner_texts()
    assert not {"Start", "Play", "Begin"} & set(names)
    assert shown.page.get_by_role("button", name="Play", exact=True).count() == 1
    triangles = """e => [...e.querySelectorAll("path")].some(path =>
        getComputedStyle(path).display !== "none" && getComputedStyle(path).fill !== "none"
        && /^m[^m]*z$/i.test(path.getAttribute("d")))"""
    drawn = [
        each.get_attribute("id")
        for each in shown.page.locator(".buttons button").all()
        if each.evaluate(triangles)
    ]
    assert drawn == ["play"]  # no other has a triangle alone, which says play


def undefined(x=-1.0, w=3.0):
    x, w = Tensor(x, name="x"), Tensor(w, name="w")
    with np.errstate(all="ignore"):
        y = np.log(x * w) * np.sqrt(abs(x))
        y.name = "y"
        y.backward()
    return y


def test_what_is_no_number_has_a_sentence_where_it_begins_and_where_it_goes_on(shown):
    shown = shown(undefined())
    shown.go(2)
    assert shown.sentences()[1:] == ["v₂ is NaN, not a number: log has no finite value at −3."]
    shown.go(5)
    assert shown.sentences()[1:] == [
        "y is NaN, not a number: it is computed from v₂, which is NaN."
    ]
    shown.go(shown.last)
    assert all("NaN" not in said or "gradient of v₁" in said or "+=" in said
               for said in shown.sentences())  # fmt: skip


def test_a_move_that_leads_to_no_number_says_where_that_begins(shown):
    shown = shown(undefined(2.0))
    shown.move("x", -1)
    assert shown.page.locator(".effect").inner_text() == (
        "y = 2.534 → NaN\nv₂ is NaN, not a number: log has no finite value at −3."
    )
    shown.move("x", 0)
    text = shown.page.locator(".effect").inner_text()
    assert "v₂ is −∞, no finite number: log has no finite value at 0." in text
    shown.move("x", 2)
    assert "not a number" not in shown.page.locator(".effect").inner_text()


@pytest.mark.parametrize("width", [1280, 420])
def test_no_column_of_a_table_of_elements_is_cut(new_page, tmp_path, width):
    x = Tensor(np.random.default_rng(0).normal(size=(7, 9)) * 1e-6, name="x")
    loss = np.sum(np.sin(x) * -1e3)
    loss.name = "loss"
    loss.backward()
    shown = Shown(new_page(width=width), loss, tmp_path)
    shown.go(shown.last)
    for place in (0, 4, 62):
        shown.choose("x")
        for axis, index in enumerate(divmod(place, 9)):
            shown.page.locator(f"[data-axis='{axis}']").fill(str(index))
            shown.page.locator(f"[data-axis='{axis}']").press("Enter")
        cut = shown.page.evaluate("""() => { const box = document.querySelector("#panel .scroll");
            return box.scrollWidth - box.clientWidth; }""")
        assert cut <= 0
        assert shown.page.locator(f"#panel [data-place='{place}']").count() == 1


@pytest.mark.parametrize("make", [neuron, recurrent, two_layers], ids=lambda make: make.__name__)
def test_a_frame_in_a_notebook_becomes_as_high_as_all_of_the_page(new_page, tmp_path, make):
    file = tmp_path / "notebook.html"
    frames = "".join(explore(each)._repr_html_() for each in (make(), neuron()))
    file.write_text(f"<!doctype html><div style='width: 736px'>{frames}</div>", "utf-8")
    page = new_page(height=900)
    page.goto(file.as_uri())
    page.wait_for_function("""() => [...document.querySelectorAll("iframe")]
        .every(each => each.height !== "760")""")
    page.wait_for_timeout(200)
    for frame in page.frames[1:]:
        height, inner = frame.evaluate("[document.documentElement.scrollHeight, innerHeight]")
        assert height <= inner + 1
        wide = frame.evaluate("""() => { const f = document.querySelector("#frame");
            return f.scrollWidth - f.clientWidth; }""")
        assert wide <= 0


# ---- repeated calls ---------------------------------------------------------------------------


def inside(shown):
    """For each node inside the open call the value and the gradient that are seen."""
    return shown.page.evaluate("""() => Object.fromEntries(
        [...document.querySelectorAll("#inside .node[data-node]")].map(group => {
            const text = kind => [...group.querySelectorAll(`text.${kind}`)]
                .filter(each => each.checkVisibility({visibilityProperty: true}))
                .map(each => each.textContent.trim())[0] ?? null;
            return [group.dataset.node, [text("v"), text("g")]];
        }))""")


def check_inside(shown, loss):
    tensors = labelled(shown, loss)
    for place, (value, gradient) in inside(shown).items():
        node = shown.nodes[int(place)]
        if value is not None and node["role"] != "constant":
            tensor = tensors[node["label"]]
            assert value == caption(tensor.data), node["label"]
            assert gradient == f"∂ {caption(tensor.grad)}", node["label"]


@pytest.mark.parametrize("make", [recurrent, scalar_cells], ids=lambda make: make.__name__)
def test_repeated_calls_are_closed_until_one_is_opened(shown, make):
    loss = make()
    shown = shown(loss)
    page = shown.page
    calls = shown.record["insides"][0]
    assert len(calls) >= 11
    assert page.locator("#frame .node:not([id*=u])").count() < len(shown.nodes) - 2 * len(calls)
    assert page.locator("#inside").is_hidden()
    shown.go(shown.last)
    for name in (list(calls)[4], list(calls)[1]):
        call = calls[name]
        last = [i for i in call["nodes"] if shown.nodes[i]["card"] == name][-1]
        shown.choose(shown.nodes[last]["label"])
        page.get_by_role("button", name=f"Open {call['name']}", exact=True).click()
        assert page.locator("#inside h2").inner_text() == f"Inside {call['name']}"
        assert sorted(map(int, inside(shown))) == sorted(call["nodes"])
        check_inside(shown, loss)
    page.get_by_role("button", name="Close", exact=True).click()
    assert page.locator("#inside").is_hidden()


def test_an_open_call_is_computed_anew_and_goes_on_with_the_steps(shown):
    shown = shown(recurrent(6))
    shown.choose("h2")
    shown.page.get_by_role("button", name="Open Cell 2").click()
    shown.move("b[0]", 0.5)
    check_inside(shown, recurrent(6, bias=0.5))
    assert shown.page.locator("#inside h2").inner_text() == "Inside Cell 2"
    shown.go(5 * 3 + 1)
    assert shown.page.locator("#inside h2").inner_text() == "Inside Cell 4"
    assert shown.page.locator("#inside .node.now").count() == 1
    assert "in Cell 4" in shown.page.locator("#phase").inner_text()
    shown.page.locator("#inside .node.now").click()
    assert shown.page.locator("#panel h3").inner_text() == shown.nodes[
        int(shown.page.locator("#inside .node.now").get_attribute("data-node"))
    ]["label"]  # fmt: skip


def test_axe_finds_nothing_in_an_open_call(shown, axe):
    shown = shown(recurrent(6))
    shown.choose("h2")
    shown.page.get_by_role("button", name="Open Cell 2").click()
    shown.page.wait_for_timeout(200)
    assert axe(shown.page) == ""
