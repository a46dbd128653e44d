"""A trained network with all that is needed to use it again, in one .npz file without pickles."""

from __future__ import annotations

import io
import itertools
import json
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu import nn, no_grad
from tinygrad_edu.cli import archive
from tinygrad_edu.cli.dataset import Scaling
from tinygrad_edu.cli.errors import InputError, quoted
from tinygrad_edu.cli.files import read_bytes, write_bytes

__all__ = ["Model", "load_model"]

FORMAT = "tinygrad_edu model"
VERSION = 1
_STATE = "network."


@dataclass(frozen=True)
class Model:
    """A network in the units of a table: `scaling` goes before it, `target_scaling` after it."""

    features: tuple[str, ...]
    target: str
    classes: tuple[str, ...] | None
    scaling: Scaling
    target_scaling: Scaling
    sizes: tuple[int, ...]
    activation: str
    network: nn.MLP

    def outputs(self, inputs: Any) -> Any:
        """Probabilities of the classes, of shape (n, classes); or predicted numbers, (n,)."""
        with no_grad(), np.errstate(all="ignore"):  # what is not finite is for the caller to see
            found = self.network(self.scaling.apply(inputs)).numpy()
            if self.classes is not None:
                return nn.softmax(found)
            return self.target_scaling.undo(found)[:, 0]

    def save(self, path: str) -> None:
        """Write the file, whole or not at all."""
        about = {
            "format": FORMAT,
            "version": VERSION,
            "features": self.features,
            "target": self.target,
            "classes": self.classes,
            "sizes": self.sizes,
            "activation": self.activation,
        }
        arrays = {
            "about": np.array(json.dumps(about)),
            "means": self.scaling.means,
            "scales": self.scaling.scales,
            "target_mean": self.target_scaling.means,
            "target_scale": self.target_scaling.scales,
            **{_STATE + name: value for name, value in self.network.state().items()},
        }
        file = io.BytesIO()
        np.savez(file, **arrays)
        write_bytes(path, file.getvalue())


def load_model(path: str) -> Model:
    """Read what `Model.save` wrote.

    Raises
    ------
    InputError
        If the file can't be read, is anything else, would unpack to far more than it has, or comes
        from a newer version.
    """
    data = read_bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            arrays = archive.arrays(data, path)
        about = json.loads(str(arrays["about"]))
        if about["format"] != FORMAT or type(about["version"]) is not int:
            raise ValueError(about["format"])
    except InputError:
        raise
    except Exception:  # a damaged file can fail anywhere in the zip, in NumPy's header or in JSON
        raise InputError(
            f"{quoted(path)} is not a model saved by tinygrad-edu train; train one first"
        ) from None
    if about["version"] != VERSION:
        raise InputError(
            f"{quoted(path)} is a model of format {about['version']}, and this version reads "
            f"{VERSION}; upgrade tinygrad-edu, or train the model again"
        )
    try:
        return _model(about, arrays)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise InputError(f"{quoted(path)} is a damaged model; train it again") from None


def _model(about: dict[str, Any], arrays: dict[str, Any]) -> Model:
    features, sizes = tuple(map(str, about["features"])), tuple(map(int, about["sizes"]))
    classes = None if about["classes"] is None else tuple(map(str, about["classes"]))
    state = {
        name.removeprefix(_STATE): array
        for name, array in arrays.items()
        if name.startswith(_STATE)
    }
    # Before a network of these sizes is made, which may be any numbers in a damaged file.
    weights = [state[f"layers.{i}.weights"].shape for i in range(len(sizes) - 1)]
    if weights != list(itertools.pairwise(sizes)):
        raise ValueError("sizes")
    if (len(features), len(classes or "1")) != (sizes[0], sizes[-1]):
        raise ValueError("inputs or outputs")
    network = nn.MLP(sizes, about["activation"], seed=0)
    network.load_state(state)
    scaling = Scaling(_vector(arrays["means"], sizes[0]), _vector(arrays["scales"], sizes[0]))
    target_scaling = Scaling(_vector(arrays["target_mean"], 1), _vector(arrays["target_scale"], 1))
    if not all(np.all(np.isfinite(value)) for value in state.values()):
        raise ValueError("weights")
    target, activation = str(about["target"]), str(about["activation"])
    "".join([*features, *(classes or ()), target]).encode()  # no file can have half a character
    return Model(features, target, classes, scaling, target_scaling, sizes, activation, network)


def _vector(array: Any, length: int) -> Any:
    if array.shape != (length,) or array.dtype != np.float64 or not np.all(np.isfinite(array)):
        raise ValueError("scaling")
    return array
