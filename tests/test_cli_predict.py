"""`tinygrad-edu predict`, and the files of models."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli_helpers import refused, run, trained, write_table


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def model():
    write_table()
    trained()
    return Path("model.npz")


def test_predicting_needs_the_columns_trained_on(model):
    Path("new.csv").write_text("length,colour\n1,2\n")
    refused("predict", model, "new.csv", saying='"new.csv" lacks "width"')


def test_predicting_refuses_values_beyond_floating_point():
    Path("data.csv").write_text("a,y\n" + "".join(f"{i}e-290,{i}\n" for i in range(20)))
    trained("--activation", "relu", target="y")
    Path("new.csv").write_text("a\n1e-290\n1e100\n")
    refused("predict", "model.npz", "new.csv", saying='"new.csv", row 3: its values are too far')


def test_predicting_refuses_bad_cells(model):
    Path("new.csv").write_text("length,width\n1,2\n3,x\n")
    refused("predict", model, "new.csv", saying='row 3, column "width": "x" is not a number')
    Path("new.csv").write_text("length,width\n1,\n")
    refused("predict", model, "new.csv", saying='row 2, column "width" is empty')


@pytest.mark.parametrize("name", ["data.csv", "model.npz"])
def test_predictions_do_not_replace_their_input(model, name):
    refused("predict", model, "data.csv", "--out", name, saying="would replace the input file")


def test_predictions_need_a_place(model):
    refused("predict", model, "data.csv", "--out", "no/p.csv", saying="does not exist; create it")
    refused("predict", "none.npz", "data.csv", saying="there is no such file")
    refused("predict", model, "none.csv", saying="there is no such file")


def test_a_file_that_is_no_model_is_refused(model):
    np.savez("other.npz", a=1)
    np.save("array.npy", np.arange(3))
    np.savez("pickled.npz", about=np.array({"a": print}, dtype=object))
    Path("empty.npz").touch()
    for path in ("other.npz", "array.npy", "pickled.npz", "empty.npz", "data.csv"):
        refused("predict", path, "data.csv", saying="is not a model saved by tinygrad-edu train")


def resaved(change, **arrays):
    """The model with some of what it says about itself, and some arrays, changed."""
    with np.load("model.npz") as file:
        contents = dict(file)
    about = json.loads(str(contents["about"]))
    about.update(change)
    contents.update(arrays)
    np.savez("changed.npz", **{**contents, "about": np.array(json.dumps(about))})
    return "changed.npz"


def test_a_model_of_another_version_is_refused(model):
    refused("predict", resaved({"version": 2}), "data.csv", saying=["format 2", "upgrade"])


@pytest.mark.parametrize(
    "change",
    [
        {"features": ["length"]},
        {"features": None},
        {"classes": ["ash"]},
        {"classes": None},
        {"sizes": [2, 10**12, 2]},
        {"sizes": []},
        {"sizes": "many"},
        {"activation": "cube"},
        {"activation": None},
    ],
)
def test_a_damaged_model_is_refused(model, change):
    refused("predict", resaved(change), "data.csv", saying="is a damaged model")


@pytest.mark.parametrize("name", ["means", "network.layers.0.bias"])
@pytest.mark.parametrize("value", [np.array("text"), np.full(16, np.nan), np.zeros(0)])
def test_a_model_with_damaged_arrays_is_refused(model, name, value):
    refused("predict", resaved({}, **{name: value}), "data.csv", saying="is a damaged model")


def test_a_model_with_any_byte_changed_is_used_or_refused_in_one_line(model):
    whole = model.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(whole), 60):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        Path("changed.npz").write_bytes(changed)
        result = run("predict", "changed.npz", "data.csv")
        assert result.exit_code in (0, 2), result.exception
        assert result.stderr.count("\n") == (result.exit_code == 2)
    Path("changed.npz").write_bytes(whole[: len(whole) // 2])
    refused("predict", "changed.npz", "data.csv", saying="is not a model")
