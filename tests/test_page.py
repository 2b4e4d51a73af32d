"""The page in a real Chromium, in front of the real server: what a reader sees, does and is told."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from service.records import Document
from service.scorer import Scorer
from tests.conftest import free_port, running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (looked for chromium, chromium-browser and google-chrome)")
TWO = "Moscow and Tehran have little choice but each other, the paper wrote. The two presidents met on Monday."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM)
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


def test_an_article_is_shown_as_pasted_with_each_sentence_marked_by_its_stance(page: Page, scorer: Scorer, article: str) -> None:
    score(page, article)
    (expected,) = scorer.score([Document("text", article)])
    names = page.locator(".sentence").all()
    assert len(names) == len(expected.scores)
    for shown, wanted in zip(names, expected.scores, strict=True):
        told = " ".join((shown.text_content() or "").split())
        assert " ".join(wanted.text.split()) in told
        assert f"({wanted.label}, {wanted.probabilities[wanted.label] * 100:.0f}%" in told
    for skipped in expected.skipped:
        assert article[skipped.start : skipped.end] in page.locator(".skipped").all_text_contents()
    for label, share in expected.shares(scorer.codebook.labels).items():
        assert f"{label} {share * 100:.1f}%" in (page.get_by_role("img", name="The article").get_attribute("aria-label") or "")


def test_who_speaks_is_marked_at_the_sentence_and_named_beside_it(page: Page, article: str) -> None:
    score(page, article)
    quoted = page.locator(".sentence", has_text="Our relations are developing very well")
    expect(quoted.locator(".voice")).to_have_text("❝ Vladimir Putin")
    quoted.hover()
    expect(page.get_by_label("The sentence in hand")).to_contain_text("Said by Vladimir Putin")


def test_pointing_at_a_sentence_shows_the_probability_of_every_label(page: Page, scorer: Scorer) -> None:
    score(page, TWO)
    page.locator(".sentence").last.hover()
    (expected,) = scorer.score([Document("text", TWO)])
    rows = page.get_by_label("The sentence in hand").get_by_role("row").all_inner_texts()
    assert [row.split() for row in rows] == [[label, f"{value:.2f}"] for label, value in expected.scores[-1].probabilities.items()]


def test_clicking_a_sentence_shows_the_words_that_the_service_says_carry_it(page: Page, server: str) -> None:
    score(page, TWO)
    page.locator(".sentence").first.click()
    listed = page.locator(".words li")
    expect(listed.first).to_be_visible(timeout=60_000)
    sentence = TWO.split(" The two")[0]
    label = httpx.post(f"{server}/score", json={"text": TWO}, timeout=60).json()["documents"][0]["sentences"][0]["label"]
    answer = httpx.post(f"{server}/explain", json={"text": sentence, "label": label}, timeout=60).json()
    strongest = max(answer["words"], key=lambda word: abs(word["weight"]))
    expect(listed.first).to_contain_text(strongest["text"])
    expect(page.get_by_label("The sentence in hand")).to_contain_text(f"Completeness error {answer['completeness_error']:.2f}")


def test_another_labels_words_can_be_asked_for_and_the_keyboard_stays_where_it_was(page: Page) -> None:
    score(page, TWO)
    page.locator(".sentence").first.click()
    other = page.get_by_label("The sentence in hand").get_by_role("button", name="favourable")
    other.press("Enter")
    expect(page.get_by_label("The sentence in hand")).to_contain_text("for and against “favourable”", timeout=60_000)
    expect(other).to_be_focused()
    expect(other).to_have_attribute("aria-pressed", "true")


def test_everything_can_be_done_from_the_keyboard(page: Page, article: str) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Article", exact=True)).to_be_focused()
    page.keyboard.insert_text(article)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Result")).to_be_focused(timeout=60_000)
    page.get_by_role("button", name="Copy as JSON").focus()
    page.keyboard.press("Tab")
    sentences = page.locator(".sentence")
    expect(sentences.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(sentences.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(sentences.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(sentences.last).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#heard")).not_to_be_empty(timeout=60_000)
    expect(sentences.last).to_be_focused()


def test_walking_by_keys_keeps_the_sentence_in_hand_when_the_text_scrolls_under_the_pointer(page: Page, article: str) -> None:
    score(page, article)
    page.locator(".sentence").first.hover()
    page.locator(".sentence").first.focus()
    page.keyboard.press("End")
    expect(page.get_by_label("The sentence in hand").locator(".quote")).to_contain_text("called for oil-producing countries")


def test_on_a_telephone_nothing_is_cut_off_and_the_sentence_in_hand_stays_in_sight(page: Page, article: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    score(page, article)
    sentences = page.locator(".sentence")
    sentences.first.focus()
    for place in range(1, sentences.count()):
        page.keyboard.press("ArrowDown")
        top_of_panel = page.locator("#panel").evaluate("panel => panel.getBoundingClientRect().top")
        first_line = sentences.nth(place).evaluate("one => one.getClientRects()[0].toJSON()")
        assert 0 <= first_line["top"] < first_line["bottom"] <= top_of_panel
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_headline_is_scored_on_its_own_and_stands_above_the_article(page: Page) -> None:
    page.get_by_label("Headline").fill("Russia and Iran sign pact")
    score(page, TWO)
    expect(page.locator("#article h3 .sentence")).to_contain_text("Russia and Iran sign pact")
    expect(page.locator("#article p .sentence")).to_have_count(2)


@pytest.mark.parametrize(("text", "paragraphs"), [("Putin met Raisi.\nThey spoke.", 2), ("Putin met\nRaisi.\nThey spoke.\n\nRaisi left.", 2), ("Putin met Raisi. They spoke.", 1)])
def test_paragraphs_stand_where_the_text_has_them(page: Page, text: str, paragraphs: int) -> None:
    """Between blank lines where there are any (single line ends are wrapped lines then), else one a line."""
    score(page, text)
    expect(page.locator("#article p")).to_have_count(paragraphs)


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


def test_the_legend_leads_from_one_sentence_of_a_stance_to_the_next(page: Page, article: str) -> None:
    score(page, article)
    critical = page.locator(".sentence.c1")
    button = page.get_by_role("button", name="go to the next one").filter(has_text="critical")
    for place in (0, 1):
        button.click()
        expect(critical.nth(place)).to_be_focused()
    for _ in range(critical.count() - 1):
        button.click()
    expect(critical.first).to_be_focused()


def test_labels_and_target_are_the_services_own(page: Page) -> None:
    info = {
        "model": {"tag": "m", "codebook": "b 2", "segmenter": "s"},
        "target": "port strike",
        "default": "none",
        "labels": [{"name": name, "definition": f"is {name}"} for name in ("none", "pro", "con", "both")],
        "limits": {"characters_per_document": 50},
    }
    sentence = {"id": "1", "part": "text", "start": 0, "end": 5, "text": "Fine.", "label": "both", "voice": "outlet", "speaker": None, "flags": ["new_flag"]}
    sentence["probabilities"] = {"none": 0.1, "pro": 0.1, "con": 0.1, "both": 0.7}
    answered(page, "info", 200, info)
    answered(page, "score", 200, {"model": info["model"], "documents": [{"id": "text", "summary": {"units": 1, "shares": {}}, "sentences": [sentence], "skipped": []}]})
    page.reload()
    score(page, "Fine.")
    expect(page.locator("#target")).to_contain_text("port strike")
    assert page.locator("#definitions dt").all_inner_texts() == ["none", "▲pro", "▼con", "◆both"]
    page.locator(".sentence").hover()
    expect(page.get_by_label("The sentence in hand")).to_contain_text("new_flag")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_is_found_in_either_scheme(page: Page, article: str, scheme: Any) -> None:
    """axe-core: names, roles, contrast, order of headings, and what else it can tell by machine."""
    page.emulate_media(color_scheme=scheme)
    score(page, article)
    page.locator(".sentence.c1").first.click()
    expect(page.locator(".words li").first).to_be_visible(timeout=60_000)
    page.get_by_text("API key", exact=True).click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_stances_differ_by_mark_and_underline_not_by_colour_alone(page: Page, article: str) -> None:
    score(page, article)
    looks = page.locator(".sentence").evaluate_all(
        "all => all.map(one => [one.className, one.querySelector('.mark')?.textContent ?? '', getComputedStyle(one).textDecorationStyle])"
    )
    distinct = {tuple(look) for look in looks}
    assert len(distinct) == len({look[0] for look in distinct}) == len({look[1] for look in distinct}) == 3


def test_the_surer_the_stronger_the_colour(page: Page, article: str) -> None:
    score(page, article)
    shades = page.locator(".sentence.c1").evaluate_all(
        "all => all.map(one => [Number(one.style.getPropertyValue('--sure')), Number(getComputedStyle(one).backgroundColor.split('/')[1].replace(')', ''))])"
    )
    assert len({sure for sure, _ in shades}) > 1
    assert sorted(shades) == sorted(shades, key=lambda pair: pair[1])


def test_markup_in_an_article_stays_text(page: Page) -> None:
    hostile = "Moscow wrote <img src=x onerror=document.title='owned'> to Tehran. <script>document.title='owned'</script> Raisi met Putin."
    score(page, hostile)
    page.locator(".sentence").first.click()
    expect(page.locator(".words li").first).to_be_visible(timeout=60_000)
    assert page.title() == "Stance, sentence by sentence"
    assert page.locator("main img[src], main script").count() == 0
    expect(page.locator("#article")).to_contain_text("<img src=x onerror=document.title='owned'>")


def test_sentences_after_an_emoji_are_cut_where_they_are(page: Page, scorer: Scorer) -> None:
    text = "🙂🇮🇷 Putin met Raisi in Moscow. They praised the 🤝 between both. Nothing else was said."
    score(page, text)
    (expected,) = scorer.score([Document("text", text)])
    for shown, wanted in zip(page.locator(".sentence").all(), expected.scores, strict=True):
        assert wanted.text in (shown.text_content() or "")


def test_scores_are_copied_as_csv_that_a_spreadsheet_reads(page: Page, server: str) -> None:
    text = 'The envoy said: "Moscow, Tehran and others agree."\n=1+1 is what Putin told Raisi.'
    score(page, text)
    page.get_by_role("button", name="Copy as CSV").click()
    expect(page.locator("#status")).to_have_text("Copied as CSV.")
    rows = list(csv.DictReader(io.StringIO(page.evaluate("navigator.clipboard.readText()"), newline="")))
    sentences = httpx.post(f"{server}/score", json={"text": text}, timeout=60).json()["documents"][0]["sentences"]
    assert [(row["label"], int(row["start"]), float(row["p_critical"])) for row in rows] == [(s["label"], s["start"], s["probabilities"]["critical"]) for s in sentences]
    assert rows[0]["text"] == sentences[0]["text"]
    assert rows[-1]["text"] == "'" + sentences[-1]["text"]  # never run as a formula


def test_the_copied_json_is_the_services_answer(page: Page, server: str) -> None:
    score(page, TWO)
    page.get_by_role("button", name="Copy as JSON").click()
    expect(page.locator("#status")).to_have_text("Copied as JSON.")
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == httpx.post(f"{server}/score", json={"text": TWO}, timeout=60).json()


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Drop files onto the page as a reader would."""
    script = "files => { const carried = new DataTransfer(); for (const [name, bytes] of files) carried.items.add(new File([new Uint8Array(bytes)], name)); return carried; }"
    carried = page.evaluate_handle(script, [[name, list(content)] for name, content in files])
    page.dispatch_event("body", "drop", {"dataTransfer": carried})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_a_dropped_file_is_scored_in_the_encoding_it_was_written_in(page: Page, encoding: str) -> None:
    drop(page, ("café.txt", "Putin and Raisi met at a café in Moscow.".encode(encoding)))
    expect(page.locator(".sentence")).to_contain_text("at a café in Moscow", timeout=60_000)
    expect(page.locator("#origin")).to_contain_text("from café.txt")


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
    for name in ("serve.py", "..%2Fsettings.py", "x.js"):
        assert httpx.get(f"{server}/page/{name}").status_code == 404


def test_a_page_that_has_not_changed_is_not_sent_again(server: str) -> None:
    first = httpx.get(f"{server}/page/page.js")
    again = httpx.get(f"{server}/page/page.js", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
