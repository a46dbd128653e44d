"""The picture in the page: the one that `draw` gives, with room for numbers that change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from tinygrad_edu.drawing.cards import SMALL, text
from tinygrad_edu.drawing.dot import source
from tinygrad_edu.drawing.engine import render
from tinygrad_edu.drawing.output import Job
from tinygrad_edu.drawing.parts import Plan
from tinygrad_edu.drawing.svg import polish
from tinygrad_edu.explorer.hooks import owner

__all__ = ["call", "lighten", "picture", "vary"]

ROOM = 7  # characters, as many as −0.1234 has: a longer number is condensed by the page
SPACE = "\N{NO-BREAK SPACE}"


def vary(planned: Plan, links: set[str]) -> None:
    """Give a number to each of `links` that has none, and room to change to all of them.

    A local derivative that happens to be 1 now is written, and left out again by the page.
    """
    for link in planned.links:
        if link.id in links and planned.detailed and link.target.role != "module":
            link.number = _roomy(link.number or "×1", ROOM + 1)


def call(planned: Plan, labels: Mapping[str, str]) -> None:
    """Write on each operation without a name what the sentences call it."""
    for card in planned.cards:
        if card.role == "operation" and not card.name:
            card.name = labels[owner(card)]


def picture(planned: Plan, job: Job) -> ElementTree.Element:
    """The SVG of `planned`, as its root element."""
    dot = _with_room(source(planned, job.downwards))
    svg = polish(render(dot, "svg", job.engine, job.time_limit), planned, dot)
    return ElementTree.fromstring(re.sub(' xmlns="[^"]*"', "", svg, count=1))


def lighten(root: ElementTree.Element) -> None:
    """Leave out what the page says once for all of the picture, and what paints nothing."""
    for style in root.findall("style"):
        root.remove(style)  # its rules are in the head, where the page's policy allows them
    for each in root.iter():
        for key, value in (("stroke", "transparent"), ("text-anchor", "start")):
            if each.get(key) == value:
                del each.attrib[key]
    for group in root.iter("g"):
        _join_frame(group)


def _join_frame(group: ElementTree.Element) -> None:
    """Graphviz paints a card first, and draws the same line around it at the end."""
    paths = [each for each in group if each.tag in ("path", "polygon")]
    if group.get("class") != "node" or len(paths) < 2:
        return
    ground, frame = paths[0], paths[-1]
    if all(ground.get(key) == frame.get(key) for key in ("d", "points")):
        for key in ("stroke", "stroke-width", "stroke-dasharray"):
            ground.attrib.pop(key, None)
            if key in frame.attrib:
                ground.set(key, frame.attrib[key])
        group.remove(frame)
        frame = ground
    frame.set("class", "frame")


def _with_room(dot: str) -> str:
    """DOT in which the values and gradients of cards are padded on both sides."""
    for colour, sign in (("value", "±"), ("gradient", "∂ ±")):  # of arrays, the largest
        before, after = map(re.escape, text(f"{sign}|", colour, SMALL).split("|"))
        dot = re.sub(
            f"(?<={before})([^<]*)(?={after})",
            lambda match: match[1] + SPACE * 2 * max(0, ROOM - 1 - len(match[1])),
            dot,
        )
    for colour, room in (("value", ROOM), ("gradient", ROOM + 2)):
        before, after = map(re.escape, text("|", colour).split("|"))
        dot = re.sub(
            f"(?<={before})([^<]*)(?={after})",
            lambda match, room=room: _roomy(match[1], room),  # type: ignore[misc]
            dot,
        )
    return dot


def _roomy(number: str, room: int) -> str:
    """Spaces around `number`: twice as many, as a space is half as wide as a digit."""
    pad = SPACE * max(0, room - len(number))
    return pad + number + pad
