"""The gate by itself: intervals, the rule, how often it errs, and what may train."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labels.codebook import Codebook
from labels.gold import Gold
from labels.records import Annotation, unit_id
from service.bundle import load_bundle
from service.scorer import Scorer
from training.metrics import confusion, macro_f1
from training.retrain.collect import collect
from training.retrain.compare import MACRO, Comparison, Decided, Figure, compare
from training.retrain.frozen import LabelledSet
from training.retrain.gate import judge
from training.retrain.rates import LABELS, World, refused
from training.retrain.rows import LEAST_HELD_OUT, settled, split_rows
from training.retrain.sanity import against_gold, against_model


def rows(book: Codebook, n: int, articles: int, label: str = "neutral", name: str = "a") -> list[Annotation]:
    found = []
    for i in range(n):
        text, document = f"Delegates of both capitals sat in room {name}{i}.", f"{name}-{i % articles}"
        found.append(
            Annotation(id=unit_id(text, document), text=text, document=document, label=label, annotator="person/x", codebook=book.version, target=book.target, origin="imported")
        )
    return found


def decisions(n: int = 300, seed: int = 0) -> Decided:
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 3, n)
    before = np.where(rng.random(n) < 0.8, gold, rng.integers(0, 3, n))
    after = np.where(rng.random(n) < 0.9, before, gold)
    return Decided(gold, before, after, [f"article {i // 3}" for i in range(n)])


def test_the_paired_bootstrap_gives_the_figures_of_the_evaluation_and_an_interval_around_the_difference() -> None:
    decided = decisions()
    figure = compare(decided, LABELS)[0]
    assert figure.name == MACRO
    assert figure.incumbent == pytest.approx(macro_f1(confusion(decided.gold, decided.incumbent, 3)))
    assert figure.candidate == pytest.approx(macro_f1(confusion(decided.gold, decided.candidate, 3)))
    assert figure.interval[0] < figure.difference < figure.interval[1]


def test_the_interval_is_that_of_resampling_articles_one_by_one() -> None:
    decided = decisions(90, seed=3)
    rng = np.random.default_rng(7)
    articles = np.array([int(group.split()[1]) for group in decided.groups])
    drawn = []
    for _ in range(1500):
        chosen = np.concatenate([np.flatnonzero(articles == a) for a in rng.integers(0, 30, 30)])
        matrices = [confusion(decided.gold[chosen], side[chosen], 3) for side in (decided.incumbent, decided.candidate)]
        drawn.append(macro_f1(matrices[1]) - macro_f1(matrices[0]))
    assert compare(decided, LABELS)[0].interval == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.01)


def test_a_model_compared_with_itself_differs_by_nothing() -> None:
    decided = decisions()
    for figure in compare(replace(decided, candidate=decided.incumbent), LABELS):
        assert (figure.difference, figure.interval, figure.error) == (0, (0, 0), 0)


def comparison(difference: float, error: float, *, name: str = MACRO, n: int = 300, new: bool = False) -> Comparison:
    figure = Figure(name, 0.7, 0.7 + difference, (difference - 2 * error, difference + 2 * error), error, n)
    return Comparison("new, held out" if new else "probes", n, n, (figure,), new=new)


ENOUGH = comparison(0.05, 0.01, n=LEAST_HELD_OUT, new=True)


@pytest.mark.parametrize(
    ("difference", "error", "passes"),
    [(0.0, 0.02, True), (-0.019, 0.001, True), (-0.021, 0.001, False), (-0.05, 0.04, True), (-0.07, 0.04, False)],
)
def test_a_frozen_figure_falls_when_it_is_lower_by_more_than_tolerance_and_noise(difference: float, error: float, passes: bool) -> None:
    assert judge([comparison(difference, error), ENOUGH]).passed is passes


def test_the_new_held_out_part_may_not_be_read_worse_at_all() -> None:
    assert not judge([comparison(0.0, 0.02), comparison(-0.001, 0.06, n=60, new=True)]).passed
    assert judge([comparison(0.0, 0.02), comparison(0.0, 0.06, n=60, new=True)]).passed


def test_a_label_with_few_sentences_is_shown_and_not_guarded() -> None:
    few, many = comparison(-0.3, 0.05, name="F1 critical", n=19), comparison(-0.3, 0.05, name="F1 critical", n=20)
    whole = comparison(0.0, 0.02)
    assert judge([replace(whole, figures=(*whole.figures, *few.figures)), ENOUGH]).passed
    assert not judge([replace(whole, figures=(*whole.figures, *many.figures)), ENOUGH]).passed


def test_without_a_test_set_of_some_size_nothing_vouches_for_the_candidate() -> None:
    verdict = judge([ENOUGH])
    assert not verdict.passed
    assert "the largest frozen test set has 0 sentences that did not train" in verdict.reasons[0]


def test_the_gate_refuses_harmed_models_and_lets_most_equal_ones_pass_the_frozen_sets() -> None:
    """The rates of docs/retraining.md, by fewer draws."""
    assert refused(World((269,), 0), times=60, draws=200) < 0.2
    assert refused(World((269,), 0, harm=0.1), times=60, draws=200) > 0.75
    assert refused(World((269,), 0, harm=0.2), times=60, draws=200) > 0.95
    assert refused(World((269,), 40, gain=0.3), times=60, draws=200) < 0.3


def test_articles_stay_whole_and_the_same_labels_are_split_alike_whenever_they_come(book: Codebook) -> None:
    some, more = rows(book, 400, 80), rows(book, 200, 50, name="b")
    first, second = split_rows(some, []), split_rows([*more, *some], [])
    assert not {row.document for row in first.train} & {row.document for row in first.held_out}
    assert 0.1 < len(first.held_out) / 400 < 0.3
    assert {row.id for row in first.held_out} <= {row.id for row in second.held_out}


def test_few_labels_hold_out_at_least_thirty_but_never_more_than_half(book: Codebook) -> None:
    assert len(split_rows(rows(book, 80, 40), []).held_out) in (30, 31)
    assert len(split_rows(rows(book, 40, 20), []).held_out) == 20
    assert split_rows(rows(book, 200, 1), []).held_out == ()  # one article cannot stand on both sides


def test_the_random_share_is_held_out_first_so_that_shares_can_go_on_being_corrected_by_it(book: Codebook) -> None:
    given = [replace(row, stratum="random" if number % 4 == 0 else "chosen") for number, row in enumerate(rows(book, 200, 200))]
    split = split_rows(given, [])
    assert {row.stratum for row in split.held_out} == {"random"}
    assert {row.stratum for row in split.train} == {"chosen"}
    all_random = [replace(row, stratum="random") for row in given]
    assert len(split_rows(all_random, []).held_out) == 100  # something must be left to learn from


def test_nothing_of_a_frozen_set_ever_trains_not_even_the_article_it_stands_in(book: Codebook) -> None:
    given = rows(book, 200, 40)
    frozen = settled(row for row in given if row.document == "a-7")[:2]
    split = split_rows(given, frozen)
    assert "a-7" not in {row.document for row in (*split.train, *split.held_out)}
    assert split.frozen == 5


def test_labels_that_an_earlier_retraining_was_given_train_again_and_a_new_reading_takes_their_place(book: Codebook, tmp_path: Path, tiny_bundle: Path) -> None:
    import shutil

    from training.retrain.rows import as_lines

    shutil.copytree(tiny_bundle, tmp_path / "bundle")
    (tmp_path / "bundle/provenance").mkdir()
    earlier = rows(book, 40, 8, name="old")
    (tmp_path / "bundle/provenance/labels.jsonl").write_bytes(as_lines(earlier))
    changed = [replace(row, label="critical") for row in earlier[:8]]
    frozen = [LabelledSet("test", settled(earlier[-1:]))]
    found = collect([*changed, *rows(book, 200, 40, name="new")], frozen, load_bundle(tmp_path / "bundle"), book, only=False, files=[])
    labels = {g.text: g.label for g in found.chosen.gold}
    assert [labels[row.text] for row in changed if row.document != earlier[-1].document] == ["critical"] * 7
    assert labels[earlier[20].text] == "neutral"
    assert earlier[-1].text not in labels
    assert len(found.chosen.gold) > 25_000  # with the shipped ones
    assert not {row.text for row in found.split.held_out} & labels.keys()


def test_labels_against_the_shipped_gold_are_counted_by_annotator(book: Codebook, gold: list[Gold]) -> None:
    def read(g: Gold, annotator: str, wrong: bool) -> Annotation:
        label = next(name for name in book.labels if (name == g.label) != wrong)
        return Annotation(id=g.id, text=g.text, label=label, annotator=annotator, codebook=book.version, target=book.target, origin="imported")

    given = [*(read(g, "person/careful", wrong=False) for g in gold[:60]), *(read(g, "person/hasty", wrong=True) for g in gold[60:100])]
    found = against_gold(given, gold)
    assert found.refused
    assert found.annotators == {"person/careful": (0, 60), "person/hasty": (40, 40)}
    assert not against_gold(given[:60], gold).refused


def test_a_third_of_labels_flipped_is_seen_by_the_shipped_model_and_honest_ones_pass(scorer: Scorer, book: Codebook, gold: list[Gold]) -> None:
    rng = np.random.default_rng(0)
    sample = [g for g in gold if g.origin == "seed"]
    honest = [Annotation(id=g.id, text=g.text, label=str(g.label), annotator="person/x", codebook=book.version, target=book.target, origin="imported") for g in sample]
    flipped = [replace(row, label=str(rng.choice([name for name in book.labels if name != row.label]))) if rng.random() < 0.3 else row for row in honest]
    assert not against_model(honest, scorer).refused
    assert against_model(flipped, scorer).refused
