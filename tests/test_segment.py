"""Units as the codebook wants them, with offsets, and nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.segment import segment
from service.voice import read_voices


def units(text: str) -> list[str]:
    return [text[u.start : u.end] for u in segment(text).units]


def skipped(text: str) -> list[tuple[str, str]]:
    return [(s.reason, text[s.start : s.end]) for s in segment(text).skipped]


def test_abbreviations_and_clock_times_do_not_end_sentences() -> None:
    text = "Mr. Putin arrived around 5 p.m. local time, Gen. Ivanov said. The U.S. reacted."
    assert units(text) == ["Mr. Putin arrived around 5 p.m. local time, Gen. Ivanov said.", "The U.S. reacted."]


def test_a_dateline_is_cut_off_and_named() -> None:
    text = "MOSCOW, January 26. /TASS/. The two countries have signed a treaty."
    assert units(text) == ["The two countries have signed a treaty."]
    assert skipped(text) == [("dateline", "MOSCOW, January 26. /TASS/.")]


def test_a_headline_in_capitals_keeps_its_words() -> None:
    assert units("MOSCOW LOOKS EAST FOR FRIENDS") == ["MOSCOW LOOKS EAST FOR FRIENDS"]


def test_section_titles_and_prompts_are_skipped_in_an_article() -> None:
    text = "Ministers met in Tehran on Monday to talk about rail.\nWhat Comes Next\nA second round is due in May.\nLeave a Comment"
    assert units(text) == ["Ministers met in Tehran on Monday to talk about rail.", "A second round is due in May."]
    assert skipped(text) == [("section title", "What Comes Next"), ("page furniture", "Leave a Comment")]


def test_a_list_of_headlines_is_kept_whole() -> None:
    lines = ["Putin Tours Middle East", "Iran, Russia Sign Pact", "Lavrov Meets Araghchi in Moscow"]
    assert units("\n".join(lines)) == lines


def test_an_experts_name_after_a_quotation_is_a_byline() -> None:
    text = "“The deal is worth more as leverage.” — John Hardie, FDD Russia Program Deputy Director"
    assert units(text) == ["“The deal is worth more as leverage.”"]


@given(st.text(max_size=400))
def test_units_are_ordered_disjoint_trimmed_and_cover_every_letter(text: str) -> None:
    result = segment(text)
    spans = sorted([(u.start, u.end) for u in result.units] + [(s.start, s.end) for s in result.skipped])
    assert all(a < b for a, b in spans)
    assert all(first[1] <= second[0] for first, second in zip(spans, spans[1:], strict=False))
    assert all(text[u.start : u.end] == text[u.start : u.end].strip() for u in result.units)
    covered = {i for a, b in spans for i in range(a, b)}
    assert all(i in covered for i, c in enumerate(text) if c.isalnum())


@pytest.mark.parametrize(
    "text",
    [
        "By helping Russia, Iran risks isolation.",
        "Sources: Iran to ship missiles to Russia",
        "Photo: Putin meets Raisi in Tehran and praises ties",
        "Read more into the Iran-Russia pact than is there and you will be wrong",
        "NATO – and not only NATO – fears the two.",
        "May 9-10 talks between Moscow and Tehran were held in Astana.",
        "- Putin praises the alliance with Iran\n- Raisi thanks Putin for the grain and the gas\n- Lavrov calls the pact historic",
    ],
)
def test_sentences_that_resemble_furniture_are_kept(text: str) -> None:
    assert skipped(text + "\nMinisters met on Monday and spoke of rail.") == []


@pytest.mark.parametrize("text", ["Aa" + " / A" * 30 + "/x", "Reuters" + " /Aa" * 100, "By " + "a" * 90 + "!", "?!" * 20_000, "Aa " * 40_000 + "said", "x" * 500_000])
def test_hostile_lines_end(text: str) -> None:
    """Patterns that backtrack without bound would hold the server for hours; pytest would then never end."""
    assert segment(text).units
    assert read_voices(text, segment(text).units)
