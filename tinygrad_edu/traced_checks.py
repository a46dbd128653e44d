"""What a trace of a whole function has to look at again whenever it is run."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Checks"]


class Checks(list[Any]):
    """The numbers that may not be NaN, and the conditions that may not hold, when a trace is run.

    Attributes
    ----------
    constants : dict
        The constant arrays that the trace uses, by id, each with a copy of what it was then.
    replaced : bool
        Whether an in-place operator gave any name to another value.
    """

    def __init__(self) -> None:
        super().__init__()
        self.constants: dict[int, tuple[Any, Any]] = {}
        self.replaced = False

    def use(self, argument: Any) -> None:
        """Keep the arrays among the arguments of a call."""
        if isinstance(argument, np.ndarray):
            if id(argument) not in self.constants:
                self.constants[id(argument)] = argument, argument.copy()
        elif isinstance(argument, tuple | list):
            for each in argument:
                self.use(each)
