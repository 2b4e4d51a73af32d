"""Which sentences to label next: an unbiased random share kept apart, and a chosen share that repeats nothing and leaves no group out."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labels.errors import InputError, LabelError
from labels.gold import Gold
from labels.records import unit_id
from labels.units import UnitToLabel, read_units, unit_lines
from service.bundle import Decision, load_bundle
from service.embed import Embedder
from service.report.folder import Run, open_run
from service.scorer import Scorer
from training.cli import main
from training.suggest.excluded import Excluded, read_excluded
from training.suggest.frame import draw_frame
from training.suggest.options import Request
from training.suggest.rows import Source
from training.suggest.suggest import Suggestion, suggest
from training.suggest.uncertainty import uncertainty

OUTLETS = ["Daily"] * 24 + ["Herald"] * 12 + ["Courier"] * 6 + ["Post"] * 3
MONTHS = ["2024-01-10", "2024-02-10", "2024-03-10"]
FRENCH = "Le président russe et le président iranien ont signé un accord de coopération à Moscou, a déclaré le porte-parole du ministère."


def crossed(gold: list[Gold]) -> list[str]:
    """Sentences that stand in no label file: the first half of one written sentence and the second half of another."""
    rng = random.Random(3)
    rows = rng.sample([g.text for g in gold if g.origin == "written" and 12 <= len(g.text.split()) <= 30], 600)
    halves = [(a.rstrip(".").split(), b.split()) for a, b in zip(rows[::2], rows[1::2], strict=True)]
    return [" ".join([*a[: len(a) // 2], *b[len(b) // 2 :]]).replace('"', "").rstrip(".") + "." for a, b in halves]


def articles(gold: list[Gold]) -> list[dict[str, Any]]:
    """Forty-five articles of four outlets in three months, a reprint with a word more of each third, one in French, one off topic, one under a furniture title."""
    texts = crossed(gold)
    rows: list[dict[str, Any]] = []
    for i, outlet in enumerate(OUTLETS):
        text = "\n".join(["Iran and Russia in the news today, number " + str(i) + ".", *texts[6 * i : 6 * i + 6]])
        rows.append({"id": f"a{i:02}", "text": text, "outlet": outlet, "date": MONTHS[i % 3]})
        if i % 3 == 0:
            rows.append({"id": f"r{i:02}", "text": text.replace(".\n", " again.\n"), "outlet": "Reprints", "date": MONTHS[i % 3]})
    rows.append({"id": "fr", "text": f"{FRENCH}\nIran, Russia: les faits.", "outlet": "Courier", "date": MONTHS[0]})
    rows.append({"id": "off", "text": "The council voted on the new tram line. Nobody was surprised.", "outlet": "Post", "date": MONTHS[0]})
    rows.append({"id": "ad", "title": "Advertisement", "text": "Moscow and Tehran agreed to meet again after the summer.", "outlet": "Post", "date": MONTHS[0]})
    return rows


def write_archive(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, gold: list[Gold]) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("archive")
    rows = articles(gold)
    return write_archive(folder / "one.jsonl", rows[:30]), write_archive(folder / "two.jsonl", rows[30:])


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory, archive: tuple[Path, Path]) -> Path:
    """The folder in which `labels suggest` was told the two files of the archive."""
    folder = tmp_path_factory.mktemp("listed")
    assert main(["labels", "suggest", *map(str, archive), "--n", "40", "--quiet", "--out", str(folder / "units.jsonl")]) == 0
    return folder


@pytest.fixture(scope="module")
def scores(listed: Path) -> Path:
    return listed / "units-scores"


@pytest.fixture(scope="module")
def units(listed: Path) -> list[UnitToLabel]:
    return read_units(listed / "units.jsonl")


@pytest.fixture(scope="module")
def frame(scores: Path) -> pd.DataFrame:
    """The frame, counted by other means: rows of the run without a flag that leaves them out, without the furniture title."""
    rows = pd.read_parquet(scores / "sentences")
    left_out = {"language", "off_topic", "truncated"}
    return rows[[not left_out & set(flags) and text != "Advertisement" for flags, text in zip(rows["flags"], rows["text"], strict=True)]]


def suggestion(scores: Path, request: Request, excluded: Excluded = Excluded()) -> Suggestion:  # noqa: B008 - frozen
    return suggest(open_run(scores), load_bundle(), request, excluded, lambda stage, done, total: None)


def of(units: list[UnitToLabel], stratum: str) -> list[UnitToLabel]:
    return [unit for unit in units if unit.stratum == stratum]


def overlap(a: str, b: str) -> float:
    one, two = set(a.lower().split()), set(b.lower().split())
    return len(one & two) / len(one | two)


def test_a_list_has_the_length_and_the_random_share_asked_for_and_says_why_each_unit_is_there(units: list[UnitToLabel]) -> None:
    assert [unit.rank for unit in units] == list(range(1, 41))
    assert Counter(unit.stratum for unit in units) == {"chosen": 30, "random": 10}
    assert all("uncertainty" in str(unit.note) and "cluster" in str(unit.note) for unit in of(units, "chosen"))
    assert all(unit.inclusion is None for unit in of(units, "chosen"))


def test_ids_texts_and_labels_are_those_of_the_scores(units: list[UnitToLabel], scores: Path) -> None:
    rows = pd.read_parquet(scores / "sentences").set_index("id")
    for unit in units:
        row = rows.loc[unit.id]
        assert (unit.text, unit.label, unit.outlet, unit.document) == (row.text, row.label, row.outlet, row.document)
        assert unit.id == unit_id(unit.text, unit.document, unit.start)


def test_no_chosen_sentence_repeats_another_or_the_random_share(units: list[UnitToLabel], frame: pd.DataFrame) -> None:
    texts = list(frame.text)
    assert sum(any(overlap(text, other) > 0.8 for other in texts[i + 1 :]) for i, text in enumerate(texts)) > 50, "the archive holds reprints"
    for i, unit in enumerate(units):
        for other in units[i + 1 :]:
            if "chosen" in (unit.stratum, other.stratum):
                assert overlap(unit.text, other.text) < 0.6, (unit.text, other.text)


def test_no_outlet_and_no_month_takes_much_more_than_its_quota(listed: Path, units: list[UnitToLabel]) -> None:
    quotas = json.loads((listed / "units.manifest.json").read_text())["chosen"]["quotas"]
    assert set(quotas["outlet"]) == {"Daily", "Herald", "Courier", "Post", "Reprints"}
    taken = {"outlet": Counter(u.outlet for u in of(units, "chosen")), "month": Counter(str(u.published)[:7] for u in of(units, "chosen"))}
    for way, found in quotas.items():
        assert sum(found.values()) == pytest.approx(30, abs=0.1)
        assert all(taken[way][group] <= 1.25 * quota + 1 for group, quota in found.items())
    assert set(taken["outlet"]) == set(quotas["outlet"]), "no outlet is left out"


def test_the_frame_is_counted_and_what_it_leaves_out_is_said(listed: Path, units: list[UnitToLabel], frame: pd.DataFrame) -> None:
    told = json.loads((listed / "units.manifest.json").read_text())
    assert told["frame"]["size"] == len(frame)
    assert told["frame"]["left_out"] == {"furniture": 1, "language": 1}
    assert told["source"]["off_topic_articles_not_scored"] == 1
    assert told["random"]["inclusion"] == pytest.approx(10 / len(frame))
    assert {unit.inclusion for unit in of(units, "random")} == {told["random"]["inclusion"]}
    assert not {"off", "fr"} & {unit.document for unit in units if "faits" not in unit.text}


def test_an_archive_in_another_order_of_files_gives_the_same_list_byte_for_byte(tmp_path: Path, archive: tuple[Path, Path], listed: Path) -> None:
    assert main(["labels", "suggest", *map(str, reversed(archive)), "--n", "40", "--quiet", "--out", str(tmp_path / "units.jsonl")]) == 0
    assert (tmp_path / "units.jsonl").read_bytes() == (listed / "units.jsonl").read_bytes()


def test_the_random_share_hangs_on_the_seed_and_on_nothing_that_is_chosen(scores: Path, frame: pd.DataFrame) -> None:
    plain = [u.id for u in of(suggestion(scores, Request(40)).units, "random")]
    everything = Excluded(given=tuple(frame.text))
    for request, excluded in (
        (Request(40, by=()), Excluded()),
        (Request(40, way="uncertainty"), Excluded()),
        (Request(40, way="diversity"), Excluded()),
        (Request(40), everything),
    ):
        assert [u.id for u in of(suggestion(scores, request, excluded).units, "random")] == plain
    assert [u.id for u in of(suggestion(scores, Request(40, seed=1)).units, "random")] != plain


def source_of(run: Run, seed: int) -> Source:
    return Source(run, Decision({}, 0.0), ("outlet", "month"), seed)


def test_over_many_draws_every_unit_comes_as_often_as_every_other_reprints_too(scores: Path, frame: pd.DataFrame) -> None:
    run, draws, count = open_run(scores), 300, 40
    times: Counter[str] = Counter()
    for seed in range(draws):
        drawn = draw_frame(source_of(run, seed), count, (), lambda done: None)
        assert (drawn.size, drawn.reach) == (len(frame), count)
        times.update(row.id for row in drawn.random)
    expected = draws * count / len(frame)
    spread = np.sqrt(expected * (1 - count / len(frame)))
    seen = np.array([times[i] for i in frame.id])
    assert abs(seen - expected).max() < 4.5 * spread
    for group in (frame.outlet == "Reprints", frame.label == "neutral"):
        assert abs(seen[group].mean() - expected) < 4 * spread / np.sqrt(group.sum())


def test_a_second_call_that_is_told_the_first_goes_on_with_the_same_random_sample(tmp_path: Path, scores: Path) -> None:
    first = suggestion(scores, Request(40))
    (tmp_path / "round1.jsonl").write_bytes(unit_lines(first.units))
    known = replace(read_excluded([tmp_path / "round1.jsonl"]), shipped=())
    second = suggestion(scores, Request(60), known)
    both = suggestion(scores, Request(100))
    drawn = [[u.id for u in of(one.units, "random")] for one in (first, second, both)]
    assert drawn[0] + drawn[1] == drawn[2]
    assert of(second.units, "random")[0].inclusion == of(both.units, "random")[0].inclusion
    assert not {u.text for u in first.units} & {u.text for u in of(second.units, "chosen")}


def test_what_is_labelled_is_never_chosen_and_stays_in_the_random_draw(tmp_path: Path, scores: Path, frame: pd.DataFrame) -> None:
    labelled = tmp_path / "mine.csv"
    half = sorted(set(frame.text))[::2]
    pd.DataFrame({"text": [text.replace("Iran", "Iran ").rstrip(".") for text in half], "label": "neutral"}).to_csv(labelled, index=False)
    found = suggestion(scores, Request(60), replace(read_excluded([labelled]), shipped=()))
    chosen = of(found.units, "chosen")
    assert len(chosen) == 45
    assert not {u.text for u in chosen} & set(half)
    assert found.frame.size == len(frame)


def test_shipped_labels_are_never_chosen(tmp_path: Path, gold: list[Gold]) -> None:
    text = "\n".join(g.text for g in gold[1000:1040])
    source = write_archive(tmp_path / "known.jsonl", [{"id": "x", "text": f"Iran and Russia.\n{text}", "outlet": "Daily", "date": "2024-01-01"}])
    assert main(["labels", "suggest", str(source), "--n", "20", "--random-share", "0.2", "--quiet", "--out", str(tmp_path / "u.jsonl")]) == 0
    found = read_units(tmp_path / "u.jsonl")
    assert len(of(found, "random")) == 4
    assert not {u.text for u in of(found, "chosen")} & {g.text for g in gold}
    assert any("labelled before" in str(u.note) for u in of(found, "random"))


def test_more_than_there_is_gives_what_there_is_and_says_so(tmp_path: Path, scores: Path, frame: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", "suggest", str(scores), "--n", "2000", "--random-share", "0.01", "--quiet", "--out", str(tmp_path / "all.jsonl")]) == 0
    found = read_units(tmp_path / "all.jsonl")
    assert 150 < len(found) < len(frame)
    assert f"{2000 - len(found):,} fewer than the 2,000 asked for" in capsys.readouterr().out


def test_the_summary_as_json_counts_the_list(tmp_path: Path, scores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", "suggest", str(scores), "--n", "12", "--by", "none", "--random-share", "1", "--quiet", "--json", "--out", str(tmp_path / "u.jsonl")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["summary"]["stratum"]["random"]["random"] == told["units"]["count"] == 12
    assert set(told["summary"]) == {"stratum"}


def test_a_list_that_stands_already_is_not_replaced(listed: Path, scores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (listed / "units.jsonl").read_bytes()
    assert main(["labels", "suggest", str(scores), "--seed", "9", "--quiet", "--out", str(listed / "units.jsonl")]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (listed / "units.jsonl").read_bytes() == before


def test_scores_of_another_model_and_an_archive_without_articles_are_errors(tmp_path: Path, scores: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="was scored by .*; expected the bundle that scored"):
        suggest(open_run(scores), load_bundle(tiny_bundle), Request(), Excluded(), lambda stage, done, total: None)
    empty = write_archive(tmp_path / "empty.jsonl", [{"id": "x", "text": ""}])
    assert main(["labels", "suggest", str(empty), "--quiet", "--out", str(tmp_path / "u.jsonl")]) == 2
    assert "held no article that can be scored" in capsys.readouterr().err
    off = write_archive(tmp_path / "off.jsonl", [{"id": "x", "text": "The council voted on the tram."}])
    assert main(["labels", "suggest", str(off), "--quiet", "--out", str(tmp_path / "u.jsonl")]) == 2
    assert "another --scores" in capsys.readouterr().err, "the scores there are of another archive"
    assert main(["labels", "suggest", str(off), "--quiet", "--out", str(tmp_path / "v.jsonl")]) == 2
    assert "holds no unit to label" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"), [(["--n", "0"], "--n 0"), (["--random-share", "1.5"], "--random-share 1.5"), (["--by", "author"], "--by author"), (["--seed", "-1"], "--seed -1")]
)
def test_an_option_that_asks_for_nothing_is_an_error(tmp_path: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", "suggest", "none", *options, "--out", str(tmp_path / "u.jsonl")]) == 2
    assert told in capsys.readouterr().err


def test_a_label_is_uncertain_near_its_floor_not_where_probabilities_are_even() -> None:
    decision = Decision({"favourable": 0.7, "critical": 0.35}, 0.6)
    rows = np.array([[0.02, 0.34, 0.64], [0.02, 0.49, 0.49], [0.68, 0.02, 0.30], [0.49, 0.02, 0.49], [0.01, 0.01, 0.98], [0.01, 0.97, 0.02]])
    doubt = uncertainty(rows, ["favourable", "critical", "neutral"], decision)
    assert doubt[0] > doubt[1] > doubt[5]
    assert doubt[2] > doubt[3] > doubt[4]
    even = uncertainty(rows, ["favourable", "critical", "neutral"], Decision({}, 0.6))
    assert even[1] == pytest.approx(1)
    assert even[1] > even[0]


def test_a_sentence_has_the_same_vector_alone_and_in_company(scorer: Scorer) -> None:
    embedder = Embedder(scorer.bundle, threads=1)
    texts = ["Moscow thanked Tehran for its help.", "Trade rose.", "The Russian president arrived in Tehran on Tuesday for two days of talks with his hosts."]
    together = embedder.vectors(texts)
    assert together.shape == (3, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert all((embedder.vectors([text])[0] == row).all() for text, row in zip(texts, together, strict=True))


def test_units_that_do_not_hold_are_named_by_their_line(tmp_path: Path) -> None:
    good = UnitToLabel(id="a", text="Moscow thanked Tehran.", stratum="random", rank=1, inclusion=0.1)
    lines = [good.to_json(), good.to_json(), '{"id": "b", "text": "T.", "stratum": "best", "rank": 2}', '{"id": "c", "stratum": "chosen", "rank": 3, "inclusion": 2}', "{"]
    path = tmp_path / "units.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(LabelError) as error:
        read_units(path)
    told = str(error.value)
    assert "units.jsonl:2: id" in told
    assert "units.jsonl:3: stratum: found 'best'; expected one of random, chosen" in told
    assert "units.jsonl:4: text" in told
    assert "units.jsonl:4: inclusion" in told
    assert "units.jsonl:5: line" in told
    path.write_bytes(unit_lines([good]))
    assert read_units(path) == [good]
