"""Small pictures with few colours, as PNG: https://www.w3.org/TR/png-3/."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np

__all__ = ["data_url", "indexed_png"]


def indexed_png(rgba: Any, opacities: int) -> bytes:
    """An image in which each opacity is rounded to one of a few, so that it has few colours.

    Parameters
    ----------
    rgba : array, shape (rows, columns, 4)
        From 0 to 1; the top row first.
    opacities : int
        How many there are from 0 to 1. Together with the colours they may make 256 different ones.
    """
    rounded = np.array(rgba)
    rounded[..., 3] = np.round(rounded[..., 3] * (opacities - 1)) / (opacities - 1)
    rows, columns, _ = rounded.shape
    pixels = np.round(rounded * 255).astype(np.uint8).reshape(-1, 4)
    colours, places = np.unique(pixels, axis=0, return_inverse=True)
    lines = np.zeros((rows, columns + 1), np.uint8)  # each begins with a 0: it is not filtered
    lines[:, 1:] = places.reshape(rows, columns)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)  # 8 bits, colours by index
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, content)
        for kind, content in (
            (b"IHDR", header),
            (b"PLTE", colours[:, :3].tobytes()),
            (b"tRNS", colours[:, 3].tobytes()),
            (b"IDAT", zlib.compress(lines.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


def data_url(png: bytes) -> str:
    """The picture itself as an address, so that it needs no file of its own."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
