"""All benchmarks of speed and memory, by one command.

    python -m benchmarks [--only NAME ...] [--rounds N] [--quick] [--markdown FILE]
                         [--plot FILE.svg] [--write-docs]

Prints a table for each. Packages that are not installed are left out. Everything runs on one thread
unless OMP_NUM_THREADS says otherwise. `--write-docs` puts the tables, and the plot, where the
documentation shows them; tables that were not measured stay as they are there.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = (
    "network_step",
    "elementwise_chain",
    "start_up",
    "growth",
    "long_chain",
    "transforms",
    "pole_law",
    "drawing",
    "gradient_checks",
)

DOCS = Path(__file__).parent.parent / "docs"
FIGURES, PLOT = DOCS / "benchmark-figures.md", DOCS / "images" / "growth.svg"


def one_thread() -> None:
    """Unless it is said otherwise; before NumPy, or another, is imported and starts its threads."""
    threads = os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("NPROC", threads)  # XLA's name for it


def sections(text: str) -> dict[str, str]:
    """What stands between ``<!-- NAME -->`` and ``<!-- end of NAME -->``, by name."""
    return dict(re.findall(r"<!-- (\w+) -->\n(.*?)\n<!-- end of \1 -->", text, re.S))


def joined(found: dict[str, str]) -> str:
    """The file of these sections."""
    names = [name for name in NAMES if name in found]
    return "\n".join(f"<!-- {name} -->\n{found[name]}\n<!-- end of {name} -->\n" for name in names)


def main(arguments: list[str] | None = None) -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME",
                        help=f"of {', '.join(NAMES)}")  # fmt: skip
    parser.add_argument("--rounds", type=int, help="in place of each one's own number")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: to see that all runs")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="for the tables")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="for the growth curves")
    parser.add_argument("--write-docs", action="store_true", help=f"write docs/{FIGURES.name}")
    given = parser.parse_args(arguments)
    one_thread()
    measured = {}
    for name, section in sections_measured(given):
        measured[name] = section
        if given.markdown:
            given.markdown.write_text(joined(measured), "utf-8")
        if given.write_docs:
            kept = sections(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
            FIGURES.write_text(joined(kept | measured), "utf-8")


def sections_measured(given: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Each benchmark's name and section: its table, and what it was measured on."""
    from benchmarks.environment import environment
    from benchmarks.options import Options

    plot = given.plot or (PLOT if given.write_docs else None)
    options = Options(given.rounds, given.quick, plot)
    for name in given.only:
        table = importlib.import_module(f"benchmarks.{name}").report(options)
        if table:
            print(f"\n{name.replace('_', ' ')}\n\n{table}", flush=True)
            yield name, f"{table}\n\n*{environment()}*"
        else:
            print(f"\n{name.replace('_', ' ')}: what it needs is not installed", file=sys.stderr)
    print(f"\n{environment()}")


if __name__ == "__main__":
    main()
