"""A real browser for the tests of what we write for browsers, watched while it shows a page.

Debian's chromium, driven by Playwright. A page under test is silent: an error or a warning in the
console, an exception, a dialog, or a request to anywhere but the page itself fails the test.
"""

import os
import re
import shutil
from contextlib import ExitStack

import pytest

# What a page may load: itself, and what it carries within itself.
LOCAL = ("file:", "data:", "about:", "blob:")
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [  # beside Playwright's own, which keep the browser from calling home
    "--no-sandbox",  # in containers there is none to be had, and the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a request is noticed, and gets nowhere
    "--font-render-hinting=none",
]


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        "complaints(*patterns): what this page is meant to complain of; each pattern has to be "
        "found in a complaint, and any other complaint fails the test",
    )


def unavailable(reason):
    """Without a browser these tests are skipped, but not where one was promised."""
    asked = os.environ.get("TINYGRAD_EDU_BROWSER")
    if asked != "skip" and (os.environ.get("CI") or asked):
        pytest.fail(f"no browser for the tests: {reason}", pytrace=False)
    pytest.skip(reason)


def required(module):
    """A module of the extra `browser`."""
    try:
        return __import__(module, fromlist=["_"])
    except ImportError as error:
        unavailable(f"{error}; pip install -e '.[browser]' brings it")


def executable(playwright):
    """The browser to run: the one asked for, the system's, or the one that Playwright installed."""
    asked = os.environ.get("TINYGRAD_EDU_BROWSER")
    if asked:
        return asked if shutil.which(asked) else unavailable(f"TINYGRAD_EDU_BROWSER={asked}")
    found = next(filter(None, map(shutil.which, NAMES)), playwright.chromium.executable_path)
    if not os.path.exists(found):
        unavailable("apt-get install chromium, or let TINYGRAD_EDU_BROWSER name a Chromium")
    return found


# One for each file of tests, as asyncio takes its loop to be running for as long as Playwright
# lives: other tests, which may be next on this worker, could not call asyncio.run().
@pytest.fixture(scope="module")
def browser():
    """A running Chromium."""
    if os.environ.get("TINYGRAD_EDU_BROWSER") == "skip":
        pytest.skip("TINYGRAD_EDU_BROWSER=skip")
    with required("playwright.sync_api").sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable(playwright), args=FLAGS)
        yield launched
        launched.close()


def watch(context):
    """The list in which whatever a page complains of will be, as lines of text."""
    complaints = []

    def console(message):
        if message.type in ("error", "warning", "assert"):
            complaints.append(f"console {message.type}: {message.text}")

    def request(asked):
        if not asked.url.startswith(LOCAL):
            complaints.append(f"request: {asked.url}")

    def dialog(opened):
        complaints.append(f"dialog: {opened.message}")
        opened.dismiss()

    def new_page(page):
        page.on("websocket", lambda socket: complaints.append(f"request: {socket.url}"))
        page.on("crash", lambda page: complaints.append(f"crash: {page.url}"))

    context.on("console", console)
    context.on("weberror", lambda thrown: complaints.append(f"exception: {thrown.error}"))
    context.on("request", request)
    context.on("dialog", dialog)
    context.on("page", new_page)
    return complaints


def judge(complaints, expected):
    """Fail where there are complaints but the expected ones, or expected ones that never came."""
    surprises = [c for c in complaints if not any(re.search(each, c) for each in expected)]
    missing = [each for each in expected if not any(re.search(each, c) for c in complaints)]
    if surprises or missing:
        lines = ["the page complained:", *surprises] if surprises else []
        lines += ["the page did not complain of:", *missing] if missing else []
        pytest.fail("\n  ".join(lines), pytrace=False)


@pytest.fixture
def new_page(browser, request):
    """Open a page: `new_page(color_scheme="dark", width=420, reduced_motion="reduce")`.

    `media="print"` shows it as printed; all other options are those of Playwright's `new_context`.
    """
    marker = request.node.get_closest_marker("complaints")
    complaints = []
    with ExitStack() as opened:

        def new(*, width=1280, height=800, media="screen", **options):
            options = {"viewport": {"width": width, "height": height}, "locale": "en-US"} | options
            context = browser.new_context(**options)
            opened.callback(context.close)
            context.set_default_timeout(20_000)
            complaints.append(watch(context))
            page = context.new_page()
            page.emulate_media(media=media)
            return page

        yield new
    judge([each for page in complaints for each in page], marker.args if marker else ())


@pytest.fixture
def page(new_page):
    """An empty page: 1280 × 800, light, with motion."""
    return new_page()


@pytest.fixture(scope="session")
def axe():
    """What axe-core finds wrong with a page, as text: `assert axe(page) == ""`."""
    script = required("axe_playwright_python.base").AXE_SCRIPT

    def violations(page, **options):
        page.evaluate(script)
        found = page.evaluate("options => axe.run(document, options)", options)["violations"]
        return "\n".join(
            f"{rule['id']} ({rule['impact']}): {rule['help']}\n    {node['html']}\n    "
            + node["failureSummary"].replace("\n", "\n    ")
            for rule in found
            for node in rule["nodes"]
        )

    return violations
