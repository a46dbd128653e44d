"""`tinygrad-edu train` and `predict`."""

import csv
import io
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli_helpers import called, files, in_a_terminal, refused, run, trained, write_table
from tinygrad_edu import optim
from tinygrad_edu.cli.dataset import Scaling, dataset, split
from tinygrad_edu.cli.demo import flowers
from tinygrad_edu.cli.model import load_model
from tinygrad_edu.cli.table import parse_table


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# ---- training and using it -----------------------------------------------------------------------


def test_classes_are_learned_and_predicted():
    write_table()
    said = trained("--hidden", "8,4", "--draw", "net.svg").stdout
    assert '40 rows, 2 features; "kind" is one of 2 classes (ash 20, oak 20)' in said
    assert "Network: 2 - 8 - 4 - 2 (tanh), 70 parameters; 32 rows to train on, 8 held out" in said
    assert "8 of 8 right (100.0%)" in said
    assert sorted(path.name for path in Path().iterdir()) == ["data.csv", "model.npz", "net.svg"]

    Path("new.csv").write_text("other,width,length\nx,5,0.1\ny,5,3.2\n")
    rows = list(csv.reader(io.StringIO(called("predict", "model.npz", "new.csv").stdout)))
    assert rows[0] == ["predicted_kind", "probability_ash", "probability_oak"]
    assert [row[0] for row in rows[1:]] == ["ash", "oak"]
    assert all(sum(map(float, row[1:])) == pytest.approx(1, abs=1e-5) for row in rows[1:])


def test_numbers_are_learned_and_predicted_in_their_units():
    lines = [f"{i},{3 * i},{1000 + 20 * i}" for i in range(50)]
    Path("data.csv").write_text("\n".join(["a,b,price", *lines]))
    said = trained("--epochs", "300", target="price").stdout
    assert '"price" is a number, 1000 to 1980' in said
    score = float(said.partition("R² = ")[2].partition(",")[0])
    assert score > 0.99
    assert float(said.partition("RMSE = ")[2].split()[0]) < 50
    assert "150 predictions" not in called("predict", "model.npz", "data.csv", "-o", "p.csv").stdout
    header, *values = Path("p.csv").read_text().splitlines()
    assert header == "predicted_price"
    np.testing.assert_allclose(np.array(values, float), 1000 + 20 * np.arange(50), atol=60)


def test_numbers_may_be_the_names_of_classes():
    Path("data.csv").write_text("a,y\n" + "".join(f"{i},{i % 2}\n" for i in range(20)))
    assert "pass --classify" in trained(target="y").stdout
    assert "2 classes (0 10, 1 10)" in trained("--classify", target="y").stdout
    assert called("predict", "model.npz", "data.csv").stdout.startswith("predicted_y,probability_0")


def test_the_same_seed_gives_the_same_bytes():
    write_table()
    contents = []
    for seed in (3, 3, 4):
        trained("--seed", seed)
        contents.append(Path("model.npz").read_bytes())
    assert contents[0] == contents[1] != contents[2]


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "softplus"])
def test_every_activation_is_saved_and_used_again(activation):
    write_table()
    trained("--activation", activation)
    model = load_model("model.npz")
    assert model.activation == activation
    inputs = np.array([[0.1, 5.0], [3.2, 5.0]])
    assert model.outputs(inputs).argmax(axis=1).tolist() == [0, 1]


def test_columns_can_be_left_out_and_constant_ones_are():
    lines = [f"id{i},{i % 2 * 3 + i / 50},7,{'ab'[i % 2]}" for i in range(30)]
    Path("data.csv").write_text("\n".join(["id,x,same,kind", *lines]))
    said = trained("--ignore", "id").stdout
    assert 'constant over the training rows, and so left out: "same"' in said
    assert load_model("model.npz").features == ("x",)
    Path("new.csv").write_text("x\n3.1\n")
    assert called("predict", "model.npz", "new.csv").stdout.splitlines()[1].startswith("b,")


def test_european_files_are_read():
    lines = [f"{i % 2 * 3 + i / 50:.2f}".replace(".", ",") + f";{'ab'[i % 2]}" for i in range(30)]
    Path("data.csv").write_text("\n".join(["größe;kind", *lines]), encoding="utf-8-sig")
    assert "with decimal commas" in trained().stdout
    assert load_model("model.npz").features == ("größe",)


def test_few_held_out_rows_of_one_value_have_no_r_squared():
    lines = [f"{i},{i == 0:d}" for i in range(10)]
    Path("data.csv").write_text("\n".join(["a,y", *lines]))
    scores = [trained("--seed", seed, target="y").stdout for seed in range(3)]
    assert any("R² is not defined" in said for said in scores)


def test_the_split_is_stratified_and_complete():
    data = flowers()
    train_rows, test_rows = split(data, 0)
    assert sorted([*train_rows, *test_rows]) == list(range(150))
    assert np.bincount(data.targets[test_rows]).tolist() == [10, 10, 10]
    rare = parse_table("a,y\n" + "1,p\n2,p\n3,p\n4,p\n5,p\n6,p\n7,p\n8,q\n9,q\n10,r\n", "t.csv")
    data = dataset(rare, "y", (), False)
    train_rows, test_rows = split(data, 0)
    assert set(data.targets[train_rows]) == {0, 1, 2}
    assert np.bincount(data.targets[test_rows]).tolist() == [1, 1]


@pytest.mark.parametrize("scale", [1e-200, 1e-6, 1, 1e100])
def test_any_scale_is_standardised(scale):
    columns = scale * np.array([[0.1, 1.0], [0.1, 2.0], [0.1, 6.0]])
    scaling = Scaling.of(columns)
    standardised = scaling.apply(columns)
    np.testing.assert_allclose(standardised.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(standardised.std(axis=0), [0, 1], atol=1e-12)
    np.testing.assert_allclose(scaling.undo(standardised), columns, rtol=1e-12)


# ---- interruptions -------------------------------------------------------------------------------


def interrupt_at(monkeypatch, update):
    step, count = optim.Adam.step, iter(range(10**9))

    def interrupted(self):
        if next(count) == update:
            raise KeyboardInterrupt
        step(self)

    monkeypatch.setattr(optim.Adam, "step", interrupted)


def test_what_was_learned_before_ctrl_c_is_saved(monkeypatch):
    write_table()
    interrupt_at(monkeypatch, 15)
    said = trained("--batch-size", "8").stdout
    assert "Interrupted after 3 of 40 epochs; what was learned so far is kept" in said
    assert "Saved in model.npz" in said
    assert load_model("model.npz").classes == ("ash", "oak")


def test_ctrl_c_before_anything_was_learned_saves_nothing(monkeypatch):
    write_table()
    interrupt_at(monkeypatch, 0)
    result = run("train", "data.csv", "--target", "kind")
    assert result.exit_code == 130
    assert result.stderr.count("\n") == 1
    assert "interrupted" in result.stderr
    assert list(files()) == [Path("data.csv")]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and terminals")
def test_a_real_ctrl_c_in_a_terminal_with_its_progress_bar():
    write_table()
    shown, said, code = in_a_terminal(
        "train", "data.csv", "--target", "kind", "--epochs", "10000000", interrupt_after="loss="
    )
    assert code == 0, shown
    assert "loss=" in shown
    assert "Interrupted after" in said
    assert load_model("model.npz").target == "kind"
    assert sorted(path.name for path in Path().iterdir()) == ["data.csv", "model.npz"]


# ---- bad tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty; it needs a header row"),
        (b"length,width,kind\n", "a header and no rows of data"),
        ("length,kind\n1,caf\xe9\n".encode("latin-1"), "not UTF-8 text: byte 0xe9 in line 2"),
        (b"PK\x03\x04\xff\xfe", "not UTF-8 text"),
        (b"kind,length\na,1\na,2\n", "the only class is"),
        (b"kind,length\na,1\nb,2\n", "each needs several rows"),
        (b"kind,length\na,1\na,2\nb,3\nb,4\n", "has 4 rows of data; training and testing need at"),
        (b"kind\na\na\nb\nb\n", "has no columns to predict"),
        (b"kind\tlength\na\t1\n", "separated by tabs"),
    ],
)
def test_a_file_that_is_no_table_to_learn_from_is_refused(content, words):
    Path("data.csv").write_bytes(content)
    refused("train", "data.csv", "--target", "kind", saying=[words, '"data.csv"'])


@pytest.mark.parametrize(
    ("header", "line", "words"),
    [
        ("length,length,kind", None, 'columns 1 and 2 are both named "length"'),
        ("length,,kind", None, "column 2 has no name"),
        ("length,width,species", None, 'no column "kind"; its columns are "length"'),
        ("length,width,kinds", None, 'did you mean "kinds"'),
        (None, "1,2", 'row 5 has 2 cells and the header has 3; the first missing one is "kind"'),
        (None, "1,2,oak,3", "row 5 has 4 cells"),
        (None, ",2,oak", 'row 5, column "length" is empty; fill the cell in'),
        (None, "1,2,", 'row 5, column "kind" is empty'),
        (None, "1,2,NaN", 'row 5, column "kind": "NaN" stands for no value'),
        (None, "1,two,oak", 'row 5, column "width": "two" is not a number; correct it, or leave'),
        (None, "nan,2,oak", 'row 5, column "length": "nan" is not a finite number'),
        (None, "1,-inf,oak", 'row 5, column "width": "-inf" is not a finite number'),
        (None, "1e200,2,oak", '"1e200" is over 1e+100'),
        (None, '1,"2,oak', "check the quotation marks"),
        (None, "1,\x1b[31mtwo,oak", r"\x1b[31mtwo"),
    ],
)
def test_a_cell_that_can_not_be_used_is_named(header, line, words):
    write_table(**({"header": header} if header else {}), line=line)
    refused("train", "data.csv", "--target", "kind", saying=[words, '"data.csv"'])


def test_a_byte_order_mark_is_ignored():
    Path(write_table()).write_bytes(b"\xef\xbb\xbf" + Path("data.csv").read_bytes())
    trained()


def test_a_number_among_text_and_text_among_numbers():
    write_table(line="1,few,oak")
    refused("train", "data.csv", "--target", "width", "--ignore", "kind", saying="pass --classify")


def test_nothing_varies():
    Path("data.csv").write_text("a,b,y\n" + "".join(f"1,2,{i % 2}\n" for i in range(20)))
    refused("train", "data.csv", "--target", "b", saying="every value is 2")
    result = run("train", "data.csv", "--target", "y", "--classify")
    assert result.exit_code == 2
    assert "every feature is constant" in result.stderr
    assert list(files()) == [Path("data.csv")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--hidden", "0"], "--hidden"),
        (["--hidden", "8,"], "--hidden"),
        (["--hidden", "-3"], "--hidden"),
        (["--hidden", "9" * 5000], "--hidden"),
        (["--hidden", ",".join(["1"] * 11)], "--hidden"),
        (["--activation", "cube"], "tanh, relu, sigmoid, softplus"),
        (["--learning-rate", "0"], "--learning-rate"),
        (["--learning-rate", "nan"], "--learning-rate"),
        (["--ignore", "colour"], 'no column "colour"'),
        (["--ignore", "kind"], "is the target and is to be ignored"),
        (["--out", "data.csv"], "would replace the input file"),
        (["--out", "./../{here}/data.csv"], "would replace the input file"),
        (["--out", "no/folder/m.npz"], 'the folder "no/folder" does not exist; create it first'),
        (["--out", "."], "it is a folder"),
        (["--out", "data.csv/m.npz"], "part of the path is a file"),
        (["--draw", "net.txt"], "not the name of a picture"),
        (["--draw", "no/net.svg"], "does not exist"),
        (["--draw", "m.svg", "--out", "m.svg"], "both to be"),
    ],
)
def test_options_that_can_not_be_followed_are_refused_before_training(options, words, monkeypatch):
    write_table()
    monkeypatch.setattr("tinygrad_edu.cli.training.fit", None)
    options = [option.replace("{here}", Path.cwd().name) for option in options]
    refused("train", "data.csv", "--target", "kind", *options, saying=words)


def test_a_file_that_is_not_there():
    refused("train", "none.csv", "--target", "a", saying='"none.csv": there is no such file')
    refused("train", ".", "--target", "a", saying="it is a folder")


def test_a_loss_without_bounds_is_refused_and_nothing_is_saved():
    Path("data.csv").write_text("a,y\n" + "".join(f"{i},{i}\n" for i in range(20)))
    arguments = ["train", "data.csv", "--target", "y", "--learning-rate", "1e200"]
    result = run(*arguments)
    assert result.exit_code == 2
    assert "try a tenth of it" in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(files()) == [Path("data.csv")]
