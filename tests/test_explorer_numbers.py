"""The page's arithmetic against Python's: recorded runs replayed, leaves changed, paths, digits."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_edu as te
from tests.domains import DOMAINS
from tests.explorer_helpers import (
    Replayer,
    agrees,
    check_changed,
    number,
    places,
    recorded,
    replayed,
)
from tinygrad_edu import Tensor, nn
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.engine import backward
from tinygrad_edu.engine.rule import title
from tinygrad_edu.explorer import encoding
from tinygrad_edu.explorer.elementwise import ELEMENTWISE
from tinygrad_edu.explorer.formulas import add_formulas
from tinygrad_edu.kit.text import number as written
from tinygrad_edu.testing.strategies import arrays_on_grid

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def engine():
    running = Replayer()
    yield running
    running.close()


# ---- every function of the table -----------------------------------------------------------------

# What the page does not know: complex results, linear algebra, orders, and several results at once.
UNKNOWN = {
    "restated",
    "np.imag", "cartesian", "np.fft.fft", "np.fft.ifft", "np.fft.rfft", "np.fft.irfft",
    "np.fft.hfft", "np.fft.ihfft", "np.fft.fftn", "np.fft.ifftn", "np.fft.rfftn", "np.fft.irfftn",
    "np.fft.fft2", "np.fft.ifft2", "np.fft.rfft2", "np.fft.irfft2", "np.sort_complex", "np.sign",
    "phase", "np.linalg.det", "cofactors", "cofactors_along", "np.linalg.slogdet",
    "np.linalg.inv", "np.linalg.solve", "np.linalg.lstsq", "np.linalg.pinv",
    "np.linalg.tensorsolve", "np.linalg.tensorinv", "np.linalg.cholesky", "qr", "np.linalg.qr",
    "np.linalg.eigh", "np.linalg.eigvalsh", "eigh", "np.linalg.eig", "eig", "np.linalg.eigvals",
    "np.linalg.svd", "svd", "np.linalg.svdvals", "np.linalg.cond", "np.sort", "np.partition",
    "order_statistics", "np.median", "np.nanmedian", "np.quantile", "np.nanquantile",
    "np.percentile", "np.nanpercentile", "np.modf", "np.frexp", "np.divmod", "np.vander",
    "np.poly", "np.roots", "np.polyfit", "np.interp", "np.unwrap", "np.bincount", "np.histogram",
    "np.histogram2d", "np.histogramdd",
}  # fmt: skip
# What it knows of real numbers, of some norms, or of some modes.
PARTLY = {
    "np.linalg.matrix_power", "np.linalg.norm", "np.linalg.matrix_norm", "np.pad", "np.angle",
    "np.real_if_close", "np.lib.scimath.sqrt", "np.lib.scimath.log", "np.lib.scimath.log2",
    "np.lib.scimath.log10", "np.lib.scimath.logn", "np.lib.scimath.power",
    "np.lib.scimath.arccos", "np.lib.scimath.arcsin", "np.lib.scimath.arctanh",
}  # fmt: skip


def rolled(arrays):
    """Other values of the same domain: the elements of each array, one place on."""
    return [np.roll(array, 1) for array in arrays]


@pytest.mark.filterwarnings("ignore")  # what NumPy warns of, it computes all the same
@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: title(domain.op))
def test_the_page_computes_what_python_does(engine, domain):
    """Each function on its domain: the recorded run, and the same function of other values."""
    name = title(domain.op)

    replays = []

    @settings(max_examples=max(5, settings.default.max_examples // 2))
    @given(domain.cases())
    def check(case):
        def build(values):
            leaves = [Tensor(value) for value in values]
            return leaves, case.call(*leaves)

        _, out = build(case.arrays)
        if not isinstance(out, Tensor) or out.op is None:
            return
        seed = np.cos(np.arange(out.size)).reshape(out.shape).astype(out.dtype)
        if name in UNKNOWN | PARTLY:
            out.backward(seed)
            off = recorded(out)["off"]
            assert off is not None or name in PARTLY
            if off is not None:
                assert off.startswith(("the page does not ", "the graph has "))  # too much
                return
        check_changed(engine, build, case.arrays, rolled(case.arrays), seed, 1e-8)
        replays.append(case)

    check()
    assert replays or name in UNKNOWN | PARTLY


def test_the_functions_that_the_page_does_not_know_are_all_listed():
    names = {title(domain.op) for domain in DOMAINS}
    assert names >= UNKNOWN | PARTLY
    assert not UNKNOWN & PARTLY
    assert len(names - UNKNOWN) >= 220


EDGES = [
    *(0.0, -0.0, 0.1, 0.5, -0.5, 1.0, -1.0, 1.5, 2.5, -2.5, 7.25, -7.25, 709.0, 710.0, -746.0),
    *(1e-9, 1e-300, -1e-300, 5e-324, 1e16, 1e300, -1e300, np.inf, -np.inf, np.nan),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("function", "name"), ELEMENTWISE.items(), ids=lambda x: getattr(x, "__name__", x)
)
def test_functions_of_numbers_at_their_edges(engine, function, name):
    """As NumPy has them for 0 of either sign, infinities, NaN, and what overflows or vanishes."""
    count = function.nin if isinstance(function, np.ufunc) else 3 if function is np.where else 1
    others = EDGES if count == 2 else [3.0]
    if function is np.ldexp:
        others = range(-1100, 1101, 100)
    given = [[x, *rest] for x in EDGES for rest in itertools.product(others, repeat=count - 1)]
    expected = np.array([float(function(*map(np.asarray, each))) for each in given])
    sent = [[name, [number(x) for x in each]] for each in given]
    found = np.array(engine.ask(calls=sent)["results"], float)
    # NumPy takes the power of one half for a root, and may give either zero as the larger one.
    odd = [function is np.power and each == [-np.inf, 0.5] for each in given]
    signs = np.signbit(found) == np.signbit(expected)
    close = np.isclose(found, expected, rtol=1e-13, atol=1e-320, equal_nan=True)
    alike = signs | (found != 0) | (name in ("maximum", "minimum", "power"))
    assert [given[k] for k in np.flatnonzero(~(close & alike) & ~np.array(odd))] == []


# ---- losses and networks -------------------------------------------------------------------------

LABELS = np.array([0, 2, 1, 2])
PROBABILITIES = np.array([[0.2, 0.3, 0.5], [1.0, 0, 0], [0, 1.0, 0], [0.5, 0.5, 0]])
TARGETS = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.25], [0, 1, 0], [1, 1, 0]])
LOSSES = {
    "sum of squares": lambda z: nn.sum_of_squares(z, TARGETS),
    "mean squared error": lambda z: nn.mean_squared_error(z, TARGETS),
    "cross-entropy": lambda z: nn.binary_cross_entropy(te.sigmoid(z), TARGETS),
    "cross-entropy of logits": lambda z: nn.binary_cross_entropy_with_logits(z, TARGETS),
    "softmax cross-entropy": lambda z: nn.softmax_cross_entropy(z, LABELS),
    "softmax cross-entropy of probabilities": lambda z: nn.softmax_cross_entropy(z, PROBABILITIES),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_losses(engine, loss):
    def build(values):
        z = Tensor(values[0], name="z")
        return [z], loss(z)

    check_changed(engine, build, [RNG.normal(size=(4, 3))], [RNG.normal(size=(4, 3)) * 3])


def two_layers(values):
    X = np.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    y = np.array([[0.0], [1], [1], [0]])
    weights = [Tensor(value) for value in values]
    layer = te.sigmoid(X @ weights[0])
    return weights, np.sum((y - te.sigmoid(layer @ weights[1])) ** 2)


def recurrent(values):
    """Eight steps of a network that is given what it said before."""
    W, U, b = leaves = [Tensor(value) for value in values]
    state = np.zeros(3)
    for x in np.sin(np.arange(16.0)).reshape(8, 2):
        state = np.tanh(x @ W + state @ U + b)
    return leaves, np.mean(state**2)


def attention(values):
    X, Q, K, V = leaves = [Tensor(value) for value in values]
    scores = (X @ Q) @ np.swapaxes(X @ K, -1, -2) / math.sqrt(3)
    return leaves, np.sum((te.softmax(scores) @ (X @ V)) ** 2)


def normalised(values):
    (x,) = leaves = [Tensor(values[0])]
    centred = (x - np.mean(x, axis=-1, keepdims=True)) / np.std(x, axis=-1, keepdims=True)
    return leaves, np.sum(np.linalg.norm(centred[:, 1:], axis=0) * np.array([1.0, 2.0, -1.0]))


NETWORKS = {
    two_layers: [(3, 4), (4, 1)],
    recurrent: [(2, 3), (3, 3), (3,)],
    attention: [(2, 4, 3), (3, 3), (3, 3), (3, 3)],
    normalised: [(5, 4)],
}


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_networks(engine, network):
    shapes = NETWORKS[network]
    before, after = ([RNG.normal(size=shape) for shape in shapes] for _ in range(2))
    check_changed(engine, network, before, after)


def test_a_module_of_ours(engine):
    network = nn.MLP([2, 3, 2], seed=1)
    loss = nn.softmax_cross_entropy(network(np.array([[1.0, 2.0], [3.0, -4.0]])), np.array([1, 0]))
    loss.backward()
    found = replayed(engine, loss)
    assert {node["role"] for node in found["nodes"]} >= {"parameter", "operation"}


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 1e-4), (np.float16, 3e-2)])
def test_other_precisions(engine, dtype, rtol):
    shapes = NETWORKS[two_layers]
    before, after = ([RNG.normal(size=s).astype(dtype) for s in shapes] for _ in range(2))
    X = np.array([[0, 1, 1], [1, 1, 0]], dtype)

    def build(values):
        V, W = leaves = [Tensor(value) for value in values]
        return leaves, np.mean((np.tanh(X @ V) @ W - dtype(1)) ** 2)

    check_changed(engine, build, before, after, rtol=rtol)


# ---- poles, ties and NaN -------------------------------------------------------------------------

HARD = {
    "a pole that is not chosen": lambda x: np.sum(np.where(x > 0, np.log(x), 0.0)),
    "the root of 0": lambda x: np.sum(np.sqrt(x * x)),
    "ties": lambda x: np.sum(np.maximum(x, 0.0) * np.minimum(x, 1.0)),
    "an infinite value": lambda x: np.sum(1 / x),
    "a NaN": lambda x: np.sum(np.log(x - 0.5)),
    "powers of 0": lambda x: np.sum(x**2 + x**0 + np.abs(x) ** 0.5),
    "a norm of 0": lambda x: np.linalg.norm(x * 0.0),
    "a product with zeros": lambda x: np.prod(x),
    "the largest, twice": lambda x: np.max(x) + np.min(np.abs(x)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("function", HARD.values(), ids=HARD)
def test_hard_places(engine, function):
    x = Tensor([0.0, 1.0, -1.0, 1.0, 0.0])
    out = function(x)
    out.backward()
    found = replayed(engine, out)
    answer = engine.ask(record=found)
    assert agrees(answer["gradients"][places(out, found)[x]], x.grad)


# ---- random graphs -------------------------------------------------------------------------------

ONE = [np.tanh, np.sin, np.exp, te.sigmoid, te.softplus, np.arctan, np.square, np.negative]
TWO = [np.add, np.subtract, np.multiply, np.maximum, np.logaddexp, np.hypot, np.arctan2]


@st.composite
def graphs(draw, shapes=((),)):
    """A function of three leaves as a list of calls, each of some of the results before it."""
    calls = []
    for k in range(3, draw(st.integers(4, 14))):
        f = draw(st.sampled_from(ONE + TWO))
        places = st.integers(max(0, k - 5), k - 1)
        calls.append((f, [draw(places) for _ in range(1 if f in ONE else 2)]))
    leaves = [draw(arrays_on_grid(-2, 2, shape=draw(st.sampled_from(shapes)))) for _ in range(3)]
    return calls, [leaf + 1 / 16 for leaf in leaves]  # off 0, where angles and lengths bend


def run(calls, values):
    found = [Tensor(value) for value in values]
    leaves = found[:]
    for f, operands in calls:
        found.append(f(*(found[k] for k in operands)) / 2)
    used = {k for _, operands in calls for k in operands}
    ends = [np.sum(t) if t.ndim else t for k, t in enumerate(found) if k not in used]
    return leaves, sum(ends[1:], ends[0])


@given(graphs(), graphs())
def test_random_graphs(engine, spec, other):
    calls, values = spec
    check_changed(engine, lambda v: run(calls, v), values, other[1])


@given(graphs(((2, 3), (3,), (2, 1), ())))
def test_random_graphs_of_arrays_that_broadcast(engine, spec):
    calls, values = spec
    check_changed(engine, lambda v: run(calls, v), values, [np.roll(v, 1) / 2 for v in values])


@given(graphs(((2, 3), (3,), ())))
def test_recorded_contributions_add_up_to_the_gradient(spec):
    _, root = run(*spec)
    root.backward()
    found = recorded(root)
    for place, node in enumerate(found["nodes"]):
        edges = [edge for other in found["nodes"] for edge in other["edges"]]
        own = [np.array(e["contribution"], float) for e in edges if e["parent"] == place]
        if own:
            assert agrees(node["gradient"], sum(own))


# ---- paths ---------------------------------------------------------------------------------------


def every_path(nodes, start, output):
    """All paths from a node to the output, found one by one: their nodes and factors."""
    if start == output:
        yield [output], []
    for place in range(start + 1, output + 1):
        for edge in nodes[place]["edges"]:
            if edge["parent"] == start:
                for rest, factors in every_path(nodes, place, output):
                    yield [start, *rest], [float(edge["derivative"][0]), *factors]


@given(graphs())
def test_paths_against_listing_them(engine, spec):
    _, root = run(*spec)
    root.backward()
    found = recorded(root)
    answers = engine.ask(record=found, paths=True)["paths"]
    for place, (node, answer) in enumerate(zip(found["nodes"], answers, strict=True)):
        paths = list(itertools.islice(every_path(found["nodes"], place, found["output"]), 20_000))
        assert answer["count"] == str(len(paths))
        sizes = sorted((abs(math.prod(factors)) for _, factors in paths), reverse=True)
        said = [abs(float(path["product"])) for path in answer["largest"]]
        assert np.allclose(said, sizes[:8], rtol=1e-12)
        listed = [nodes for nodes, _ in paths]
        for path in answer["largest"]:
            assert path["nodes"] in listed
            assert np.isclose(math.prod(map(float, path["factors"])), float(path["product"]))
        if len(paths) <= 8 and node["gradient"] is not None:
            products = [float(path["product"]) for path in answer["largest"]]
            assert math.isclose(node["gradient"][0], sum(products), rel_tol=1e-9, abs_tol=1e-9)


def test_more_paths_than_can_be_listed(engine):
    x = Tensor(1.0)
    y = x
    for _ in range(200):
        y = y + y * 0.5
    y.backward()
    found = recorded(y)
    answer = engine.ask(record=found, paths=True)["paths"][places(y, found)[x]]
    assert answer["count"] == str(2**200)
    assert [float(path["product"]) for path in answer["largest"]] == [1.0] + [0.5] * 7


def test_no_products_of_paths_through_arrays(engine):
    x = Tensor(2.0)
    y = np.sum(x * np.ones(3))
    y.backward()
    found = recorded(y)
    answer = engine.ask(record=found, paths=True)["paths"][places(y, found)[x]]
    assert answer == {"count": "1", "largest": []}


# ---- digits --------------------------------------------------------------------------------------


def test_numbers_are_written_as_in_python(engine):
    rng = np.random.default_rng(5)
    sizes = 10.0 ** rng.uniform(-12, 12, 4000)
    ties = [k / 2**n for k in range(1, 4000, 7) for n in range(14)]
    edges = [10.0**k for k in range(-8, 9)]
    near = [math.nextafter(x, y) for x in edges for y in (0, math.inf)]
    special = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308]
    numbers = [
        *sizes,
        *-sizes,
        *ties,
        *edges,
        *near,
        *special,
        9.9995,
        99999.5,
        99999.49,
        0.00099995,
    ]
    said = engine.ask(numbers=[number(x) for x in numbers])["written"]
    assert said == [written(x) for x in numbers]


# ---- what is refused -----------------------------------------------------------------------------


def refused(function, *values):
    root = function(*map(Tensor, values))
    root.backward()
    found = recorded(root)
    assert found["programs"] == []
    assert all(node["forward"] is None for node in found["nodes"])
    return found


@te.custom(lambda out, x: 2.0)
def doubled(x):
    return 2 * x


@te.custom(lambda out, x: 3.0)
def getitem(x):
    return 3 * x


def test_a_function_of_the_users_is_not_taken_for_another_of_its_name():
    assert refused(getitem, 2.0)["off"] == "the page does not know getitem"


def test_functions_that_the_page_does_not_know_are_named():
    """Those of the user's are among them: they may do anything, as draw numbers at random."""
    found = refused(lambda x: np.sum(np.sort(np.linalg.inv(x)) + doubled(x)), np.eye(2))
    assert found["off"] == "the page does not know np.linalg.inv, np.sort and doubled"
    found = refused(lambda x: np.sum(np.linalg.svd(x)[1]), np.eye(2))
    assert found["off"] == "the page does not know svd"


def test_too_many_numbers_are_left_out():
    found = refused(lambda x, b: np.sum(np.tanh(x) + b), np.ones((100, 60)), np.ones(60))
    assert found["off"].startswith("the graph has 18,061 numbers, and the page computes with")
    by_shape = {tuple(node["shape"]): node for node in found["nodes"]}
    assert by_shape[100, 60]["value"] is None
    assert by_shape[100, 60]["summary"].startswith("shape 100×60, from ")
    assert by_shape[60,]["value"] == [1] * 60


def test_complex_numbers_are_left_out():
    found = refused(lambda x: np.sum(np.abs(np.exp(1j * x))), np.ones(2))
    assert found["off"] == "the page does not compute with complex numbers"
    assert any(node["value"] is None and "summary" in node for node in found["nodes"])


def test_gradients_of_several_passes_are_refused():
    x = Tensor(2.0, name="x")
    y = x * x
    y.backward()
    y.backward()
    with pytest.raises(ValueError, match=r"explore: the gradient of x .*several backward passes"):
        recorded(y)


def test_small_gradients_of_several_passes_are_refused_too():
    x = Tensor(2.0, name="x")
    y = x * 1e-9
    y.backward()
    y.backward()
    with pytest.raises(ValueError, match="explore: the gradient of x "):
        recorded(y)


def test_gradients_of_a_later_output_are_what_flows_back_from_here():
    x = Tensor(2.0, name="x")
    y = x * x
    z = 3 * y
    z.backward()
    found = recorded(y)
    assert found["seed"] == [3]
    assert found["nodes"][0]["gradient"] == [12]


def test_without_a_backward_pass_there_are_values_only(engine):
    x = Tensor(2.0)
    found = replayed(engine, x * x)
    assert [node["gradient"] for node in found["nodes"]] == [None, None]
    assert [edge["contribution"] for edge in found["nodes"][1]["edges"]] == [None, None]
    assert engine.ask(record=found)["gradients"] == [[4], [1]]


def test_what_the_graph_does_not_know_is_said_to_stay():
    x = Tensor([1.0, -2.0])
    y = np.sum(np.where(x > 0, x, 0.0)) + x[np.argmax(x)] + np.sum(np.copysign(x, x))
    y.backward()
    assert recorded(y)["fixed"] == (
        "as recorded stay the condition of np.where, the indices of indexing and argument 2 of "
        "np.copysign"
    )


def test_a_condition_is_not_called_as_an_operand_is():
    """In the formula of np.where, x would be the variable of that name."""
    x = Tensor([1.0, -2.0], name="x")
    y = np.sum(np.where(x > 0, x * x, -x)) + np.where(np.sum(x) > 5, x[0], x[1])
    y.backward()
    texts = [edge["text"] for node in recorded(y)["nodes"] for edge in node["edges"]]
    assert {"[condition]", "[not condition]", "[false]", "[not false]"} <= set(texts)


def test_a_value_replaced_between_its_uses_is_not_computed_with():
    x = Tensor(2.0, name="x")
    y = x * x
    x.data = np.array(3.0)
    z = y * x
    z.backward()
    assert recorded(z)["off"] == "the value of x was replaced between its uses"


def test_the_output_has_one_label_in_formulas_and_everywhere():
    x = Tensor([1.0, -2.0], name="x")
    y = np.sum(x * x)
    y.backward()
    data = recorded(y)
    add_formulas(data, y, None)
    (entry,) = [node for node in data["nodes"] if "formula" in node]
    assert data["nodes"][data["output"]]["label"] == "v₂"
    assert entry["formula"] == "∂v₂/∂x = 2x"


# ---- the text of the record ----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_the_same_graph_gives_the_same_bytes_and_no_markup():
    def text():
        x = Tensor(2.0, name="</script><!--\u2028\ud800")
        y = np.sum(np.log(x * np.array([1.0, 0.0, -1.0])))  # a number, an infinity, a NaN
        y.backward()
        return encoding.text(recorded(y))

    assert text() == text()
    assert "<" not in text()
    assert text().isascii()
    assert '"NaN"' in text()
    assert '"-Infinity"' in text()


def test_a_value_is_the_one_computed_with():
    x = Tensor(2.0)
    y = x * x
    y.backward()
    x.data = 5.0
    assert recorded(y)["nodes"][0]["value"] == [2]


def test_labels_are_unique():
    x, other = Tensor(2.0, name="x"), Tensor(3.0, name="x")
    y = (x * other + 2) * 2
    y.backward()
    names = [node["label"] for node in recorded(y)["nodes"]]
    assert names == ["x", "x (2)", "v₁", "2", "v₂", "2 (2)", "v₃"]


# ---- collapsed pictures --------------------------------------------------------------------------


def test_what_is_collapsed_is_recorded_all_the_same(engine):
    network = nn.MLP([2, 3, 2], seed=1)
    loss = np.sum(network(np.array([[1.0, 2.0]])) ** 2)
    loss.backward()
    whole, collapsed = recorded(loss), recorded(loss, depth=0)
    assert engine.ask(record=collapsed)["verdict"] is None
    assert all(node["card"] == node["id"] for node in whole["nodes"])
    shown = {card.id for card in plan(loss, depth=0).cards}
    assert {node["card"] for node in collapsed["nodes"]} == shown
    links = {link.id for link in plan(loss, depth=0).links}
    edges = [edge for node in collapsed["nodes"] for edge in node["edges"]]
    assert {edge["link"] for edge in edges} - {None} <= links
    assert None in {edge["link"] for edge in edges}
    for node in (*whole["nodes"], *collapsed["nodes"]):
        del node["card"]
        for edge in node["edges"]:
            del edge["link"]
    assert whole == collapsed


# ---- leaves, and what is no leaf -----------------------------------------------------------------


@pytest.mark.parametrize(("node", "element"), [(2, 0), (1, 0), (0, 1)])
def test_only_elements_of_leaves_can_be_set(engine, node, element):
    y = Tensor(2.0) * 3.0
    y.backward()
    with pytest.raises(AssertionError, match=r"a constant|computed|has no element"):
        engine.ask(record=recorded(y), changes=[[node, element, 1]])


def test_a_wrong_record_is_noticed(engine):
    x = Tensor([1.0, 2.0], name="x")
    y = np.sum(np.exp(x))
    y.backward()
    found = recorded(y)
    found["nodes"][1]["value"][1] = 7.5
    said = engine.ask(record=found)["verdict"]
    assert said == "v₁ (np.exp), element 1: the page computes 7.389, and Python recorded 7.5"


def test_five_hundred_nodes_at_once(engine):
    x, w = Tensor(0.5, name="x"), Tensor(1.25, name="w")
    y = x
    for k in range(166):
        y = te.sigmoid(y * w + k / 100)
    y.backward()
    found = replayed(engine, y)
    assert sum(node["op"] is not None for node in found["nodes"]) == 498
    taken = engine.ask(record=found, times=20)["taken"]
    assert np.median(taken) < 200  # on a busy machine; alone it takes a few milliseconds
    assert len(backward.ordered(y)) == 500
