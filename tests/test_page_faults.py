"""The page when something goes wrong: what a reader is told, and what an article cannot do to the page."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser import TWO, answered, drop, error, score
from tests.conftest import free_port, running


def test_only_the_last_of_two_requests_is_shown(page: Page) -> None:
    held: list[Route] = []
    page.route("**/score", lambda route: held.append(route), times=1)
    article = page.get_by_label("Article", exact=True)
    article.fill("The first text names Moscow.")
    page.get_by_role("button", name="Score").click()
    article.fill("The second text names Tehran.")
    page.get_by_role("button", name="Score").click()
    expect(page.locator("#article")).to_contain_text("The second text", timeout=60_000)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    assert len(held) == 1


def test_a_request_can_be_stopped(page: Page) -> None:
    page.route("**/score", lambda route: None)
    page.get_by_label("Article", exact=True).fill(TWO)
    page.get_by_role("button", name="Score").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#status")).to_have_text("Stopped.")
    expect(page.get_by_role("alert")).to_be_empty()


def test_markup_in_an_article_stays_text(page: Page) -> None:
    hostile = "Moscow wrote <img src=x onerror=document.title='owned'> to Tehran. <script>document.title='owned'</script> Raisi met Putin."
    score(page, hostile)
    page.locator(".sentence").first.click()
    expect(page.locator(".words li").first).to_be_visible(timeout=60_000)
    assert page.title() == "Stance, sentence by sentence"
    assert page.locator("main img[src], main script").count() == 0
    expect(page.locator("#article")).to_contain_text("<img src=x onerror=document.title='owned'>")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([("scan.pdf", b"%PDF-1.7\0\1\2")], "scan.pdf is not a text file; expected plain text"),
        ([("a.txt", b"a"), ("b.txt", b"b")], "2 files at once; expected one article"),
    ],
)
def test_a_file_that_is_no_article_is_refused_with_the_reason(page: Page, files: list[tuple[str, bytes]], told: str) -> None:
    drop(page, *files)
    expect(page.get_by_role("alert")).to_contain_text(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "There is no text yet"), ("🙂 1 2 3", "no letter"), ("Putin met Raisi. " * 6_000, "expected at most 100,000")],
)
def test_a_text_that_cannot_be_scored_is_answered_in_words(page: Page, text: str, told: str) -> None:
    page.get_by_label("Article", exact=True).fill(text)
    page.get_by_role("button", name="Score").click()
    expect(page.get_by_role("alert")).to_contain_text(told, timeout=60_000)
    expect(page.locator("#result")).to_be_hidden()


def test_a_busy_service_says_when_to_come_back_and_trying_again_works(page: Page) -> None:
    answered(page, "score", 429, error("overloaded", "64 requests wait already"), {"retry-after": "3"})
    page.get_by_label("Article", exact=True).fill(TWO)
    page.get_by_role("button", name="Score").click()
    expect(page.get_by_role("alert")).to_contain_text("The service is busy. Try again in 3 seconds. 64 requests wait already")
    page.unroute("**/score")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".sentence")).to_have_count(2, timeout=60_000)
    expect(page.get_by_role("alert")).to_be_empty()


def test_scores_can_be_copied_from_a_host_without_https(browser: Browser, server: str) -> None:
    """There a browser offers no clipboard to scripts, and newsrooms do run such hosts."""
    tab = browser.new_page()
    tab.goto(server.replace("127.0.0.1", "newsroom.test"))
    assert tab.evaluate("navigator.clipboard === undefined")
    score(tab, TWO)
    tab.get_by_role("button", name="Copy as CSV").click()
    expect(tab.locator("#status")).to_have_text("Copied as CSV.")
    tab.get_by_label("Article", exact=True).fill("")
    tab.get_by_label("Article", exact=True).press("Control+v")
    expect(tab.get_by_label("Article", exact=True)).to_have_value(re.compile("document,part,start.*The two presidents met on Monday", re.DOTALL))
    tab.close()


def test_a_service_that_is_gone_is_told_without_losing_the_text(page: Page) -> None:
    page.route("**/score", lambda route: route.abort())
    page.get_by_label("Article", exact=True).fill(TWO)
    page.get_by_role("button", name="Score").click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(page.get_by_label("Article", exact=True)).to_have_value(TWO)


def test_words_that_cannot_be_had_are_told_beside_the_sentence_and_can_be_asked_again(page: Page) -> None:
    score(page, TWO)
    answered(page, "explain", 504, error("timeout", "took more than 60 s"))
    page.locator(".sentence").first.click()
    expect(page.get_by_label("The sentence in hand")).to_contain_text("took more than 60 s")
    page.unroute("**/explain")
    page.locator(".sentence").first.click()
    expect(page.locator(".words li").first).to_be_visible(timeout=60_000)


def test_a_service_with_keys_asks_for_one_and_then_scores(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "training.cli", "serve", "--port", str(port)]
    with running(command, tmp_path, port, {"STANCEWIRE_API_KEYS": "first-key-0123456789,second-key-0123456789"}) as address:
        tab = browser.new_page()
        tab.goto(address)
        tab.get_by_label("Article", exact=True).fill(TWO)
        tab.get_by_role("button", name="Score").click()
        expect(tab.get_by_role("alert")).to_contain_text("asks for an API key")
        expect(tab.locator("#key")).to_be_focused()
        tab.locator("#key").fill("second-key-0123456789")
        tab.get_by_role("button", name="Score").click()
        expect(tab.locator(".sentence")).to_have_count(2, timeout=60_000)
        assert tab.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
        tab.close()


def test_the_page_asks_nothing_of_anyone_else(browser: Browser, server: str) -> None:
    tab = browser.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(server)
    score(tab, TWO)
    tab.close()
    assert {url.removeprefix(server) for url in asked} >= {"/", "/page/page.js", "/page/page.css", "/info", "/score"}
    assert [url for url in asked if not url.startswith((server, "data:"))] == []


def test_what_an_article_might_smuggle_into_the_page_neither_runs_nor_calls_out(browser: Browser, server: str) -> None:
    tab = browser.new_page()
    refusals: list[str] = []
    tab.on("console", lambda message: refusals.append(message.text))
    tab.goto(server)
    tab.evaluate("() => { const script = document.createElement('script'); script.append(\"document.title = 'owned'\"); document.body.append(script); }")
    tab.evaluate("() => { document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/seen.png' })); }")
    assert tab.title() == "Stance, sentence by sentence"
    tab.close()
    assert any("TrustedScript" in refusal for refusal in refusals)
    assert any("img-src" in refusal for refusal in refusals)


def test_a_name_that_is_no_file_of_the_page_is_not_found(server: str) -> None:
    for name in ("serve.py", "index.html", "..%2Fsettings.py", "x.js"):
        assert httpx.get(f"{server}/page/{name}").status_code == 404


def test_a_page_that_has_not_changed_is_not_sent_again(server: str) -> None:
    first = httpx.get(f"{server}/page/page.js")
    again = httpx.get(f"{server}/page/page.js", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
