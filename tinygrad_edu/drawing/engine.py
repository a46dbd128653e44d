"""Find Graphviz and run it: in a process of its own, with a time limit, its failures reported."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tinygrad_edu.kit.extras import install

__all__ = ["EMBEDDED", "EngineError", "NoEngineError", "command", "render"]

EMBEDDED = "pygraphviz"
VARIABLE = "TINYGRAD_EDU_DOT"


class EngineError(RuntimeError):
    """Graphviz was there, and could not draw the graph."""


class NoEngineError(EngineError):
    """No Graphviz was found."""


def command(engine: str | os.PathLike[str] | None = None) -> list[str]:
    """The command that runs Graphviz, without its options.

    In this order: `engine`, the environment variable ``TINYGRAD_EDU_DOT``, the system's ``dot``,
    the Graphviz that pygraphviz carries. The first two are a path, or the word ``pygraphviz``.

    Raises
    ------
    NoEngineError
        If there is none, or not the one asked for.
    """
    asked, by = os.fspath(engine or ""), "engine="
    if not asked:
        asked, by = os.environ.get(VARIABLE, ""), f"the environment variable {VARIABLE} = "
    if asked and asked != EMBEDDED:
        found = shutil.which(asked)
        if found is None:
            raise NoEngineError(
                f"{by}{asked!r} is no program that can be run; give the path of Graphviz's dot, or "
                f"{EMBEDDED!r} for the Graphviz that comes with the extra: {install('draw')}"
            )
        return [found]
    system = None if asked else shutil.which("dot")
    if system is not None:
        return [system]
    spec = importlib.util.find_spec("pygraphviz")
    if spec is None or spec.origin is None:
        raise NoEngineError(
            f"no Graphviz to lay out the picture: {install('draw')} brings one; or "
            "install Graphviz itself (https://graphviz.org/download), so that dot is on the PATH; "
            "to_dot() works without"
        )
    folder = Path(spec.origin).parent.parent
    # -P: else the modules beside the program would stand before the standard library's.
    return [sys.executable, "-P", str(Path(__file__).with_name("embedded.py")), str(folder)]


def render(
    source: str, suffix: str, engine: str | os.PathLike[str] | None, time_limit: float
) -> bytes:
    """The picture of `source` in the format `suffix`.

    Raises
    ------
    EngineError
        If Graphviz fails, says that a label is wrong, or takes longer than `time_limit` seconds.
    """
    base = command(engine)
    option = suffix if len(base) > 1 else f"-T{suffix}"
    try:
        done = subprocess.run(
            [*base, option], input=source.encode(), capture_output=True, timeout=time_limit
        )
    except subprocess.TimeoutExpired:
        raise EngineError(
            f"Graphviz took longer than the time limit of {time_limit:g} s; draw a part of the "
            "graph (an intermediate Tensor, a smaller batch), or raise time_limit="
        ) from None
    except OSError as error:
        raise NoEngineError(f"Graphviz at {base[0]} can't be run: {error}") from None
    said = done.stderr.decode(errors="replace").strip()
    # A label with an error is drawn as the node's bare name, and the exit status may still be 0.
    if done.returncode or not done.stdout or "in label of" in said or "syntax error" in said:
        last = said.splitlines()[-1] if said else "and said nothing"
        raise EngineError(
            f"Graphviz ({base[0]}) could not draw the graph as {suffix}: exit status "
            f"{done.returncode}, {last}"
        )
    return done.stdout
