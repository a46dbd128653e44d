"""Pictures of learning: what is on the axes, and what is refused."""

import builtins

import numpy as np
import pytest

from tinygrad_edu import History, Tensor, fit, nn, optim, plot

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.colors import to_rgb  # noqa: E402

RNG = np.random.default_rng(0)
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
EITHER = [0, 1, 1, 1]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


def ramp(x):
    """The probability is the first input, where that is between 0 and 1."""
    return np.clip(x[:, 0], 0, 1)


def three(x):
    """Logits of three classes, each the largest in a third of the first input's range."""
    return np.stack([np.zeros(len(x)), 20 * x[:, 0] - 10, 40 * x[:, 0] - 30], axis=1)


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


def lines(ax):
    return {line.get_label(): line.get_ydata().tolist() for line in ax.get_lines()}


# ---- losses -------------------------------------------------------------------------------------


def test_losses_of_a_history():
    ax = plot.loss_curve(History([3.0, 2.0, 1.0], [4.0, 3.0, 2.5]))
    assert lines(ax) == {"training": [3, 2, 1], "validation": [4, 3, 2.5]}
    assert ax.get_lines()[0].get_xdata().tolist() == [1, 2, 3]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("epoch", "loss", "linear")
    assert texts(ax.figure.legends[0]) == ["training", "validation"]
    first, second = (line.get_linestyle() for line in ax.get_lines())
    assert first != second  # told apart without colours


def test_losses_of_one_kind_need_no_legend():
    ax = plot.loss_curve(History([3.0, 2.0]))
    assert not ax.figure.legends
    assert ax.get_legend() is None


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ([2, 1], {"loss": [2, 1]}),
        (np.float32([2, 1]), {"loss": [2, 1]}),
        ([Tensor(2.0) * 1, Tensor(1.0)], {"loss": [2, 1]}),
        ({"lr 1": [2.0], "lr 0.1": (3.0, 2.0)}, {"lr 1": [2], "lr 0.1": [3, 2]}),
    ],
)
def test_losses_of_a_loop_written_by_hand(given, drawn):
    assert lines(plot.loss_curve(given)) == drawn


def test_the_axes_that_are_given_are_drawn_on_and_given_back():
    _, ax = pyplot.subplots()
    assert plot.loss_curve([2, 1], ax) is ax
    assert plot.loss_curve({"a": [2, 1], "b": [1, 2]}, ax) is ax
    assert len(ax.get_lines()) == 3
    assert texts(ax.get_legend()) == ["loss", "a", "b"]
    assert not ax.figure.legends
    assert len(pyplot.get_fignums()) == 1


def test_losses_that_are_not_finite_are_gaps_and_said_so():
    ax = plot.loss_curve([3.0, np.nan, 2.0, np.inf, -np.inf, np.nan, 1.0, 0.5])
    line, crosses = ax.get_lines()
    gaps = np.isnan(line.get_ydata())
    assert (np.flatnonzero(gaps) + 1).tolist() == [2, 4, 5, 6]
    assert crosses.get_xdata().tolist() == [2, 4, 5, 6]
    assert line.get_label() == "loss (NaN in 2 epochs, ∞ in epoch 4, −∞ in epoch 5)"
    assert texts(ax.figure.legends[0]) == [line.get_label()]
    # A line has no length between gaps, so the point itself is drawn.
    assert line.get_marker() == "o"
    assert line.get_markevery() == [0, 2]


def test_one_epoch_is_seen():
    (line,) = plot.loss_curve([1.0]).get_lines()
    assert line.get_markevery() == [0]


def test_a_logarithmic_scale_has_no_zero():
    ax = plot.loss_curve([1.0, 0.5, 0.0, -1.0, 0.25], log=True)
    line = ax.get_lines()[0]
    assert ax.get_yscale() == "log"
    assert line.get_label() == "loss (0 in epoch 3, negative in epoch 4)"
    np.testing.assert_array_equal(line.get_ydata(), [1, 0.5, np.nan, np.nan, 0.25])
    linear = plot.loss_curve([1.0, 0.5, 0.0, -1.0, 0.25]).get_lines()
    assert linear[0].get_ydata().tolist() == [1, 0.5, 0, -1, 0.25]


def test_names_are_shown_as_they_are():
    name = r"_private $\nonsense$"
    ax = plot.loss_curve({name: [2.0, 1.0], "b": [1.0, 2.0]})
    ax.figure.canvas.draw()  # as a formula it would be an error
    shown, _ = texts(ax.figure.legends[0])
    assert shown == "\N{THIN SPACE}" + name.replace("$", r"\$")
    _, ax = pyplot.subplots()
    assert texts(plot.gradient_norms({name: [1.0, 2.0]}, ax).get_legend()) == [shown]
    ax = plot.decision_boundary(ramp, CORNERS, EITHER, classes=[name, "b"])
    assert texts(ax.figure.legends[0]) == [shown, "b"]
    module = nn.Module()
    setattr(module, name, nn.Layer(2, 2, seed=0))
    assert plot.weights(module).get_xticklabels()[0].get_text() == shown
    for number in pyplot.get_fignums():
        pyplot.figure(number).canvas.draw()


def test_the_numbers_of_a_logarithmic_scale_are_plain():
    ax = plot.loss_curve([0.7, 0.03, 0.002], log=True)
    ax.figure.canvas.draw()
    assert {"0.1", "0.01"} <= {label.get_text() for label in ax.get_yticklabels()}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (History(), "no epoch was finished"),
        ({}, "no epoch was finished"),
        ([], r"'loss' has shape \(0,\)"),
        ([[1.0, 2.0]], r"'loss' has shape \(1, 2\)"),
        ({"a": [1.0], "b": 3.0}, r"'b' has shape \(\)"),
        ([1j], "dtype complex128"),
        (["low"], "real numbers"),
        ([np.nan, np.inf], "no value is finite$"),
    ],
)
def test_losses_that_cannot_be_drawn(given, message):
    with pytest.raises(ValueError, match=r"plot\.loss_curve: .*" + message):
        plot.loss_curve(given)


def test_no_loss_is_positive():
    with pytest.raises(ValueError, match="no value is finite and positive"):
        plot.loss_curve([0.0, -1.0], log=True)


# ---- gradient norms -----------------------------------------------------------------------------


def trained(epochs=3, batch_size=None, **options):
    model = nn.TwoLayerNetwork(2, hidden=3, seed=0)
    history = fit(
        model,
        CORNERS,
        np.array(EITHER)[:, None],
        loss=nn.mean_squared_error,
        optimizer=optim.SGD(model.parameters(), lr=0.5),
        epochs=epochs,
        batch_size=batch_size,
        seed=0,
        progress=False,
        **options,
    )
    return model, history


def test_gradient_norms_are_those_of_the_loop_written_out():
    _, history = trained(gradient_norms=True)
    twin, expected = nn.TwoLayerNetwork(2, hidden=3, seed=0), []
    for _ in range(3):
        twin.zero_grad()
        nn.mean_squared_error(twin(CORNERS), np.array(EITHER)[:, None]).backward()
        expected.append([np.sqrt(np.sum(p.grad**2)) for p in twin.parameters()])
        for p in twin.parameters():
            p.data = p.data - 0.5 * p.grad
    assert list(history.gradient_norms) == [path for path, _ in twin.named_parameters()]
    np.testing.assert_allclose(list(history.gradient_norms.values()), np.transpose(expected))


def test_gradient_norms_are_means_over_the_updates_of_an_epoch():
    _, one = trained(epochs=1, batch_size=2, gradient_norms=True)
    seen = []

    class Watching(optim.SGD):
        def changes(self, gradients):
            seen.append([np.linalg.norm(g) for g in gradients])
            return super().changes(gradients)

    model = nn.TwoLayerNetwork(2, hidden=3, seed=0)
    targets = np.array(EITHER)[:, None]
    optimizer = Watching(model.parameters(), lr=0.5)
    options = {"loss": nn.mean_squared_error, "optimizer": optimizer, "progress": False}
    fit(model, CORNERS, targets, epochs=1, batch_size=2, seed=0, **options)
    assert len(seen) == 2
    found = [norm for (norm,) in one.gradient_norms.values()]
    np.testing.assert_allclose(found, np.mean(seen, axis=0))


def test_gradient_norms_change_nothing_in_the_training():
    with_norms, history = trained(gradient_norms=True)
    without, plain = trained()
    assert plain.gradient_norms == {}
    assert history.loss == plain.loss
    for one, other in zip(with_norms.parameters(), without.parameters(), strict=True):
        np.testing.assert_array_equal(one.data, other.data)


def test_gradient_norms_of_no_epoch():
    _, history = trained(epochs=0, gradient_norms=True)
    assert set(map(tuple, history.gradient_norms.values())) == {()}
    with pytest.raises(ValueError, match="at least one"):
        plot.gradient_norms(history)


def test_an_epoch_that_was_interrupted_is_left_out():
    calls = []

    def loss(output, target):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return nn.mean_squared_error(output, target)

    model = nn.Layer(2, 1, seed=0)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    options = {"batch_size": 2, "progress": False, "gradient_norms": True}
    history = fit(
        model, CORNERS, np.ones((4, 1)), loss=loss, optimizer=optimizer, epochs=9, **options
    )
    assert (history.interrupted, history.updates) == (True, 3)
    assert [len(norms) for norms in history.gradient_norms.values()] == [1, 1]


def test_parameters_without_names_of_their_own_are_told_apart():
    a, b, c = Tensor(1.0, name="w"), Tensor(2.0, name="w"), Tensor(3.0)
    history = fit(
        lambda x: (a + b) * c * x,
        [1.0],
        [0.0],
        loss=nn.mean_squared_error,
        optimizer=optim.SGD([a, b, c], lr=0.0),
        epochs=1,
        progress=False,
        gradient_norms=True,
    )
    # The loss is (3 (a + b))² = 81: the derivatives are 2 · 9 · 3, the same, and 2 · 9 · 3.
    assert history.gradient_norms == {"w (0)": [54.0], "w (1)": [54.0], "parameter (2)": [54.0]}


@pytest.mark.parametrize("size", [1e-300, 1e-5, 1e200])
def test_the_norm_of_large_and_small_gradients(size):
    from tinygrad_edu.training.gradient_norms import norms

    w = Tensor([1.0, 1.0])
    w.grad = np.array([3.0, -4.0]) * size
    assert norms([w]) == [pytest.approx(5 * size, rel=1e-12)]
    w.grad = np.array([0.0, 0.0])
    assert norms([w]) == [0.0]
    w.grad = np.array([3 + 4j, 0]) * size
    assert norms([w]) == [pytest.approx(5 * size, rel=1e-12)]


def test_gradient_norms_are_drawn_by_layer():
    _, history = trained(gradient_norms=True)
    ax = plot.gradient_norms(history)
    assert lines(ax) == history.gradient_norms
    hidden, hidden_bias, output, output_bias = ax.get_lines()
    assert hidden.get_color() == hidden_bias.get_color() != output.get_color()
    assert hidden.get_linestyle() == output.get_linestyle() != output_bias.get_linestyle()
    assert texts(ax.figure.legends[0]) == list(history.gradient_norms)
    assert (ax.get_xlabel(), ax.get_yscale()) == ("epoch", "log")
    assert "norm of the gradient" in ax.get_ylabel()
    assert plot.gradient_norms(history.gradient_norms, log=False).get_yscale() == "linear"


def test_a_layer_without_gradient_is_told():
    ax = plot.gradient_norms({"hidden.weights": [0.0, 0.0], "output.weights": [1.0, 0.5]})
    assert texts(ax.figure.legends[0]) == ["hidden.weights (0 in 2 epochs)", "output.weights"]


def test_many_layers_have_colours_of_their_own():
    ax = plot.gradient_norms({f"layers.{k}.weights": [1.0 + k, 2.0] for k in range(12)})
    assert len({to_rgb(line.get_color()) for line in ax.get_lines()}) == 12


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (History([1.0]), r"train with fit\(\.\.\., gradient_norms=True\)"),
        ([1.0, 2.0], "not a list"),
        ({"w": []}, r"'w' has shape \(0,\)"),
    ],
)
def test_gradient_norms_that_cannot_be_drawn(given, message):
    with pytest.raises(ValueError, match=message):
        plot.gradient_norms(given)


# ---- decision boundaries ------------------------------------------------------------------------


def boundaries(ax):
    """The lines of each contour, as arrays of points."""
    contours = [contour for contour in ax.collections if hasattr(contour, "levels")]
    return [np.concatenate(c.get_paths()[0].to_polygons(closed_only=False)) for c in contours]


@pytest.mark.parametrize("threshold", [0.5, 0.25, 0.9])
def test_the_boundary_is_where_the_probability_is_the_threshold(threshold):
    ax = plot.decision_boundary(ramp, CORNERS, EITHER, threshold=threshold)
    (line,) = boundaries(ax)
    np.testing.assert_allclose(line[:, 0], threshold, atol=1e-6)
    low, high = line[:, 1].min(), line[:, 1].max()
    assert low < 0
    assert high > 1  # across the whole picture


def test_regions_have_the_colours_of_the_classes_and_are_deep_where_it_is_sure():
    ax = plot.decision_boundary(ramp, CORNERS, EITHER)
    (image,) = ax.get_images()
    row = np.asarray(image.get_array())[0]
    left, _, _, _ = image.get_extent()
    assert left == pytest.approx(-0.1)
    points = ax.collections[-2:]
    for end, scatter in zip((0, -1), points, strict=True):
        np.testing.assert_allclose(row[end, :3], scatter.get_facecolor()[0, :3])
        assert row[end, 3] == row[:, 3].max()
    assert row[99, 3] < row[60, 3] < row[0, 3]
    assert 98 <= np.flatnonzero((row[1:, :3] != row[:-1, :3]).any(axis=1))[0] <= 100


def test_examples_have_the_marker_and_the_colour_of_their_class():
    ax = plot.decision_boundary(ramp, CORNERS, EITHER, classes=["neither", "either"])
    zero, one = ax.collections[-2:]
    assert zero.get_offsets().tolist() == [[0, 0]]
    assert one.get_offsets().tolist() == [[0, 1], [1, 0], [1, 1]]
    assert zero.get_paths()[0].vertices.shape != one.get_paths()[0].vertices.shape
    assert (zero.get_facecolor()[0] != one.get_facecolor()[0]).any()
    assert texts(ax.figure.legends[0]) == ["neither", "either"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("input 1", "input 2")


def test_logits_are_drawn_as_their_probabilities():
    neuron = nn.Neuron([3.0, -1.0], 0.5)
    logits = nn.Neuron([3.0, -1.0], 0.5, "identity")
    one = plot.decision_boundary(neuron, CORNERS, EITHER, threshold=0.7)
    other = plot.decision_boundary(logits, CORNERS, EITHER, threshold=0.7, logits=True)
    for ax in (one, other):
        points = boundaries(ax)[0]
        np.testing.assert_allclose(neuron(points).data, 0.7, atol=1e-3)
    images = [np.asarray(ax.get_images()[0].get_array()) for ax in (one, other)]
    np.testing.assert_allclose(*images)


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_outputs_and_targets_may_be_columns(shape):
    targets = np.array(EITHER, float).reshape(shape)
    (line,) = boundaries(plot.decision_boundary(lambda x: ramp(x)[:, None], CORNERS, targets))
    np.testing.assert_allclose(line[:, 0], 0.5)


def test_three_classes():
    labels = np.array([0, 0, 1, 2])
    for targets in (labels, np.eye(3, dtype=int)[labels]):
        ax = plot.decision_boundary(three, CORNERS, targets, logits=True)
        lines_x = [np.unique(line[:, 0].round(2)).tolist() for line in boundaries(ax)]
        # 20 x − 10 = 0 at ½, and 40 x − 30 = 20 x − 10 at 1: the class between has both lines.
        assert lines_x == [[0.5], [0.5, 1.0], [1.0]]
        colours = np.asarray(ax.get_images()[0].get_array())[0, :, :3]
        assert len(np.unique(colours, axis=0)) == 3
        assert texts(ax.figure.legends[0]) == ["class 0", "class 1", "class 2"]


def test_a_model_that_gives_one_class_to_all_has_no_boundary():
    ax = plot.decision_boundary(lambda x: np.full(len(x), 0.9), CORNERS, EITHER)
    assert boundaries(ax) == []


def test_nothing_is_recorded_and_the_model_is_asked_once():
    seen = []

    def model(x):
        out = nn.sigmoid(Tensor(1.0) * x[:, 0])
        seen.append((x.shape, out.op))
        return out

    plot.decision_boundary(model, CORNERS, EITHER, resolution=30)
    assert seen == [((900, 2), None)]


@pytest.mark.parametrize("classes", [1, 3])
def test_probabilities_may_be_rounded(classes):
    def model(x):
        return np.full((len(x), classes), np.float32(1 + 2e-7) if classes == 1 else 1 / 3, "f")

    ax = plot.decision_boundary(model, CORNERS, EITHER)
    opacities = np.asarray(ax.get_images()[0].get_array())[..., 3]
    assert opacities.min() >= 0
    assert opacities.max() <= 1


def test_inputs_on_one_line():
    ax = plot.decision_boundary(ramp, [[0.0, 5.0], [1.0, 5.0]], [0, 1])
    np.testing.assert_allclose(ax.get_ylim(), (4.5, 5.5))
    low, high = plot.decision_boundary(ramp, [[0.0, 1e17], [1.0, 1e17]], [0, 1]).get_ylim()
    assert low < 1e17 < high


def test_a_key_is_left_out_or_stands_on_the_axes_that_were_given():
    both = {"a.w": [1.0, 2.0], "b.w": [2.0, 1.0]}
    for ax in (
        plot.decision_boundary(ramp, CORNERS, EITHER, key=False),
        plot.loss_curve(both, key=False),
        plot.gradient_norms(both, key=False),
    ):
        assert not ax.figure.legends
        assert ax.get_legend() is None
    _, ax = pyplot.subplots()
    assert plot.decision_boundary(ramp, CORNERS, EITHER, ax) is ax
    assert texts(ax.get_legend()) == ["class 0", "class 1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": np.zeros((4, 3))}, r"inputs have shape \(4, 3\).* \(n, 2\); of more inputs"),
        ({"inputs": np.zeros(2)}, r"inputs have shape \(2,\)"),
        ({"inputs": np.zeros((0, 2)), "targets": []}, r"inputs have shape \(0, 2\)"),
        ({"inputs": CORNERS * np.nan}, "finite real numbers"),
        ({"inputs": CORNERS + 1j}, "finite real numbers"),
        ({"targets": [0, 1, 1]}, r"targets have shape \(3,\)"),
        ({"targets": [[0, 1]]}, r"targets have shape \(1, 2\)"),
        ({"targets": [0, 0.5, 1, 1]}, "whole numbers from 0"),
        ({"targets": [-1, 1, 1, 1]}, "whole numbers from 0"),
        ({"targets": ["a", "b", "b", "b"]}, "return_inverse=True"),
        ({"targets": [[0.5, 0.5]] * 4}, "a single 1"),
        ({"targets": [0, 1, 2, 1]}, r"target 2 is no class: .* 2 classes, 0 to 1"),
        ({"model": lambda x: x[:, 0] * 3 - 1}, r"from -1\.29 to 2\.29.*logits=True"),
        ({"model": lambda x: np.abs(x) / 2}, r"add up to .*logits=True"),
        ({"model": lambda x: ramp(x) + 0.1j}, "dtype complex128, not real"),
        ({"model": lambda x: ramp(x).astype(str)}, "not real numbers"),
        ({"model": lambda x: np.mean(x)}, r"output of shape \(\)"),
        ({"model": lambda x: x[:5, 0]}, r"output of shape \(5,\)"),
        ({"model": lambda x: x[:, :0]}, r"output of shape \(40000, 0\)"),
        ({"model": lambda x: np.where(x[:, 0] > 0.5, np.nan, 0)}, r"output is \[nan\] at \[0\.5"),
        ({"model": lambda x: np.full((len(x), 9), 1 / 9)}, "for 8 classes, not for 9"),
        ({"threshold": 0.0}, r"threshold=0\.0 is no probability"),
        ({"threshold": -2}, r"nn\.sigmoid\(t\)"),
        ({"model": three, "logits": True, "threshold": 0.3}, "for two classes, not for 3"),
        ({"classes": ["only one"]}, "names 1, and the model's output tells 2"),
        ({"resolution": 1}, "resolution=1 "),
        ({"resolution": 20.0}, r"resolution=20\.0 "),
    ],
)
def test_boundaries_that_cannot_be_drawn(change, message):
    options = {"model": ramp, "inputs": CORNERS, "targets": EITHER} | change
    with pytest.raises(ValueError, match=r"plot\.decision_boundary: .*" + message):
        plot.decision_boundary(options.pop("model"), **options)
    assert pyplot.get_fignums() == []  # nor is an empty picture left


# ---- weights ------------------------------------------------------------------------------------


def cells(ax):
    """The values of each matrix, with the middle of its first cell: column, row."""
    found = []
    for mesh in ax.collections:
        x, y = mesh.get_coordinates()[0, 0]
        found.append((np.asarray(mesh.get_array()), (x + 0.5, y + 0.5)))
    return found


def test_a_matrix():
    matrix = np.array([[1.0, -4.0, 0.0], [0.25, 2.0, -0.001]])
    for given in (matrix, Tensor(matrix), matrix.tolist()):
        ax = plot.weights(given)
        ((values, place),) = cells(ax)
        np.testing.assert_array_equal(values, matrix)
        assert place == (0, 0)
        assert ax.collections[0].get_clim() == (-4, 4)
        written = [text.get_text() for text in ax.texts]
        assert written == ["1.00", "−4.00", "0", "0.25", "2.00", "−1e−3"]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("column", "row")
        assert ax.get_ylim() == (1.5, -0.5)  # the first row is at the top


def test_blue_is_positive_orange_negative_and_zero_pale():
    from tinygrad_edu.kit.palette import heat

    mesh = plot.weights([[-2.0, 0.0, 2.0]]).collections[0]
    colours = mesh.to_rgba([-2.0, 0.0, 2.0])[:, :3]
    np.testing.assert_allclose(colours, [to_rgb(heat(level)) for level in (-6, 0, 6)])


def test_vectors_numbers_and_zeros():
    np.testing.assert_array_equal(cells(plot.weights([1, 2]))[0][0], [[1, 2]])
    np.testing.assert_array_equal(cells(plot.weights(True))[0][0], [[1]])
    assert plot.weights(np.zeros((2, 2))).collections[0].get_clim() == (-1, 1)


def test_the_parameters_of_a_network_stand_in_a_table():
    network = nn.TwoLayerNetwork(2, hidden=3, outputs=1, seed=0)
    ax = plot.weights(network)
    found = cells(ax)
    for (values, _), parameter in zip(found, network.parameters(), strict=True):
        np.testing.assert_array_equal(values, np.atleast_2d(parameter.data))
    # Both weights end with row 2, and the output's begin at 0; then half a cell is left empty.
    assert [place for _, place in found] == [(0, 1), (0, 3.5), (3.5, 0), (3.5, 3.5)]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["hidden", "output"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["weights", "bias"]
    assert ax.get_xticks().tolist() == [1, 3.5]
    largest = max(np.abs(parameter.data).max() for parameter in network.parameters())
    assert {mesh.get_clim() for mesh in ax.collections} == {(-largest, largest)}


@pytest.mark.parametrize(
    ("module", "label"), [(nn.Layer(2, 2, seed=0), "Layer"), (nn.Neuron([1, 2], 3), "Neuron")]
)
def test_a_module_with_parameters_of_its_own_has_the_name_of_its_class(module, label):
    ax = plot.weights(module)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [label]
    assert len(cells(ax)) == 2


def test_numbers_are_left_out_where_there_are_many():
    assert len(plot.weights(np.ones((10, 10))).texts) == 100
    assert len(plot.weights(np.ones((10, 11))).texts) == 0


def test_numbers_have_contrast_with_their_cells():
    ax = plot.weights(np.linspace(-1, 1, 49).reshape(7, 7))
    colours = ax.collections[0].to_rgba(np.linspace(-1, 1, 49))
    for cell, text in zip(colours, ax.texts, strict=True):
        light, dark = sorted((luminance(cell[:3]), luminance(to_rgb(text.get_color()))))[::-1]
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour):
    """The relative luminance of WCAG 2."""
    c = np.asarray(colour)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_values_that_are_not_finite_are_marked_and_counted():
    matrix = np.ones((20, 10))
    matrix[0, :3] = np.nan, np.inf, -np.inf
    matrix[1, 0] = np.nan
    ax = plot.weights(matrix)
    assert [text.get_text() for text in ax.texts] == ["?", "+", "−", "?"]
    assert ax.collections[0].get_clim() == (-1, 1)
    key = ax.figure.axes[1]
    assert key.get_ylabel() == "value\n2 NaN (?)\n1 ∞ (+)\n1 −∞ (−)"


def test_the_limit_is_the_deepest_colour():
    ax = plot.weights([[1.0, -8.0]], limit=4)
    assert ax.collections[0].get_clim() == (-4, 4)
    assert ax.collections[0].colorbar.extend == "both"
    assert plot.weights([[1.0, -8.0]], limit=8).collections[0].colorbar.extend == "neither"
    assert plot.weights([[1.0]], key=False).collections[0].colorbar is None


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (np.zeros((2, 2, 2)), ValueError, r"the array has shape \(2, 2, 2\).*choose one"),
        ([], ValueError, r"shape \(0,\)"),
        (np.ones((2, 2)) * 1j, TypeError, r"complex128.*draw its \.real"),
        ([["a"]], TypeError, "not real numbers$"),
        (nn.Module(), ValueError, "the module has no parameters"),
    ],
)
def test_weights_that_cannot_be_drawn(given, error, message):
    with pytest.raises(error, match=r"plot\.weights: .*" + message):
        plot.weights(given)


@pytest.mark.parametrize("limit", [0, -1.0, np.nan, np.inf])
def test_a_limit_is_positive(limit):
    with pytest.raises(ValueError, match="is no positive number"):
        plot.weights([[1.0]], limit=limit)


# ---- all of them --------------------------------------------------------------------------------

PICTURES = {
    "loss_curve": lambda: plot.loss_curve([2.0, np.nan, 1.0], log=True),
    "gradient_norms": lambda: plot.gradient_norms({"a.w": [1.0, 2.0], "a.b": [0.0, 2.0]}),
    "decision_boundary": lambda: plot.decision_boundary(ramp, CORNERS, EITHER),
    "weights": lambda: plot.weights(nn.TwoLayerNetwork(2, seed=0)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_picture_twice(name, tmp_path):
    files = []
    with matplotlib.rc_context({"svg.hashsalt": "same"}):
        for path in (tmp_path / "a.svg", tmp_path / "b.svg"):
            PICTURES[name]().figure.savefig(path, metadata={"Date": None})
            files.append(path.read_bytes())
    assert files[0] == files[1]


@pytest.mark.parametrize("name", PICTURES)
def test_without_matplotlib(name, monkeypatch):
    original = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=rf"plot\.{name} needs .*\[plot\]'"):
        PICTURES[name]()


def test_colours_have_contrast_with_light_and_dark_pages():
    from tinygrad_edu.kit.palette import DARK, LIGHT
    from tinygrad_edu.plot.colours import MARKERS, SERIES

    assert len(set(MARKERS)) == len(SERIES) == len(set(SERIES))
    for colour in SERIES:
        for page in (LIGHT["paper"], DARK["paper"]):
            light, dark = sorted((luminance(to_rgb(colour)), luminance(to_rgb(page))))[::-1]
            assert (light + 0.05) / (dark + 0.05) >= 3, (colour, page)


def test_several_axes_are_not_one():
    _, axes = pyplot.subplots(1, 2)
    with pytest.raises(TypeError, match=r"^plot\.loss_curve: ax=.* is no Axes; .*axes\[0\]"):
        plot.loss_curve([1.0, 0.5], axes)
    pyplot.close("all")
