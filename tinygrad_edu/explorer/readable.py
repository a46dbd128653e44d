"""The recorded numbers as an HTML table: for readers without scripts, and in print."""

from __future__ import annotations

import html
from typing import Any

from tinygrad_edu.kit.text import clean, number, shape

__all__ = ["table"]

MOST = 16  # elements that are listed


def table(data: dict[str, Any]) -> str:
    """A row for each node of the record: what it is, its value and its gradient."""
    rows = "\n".join(_row(node) for node in data["nodes"])
    heads = "".join(f'<th scope="col">{head}</th>' for head in _heads(data))
    return f"<table><thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody></table>"


def _heads(data: dict[str, Any]) -> list[str]:
    output = html.escape(clean(data["nodes"][data["output"]]["label"]))
    return ["Node", "What it is", "Value", f"∂{output}/∂node"]


def _row(node: dict[str, Any]) -> str:
    what = node["symbol"] or node["role"]
    if node["shape"]:
        what += f", {shape(node['shape'])}"
    cells = (
        f'<th scope="row">{html.escape(clean(node["label"]))}</th>',
        f"<td>{html.escape(clean(what))}</td>",
        f'<td class="v">{_numbers(node, "value")}</td>',
        f'<td class="g">{_numbers(node, "gradient")}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>"


def _numbers(node: dict[str, Any], which: str) -> str:
    numbers = node[which]
    if numbers is None:
        return "—"
    shown = ", ".join(number(float(each)) for each in numbers[:MOST])
    return shown + (", …" if len(numbers) > MOST else "")
