"""The page's modules joined to one script: what comes out, and what is refused."""

import re
import shutil
import subprocess

import pytest

from tinygrad_edu.explorer.assemble import assemble

ARITHMETIC = """\
/**
 * The sum.
 *
 * @param {number[]} values
 */
export function sum(values) {
  // one after the other
  return values.reduce((a, b) => a + b, hidden);
}

/** @type {number} */
const hidden = 0;

/** @param {number} x */
export const half = (x) => x / 2;
"""
TEXT = """\
import { half } from "./arithmetic.js";

const hidden = "/** not a comment */ // nor this";

export class Text {
  /** @param {number} x */
  constructor(x) {
    this.text = `${hidden} ${half(x)}`;
  }
}
"""
PAGE = """\
import {
  half,
  sum,
} from "./arithmetic.js";
import { Text } from "./text.js";

console.log(sum([1, 2, 3]), half(1), new Text(4).text);
"""
SCRIPT = """\
(() => {
"use strict";
const $arithmetic = (() => {
function sum(values) {
  // one after the other
  return values.reduce((a, b) => a + b, hidden);
}

const hidden = 0;

const half = (x) => x / 2;
return { sum, half };
})();
const $text = (() => {
const { half } = $arithmetic;
const hidden = "/** not a comment */ // nor this";

class Text {
  constructor(x) {
    this.text = `${hidden} ${half(x)}`;
  }
}
return { Text };
})();
const $page = (() => {
const { half, sum } = $arithmetic;
const { Text } = $text;
console.log(sum([1, 2, 3]), half(1), new Text(4).text);
})();
})();
"""


@pytest.fixture
def folder(tmp_path):
    """Write modules, and return where they lie: `folder(page="...", other="...")`."""

    def write(**modules):
        for name, text in modules.items():
            (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_modules_come_after_those_they_import_each_with_names_of_its_own(folder):
    assert assemble(folder(page=PAGE, text=TEXT, arithmetic=ARITHMETIC)) == SCRIPT


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node")
def test_the_script_runs(folder):
    done = subprocess.run(["node", "-"], input=SCRIPT, capture_output=True, text=True, check=True)
    assert done.stdout == "6 0.5 /** not a comment */ // nor this 2\n"


def test_modules_that_nobody_imports_are_left_out(folder):
    path = folder(page="console.log(1);\n", other="export const unused = 1;\n")
    assert "unused" not in assemble(path)
    assert "unused" in assemble(path, "other.js")


def test_line_ends_and_blank_lines_change_nothing(folder):
    path = folder(arithmetic=ARITHMETIC, text=TEXT)
    (path / "page.js").write_bytes(PAGE.replace("\n", "\r\n").encode() + b"\n\n")
    assert assemble(path) == SCRIPT


def test_characters_that_other_programs_take_for_line_ends_stay(folder):
    assert '"a\u2028b\x0cc"' in assemble(folder(page='console.log("a\u2028b\x0cc");\n'))


def test_what_follows_a_comment_on_its_line_stays(folder):
    page = "  /** @type {any} */ (window).one = 1;\n/* two\n*/ window.two = 2;\n"
    assert " (window).one = 1;\n window.two = 2;\n" in assemble(folder(page=page))


REFUSED = {
    'import one from "./other.js";': "neither",
    'import * as other from "./other.js";': "neither",
    'import { one as two } from "./other.js";': "neither",
    'import { one } from "other";': "neither",
    'import { one } from "https://example.invalid/other.js";': "neither",
    'import { one } from "../other.js";': "neither",
    'import "./other.js";': "neither",
    'import { one } from "./other.js"; console.log(one);': "neither",
    'const other = await import("./other.js");': "neither",
    "await Promise.resolve();": "neither",
    "console.log(import.meta.url);": "neither",
    "export default 1;": "neither",
    "export { one };": "neither",
    'export * from "./other.js";': "neither",
    "export const { one } = window;": "neither",
    "export const $other = 1;": "neither",
    "export let one = 1;": "neither",
    'import { three } from "./other.js";': "page.js imports three, which other.js does not export",
    'import { one } from "./missing.js";': "there is no missing.js",
    'import { page } from "./circle.js";': "circle.js and page.js import each other",
    "const text = `one\ntwo`;": "several lines",
    "const text = 'one\\\ntwo';": "several lines",
    "/** never ends": "a comment in page.js does not end",
    "const text = '</script>';": "would end the script element",
    "const text = '</SCRIPT >';": "would end the script element",
    "const a = 1; /* </script> */": "would end the script element",
    "// <script>": "would end the script element",
    "if (a<!--b) c();": "would end the script element",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_not_understood_is_refused(folder, line):
    path = folder(
        page=f"{line}\n",
        other="export const one = 1;\n",
        circle='import { a } from "./page.js";\n\nexport const page = a;\n',
    )
    with pytest.raises(ValueError, match="^assemble: .*" + re.escape(REFUSED[line])):
        assemble(path)


def test_no_script_can_end_its_element(folder):
    """Only documentation may name the tag: it does not reach the page."""
    path = folder(page="/** Goes into a <script>, up to </script>. */\nwindow.a = '<\\/script>';\n")
    assert not re.search(r"</?script|<!--", assemble(path), re.I)
