"""The first use of a term of the glossary on each page becomes a link to it."""

import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

PLURALS = {"leaf": "leaves", "Hessian": "Hessians"}
# What everybody knows, or what stands on every page.
UNLINKED = {"argument", "constant", "edge", "gradient", "graph", "loss", "parameter", "path"}
UNLINKED |= {"rule"}
APART = (nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.math)
APART += (nodes.math_block, nodes.raw, nodes.rubric, nodes.table, nodes.term, addnodes.pending_xref)
APART += (addnodes.desc_signature, addnodes.toctree, nodes.comment, nodes.doctest_block)
APART += (addnodes.literal_emphasis, addnodes.literal_strong, nodes.strong)  # names, and types


def terms(folder):
    """The terms, and their plurals, by the words that stand for them on a page."""
    text = (Path(folder) / "glossary.md").read_text("utf-8").partition(":::{glossary}\n")[2]
    names = [line for line in text.splitlines() if line and line[0] not in " :"]
    words = {}
    for name in names:
        if name not in UNLINKED:
            words[name] = words[PLURALS.get(name, f"{name}s")] = name
    return words


def link(app, doctree):
    """Replace the first use of each term."""
    page = app.env.docname
    if page == "glossary":
        return
    left = terms(app.srcdir)
    for text in list(doctree.findall(nodes.Text)):
        if any(isinstance(above, APART) for above in ancestors(text)):
            continue
        parts, rest = [], str(text)
        while left:
            pattern = rf"\b({'|'.join(map(re.escape, sorted(left, key=len, reverse=True)))})\b"
            found = re.search(pattern, rest)
            if found is None:
                break
            name = left[found[0]]
            left = {word: each for word, each in left.items() if each != name}
            parts += [nodes.Text(rest[: found.start()]), reference(page, name, found[0])]
            rest = rest[found.end() :]
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(rest)])


def ancestors(node):
    """The nodes around a node."""
    while node.parent is not None:
        node = node.parent
        yield node


def reference(page, name, shown):
    """A link to a term."""
    target = {"refdomain": "std", "reftype": "term", "reftarget": name, "refdoc": page}
    inner = nodes.inline("", shown, classes=["term"])
    return addnodes.pending_xref("", inner, refwarn=True, refexplicit=True, **target)


def setup(app):
    """Called by Sphinx."""
    app.connect("doctree-read", link)
    return {"parallel_read_safe": True}
