"""Graphviz's SVG made fit for a page: described, styled for light and dark, its ids its own."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from xml.etree import ElementTree

from tinygrad_edu.drawing.measure import width
from tinygrad_edu.drawing.parts import Plan
from tinygrad_edu.kit.palette import FONT, stylesheet
from tinygrad_edu.kit.text import clean

__all__ = ["polish"]

_SVG = "http://www.w3.org/2000/svg"
LONGEST_TITLE = 4000
LONG_TEXT = 20  # points: cards have room for a shorter one in a font that is a third wider
SCALE = 0.9  # text of 15 points is laid out, and shown in 13.5 pixels


def polish(raw: bytes, plan: Plan, source: str) -> str:
    """The SVG for `plan` from what Graphviz made of `source`.

    Ids begin with a digest of the source: several pictures can share a page, and the same graph
    gives the same bytes.
    """
    prefix = "t" + hashlib.sha256(source.encode()).hexdigest()[:8]
    root = ElementTree.fromstring(raw)
    parents = {child: parent for parent in root.iter() for child in parent}
    tooltips = {card.id: card.tooltip for card in plan.cards}
    tooltips |= {link.id: link.tooltip for link in plan.links}
    tooltips |= {box.id: box.title for box in plan.boxes}
    for element in list(root.iter()):
        element.tag = str(element.tag).rpartition("}")[2]
        # A tooltip that Graphviz wrote as a link, in a group of its own: the title below is ours.
        if element.tag == "a" or element.get("id", "").startswith("a_"):
            holder = parents[element]
            at = list(holder).index(element)
            holder[at : at + 1] = list(element)
            parents.update(dict.fromkeys(element, holder))
        elif element.tag == "title":
            name = parents[element].get("id", "")
            lines = tooltips.get(name, "")[:LONGEST_TITLE].split("\n")
            element.text = "\n".join(clean(each) for each in lines)
    for element in root.iter():
        for key in [key for key in element.keys() if "}" in key]:  # noqa: SIM118 (not a dict)
            del element.attrib[key]
        element.attrib.pop("font-family", None)  # that of the root is inherited
        if element.tag == "text":
            _fit(element)
        if "id" in element.attrib:
            element.set("id", f"{prefix}-{element.get('id')}")
    _describe(root, plan, prefix)
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)
    return re.sub(r"\n{2,}", "\n", text) + "\n"


def _fit(element: ElementTree.Element) -> None:
    """Let long text have the width that it was laid out for, also in a wider font."""
    bold = element.get("font-weight") == "bold"
    planned = width(element.text or "", float(element.get("font-size", 0)), bold)
    if planned is not None and planned > LONG_TEXT:
        element.set("textLength", f"{planned:.4g}")
        element.set("lengthAdjust", "spacingAndGlyphs")


def _counts(plan: Plan) -> str:
    """What there is, as ``2 operations, 1 parameter, 1 constant``."""
    counts: Counter[str] = Counter()
    for card in plan.cards:
        if not card.chip:
            what = "collapsed module call" if card.role == "module" else card.role
            counts[what] += max(card.calls, 1)
    order = ("operation", "collapsed module call", "input", "parameter", "constant")
    found = [(counts[what], what) for what in order if counts[what]]
    return ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in found)


def _describe(root: ElementTree.Element, plan: Plan, prefix: str) -> None:
    """Size in pixels, a title and a description, and the style sheet."""
    *_, wide, high = (float(each) for each in root.get("viewBox", "0 0").split())
    root.set("xmlns", _SVG)
    root.set("class", "tinygrad-edu")
    root.set("width", f"{wide * SCALE:g}")
    root.set("height", f"{high * SCALE:g}")
    root.set("font-family", FONT)
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}-title {prefix}-desc")
    title = ElementTree.Element("title", id=f"{prefix}-title")
    title.text = clean(f"Computation graph of {plan.title}")
    desc = ElementTree.Element("desc", id=f"{prefix}-desc")
    state = "gradients not all computed" if plan.pending else "with gradients"
    output = next((card for card in plan.cards if card.output), plan.cards[-1])
    desc.text = clean(
        f"{_counts(plan)}, {state}. Output: {output.tooltip}",
        1000,
    )
    style = ElementTree.Element("style")
    style.text = stylesheet()
    root[:0] = [title, desc, style]
    graph = next((each for each in root if each.tag == "g"), None)
    if graph is not None:  # its own title would be a tooltip over everything
        for each in [child for child in graph if child.tag == "title"]:
            graph.remove(each)
