"""What the tests of the command line share."""

from pathlib import Path

from typer.testing import CliRunner

from tinygrad_edu.cli import app

HEADER = "length,width,kind"


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
