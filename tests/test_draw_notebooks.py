"""What notebooks and Sphinx are given to show."""

import copy
import pickle

import numpy as np
import pytest

from tinygrad_edu import Tensor, draw, nn
from tinygrad_edu.drawing import Picture

SVG, PNG, TEXT = "image/svg+xml", "image/png", "text/plain"


@pytest.fixture
def z():
    z = Tensor(2.0, name="x") * 3.0
    z.name = "z"
    z.backward()
    return z


@pytest.fixture(params=["tensor", "picture"])
def shown(request, z):
    return z if request.param == "tensor" else draw(z)


def test_svg_and_text_unless_others_are_asked_for(shown, z):
    bundle = shown._repr_mimebundle_()
    assert bundle == {SVG: draw(z), TEXT: repr(shown)}
    assert shown._repr_mimebundle_(include=None, exclude=None) == bundle
    assert shown._repr_mimebundle_(include=[], exclude=[]) == bundle  # as marimo asked at first
    assert type(bundle[SVG]) is str


def test_png_only_where_it_is_asked_for(shown):
    (kind, png), = shown._repr_mimebundle_(include={PNG}).items()  # fmt: skip
    assert kind == PNG
    assert png.startswith(b"\x89PNG")
    assert set(shown._repr_mimebundle_(include=[PNG, SVG])) == {PNG, SVG}


def test_what_is_excluded_is_not_given_even_if_it_is_included(shown):
    assert set(shown._repr_mimebundle_(exclude={SVG})) == {TEXT}
    assert set(shown._repr_mimebundle_(exclude=[TEXT])) == {SVG}
    assert shown._repr_mimebundle_(include=[SVG], exclude=[SVG]) == {}
    assert shown._repr_mimebundle_(include=["text/html"]) == {}


def test_a_picture_says_in_words_what_it_is_of(z):
    words = "<Picture: Computation graph of z: 1 operation, 1 input, 1 constant, with gradients>"
    assert repr(draw(z)) == words
    z.name = "a < b & c"
    assert "graph of a < b & c:" in repr(draw(z))


def test_a_picture_is_text_that_can_be_kept(z):
    picture = draw(z)
    for kept in (pickle.loads(pickle.dumps(picture)), copy.copy(picture), copy.deepcopy(picture)):
        assert kept == picture
        assert type(kept) is Picture
        assert PNG not in kept._repr_mimebundle_(include=[PNG])
    assert type(picture + "") is str


def test_where_there_is_no_picture_a_tensor_is_text(monkeypatch, z):
    monkeypatch.setenv("TINYGRAD_EDU_DOT", "/no/such/dot")
    assert z._repr_svg_() is None
    assert z._repr_mimebundle_() == {TEXT: repr(z)}
    assert z._repr_mimebundle_(include=[SVG]) == {}
    assert z._mime_() == (TEXT, repr(z))


# ---- as the notebooks themselves call it ---------------------------------------------------------


class Terminal:
    """IPython's shell, as far as it is asked."""

    class display_formatter:  # noqa: N801
        active_types = (TEXT,)


def test_a_terminal_that_shows_text_alone_draws_nothing(monkeypatch, z):
    IPython = pytest.importorskip("IPython")
    monkeypatch.setattr(IPython, "get_ipython", lambda: Terminal)
    assert z._repr_mimebundle_() == {TEXT: repr(z)}
    assert set(z._repr_mimebundle_(include=[SVG])) == {SVG}
    monkeypatch.setattr(Terminal.display_formatter, "active_types", (TEXT, SVG))
    assert set(z._repr_mimebundle_()) == {TEXT, SVG}


def test_ipython_formats_both(shown, z):
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    data, _ = formatter.format(shown)
    assert data == {SVG: draw(z), TEXT: repr(shown)}
    data, _ = formatter.format(shown, include={PNG})
    assert set(data) == {PNG}
    data, _ = formatter.format(shown, exclude={SVG})
    assert set(data) == {TEXT}


def as_marimo_does(shown):
    """marimo looks for `_display_`, then `_mime_`, then `_repr_html_` and the others."""
    assert not hasattr(shown, "_display_")
    kind, data = shown._mime_()
    return kind, data


def test_marimo_shows_the_svg_within_its_page(shown, z):
    assert as_marimo_does(shown) == ("text/html", draw(z))


def test_a_picture_in_the_page_twice_refers_to_nothing_but_equal_text():
    """Its ids are the same then: no reference may lead to another picture than its own."""
    loss = np.sum(nn.TwoLayerNetwork(2, seed=0)(np.ones((3, 2))))
    picture = draw(loss)
    assert picture == draw(loss)
    for reference in ("url(#", "href", "for=", "aria-describedby"):
        assert reference not in picture
    assert picture.count("aria-labelledby") == 1
