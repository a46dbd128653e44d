"""The words of other libraries, which are not ours: each is answered by what to write instead."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NoReturn

__all__ = [
    "OF_A_MODULE",
    "OF_A_TENSOR",
    "OF_NETWORKS",
    "OF_OPTIMIZERS",
    "OF_THE_PACKAGE",
    "Elsewhere",
    "ElsewhereOfModules",
    "answering",
]

_CONSTANT = "t.data is the value alone, Tensor(t.data) a new leaf"
_VARIES = "every Tensor has a gradient; a constant is a plain array, t.data"
_DEVICE = "it is NumPy's already: t.data"
_LEAF = "nothing is changed in place; write a new value, and of a leaf t.data = t.data + ..."

# What PyTorch, TensorFlow, MyGrad and DeZero call it, and what to write here.
OF_A_TENSOR = {
    "detach": _CONSTANT,
    "requires_grad": _VARIES,
    "requires_grad_": _VARIES,
    "constant": _VARIES,
    "is_leaf": "write t.op is None",
    "grad_fn": "t.op is the function that made it, t.parents what that was called with",
    "creator": "t.op is the function that made it, t.parents what that was called with",
    "retain_grad": "t.grad of any Tensor is there after loss.backward()",
    "register_hook": "t.grad of any Tensor is there after loss.backward()",
    **dict.fromkeys(("zero_grad", "null_grad", "null_gradients", "cleargrad"), "set t.grad = None"),
    **dict.fromkeys(("cpu", "cuda", "device"), _DEVICE),
    "to": "it is NumPy's already; of another dtype, t.astype(dtype)",
    "clone": "write t.copy()",
    "numel": "write t.size",
    "dim": "write t.ndim",
    "unsqueeze": "write np.expand_dims(t, axis), or t[None]",
    "view": "write t.reshape(...)",
    "view_as": "write t.reshape(u.shape)",
    "reshape_as": "write t.reshape(u.shape)",
    "permute": "write t.transpose(...)",
    "t": "write t.T",
    "expand": "write np.broadcast_to(t, shape)",
    "expand_as": "write np.broadcast_to(t, u.shape)",
    "gather": "write np.take_along_axis(t, indices, axis)",
    "index_select": "write np.take(t, indices, axis)",
    "masked_fill": "write np.where(mask, value, t)",
    "masked_select": "write t[mask]",
    "chunk": "write np.array_split(t, parts, axis)",
    "split": "write np.split(t, parts, axis)",
    "add": "write t + u",
    "sub": "write t - u",
    "mul": "write t * u",
    "div": "write t / u",
    "pow": "write t ** u",
    "neg": "write -t",
    **dict.fromkeys(("matmul", "mm", "bmm", "mv"), "write t @ u"),
    "norm": "write np.linalg.norm(t)",
    "amax": "write t.max(axis)",
    "amin": "write t.min(axis)",
    "float": "write t.astype(np.float32)",
    "half": "write t.astype(np.float16)",
    "double": "write t.astype(np.float64)",
    **dict.fromkeys(("int", "long"), "write t.astype(int), which is a plain array"),
    "at": "write np.where(mask, value, t), as nothing is changed in place",
    **dict.fromkeys(("add_", "sub_", "mul_", "div_", "zero_", "fill_", "copy_", "clamp_"), _LEAF),
    **dict.fromkeys(("assign", "assign_add", "assign_sub"), _LEAF),
    "clamp": "write t.clip(low, high)",
    **{
        name: f"write np.{name}(t)"
        for name in (
            *("abs", "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sqrt", "square"),
            *("sin", "cos", "tan", "sinh", "cosh", "tanh", "sign", "floor", "ceil", "isnan"),
            *("flip", "median", "outer", "tril", "triu", "unique", "where", "logaddexp"),
        )
    },
    **{
        name: f"write tinygrad_edu.{name}(t)"
        for name in ("relu", "sigmoid", "softplus", "softmax", "log_softmax", "logsumexp")
    },
}

_PLAIN_LAYER = "write nn.Layer(inputs, outputs, activation='identity')"
_ACTIVATION = "an activation is a function, nn.{0}, or its name in nn.Layer(2, 3, activation='{0}')"
_FUNCTION = "a loss is a function: write nn.{0}(output, target)"
_OWN_MODULE = "write a Module of your own, with its formula as feedforward(self, x)"
OF_NETWORKS = {
    **dict.fromkeys(("Conv1d", "Conv2d", "MaxPool2d", "RNN", "LSTM", "GRU"), _OWN_MODULE),
    **dict.fromkeys(("BatchNorm1d", "LayerNorm", "MultiheadAttention"), _OWN_MODULE),
    "Bilinear": _OWN_MODULE,
    "Embedding": "a Tensor with a row a word does it: table[indices]",
    "Dropout": "multiply by a mask: np.where(rng.random(t.shape) < keep, t / keep, 0)",
    "Flatten": "write t.reshape(len(t), -1)",
    "init": "write nn.Layer(..., init=...), or set layer.weights.data",
    "Linear": _PLAIN_LAYER,
    "Dense": _PLAIN_LAYER,
    "Sequential": "write nn.MLP((2, 3, 1)), or a Module with a list of layers and a feedforward",
    "ModuleList": "a list of modules as an attribute will do",
    "ModuleDict": "a dict of modules as an attribute will do",
    "Parameter": "any Tensor that is an attribute of a Module is a parameter",
    "functional": "the functions are in nn itself, as nn.relu; NumPy has the others, as np.tanh",
    "ReLU": _ACTIVATION.format("relu"),
    "Sigmoid": _ACTIVATION.format("sigmoid"),
    "Softplus": _ACTIVATION.format("softplus"),
    "Identity": _ACTIVATION.format("identity"),
    "Tanh": "an activation is a function, np.tanh, or its name: activation='tanh'",
    "tanh": "write np.tanh",
    "Softmax": "it is a function: write nn.softmax(t, axis=-1)",
    "LogSoftmax": "it is a function: write nn.log_softmax(t, axis=-1)",
    "MSELoss": _FUNCTION.format("mean_squared_error"),
    "mse_loss": "write nn.mean_squared_error(output, target)",
    "BCELoss": _FUNCTION.format("binary_cross_entropy"),
    "BCEWithLogitsLoss": _FUNCTION.format("binary_cross_entropy_with_logits"),
    "CrossEntropyLoss": "a loss is a function: write nn.softmax_cross_entropy(logits, labels)",
    "F": "the functions are in nn itself, as nn.relu; NumPy has the others, as np.tanh",
    "L1Loss": "a loss is a function: write np.mean(np.abs(output - target))",
    "NLLLoss": "a loss is a function: write nn.softmax_cross_entropy(logits, labels)",
    "cross_entropy": "write nn.softmax_cross_entropy(logits, labels)",
}

_AS_IN_USE = "a module does the same in training and in use: there is nothing to switch"
_FIT = "write fit(model, x, y, loss=..., optimizer=...), a function of tinygrad_edu"
_STATE = "write np.savez(path, **model.state())"
_CALL = "call the module itself, model(x); its class defines feedforward(self, x)"
_ATTRIBUTE = "what is an attribute of a module belongs to it: model.name = ..."
OF_A_MODULE = {
    **dict.fromkeys(("train", "eval"), _AS_IN_USE),
    **dict.fromkeys(("fit", "compile"), _FIT),
    **dict.fromkeys(("forward", "call"), _CALL),
    **dict.fromkeys(("predict", "predict_on_batch"), "write model(x).data"),
    "evaluate": "write loss(model(x), y).item()",
    "summary": "write print(model)",
    "state_dict": "write model.state()",
    "load_state_dict": "write model.load_state(state)",
    "get_weights": "write model.state()",
    "set_weights": "write model.load_state(state)",
    **dict.fromkeys(("save", "save_weights"), _STATE),
    **dict.fromkeys(("load", "load_weights"), "write model.load_state(np.load(path))"),
    **dict.fromkeys(("trainable_variables", "trainable_weights"), "write model.parameters()"),
    **dict.fromkeys(("children", "modules", "named_children"), "write model.named_modules()"),
    **dict.fromkeys(("add", "append", "add_module"), _ATTRIBUTE),
    **dict.fromkeys(("register_parameter", "register_buffer"), _ATTRIBUTE),
    "requires_grad_": "layer.weights = layer.weights.data makes a constant of a parameter",
    "trainable": "layer.weights = layer.weights.data makes a constant of a parameter",
    **dict.fromkeys(("to", "cpu", "cuda"), "its parameters are in NumPy's memory already"),
    **dict.fromkeys(("float", "double"), "set p.data = p.data.astype(...) of each parameter"),
    "register_forward_hook": "print or keep what you want to know in feedforward",
}

OF_OPTIMIZERS = {
    **dict.fromkeys(
        ("AdamW", "RMSprop", "Adagrad", "LBFGS", "NAdam"),
        "there are SGD and Adam; another is a subclass of Optimizer with a method changes",
    ),
    "lr_scheduler": "set optimizer.lr between epochs",
    "sgd": "write optim.SGD",
    "adam": "write optim.Adam",
}

OF_THE_PACKAGE = {
    "autograd": "write loss.backward(), or grad(f)(x)",
    "GradientTape": "nothing is to be watched: write loss.backward(), or grad(f)(x)",
    "Sequential": "write nn.MLP((2, 3, 1)), or a Module with a list of layers and a feedforward",
    "Parameter": "any Tensor that is an attribute of a Module is a parameter",
    "constant": "a constant is a plain array: write np.array(data)",
    **dict.fromkeys(("cuda", "device"), "everything is in NumPy's memory"),
    "enable_grad": "what is not within no_grad() is recorded",
    **{
        name: f"write np.{name}: Tensor(data, dtype=np.{name})"
        for name in ("float16", "float32", "float64")
    },
    **dict.fromkeys(("as_tensor", "from_numpy", "Variable"), "write Tensor(array)"),
    **{
        name: f"write np.{name}, which takes Tensors too"
        for name in (
            *("exp", "log", "sqrt", "sin", "cos", "tanh", "sum", "mean", "max", "min", "abs"),
            *("maximum", "minimum", "where", "matmul", "einsum", "stack", "concatenate", "dot"),
            *("reshape", "transpose", "square"),
        )
    },
    "cat": "write np.concatenate, which takes Tensors too",
    **{name: f"write np.{name}" for name in ("zeros", "ones", "arange", "linspace", "eye", "full")},
    "rand": "write np.random.default_rng(seed).random(shape)",
    "randn": "write np.random.default_rng(seed).normal(size=shape)",
    "manual_seed": "what is random takes a seed: nn.Layer(2, 3, seed=0)",
    "backward": "write loss.backward()",
    "Module": "write nn.Module",
    "Linear": _PLAIN_LAYER,
    "value_and_gradient": "write value_and_grad",
    "jit": "write compile(f, jit=True)",
    "save": "write np.savez(path, **model.state())",
    "load": "write model.load_state(np.load(path))",
}


class _Word:
    """An attribute that is not there.

    A ``__getattr__`` of the class would say it in one place, but where a class has one Python
    looks up every attribute the slow way: a small network would spend an eighth of its time so.
    """

    def __init__(self, kind: str, name: str, ours: str) -> None:
        self.kind, self.name, self.ours = kind, name, ours

    def __get__(self, instance: Any, owner: type) -> NoReturn:
        raise AttributeError(f"a {self.kind} has no {self.name}: {self.ours}")


class _WordOfATensor(_Word):
    """One that can't be set either, as a Tensor has no attributes but its own."""

    def __set__(self, instance: Any, value: Any) -> NoReturn:
        self.__get__(instance, type(instance))


def _only_raises(attribute: Any) -> bool:
    """Whether an attribute of a class is there to say that something is not."""
    returned = getattr(attribute, "__annotations__", {}).get("return")
    return isinstance(attribute, _Word) or returned == "NoReturn"


class _Offering:
    """What has attributes that only raise, and shows in an editor those that do not."""

    __slots__ = ()

    def __dir__(self) -> list[str]:
        found = {name: inspect.getattr_static(self, name, None) for name in super().__dir__()}
        return [name for name, value in found.items() if not _only_raises(value)]


_OF_THE_ENGINE = {"call", "scope", "stands_for_leaf"}  # which no user needs


class Elsewhere(_Offering):
    """Part of `Tensor`: what others call it."""

    __slots__ = ()

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _OF_THE_ENGINE]


class ElsewhereOfModules(_Offering):
    """Part of `Module`: what others call it. A subclass may use the same words for its own."""

    __slots__ = ()


for _name, _ours in OF_A_TENSOR.items():
    setattr(Elsewhere, _name, _WordOfATensor("Tensor", _name, _ours))
for _name, _ours in OF_A_MODULE.items():
    setattr(ElsewhereOfModules, _name, _Word("module", _name, _ours))


def answering(module: str, words: dict[str, str]) -> Callable[[str], NoReturn]:
    """The ``__getattr__`` of a module, for names that it does not have."""

    def missing(name: str) -> NoReturn:
        ours = f": {words[name]}" if name in words else ""
        raise AttributeError(f"module {module!r} has no attribute {name!r}{ours}")

    return missing
