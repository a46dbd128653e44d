"""The arrays of an .npz file that nobody vouches for: looked at before anything is unpacked.

A few bytes can unpack to any number of them, a header can claim any shape, and an array of objects
is a program. So the directory of the archive is read first, then each header, then the numbers.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.cli.errors import InputError, quoted

__all__ = ["arrays"]

GROWTH = 16  # what an array may have more than its file: `save` does not compress at all
SPARE = 1_000_000  # bytes that may be unpacked in any case
MOST = 10_000  # arrays

_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack without a bound
_HEADERS: dict[Any, Callable[[Any], Any]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def arrays(content: bytes, path: Any) -> dict[str, Any]:
    """The arrays of an archive, by name.

    Raises
    ------
    InputError
        If they would have far more bytes than the file.
    ValueError, OSError, zipfile.BadZipFile, zlib.error and others
        If it is no archive of arrays of plain numbers and text, each of one name, or damaged.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MOST or len({each.filename for each in members}) < len(members):
            raise ValueError("members")
        if any(each.compress_type not in _PLAIN or each.flag_bits & 1 for each in members):
            raise ValueError("method")
        size = sum(each.file_size for each in members)
        if size > GROWTH * len(content) + SPARE:
            raise InputError(
                f"{quoted(path)} has {len(content) / 1e6:.1f} MB and would unpack to "
                f"{size / 1e6:,.0f} MB, which no saved model does; train one anew"
            )
        return {each.filename.removesuffix(".npy"): _array(archive, each, size) for each in members}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> Any:
    """One array, whose header agrees with what the directory says of its size."""
    with archive.open(member) as file:
        content = file.read(min(member.file_size, most))
    if len(content) != member.file_size:
        raise ValueError("size")
    start = io.BytesIO(content)
    shape, fortran, dtype = _HEADERS[np.lib.format.read_magic(start)](start)
    place, count = start.tell(), math.prod(shape)
    if dtype.hasobject or not dtype.itemsize or any(length < 0 for length in shape):
        raise ValueError("dtype")
    if count * dtype.itemsize != len(content) - place:
        raise ValueError("shape")
    flat = np.frombuffer(content, dtype, count, place) if count else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")
