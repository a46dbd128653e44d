"""How to install what an extra brings: from where the package itself came."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["install"]


def install(extra: str) -> str:
    """The command that installs the package with an extra, as ``pip install '.[draw]'``.

    It names the checkout, or the file, that the package was installed from, as long as that is
    there; the name alone would have to be known to an index of packages.
    """
    place = _origin()
    if place is None:
        return f"in a checkout of tinygrad_edu, pip install '.[{extra}]'"
    return f"pip install '{place}[{extra}]'"


def _origin() -> Path | None:
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout
    try:
        told = metadata.distribution("tinygrad-edu").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    url = urlsplit(json.loads(told or "{}").get("url", ""))
    path = Path(unquote(url.path))
    return path if url.scheme == "file" and path.exists() else None
