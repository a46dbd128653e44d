"""The legend: what the marks in a picture mean, for those that are in it."""

from __future__ import annotations

import numpy as np

from tinygrad_edu.drawing.cards import SMALL, TABLE, cells, framed, text, within
from tinygrad_edu.drawing.parts import Plan
from tinygrad_edu.drawing.strokes import Stroke, key_strokes
from tinygrad_edu.kit.palette import HEAT_STEPS, LIGHT
from tinygrad_edu.kit.text import line

__all__ = ["legend"]


def legend(plan: Plan) -> str:
    """Rows of keys; and what to do for gradients that are missing, or not of one pass."""
    rows = [_roles(plan), _numbers(plan)]
    if plan.widest is not None:
        rows.append(_flow(plan))
    rows += [[f"<TD>{text(words, 'muted')}</TD>"] for words in _doubts(plan)]
    tables = (f'<TABLE {TABLE} CELLPADDING="5"><TR>{"".join(row)}</TR></TABLE>' for row in rows)
    body = "".join(f"<TR><TD>{table}</TD></TR>" for table in tables)
    return f"<<TABLE {TABLE}>{body}</TABLE>>"


def _doubts(plan: Plan) -> list[str]:
    said = _doubts_of_gradients(plan)
    if any(card.replaced and not card.chip for card in plan.cards):
        said.append(
            "a leaf had another value in a later use, as its data was replaced: see tooltip"
        )
    return said


def _doubts_of_gradients(plan: Plan) -> list[str]:
    if plan.foreign:
        return ["∂  of another output: call backward() on this one, then draw again"]
    if plan.pending:
        return ["∂ —  not computed yet: call backward() on the output, then draw again"]
    if plan.passes > 1:
        return [f"∂  of {plan.passes} backward passes: call backward() on one output, then draw"]
    if plan.accumulated:
        return [
            "∂  of inputs and parameters: several backward passes added up, or changed since, as",
            "grad was not set to None in between; what the last one gave stands in the tooltips",
        ]
    return []


def _roles(plan: Plan) -> list[str]:
    roles = {card.role for card in plan.cards if not card.chip}
    keys = [_key(role, role) for role in ("input", "parameter", "constant") if role in roles]
    if any(card.chip for card in plan.cards):
        words = "a name alone: drawn in full elsewhere"
        keys.append(f"<TD>{text(words, 'ink', SMALL)}</TD>")
    if plan.boxes:
        keys.append(_key("box", "call of a module"))
    if "module" in roles:
        keys.append(_key("module", "call of a module, collapsed"))
    keys.append(_key("operation", "output", output=True))
    return keys


def _numbers(plan: Plan) -> list[str]:
    keys = [f"<TD>{text('value', 'value', SMALL)}</TD>"]
    of = line(plan.differentiated or plan.title, 20)
    keys.append(f"<TD>{text(f'∂ gradient of {of}', 'gradient', SMALL)}</TD>")
    if any(link.number for link in plan.links):
        keys.append(f"<TD>{text('×k  local derivative, where it is not 1', 'ink', SMALL)}</TD>")
    if plan.detailed and any(np.size(card.value) > 1 for card in plan.cards if not card.chip):
        scale: list[int | str] = [-HEAT_STEPS, -HEAT_STEPS // 2, 0, HEAT_STEPS // 2, HEAT_STEPS]
        keys.append(
            f"<TD>{text('±m  colours go from −m', 'muted', SMALL)}</TD><TD>{cells([scale])}</TD>"
            f"<TD>{text('to m', 'muted', SMALL)}</TD>"
        )
    return keys


def _key(role: str, words: str, output: bool = False) -> str:
    body = f"<TR><TD>{within(role, text(words, 'ink', SMALL))}</TD></TR>"
    return f"<TD>{framed(role, body, output)}</TD>"


def _flow(plan: Plan) -> list[str]:
    words = "width: what an edge adds to ∂"
    if any(np.ndim(card.value) for card in plan.cards):
        words += " (norm)"
    keys = [f"<TD>{text(words, 'ink', SMALL)}</TD>"]
    for stroke, meaning in key_strokes(plan):
        keys.append(f"<TD>{_sample(stroke)}</TD><TD>{text(meaning, 'ink', SMALL)}</TD>")
    return keys


def _sample(stroke: Stroke) -> str:
    """A short piece of the line, of cells, as a label can hold no line."""
    dashes = {"solid": (36,), "dashed": (10, 5, 10, 5, 10), "dotted": (2, 3) * 5 + (2,)}
    height, colour = max(1, round(stroke.width)), LIGHT[stroke.colour]
    ink = f' BGCOLOR="{colour}"'
    drawn = "".join(
        f'<TD WIDTH="{width}" HEIGHT="{height}" FIXEDSIZE="TRUE"{"" if i % 2 else ink}></TD>'
        for i, width in enumerate(dashes[stroke.style])
    )
    size = f'WIDTH="{sum(dashes[stroke.style])}" HEIGHT="{height}"'
    return (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE" {size}>'
        f"<TR>{drawn}</TR></TABLE>"
    )
