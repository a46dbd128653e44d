"""The command line as a whole, and its demonstration."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.cli_helpers import COMMAND, ENVIRONMENT, called, refused, run
from tinygrad_edu.cli import files
from tinygrad_edu.cli.curve import curve_svg, sparkline
from tinygrad_edu.cli.errors import InputError, quoted


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("option", ["--help", "-h", None])
def test_help_names_the_commands_and_where_to_start(option):
    said = called(*[option] * (option is not None)).stdout
    assert "tinygrad-edu demo" in said
    for command in ("demo", "train", "predict", "draw", "explore", "check"):
        assert f"\n  {command} " in said


@pytest.mark.parametrize("command", ["demo", "train", "predict", "draw", "explore", "check"])
def test_every_command_has_an_example(command):
    assert f"tinygrad-edu {command} " in called(command, "--help").stdout.partition("Example")[2]


def test_the_version_is_said():
    assert called("--version").stdout.startswith("tinygrad-edu")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "No such command 'nothing'"),
        (["train"], "Missing argument 'DATA.csv'"),
        (["train", "data.csv"], "Missing option '--target'"),
        (["train", "data.csv", "--target", "a", "--epochs", "many"], "'--epochs'"),
        (["train", "data.csv", "--target", "a", "--epochs", "0"], "'--epochs'"),
        (["train", "data.csv", "--target", "a", "--batch-size", "-1"], "'--batch-size'"),
        (["draw", "x", "--wrong"], "--wrong"),
    ],
)
def test_wrong_options_are_refused_in_one_line(arguments, words):
    assert "--help" in refused(*arguments, saying=words)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["train"], "tinygrad-edu train --help"),
        (["train", "data.csv"], "tinygrad-edu train --help"),
        (["draw"], "tinygrad-edu draw --help"),
        (["explore"], "tinygrad-edu explore --help"),
        (["paint"], "tinygrad-edu --help"),
    ],
)
def test_an_error_points_to_the_help_of_the_command(arguments, named):
    assert f"; see {named}" in refused(*arguments, saying="")


def test_the_demonstration_tells_the_whole_story():
    started = time.monotonic()
    said = called("demo", "--out", "new/pictures").stdout
    assert time.monotonic() - started < 10
    for words in ("0.9990889488055994", "0.7216325609518421", "agree with finite differences"):
        assert words in said
    right = int(said.partition("held-out flowers: ")[2].split()[0])
    assert right >= 28  # of 30: 93 %
    everyone = int(said.partition("each flower held out once: ")[2].split()[0])
    assert everyone >= 140  # of 150
    page, *pictures = sorted(path.name for path in Path("new/pictures").iterdir())
    assert page == "backprop.html"
    assert pictures == ["loss.svg", "network.svg", "neuron.svg"]
    for name in (page, *pictures):
        assert f"{Path('new/pictures') / name}: " in said
    text = Path("new/pictures/backprop.html").read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "Layer hidden" in text
    for name in pictures:
        assert ElementTree.parse(f"new/pictures/{name}").getroot().tag.endswith("svg")


def test_the_demonstration_is_the_same_each_time():
    assert called("demo").stdout == called("demo").stdout


def test_without_graphviz_the_demonstration_goes_on_and_says_at_the_end_how_to_get_it(monkeypatch):
    monkeypatch.setenv("TINYGRAD_EDU_DOT", "no-such-program")
    result = run("demo", "--out", ".")
    assert result.exit_code == 2
    assert "4. Is backprop right?" in result.stdout
    assert "5. Backprop" in result.stdout
    assert result.stderr.count("\n") == 1
    assert "[draw]'" in result.stderr
    assert "not drawn: neuron.svg, network.svg and backprop.html: " in result.stderr
    assert "Then explore" not in result.stdout
    assert [path.name for path in Path().iterdir()] == ["loss.svg"]


def test_the_demonstration_needs_a_folder_that_can_be_made():
    Path("file").touch()
    refused("demo", "--out", "file", saying="there is a file of that name")
    refused("demo", "--out", "file/folder", saying="part of the path is a file")


def test_the_installed_command_runs_in_a_process_of_its_own():
    done = subprocess.run(
        [*COMMAND, "draw", "w*x", "--set", "w=2", "--set", "x=3"],
        capture_output=True,
        env={**ENVIRONMENT, "PYTHONIOENCODING": "ascii"},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"w*x = 6")
    assert done.stderr == b""
    assert Path("graph.svg").stat().st_size > 1000


def test_a_process_of_its_own_fails_in_one_line():
    done = subprocess.run(
        [*COMMAND, "train", "no\nfile\x1b[31m.csv", "--target", "a"],
        capture_output=True,
        env=ENVIRONMENT,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert b"there is no such file" in done.stderr
    assert b"\x1b" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
def test_a_full_terminal_is_no_traceback():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
            timeout=60,
        )
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1


def test_help_loads_nothing_that_only_a_command_needs():
    code = (
        "import sys; from tinygrad_edu.cli import app\n"
        "print({'tqdm', 'graphviz', 'tinygrad_edu.testing', 'tinygrad_edu.cli.training'}"
        ".intersection(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=ENVIRONMENT, timeout=60
    )
    assert done.stdout.strip() == b"set()"


def test_a_file_is_written_whole_or_not_at_all(monkeypatch):
    Path("a.txt").write_text("before")
    files.write_bytes("a.txt", b"after")
    assert Path("a.txt").read_text() == "after"

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match="No space left"):
        files.write_bytes("a.txt", b"half")
    assert Path("a.txt").read_text() == "after"
    assert list(Path().iterdir()) == [Path("a.txt")]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_writing_keeps_links_and_the_usual_permissions():
    Path("real.txt").touch()
    Path("link.txt").symlink_to("real.txt")
    files.write_bytes("link.txt", b"content")
    assert Path("link.txt").is_symlink()
    assert Path("real.txt").read_bytes() == b"content"
    Path("other.txt").touch()
    assert Path("real.txt").stat().st_mode == Path("other.txt").stat().st_mode
    files.write_bytes("/dev/null", b"content")
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are others there")
def test_a_folder_without_permission_is_refused():
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o555)
        (folder / "open").mkdir()
        (folder / "open").chmod(0o777)
        if user == 0:  # root may write anywhere: be nobody for a while
            os.seteuid(65534)
        try:
            files.check_output(folder / "open" / "a.txt")
            with pytest.raises(InputError, match="permission denied"):
                files.check_output(folder / "closed" / "a.txt")
        finally:
            os.seteuid(user)


@pytest.mark.parametrize("length", [1, 2, 5, 1000])
@pytest.mark.parametrize("scale", [0, 1e-9, 1, 3e7])
def test_loss_curves_are_pictures_of_any_losses(length, scale):
    losses = [scale / (1 + i) for i in range(length)]
    picture = curve_svg({"a < b": losses, "c": losses[: length // 2 + 1]}, 'title & "more"')
    root = ElementTree.fromstring(picture)
    numbers = [n for line in root.findall("{*}polyline") for n in line.get("points").split()]
    assert len(numbers) == length + length // 2 + 1
    assert all(0 <= float(n) <= 640 for pair in numbers for n in pair.split(","))
    assert 1 <= len(sparkline(losses)) <= 32


def test_a_sparkline_falls_as_the_loss_does():
    assert sparkline(np.linspace(1, 0, 8)) == "█▇▆▅▄▃▂▁"
    assert sparkline([]) == ""


def test_quotations_are_on_one_line_and_short():
    assert quoted("a\nb\x1b") == r'"a b\x1b"'
    assert len(quoted("x" * 1000)) < 70
