"""A step of an optimiser, and an update of fit, happen whole or not at all."""

import copy
import pickle
import sys

import numpy as np
import pytest

from tinygrad_edu import Tensor, compile, fit, nn, optim
from tinygrad_edu.optim import Optimizer
from tinygrad_edu.training import fit as training_file

X = np.linspace(-1, 1, 6)[:, None]
Y = 3 * X + 1


class Nesterov(Optimizer):
    """As a user would write one: the state is set anew, and counted."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr)
        self.count = 0
        self.v = dict.fromkeys(range(len(self.parameters)), 0.0)

    def changes(self, gradients):
        self.count = self.count + 1
        self.v = {k: 0.9 * self.v[k] + g for k, g in enumerate(gradients)}
        return [self.lr * (g + 0.9 * self.v[k]) for k, g in enumerate(gradients)]


MAKE = {
    "SGD": lambda p: optim.SGD(p, 0.1),
    "momentum": lambda p: optim.SGD(p, 0.1, 0.9),
    "Adam": lambda p: optim.Adam(p, 0.1),
    "a user's": lambda p: Nesterov(p, 0.05),
}
each_optimiser = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


def state_of(optimizer):
    """The parameters, and all that the optimiser remembers, to be compared."""
    remembered = {k: v for k, v in vars(optimizer).items() if k not in ("parameters", "lr")}
    return frozen([[p.numpy() for p in optimizer.parameters], remembered])


def frozen(part):
    if isinstance(part, dict):
        return tuple((key, frozen(value)) for key, value in part.items())
    if isinstance(part, list | tuple):
        return tuple(map(frozen, part))
    return (str(np.asarray(part).dtype), np.shape(part), np.asarray(part).tobytes())


def interrupted_at(n, run, files, *, opcodes):
    """Whether Ctrl-C came: at the n-th line, or instruction, that is run of `files`."""
    left = n

    def count(frame, event, _arg):
        nonlocal left
        if frame.f_code.co_filename not in files:
            return None
        frame.f_trace_opcodes = opcodes
        if event == ("opcode" if opcodes else "line"):
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        run()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return left <= 0


def ready(make):
    """An optimiser in the middle of its work, with a gradient in every parameter."""
    parameters = [Tensor([1.0, 2.0], name="a"), Tensor(3.0), Tensor([[4.0]])]
    optimizer = make(parameters)
    for _ in range(2):
        for p in parameters:
            p.grad = 2 * p.data
        optimizer.step()
    return optimizer


@each_optimiser
def test_ctrl_c_at_any_instruction_of_a_step(make):
    start = ready(make)
    twin = copy.deepcopy(start)
    twin.step()
    allowed, seen, n = {state_of(start), state_of(twin)}, set(), 1
    while True:
        optimizer = copy.deepcopy(start)
        came = interrupted_at(n, optimizer.step, {optim.__file__, __file__}, opcodes=True)
        seen.add(state_of(optimizer))
        if not came:
            break
        n += 1
    assert n > 100
    assert seen == allowed


class Setting(optim.SGD):
    """One that takes its steps by itself, a parameter at a time."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr)
        self.count = 0

    def step(self):
        self.count += 1
        for p in self.parameters:
            p.data = p.data - self.lr * p.grad


@pytest.mark.parametrize("make", [MAKE["momentum"], MAKE["Adam"], lambda p: Setting(p, 0.1)])
def test_ctrl_c_at_any_line_of_fit(make):
    def train(n):
        model = nn.MLP([1, 1], seed=0)
        optimizer, histories = make(model.parameters()), []

        def run():
            options = {"optimizer": optimizer, "epochs": 2, "batch_size": 3, "seed": 0}
            more = {"validation": (X, Y), "gradient_norms": True, "progress": False}
            histories.append(fit(model, X, Y, loss=nn.mean_squared_error, **options, **more))

        files = {optim.__file__, training_file.__file__, __file__}
        return interrupted_at(n, run, files, opcodes=False), optimizer, histories

    path = {}
    for updates in range(5):
        model = nn.MLP([1, 1], seed=0)
        optimizer, rng, done = make(model.parameters()), np.random.default_rng(0), 0
        for _ in range(2):
            order = rng.permutation(6)
            for rows in (order[:3], order[3:]):
                if done < updates:
                    optimizer.zero_grad()
                    nn.mean_squared_error(model(X[rows]), Y[rows]).backward()
                    optimizer.step()
                    done += 1
        path[state_of(optimizer)] = updates
    came, n, counts = True, 1, set()
    while came:
        came, optimizer, histories = train(n)
        updates = path[state_of(optimizer)]
        counts.add(updates)
        for history in histories:
            assert history.updates == updates
            assert history.interrupted == came
            lengths = [len(history.loss), len(history.validation_loss)]
            lengths += [len(norms) for norms in history.gradient_norms.values()]
            assert len(set(lengths)) == 1
            assert lengths[0] in (updates // 2, updates // 2 - 1)
        n += 1
    assert n > 100
    assert counts == {0, 1, 2, 3, 4}


# ---- steps that fail -----------------------------------------------------------------------------


def five(make):
    """An optimiser of five parameters that has taken a step, with gradients for the next."""
    parameters = [Tensor(np.full(3, float(k)), name=f"p{k}") for k in range(5)]
    optimizer = make(parameters)
    for p in parameters:
        p.grad = np.array([1.0, -2.0, 3.0])
    optimizer.step()
    return optimizer


SPOILT = {
    "missing": (None, ValueError, r"parameter 2 'p2', of shape \(3,\), has no gradient"),
    "nan": (np.array([1.0, np.nan, 2.0]), FloatingPointError,
            r"parameter 2 'p2', of shape \(3,\), would become nan at \[1\], where its gradient is "
            r"nan\. Nothing was changed"),
    "inf": (np.array([1.0, 2.0, -np.inf]), FloatingPointError, r"p2.* at \[2\].*gradient is -inf"),
    "another shape": (np.ones(2), ValueError, r"p2', .*, has a gradient of shape \(2,\)"),
    "a number": (np.array(1.0), ValueError, r"p2', .*, has a gradient of shape \(\)"),
    "no numbers": (np.array(["a", "b", "c"]), TypeError, "gradient of dtype <U1"),
}  # fmt: skip


@each_optimiser
@pytest.mark.parametrize(("gradient", "error", "message"), SPOILT.values(), ids=SPOILT)
def test_a_step_that_fails_at_the_third_of_five(make, gradient, error, message):
    optimizer, twin = five(make), five(make)
    optimizer.parameters[2]._grad = gradient
    for _ in range(2):
        with pytest.raises(error, match=message):
            optimizer.step()
        assert state_of(optimizer) == state_of(twin)
    optimizer.parameters[2].grad = [1.0, -2.0, 3.0]  # a list will do
    optimizer.step()
    twin.step()
    assert state_of(optimizer) == state_of(twin)


def test_changes_that_are_not_one_for_each_parameter():
    class Forgetful(Nesterov):
        def changes(self, gradients):
            return super().changes(gradients)[:4]

    optimizer = five(lambda p: Nesterov(p, 0.1))
    optimizer.__class__ = Forgetful
    before = state_of(optimizer)
    with pytest.raises(ValueError, match=r"Forgetful\.changes gave 4 changes, and there are 5 par"):
        optimizer.step()
    assert state_of(optimizer) == before


@pytest.mark.parametrize("shape", [(3,), (1, 1), (0,)])
def test_a_change_of_another_shape(shape):
    class Odd(Nesterov):
        def changes(self, gradients):
            return [*super().changes(gradients)[:-1], np.ones(shape)]

    first, last = Tensor(np.ones(2)), Tensor(np.ones(1))
    optimizer = Odd([first, last], 0.1)
    first.grad, last.grad = np.ones(2), np.ones(1)
    before = state_of(optimizer)
    with pytest.raises(ValueError, match=r"the new value has shape \(.*\), the Tensor \(1,\)"):
        optimizer.step()
    assert state_of(optimizer) == before


def test_a_step_on_a_parameter_of_outside_is_refused_in_what_is_compiled():
    w = Tensor(1.0)
    w.grad = np.array(1.0)
    optimizer = optim.SGD([w], 0.5)

    def f(x):
        optimizer.step()
        return x * 2

    with pytest.raises(TypeError, match="of a Tensor that the function did not make"):
        compile(f)(np.ones(2))
    assert w.item() == 1.0
    optimizer.step()  # out of it, it may be changed again
    assert w.item() == 0.5


@pytest.mark.parametrize(
    ("dtype", "gradient"), [(np.float64, 1e200), (np.float32, 3e19), (np.complex128, 1e200j)]
)
def test_an_infinite_mean_square_would_stop_adam_for_good(dtype, gradient):
    w = Tensor(np.ones(2), dtype=dtype)
    optimizer = optim.Adam([w], 0.1)
    w.grad = np.array([1.0, gradient], dtype)
    with pytest.raises(FloatingPointError, match=r"the mean squared gradient of .*at \[1\]"):
        optimizer.step()
    w.grad = np.ones(2, dtype)
    optimizer.step()
    np.testing.assert_allclose(w.data, 0.9, rtol=1e-6)


def test_an_overflow_of_the_learning_rate_is_told_without_warnings():
    w = Tensor(1e300)
    w.grad = np.array(1e20)
    with pytest.raises(FloatingPointError, match=r"rate, 1e\+300, is too large"):
        optim.SGD([w], 1e300).step()
    assert w.item() == 1e300


def test_what_was_infinite_before_may_stay_so():
    w = Tensor([-np.inf, 1.0])  # a class that is ruled out
    for make in MAKE.values():
        optimizer = make([w])
        w.grad = np.array([0.0, 1.0])
        optimizer.step()
    assert w.data[0] == -np.inf
    assert w.data[1] < 1


def test_one_that_clips_may_be_given_an_infinite_gradient():
    class Signs(Optimizer):
        def changes(self, gradients):
            return (self.lr * np.sign(g) for g in gradients)

    w = Tensor([1.0, 1.0])
    w.grad = np.array([np.inf, -1e308])
    Signs([w], 0.5).step()
    np.testing.assert_array_equal(w.data, [0.5, 1.5])


@each_optimiser
def test_a_copy_goes_on_as_the_original(make):
    for again in (copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))):
        optimizer = ready(make)
        twin = again(optimizer)
        for each in (optimizer, twin):
            each.step()
        assert state_of(twin) == state_of(optimizer)
        assert state_of(again(optimizer)) == state_of(optimizer)


# ---- after a divergence --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["momentum", "Adam", "a user's"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_training_goes_on_after_a_loss_that_was_not_finite(name, bad):
    def train(optimizer, model, factor=1.0, epochs=4):
        def loss(output, target):
            return nn.mean_squared_error(output, target) * factor

        options = {"batch_size": None, "progress": False}
        fit(model, X, Y, loss=loss, optimizer=optimizer, epochs=epochs, **options)

    models = [nn.MLP([1, 4, 1], seed=0) for _ in range(2)]
    spoilt, twin = (MAKE[name](model.parameters()) for model in models)
    train(twin, models[1])
    train(spoilt, models[0])
    with pytest.raises(FloatingPointError, match="and the optimiser's state are the last ones"):
        train(spoilt, models[0], bad)
    assert state_of(spoilt) == state_of(twin)
    for optimizer, model in ((spoilt, models[0]), (twin, models[1])):
        optimizer.lr = optimizer.lr / 10
        train(optimizer, model)
    assert state_of(spoilt) == state_of(twin)


def test_the_advice_helps_in_a_loop_of_ones_own():
    w = Tensor([1.0, -1.0])
    optimizer = optim.SGD([w], 1e160, momentum=0.5)

    def update():
        optimizer.zero_grad()
        np.sum(w**2).backward()
        optimizer.step()

    w.data = [1e150, -1e150]
    with pytest.raises(FloatingPointError, match="is too large: try a tenth of it"):
        update()
    optimizer.lr = 0.1
    for _ in range(2000):
        update()
    np.testing.assert_allclose(w.data, 0, atol=1e-9)


def test_the_last_finite_loss_is_that_of_the_update_before_and_not_of_the_start():
    """The loss of the fourth update is infinite: what was finite last is what the third saw."""
    models, states = [nn.MLP([1, 1], seed=0) for _ in range(2)], []
    optimizers = [optim.Adam(model.parameters(), 0.1) for model in models]
    for _ in range(3):
        states.append(state_of(optimizers[1]))
        optimizers[1].zero_grad()
        nn.mean_squared_error(models[1](X), Y).backward()
        optimizers[1].step()
    seen = []

    def loss(output, target):
        seen.append(output)
        return nn.mean_squared_error(output, target) * (np.inf if len(seen) == 4 else 1.0)

    with pytest.raises(FloatingPointError, match="loss became inf in epoch 4"):
        fit(
            models[0], X, Y, loss=loss, optimizer=optimizers[0], epochs=9, batch_size=None,
            progress=False,
        )  # fmt: skip
    assert state_of(optimizers[0]) == states[2]
    assert len(set(states)) == 3


@pytest.mark.parametrize("make", [MAKE["momentum"], MAKE["Adam"]])
def test_an_infinite_derivative_within_fit_and_then_another_start(make):
    w = Tensor(0.0)
    optimizer = make([w])
    before = state_of(optimizer)
    options = {"loss": nn.mean_squared_error, "optimizer": optimizer, "progress": False}
    with pytest.raises(FloatingPointError, match=r"fit: in epoch 1, .*derivative is infinite"):
        fit(lambda x: np.sqrt(w) * x, X[:, 0], Y[:, 0], epochs=5, **options)
    assert state_of(optimizer) == before
    history = fit(lambda x: w * x, X[:, 0], 2 * X[:, 0], epochs=200, **options)
    assert history.loss[-1] < 1e-3


def test_a_compiled_function_may_take_steps_of_its_own():
    def f(x):
        w = Tensor(x)
        optimizer = optim.Adam([w], 0.1)
        for _ in range(3):
            optimizer.zero_grad()
            np.sum((w * w - 1) ** 2).backward()
            optimizer.step()
        return w.data

    for x in (2.0, np.array([0.5, -3.0])):
        np.testing.assert_allclose(compile(f)(x), f(x), rtol=1e-12)


# ---- float16 -------------------------------------------------------------------------------------


@each_optimiser
@pytest.mark.parametrize("scale", [1e-4, 1.0, 300.0])
def test_float16_parameters_are_those_of_float32_rounded(make, scale):
    start, gradients = np.array([1.0, -2.0, 0.5]), np.array([1.0, 3.0, -0.25]) * scale
    half, single = Tensor(start, dtype=np.float16), Tensor(start, dtype=np.float32)
    for w in (half, single):
        optimizer = make([w])
        for k in range(5):
            w.grad = (gradients * (1 - k / 4)).astype(np.float16).astype(w.dtype)
            optimizer.step()
            assert w.dtype == (np.float16 if w is half else np.float32)
    np.testing.assert_allclose(half.data.astype(float), single.data, rtol=3e-3)


@pytest.mark.parametrize("rate", [0.05, np.float16(0.05), np.float32(0.05)])
@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_adam_on_float16_descends(shape, rate):
    w = Tensor(np.full(shape, 2.0), dtype=np.float16)
    optimizer = optim.Adam([w], rate)
    for _ in range(200):
        optimizer.zero_grad()
        np.sum((w - 1.0) ** 2).backward()
        optimizer.step()
        assert w.dtype == np.float16
        assert np.isfinite(w.data).all()
    np.testing.assert_allclose(w.data, 1, atol=0.02)


@pytest.mark.parametrize("gradient", [0.0, 6e-8, 1e-4, 65504.0])
def test_adams_first_step_on_float16_at_the_ends_of_its_range(gradient):
    w = Tensor(np.zeros(2), dtype=np.float16)
    optimizer = optim.Adam([w], 0.01)
    w.grad = np.array([gradient, -gradient], np.float16)
    optimizer.step()
    step = 0.01 * gradient / (gradient + 1e-8)
    np.testing.assert_allclose(w.data, [-step, step], rtol=0.01)


def test_an_overflow_of_float16_is_told():
    w = Tensor(np.float16(60000))
    optimizer = optim.SGD([w], 1.0)
    w.grad = np.array(-60000, np.float16)
    with pytest.raises(FloatingPointError, match="would become inf, where its gradient is -6"):
        optimizer.step()
    assert w.item() == 59999 // 32 * 32 + 32
