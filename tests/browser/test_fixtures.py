"""The tests' own eyes: what a page complains of is noticed, and what axe finds is told."""

import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_edu

ROOT = Path(tinygrad_edu.__file__).parents[1]
POLICY = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'">"""


@pytest.mark.complaints(r"console error: loud", r"console warning: quieter")
def test_messages_in_the_console_are_noticed(page):
    page.evaluate("console.error('loud'); console.warn('quieter'); console.log('no complaint')")


@pytest.mark.complaints(r"exception: .*thrown later")
def test_exceptions_are_noticed(page):
    page.set_content("<script>setTimeout(() => { throw new Error('thrown later'); })</script>")
    page.wait_for_timeout(50)


@pytest.mark.complaints(r"dialog: boo")
def test_dialogs_are_noticed_and_closed(page):
    page.set_content("<script>alert('boo')</script>")


@pytest.mark.complaints(
    r"request: http://example\.invalid/a\.png", r"request: ws://example\.invalid", "NAME_NOT"
)
def test_requests_are_noticed_and_get_nowhere(page):
    page.set_content(
        "<script>new WebSocket('ws://example.invalid/')</script>"
        "<img src='http://example.invalid/a.png' alt=''><img src='data:image/gif;base64,' alt=''>"
    )
    page.wait_for_timeout(200)


@pytest.mark.complaints(r"console error: Executing inline script violates")
def test_a_script_that_a_policy_blocks_is_noticed(page):
    page.set_content(POLICY + "<script>alert(1)</script>")


def test_options_reach_the_page(new_page):
    page = new_page(width=420, color_scheme="dark", reduced_motion="reduce", media="print")
    for query in (
        "(width: 420px)", "(prefers-color-scheme: dark)", "(prefers-reduced-motion)", "print",
    ):  # fmt: skip
        assert page.evaluate("query => matchMedia(query).matches", query), query


def test_axe_tells_what_is_wrong_also_under_a_strict_policy(page, axe):
    body = "<html lang=en><title>A page</title><main><h1>Heading</h1>{}</main>"
    page.set_content(POLICY + body.format("<img>"))
    assert "image-alt (critical)" in axe(page)
    assert "<img" in axe(page)
    page.set_content(POLICY + body.format("<p>Text</p>"))
    assert axe(page) == ""


@pytest.mark.parametrize(
    ("environment", "outcome"),
    [
        ({}, "1 skipped"),
        ({"CI": "true"}, "1 error"),
        ({"TINYGRAD_EDU_BROWSER": "/no/such/browser"}, "1 error"),
        ({"CI": "true", "TINYGRAD_EDU_BROWSER": "skip"}, "1 skipped"),
    ],
    ids=["alone", "CI", "promised", "skip"],
)
def test_where_there_is_no_browser(tmp_path, environment, outcome):
    """Tests are skipped, and say what to install; where a browser was promised, they fail."""
    (tmp_path / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text())
    (tmp_path / "test_it.py").write_text("def test_it(page): pass")
    (tmp_path / "playwright.py").write_text("raise ImportError('No Playwright')")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rs", "test_it.py"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path), "PATH": ""} | environment, text=True,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert outcome in done.stdout
    promised = environment.get("TINYGRAD_EDU_BROWSER", "").startswith("/")
    if environment.get("TINYGRAD_EDU_BROWSER") != "skip":
        assert "'.[browser]'" in done.stdout or promised
