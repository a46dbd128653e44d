"""Run as a program: the Graphviz that pygraphviz carries, DOT in, a picture out.

In a process of its own it can be stopped, and what it prints or breaks stays there.
"""

from __future__ import annotations

import sys


def main(folder: str, suffix: str) -> None:
    """Lay out the DOT on the standard input, and write it as `suffix`."""
    sys.path.append(folder)  # where the caller found pygraphviz, last: it shadows nothing
    import pygraphviz

    graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
    sys.stdout.buffer.write(graph.draw(format=suffix, prog="dot"))


if __name__ == "__main__":
    main(*sys.argv[1:])
