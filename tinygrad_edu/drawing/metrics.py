"""How wide text is in Helvetica, whose widths Arial and Liberation Sans share.

Graphviz lays out by these widths. A reader without such a font sees the text in a wider one, and
then it must be condensed to stay inside its card.
"""

from __future__ import annotations

__all__ = ["width"]

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
