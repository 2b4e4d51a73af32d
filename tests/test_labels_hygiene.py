"""`labels check` sees what no single row shows: repeats, echoes of the seeds, giveaway words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labels.check import check_files
from labels.codebook import Codebook
from labels.gold import Gold, derive_gold
from labels.hygiene import Hygiene, inspect_gold
from labels.records import Annotation, unit_id
from labels.store import document_text
from training.cli import main
from training.hygiene import leakage, semantic_pairs

PLAIN = "The two ministers signed the agreement on grain deliveries in Astrakhan on Tuesday"
WARM = "The two ministers praised the agreement on grain deliveries in Astrakhan on Tuesday"


def annotation(text: str, label: str) -> Annotation:
    return Annotation(id=unit_id(text), text=text, label=label, annotator="person/a", codebook="1.1", target="Iran–Russia alignment", origin="written")


def inspected(*sentences: tuple[str, str]) -> Hygiene:
    (found,) = inspect_gold(derive_gold([annotation(*s) for s in sentences]))
    return found


def store(folder: Path, *sentences: tuple[str, str]) -> Path:
    path = folder / "mine.jsonl"
    path.write_text("".join(annotation(*s).to_json() + "\n" for s in sentences), encoding="utf-8")
    return path


def test_the_same_words_with_other_punctuation_are_a_fault_with_both_places(tmp_path: Path, book: Codebook) -> None:
    path = store(tmp_path, (PLAIN + ".", "neutral"), ("Something else entirely.", "neutral"), (PLAIN.upper() + "!", "neutral"))
    (problem,) = check_files([path], book).problems
    assert (problem.line, problem.field) == (3, "text")
    assert problem.expected == f"other words than at {path}:1"


def test_a_near_neighbour_with_another_label_is_a_twin_and_one_with_the_same_label_is_not() -> None:
    same = inspected((PLAIN, "neutral"), (PLAIN + ", an aide said.", "neutral"))
    twins = inspected((PLAIN, "neutral"), (WARM, "favourable"))
    assert [pair.twins for pair in same.near] == [False]
    assert [pair.twins for pair in twins.near] == [True]


def test_five_words_in_a_row_of_a_seed_article_are_a_fault(tmp_path: Path, book: Codebook) -> None:
    printed = document_text("seed-000").split()
    five = next(printed[i : i + 5] for i in range(20, 200) if all(word.isalpha() and word.islower() for word in printed[i : i + 5]))
    path = store(tmp_path, (PLAIN, "neutral"), ("Yesterday, so we heard, " + " ".join(five) + ".", "neutral"))
    (problem,) = check_files([path], book).problems
    assert (problem.line, problem.found) == (2, f"the words {' '.join(five)!r}, which seed-000 prints")


def test_a_row_of_names_and_titles_is_nobodys_wording(tmp_path: Path, book: Codebook) -> None:
    assert check_files([store(tmp_path, ("Among the guests were Supreme Leader Ayatollah Ali Khamenei and others.", "neutral"))], book).problems == ()


def test_a_word_that_stands_with_one_label_only_is_named() -> None:
    plain = [(f"Paragraph {n} of the report lists cargo number {n * 7}.", "neutral") for n in range(60)]
    warm = [(f"Paragraph {n} of the report hails cargo number {n * 7}.", "favourable") for n in range(40)]
    cues = [(cue.word, cue.label, cue.sentences) for cue in inspected(*plain, *warm).cues]
    assert cues == [("lists", "neutral", 60), ("hails", "favourable", 40)]


def test_a_word_that_is_as_neutral_as_most_words_is_no_cue() -> None:
    rows = [(f"Paragraph {n} lists cargo {n * 7}.", "neutral") for n in range(90)] + [(f"Clause {n} lists cargo {n * 11}.", "critical") for n in range(4)]
    assert inspected(*rows).cues == ()


def test_check_fails_on_a_repeat_and_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = store(tmp_path, (PLAIN + ".", "neutral"), (PLAIN, "neutral"))
    assert main(["labels", "check", str(path)]) == 1
    printed = capsys.readouterr().out
    assert f"{path}:2: text: found" in printed
    assert "1 problem" in printed


def test_hygiene_of_the_shipped_labels_prints_lengths_and_balance(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", "check", "--hygiene", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["hygiene"][0]
    assert written["origin"] == "written"
    assert {low < middle < high for low, middle, high in written["lengths"].values()} == {True}
    neutral = sum(counts.get("neutral", 0) for counts in written["shares"].values())
    assert neutral > 0.5 * written["sentences"]
    assert main(["labels", "check", "--hygiene"]) == 0
    assert "words a sentence, quartiles: critical" in capsys.readouterr().out


def test_the_deep_check_prints_paraphrases_and_says_when_a_set_is_too_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = store(tmp_path, ("Russia sold drones to Iran.", "neutral"), ("Russia has sold drones to Iran.", "neutral"))
    assert main(["labels", "check", "--deep", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "too few sentences for a bag of words" in printed
    assert "Russia has sold drones to Iran." in printed


def test_a_paraphrase_is_found_by_meaning(book: Codebook) -> None:
    gold: list[Gold] = derive_gold(
        annotation(text, "neutral") for text in ("Russia sold drones to Iran.", "Russia has sold drones to Iran.", "The orchestra played Brahms in the park.")
    )
    assert [pair.texts for pair in semantic_pairs(gold)] == [("Russia sold drones to Iran.", "Russia has sold drones to Iran.")]


def test_a_bag_of_words_solves_a_set_with_a_giveaway_word_and_not_one_without() -> None:
    given = [(f"Paragraph {n} of report {n % 7} {'hails' if n % 2 else 'lists'} cargo.", "favourable" if n % 2 else "neutral") for n in range(80)]
    hidden = [(text.replace("hails", "lists"), label) for text, label in given]
    solved, unsolved = leakage(derive_gold(annotation(*s) for s in given)), leakage(derive_gold(annotation(*s) for s in hidden))
    assert solved is not None
    assert unsolved is not None
    assert solved.bag_of_words > 0.95 > solved.majority
    assert unsolved.bag_of_words < 0.8
