"""Tables of numbers and text in CSV files, read so that no cell is misunderstood in silence."""

from __future__ import annotations

import csv
import difflib
import io
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_edu.cli.errors import InputError, one_line, quoted
from tinygrad_edu.cli.files import read_bytes

__all__ = ["Table", "listed", "parse_table", "read_table"]

SHOWN, LONGEST_NAME = 12, 100  # of names in a message
LARGEST = 1e100  # squares of what is larger overflow when the mean and the spread are computed


@dataclass(frozen=True)
class Table:
    """The cells of a CSV file, by column.

    `rows` are the numbers of the rows as a spreadsheet counts them: the header is row 1.
    """

    source: str
    cells: dict[str, tuple[str, ...]]
    rows: tuple[int, ...]
    decimal_comma: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in the header."""
        return tuple(self.cells)

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, column: str) -> tuple[str, ...]:
        """The cells of a column as they stand; none may be empty."""
        if column not in self.cells:
            similar = _similar(column, self.columns)
            shown = listed(self.columns)
            hint = f"did you mean {quoted(similar)}?" if similar else f"its columns are {shown}"
            raise InputError(f"{quoted(self.source)} has no column {quoted(column)}; {hint}")
        for index, cell in enumerate(self.cells[column]):
            if not cell:
                raise InputError(
                    f"{self.place(index, column)} is empty; fill the cell in, or delete the row"
                )
        return self.cells[column]

    def numbers(self, column: str, advice: str = "correct the cell, or delete the row") -> Any:
        """The cells of a column as an array of floats.

        Raises
        ------
        InputError
            If a cell is empty or is not a finite number; `advice` says what can be done then.
        """
        values = [number(cell, self.decimal_comma) for cell in self.text(column)]
        if None in values:
            index = values.index(None)
            cell = self.cells[column][index]
            raise InputError(
                f"{self.place(index, column)}: {quoted(cell)} {_fault(cell)}; {advice}"
            )
        return np.array(values, dtype=np.float64)

    def count_numbers(self, column: str) -> int:
        """How many cells of a column are numbers."""
        return sum(number(cell, self.decimal_comma) is not None for cell in self.text(column))

    def place(self, index: int, column: str) -> str:
        """Where a cell is, as a message says it."""
        return f"{quoted(self.source)}, row {self.rows[index]}, column {quoted(column)}"


def listed(names: Iterable[str]) -> str:
    """Names for a message: the first dozen.

    Examples
    --------
    >>> from tinygrad_edu.cli.table import listed
    >>> print(listed(["length", "width"]))
    "length", "width"
    """
    first = list(itertools.islice(names, SHOWN + 1))
    return ", ".join(map(quoted, first[:SHOWN])) + (", ..." if len(first) > SHOWN else "")


def _similar(column: str, columns: Iterable[str]) -> str | None:
    """The name that was likely meant; whole texts are not compared, as that takes long."""
    if len(column) > LONGEST_NAME:
        return None
    known = [name for name in itertools.islice(columns, 1000) if len(name) <= LONGEST_NAME]
    return next(iter(difflib.get_close_matches(column, known, n=1)), None)


def number(cell: str, decimal_comma: bool = False) -> float | None:
    """The number that a cell holds; None if it is not one, is not finite, or is over 1e100.

    Examples
    --------
    >>> from tinygrad_edu.cli.table import number
    >>> number("1.5"), number("1e3"), number("n/a"), number("inf")
    (1.5, 1000.0, None, None)
    >>> number("1,5", decimal_comma=True)
    1.5
    """
    if not cell.isascii() or "_" in cell:  # Python reads ٣ and 1_000 as numbers
        return None
    if decimal_comma:
        if "." in cell:
            return None
        cell = cell.replace(",", ".", 1)
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= LARGEST else None


def _fault(cell: str) -> str:
    """Why `number` gives None for a cell."""
    try:
        value = float(cell)
    except ValueError:
        return "is not a number"
    if not math.isfinite(value):
        return "is not a finite number"
    return f"is over {LARGEST:g}" if abs(value) > LARGEST else "is not a number written plainly"


def read_table(path: str | Path) -> Table:
    """Read a CSV file: UTF-8, a header of distinct names, separated by commas or semicolons.

    Raises
    ------
    InputError
        If the file can't be read or is anything else, saying where.
    """
    data = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"{quoted(path)} is not UTF-8 text: byte 0x{data[error.start]:02x} in line {line}; "
            'save it as "CSV UTF-8"'
        ) from None
    return parse_table(text, str(path))


def parse_table(text: str, source: str) -> Table:
    """The table in the text of a CSV file.

    Examples
    --------
    >>> from tinygrad_edu.cli.table import parse_table
    >>> table = parse_table("height;species\\n1,5;oak\\n2,25;ash\\n", "trees.csv")
    >>> table.numbers("height")
    array([1.5 , 2.25])
    >>> table.text("species")
    ('oak', 'ash')
    """
    if not text.strip():
        raise InputError(f"{quoted(source)} is empty; it needs a header row and rows of data")
    separator = _separator(text, source)
    records = _records(text, source, separator)
    header = next(records, (1, [""]))[1]
    _check_header(header, source)
    rows, body = [], []
    for row, record in records:
        if len(record) != len(header):
            raise InputError(
                f"{quoted(source)}, row {row} has {len(record)} cells and the header has "
                f"{len(header)}; {_ragged(record, header)}"
            )
        rows.append(row)
        body.append(record)
    if not body:
        raise InputError(f"{quoted(source)} has a header and no rows of data; add some")
    columns = dict(zip(header, zip(*body, strict=True), strict=True))
    comma = separator == ";" and any(
        "," in cell and number(cell, decimal_comma=True) is not None
        for column in columns.values()
        for cell in column
    )
    return Table(source, columns, tuple(rows), comma)


def _records(text: str, source: str, separator: str) -> Any:
    """The rows that are not blank, with their numbers."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True
    )
    try:
        for row, record in enumerate(reader, start=1):
            cells = [cell.strip() for cell in record]
            if any(cells) or len(cells) > 1:
                yield row, cells
    except csv.Error as error:
        raise InputError(
            f"{quoted(source)}, line {reader.line_num}: not CSV ({one_line(error)}); "
            "check the quotation marks in and above this line"
        ) from None


def _separator(text: str, source: str) -> str:
    header = text.strip().splitlines()[0]
    try:
        cells = next(csv.reader([header], skipinitialspace=True))
    except (csv.Error, StopIteration):
        return ","
    if len(cells) == 1 and "\t" in header:
        raise InputError(f"{quoted(source)} is separated by tabs; save it separated by commas")
    if len(cells) == 1 and ";" in header:
        return ";"
    return ","


def _check_header(header: list[str], source: str) -> None:
    first: dict[str, int] = {}
    for place, name in enumerate(header):
        if not name:
            raise InputError(
                f"{quoted(source)}: column {place + 1} has no name in the header; give it one "
                "(pandas: df.to_csv(..., index=False))"
            )
        if first.setdefault(name, place) != place:
            raise InputError(
                f"{quoted(source)}: columns {first[name] + 1} and {place + 1} are both "
                f"named {quoted(name)}; rename one"
            )


def _ragged(record: list[str], header: list[str]) -> str:
    if len(record) > len(header):
        return "put a cell that contains the separator in double quotes, or remove what is too much"
    return f"the first missing one is {quoted(header[len(record)])}"
