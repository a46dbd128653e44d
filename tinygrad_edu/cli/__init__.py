"""The command line, `tinygrad-edu`: a demonstration, training on CSV files, pictures of formulas,
checks of gradients.

`main` is the entry point. What the commands do is imported when they run, so that ``--help`` is
quick.
"""

from tinygrad_edu.cli.app import app, main

__all__ = ["app", "main"]
