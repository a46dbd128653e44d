"""Reading and writing files so that a failure is one line for the person who named them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from tinygrad_edu.cli.errors import InputError, quoted
from tinygrad_edu.kit.files import check_writable, write_whole

__all__ = ["check_output", "make_directory", "read_bytes", "write_bytes"]

LARGEST_FILE = 2_000_000_000  # bytes

_REASONS: tuple[tuple[type[OSError], str], ...] = (
    (FileNotFoundError, "there is no such file; check the name and the folder"),
    (IsADirectoryError, "it is a folder; name a file in it"),
    (NotADirectoryError, "part of the path is a file, not a folder; check the path"),
    (PermissionError, "permission denied; choose another place or change its permissions"),
)


def _explained(action: str, path: str | Path, error: OSError) -> InputError:
    reason = next((text for kind, text in _REASONS if isinstance(error, kind)), None)
    if isinstance(error, FileNotFoundError) and action == "write":
        reason = f"the folder {quoted(Path(path).parent)} does not exist; create it first"
    return InputError(f"can't {action} {quoted(path)}: {reason or error.strerror or error}")


def read_bytes(path: str | Path) -> bytes:
    """The content of a file or a pipe.

    Raises
    ------
    InputError
        If it can't be read, or has over 2 GB: some devices have no end.
    """
    try:
        with open(path, "rb") as file:
            size, found, parts = os.fstat(file.fileno()).st_size, 0, []
            while max(size, found) <= LARGEST_FILE and (part := file.read(1 << 20)):
                parts.append(part)
                found += len(part)
    except OSError as error:
        raise _explained("read", path, error) from None
    except ValueError:  # a null character in the name
        raise InputError(f"can't read {quoted(path)}: that can't be the name of a file") from None
    if max(size, found) > LARGEST_FILE:
        raise InputError(f"{quoted(path)} has over {LARGEST_FILE / 1e9:g} GB; give a smaller file")
    return b"".join(parts)


def check_output(path: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """Raise now, before any long work, what writing `path` would raise at its end.

    Raises
    ------
    InputError
        If the file can't be written, or is one of `inputs`, which it would replace.
    """
    for source in inputs:
        if _same_file(path, source):
            raise InputError(
                f"the output {quoted(path)} would replace the input file; choose another name"
            )
    try:
        check_writable(path)
    except OSError as error:
        raise _explained("write", path, error) from None
    except ValueError:
        raise InputError(f"can't write {quoted(path)}: that can't be the name of a file") from None


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write the whole file or nothing.

    Examples
    --------
    >>> import tempfile
    >>> from tinygrad_edu.cli.files import read_bytes, write_bytes
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes(f"{folder}/a.txt", b"all of it")
    ...     read_bytes(f"{folder}/a.txt")
    b'all of it'
    """
    try:
        write_whole(path, content)
    except OSError as error:
        raise _explained("write", path, error) from None


def make_directory(path: str | Path) -> None:
    """Make the folder, and those above it, where they do not exist."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(
            f"can't make the folder {quoted(path)}: there is a file of that name"
        ) from None
    except OSError as error:
        raise _explained("write", path, error) from None


def _same_file(path: str | Path, other: str | Path) -> bool:
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):  # one of them does not exist
        return False
