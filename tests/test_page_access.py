"""The page for everyone: by keys alone, for screen readers, without seeing colours, on a telephone."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import TWO, score


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


def test_another_labels_words_can_be_asked_for_and_the_keyboard_stays_where_it_was(page: Page) -> None:
    score(page, TWO)
    page.locator(".sentence").first.click()
    other = page.get_by_label("The sentence in hand").get_by_role("button", name="favourable")
    other.press("Enter")
    expect(page.get_by_label("The sentence in hand")).to_contain_text("for and against “favourable”", timeout=60_000)
    expect(other).to_be_focused()
    expect(other).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_is_found_in_either_scheme(page: Page, article: str, scheme: Literal["light", "dark"]) -> None:
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
