"""Writing a file: whole or not at all, through links, with the rights that it had."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from contextlib import suppress

__all__ = ["check_writable", "write_whole"]

_UNREPLACEABLE = (errno.EBUSY, errno.EXDEV)  # a file that is a mount of its own, as in a container


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that nobody sees half of it, and a failure leaves what was there.

    The content is written beside the file, and takes its place in one step. A link is written
    through. What is replaced keeps its permissions; what is new has those of every new file. Pipes,
    devices and ``/dev/stdout`` are written into.

    Raises
    ------
    OSError
        If it can't be written, naming `path`: also for a file that may not be written into, in a
        folder that may.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/a.txt", b"all of it")
    ...     Path(folder, "a.txt").read_bytes()
    b'all of it'
    """
    try:
        _write(path, content)
    except OSError as error:
        raise _named(error, path) from None


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise now, before any long work, what `write_whole` would raise at its end."""
    try:
        descriptor = _descriptor(path)
        if descriptor is not None:
            os.fstat(descriptor)  # that it is open
            return
        status = _status(path)
        if status is not None:
            _require_permission(path)
        if status is None or stat.S_ISREG(status.st_mode):
            target = os.path.realpath(path)
            try:
                neighbour, descriptor = _neighbour(target, 0o600)
            except PermissionError:
                if status is None:
                    raise
            else:
                os.close(descriptor)
                os.unlink(neighbour)
    except OSError as error:
        raise _named(error, path) from None


def _named(error: OSError, path: str | os.PathLike[str]) -> OSError:
    """The same error, of the path as it was given."""
    return type(error)(error.errno, error.strerror, os.fspath(path))


def _write(path: str | os.PathLike[str], content: bytes) -> None:
    descriptor = _descriptor(path)
    if descriptor is not None:
        if sys.stdout is not None:
            sys.stdout.flush()  # what was said before stands before it
        _all(descriptor, content)
        return
    status = _status(path)
    if status is None:
        _replace(os.path.realpath(path), content, None)
        return
    _require_permission(path)
    if not stat.S_ISREG(status.st_mode):
        with open(path, "wb", buffering=0) as file:
            _all(file.fileno(), content)
        return
    target = os.path.realpath(path)
    try:
        _replace(target, content, status)
    except OSError as error:
        if not isinstance(error, PermissionError) and error.errno not in _UNREPLACEABLE:
            raise
        _overwrite(target, content)


def _status(path: str | os.PathLike[str]) -> os.stat_result | None:
    """What is there, None if nothing is yet.

    Asked of the path and not of where its links lead, so that the system can refuse a link that
    somebody else has laid in a folder for all.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return status


def _require_permission(path: str | os.PathLike[str]) -> None:
    """A file that may not be written into is not replaced either, though its folder allows it."""
    effective = os.access in os.supports_effective_ids
    if not os.access(path, os.W_OK, effective_ids=effective):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _descriptor(path: str | os.PathLike[str]) -> int | None:
    """Of ``/dev/stdout`` and the like on Linux, which are links to what is open: its number."""
    seen = os.path.abspath(path)
    own = f"/proc/{os.getpid()}/fd"
    for _ in range(40):  # as many links as the system follows
        folder, name = os.path.split(seen)
        if name.isdecimal() and os.path.realpath(folder) == own:
            return int(name)
        try:
            seen = os.path.join(folder, os.readlink(seen))
        except OSError:
            return None
    return None


def _replace(target: str, content: bytes, before: os.stat_result | None) -> None:
    neighbour, descriptor = _neighbour(target, 0o666 if before is None else 0o600)
    try:
        try:
            _all(descriptor, content)
        finally:
            os.close(descriptor)
        if before is not None:
            _give_rights(neighbour, before)
        os.replace(neighbour, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(neighbour)
        raise


def _neighbour(target: str, mode: int) -> tuple[str, int]:
    """A new file in the same folder, open."""
    name = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return name, os.open(name, flags, mode)


def _give_rights(neighbour: str, before: os.stat_result) -> None:
    """The owner and the permissions of what is replaced; nobody gets more than they had."""
    mode = stat.S_IMODE(before.st_mode) & 0o777
    own = os.stat(neighbour)
    if (own.st_uid, own.st_gid) != (before.st_uid, before.st_gid):
        for owner in (before.st_uid, -1):
            with suppress(OSError):  # of another owner, or of a group that isn't ours
                os.chown(neighbour, owner, before.st_gid)
                break
        if os.stat(neighbour).st_gid != before.st_gid:
            mode &= ~0o070
    os.chmod(neighbour, mode)


def _overwrite(target: str, content: bytes) -> None:
    """Write into a file that can't be replaced; if that fails it gets its content back."""
    with open(target, "r+b", buffering=0) as file:
        before = file.read()
        try:
            _filled(file.fileno(), content)
        except BaseException:
            _filled(file.fileno(), before)
            raise


def _filled(descriptor: int, content: bytes) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    _all(descriptor, content)
    os.ftruncate(descriptor, len(content))


def _all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
