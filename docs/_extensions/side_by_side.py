"""Two columns: how another library writes it, and how it is written here, with what that prints."""

import contextlib
import io
from html import escape
from textwrap import dedent

from IPython.display import HTML


def table(other, rows):
    """A table of ``(what, theirs, ours)``, where `ours` is run, each row after the one before."""
    scope = {}
    body = []
    for what, theirs, ours in rows:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(dedent(ours), "<here>", "exec"), scope)
        output = f"<pre class='printed'>{escape(printed.getvalue().rstrip())}</pre>"
        body.append(
            f"<tr><th colspan='2' scope='colgroup'>{what}</th></tr><tr>"
            f"<td><pre>{escape(dedent(theirs).strip())}</pre></td>"
            f"<td><pre>{escape(dedent(ours).strip())}</pre>"
            f"{output if printed.getvalue() else ''}</td></tr>"
        )
    return HTML(
        "<table class='side-by-side docutils'><thead><tr>"
        f"<th scope='col'>{escape(other)}</th><th scope='col'>tinygrad_edu</th>"
        f"</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )
