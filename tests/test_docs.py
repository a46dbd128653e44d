"""What the documentation shows is run: every block of code, or the block says that it is output."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli_helpers import called

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
FENCE = re.compile(r"^ *(```+|~~~+|:::+)([^\n`]*)\n(.*?)^ *\1[`~:]* *$", re.M | re.S)

# Directives that show no code, and `text`, which is output.
NO_CODE = {"{eval-rst}", "{include}", "{toctree}", "{glossary}", "text"}
EXECUTED_FOLDERS = ("tests/", "examples/", "tinygrad_edu/")  # whose files may be included
CODE_IN_RST = re.compile(
    r"^ *\.\. (code|code-block|sourcecode|parsed-literal|literalinclude)::|::$", re.M
)

# The commands that the documentation shows, and the words by which .ci/run runs each.
CONTINUOUS = {
    "pip install '.[draw]' && tinygrad-edu demo": "readme_command 'tinygrad-edu demo'",
    "pip install -e '.[test]' && python -m pytest -n auto": "readme_command pytest",
    "python3 -m venv .venv && source .venv/bin/activate": '"$python" -m venv "$scratch/dev"',
    "pip install -e '.[all]'": """pip" install -q -e '.[all]'""",
    "pip install '.[draw]'": "readme_command 'tinygrad-edu demo'",  # the halves of the first
    "tinygrad-edu demo": "readme_command 'tinygrad-edu demo'",
}


# What the other commands begin with, which are called below.
CALLED = ("tinygrad-edu ", "python -m benchmarks", "python -m pytest ")


def lines(body):
    """The commands of a block, each on one line."""
    return re.sub(r" *\\\n *", " ", body).splitlines()


def blocks(kind):
    """The pages, and their fenced blocks that begin with this word: rest of the line, content."""
    return [
        (page.relative_to(ROOT).as_posix(), info.strip(), body)
        for page in PAGES
        for _, info, body in FENCE.findall(page.read_text("utf-8"))
        if kind is None or info.split()[:1] == [kind]
    ]


def unexecuted(page, info, body, text):
    """Why a block is neither executed nor marked as output; nothing if it is one of them."""
    kind, _, rest = info.partition(" ")
    if kind in NO_CODE:
        bad = kind == "{eval-rst}" and CODE_IN_RST.search(body)
        return f"code in reStructuredText: {bad[0]}" if bad else None
    if kind == "{code-cell}":
        return None if "\nfile_format: mystnb\n" in text else "code cells in a page without mystnb"
    if kind == "{literalinclude}":
        file = (ROOT / page).parent.joinpath(rest).resolve()
        inside = file.is_file() and file.relative_to(ROOT).as_posix().startswith(EXECUTED_FOLDERS)
        return None if inside else f"includes {rest}, which nothing executes"
    if kind == "python":  # README.md is a doctest; what CONTRIBUTING.md quotes has a test
        ran = (page == "README.md" and body.startswith(">>>")) or (
            page == "CONTRIBUTING.md" and re.match(r" *# (tinygrad_edu|tests)/\S+\n", body)
        )
        return None if ran else "Python in a fence that is not executed"
    if kind == "sh":
        left = [line for line in lines(body) if line not in CONTINUOUS]
        left = [line for line in left if not line.startswith(CALLED)]
        return f"a command that nothing runs: {left[0]}" if left else None
    return f"a fence of a kind that is not known: {info!r}"


@pytest.mark.parametrize("page", [page.relative_to(ROOT).as_posix() for page in PAGES])
def test_every_block_is_executed_or_marked_as_output(page):
    text = (ROOT / page).read_text("utf-8")
    assert len(re.findall(r"^ *```", text, re.M)) % 2 == 0
    found = [(info, body) for name, info, body in blocks(None) if name == page]
    assert [why for block in found if (why := unexecuted(page, *block, text))] == []


@pytest.mark.parametrize(
    ("block", "page"),
    [
        ("```python\nx = 1\n```", "docs/index.md"),
        ("  ```python\n  x = 1\n  ```", "CONTRIBUTING.md"),
        ("```\nx = 1\n```", "docs/index.md"),
        ("````{code-block} python\nx = 1\n````", "docs/index.md"),
        (":::{code-block} python\nx = 1\n:::", "docs/index.md"),
        ("~~~python\nx = 1\n~~~", "README.md"),
        ("```{code-cell} ipython3\nx = 1\n```", "docs/index.md"),
        ("```{eval-rst}\n.. code-block:: python\n\n   x = 1\n```", "docs/index.md"),
        ("```{eval-rst}\nSo it is::\n\n   x = 1\n```", "docs/index.md"),
        ("```{literalinclude} ../pyproject.toml\n```", "docs/index.md"),
        ("```sh\nrm -r docs\n```", "docs/index.md"),
        ("```bash\ntinygrad-edu demo\n```", "docs/index.md"),
    ],
)
def test_a_block_that_nothing_runs_is_found(block, page):
    (found,) = FENCE.findall(f"Before.\n\n{block}\n\nAfter.\n")
    assert unexecuted(page, found[1].strip(), found[2], "")


def test_continuous_integration_runs_the_commands():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    for command, words in CONTINUOUS.items():
        assert words in script, command
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in (command for command, words in CONTINUOUS.items() if "readme" in words):
        assert command in readme


def commands(beginning):
    """The other commands in fenced blocks."""
    found = [line for _, _, body in blocks("sh") for line in lines(body)]
    return [line for line in found if line.startswith(beginning) and line not in CONTINUOUS]


@pytest.mark.parametrize("command", commands("tinygrad-edu "))
def test_a_command_runs(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)
    called(*words[1:])
    if "--out" in words:
        assert (tmp_path / words[words.index("--out") + 1]).stat().st_size > 0


@pytest.mark.parametrize("command", commands("python -m benchmarks"))
def test_a_command_of_the_benchmarks_is_one(command, monkeypatch):
    """They take minutes: that all of them run is seen elsewhere."""
    import benchmarks.__main__ as benchmarks

    given = []
    monkeypatch.setattr(benchmarks, "sections_measured", lambda each: given.append(each) or [])
    benchmarks.main(shlex.split(command)[3:])
    assert [each.write_docs for each in given] == ["--write-docs" in command]


@pytest.mark.parametrize("command", commands("python -m pytest "))
def test_a_selection_of_the_tests_is_there(command):
    """They run with all the others."""
    named = [word for word in shlex.split(command)[3:] if "/" in word or "." in word]
    assert named
    assert [each for each in named if not (ROOT / each).is_file()] == []


def test_there_are_commands_to_run():
    assert all(map(commands, CALLED))


INLINE = sorted(
    {
        " ".join(command.split())
        for page in PAGES
        for command in re.findall(r"`tinygrad-edu (\w[^`]*)`", page.read_text("utf-8"))
    }
)


@pytest.mark.parametrize("command", INLINE)
def test_a_command_in_a_sentence_has_the_options_that_it_is_given(command):
    name, *words = shlex.split(command)
    known = called(name, "--help").output
    options = [word for word in words if re.match("--?[a-z]", word)]
    assert [option for option in options if not re.search(rf"(?<![\w-]){option}\b", known)] == []
