"""A table of mistakes: what is written, what the error says, and what to write instead. All run."""

import linecache
import warnings
from html import escape
from textwrap import dedent

from IPython.display import HTML


def table(rows, scope, *, by_words=False):
    """A table of ``(mistake, remedy)``, or of ``(mistake, remedy, remark)``.

    The mistakes must raise an error, and the remedies none. Above each row stands the mistake; or,
    with `by_words`, what the error says.
    """
    body = []
    for mistake, remedy, *remark in rows:
        scope = dict(scope)
        said = f"<p>{escape(message(mistake, scope))}</p>"
        run(remedy, scope)
        above, left = (said, code(mistake)) if by_words else (code(mistake), said)
        words = "".join(f"<p>{each}</p>" for each in remark)
        body.append(
            f"<tr><th colspan='2' scope='colgroup'>{above}</th></tr>"
            f"<tr><td>{left}</td><td>{code(remedy)}{words}</td></tr>"
        )
    left = "if you wrote" if by_words else "the error says"
    return HTML(
        "<table class='side-by-side mistakes docutils'><thead><tr>"
        f"<th scope='col'>{left}</th><th scope='col'>write</th>"
        f"</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def code(text):
    """Some lines of Python."""
    return f"<pre>{escape(dedent(text).strip())}</pre>"


def run(text, scope):
    """Run it; a warning is an error too. Errors may quote its lines, as those of a cell."""
    text = dedent(text).strip()
    linecache.cache["<here>"] = len(text), None, text.splitlines(keepends=True), "<here>"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(text, "<here>", "exec"), scope)


def message(text, scope):
    """What the error says that this raises."""
    try:
        run(text, scope)
    except Exception as error:
        return str(error)
    raise AssertionError(f"no error: {text}")
