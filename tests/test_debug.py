"""Within debug(): where the first NaN or infinity came from, and which arrays were changed."""

import asyncio
import gc
import re
import threading
import warnings

import numpy as np
import pytest

import tinygrad_edu as te
from tests.test_conventions import FORWARD_WARNS, ROWS
from tinygrad_edu import Tensor, debug, grad, nn
from tinygrad_edu.debugging.watch import _MADE

inf, nan = np.inf, np.nan


def message(f, *args, **options):
    """What debug() says when `f` runs, without the values being warned of as well."""
    run = debug(**options)(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((FloatingPointError, RuntimeError)) as caught:
            run(*args)
    return str(caught.value)


# What is computed, the operation that is to blame, the element, its value, the cause, the way out.
FORWARD = {
    "log of 0": (np.log, "np.log gave -inf at [1]", "= 0.0", "logarithm of 0", "log1p"),
    "log of a negative": (lambda x: np.log(x - 1), "np.log gave -inf at [0]", "= 0.0", "", ""),
    "log10": (lambda x: np.log10(x - 3), "np.log10 gave nan at [0]", "= -2.0", "negative", ""),
    "log1p": (lambda x: np.log1p(x - 1), "np.log1p gave -inf at [1]", "= -1.0", "1 + x", ""),
    "sqrt": (lambda x: np.sqrt(x - 2), "np.sqrt gave nan at [0]", "= -1.0", "negative", "np.where"),
    "division": (lambda x: 1 / x, "np.divide gave inf at [1]", "= 0.0", "division by 0", "divisor"),
    "0 / 0": (lambda x: (x - 1) / (x - 1), "np.divide gave nan at [0]", "", "0 / 0", ""),
    "reciprocal": (np.reciprocal, "np.reciprocal gave inf at [1]", "", "division by 0", ""),
    "power": (lambda x: x**-2, "np.power gave inf at [1]", "", "0 to a negative power", ""),
    "root": (lambda x: (-x) ** 0.5, "np.power gave nan at [0]", "= -1.0", "fractional power", ""),
    "exp": (lambda x: np.exp(500 * x), "np.exp gave inf at [2]", "= 1000.0",
            "from x = 709.8 on", "softmax"),
    "exp2": (lambda x: np.exp2(800 * x), "np.exp2 gave inf at [2]", "", "from x = 1024 on", ""),
    "product": (lambda x: x * 1e308, "np.multiply gave inf at [2]", "= 2.0", "overflow", "scale"),
    "inf - inf": (lambda x: inf - (x - -inf), "np.subtract gave nan at [0]", "", "inf - inf", ""),
    "0 times inf": (lambda x: x * inf, "np.multiply gave nan at [1]", "", "0 times infinity", ""),
    "arcsin": (np.arcsin, "np.arcsin gave nan at [2]", "= 2.0", "outside of [-1, 1]", "np.clip"),
    "arccosh": (np.arccosh, "np.arccosh gave nan at [1]", "= 0.0", "from 1 on", ""),
    "arctanh": (np.arctanh, "np.arctanh gave inf at [0]", "= 1.0", "infinite at -1 and 1", ""),
    "sine": (lambda x: np.sin(np.inf + x * 0), "np.sin gave nan at [0]", "= inf", "angle", ""),
    "a NaN constant": (lambda x: x + np.array([1, nan, 2]), "np.add gave nan at [1]", "= nan: a c",
                       "NaN already", "missing data"),
    "a NaN in a sum": (lambda x: np.sum(x) + np.sum(Tensor([1, nan])), "np.sum gave nan", "1 NaN",
                       "NaN already", ""),
    "sum": (lambda x: np.sum(x * 8e307), "np.sum gave inf", "", "overflow", "scale"),
    "matmul": (lambda x: x @ (x * 8e307), "np.matmul gave inf", "", "overflow", ""),
    "inf - inf in a sum": (lambda x: np.sum(x + np.array([inf, 0, -inf])), "np.sum gave nan", "",
                           "inf - inf", ""),
    "no elements": (lambda x: np.mean(x[3:]), "np.mean gave nan", "", "no elements", ""),
    "a composed function": (lambda x: np.linalg.norm(1e200 * x),
                            "np.multiply, in np.linalg.norm, gave inf", "= 1e+200",
                            "overflow", ""),
    "complex": (lambda x: np.log(x * 1j), "np.log gave (-inf+0j) at [1]", "= 0j", "of 0", ""),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
@pytest.mark.parametrize("name", FORWARD)
def test_the_forward_pass(name):
    f, *expected = FORWARD[name]
    with np.errstate(all="warn"):
        try:
            with debug():
                f(Tensor([1.0, 0.0, 2.0], name="p"))
        except FloatingPointError as error:
            said = str(error)
    for words in expected:
        assert words in said, said
    assert 'pass\n  File "' in said
    assert f'{__file__}", line' in said
    assert "\ncause: " in said
    assert "\nway out: " in said


def test_float32_ends_earlier():
    said = message(lambda: np.exp(Tensor([89], dtype=np.float32)))
    assert "the largest float32, 3.4e+38 from x = 88.72 on" in said


BACKWARD = {
    "sqrt at 0": (lambda x: np.sqrt(2 * x), "np.sqrt gave inf at [1] of the gradient of its arg",
                  "the slope of np.sqrt at 0.0 is infinite", "x + 1e-12"),
    "power at 0": (lambda x: x**0.5, "np.power gave inf at [1] of the gradient of x",
                   "x[1] = 0.0: a leaf, of shape (3,)", "np.power at 0.0, 0.5 is infinite"),
    "arcsin at 1": (lambda x: np.arcsin(x / 2), "np.arcsin gave inf at [2]", "arrived there = 1.0",
                    "slope of np.arcsin at 1.0"),
    "exponent": (lambda x: np.power([-2.0, 1, 1], x), "np.power gave nan at [0]",
                 "np.power has no slope in argument 1 at -2.0, 1.0", "safe base"),
}  # fmt: skip


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", BACKWARD)
def test_the_backward_pass(name, create_graph):
    f, *expected = BACKWARD[name]
    x = Tensor([1.0, 0.0, 2.0], name="x")
    with debug():
        y = np.sum(f(x))
        with pytest.raises(FloatingPointError) as caught:
            y.backward(create_graph=create_graph)
    said = str(caught.value)
    for words in (*expected, "the first ", "of the backward pass", f'"{__file__}"'):
        assert words in said, said
    assert x.grad is None


def test_a_gradient_that_overflows_on_the_way():
    def run():
        x = Tensor([1e-200])
        y = x * 1e200
        y.backward([1e200])

    assert "the gradient that arrived, 1e+200, times the slope 1e+200 is beyond" in message(run)


def test_contributions_that_overflow_together():
    def run():
        x = Tensor(1.0, name="x")
        (x * 1e308 * 1 + (x - 1) * 1e308).backward()

    assert "the gradient of x is inf" in message(run)

    def repeated():
        x = Tensor(1.0, name="x")
        (x * np.array([1.0, -1.0])).backward(np.array([1e308, -1e308]))

    assert "the parts for all uses of an element add up" in message(repeated)


def test_the_gradient_given_to_backward():
    said = message(lambda: (Tensor([1.0, 2.0]) * 2).backward([0, nan]))
    assert "the gradient that was given to the backward pass is nan at [1]" in said


def test_the_second_derivative():
    assert "np.power at 0.0, 0.5 is infinite" in message(lambda: grad(grad(lambda t: t**1.5))(0.0))


def test_the_line_and_what_in_it_was_called():
    def loss(p):
        return np.sum(p * 2) - np.sum(np.log(p))

    said = message(loss, Tensor([0.0]))
    line = loss.__code__.co_firstlineno + 1
    assert f'File "{__file__}", line {line}, in loss\n' in said
    assert "    return np.sum(p * 2) - np.sum(np.log(p))\n" + " " * 34 + "^^^^^^^^^\n" in said
    assert "p[0] = 0.0: a leaf" in said


def test_the_line_of_the_forward_pass_is_named_in_the_backward_pass():
    def run():
        x = Tensor([0.0])
        root = np.sqrt(x)
        x.grad = None
        root.backward()

    line = run.__code__.co_firstlineno + 2
    assert re.search(f"line {line}, in run\n    root = np.sqrt", message(run))


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_gradient_that_is_finite_by_convention_is_not_reported(row):
    name, f, args, expected = row
    finite = np.isfinite(np.concatenate([np.ravel(g) for g in expected])).all()
    if name in FORWARD_WARNS or not finite or np.isnan(np.concatenate(args, axis=None)).any():
        return
    for create_graph in (False, True):
        with debug():
            f(*map(Tensor, args)).backward(create_graph=create_graph)


def test_infinities_on_purpose_are_no_mistake():
    x, mask = Tensor([1.0, 2.0, 3.0]), np.array([True, False, True])
    with debug():
        scores = np.where(mask, x, -inf)
        te.softmax(scores)[0].backward()
        te.logsumexp(scores).backward()
        np.max(scores).backward()
        np.exp(scores)
        np.where(np.isnan([1, nan, 2]), 0.0, x)


def test_infinities_may_be_passed_over():
    with debug(infinities=False):
        x = Tensor([1.0, 0.0])
        np.sum(np.log(x)).backward()
    assert x.grad[1] == inf
    assert "np.sqrt gave nan" in message(lambda: np.sqrt(Tensor(-1.0)), infinities=False)


# ---- arrays that were changed --------------------------------------------------------------------


def multiply(w, a):
    return np.sum(w * a)


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (multiply, r"argument 1 of np\.multiply, a, of shape \(3,\), was changed"),
        (lambda w, a: np.sum(np.where(a > 1, w, a)), "argument 2 of np.where"),
        (lambda w, a: np.sum(np.concatenate([w, a])), "argument 1 of np.concatenate"),
        (lambda w, a: a @ w, "argument 0 of np.matmul"),
        (lambda w, a: np.sum(np.stack([a, w])), "argument 0 of np.stack"),
    ],
)
def test_a_constant_that_was_changed(f, what):
    w, a = Tensor([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])

    def run():
        y = f(w, a)
        a[1] += 5
        y.backward()

    said = message(run)
    assert re.search(what, said), said
    assert "at [1] it was 2.0 and is 7.0" in said
    assert re.search(r"way out: .*\.copy\(\)", said)
    assert 'File "' in said
    assert w.grad is None


def test_an_index_and_a_mask_that_were_changed():
    for index in (np.array([0, 1]), np.array([True, False, True])):

        def run(index=index):
            y = np.sum(Tensor([1.0, 2.0, 3.0])[index])
            index[0] = 0 if index.dtype == bool else 2
            y.backward()

        assert "argument 1 of indexing" in message(run)


def test_a_leaf_that_was_changed_through_a_view():
    w = Tensor([1.0, 2.0], name="w")

    def run():
        y = np.sum(w * w)
        view = w.data
        view.flags.writeable = True
        view[0] = 9
        y.backward()

    assert "argument 0 of np.multiply, w, of shape (2,), was changed" in message(run)


def test_new_values_and_nan_are_no_change():
    w, a = Tensor([1.0, 2.0]), np.array([1.0, nan])
    with debug():
        y = np.sum(np.where([True, False], w * 1.0, 0 * w) * np.array([1.0, 2.0]))
        y = y + np.where(np.array([True, True]), y, a)[0]
        w.data = w.data - 1
        y.backward()


# ---- the block -----------------------------------------------------------------------------------


def test_training_goes_on_within():
    x, y = np.eye(4), np.arange(4) % 2
    model = nn.MLP([4, 3, 2], seed=0)
    optimizer = te.optim.SGD(model.parameters(), 0.1)
    with debug():
        te.fit(
            model,
            x,
            y,
            loss=nn.softmax_cross_entropy,
            optimizer=optimizer,
            epochs=2,
            progress=False,
        )


def test_nothing_is_recorded_without_gradients_but_values_are_looked_at():
    with debug(), te.no_grad():
        assert (Tensor(1.0) * 2).parents == ()
        with pytest.raises(FloatingPointError, match=r"np\.log gave -inf"):
            np.log(Tensor(0.0))


def test_it_ends_with_the_block_and_is_a_decorator():
    @debug()
    def inside():
        np.log(Tensor(0.0))

    with pytest.raises(FloatingPointError):
        inside()
    with np.errstate(divide="ignore"):
        assert np.log(Tensor(0.0)).item() == -inf


def test_memory_goes_with_the_graph():
    gc.collect()
    before = len(_MADE)

    def run():
        x = Tensor(1.0)
        for _ in range(10):
            y = x * 2 + np.ones(3)
        assert len(_MADE) <= before + 4  # Python keeps a look at the variables for a while
        return y

    with debug():
        y = run()
    assert len(_MADE) == before + 2
    del y
    assert len(_MADE) == before


def test_other_threads_and_tasks_are_left_alone():
    seen = []

    def other():
        with np.errstate(divide="ignore"):
            seen.append(np.log(Tensor(0.0)).item())

    with debug():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == [-inf]

    async def watched():
        with debug():
            await asyncio.sleep(0)
            with pytest.raises(FloatingPointError):
                np.log(Tensor(0.0))
            await asyncio.sleep(0)

    async def main():
        async def quiet():
            for _ in range(3):
                other()
                await asyncio.sleep(0)

        await asyncio.gather(watched(), quiet(), watched())

    asyncio.run(main())
    assert seen == [-inf] * 4


def test_numpys_own_warnings_about_arrays_are_kept():
    with debug():
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            np.log(np.zeros(1))
        with np.errstate(divide="ignore"):
            np.log(np.zeros(1))
    with np.errstate(divide="raise"), debug():
        with pytest.raises(FloatingPointError, match="divide by zero encountered"):
            np.log(np.zeros(1))
        with pytest.raises(FloatingPointError, match="cause: the logarithm of 0"):
            np.log(Tensor(np.zeros(1)))


def test_a_graph_made_outside():
    y = np.sqrt(Tensor(0.0))
    assert "made outside of debug()" in message(y.backward)
