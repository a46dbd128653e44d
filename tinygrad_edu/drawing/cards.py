"""A card as an HTML-like table: the only form of label that is used."""

from __future__ import annotations

import numpy as np

from tinygrad_edu.drawing.heatmap import heatmap
from tinygrad_edu.drawing.modules import inside
from tinygrad_edu.drawing.parts import Card
from tinygrad_edu.kit.palette import LIGHT, heat
from tinygrad_edu.kit.text import line, markup, number, shape

__all__ = ["SMALL", "TABLE", "card_table", "cells", "framed", "grid", "has_ports", "text", "within"]

# Graphviz measures with a font fitted to pixels: digits of these sizes come out no narrower than
# a browser's. The picture is shown a little smaller than it is laid out: see SCALE in svg.py.
SMALL, NORMAL, LARGE = 12, 15, 23
CELL = 12  # of a heatmap
PADDING = 5  # generous: a browser's font may run wider than the one measured
LONGEST_NAME = 28
TABLE = 'BORDER="0" CELLBORDER="0" CELLSPACING="0"'
_FRAMES = {  # role: border colour, its width, style
    "input": ("inputline", 1, "ROUNDED"),
    "parameter": ("parameterline", 2, "SOLID"),
    "constant": ("cardline", 1, "ROUNDED,DASHED"),
    "operation": ("cardline", 1, "ROUNDED"),
    "module": ("moduleline", 1, "ROUNDED"),
    "box": ("boxline", 1, "ROUNDED"),
    "output": ("ink", 3, "ROUNDED"),
}


def text(words: str, colour: str, size: int = NORMAL, bold: bool = False) -> str:
    """Some words in a colour of the palette; an empty font element would be an error."""
    if not words:
        return ""
    body = f"<B>{markup(words)}</B>" if bold else markup(words)
    return f'<FONT COLOR="{LIGHT[colour]}" POINT-SIZE="{size}">{body}</FONT>'


def card_table(card: Card, downwards: bool, detailed: bool) -> str:
    """The label of a card: where its edges arrive, then what it is, its value and gradient."""
    body = within(card.role, _body(card, detailed))
    links = card.ports if detailed else []
    if has_ports(card, detailed):
        line_at, padding = 'SIDES="B"' if downwards else 'SIDES="R"', 4
        width = f'BORDER="1" COLOR="{LIGHT["rule"]}" {line_at}'
        if not any(link.number for link in links):
            width, padding = 'BORDER="0"', 0
        ports = [
            f'<TD PORT="p{i}" {width} CELLPADDING="{padding}">'
            f"{text(link.number, 'ink', SMALL)}</TD>"
            for i, link in enumerate(links)
        ]
        if downwards:
            rows = f'<TR>{"".join(ports)}</TR><TR><TD COLSPAN="{len(ports)}">{body}</TD></TR>'
        else:
            first = f'<TR>{ports[0]}<TD ROWSPAN="{len(ports)}">{body}</TD></TR>'
            rows = first + "".join(f"<TR>{port}</TR>" for port in ports[1:])
    else:
        rows = f"<TR><TD>{body}</TD></TR>"
    return f"<{framed(card.role, rows, card.output)}>"


def has_ports(card: Card, detailed: bool) -> bool:
    """Whether each edge arrives at a place of its own, with its number."""
    return (
        detailed
        and card.role != "module"
        and (len(card.ports) > 1 or any(link.number for link in card.ports))
    )


def framed(role: str, rows: str, output: bool = False) -> str:
    """A table in the frame of its role; that of a module is the outer one of two."""
    colour, width, style = _FRAMES["output" if output else role]
    return _frame(role, rows, colour, width, style, 3 if role == "module" else PADDING)


def within(role: str, body: str) -> str:
    """What is in the frame: of a module another one, as something is inside."""
    if role != "module":
        return body
    return _frame(role, f"<TR><TD>{body}</TD></TR>", *_FRAMES[role], PADDING)


def _frame(role: str, rows: str, colour: str, width: int, style: str, padding: int) -> str:
    background = LIGHT["card" if role == "operation" else role]
    return (
        f'<TABLE BORDER="{width}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}" '
        f'COLOR="{LIGHT[colour]}" BGCOLOR="{background}" STYLE="{style}">{rows}</TABLE>'
    )


def _body(card: Card, detailed: bool) -> str:
    title = line(_result_name(card) or card.name or card.mark, LONGEST_NAME)
    if card.chip:
        return text(title, "ink", bold=True)
    lines = []
    glyph = card.symbol if len(card.symbol) <= 2 else ""
    if title:
        lines.append(text(title, "ink", bold=True))
    if card.symbol and not glyph:
        lines.append(text(card.symbol, "ink"))
    if card.role == "module":
        if _result_name(card):
            lines.append(text(line(card.name, LONGEST_NAME), "ink"))
        if card.first in (None, card):  # the others of its chain are equal
            lines += [text(said, "muted", SMALL) for said in inside(card)]
    notes = [line(card.details, 16)] if card.details else []
    if np.ndim(card.value):
        notes.append(shape(np.shape(card.value)))
    if notes:
        lines.append(text("  ".join(notes), "muted", SMALL))
    if card.value is not None:
        lines += _numbers(card) if np.size(card.value) == 1 else _pictures(card, detailed)
    stack = "".join(f"<TR><TD>{each}</TD></TR>" for each in lines)
    if not glyph:
        return f'<TABLE {TABLE} CELLPADDING="1">{stack}</TABLE>'
    first, _, rest = stack.partition("</TR>")
    sign = f'<TD ROWSPAN="{len(lines)}" CELLPADDING="4">{text(glyph, "ink", LARGE)}</TD>'
    return (
        f'<TABLE {TABLE} CELLPADDING="1"><TR>{sign}{first.removeprefix("<TR>")}</TR>{rest}</TABLE>'
    )


def _result_name(card: Card) -> str:
    """What the only result of a collapsed call is called."""
    return card.outputs[0].name if card.calls == 1 and len(card.outputs) == 1 else ""


def _numbers(card: Card) -> list[str]:
    value = text(number(np.asarray(card.value).flat[0]), "value")
    if card.role == "constant":
        return [value]
    gradient = "—" if card.gradient is None else number(np.asarray(card.gradient).flat[0])
    return [value, text(f"∂ {gradient}", "gradient")]


def _pictures(card: Card, detailed: bool) -> list[str]:
    """The heatmaps of value and gradient, side by side; captions alone in a large graph."""
    pictures = [(heatmap(card.value), "", "value")]
    missing = card.gradient is None
    if card.role != "constant" and not missing:
        pictures.append((heatmap(card.gradient), "∂ ", "gradient"))
    rows = ""
    if detailed and np.size(card.value):
        maps = "".join(f"<TD>{cells(picture.rows)}</TD>" for picture, _, _ in pictures)
        rows = f"<TR>{maps}</TR>"
    below = "".join(
        f"<TD>{text(f'{sign}{picture.caption}', colour, SMALL)}</TD>"
        for picture, sign, colour in pictures
    )
    rows += f"<TR>{below}</TR>"
    if any(picture.warning for picture, _, _ in pictures):
        rows += "<TR>" + "".join(
            f"<TD>{text(picture.warning, 'undefined', SMALL, bold=True)}</TD>"
            for picture, _, _ in pictures
        ) + "</TR>"  # fmt: skip
    lines = [f'<TABLE {TABLE} CELLPADDING="3">{rows}</TABLE>']
    if card.role != "constant" and missing:
        lines.append(text("∂ —", "gradient"))
    return lines


def cells(rows: list[list[int | str]]) -> str:
    """The cells of a heatmap."""
    body = "".join(f"<TR>{''.join(map(_cell, row))}</TR>" for row in rows)
    return grid(body, len(rows[0]) * CELL, len(rows) * CELL)


def grid(rows: str, width: int, height: int) -> str:
    """Cells within a border; of a fixed size, as a table fills the cell it is in otherwise."""
    return (
        '<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE" '
        f'WIDTH="{width + 2}" HEIGHT="{height + 2}" COLOR="{LIGHT["rule"]}">'
        f"{rows}</TABLE>"
    )


def _cell(level: int | str) -> str:
    colour = heat(level) if isinstance(level, int) else LIGHT["paper"]
    mark = "" if isinstance(level, int) else text(level, "undefined", 9, bold=True)
    return f'<TD WIDTH="{CELL}" HEIGHT="{CELL}" FIXEDSIZE="TRUE" BGCOLOR="{colour}">{mark}</TD>'
