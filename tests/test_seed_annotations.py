"""The gold data: seed sentences point into their articles, and their agreement is computed from two blind readings."""

from __future__ import annotations

from labels.check import check_files
from labels.codebook import SHIPPED, Codebook
from labels.gold import derive_gold
from labels.records import ADJUDICATOR
from labels.stats import store_stats
from labels.store import DATA, document_text, documents, load_annotations, shipped_files
from service.language import is_foreign
from service.segment import segment


def test_shipped_labels_hold(book: Codebook) -> None:
    assert check_files(shipped_files(), book).problems == ()


def test_offsets_reproduce_the_printed_text(book: Codebook) -> None:
    rows = load_annotations([DATA / "seed.jsonl"], book)
    assert {row.document for row in rows} == set(documents())
    assert [document_text(str(row.document))[row.start : row.end] for row in rows] == [row.text for row in rows]


def test_page_furniture_is_no_unit(book: Codebook) -> None:
    texts = {row.text for row in load_annotations([DATA / "seed.jsonl"], book)}
    furniture = ["Leave a Comment", "Latest Developments", "Expert Analysis", "Putin Tours Middle East", "January 19, 2022 - 22:0", "Iranian President Ebrahim Raisi"]
    assert texts.isdisjoint(furniture)
    assert not any(t.startswith(("TEHRAN —", "7th December", "Mladen ANTONOV", "—", "Des drones", "date 2023")) for t in texts)


def test_quotation_of_several_sentences_gives_several_units(book: Codebook) -> None:
    texts = {row.text for row in load_annotations([DATA / "seed.jsonl"], book)}
    assert "We face the alliance of evil formed by Russia, China, Iran, and North Korea." in texts
    assert "“This meeting is just more proof that the war in Ukraine isn’t only about Ukraine." in texts


def test_every_seed_sentence_has_two_independent_readings_with_voice_and_a_gold_label(book: Codebook) -> None:
    rows = load_annotations([DATA / "seed.jsonl"], book)
    assert all(row.voice for row in rows)
    assert all(row.annotator.split("/")[0] in {"model", "person", ADJUDICATOR} for row in rows)
    gold = derive_gold(rows)
    assert all(len(g.readings) >= 2 and g.label for g in gold)
    assert len(gold) > 100


def test_agreement_on_the_seeds_is_high_but_computed(book: Codebook) -> None:
    (seed,) = store_stats(load_annotations([DATA / "seed.jsonl"], book), book)
    assert seed.alpha is not None
    assert 0.8 < seed.alpha < 1
    assert sum(seed.gold.values()) == seed.sentences


def test_codebook_page_and_data_name_the_same_version_and_labels(book: Codebook) -> None:
    page = SHIPPED.with_suffix(".md").read_text(encoding="utf-8")
    assert f"Version {book.version}." in page
    assert all(f"| `{label}` |" in page for label in book.labels)


def test_the_segmenter_finds_the_annotated_units(book: Codebook) -> None:
    """All of them, and nothing more but the two sentences of the French caption, which are flagged by language."""
    annotated = {(row.document, row.start, row.end) for row in load_annotations([DATA / "seed.jsonl"], book)}
    found = {(d, u.start, u.end) for d in documents() for u in segment(document_text(d)).units}
    assert annotated <= found
    extra = [document_text(str(d))[a:b] for d, a, b in sorted(found - annotated)]
    assert [text.split()[0] for text in extra] == ["Des", "La"]
    assert all(is_foreign(text) for text in extra)
