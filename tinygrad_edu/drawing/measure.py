"""How wide a card will be, before Graphviz lays it out: read off its label."""

from __future__ import annotations

from xml.etree import ElementTree

__all__ = ["label_width", "width"]

_REGULAR = {  # thousandths of the font's size: the characters of that width (Adobe, Helvetica.afm)
    191: "'", 222: "ijl", 260: "|", 278: " !,./:;I[\\]ft·", 333: "()-`r²", 334: "{}", 355: '"',
    389: "*", 469: "^", 494: "∂", 500: "Jckvxysz", 549: "±√÷", 556: "0123456789#$?L_abdeghnopqu",
    584: "+<=>~−×", 611: "FTZ", 618: "Σ", 667: "&ABEKPSVXY", 713: "∞", 722: "CDHNRUw", 778: "GOQ",
    833: "Mm", 889: "%", 944: "W", 1000: "…", 1015: "@",
}  # fmt: skip
_BOLD = {
    238: "'", 278: " ,./I\\ijl·", 280: "|", 333: "!()-:;[]`ft²", 389: "*r{}", 474: '"',
    494: "∂", 500: "z", 549: "±√÷", 556: "0123456789#$J_aceksvxy", 584: "+<=>^~−×",
    600: "Σ", 611: "?FLTZbdghnopqu", 667: "EPSVXY", 713: "∞", 722: "&ABCDHKNRU", 778: "GOQw",
    833: "M", 889: "%m", 944: "W", 975: "@", 1000: "…",
}  # fmt: skip
_WIDTHS = [
    {character: width for width, characters in table.items() for character in characters}
    for table in (_REGULAR, _BOLD)
]


def width(text: str, size: float, bold: bool = False) -> float | None:
    """The width of `text` in the unit of `size`; None if a character is not in the tables.

    Examples
    --------
    >>> width("bias", 10.0), width("本", 10.0)
    (18.34, None)
    """
    widths = _WIDTHS[bold]
    if not all(character in widths for character in text):
        return None
    return sum(widths[character] for character in text) * size / 1000


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
