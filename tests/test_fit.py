"""Training: what is trained on, what is remembered, and how it stops."""

import builtins
import os
import signal

import numpy as np
import pytest

from tinygrad_edu import History, Tensor, fit, nn, no_grad, optim

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 3))
Y = X @ [[1.0], [-2.0], [0.5]] + 0.3


def train(model=None, x=X, y=Y, *, lr=0.05, loss=nn.mean_squared_error, **options):
    model = model or nn.MLP([3, 1], seed=0)
    optimizer = options.pop("optimizer", None) or optim.SGD(model.parameters(), lr)
    return model, fit(model, x, y, loss=loss, optimizer=optimizer, progress=False, **options)


# ---- what it does -------------------------------------------------------------------------------


def test_a_linear_model_finds_the_line():
    model, history = train(epochs=300, batch_size=5, seed=0)
    np.testing.assert_allclose(model.layers[0].weights.data.ravel(), [1, -2, 0.5], atol=1e-6)
    np.testing.assert_allclose(model.layers[0].bias.data, 0.3, atol=1e-6)
    assert history.updates == 1200
    assert len(history.loss) == 300
    assert history.loss[-1] < 1e-10 < history.loss[0]
    assert not history.interrupted
    assert history.validation_loss == []


def test_all_rows_at_once_is_the_loop_written_out():
    model, history = train(epochs=10, batch_size=None)
    twin, losses = nn.MLP([3, 1], seed=0), []
    for _ in range(10):
        twin.zero_grad()
        loss = nn.mean_squared_error(twin(X), Y)
        loss.backward()
        losses.append(loss.item())
        for p in twin.parameters():
            p.data = p.data - 0.05 * p.grad
    assert history.loss == losses
    np.testing.assert_array_equal(model(X).data, twin(X).data)


def test_every_row_once_an_epoch_in_a_new_order():
    rows, w = [], Tensor(0.0)

    def model(x):
        rows.append(x.ravel().tolist())
        return w * x

    numbers = np.arange(10.0)[:, None]
    fit(
        model,
        numbers,
        numbers,
        loss=nn.mean_squared_error,
        optimizer=optim.SGD([w], 0.001),
        epochs=2,
        batch_size=4,
        seed=1,
        progress=False,
    )
    assert [len(batch) for batch in rows] == [4, 4, 2, 4, 4, 2]
    first, second = ([row for batch in epoch for row in batch] for epoch in (rows[:3], rows[3:]))
    assert sorted(first) == sorted(second) == numbers.ravel().tolist()
    assert first != second


def test_the_seed_decides():
    (_, one), (_, two), (_, other) = (train(epochs=3, batch_size=4, seed=s) for s in (7, 7, 8))
    assert one.loss == two.loss != other.loss


def test_losses_are_weighted_by_the_size_of_the_batch():
    _, history = train(lr=0.0, epochs=1, batch_size=12, seed=0)
    expected = nn.mean_squared_error(nn.MLP([3, 1], seed=0)(X), Y).item()
    assert history.loss == [pytest.approx(expected)]


def test_validation_is_computed_after_each_epoch_and_not_trained_on():
    data = X[:5] + 1, Y[:5]
    model, history = train(epochs=4, seed=0, validation=data)
    _, without = train(epochs=4, seed=0)
    assert history.loss == without.loss
    assert len(history.validation_loss) == 4
    assert history.validation_loss[-1] == nn.mean_squared_error(model(data[0]), data[1]).item()


def test_classes_with_integer_labels():
    x = np.concatenate([RNG.normal(m, 0.3, size=(30, 2)) for m in ((0, 0), (3, 0), (0, 3))])
    labels = np.repeat([0, 1, 2], 30)
    model = nn.MLP([2, 8, 3], seed=0)
    adam = optim.Adam(model.parameters(), lr=0.05)
    train(model, x, labels, loss=nn.softmax_cross_entropy, optimizer=adam, epochs=40, seed=0)
    assert np.mean(np.argmax(model(x), axis=1) == labels) > 0.97


def test_no_epochs():
    model, history = train(epochs=0)
    assert history == History()
    np.testing.assert_array_equal(model(X).data, nn.MLP([3, 1], seed=0)(X).data)


def test_the_progress_bar_shows_the_losses(capsys):
    model = nn.MLP([3, 1], seed=0)
    options = {"loss": nn.mean_squared_error, "optimizer": optim.SGD(model.parameters(), 0.01)}
    fit(model, X, Y, **options, epochs=3, batch_size=10, validation=(X, Y))
    shown = capsys.readouterr().err
    assert "6/6" in shown
    fit(model, X, Y, **options, epochs=3, progress=False)
    assert capsys.readouterr().err == ""


# ---- how it stops -------------------------------------------------------------------------------


class Interrupting(optim.SGD):
    """Ctrl-C comes in the middle of a step, when one parameter is changed and one is not."""

    def __init__(self, model, after, send):
        super().__init__(model.parameters(), 0.05)
        self.left, self.send = after, send

    def step(self):
        self.left -= 1
        if self.left == 0:
            self.parameters[0].data = self.parameters[0].data + 1000
            self.send()
        super().step()


def raise_it():
    raise KeyboardInterrupt


def press_it():
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("send", [raise_it, press_it])
def test_ctrl_c_in_the_middle_of_an_update(send):
    model = nn.MLP([3, 1], seed=0)
    _, history = train(
        model, optimizer=Interrupting(model, 8, send), epochs=100, batch_size=5, seed=0
    )
    assert history.interrupted
    assert history.updates == 7
    assert len(history.loss) == 1  # the second epoch was not finished
    twin = nn.MLP([3, 1], seed=0)
    seen = []

    def loss(output, target):
        if len(seen) == 7:
            raise KeyboardInterrupt
        seen.append(output)
        return nn.mean_squared_error(output, target)

    train(twin, loss=loss, epochs=100, batch_size=5, seed=0)
    for path, value in model.state().items():
        np.testing.assert_array_equal(value, twin.state()[path])


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an interval timer")
@pytest.mark.parametrize("delay", [0.01, 0.02, 0.05])
def test_ctrl_c_from_outside(delay):
    def press(*_):
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGALRM, press)
    try:
        signal.setitimer(signal.ITIMER_REAL, delay)
        model, history = train(epochs=10**6, batch_size=1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert history.interrupted
    assert np.isfinite(model(X).data).all()


def test_another_error_leaves_the_parameters_of_the_last_update():
    model = nn.MLP([3, 1], seed=0)

    def fail():
        raise ZeroDivisionError

    before = model.state()
    with pytest.raises(ZeroDivisionError):
        train(model, optimizer=Interrupting(model, 1, fail), epochs=1)
    for path, value in model.state().items():
        np.testing.assert_array_equal(value, before[path])


@pytest.mark.filterwarnings("ignore:fit. the loss has grown")
def test_divergence_is_an_error_and_goes_back_to_finite_parameters():
    model = nn.MLP([3, 1], seed=0)
    with pytest.raises(FloatingPointError, match=r"loss became (inf|nan) in epoch .* rate, 1e\+30"):
        train(model, lr=1e30, epochs=100, batch_size=None)
    assert np.isfinite(nn.mean_squared_error(model(X), Y).item())


class Unchecked(optim.SGD):
    """One that takes its steps by itself, without asking where they lead."""

    def step(self):
        for p in self.parameters:
            with np.errstate(all="ignore"):
                p.data = p.data - self.lr * p.grad


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (optim.SGD, r"fit: in epoch 1, SGD\.step: .*'layers\.0\.weights', .* would become -?inf"),
        (Unchecked, "no longer finite after the last update"),
    ],
)
def test_divergence_in_the_last_update(kind, message):
    model = nn.MLP([3, 1], seed=0)
    before = model.state()
    optimizer = kind(model.parameters(), 1e308)
    with pytest.raises(FloatingPointError, match=message + r".* rate, 1e\+308, is too large"):
        train(model, optimizer=optimizer, y=Y * 100, epochs=1, batch_size=None)
    for path, value in model.state().items():
        np.testing.assert_array_equal(value, before[path])


def test_an_infinite_derivative():
    w = Tensor(0.0)

    def model(x):
        return np.sqrt(w) * x

    with pytest.raises(FloatingPointError, match="derivative is infinite"):
        fit(
            model,
            X[:, 0],
            X[:, 1],
            loss=nn.mean_squared_error,
            optimizer=optim.SGD([w], 0.1),
            epochs=5,
            progress=False,
        )
    assert w.item() == 0


# ---- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": X[:5]}, r"x has shape \(5, 3\) and y \(20, 1\)"),
        ({"x": X[:0], "y": Y[:0]}, "one or more"),
        ({"x": np.where(X[2, 1] == X, np.nan, X)}, r"x is nan at \[2, 1\]"),
        ({"y": np.full((20, 1), np.inf)}, r"y is inf at \[0, 0\]"),
        ({"validation": (X, Y[:3])}, "validation's x has shape"),
        ({"epochs": -1}, "-1 epochs"),
        ({"batch_size": 0}, "batches of 0"),
        ({"validation": (X,)}, r"validation is \(inputs, targets\)"),
        ({"loss": lambda output, target: output - target}, "reduce it, with np.mean"),
    ],
)
def test_data_that_cannot_be_trained_on(change, message):
    with pytest.raises(ValueError, match=message):
        train(**change)


@pytest.mark.parametrize("change", [{"epochs": 2.5}, {"batch_size": 2.5}])
def test_epochs_and_batches_are_whole(change):
    with pytest.raises(TypeError, match=r"=2\.5.* must be integers"):
        train(**change)


def test_a_loss_that_is_no_tensor():
    with pytest.raises(TypeError, match="not a Tensor, so it has no gradient"):
        train(loss=lambda output, target: 1.0)


def test_a_training_in_which_nothing_is_recorded():
    with (
        no_grad(),
        pytest.raises(RuntimeError, match=r"within no_grad\(\), where nothing is"),
    ):
        train()


# ---- the history --------------------------------------------------------------------------------


def test_plot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib import pyplot

    history = History([3.0, 2.0, 1.0], [4.0, 3.0, 2.5])
    axes = history.plot()
    training, validation = axes.get_lines()
    assert training.get_xdata().tolist() == [1, 2, 3]
    assert validation.get_ydata().tolist() == [4, 3, 2.5]
    assert History([1.0]).plot(axes) is axes
    pyplot.close(axes.figure)


def test_plot_without_matplotlib(monkeypatch):
    original = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=r"pip install .*\[plot\]"):
        History([1.0]).plot()


@pytest.mark.parametrize(
    ("rate", "rows", "batch"), [(3.0, 64, 32), (30.0, 8, None), (1e3, 5, 1), (1.5, 300, 16)]
)
def test_a_loss_that_grows_without_bounds_is_told_while_it_is_finite(rate, rows, batch):
    x = np.random.default_rng(0).normal(size=(rows, 3))
    layer = nn.Layer(3, 1, "identity", seed=0)
    optimizer = optim.SGD(layer.parameters(), lr=rate)

    def train():
        return fit(
            layer, x, x @ np.ones((3, 1)), loss=nn.mean_squared_error, optimizer=optimizer,
            epochs=6, batch_size=batch, progress=False,
        )  # fmt: skip

    with pytest.warns(
        RuntimeWarning, match=r"the loss has grown to .* it diverges.*a tenth"
    ) as told:
        history = train()
    assert np.isfinite(history.loss).all()
    assert len(told) == 1
    assert told[0].filename == __file__


def test_a_history_prints_a_line_and_an_optimiser_what_it_holds():
    history = History([1.25, 0.5], [2.0, 1.0], 8)
    assert repr(history) == "History(2 epochs, 8 updates, loss 1.25 to 0.5, validation loss 2 to 1)"
    assert repr(History(interrupted=True)) == "History(0 epochs, 0 updates, interrupted)"
    layer = nn.Layer(30, 40, seed=0)
    assert repr(optim.SGD([layer.bias], lr=0.1)) == (
        "SGD(1 parameter of 40 numbers, lr=0.1, momentum=0.0)"
    )
    adam = optim.Adam(layer.parameters())
    assert repr(adam).startswith("Adam(2 parameters of 1,240 numbers, lr=0.001, beta1=0.9")
    assert "\n" not in repr(adam)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": "mse"}, r"fit: loss='mse' must be a function.*nn\.mean_squared_error"),
        ({"loss": None}, r"fit: loss=None must be a function"),
        ({"model": "mlp"}, r"fit: model='mlp' must be a function"),
        ({"model": [nn.Layer(3, 1)]}, r"fit: model=.* must be a function.*nn\.MLP"),
        ({"optimizer": "adam"}, r"fit: optimizer='adam' .*optim\.Adam\(model\.parameters"),
        ({"optimizer": optim.Adam}, r"fit: optimizer=<class .* that holds the parameters"),
        ({"optimizer": 0.01}, r"fit: optimizer=0\.01 must be an optimiser"),
    ],
)
def test_what_keras_takes_by_name_is_answered_by_what_to_write(change, message):
    layer = nn.Layer(3, 1, seed=0)
    given = {
        "model": layer,
        "loss": nn.sum_of_squares,
        "optimizer": optim.SGD(layer.parameters(), 0.1),
    }
    with pytest.raises(TypeError, match=message):
        fit(x=np.ones((4, 3)), y=np.ones((4, 1)), epochs=1, progress=False, **(given | change))
