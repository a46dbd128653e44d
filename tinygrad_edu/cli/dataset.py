"""From a table to what a network is trained on: features, targets, a held-out part, one scale."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.cli.errors import InputError, quoted
from tinygrad_edu.cli.table import Table

__all__ = ["Dataset", "Scaling", "dataset", "feature_matrix", "split"]

FEWEST_ROWS = 10
HELD_OUT = 0.2


@dataclass(frozen=True)
class Dataset:
    """Inputs of shape (n, features); targets of shape (n,): numbers, or positions in `classes`."""

    features: tuple[str, ...]
    target: str
    inputs: Any
    targets: Any
    classes: tuple[str, ...] | None


@dataclass(frozen=True)
class Scaling:
    """Makes columns have mean 0 and standard deviation 1, where they were measured."""

    means: Any
    scales: Any

    @classmethod
    def of(cls, columns: Any) -> Scaling:
        """Measure the columns of an array; a constant one is only moved to 0.

        Examples
        --------
        >>> import numpy as np
        >>> from tinygrad_edu.cli.dataset import Scaling
        >>> Scaling.of(np.array([[1.0, 7.0], [3.0, 7.0]])).scales
        array([1., 1.])
        """
        means = np.mean(columns, axis=0)
        deviations = columns - means
        # Scaled before they are squared, so that squares of what is tiny do not become 0.
        largest = np.max(np.abs(deviations), axis=0)
        constant = np.ptp(columns, axis=0) == 0
        largest = np.where(constant, 1.0, largest)
        spread = largest * np.sqrt(np.mean(np.square(deviations / largest), axis=0))
        return cls(means, np.where(constant, 1.0, spread))

    def apply(self, columns: Any) -> Any:
        """The columns, standardised."""
        with np.errstate(over="ignore"):
            return (columns - self.means) / self.scales

    def undo(self, columns: Any) -> Any:
        """The columns as they were before `apply`."""
        return columns * self.scales + self.means


def dataset(table: Table, target: str, ignore: Collection[str], classify: bool) -> Dataset:
    """The features and targets of a table.

    Raises
    ------
    InputError
        If there is nothing to learn from, or a cell is not what it has to be.
    """
    targets, classes = _targets(table, target, classify)
    for name in ignore:
        table.text(name) if name not in table.cells else None  # raises, with what is near
        if name == target:
            raise InputError(f"{quoted(name)} is the target and is to be ignored; choose one")
    left_out = {target, *ignore}
    features = tuple(name for name in table.columns if name not in left_out)
    if not features:
        raise InputError(
            f"{quoted(table.source)} has no columns to predict {quoted(target)} from; add features"
        )
    if len(table) < FEWEST_ROWS:
        raise InputError(
            f"{quoted(table.source)} has {len(table)} rows of data; training and testing need at "
            f"least {FEWEST_ROWS}"
        )
    inputs = feature_matrix(table, features, "correct it, or leave the column out with --ignore")
    return Dataset(features, target, inputs, targets, classes)


def feature_matrix(table: Table, features: Collection[str], advice: str) -> Any:
    """The columns of these names, of shape (rows, features)."""
    return np.stack([table.numbers(name, advice) for name in features], axis=1)


def _targets(table: Table, target: str, classify: bool) -> tuple[Any, tuple[str, ...] | None]:
    cells = table.text(target)
    numeric = 0 if classify else table.count_numbers(target)
    if numeric:
        advice = "the column's other cells are numbers: correct it, or pass --classify"
        values = table.numbers(target, advice)
        if np.ptp(values) == 0:
            raise InputError(
                f"{quoted(table.source)}, column {quoted(target)}: every value is {cells[0]}; "
                "there is nothing to predict, choose another target"
            )
        return values, None
    for index, cell in enumerate(cells):
        if cell.lower() in ("nan", "null", "none", "n/a", "na"):
            raise InputError(
                f"{table.place(index, target)}: {quoted(cell)} stands for no value; fill the cell "
                "in, or delete the row"
            )
    classes = sorted(set(cells))  # as an array of text each would take what the longest one does
    if len(classes) == 1:
        raise InputError(
            f"{quoted(table.source)}, column {quoted(target)}: the only class is "
            f"{quoted(classes[0])}; there must be two or more to tell apart"
        )
    if len(classes) > len(cells) // 2:
        raise InputError(
            f"{quoted(table.source)}, column {quoted(target)}: {len(classes)} classes in "
            f"{len(cells)} rows; each needs several rows, choose another target"
        )
    places = {name: place for place, name in enumerate(classes)}
    return np.array([places[cell] for cell in cells]), tuple(classes)


def split(data: Dataset, seed: int) -> tuple[Any, Any]:
    """The rows to train on and the rows to test on: in the same proportions of classes.

    Of every class at least one row is trained on; which ones are tested on depends on `seed` alone.
    """
    rng = np.random.default_rng(seed)
    groups = np.zeros(len(data.targets), int) if data.classes is None else data.targets
    held_out = np.zeros(len(groups), bool)
    for group in np.unique(groups):
        rows = rng.permutation(np.flatnonzero(groups == group))
        count = min(max(1, round(HELD_OUT * len(rows))), len(rows) - 1)
        held_out[rows[:count]] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)
