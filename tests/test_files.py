"""Every file that is written: whole or not at all, through links, with the rights it had."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.cli_helpers import COMMAND, ENVIRONMENT, trained, write_table
from tinygrad_edu import Tensor, draw, explore, plot
from tinygrad_edu.cli.files import write_bytes
from tinygrad_edu.kit.files import check_writable, write_whole

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and rights are others there")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _graph():
    x = Tensor(2.0, name="x")
    y = x * 3
    y.backward()
    return y


def _boundary(path):
    corners, either = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    plot.boundary_animation({"end": lambda x: np.full((len(x), 1), 0.5)}, corners, either, path)


def _trained(path):
    write_table()
    trained("--out", path)


WRITERS = {
    "a.bin": lambda path: write_whole(path, b"new"),
    "b.bin": lambda path: write_bytes(path, b"new"),
    "c.svg": lambda path: draw(_graph(), path),
    "d.dot": lambda path: draw(_graph(), path),
    "e.html": lambda path: explore(_graph(), path),
    "f.html": _boundary,
    "g.npz": _trained,
}
each_writer = pytest.mark.parametrize("name", WRITERS)


def left_over():
    """Files that nobody asked for."""
    return list(Path().rglob(".*"))


@each_writer
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_what_is_replaced_keeps_its_mode(name, mode):
    Path(name).write_bytes(b"old")
    Path(name).chmod(mode)
    WRITERS[name](name)
    assert stat.S_IMODE(Path(name).stat().st_mode) == mode
    assert Path(name).read_bytes() != b"old"
    assert left_over() == []


@each_writer
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_what_is_new_has_the_mode_of_the_mask(name, mask):
    before = os.umask(mask)
    try:
        WRITERS[name](name)
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path(name).stat().st_mode) == 0o666 & ~mask


@each_writer
def test_links_are_written_through(name):
    Path("there").mkdir()
    real = Path("there") / f"real{Path(name).suffix}"
    real.write_bytes(b"old")
    real.chmod(0o600)
    Path("between").symlink_to(real)
    Path(name).symlink_to("between")
    WRITERS[name](name)
    assert Path(name).is_symlink()
    assert real.read_bytes() != b"old"
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert left_over() == []


@each_writer
def test_a_link_to_what_is_not_there_yet_makes_it(name):
    Path("there").mkdir()
    Path(name).symlink_to("there/new")
    WRITERS[name](name)
    assert Path(name).is_symlink()
    assert Path("there/new").stat().st_size


def test_links_into_folders_and_in_circles_are_refused():
    Path("folder").mkdir()
    Path("to_folder").symlink_to("folder")
    Path("one").symlink_to("two")
    Path("two").symlink_to("one")
    Path("away").symlink_to("nowhere/new")
    for path, kind in [
        *(("folder", IsADirectoryError), ("to_folder", IsADirectoryError), ("one", OSError)),
        *(("away", FileNotFoundError), ("none/new", FileNotFoundError), ("x" * 300, OSError)),
        *([("/dev/fd/999", OSError)] if Path("/proc/self/fd").exists() else []),
    ]:
        for write in (lambda path: write_whole(path, b"new"), check_writable):
            with pytest.raises(kind) as caught:
                write(path)
            assert caught.value.filename == path
    assert Path("one").is_symlink()
    assert Path("to_folder").is_symlink()
    assert left_over() == []


def test_names_as_long_as_may_be():
    for name in ("x" * 255, "本" * 85, "\udc80" * 255):
        write_whole(name, b"new")
        assert Path(name).read_bytes() == b"new"


@pytest.mark.parametrize("fault", ["write", "replace"])
def test_a_write_that_fails_leaves_the_old_file(fault, monkeypatch):
    Path("a.bin").write_bytes(b"old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, fault, fail)
        with pytest.raises(OSError, match="No space left") as caught:
            write_whole("a.bin", b"new")
    assert caught.value.filename == "a.bin"
    assert Path("a.bin").read_bytes() == b"old"
    assert left_over() == []


def test_an_interrupted_write_leaves_the_old_file(monkeypatch):
    Path("a.bin").write_bytes(b"old")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole("a.bin", b"new")
    assert Path("a.bin").read_bytes() == b"old"
    assert left_over() == []


def as_nobody(action):
    """Call `action` as a user who may not write anywhere: root may."""
    user = os.geteuid()
    Path().chmod(0o777)
    if user == 0:
        os.seteuid(65534)
    try:
        action()
    finally:
        os.seteuid(user)


@pytest.fixture
def closed(tmp_path_factory):
    """A folder in which no file can be made, with one that may be written into."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        (folder / "a.bin").write_bytes(b"the old content")
        (folder / "a.bin").chmod(0o666)
        (folder / "fixed.bin").write_bytes(b"old")
        (folder / "fixed.bin").chmod(0o444)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def test_a_file_in_a_folder_without_permission_is_written_into(closed):
    def write():
        check_writable(closed / "a.bin")
        write_whole(closed / "a.bin", b"new")

    as_nobody(write)
    assert (closed / "a.bin").read_bytes() == b"new"
    assert sorted(path.name for path in closed.iterdir()) == ["a.bin", "fixed.bin"]


def test_a_file_without_permission_is_refused(closed):
    def write():
        for path in (closed / "fixed.bin", closed / "new.bin"):
            for action in (check_writable, lambda path: write_whole(path, b"new")):
                with pytest.raises(PermissionError):
                    action(path)

    as_nobody(write)
    assert (closed / "fixed.bin").read_bytes() == b"old"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root has several owners")
@pytest.mark.parametrize(
    ("group", "mode", "wanted"), [(0, 0o664, 0o664), (12345, 0o666, 0o606)], ids=["ours", "another"]
)
def test_nobody_gets_more_rights_to_a_file_of_somebody_else(group, mode, wanted):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.bin"
        path.write_bytes(b"old")
        os.chown(path, 54321, group)
        path.chmod(mode)
        Path(name).chmod(0o777)
        as_nobody(lambda: write_whole(path, b"new"))
        status = path.stat()
        assert (status.st_uid, status.st_gid) == (65534, 0)
        assert stat.S_IMODE(status.st_mode) == wanted
        write_whole(path, b"newer")  # root gives it back to whom it belonged
        assert path.stat().st_uid == 65534


def test_a_file_that_is_written_into_and_fails_gets_its_content_back(monkeypatch):
    def busy(*_):
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(os, "replace", busy)
    Path("mounted.bin").write_bytes(b"the old content")
    write_whole("mounted.bin", b"new")  # as a file that is a mount of its own can't be replaced
    assert Path("mounted.bin").read_bytes() == b"new"
    calls = []

    def half(descriptor, content):
        calls.append(bytes(content))
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(descriptor, content[:2] if len(calls) == 2 else content)

    written = os.write
    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space left"):
        write_whole("mounted.bin", b"something longer")
    assert Path("mounted.bin").read_bytes() == b"new"
    assert left_over() == []


def test_a_pipe_gets_the_content():
    os.mkfifo("pipe.svg")
    found = []
    reader = threading.Thread(target=lambda: found.append(Path("pipe.svg").read_bytes()))
    reader.start()
    draw(_graph(), "pipe.svg")
    reader.join(20)
    assert found[0].startswith(b"<svg")
    assert stat.S_ISFIFO(Path("pipe.svg").stat().st_mode)


def test_devices_stay_devices():
    write_whole("/dev/null", b"new")
    check_writable("/dev/null")
    assert Path("/dev/null").is_char_device()
    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="No space left"):
            write_whole("/dev/full", b"new")


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is none")
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "link.csv"])
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_the_standard_output_may_be_named_as_a_file(name, kind):
    Path("link.csv").symlink_to("/dev/stdout")
    code = (
        "import sys; from tinygrad_edu.kit.files import check_writable, write_whole;"
        f"print('before'); check_writable({name!r}); write_whole({name!r}, b'content\\n');"
        "print('after')"
    )
    with open("said.txt", "wb") as file:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=file if kind == "file" else subprocess.PIPE,
            env=ENVIRONMENT,
            check=True,
        )
    said = done.stdout if kind == "pipe" else Path("said.txt").read_bytes()
    assert said == b"before\ncontent\nafter\n"


def test_predictions_go_to_a_pipe_by_name():
    write_table()
    trained()
    done = subprocess.run(
        [*COMMAND, "predict", "model.npz", "data.csv", "--out", "/dev/stdout"],
        capture_output=True,
        env=ENVIRONMENT,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"predicted_kind,")


def test_a_link_that_takes_the_place_of_what_is_written_is_not_followed(monkeypatch):
    """Whoever may write into the folder can put a link there meanwhile: it is replaced."""
    Path("precious").write_bytes(b"precious")
    Path("a.bin").write_bytes(b"old")
    real = os.replace

    def raced(source, target):
        Path("a.bin").unlink()
        Path("a.bin").symlink_to("precious")
        real(source, target)

    monkeypatch.setattr(os, "replace", raced)
    write_whole("a.bin", b"new")
    assert Path("precious").read_bytes() == b"precious"
    assert Path("a.bin").read_bytes() == b"new"
