"""The benchmarks run, with tiny sizes, and measure what they should; nobody asks how fast it is."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import (
    contenders,
    elementwise_chain,
    goals,
    growth,
    measuring,
    pole_law,
    problems,
    tables,
)
from benchmarks.contenders import BY_HAND, CONTENDERS, EAGER, Contender
from benchmarks.options import Options
from tinygrad_edu.engine import backward

ROOT = Path(__file__).parent.parent
QUICK = Options(quick=True)
PEERS = {"torch", "jax", "autograd", "mygrad"}

EVERY_PROBLEM = {
    "network": problems.network((4, 3, 4, 1)),
    "elementwise": problems.elementwise(50),
    "chain": problems.chain(30),
}


@pytest.fixture
def without_peers(monkeypatch):
    for package in PEERS:
        monkeypatch.setitem(sys.modules, package, None)


def cells(table):
    """The rows of a Markdown table, the rule below its head left out; all are as long."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert len({len(row) for row in rows}) == 1
    assert all(re.fullmatch("-+:?", cell) for cell in rows[1])
    return [rows[0], *rows[2:]]


def test_the_command_measures_everything_and_says_on_what(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--markdown", tmp_path / "tables.md",
         "--plot", tmp_path / "growth.svg"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = command.sections((tmp_path / "tables.md").read_text("utf-8"))
    assert tuple(found) == command.NAMES
    for section in found.values():
        *parts, measured_on = section.split("\n\n")
        for table in parts:
            assert len(cells(table)) > 1
            assert table in done.stdout
        assert re.match(r"\*Measured on \d{4}-\d\d-\d\d: .+ cores?", measured_on)
        assert f"NumPy {np.__version__} with " in measured_on
        assert "OMP_NUM_THREADS=" in measured_on
    plot = (tmp_path / "growth.svg").read_text("utf-8")
    assert "<svg" in plot
    assert "prefers-color-scheme:dark" in plot
    for words in (*contenders.present(), "time of a step", "samples in a batch", "∝ n²"):
        assert words in plot


@pytest.mark.parametrize("problem", EVERY_PROBLEM.values(), ids=EVERY_PROBLEM)
def test_all_that_are_present_agree(problem):
    made = contenders.steps(problem)
    assert {BY_HAND, EAGER} <= set(made)
    value, *gradients = made[EAGER]()
    assert isinstance(value, float)
    assert len(gradients) == problem.wanted
    for gradient, argument in zip(gradients, problem.arguments, strict=False):
        assert gradient.shape == argument.shape


@pytest.mark.parametrize("problem", EVERY_PROBLEM.values(), ids=EVERY_PROBLEM)
@pytest.mark.parametrize("place", [0, 1])
def test_who_does_not_agree_is_named(monkeypatch, problem, place):
    def wrong(problem):
        result = list(contenders.by_hand(problem)())
        result[place] = result[place] * (1 + 1e-8)
        return lambda: tuple(result)

    monkeypatch.setitem(CONTENDERS, "the wrong one", Contender(wrong))
    with pytest.raises(AssertionError, match="the wrong one"):
        contenders.steps(problem)


def test_single_precision_does_not_pass_for_double():
    with pytest.raises(AssertionError, match=r"half: float32"):
        contenders.agree("half", [np.float32(1.5)], [np.float64(1.5)])


@pytest.mark.usefixtures("without_peers")
def test_who_is_absent_is_left_out():
    assert not any(each.package in PEERS for each in contenders.present().values())
    names = [row[0] for row in cells(elementwise_chain.report(QUICK))[1:]]
    assert names == list(contenders.present())
    assert BY_HAND in names


def test_all_take_turns_and_another_begins_each_round():
    turns = []
    steps = {name: lambda name=name: turns.append(name) for name in "abc"}
    times = measuring.interleaved(steps, rounds=3, length=0.0)
    assert "".join(turns) == "abc" + "abcbcacab"  # once before, to see how long a step takes
    assert {name: len(values) for name, values in times.items()} == {"a": 3, "b": 3, "c": 3}


def test_a_turn_takes_as_long_as_it_should():
    calls = []
    steps = {"slow": lambda: (time.sleep(0.002), calls.append(1))}
    (seconds,) = measuring.interleaved(steps, rounds=1, length=0.02)["slow"]
    assert seconds >= 0.002
    assert 3 < len(calls) <= 13


def test_quartiles():
    assert measuring.spread([4.0, 1.0, 2.0, 3.0, 5.0]) == (2.0, 3.0, 4.0)
    assert measuring.spread([2.5]) == (2.5, 2.5, 2.5)
    found = measuring.ratios({"a": [1.0, 2.0, 4.0], "b": [2.0, 6.0, 4.0]}, "a")
    assert found["a"] == (1.0, 1.0, 1.0)
    assert str(found["b"]) == "2.00 (1.50–2.50)"


def arrays(count):
    """A step that has that many megabytes in use at once, and one before that."""

    def step():
        first = np.ones(125_000)
        del first
        return [np.ones(125_000) for _ in range(count)]

    return step


def test_the_peak_of_memory():
    assert measuring.traced_peak(arrays(5)) == pytest.approx(5e6, rel=0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux tells it")
def test_the_peak_of_memory_by_the_growth_of_the_process():
    found = measuring.resident_peak(arrays(60))
    if found is None:
        pytest.skip("this system does not tell")
    assert found == pytest.approx(60e6, rel=0.1)
    assert measuring.resident_peak(lambda: None) is None


def test_quantities():
    durations = [tables.duration(s) for s in (3.21e-6, 32e-6, 4.5e-3, 0.9, 12.0)]
    assert [each.replace("\N{NO-BREAK SPACE}", " ") for each in durations] == [
        "3.2 µs", "32 µs", "4.5 ms", "900 ms", "12 s",
    ]  # fmt: skip
    sizes = [tables.size(b) for b in (900, 4.2e4, 3.1e6, 2e9, None)]
    assert [each.replace("\N{NO-BREAK SPACE}", " ") for each in sizes] == [
        "900 B", "42 kB", "3.1 MB", "2.0 GB", "—",
    ]  # fmt: skip


def test_growth_ends_for_who_cannot_go_on(monkeypatch):
    """One can't go as deep, one would take too long; the others go on."""

    def limited(problem):
        def step():
            if contenders.by_hand(problem)()[0] > problems.FACTOR**50:
                raise RecursionError
            return problem.by_hand(*problem.arguments)

        return step

    def slow(problem):
        step = contenders.by_hand(problem)
        return lambda: (time.sleep(0.11), step())[1]

    monkeypatch.setattr(growth, "PATIENCE", 1.0)

    prepare = {BY_HAND: contenders.by_hand, "limited": limited, "slow": slow}
    everyone = {name: Contender(each) for name, each in prepare.items()}
    monkeypatch.setattr(growth, "present", lambda: everyone)
    found = growth.curves(growth.Axis("depth", problems.chain, (10, 100), 1), QUICK)
    assert {name: list(points) for name, points in found.items()} == {
        BY_HAND: [10, 100],
        "limited": [10],
        "slow": [10],
    }
    for points in found.values():
        assert all(point.seconds > 0 and point.peak >= 0 for point in points.values())


def test_the_sweep_is_left_as_it_was(monkeypatch):
    before = backward._swept
    monkeypatch.setattr(pole_law, "NETWORKS", problems.NETWORKS[:1])
    rows = cells(pole_law.report(QUICK))
    assert [re.fullmatch(r"-?\d+\.\d %", row[1]) is not None for row in rows] == [
        False,
        *[True] * 3,
    ]
    assert backward._swept is before


def test_the_pages_figures_are_replaced_where_they_were_measured_anew(monkeypatch, tmp_path):
    figures = tmp_path / "figures.md"
    figures.write_text(command.joined({"growth": "as it was", "pole_law": "old"}), "utf-8")
    monkeypatch.setattr(command, "FIGURES", figures)
    monkeypatch.setattr(command, "PLOT", tmp_path / "plot.svg")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("NPROC", "1")
    command.main(["--quick", "--only", "pole_law", "--write-docs"])
    found = command.sections(figures.read_text("utf-8"))
    assert list(found) == ["growth", "pole_law"]
    assert found["growth"] == "as it was"
    assert "the law adds" in found["pole_law"]


def test_the_page_shows_every_table_and_the_plot():
    page = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    kept = command.sections(command.FIGURES.read_text("utf-8"))
    assert tuple(kept) == command.NAMES
    shown = re.findall(r':start-after: "<!-- (\w+) -->"\n:end-before: "<!-- end of \1 -->"', page)
    assert sorted(shown) == sorted(command.NAMES)
    assert command.PLOT.relative_to(ROOT / "docs").as_posix() in page
    assert command.PLOT.exists()
    for name in re.findall(r"python -m benchmarks .*?--only (\w+)", page):
        assert name in command.NAMES


def test_who_is_slower_than_agreed_is_told(capsys):
    goals.hold("a step", {"one": 1.5, "two": 0.5, "absent": 1.0}, {"one": 1.5, "two": 0.75, "x": 9})
    assert capsys.readouterr().err == "a step: two 0.75, at most 0.5\n"
