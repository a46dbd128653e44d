"""The page as HTML: the picture, the record, the styles and the scripts in one document."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import warnings
from collections.abc import Iterable, Mapping
from importlib import resources
from string import Template
from typing import Any
from xml.etree import ElementTree

from tinygrad_edu.drawing.building import build
from tinygrad_edu.drawing.folding import close_chains
from tinygrad_edu.drawing.output import Job
from tinygrad_edu.drawing.parts import Plan
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.engine import backward
from tinygrad_edu.explorer import LargePageWarning, assemble, encoding
from tinygrad_edu.explorer.formulas import add_formulas
from tinygrad_edu.explorer.hooks import hook
from tinygrad_edu.explorer.insides import insides
from tinygrad_edu.explorer.picture import call, lighten, picture, vary
from tinygrad_edu.explorer.readable import table
from tinygrad_edu.explorer.record import record
from tinygrad_edu.kit.naming import Names
from tinygrad_edu.kit.palette import stylesheet
from tinygrad_edu.kit.text import clean
from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["document"]

WIDTH = 960  # pixels of the picture: beside a text it can still be read when all of it is seen
LARGE, LARGEST = 2_000_000, 10_000_000  # bytes
_WAY_OUT = (
    "explore a part of the graph: an intermediate Tensor, a smaller batch, fewer steps or rows"
)


def document(
    t: Any,
    names: Mapping[str, Any] | None,
    parameters: Iterable[Any],
    depth: int | None,
    job: Job,
) -> str:
    """The page for the graph of `t`.

    Raises
    ------
    TypeError, ValueError
        As `explore` does.
    """
    whole, shown, known = _planned(
        t, names, list(parameters), depth, None if job.downwards else WIDTH
    )
    data = record(t, whole, shown)
    add_formulas(data, t, names)
    closed = insides(whole, shown, known, data, job)
    data["insides"] = [each.calls for each in closed]
    titles = {card: each["name"] for inside in closed for card, each in inside.calls.items()}
    for node in data["nodes"]:
        if node["role"] == "operation":  # equal calls are told apart by their numbers
            node["box"] = titles.get(node["card"], node["box"])
    svgs = [_svg(shown, data, job), *(each.svg for each in closed)]
    page = _assembled(shown, data, [ElementTree.tostring(each, "unicode") for each in svgs])
    _limit(len(page.encode()))
    return page


def _planned(
    t: Any,
    names: Mapping[str, Any] | None,
    parameters: list[Any],
    depth: int | None,
    width: float | None,
) -> tuple[Plan, Plan, Names]:
    """All of the graph, and what is in the picture, in which calls of modules may be collapsed."""
    if not isinstance(t, Tensor):
        raise TypeError(f"explore: only a Tensor can be explored, not a {type(t).__name__}")
    try:
        shown = plan(t, names, parameters, depth, width=width, shorten=close_chains)
    except ValueError as error:
        raise ValueError(f"explore: {str(error).removeprefix('draw: ')}") from None
    if shown.pending:
        raise ValueError(
            "explore: the gradients have not all been computed; call backward() on the output "
            "first, and explore that same Tensor"
        )
    nodes = backward.ordered(t)[::-1]
    known = Names(nodes, names, parameters)
    return build(t, nodes, known), shown, known


def _svg(planned: Plan, data: dict[str, Any], job: Job) -> ElementTree.Element:
    """The picture, with room for numbers that change, and marks by which they are found."""
    vary(planned, {edge["link"] for edge in _varying(data)})
    call(planned, {node["id"]: node["label"] for node in data["nodes"]})
    root = picture(planned, job)
    hook(root, planned, {node["id"]: i for i, node in enumerate(data["nodes"])})
    lighten(root)
    root.append(_arrow())
    return root


def _arrow() -> ElementTree.Element:
    """The head of an edge along which a gradient goes back."""
    size = {"refX": "8", "refY": "5", "markerWidth": "4", "markerHeight": "4"}
    arrow = {"id": "te-back", "viewBox": "0 0 10 10", "orient": "auto-start-reverse"}
    marker = ElementTree.Element("marker", arrow | size)
    ElementTree.SubElement(marker, "path", d="M0,0 10,5 0,10z")
    return marker


def _varying(data: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """The edges whose local derivative is one number that sliders can change."""
    for node in data["nodes"]:
        if all(length == 1 for length in node["shape"]):
            yield from (e for e in node["edges"] if e["elementwise"] and e["rule"] is not None)


def _assembled(planned: Plan, data: dict[str, Any], svgs: list[str]) -> str:
    # Neither has a text over several lines: no line needs its indentation.
    style = re.sub(r"/\*.*?\*/|\n\s*", "\n", f"{stylesheet()}\n{_file('style.css')}")
    script = re.sub(r"\n\s*", "\n", assemble.script())
    for name, content in (("style", style), ("script", script)):
        if f"</{name}" in content.lower():
            raise AssertionError(f"the {name} would end its element")
    return Template(_file("page.html")).substitute(
        title=html.escape(clean(planned.title)),
        policy=_policy(script, style),
        style=style,
        script=script,
        data=encoding.text(data),
        svg=svgs[0],
        insides="".join(f"<template>{each}</template>" for each in svgs[1:]),
        table=table(data),
    )


def _file(name: str) -> str:
    return (resources.files("tinygrad_edu.explorer") / "page" / name).read_text("utf-8")


def _policy(script: str, style: str) -> str:
    """Nothing may be loaded, and nothing run or styled but by what is written here."""
    return (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        "img-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _limit(size: int) -> None:
    if size > LARGEST:
        raise ValueError(
            f"explore: the page would have {size / 1e6:.1f} MB, and a browser needs minutes for "
            f"more than {LARGEST / 1e6:.0f} MB; {_WAY_OUT}"
        )
    if size > LARGE:
        warnings.warn(
            f"explore: the page has {size / 1e6:.1f} MB, and is slow to open; {_WAY_OUT}",
            LargePageWarning,
            stacklevel=4,
        )
