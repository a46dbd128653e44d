"""How wide a card will be, before Graphviz lays it out: read off its label."""

from __future__ import annotations

from xml.etree import ElementTree

from tinygrad_edu.drawing.metrics import width

__all__ = ["label_width"]

BROAD = 0.6  # of the size: a character whose width is not known


def label_width(label: str) -> float:
    """The width in points of an HTML-like label, which is a table.

    Examples
    --------
    >>> label_width('<<TABLE BORDER="1" CELLPADDING="4"><TR><TD>bias</TD></TR></TABLE>>')
    35.676
    """
    return round(_table(ElementTree.fromstring(label[1:-1])), 3)


def _table(table: ElementTree.Element) -> float:
    if table.get("FIXEDSIZE") == "TRUE":
        return float(table.get("WIDTH", 0))
    padding = float(table.get("CELLPADDING", 2))
    below: list[tuple[int, float]] = []  # for how many rows more a cell of one before reaches down
    widest = 0.0
    for row in table.findall("TR"):
        across = sum(size for _, size in below)
        below = [(rows - 1, size) for rows, size in below if rows > 1]
        for cell in row.findall("TD"):
            size = _content(cell) + 2 * float(cell.get("CELLPADDING", padding))
            across += size
            if (rows := int(cell.get("ROWSPAN", 1))) > 1:
                below.append((rows - 1, size))
        widest = max(widest, across)
    return widest + 2 * float(table.get("BORDER", 1))


def _content(cell: ElementTree.Element) -> float:
    inner = cell.find("TABLE")
    if inner is not None:
        return _table(inner)
    font = cell.find("FONT")
    size = 14.0 if font is None else float(font.get("POINT-SIZE", 14))
    words = "".join(cell.itertext())
    known = width(words, size, bold=cell.find(".//B") is not None)
    return len(words) * size * BROAD if known is None else known
