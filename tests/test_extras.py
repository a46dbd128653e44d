"""What an error says of how to get an extra is what works: the place the package came from."""

import json
from pathlib import Path

import pytest

from tinygrad_edu.kit import extras


def test_from_a_checkout_it_names_the_checkout():
    assert extras.install("draw") == f"pip install '{Path(extras.__file__).parents[2]}[draw]'"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The package as if it stood in site-packages, and pip had written down where it came from."""

    def from_url(url):
        told = None if url is None else json.dumps({"url": url})
        distribution = type("Distribution", (), {"read_text": lambda self, name: told})()
        monkeypatch.setattr(extras.metadata, "distribution", lambda name: distribution)

    monkeypatch.setattr(
        extras, "__file__", str(tmp_path / "site" / "tinygrad_edu" / "kit" / "extras.py")
    )
    return from_url


def test_from_a_wheel_or_a_folder_it_names_these(tmp_path, installed):
    place = tmp_path / "a folder" / "it.whl"
    place.parent.mkdir()
    place.touch()
    for path in (place, place.parent):
        installed(path.as_uri())
        assert extras.install("plot") == f"pip install '{path}[plot]'"


@pytest.mark.parametrize("url", [None, "https://example.org/it.whl", "file:///no/such/folder"])
def test_from_elsewhere_it_asks_for_a_checkout(installed, url):
    installed(url)
    assert extras.install("jit") == "in a checkout of tinygrad_edu, pip install '.[jit]'"


def test_without_metadata(installed, monkeypatch):
    def missing(name):
        raise extras.metadata.PackageNotFoundError(name)

    installed(None)
    monkeypatch.setattr(extras.metadata, "distribution", missing)
    assert "in a checkout" in extras.install("jit")
