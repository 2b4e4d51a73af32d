"""The page in a real Chromium, in front of the real server: what a reader sees and takes along."""

from __future__ import annotations

import csv
import io
import json

import httpx
import pytest
from playwright.sync_api import Page, expect

from service.records import Document
from service.scorer import Scorer
from tests.browser import TWO, answered, drop, score


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


def test_the_surer_the_stronger_the_colour(page: Page, article: str) -> None:
    score(page, article)
    shades = page.locator(".sentence.c1").evaluate_all(
        "all => all.map(one => [Number(one.style.getPropertyValue('--sure')), Number(getComputedStyle(one).backgroundColor.split('/')[1].replace(')', ''))])"
    )
    assert len({sure for sure, _ in shades}) > 1
    assert sorted(shades) == sorted(shades, key=lambda pair: pair[1])


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_a_dropped_file_is_scored_in_the_encoding_it_was_written_in(page: Page, encoding: str) -> None:
    drop(page, ("café.txt", "Putin and Raisi met at a café in Moscow.".encode(encoding)))
    expect(page.locator(".sentence")).to_contain_text("at a café in Moscow", timeout=60_000)
    expect(page.locator("#origin")).to_contain_text("from café.txt")
