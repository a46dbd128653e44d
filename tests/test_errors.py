"""The usual mistakes, one a row: an error names the function, the shapes, and the way out."""

import copy
import math
import operator
import pickle
import re

import numpy as np
import pytest
import scipy.fft
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.optimize
import scipy.signal
import scipy.spatial
import scipy.special
import scipy.stats
from matplotlib import pyplot as plt

import tinygrad_edu as te
from tinygrad_edu import Tensor, grad, nn, optim
from tinygrad_edu.tensor import elsewhere

A, B = np.ones(3), np.ones((2, 3))
RNG = np.random.default_rng(0)
LOGSUMEXP = scipy.special.logsumexp


def t():
    return Tensor([1.0, 2.0, 3.0])


def m():
    return Tensor(B)


def trained():
    w = Tensor([1.0, 2.0, 3.0], name="w")
    w.grad = A
    return w


def subtract_in_place(p):
    p -= 0.1 * p.grad


def add_into_an_array():
    a = np.ones(3)
    a += t()


def write_into_an_array(value):
    a = np.ones(3)
    a[:] = value


def write_one_element():
    a = np.ones(3)
    a[0] = t()[0]


class OfPyTorch(nn.Module):
    def forward(self, x):
        return x


class OfKeras(nn.Module):
    def call(self, x):
        return x


NET = nn.MLP((3, 1), seed=0)


def with_attribute(value, name, new):
    setattr(value, name, new)


# mistake: (what is written, the kind of error, what the message must say).
MISTAKES = {
    # shapes
    "matmul": (lambda: m() @ m(), ValueError, ["np.matmul of shapes (2, 3) and (2, 3)",
               "last axis of the first has length 3", "last axis but one of the second 2", ".T"]),
    "matmul by a vector": (lambda: m() @ np.ones(2), ValueError, ["(2, 3) and (2,)",
                           "length 3, and the only axis of the second 2"]),
    "matmul of stacks": (lambda: Tensor(np.ones((4, 2, 3))) @ np.ones((5, 3, 2)), ValueError,
                         ["the axes before the last two"]),
    "broadcasting": (lambda: m() + np.ones(2), ValueError,
                     ["np.add of shapes (2, 3) and (2,)", "aligned from the right", "t[:, None]"]),
    "reshape": (lambda: t().reshape(2, 2), ValueError,
                ["np.reshape of shapes (3,)", "into shape (2,2)", "may be -1"]),
    "concatenate": (lambda: np.concatenate([m(), t()]), ValueError,
                    ["np.concatenate of shapes (2, 3) and (3,)", "np.stack", "t[None]"]),
    "stack": (lambda: np.stack([m(), t()]), ValueError,
              ["np.stack of shapes (2, 3) and (3,)", "np.concatenate"]),
    "axis": (lambda: np.sum(m(), axis=2), IndexError,
             ["np.sum of shapes (2, 3)", "axis 2 is out of bounds", "0 to 1, or -2 to -1"]),
    "axis of a fraction": (lambda: np.sum(m(), axis=0.5), TypeError, ["np.sum", "{'axis': 0.5}"]),
    "squeeze": (lambda: m().squeeze(0), ValueError, ["np.squeeze of shapes (2, 3)", "length 1"]),
    "einsum, a letter of two lengths": (lambda: np.einsum("ij,jk", m(), m()), ValueError,
                                        ["np.einsum of shapes (2, 3) and (2, 3)", "one length"]),
    "einsum, too few operands": (lambda: np.einsum("ij,jk", m()), ValueError,
                                 ["np.einsum", "names 2 operands, and 1"]),
    "einsum, too many letters": (lambda: np.einsum("ijk->i", m()), ValueError,
                                 ["np.einsum of shapes (2, 3)", "as many letters as axes"]),
    "index beyond": (lambda: t()[5], IndexError, ["of shapes (3,)", "index 5", "-1 at the end"]),
    "a mask of another shape": (lambda: t()[[True, False]], IndexError, ["a mask has the lengths"]),
    "a float index": (lambda: t()[1.0], IndexError, ["made of integers, slices and booleans"]),
    # backward and grad
    "backward of many numbers": (lambda: (t() * 2).backward(), ValueError,
                                 ["Tensor.backward", "shape (3,)", "np.sum(t)", "gradient=..."]),
    "backward of a complex number": (lambda: np.sum(t() * 1j).backward(), ValueError,
                                     ["complex", "np.real(t)"]),
    "a gradient of another shape": (lambda: (t() * 2).backward(np.ones(2)), ValueError,
                                    ["Tensor.backward", "(2,)", "(3,)", "must be equal"]),
    "setting grad": (lambda: with_attribute(t(), "grad", np.ones(2)), ValueError,
                     ["Tensor.grad", "(2,)", "(3,)", "None resets it"]),
    "setting grad of a result": (lambda: with_attribute(t() * 2, "grad", A), TypeError,
                                 ["Tensor.grad", "only a leaf's", "np.multiply"]),
    "setting data of a result": (lambda: with_attribute(t() * 2, "data", A), TypeError,
                                 ["only a leaf's can"]),
    "data of another shape": (lambda: with_attribute(t(), "data", np.ones(2)), ValueError,
                              ["Tensor.data", "(2,)", "(3,)", "make a new Tensor"]),
    "grad of None": (lambda: grad(lambda x: None)(1.0), TypeError, ["grad of", "not None"]),
    "grad of a vector": (lambda: grad(lambda x: x * 2)(A), ValueError, ["(3,)", "np.sum"]),
    "argnums": (lambda: grad(np.sin, 3)(1.0), TypeError, ["argnums=3", "1 positional argument "]),
    "grad in text": (lambda: grad(np.sin)("a"), TypeError, ["grad of sin", "'a'"]),
    # what would lose a gradient
    "t[0] = 1": (lambda: t().__setitem__(0, 1.0), TypeError, ["t[index] = value", "np.where"]),
    "a += t": (add_into_an_array, TypeError, ["a += t", "a = a + t"]),
    "np.add(t, a, out=a)": (lambda: np.add(t(), A, out=np.ones(3)), TypeError, ["out=", "a + t"]),
    "a[:] = t": (lambda: write_into_an_array(t()), TypeError, ["np.where(mask, t, a)"]),
    "np.array([t, t])": (lambda: np.array([t(), t()]), TypeError, ["np.stack([t0, t1])"]),
    "np.asarray(t)": (lambda: np.asarray(t()), TypeError, ["t.data"]),
    "math.exp(t)": (lambda: math.exp(Tensor(1.0)), TypeError, ["float(t)", "np.exp(t)"]),
    "float(t)": (lambda: float(Tensor(1.0)), TypeError, ["float(t)", "t.item()"]),
    "a list's index": (lambda: [1, 2][Tensor(1.0)], TypeError, ["operator.index(t)", "t.item()"]),
    "Tensor of Tensors": (lambda: Tensor([t(), t()]), TypeError, ["np.stack([t0, t1])"]),
    "Tensor(t)": (lambda: Tensor(t()), TypeError, ["not be connected", "Tensor(t.data)"]),
    "pickle": (lambda: pickle.dumps(t() * 2), TypeError, ["np.multiply", "pickle t.data"]),
    "deepcopy": (lambda: copy.deepcopy(t() * 2), TypeError, ["np.multiply", "Tensor(t.data)"]),
    "item of many": (lambda: t().item(), ValueError, ["Tensor.item", "(3,)", "3 elements"]),
    # truth
    "if t": (lambda: bool(t()), ValueError, ["shape (3,)", "np.any(t)", "np.where(t > 0, a, b)"]),
    "len of a number": (lambda: len(Tensor(1.0)), TypeError, ["no axes", "t.size is 1"]),
    "iterating over a number": (lambda: list(Tensor(1.0)), TypeError, ["no axes"]),
    # operands of other kinds
    "t * text": (lambda: t() * "a", TypeError, ["np.multiply", "'a'", "a number"]),
    "np.add of text": (lambda: np.add(t(), "a"), TypeError, ["np.add of shapes (3,) and a str"]),
    "t * None": (lambda: t() * None, TypeError, ["'Tensor' and 'NoneType'"]),
    "np.add of None": (lambda: np.add(t(), None), TypeError, ["np.add of shapes (3,) and a None"]),
    "an array of objects": (lambda: t() * np.array([1, None, 2]), TypeError, ["np.multiply"]),
    "dates": (lambda: t() * np.array(["2020"], dtype="M8[Y]"), TypeError, ["np.multiply", "M8[Y]"]),
    "ragged rows": (lambda: Tensor([[1], [1, 2]]), ValueError, ["Tensor:", "equally long"]),
    "text as data": (lambda: Tensor(["a"]), TypeError, ["not dtype <U1", "text in the data"]),
    "integers as dtype": (lambda: Tensor(A, dtype=int), TypeError, ["not dtype int64"]),
    "an argument that is not understood": (lambda: np.exp(t(), casting="no"), TypeError,
                                           ["np.exp", "casting='no'", "not supported"]),
    # updates as elsewhere
    "p -= ...": (lambda: subtract_in_place(trained()), TypeError,
                 ["p -= ...", "leaf 'w' of shape (3,)", "p.data = p.data - ...", "p = p - ..."]),
    "p += ...": (lambda: operator.iadd(trained(), A), TypeError, ["p.data = p.data + ..."]),
    "p *= ...": (lambda: operator.imul(trained(), A), TypeError, ["p.data = p.data * ..."]),
    "p /= ...": (lambda: operator.itruediv(trained(), A), TypeError, ["p.data = p.data / ..."]),
    # who asks for an array
    "np.full": (lambda: np.full(3, t()[0]), TypeError,
                ["np.full(3, t()[0]) asks for a plain array", "shape ()", "broadcast_to(t,"]),
    "np.vectorize": (lambda: np.vectorize(abs)(t()), TypeError,
                     ["np.vectorize(abs)(t())", "whole arrays", "np.where"]),
    "np.random.normal": (lambda: np.random.normal(t(), 1), TypeError,  # noqa: NPY002
                         ["np.random.normal(t(), 1)", "move it"]),
    "rng.normal": (lambda: RNG.normal(t()), TypeError, ["RNG.normal(t())", "default_rng(seed)"]),
    "np.mean([t, t])": (lambda: np.mean([t(), t()]), TypeError, ["np.mean(np.stack([t0, t1]))"]),
    "scipy.special.logsumexp": (lambda: scipy.special.logsumexp(t()), TypeError,
                                ["special.logsumexp(t())", "tinygrad_edu.logsumexp(t, axis)"]),
    "scipy.special.softmax": (lambda: scipy.special.softmax(t()), TypeError,
                              ["tinygrad_edu.softmax(t, axis)"]),
    "norm.logpdf": (lambda: scipy.stats.norm.logpdf(t()), TypeError, ["np.log(2 * np.pi) / 2"]),
    "norm.pdf": (lambda: scipy.stats.norm.pdf(t()), TypeError, ["np.sqrt(2 * np.pi)"]),
    "scipy.linalg.solve": (lambda: scipy.linalg.solve(m(), t()), TypeError, ["np.linalg.solve"]),
    "scipy.linalg.expm": (lambda: scipy.linalg.expm(m()), TypeError, ["tinygrad_edu.custom"]),
    "scipy.fft.rfft": (lambda: scipy.fft.rfft(t()), TypeError, ["np.fft.rfft"]),
    "scipy.signal.convolve": (lambda: scipy.signal.convolve(t(), t()), TypeError, ["np.convolve"]),
    "interp1d": (lambda: scipy.interpolate.interp1d(A, t()), TypeError, ["np.interp(x, xp, fp)"]),
    "cdist": (lambda: scipy.spatial.distance.cdist(m(), m()), TypeError, ["a[:, None] - b[None]"]),
    "trapezoid": (lambda: scipy.integrate.trapezoid(t()), TypeError, ["np.trapezoid"]),
    "the function by another name": (lambda: LOGSUMEXP(t()), TypeError,
                                     ["tinygrad_edu.logsumexp(t, axis)"]),
    "plt.plot": (lambda: plt.plot(A, t()), TypeError, ["plt.plot(A, t())", "t.data"]),
    "plt.plot of a computed Tensor": (lambda: plt.plot(A, t() * 2), TypeError,
                                      ["plt.plot(A, t() * 2)", "plot the value, t.data"]),
    "plt.imshow": (lambda: plt.imshow(m() * 2), TypeError, ["plt.imshow(m() * 2)", "t.data"]),
    "of a list, elsewhere in NumPy": (lambda: np.linalg.norm([t(), t()]), TypeError,
                                      ["np.linalg.norm(np.stack([t0, t1]))"]),
    "a method of what a call gave": (lambda: np.random.default_rng(0).uniform(0, t()), TypeError,
                                     ["default_rng(0).uniform(0, t())", "move it"]),
    "a frozen distribution": (lambda: scipy.stats.norm(loc=t()).pdf(A), TypeError,
                              ["np.sqrt(2 * np.pi)"]),
    "norm.cdf": (lambda: scipy.stats.norm.cdf(t()), TypeError, ["scipy.special.ndtr"]),
    "norm.logcdf": (lambda: scipy.stats.norm.logcdf(t()), TypeError, ["special.log_ndtr"]),
    "an index": (lambda: A[t()], TypeError, ["A[t()] asks for", "a[t.data.astype(int)]"]),
    "an index among others": (lambda: A[:, None][t(), 0], TypeError, ["whole number"]),
    "np.r_": (lambda: np.r_[t(), 1.0], TypeError,
              ["np.r_[t(), 1.0] asks", "np.concatenate([t, u])"]),
    "a.dot": (lambda: A.dot(t()), TypeError, ["A.dot(t()) asks", "write np.dot(a, t)"]),
    "a.searchsorted": (lambda: np.sort(A).searchsorted(t()), TypeError, ["np.searchsorted(a, t)"]),
    "a.take": (lambda: A.take(t()), TypeError, ["A.take(t()) asks", "whole number"]),
    "np.full_like": (lambda: np.full_like(A, t()), TypeError,
                     ["np.full_like would write", "np.ones(shape) * t"]),
    "np.full_like of a number": (lambda: np.full_like(A, Tensor(2.0)), TypeError, ["np.full_like"]),
    "np.full with a dtype": (lambda: np.full(3, t(), dtype=float), TypeError,
                             ["np.full would write", "np.ones(shape) * t"]),
    "np.copyto": (lambda: np.copyto(A.copy(), t()), TypeError, ["np.copyto of a Tensor"]),
    "np.c_": (lambda: np.c_[t(), A], TypeError, ["np.c_[t(), A]", "np.stack([t, u], axis=-1)"]),
    "without source": (lambda: eval("np.asarray(t)", {"np": np, "t": t()}), TypeError,
                       ["asks for a plain array", "t.data"]),
    # the words of other libraries
    "detach": (lambda: t().detach(), AttributeError, ["t.data", "Tensor(t.data)"]),
    "requires_grad": (lambda: t().requires_grad, AttributeError, ["every Tensor"]),
    "zero_grad": (lambda: t().zero_grad(), AttributeError, ["t.grad = None"]),
    "view": (lambda: t().view(3, 1), AttributeError, ["t.reshape(...)"]),
    "unsqueeze": (lambda: t().unsqueeze(0), AttributeError, ["t[None]"]),
    "t.exp()": (lambda: t().exp(), AttributeError, ["a Tensor has no exp", "np.exp(t)"]),
    "t.relu()": (lambda: t().relu(), AttributeError, ["tinygrad_edu.relu(t)"]),
    "t.softmax(-1)": (lambda: t().softmax(-1), AttributeError, ["tinygrad_edu.softmax(t)"]),
    "grad_fn": (lambda: t().grad_fn, AttributeError, ["t.op", "t.parents"]),
    "t.mul_(2)": (lambda: t().mul_(2), AttributeError, ["nothing is changed in place", "t.data"]),
    "t.clone()": (lambda: t().clone(), AttributeError, ["t.copy()"]),
    "t.numel()": (lambda: t().numel(), AttributeError, ["t.size"]),
    "Tensor(..., requires_grad=True)": (lambda: Tensor(3.0, requires_grad=True), TypeError,
                                        ["Tensor:", "requires_grad", "every Tensor"]),
    "Tensor(..., device=...)": (lambda: Tensor(3.0, device="gpu"), TypeError, ["Tensor:", "NumPy"]),
    "Tensor(..., nam=...)": (lambda: Tensor(3.0, nam="x"), TypeError, ["no nam=", "name"]),
    "nn.Linear": (lambda: nn.Linear(2, 3), AttributeError,
                  ["nn.Layer(inputs, outputs, activation='identity')"]),
    "nn.ReLU": (lambda: nn.ReLU(), AttributeError, ["nn.relu", "activation='relu'"]),
    "nn.CrossEntropyLoss": (lambda: nn.CrossEntropyLoss(), AttributeError,
                            ["nn.softmax_cross_entropy"]),
    "nn.Dense": (lambda: nn.Dense(3), AttributeError, ["nn.Layer("]),
    "nn.functional": (lambda: nn.functional.relu, AttributeError, ["nn.relu"]),
    "nn.Layr": (lambda: nn.Layr, AttributeError, ["'tinygrad_edu.nn'", "'Layr'"]),
    "nn.MLP(2, 3, 1)": (lambda: nn.MLP(2, 3, 1), TypeError, ["MLP:", "nn.MLP((2, 3, 1))"]),
    "nn.MLP(2)": (lambda: nn.MLP(2), TypeError, ["MLP:", "nn.MLP((2, 3, 1))"]),
    "a module with forward": (lambda: OfPyTorch()(A), NotImplementedError,
                              ["OfPyTorch defines no feedforward(self, x)", "forward(self, x)"]),
    "net.train()": (lambda: NET.train(), AttributeError,
                    ["a module has no train", "nothing to switch"]),
    "net.state_dict()": (lambda: NET.state_dict(), AttributeError, ["model.state()"]),
    "net.fit(...)": (lambda: NET.fit(A, A, epochs=2), AttributeError, ["fit(model, x, y, loss="]),
    "net.compile(...)": (lambda: NET.compile(optimizer="adam"), AttributeError, ["optimizer=..."]),
    "net.predict(x)": (lambda: NET.predict(A), AttributeError, ["model(x).data"]),
    "net.summary()": (lambda: NET.summary(), AttributeError, ["print(model)"]),
    "net.forward(x)": (lambda: NET.forward(A), AttributeError, ["model(x)"]),
    "net.to('cpu')": (lambda: NET.to("cpu"), AttributeError, ["NumPy's memory"]),
    "a module with call": (lambda: OfKeras()(A), NotImplementedError, ["its call(self, x)"]),
    "nn.Conv2d": (lambda: nn.Conv2d(1, 2, 3), AttributeError, ["feedforward(self, x)"]),
    "nn.Dropout": (lambda: nn.Dropout(0.5), AttributeError, ["np.where("]),
    "nn.LSTM": (lambda: nn.LSTM(2, 3), AttributeError, ["a Module of your own"]),
    "optim.AdamW": (lambda: optim.AdamW([t()]), AttributeError, ["SGD and Adam", "changes"]),
    "optim.lr_scheduler": (lambda: optim.lr_scheduler.StepLR, AttributeError, ["optimizer.lr"]),
    "tinygrad_edu.autograd": (lambda: te.autograd.grad, AttributeError, ["grad(f)(x)"]),
    "tinygrad_edu.GradientTape": (lambda: te.GradientTape(), AttributeError, ["loss.backward()"]),
    "tinygrad_edu.float32": (lambda: te.float32, AttributeError, ["dtype=np.float32"]),
    "tinygrad_edu.device": (lambda: te.device("cpu"), AttributeError, ["NumPy's memory"]),
    "t.requires_grad = False": (lambda: with_attribute(t(), "requires_grad", False), AttributeError,
                                ["every Tensor has a gradient"]),
    "tinygrad_edu.as_tensor": (lambda: te.as_tensor([1.0]), AttributeError, ["Tensor(array)"]),
    "tinygrad_edu.exp": (lambda: te.exp(t()), AttributeError, ["np.exp"]),
    "tinygrad_edu.randn": (lambda: te.randn(2), AttributeError, ["default_rng(seed)"]),
    "a typo": (lambda: t().summ(), AttributeError, ["'Tensor' object has no attribute 'summ'"]),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_the_error_names_what_is_wrong_and_the_way_out(name):
    f, kind, words = MISTAKES[name]
    with pytest.raises(kind) as caught:
        f()
    for each in words:
        assert each in str(caught.value), str(caught.value)


def test_an_element_written_into_an_array_is_refused_by_numpy_on_our_behalf():
    with pytest.raises(ValueError, match="array element") as caught:
        write_one_element()
    assert "np.where instead of a[i] = t" in str(caught.value.__cause__)


def test_a_composed_function_is_named_too():
    with pytest.raises(ValueError, match=r"np\.matmul") as caught:
        np.dot(m(), m())
    assert caught.value.__notes__ == ["(in the course of np.dot)"]


def torch_like(kind):
    """An array of another library, as far as we look at it."""

    class Array(kind):
        def __array__(self, *args, **kwargs):
            return np.ones(3)

        shape = (3,)

    Array.__module__ = "torch"
    return Array()


@pytest.mark.parametrize(
    "f",
    [
        lambda t, o: t * o, lambda t, o: o * t, lambda t, o: np.add(t, o), lambda t, o: t @ o,
        lambda t, o: np.add(o, t), lambda t, o: np.where(A > 0, t, o), lambda t, o: t**o,
        lambda t, o: np.concatenate([t, o]), lambda t, o: te.logsumexp(np.stack([t, o])),
    ],
)  # fmt: skip
def test_an_array_of_another_library_is_never_taken_for_a_constant(f):
    with pytest.raises(TypeError) as caught:
        f(t(), torch_like(object))
    for words in ("np.", "shape (3,)", "is a torch Array", "a.detach().numpy()", "Tensor(...)"):
        assert words in str(caught.value)


def test_an_array_of_a_library_without_gradients_is_a_constant():
    other = torch_like(object)
    type(other).__module__ = "pandas"
    for out in (t() * other, other * t(), np.multiply(t(), other)):
        np.testing.assert_array_equal(out.data, [1, 2, 3])
    assert ((t() > other) == [False, True, True]).all()


def test_what_is_no_mistake():
    assert t() != None  # noqa: E711
    assert (t() == "text") is False
    assert not Tensor(0.0)
    x = t()
    y = np.sum(x * x)
    y.backward()
    y.backward()  # gradients add up
    np.testing.assert_array_equal(x.grad, [4, 8, 12])
    assert grad(lambda x: 3.0)(1.0) == 0  # the gradient of a constant
    assert grad(lambda n: n**2)(3) == 6  # integers count as floats
    assert {x: 1}[x] == 1
    assert pickle.loads(pickle.dumps(x)).grad[0] == 4
    assert getattr(x, "detach", None) is None
    assert not hasattr(Tensor, "view")


def test_our_message_is_the_cause_of_numpys():
    with pytest.raises(ValueError, match="sequence") as caught:
        write_one_element()
    assert "np.stack or np.where instead of a[i] = t" in str(caught.value.__cause__)


@pytest.mark.parametrize("name", sorted(elsewhere.OF_A_TENSOR))
def test_the_words_of_others_are_no_attributes(name):
    """What asks by getattr whether they are there, as libraries do, is told that they are not."""
    assert not hasattr(t(), name)
    assert name not in dir(t())


@pytest.mark.parametrize("name", sorted(elsewhere.OF_A_MODULE))
def test_the_words_of_others_are_free_for_ones_own(name):
    """They are no attributes of a module, and those of a subclass are its own."""
    assert not hasattr(NET, name)
    assert name not in dir(NET)
    own = type("Own", (nn.Module,), {name: lambda self: 3})()
    assert getattr(own, name)() == 3
    assert name in dir(own)
    module = nn.Module()
    setattr(module, name, t())
    assert [path for path, _ in module.named_parameters()] == [name]


def test_answers_name_what_there_is():
    """What the answers tell people to write exists."""
    tables = [words for name, words in vars(elsewhere).items() if name.startswith("OF_")]
    assert len(tables) == 5
    for words in tables:
        for name, ours in words.items():
            for module, called in re.findall(r"\b(np|nn|tinygrad_edu)((?:\.\w+)+)", ours):
                found = {"np": np, "nn": nn, "tinygrad_edu": te}[module]
                for part in called[1:].split("."):
                    assert hasattr(found, part), f"{name}: {module}{called}"
                    found = getattr(found, part)


def write_elements(x):
    a = np.zeros(3)
    for i in range(3):
        a[i] = x[i] ** 2
    return np.sum(a)


def from_an_iterator(x):
    return np.sum(np.fromiter((v * v for v in x), float))


def find_a_root(x):
    return scipy.optimize.brentq(lambda v: v - x[0], 0, 5)


def minimise(x):
    return scipy.optimize.minimize(lambda v: np.sum((Tensor(v) - x) ** 2), A).fun


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (write_elements, "np.stack or np.where instead of a[i] = t"),
        (from_an_iterator, "np.stack"),
        (find_a_root, "t.item()"),
        (minimise, "asks for a plain array"),
    ],
)
def test_where_c_code_hides_our_message_the_transforms_repeat_it(f, words):
    """As the last line of the error; SciPy's code may even have forgotten that there was one."""
    for transform in (
        grad(f),
        te.value_and_grad(f),
        lambda x: te.jvp(f, (x,), (A,)),
        te.hessian(f),
    ):
        with pytest.raises((ValueError, SystemError, TypeError)) as caught:
            transform(np.array([1.0, 2.0, 3.0]))
        said = [str(caught.value), *getattr(caught.value, "__notes__", [])]
        assert any(words in text for text in said)


@pytest.mark.parametrize(
    ("f", "internal"),
    [
        # What they call inside has names of NumPy's, and is no remedy.
        (lambda: scipy.optimize.least_squares(lambda v: v - t()[0], 1.0), "inner"),
        (lambda: scipy.linalg.cho_solve((m(), True), A), "asarray"),
        (lambda: scipy.linalg.lu_factor(m()), "asarray"),
        (lambda: scipy.optimize.minimize_scalar(lambda v: t() * v), "asarray"),
    ],
)
def test_a_remedy_is_of_what_was_called_and_not_of_what_that_calls(f, internal):
    with pytest.raises((TypeError, ValueError)) as caught:
        f()
    said = f"{caught.value} {caught.value.__cause__}"
    assert f"np.{internal}" not in said
    assert "which takes Tensors" not in said


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("plt.scatter(A, t)", "scatter"),
        ("plt.hist(t)", "hist"),
        ("plt.errorbar(A, t, yerr=t)", "errorbar"),
        ("plt.bar(A, t)", "bar"),
        ("plt.gca().fill_between(A, t)", "fill_between"),
    ],
)
def test_without_source_a_plot_is_named_and_not_its_decorator(call, name):
    """As in the plain interpreter, which keeps no source before Python 3.13."""
    with pytest.raises(TypeError, match=f"matplotlib's {name} asks for") as caught:
        eval(call, {"plt": plt, "A": A, "t": t() * 2})
    assert "plot the value, t.data" in str(caught.value)


@pytest.mark.parametrize(
    "update",
    [
        lambda p: p - 0.1 * p.grad,
        lambda p: np.subtract(p, 0.1 * p.grad),
        lambda p: p * 0.9 - 0.1 * p.grad,
    ],
)
def test_a_parameter_that_was_computed_anew_and_whose_loss_is_gone_says_how_to_keep_it(update):
    p = t()
    np.sum(p**2).backward()
    p = update(p)
    np.sum(p**2).backward()
    with pytest.raises(RuntimeError, match=r"keep a reference to it.* p\.data = p\.data - \.\.\."):
        _ = p.grad


class Shifted(nn.Module):
    def __init__(self):
        self.bias = Tensor(A)

    def feedforward(self, x):
        h = self.bias
        h += x
        return h


def test_an_operator_with_equals_that_is_no_update_gives_a_new_tensor():
    """In a forward pass that is done again and again, too, when the leaf has a gradient."""
    module, w = Shifted(), trained()
    for _ in range(2):
        np.sum(module(A) + module(B)).backward()
    for other in (B, 2.0, t()):
        made = w
        made += other
        assert made is not w
        assert made.parents[0] is w
