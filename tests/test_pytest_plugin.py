"""The pytest plugin, in runs of pytest of their own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu
from tinygrad_edu.testing.strategies import matmul_operands

ROOT = Path(tinygrad_edu.__file__).parents[1]
TESTS = """
import numpy as np
from hypothesis import HealthCheck, settings
from tinygrad_edu.testing import given_gradients
from tinygrad_edu.testing.options import CURRENT
from tinygrad_edu.testing.strategies import arrays_on_grid

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
ran = []

@given_gradients(arrays_on_grid(-1, 1, step=1 / 1024, shape=(3,)))
def test_one_line(x):
    if isinstance(x, np.ndarray):
        ran.append(x.tolist())
    return np.sin(x)

def test_how_many_examples_that_were():
    print("EXAMPLES", len({str(x) for x in ran if all(np.array(x) * 1024 % 1 == 0)}))

def test_fixture(gradcheck):
    report = gradcheck(np.sin, np.array([0.5, 1.0]))
    print("ORDER", report.order, "SEED", CURRENT.seed)

def test_fixture_with_strategies(gradcheck):
    gradcheck(np.multiply, arrays_on_grid(), 2.0)

def test_pair(gradcheck):
    gradcheck(np.square, 3.0, vjp=lambda g, x: 2 * g * x)

def test_wrong(gradcheck):
    gradcheck(np.square, 3.0, vjp=lambda g, x: g * x)
"""


def test_entropy(gradcheck):
    gradcheck(lambda p: -np.sum(p * np.log(p)), np.array([0.5, 0.25]), order=2)
    gradcheck(np.matmul, matmul_operands())


@pytest.fixture
def pytest_run(tmp_path):
    """Run pytest on some source, in a process of its own, with the plugin."""

    def run(source, *options):
        (tmp_path / "test_it.py").write_text(source)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "pytest_tinygrad_edu", "-p", "no:cacheprovider",
             "-p", "no:randomly", "-q", *options, "test_it.py"],
            cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""}, text=True,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    return run


def test_options_reach_the_tests_and_failures_are_readable(pytest_run):
    options = ("--gradcheck-examples", "7", "--gradcheck-order=2", "--gradcheck-seed=5")
    out = pytest_run(TESTS, "-rP", *options)
    assert "1 failed, 5 passed" in out
    assert "ORDER 2 SEED 5" in out
    drawn = int(out.partition("EXAMPLES ")[2].split()[0])
    assert drawn <= 8
    assert (
        "E       tinygrad_edu.testing.report.MismatchError: the gradient of square is wrong" in out
    )
    assert "diagnosis: half of what it should be" in out
    assert not any(name in out for name in ("failure.py", "given.py", "pairs.py", "check.py"))


def test_wrong_options_are_refused(pytest_run):
    out = pytest_run(TESTS, "--gradcheck-examples", "none")
    assert "--gradcheck-examples: invalid integer from 1 upwards value: 'none'" in out
    assert "--gradcheck-order: invalid" in pytest_run(TESTS, "--gradcheck-order", "0")


def test_the_random_state_is_left_alone_and_nothing_is_loaded_unused(pytest_run):
    out = pytest_run(
        "import sys\n"
        "def test_light():\n"
        "    loaded = {'numpy', 'hypothesis', 'tinygrad_edu'} & set(sys.modules)\n"
        "    assert loaded == set()\n"
        "def test_random(gradcheck):\n"
        "    import random; import numpy as np\n"
        "    before = random.getstate(), np.random.get_state()[1].tolist()\n"
        "    gradcheck(np.sin, 1.0)\n"
        "    assert before == (random.getstate(), np.random.get_state()[1].tolist())\n",
        "-p", "no:hypothesispytest",
    )  # fmt: skip
    assert "2 passed" in out, out
