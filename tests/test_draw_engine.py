"""The layout engine: which is chosen, what happens when it fails; and the files written."""

import stat
import sys
from xml.etree import ElementTree

import pytest

from tinygrad_edu import Tensor, draw, to_dot
from tinygrad_edu.drawing import engine, output
from tinygrad_edu.drawing.engine import EMBEDDED, EngineError, NoEngineError, command, render
from tinygrad_edu.kit.extras import install


@pytest.fixture
def z():
    x, w = Tensor(2.0, name="x"), Tensor(3.0, name="w")
    z = x * w
    z.backward()
    return z


@pytest.fixture
def fake(tmp_path):
    """Make a program that stands in for Graphviz's dot."""

    def make(body, name="dot"):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


GOOD = 'sys.stdin.read(); print(\'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>\')'


def test_the_embedded_engine_is_there():
    """Without it, nothing can be drawn after the extra `draw` alone."""
    svg = render('digraph { a -> b [label="é"] }', "svg", EMBEDDED, 30)
    ElementTree.fromstring(svg)
    assert "é".encode() in svg


def test_order(fake, monkeypatch, tmp_path):
    asked, variable, system = fake(GOOD, "asked"), fake(GOOD, "variable"), fake(GOOD)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delenv("TINYGRAD_EDU_DOT", raising=False)
    assert command()[0] == sys.executable
    monkeypatch.setenv("PATH", str(system.parent))
    assert command() == [str(system)]
    monkeypatch.setenv("TINYGRAD_EDU_DOT", str(variable))
    assert command() == [str(variable)]
    assert command(asked) == [str(asked)]
    assert command(EMBEDDED)[0] == sys.executable
    monkeypatch.setenv("TINYGRAD_EDU_DOT", EMBEDDED)
    assert command()[0] == sys.executable


def test_an_engine_that_was_asked_for_and_is_not_there(monkeypatch, z):
    with pytest.raises(NoEngineError, match="engine='/no/such/dot' is no program"):
        draw(z, engine="/no/such/dot")
    monkeypatch.setenv("TINYGRAD_EDU_DOT", "/no/such/dot")
    with pytest.raises(NoEngineError, match="TINYGRAD_EDU_DOT = '/no/such/dot' is no program"):
        draw(z)


def test_no_engine_at_all(monkeypatch, tmp_path, z):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TINYGRAD_EDU_DOT", raising=False)
    monkeypatch.setattr(engine.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NoEngineError) as caught:
        draw(z, tmp_path / "z.svg")
    assert install("draw") in str(caught.value)
    assert "graphviz.org" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert z._repr_svg_() is None
    draw(z, tmp_path / "z.dot")
    assert (tmp_path / "z.dot").read_text() == to_dot(z)


def test_an_engine_that_fails_after_it_has_written(fake, z):
    failing = fake(f"{GOOD}\nprint('it broke', file=sys.stderr)\nsys.exit(3)")
    with pytest.raises(EngineError, match="exit status 3, it broke"):
        draw(z, engine=failing)


def test_an_engine_that_writes_nothing(fake, z):
    with pytest.raises(EngineError, match="said nothing"):
        draw(z, engine=fake("sys.stdin.read()"))


def test_an_engine_that_hangs_is_stopped(fake, z):
    with pytest.raises(EngineError, match=r"time limit of 0\.3 s"):
        draw(z, engine=fake("time.sleep(60)"), time_limit=0.3)


def test_an_engine_that_cannot_be_run(tmp_path, z):
    path = tmp_path / "dot"
    path.write_bytes(b"\x7fnot a program")
    path.chmod(0o755)
    with pytest.raises(EngineError):
        draw(z, engine=path)


@pytest.mark.parametrize("source", ["digraph {", "digraph { a [label=<<B>>] }"])
def test_what_graphviz_complains_about_is_an_error(source):
    """The second it draws, with the node's name in place of the label, and exit status 0."""
    with pytest.raises(EngineError, match="could not draw"):
        render(source, "svg", EMBEDDED, 30)


@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        (".svg", b"<svg"),
        (".SVG", b"<svg"),
        (".png", b"\x89PNG"),
        (".pdf", b"%PDF"),
        (".dot", b"digraph"),
        (".gv", b"digraph"),
    ],
)
def test_the_suffix_says_the_format(tmp_path, z, suffix, start):
    path = tmp_path / f"picture{suffix}"
    assert draw(z, path) is None
    assert path.read_bytes().startswith(start)
    draw(z, str(path))
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["picture", "picture.jpeg2", "svg", ".svg.gz"])
def test_another_suffix_is_refused_before_any_work(tmp_path, z, name):
    with pytest.raises(ValueError, match="does not end in one of"):
        draw(z, tmp_path / name, engine="/no/such/dot")


def test_a_file_is_written_whole_or_not_at_all(tmp_path, z, monkeypatch):
    path = tmp_path / "z.svg"
    path.write_text("before")

    def fail(source, target):
        raise OSError(28, "No space left on device", str(source))

    monkeypatch.setattr(output.os, "replace", fail)
    with pytest.raises(OSError, match="No space left") as caught:
        draw(z, path)
    assert caught.value.filename == str(path)
    assert path.read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_directory_that_is_not_there_is_named(tmp_path, z):
    with pytest.raises(FileNotFoundError) as caught:
        draw(z, tmp_path / "no" / "z.svg")
    assert caught.value.filename == str(tmp_path / "no" / "z.svg")
