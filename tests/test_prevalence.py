"""Corrected shares: the estimates are the literature's, and their intervals hold the truth about as often as they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.coverage import NORMAL, RATES, covered, draw, plain_ppi, raw_covered
from labels.errors import LabelError
from labels.intervals import Floats
from labels.labelled import read_labelled
from service.prevalence.alike import alike
from service.prevalence.match import Read
from service.prevalence.own import Raw, Table, own_shares, powered_mean, to_shares
from service.prevalence.pooled import ErrorRates
from service.prevalence.tables import table_of

LABELS = ("favourable", "critical", "neutral")
GOOD, BAD = RATES["good"], RATES["bad"]
RARE = np.array([0.02, 0.06, 0.92])


@pytest.mark.parametrize("rates", [GOOD, BAD], ids=["good", "bad"])
@pytest.mark.parametrize(("truth", "n"), [((0.3, 0.3, 0.4), 50), ((0.1, 0.15, 0.75), 200), ((0.02, 0.06, 0.92), 200), ((0.02, 0.06, 0.92), 1000)])
def test_intervals_from_own_labels_hold_the_truth(rates: Floats, truth: tuple[float, ...], n: int) -> None:
    drawn = draw(rates, np.array(truth), np.array(truth), n, 5000, 4000, seed=1)
    held = covered(own_shares(drawn.table, drawn.raw, NORMAL), np.array(truth))
    assert held.min() >= 0.92, held
    assert held.max() <= 0.98, held


@pytest.mark.parametrize("rates", [GOOD, BAD], ids=["good", "bad"])
def test_fifty_labels_of_a_rare_label_still_give_intervals_that_hold_where_the_plain_ones_do_not(rates: Floats) -> None:
    drawn = draw(rates, RARE, RARE, 50, 5000, 4000, seed=2)
    held = covered(own_shares(drawn.table, drawn.raw, NORMAL), RARE)
    assert held.min() >= 0.92, held
    plain = covered(plain_ppi(drawn), RARE)
    assert plain[0] < 0.7, plain
    assert plain[1] < 0.85, plain


@pytest.mark.parametrize("rates", [GOOD, BAD], ids=["good", "bad"])
@pytest.mark.parametrize("archive", [(0.05, 0.15, 0.8), (0.5, 0.1, 0.4), (0.02, 0.03, 0.95)])
def test_intervals_from_pooled_error_rates_hold_in_outlets_unlike_the_sample(rates: Floats, archive: tuple[float, ...]) -> None:
    truth = np.array(archive)
    drawn = draw(rates, np.array([0.2, 0.3, 0.5]), truth, 400, 2000, 500, seed=3)
    held = covered(ErrorRates(drawn.table, seed=3, draws=400).shares(drawn.raw), truth)
    assert held.min() >= 0.92, held
    # At the edge of what shares can be, projection makes intervals hold more often than they say, never less.
    assert held[1:].max() <= 0.99, held


@pytest.mark.parametrize("n", [50, 200])
def test_pooled_error_rates_of_rare_labels_give_wide_intervals_rather_than_wrong_ones(n: int) -> None:
    truth = np.array([0.0, 0.15, 0.85])
    drawn = draw(GOOD, RARE, truth, n, 2000, 300, seed=4)
    found = ErrorRates(drawn.table, seed=4, draws=400).shares(drawn.raw)
    assert covered(found, truth).min() >= 0.93
    assert np.median(found.high - found.low, axis=0)[1] > (0.3 if n == 50 else 0.1)


def test_raw_counts_miss_the_truth_that_corrected_shares_hold() -> None:
    """Five outlets, each with its own shares, one classifier: the raw counts of most are wrong nearly always."""
    outlets = np.array([[0.02, 0.06, 0.92], [0.10, 0.05, 0.85], [0.05, 0.25, 0.70], [0.30, 0.10, 0.60], [0.15, 0.15, 0.70]])
    whole = outlets.mean(axis=0)
    for number, truth in enumerate(outlets):
        drawn = draw(BAD, whole, truth, 600, 4000, 300, seed=10 + number)
        assert covered(ErrorRates(drawn.table, draws=400).shares(drawn.raw), truth).min() >= 0.92
        assert raw_covered(drawn.raw, truth).min() < 0.05


def test_the_point_estimate_is_that_of_the_published_formula() -> None:
    """Angelopoulos, Duchi and Zrnic (2023), PPI++: equations 1 and 7, from the rows themselves; ours works on counts."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        n, others = int(rng.integers(5, 200)), int(rng.integers(10, 3000))
        y = rng.random(n) < 0.2
        f = np.where(rng.random(n) < rng.random(), y, rng.random(n) < 0.3)
        rest = rng.random(others) < 0.25
        covariance = ((y - y.mean()) * (f - f.mean())).mean()
        power = np.clip(covariance / ((1 + n / others) * np.concatenate([f, rest]).var(ddof=1)), 0, 1)
        published = power * rest.mean() + (y.astype(float) - power * f).mean()
        means = (np.array([float(x)]) for x in (y.mean(), f.mean(), (y & f).mean(), rest.mean()))
        assert powered_mean(*means, np.array([float(n)]), np.array([float(others)]))[0] == pytest.approx(published, abs=1e-9)


def test_two_labels_are_corrected_as_rogan_and_gladen_have_it() -> None:
    """(apparent share + specificity - 1) / (sensitivity + specificity - 1), here (0.3 + 0.9 - 1) / (0.8 + 0.9 - 1) = 0.2857."""
    many = np.array([[80_000.0, 20_000.0], [10_000.0, 90_000.0]])
    table = Table(many, many.sum(axis=0), np.ones(2), np.ones(()))
    found = ErrorRates(table).shares(Raw(np.array([0.3, 0.7]), np.array([1e-6, 1e-6]), np.array(2e5)))
    assert found.value == pytest.approx([0.2857, 0.7143], abs=1e-3)


def test_projection_gives_shares() -> None:
    assert to_shares(np.array([0.5, 0.6, -0.1])) == pytest.approx([0.45, 0.55, 0.0])
    assert to_shares(np.array([[0.2, 0.8], [1.4, -0.4]])) == pytest.approx(np.array([[0.2, 0.8], [1.0, 0.0]]))


def reads(stories: int, each: int, rng: np.random.Generator) -> list[Read]:
    """Labelled units of which a story's are all alike."""
    found = []
    for story in range(stories):
        truth = int(rng.random() < 0.3)
        given = truth if rng.random() < 0.7 else 1 - truth
        found += [Read(_unit(f"{story}-{i}"), truth, given, f"s{story}", None, None) for i in range(each)]
    return found


def _unit(identifier: str, inclusion: float | None = None) -> Any:
    from labels.labelled import LabelledUnit

    return LabelledUnit(identifier, identifier, None, "neutral", inclusion)


def test_units_of_one_story_do_not_count_as_independent() -> None:
    rng = np.random.default_rng(6)
    alike, apart = table_of(reads(40, 5, rng), 2), table_of(reads(200, 1, rng), 2)
    assert alike.effect.min() > 3
    assert apart.effect.max() < 1.2
    raw = Raw(np.array([0.3, 0.7]), np.array([1e-4, 1e-4]), np.array(5000.0))
    wide, narrow = (own_shares(table, raw, NORMAL) for table in (alike, apart))
    assert (wide.high - wide.low).min() > 1.5 * (narrow.high - narrow.low).max()


def erring(rates: dict[str, Floats], each: int, rng: np.random.Generator) -> tuple[list[Read], list[str]]:
    found, outlets = [], []
    for outlet, table in rates.items():
        for i in range(each):
            truth = int(rng.choice(3, p=(0.3, 0.3, 0.4)))
            found.append(Read(_unit(f"{outlet}{i}"), truth, int(rng.choice(3, p=table[truth])), f"{outlet}{i}", outlet, None))
            outlets.append(outlet)
    return found, outlets


def test_error_rates_that_differ_between_outlets_are_noticed() -> None:
    rng = np.random.default_rng(7)
    assert (alike(*erring({"a": GOOD, "b": BAD}, 150, rng), 3) or 1) < 0.01
    same = [alike(*erring({"a": GOOD, "b": GOOD, "c": GOOD}, 50, rng), 3) or 0 for _ in range(20)]
    assert sum(p < 0.05 for p in same) <= 4
    assert alike(*erring({"a": GOOD}, 20, rng), 3) is None


def test_intervals_hold_where_whole_stories_are_labelled() -> None:
    """Forty stories of five units, alike within a story: a story's units count as few."""
    rng = np.random.default_rng(8)
    raw = Raw(np.array([0.58, 0.42]), np.array([1e-5, 1e-5]), np.array(50_000.0))  # 0.7 · 0.7 + 0.3 · 0.3
    held = 0
    for _ in range(300):
        found = own_shares(table_of(reads(40, 5, rng), 2), raw, 2.02)
        held += bool(found.low[0] <= 0.7 <= found.high[0])
    assert 0.92 <= held / 300 <= 0.985, held / 300


def test_units_drawn_with_half_the_chance_weigh_twice() -> None:
    rows = [Read(_unit("a", 0.5), 0, 0, "a", None, None), Read(_unit("b", 0.25), 1, 1, "b", None, None)]
    assert table_of(rows, 2).counts == pytest.approx(np.array([[2 / 3, 0], [0, 4 / 3]]))


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps({"text": f"Sentence {i}.", "label": "neutral", "annotator": "person/a", **row}) + "\n" for i, row in enumerate(rows)), encoding="utf-8")
    return path


def test_only_units_drawn_at_random_enter(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"stratum": "random"}, {"stratum": "chosen"}, {}, {"stratum": "random", "inclusion": 0.01})
    found = read_labelled([path], LABELS)
    assert ([unit.text for unit in found.units], found.chosen, found.unknown) == (["Sentence 0.", "Sentence 3."], 1, 1)
    assert found.units[1].inclusion == 0.01
    said = read_labelled([path], LABELS, all_random=True)
    assert ([unit.text for unit in said.units], said.chosen, said.unknown) == (["Sentence 0.", "Sentence 2.", "Sentence 3."], 1, 0)


def test_annotators_are_heard_together_and_an_adjudicator_decides(tmp_path: Path) -> None:
    same = {"text": "Same.", "stratum": "random"}
    torn = write(tmp_path / "a.jsonl", {**same, "label": "critical"}, {**same, "annotator": "person/b"}, {"text": "Other.", "stratum": "random"})
    assert (len(read_labelled([torn], LABELS).units), read_labelled([torn], LABELS).open) == (1, 1)
    ruled = write(tmp_path / "b.jsonl", {"text": "Same.", "label": "critical", "annotator": "adjudicator/c"})
    assert {unit.text: unit.label for unit in read_labelled([torn, ruled], LABELS).units} == {"Same.": "critical", "Other.": "neutral"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"label": "pro"}, "label: found 'pro'; expected one of favourable, critical, neutral"),
        ({"stratum": "some"}, "stratum: found 'some'"),
        ({"inclusion": 0}, "inclusion: found 0"),
        ({"text": " "}, "text: found ' '"),
    ],
)
def test_rows_that_cannot_be_used_are_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(LabelError, match=r"a\.jsonl:2: ") as error:
        read_labelled([write(tmp_path / "a.jsonl", {}, row)], LABELS)
    assert said in str(error.value)


def test_a_table_is_sent_through_import_first(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="labels import"):
        read_labelled([tmp_path / "a.csv"], LABELS)
