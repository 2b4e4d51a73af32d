"""Whose voice a sentence carries, and who speaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labels.codebook import Codebook
from labels.store import DATA, load_annotations
from service.segment import Unit
from service.voice import VOICE, read_voice, read_voices
from training.cli import main
from training.probes import PROBES
from training.published import published_voice
from training.voice.measure import voice_figures


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("“Our relations are developing very well,” said Vladimir Putin.", "Vladimir Putin"),
        ("According to Abbas Araghchi, the treaty will be signed in Moscow.", "Abbas Araghchi"),
        ("Sergey Lavrov told reporters that no date has been set.", "Sergey Lavrov"),
        ("Kremlin: no date yet for a visit to Tehran", "Kremlin"),
        ("Jalali in Kazan: nobody will drive us apart", "Jalali"),
        ("Gas swap with Iran to start in spring — Novak", "Novak"),
        ("Sanctions will not stop the railway – senior Iranian diplomat", None),
        ("The partnership, his spokesman, Dmitry Peskov, said, has no limits.", "Dmitry Peskov"),
        ("Iran’s envoy to Russia Kazem Jalali hailed the corridor as a feat.", "Kazem Jalali"),
        ("The deal, warned Senator Ted Cruz, arms the enemies of America.", "Ted Cruz"),
        ("The jets will never come, analysts in Tehran say.", None),
        ("Ukraine sees the workshop in Yelabuga as a joint crime.", "Ukraine"),
        ("In Araghchi’s words, the two have never been closer.", "Araghchi"),
        ("She went on to say that the bank would open in May.", None),
        ("The partnership has raised concerns in Washington.", None),
        ("Officials in London were alarmed by the sale.", None),
        ("Trade will triple by 2030, Saudi Arabia and Russia announced.", "Saudi Arabia and Russia"),
    ],
)
def test_a_source_speaks_and_is_named_where_the_sentence_names_it(sentence: str, speaker: str | None) -> None:
    reading = read_voice(sentence)
    assert (reading.voice, reading.speaker) == ("source", speaker)


@pytest.mark.parametrize(
    "sentence",
    [
        "Trade between the two countries doubled last year.",
        "Russia’s claimed losses at Hostomel include no Iranian drone.",
        "The states that border the Caspian will meet in Aktau.",
        "The crown prince gave the guest from Moscow a warm welcome.",
        "Villagers who had long denied the smuggling fled from Russian jets.",
        "The reports were printed in Persian and Russian.",
        "Iran and Russia: what to expect in June",
        "Analysis: Iran, Russia and the price of wheat",
        "The road runs from Astara to Rasht – 164 kilometres of it.",
        "The believers went on to the shrine at Qom.",
        "They rode the Moscow–Tehran train according to plan.",
    ],
)
def test_the_outlets_own_words_are_not_put_into_anybodys_mouth(sentence: str) -> None:
    reading = read_voice(sentence)
    assert (reading.voice, reading.speaker) == ("outlet", None)


def test_who_is_spoken_of_is_not_taken_for_the_speaker() -> None:
    assert read_voice("State media reported that Putin has not confirmed the sale.").speaker is None
    assert read_voice("“Putin said yes,” the minister told Raisi.").speaker is None
    assert read_voice("The mayors of Kazan and Tabriz praised each other.").speaker is None


def test_a_quotation_lasts_over_its_sentences() -> None:
    text = "“We face a hard winter. They want to win it. We do not,” she said. Snow fell."
    units = [Unit(0, 23), Unit(24, 44), Unit(45, 66), Unit(67, 77)]
    assert [r.voice for r in read_voices(text, units)] == ["source", "source", "source", "outlet"]


def test_a_sentence_that_only_closes_a_quotation_is_the_sources() -> None:
    assert read_voice("But Qatar would rather keep a door open to everyone.”").voice == "source"
    assert read_voice('We remain watchful of the two," they wrote.').voice == "source"
    assert read_voice('A library in Tehran owns "The Moscow Trials" in two copies.').voice == "outlet"


@pytest.mark.parametrize("text", ["Putin and " * 20_000, '"' * 100_000, "said " * 50_000, " - " * 50_000, "a-" * 100_000, "“", "—", ":", "’s", ""])
def test_odd_texts_have_a_voice_too(text: str) -> None:
    assert read_voice(text).voice in ("outlet", "source")


def test_voice_agrees_with_the_annotators_on_most_seed_sentences_and_probes(book: Codebook) -> None:
    for name, path in (("seed", DATA / "seed.jsonl"), ("probes", PROBES)):
        (whole, *_), _ = voice_figures(name, load_annotations([path], book))
        assert whole.rules.accuracy > 0.9
        assert whole.rules.accuracy > whole.majority + 0.2
        assert whole.agreement is not None
        assert whole.agreement.share >= whole.rules.accuracy
    assert whole.rules.n == whole.agreement.agreed


def test_evaluate_voice_measures_a_file_and_counts_where_readers_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "read.csv"
    rows = [
        ("Lavrov said so.", "source", "a", "Lavrov"),
        ("Lavrov said so.", "source", "b", "Lavrov"),
        ("Snow fell in Moscow.", "outlet", "a", ""),
        ("Snow fell in Moscow.", "outlet", "b", ""),
        ("It is said to snow.", "outlet", "a", ""),
        ("It is said to snow.", "source", "b", ""),
        ("Tehran slept, and nobody minded.", "source", "a", ""),
    ]
    path.write_text("text,label,voice,annotator,speaker\n" + "".join(f'"{t}",neutral,{v},{a},{s}\n' for t, v, a, s in rows), encoding="utf-8")
    assert main(["evaluate", "--voice", "--data", str(path), "--json"]) == 0
    (whole, *_) = json.loads(capsys.readouterr().out)["sets"]
    assert whole["rules"]["confusion"] == [[1, 0], [1, 1]]
    assert (whole["agreement"]["agreed"], whole["agreement"]["paired"]) == (2, 3)
    assert (whole["names"]["named"], whole["names"]["given"], whole["names"]["exact"]) == (1, 1, 1)
    assert main(["evaluate", "--voice", "--data", str(path)]) == 0
    assert "readers agree" in capsys.readouterr().out


def test_evaluate_voice_refuses_a_file_without_voices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,label\nPutin met Raisi.,neutral\n", encoding="utf-8")
    assert main(["evaluate", "--voice", "--data", str(path)]) == 2
    assert "expected the column voice" in capsys.readouterr().err


def test_published_figures_are_those_of_these_rules(book: Codebook) -> None:
    (figures,) = [one for one in published_voice(VOICE) if one["data"] == "voice"]
    (seed,) = [one for one in figures["sets"] if one["name"] == "seed"]
    (whole, *_), digest = voice_figures("seed", load_annotations([DATA / "seed.jsonl"], book))
    assert seed["rules"]["confusion"] == whole.rules.confusion
    assert figures["voice_hashes"]["seed"] == digest


def test_a_run_does_not_go_on_with_other_voice_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    article = tmp_path / "one.txt"
    article.write_text("Moscow thanked Tehran for the drones.\n", encoding="utf-8")
    command = ["batch", str(article), "--out", str(tmp_path / "out"), "--quiet", "--no-cache"]
    assert main(command) == 0
    manifest = tmp_path / "out" / "manifest.jsonl"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(VOICE, "voice-rules/1"), encoding="utf-8")
    capsys.readouterr()
    assert main(command) == 2
    assert f"began with voice 'voice-rules/1', this one has '{VOICE}'" in capsys.readouterr().err
