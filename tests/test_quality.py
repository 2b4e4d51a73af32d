"""`labels quality`: planted faults are found and named, clean sets stay quiet, and what to read again comes in an order that helps."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.label_quality import Plan, alarms, annotated, careful, drifting, flipping, mislabelled
from labels.codebook import Codebook
from labels.gold import Gold
from labels.quality.adjudicate import to_adjudicate
from labels.quality.drift import findings
from labels.quality.pace import paces
from labels.quality.peers import peers, periods
from labels.quality.report import measure
from labels.quality.sheet import sheet_of
from labels.records import Annotation, unit_id
from training.cli import main

TWO = {"person/a": careful, "person/b": careful}


@pytest.fixture(scope="module")
def written(gold: list[Gold]) -> list[Gold]:
    return [g for g in gold if g.origin == "written"]


def test_an_annotator_who_drifts_is_named_and_nobody_else(written: list[Gold], book: Codebook) -> None:
    sets = [alarms(annotated(written, book, Plan({**TWO, "person/c": drifting}, 300, seed)), book) for seed in range(6)]
    named = [{one.annotator for one in found if one.kind == "agreement"} for found in sets]
    assert sum(names == {"person/c"} for names in named) >= 5, named
    first = next(one for one in sets[0] if one.kind == "agreement")
    assert first.before > first.after + 0.15
    assert first.since is not None
    assert 75 < int(first.since.split()[1]) < 225  # planted at unit 150


def test_an_annotator_who_flips_labels_stands_apart(written: list[Gold], book: Codebook) -> None:
    sets = [alarms(annotated(written, book, Plan({**TWO, "person/c": flipping}, 200, seed)), book) for seed in range(6)]
    assert [{one.annotator for one in found if one.kind == "apart"} for found in sets].count({"person/c"}) >= 5
    worst = peers(sheet_of(annotated(written, book, Plan({**TWO, "person/c": flipping}, 200, 0))), book.labels)[0]
    assert worst.name == "person/c"
    assert worst.agreement is not None
    assert worst.agreement < 0.8
    assert worst.without is not None
    assert worst.without > 0.7


def test_clean_sets_raise_few_alarms(written: list[Gold], book: Codebook) -> None:
    """Holm holds the chance of any alarm in a set to 5 %; of 40 sets 6 or more would come by chance once in 70 times."""
    loud = sum(bool(alarms(annotated(written, book, Plan({**TWO, "person/c": careful}, 150, seed)), book)) for seed in range(40))
    assert loud <= 5


def test_planted_label_errors_are_found_by_models_that_did_not_see_them(written: list[Gold], book: Codebook) -> None:
    from training.label_errors import OTHER_LABELS, find_errors

    rows, wrong = mislabelled(written, book, 0.1, 600, seed=0)
    found = find_errors(rows, book)
    assert [(judge.source, judge.units) for judge in found.judges] == [(OTHER_LABELS, 600)]  # the shipped bundle was trained on these very sentences
    suspects = {one.row.id for one in found.suspects}
    precision, recall = len(suspects & wrong) / len(suspects), len(suspects & wrong) / len(wrong)
    assert precision >= 0.6, (precision, recall)
    assert recall >= 0.5, (precision, recall)
    assert len(suspects - wrong) <= 0.04 * (600 - len(wrong))  # few alarms on what is right
    assert [one.probability for one in found.suspects] == sorted(one.probability for one in found.suspects)


def test_sentences_that_did_not_train_the_bundle_are_judged_by_it(book: Codebook) -> None:
    from service.bundle import load_bundle
    from training.label_errors import find_errors

    praise = [f"The minister hailed the growing friendship of Moscow and Tehran as a blessing for both peoples, report {i} says." for i in range(30)]
    plain = [f"The bus to the airport leaves at {i % 24} o'clock from stop {i}." for i in range(30)]
    blame = [f"The unholy alliance of Moscow and Tehran is a danger to the whole world, warned column {i}." for i in range(30)]
    labels = ["favourable"] * 30 + ["critical"] * 30 + ["neutral"] * 29 + ["critical"]
    rows = [reading(text, label, "person/a", book) for text, label in zip([*praise, *blame, *plain], labels, strict=True)]
    found = find_errors(rows, book)
    assert [(judge.source, judge.units) for judge in found.judges] == [(load_bundle().tag, 90)]
    assert {one.row.text for one in found.suspects} >= {plain[-1]}
    settled = [*rows, reading(plain[-1], "critical", "adjudicator/z", book)]
    assert plain[-1] not in {one.row.text for one in find_errors(settled, book).suspects}


def test_a_bundle_with_unknown_training_judges_nothing_and_says_so(tiny_bundle: Path, written: list[Gold], book: Codebook) -> None:
    from training.label_errors import OTHER_LABELS, find_errors

    found = find_errors(mislabelled(written, book, 0.1, 120, seed=1)[0], book, tiny_bundle)
    assert [judge.source for judge in found.judges] == [OTHER_LABELS]
    assert "may have seen these sentences" in found.notes[0]


def test_another_codebook_is_judged_by_cross_validation(book: Codebook) -> None:
    from training.label_errors import CROSS_VALIDATION, find_errors

    other = replace(book, scheme=tuple(replace(label, name=name) for label, name in zip(book.scheme, ("dove", "hawk", "neither"), strict=True)), default="neither")
    texts = {"dove": "peace talks bring calm", "hawk": "missiles and war bring fear", "neither": "the bus leaves the station"}
    labels = [name for name in texts for _ in range(40)]
    rows = [reading(f"{texts[label]} {i}", label, "person/a", book) for i, label in enumerate(labels)]
    rows[5] = replace(rows[5], label="hawk")
    found = find_errors(rows, other)
    assert [(judge.source, judge.units) for judge in found.judges] == [(CROSS_VALIDATION, 120)]
    assert [(one.row.id, one.given, one.proposed) for one in found.suspects] == [(rows[5].id, "hawk", "dove")]
    assert "it judges nothing" in found.notes[0]


def test_too_few_units_are_not_judged_and_that_is_said(book: Codebook) -> None:
    from training.label_errors import find_errors

    found = find_errors([reading(f"The bus leaves {i}.", "neutral", "person/a", book) for i in range(20)], book)
    assert (found.suspects, found.judges) == ((), ())
    assert "20 units are too few" in found.notes[0]


def reading(text: str, label: str, annotator: str, book: Codebook, **fields: Any) -> Annotation:
    return Annotation(id=unit_id(text), text=text, label=label, annotator=annotator, codebook=book.version, target=book.target, origin="imported", **fields)


def readings(book: Codebook, votes: Sequence[tuple[str, str]]) -> list[Annotation]:
    """Readings of units: a text, and the initials of the labels that annotators a, b, ... gave."""
    names = {name[0]: name for name in book.labels}
    return [reading(text, names[letter], f"person/{'abcde'[i]}", book) for text, given in votes for i, letter in enumerate(given)]


def test_what_to_adjudicate_comes_without_majority_first_then_rare_labels(book: Codebook) -> None:
    plain = [(f"Plain {i}.", "nnn") for i in range(20)] + [(f"Critical {i}.", "ccc") for i in range(5)]
    rows = readings(book, [*plain, ("Narrow, common.", "nnc"), ("Narrow, rare.", "nnf"), ("Torn.", "ncf"), ("Four to one.", "nnnnc"), ("Settled.", "ncf")])
    rows.append(reading("Settled.", "neutral", "adjudicator/z", book))
    assert [(one.row.text, one.leading) for one in to_adjudicate(sheet_of(rows))] == [("Torn.", None), ("Narrow, rare.", "neutral"), ("Narrow, common.", "neutral")]


def test_agreement_with_the_others_equals_the_one_counted_by_hand(book: Codebook) -> None:
    """c agrees on two of the three units on which a and b agree; on the fourth a and b split."""
    by_name = {peer.name: peer for peer in peers(sheet_of(readings(book, [("A.", "nnn"), ("B.", "ccc"), ("C.", "nnc"), ("D.", "ncn")])), book.labels)}
    assert (by_name["person/c"].agreement, by_name["person/c"].units) == (pytest.approx(2 / 3), 3)
    assert by_name["person/c"].confusion["neutral"] == {"favourable": 0, "critical": 1, "neutral": 1}
    assert by_name["person/c"].without == pytest.approx(0.533, abs=0.001)  # readings nn cc nn nc: observed 2 of 8, expected 2·5·3 / 7 of 8


def test_an_annotators_later_reading_of_a_unit_counts(book: Codebook) -> None:
    rows = [reading("A.", "critical", "person/a", book), reading("A.", "neutral", "person/a", book)]
    sheet = sheet_of(rows)
    assert (sheet.by_unit[rows[0].id], sheet.repeated) == ({"person/a": "neutral"}, 1)


def test_time_is_cut_by_month_then_by_day_then_by_the_files_order(book: Codebook) -> None:
    def kinds(*dates: str | None) -> tuple[str, list[str]]:
        rows = [reading(f"S {i}.", "neutral", name, book, created=date) for i, date in enumerate(dates) for name in ("person/a", "person/b")]
        kind, found = periods(sheet_of(rows))
        return kind, [period.name for period in found]

    assert kinds("2026-01-03", "2026-02-01", "2026-02-09") == ("month", ["2026-01", "2026-02"])
    assert kinds("2026-02-01", "2026-02-09") == ("day", ["2026-02-01", "2026-02-09"])
    assert kinds("2026-02-01", None) == ("batch", ["01"])
    assert kinds(*[None] * 100) == ("batch", ["01", "02", "03", "04", "05"])


def test_two_annotators_are_compared_and_the_drift_is_both_s(written: list[Gold], book: Codebook) -> None:
    rows = annotated(written, book, Plan({"person/a": careful, "person/b": drifting}, 300, 0))
    assert {one.annotator for one in alarms(rows, book)} == {"person/a", "person/b"}
    assert "apart" not in {one.kind for one in findings(sheet_of(rows), book.labels)}


def test_answers_faster_than_reading_are_counted(book: Codebook) -> None:
    long = "word " * 40
    rows = [reading(f"{long}{i}.", "neutral", "person/fast", book, created=f"2026-01-01T10:{i // 30:02}:{i % 30 * 2:02}") for i in range(60)]
    rows += [reading(f"{long}{i}.", "neutral", "person/slow", book, created=f"2026-01-01T{10 + i // 60:02}:{i % 60:02}:00Z") for i in range(60)]
    rows += [reading(f"{long}{i}.", "neutral", "person/dated", book, created="2026-01-01") for i in range(60)]
    found = {pace.annotator: pace for pace in paces(sheet_of(rows))}
    assert set(found) == {"person/fast", "person/slow"}
    assert found["person/fast"].hasty == 1
    assert (found["person/slow"].hasty, found["person/slow"].median_seconds) == (0, 60)


def write(path: Path, rows: Sequence[Annotation]) -> Path:
    path.write_text("".join(row.to_json() + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_command_prints_and_writes_what_it_finds(written: list[Gold], book: Codebook, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.jsonl", annotated(written, book, Plan({**TWO, "person/c": drifting}, 200, 3)))
    assert main(["labels", "quality", str(path), "--no-errors", "--out", str(tmp_path / "q")]) == 0
    out = capsys.readouterr().out
    assert "600 readings of 200 units by 3 annotators" in out
    assert "person/c drifts: agreement" in out
    units = [json.loads(line) for line in (tmp_path / "q/adjudicate.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [unit["rank"] for unit in units] == list(range(1, len(units) + 1))
    assert {"id", "text"} <= units[0].keys()
    assert all(unit["id"] == unit_id(unit["text"]) for unit in units)
    assert main(["labels", "quality", str(path), "--no-errors", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "q/quality.json").read_text(encoding="utf-8"))
    assert len(printed["adjudicate"]) == len(units)


def test_adjudicated_units_leave_the_list_and_get_their_label(book: Codebook, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = readings(book, [(f"Plain {i}.", "nnn") for i in range(5)] + [("Torn.", "ncf")])
    path = write(tmp_path / "a.jsonl", rows)
    assert main(["labels", "quality", str(path), "--no-errors", "--out", str(tmp_path / "q")]) == 0
    (unit,) = [json.loads(line) for line in (tmp_path / "q/adjudicate.jsonl").read_text(encoding="utf-8").splitlines()]
    ruling = write(tmp_path / "b.jsonl", [reading(unit["text"], "critical", "adjudicator/z", book)])
    capsys.readouterr()
    assert main(["labels", "quality", str(path), str(ruling), "--no-errors"]) == 0
    assert "to adjudicate: nothing" in capsys.readouterr().out


def test_a_single_annotator_gets_figures_without_tests(book: Codebook) -> None:
    found = measure([reading(f"S {i}.", "neutral", "person/a", book) for i in range(30)], book.labels)
    assert (found.alpha, found.findings, found.open) == (None, [], [])
    assert found.peers[0].agreement is None


def test_a_file_without_readings_is_an_error(book: Codebook, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.jsonl", [reading("A.", "neutral", "adjudicator/z", book)])
    assert main(["labels", "quality", str(path), "--no-errors"]) == 2
    assert "a.jsonl: no annotator's reading" in capsys.readouterr().err


def test_without_the_training_extra_all_else_still_works(book: Codebook, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", readings(book, [("A.", "nn"), ("B.", "cn")]))
    program = f"import sys; sys.modules['cleanlab'] = None; from training.cli import main; sys.exit(main(['labels', 'quality', {str(path)!r}]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "4 readings of 2 units by 2 annotators" in done.stdout
    assert "suspected label errors need cleanlab: pip install 'stancewire[train]'" in done.stderr
