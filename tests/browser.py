"""A real Chromium with the page open in it, and what the tests of the page do there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TWO = "Moscow and Tehran have little choice but each other, the paper wrote. The two presidents met on Monday."


@pytest.fixture(scope="module")  # not longer: while it is open, this thread has a running event loop, and tests that start their own would fail
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (looked for chromium, chromium-browser and google-chrome)")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--host-resolver-rules=MAP newsroom.test 127.0.0.1"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """The page, open; a script that fails in it fails the test."""
    context = browser.new_context(viewport={"width": 1180, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda message: faults.append(message.text) if message.type == "error" and "Failed to load resource" not in message.text else None)
    tab.goto(server)
    expect(tab.locator("#target")).to_contain_text("Iran–Russia")
    yield tab
    context.close()
    assert faults == []


def score(page: Page, text: str) -> None:
    page.get_by_label("Article", exact=True).fill(text)
    page.get_by_role("button", name="Score").click()
    expect(page.locator(".sentence").first).to_be_visible(timeout=60_000)


def answered(page: Page, path: str, status: int, body: object, headers: dict[str, str] | None = None) -> None:
    """Answer ``path`` in the server's place: for states that a healthy server is not in."""

    def answer(route: Route) -> None:
        route.fulfill(status=status, content_type="application/json", body=json.dumps(body), headers=headers or {})

    page.route(f"**/{path}", answer)


def error(kind: str, message: str) -> dict[str, dict[str, str]]:
    return {"error": {"type": kind, "message": message, "where": "request"}}


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Drop files onto the page as a reader would."""
    script = "files => { const carried = new DataTransfer(); for (const [name, bytes] of files) carried.items.add(new File([new Uint8Array(bytes)], name)); return carried; }"
    carried = page.evaluate_handle(script, [[name, list(content)] for name, content in files])
    page.dispatch_event("body", "drop", {"dataTransfer": carried})
