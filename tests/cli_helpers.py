"""What the tests of the command line share."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from typer.testing import CliRunner

import tinygrad_edu
from tinygrad_edu.cli import app

HEADER = "length,width,kind"
QUICK = ["--epochs", "40", "--learning-rate", "0.05"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(tinygrad_edu.__file__).parents[1])}
COMMAND = [sys.executable, "-W", "error", "-m", "tinygrad_edu"]


def run(*arguments):
    """The result of a call of the command line."""
    try:
        runner = CliRunner(mix_stderr=False)  # older Typers mix it in otherwise
    except TypeError:
        runner = CliRunner()
    return runner.invoke(app, [str(argument) for argument in arguments])


def called(*arguments):
    """The result of a call of the command line that must succeed."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result


def refused(*arguments, saying=()):
    """The one line with which a call of the command line must end; it must leave no file behind."""
    before = files()
    result = run(*arguments)
    message = result.stderr.rstrip("\n")
    assert result.exit_code == 2, result.output
    assert message.startswith("tinygrad-edu: ")
    assert "\n" not in message
    assert message.isprintable()
    assert files() == before
    for words in [saying] if isinstance(saying, str) else saying:
        assert words in message, message
    return message


def files():
    """Every file here, hidden ones too, with its content."""
    return {path: path.read_bytes() if path.is_file() else None for path in Path().rglob("*")}


def write_table(path="data.csv", rows=40, header=HEADER, line=None, at=5):
    """A table that can be learned from, but for one line in place of another."""
    lines = [header]
    for i in range(rows):
        big = i % 2
        kind = "oak" if big else "ash"
        lines.append(f"{big * 3 + i / 50},{(i * 7) % 11},{kind}")
    if line is not None:
        lines[at - 1] = line
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def trained(*arguments, target="kind"):
    """The result of a quick training on the table."""
    return called("train", "data.csv", "--target", target, *QUICK, *arguments)


def in_a_terminal(*arguments, interrupt_after):
    """What a call shows in the terminal that is its stderr and says on stdout; its exit code."""
    import fcntl
    import pty
    import struct
    import termios

    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=end, env=ENVIRONMENT
    )
    stop = threading.Timer(60, process.kill)
    stop.start()
    os.close(end)
    shown, interrupted = "", False
    try:
        while True:  # to the end, as a full terminal would hold the process up
            try:
                part = os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part.decode(errors="replace")
            if interrupt_after in shown and not interrupted:
                interrupted = True
                process.send_signal(signal.SIGINT)
        said = process.communicate()[0].decode()
    finally:
        stop.cancel()
        process.kill()
        os.close(terminal)
    return shown, said, process.returncode
