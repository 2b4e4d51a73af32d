"""Whose voice a sentence carries, and who speaks."""

from __future__ import annotations

import pytest

from labels.codebook import Codebook
from labels.gold import derive_gold
from labels.store import DATA, document_text, load_annotations
from service.segment import Unit
from service.voice import read_voice, read_voices


@pytest.mark.parametrize(
    ("sentence", "voice", "speaker"),
    [
        ("“Our relations are developing very well,” said Vladimir Putin.", "source", "Vladimir Putin"),
        ("Trade between the two countries doubled last year.", "outlet", None),
        ("According to Abbas Araghchi, the treaty will be signed in Moscow.", "source", "Abbas Araghchi"),
        ("The partnership has raised concerns in Washington.", "source", None),
        ("Sergey Lavrov told reporters that no date has been set.", "source", "Sergey Lavrov"),
    ],
)
def test_voice_and_speaker(sentence: str, voice: str, speaker: str | None) -> None:
    reading = read_voice(sentence)
    assert (reading.voice, reading.speaker) == (voice, speaker)


def test_a_quotation_lasts_over_its_sentences() -> None:
    text = "“We face a hard winter. They want to win it. We do not,” she said. Snow fell."
    units = [Unit(0, 23), Unit(24, 44), Unit(45, 66), Unit(67, 77)]
    assert [r.voice for r in read_voices(text, units)] == ["source", "source", "source", "outlet"]


def test_voice_agrees_with_the_annotators_on_most_seed_sentences(book: Codebook) -> None:
    rows = load_annotations([DATA / "seed.jsonl"], book)
    place = {row.id: Unit(row.start or 0, row.end or 0) for row in rows}
    gold = derive_gold(rows)
    read = [read_voices(document_text(str(g.document)), [place[g.id]])[0].voice for g in gold]
    assert sum(a == g.voice for a, g in zip(read, gold, strict=True)) / len(gold) > 0.85
