"""The engine of the explorer's page, run by Node, and records to give it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu.drawing.building import build
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.engine import backward
from tinygrad_edu.explorer import encoding
from tinygrad_edu.explorer.record import record
from tinygrad_edu.kit.naming import Names

SCRIPT = Path(__file__).parent / "javascript" / "replay.mjs"


def node_program():
    """Node, without which these tests are skipped, but not where it was promised."""
    found = shutil.which("node")
    if found is None and os.environ.get("CI"):
        pytest.fail("no Node for the tests of the explorer's arithmetic", pytrace=False)
    return found or pytest.skip("apt-get install nodejs: the explorer's arithmetic is JavaScript")


class Replayer:
    """A Node that answers one question a line, for as long as the tests run."""

    def __init__(self):
        self.process = subprocess.Popen(
            [node_program(), str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **question):
        self.process.stdin.write(encoding.text(question) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "exception" not in answer, answer["exception"]
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=20)


def recorded(root, depth=None, **names):
    """The record of `root`, as it arrives in the page; with `depth`, of a collapsed picture."""
    nodes = backward.ordered(root)[::-1]
    whole = build(root, nodes, Names(nodes, names))
    return json.loads(encoding.text(record(root, whole, plan(root, names, depth=depth))))


def replayed(engine, root):
    """The record, which the engine has replayed and agrees with."""
    found = recorded(root)
    assert found["off"] is None
    assert engine.ask(record=found)["verdict"] is None
    return found


def places(root, found):
    """Where each Tensor of the graph stands in the record of it."""
    ids = {entry["id"]: place for place, entry in enumerate(found["nodes"])}
    return {t: ids[f"n{k}"] for k, t in enumerate(backward.ordered(root)[::-1])}


def number(x):
    """A number as it is sent."""
    return encoding.numeral(x)


def agrees(found, expected, rtol=1e-9):
    """Whether numbers from the page are those expected, but for rounding."""
    found, expected = np.array(found, float), np.ravel(expected).astype(float)
    finite = np.abs(expected[np.isfinite(expected)])
    scale = max(1.0, np.max(finite, initial=0))
    return np.allclose(found, expected, rtol=rtol, atol=rtol * scale, equal_nan=True)


def check_changed(engine, build, before, after, seed=None, rtol=1e-9):
    """The engine's numbers for changed leaves, against Python's for the same function of them."""
    leaves, root = build(before)
    root.backward(seed)
    found = replayed(engine, root)
    where = places(root, found)
    changed, other = build(after)
    other.backward(np.asarray(root.grad))
    changes = [
        [where[leaf], k, number(x)]
        for leaf, new in zip(leaves, changed, strict=True)
        if leaf in where
        for k, x in enumerate(np.ravel(new.data))
    ]
    answer = engine.ask(record=found, changes=changes)
    assert agrees(answer["values"][found["output"]], other.data, rtol)
    for leaf, new in zip(leaves, changed, strict=True):
        if leaf in where:
            assert agrees(answer["gradients"][where[leaf]], new.grad, rtol)
    return found
