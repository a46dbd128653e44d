"""Where in a wide picture of a graph its output stands, so that a narrow page can start there."""

import re
from pathlib import Path

NUMBER = r"-?\d+(?:\.\d+)?"
NODE = re.compile(r'class="node".*?</g>', re.DOTALL)
OUTLINE = re.compile(r'stroke-width="3" d="([^"]*)"')  # the output's is the widest


def end(svg):
    """How far to the right the middle of the output is, from 0 to 1; None if there is none."""
    box = re.search(rf'viewBox="{NUMBER} {NUMBER} ({NUMBER}) ', svg)
    moved = re.search(rf'class="graph" transform="[^"]*translate\(({NUMBER}) ', svg)
    outlines = [OUTLINE.search(node[0]) for node in NODE.finditer(svg)]
    outline = next(filter(None, reversed(outlines)), None)
    if box is None or moved is None or outline is None:
        return None
    across = [float(x) for x in re.findall(rf"({NUMBER}),{NUMBER}", outline[1])]
    return (float(moved[1]) + (min(across) + max(across)) / 2) / float(box[1])


def mark(app, page, template, context, doctree):
    """Let every picture of a page say it, in ``data-end``."""
    sources = {name: source for source, name in getattr(app.builder, "images", {}).items()}

    def marked(match):
        source = sources.get(match[2])
        found = end((Path(app.srcdir) / source).read_text("utf-8")) if source else None
        return match[0] if found is None else f'{match[1]} data-end="{found:.3f}"'

    if "body" in context:
        image = r'(<img [^>]*?src="[^"]*?_images/([^"/]+\.svg)")'
        context["body"] = re.sub(image, marked, context["body"])


def setup(app):
    app.connect("html-page-context", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
