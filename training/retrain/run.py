"""The loop: new labels in, a candidate trained, compared with the incumbent, judged, kept in the store and promoted or not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from labels.codebook import Codebook
from labels.errors import InputError
from labels.records import Annotation
from service.bundle import Bundle, load_bundle, write_manifest
from service.registry.home import Home
from service.registry.labelled import LABELS
from service.registry.promotion import HELD_OUT, promote
from service.registry.store import add, promoted
from service.scorer import Scorer, load_scorer
from training.config import TrainConfig
from training.retrain.candidate import alone, train_candidate
from training.retrain.collect import Collected, collect, given_before
from training.retrain.frozen import NEW, LabelledSet, frozen_sets, remember, untaught
from training.retrain.gate import Verdict, judge
from training.retrain.measure import compare_on
from training.retrain.outcome import Options, Outcome, as_data
from training.retrain.rows import as_lines, read_rows, settled
from training.retrain.sanity import Contradiction, against_gold, against_model
from training.rows import shipped_gold

FLIPS = "flips.jsonl"
Say = Callable[[str], None]


def retrain(home: Home, book: Codebook, config: TrainConfig, options: Options, say: Say) -> Outcome:
    """Train a candidate and promote it if it passes the gate; the same call continues a run that was stopped.

    Raises LabelError for bad rows, InputError for options that do not fit, RegistryError when another retraining is under way.
    """
    _refuse_foreign(options.out)
    with alone(home):
        incumbent_tag, folder = promoted(home)
        incumbent = load_scorer(folder)
        read, problems = read_rows(options.labels, book, skip_invalid=options.skip_invalid)
        for problem in problems:
            say(f"left out: {problem}")
        remember(home, options.tests, book)
        frozen = frozen_sets(home, book)
        labels = collect(read, frozen, incumbent.bundle, book, only=options.only, files=options.labels)
        _say_labels(labels, options, incumbent_tag, say)
        _say_lost(incumbent.bundle, book, options, say)
        found = _contradictions(labels, read, incumbent, book, options)
        for one in found:
            say(f"{'refused' if one.refused else 'checked'}: {one}")
            for name, (against, compared) in one.annotators.items() if one.refused else ():
                say(f"  {name}: {against} of {compared}")
        if any(one.refused for one in found) and not options.force:
            reasons = tuple(f"{one}: look at the labels, or say --force" for one in found if one.refused)
            return Outcome(None, incumbent_tag, False, Verdict(False, reasons), contradictions=found)
        trained = train_candidate(home, labels, book, config, options)
        outcome = _judge(incumbent, incumbent_tag, load_scorer(trained), frozen, labels, found)
        return _keep(home, trained, labels, outcome, options)


def _refuse_foreign(out: Path | None) -> None:
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"--out {out}: holds something; expected a new folder or an empty one")


def _say_labels(labels: Collected, options: Options, incumbent: str, say: Say) -> None:
    train, held = settled(labels.split.train), settled(labels.split.held_out)
    say(
        f"{len(train):,} new sentences train, {len(held):,} of other articles are held out to measure"
        + (f"; {labels.split.frozen:,} stand in frozen test sets and do neither" if labels.split.frozen else "")
    )
    rows = (*labels.split.train, *labels.split.held_out)
    if drawn := len({row.id for row in labels.split.train if row.stratum == "random"} & {g.id for g in train}):
        say(f"{drawn:,} of the units of the random share train, since half of all is the most that is held out: the candidate's shares must not be corrected by them")
    if open_ones := len({row.id for row in rows}) - len(train) - len(held):
        say(f"{open_ones:,} new sentences are left out: their annotators disagree, and nobody has adjudicated")
    if earlier := len(settled(labels.added)) - len(train):
        say(f"{earlier:,} sentences that {incumbent} was given before train again")
    if not options.only:
        say(f"{len(labels.chosen.gold):,} sentences in all with the shipped ones, {labels.chosen.replaced:,} of which got a new label")


def _say_lost(incumbent: Bundle, book: Codebook, options: Options, say: Say) -> None:
    """Tell of labels that taught the incumbent and will not teach the candidate, because nobody kept them in the store."""
    told = (incumbent.manifest["training"].get("sources") or {}).get("added")
    if told and not options.only and not given_before(incumbent, book):
        names = ", ".join(f["name"] for f in told["files"]) or "files that it does not name"
        say(
            f"{incumbent.tag} learnt from {told['sentences']:,} added sentences ({names}) that the store does not keep and that do not train again; expected them among --labels, or `stancewire models add DIR --labels FILE`"
        )


def _contradictions(labels: Collected, read: Sequence[Annotation], incumbent: Scorer, book: Codebook, options: Options) -> tuple[Contradiction, ...]:
    found = [] if options.only else [against_gold(read, shipped_gold(book))]
    if (incumbent.codebook.target, incumbent.codebook.labels) == (book.target, book.labels):
        found.append(against_model(read, incumbent))
    return tuple(one for one in found if one.compared)


def _judge(incumbent: Scorer, tag: str, candidate: Scorer, frozen: Sequence[LabelledSet], labels: Collected, found: tuple[Contradiction, ...]) -> Outcome:
    if (incumbent.codebook.target, incumbent.codebook.labels) != (candidate.codebook.target, candidate.codebook.labels):
        reason = f"{tag} reads {incumbent.codebook.target} with other labels; nothing can be compared, expected --force to let the candidate take its place"
        return Outcome(candidate.bundle.tag, tag, False, Verdict(False, (reason,)), contradictions=found)
    taught = [*labels.chosen.gold, *settled(given_before(incumbent.bundle, candidate.codebook))]
    sets = untaught([*frozen, LabelledSet(NEW, settled(labels.split.held_out))], taught)
    compared = [compare_on(incumbent, candidate, one) for one in sets if one.gold]
    comparisons = tuple(comparison for comparison, _ in compared)
    flips = tuple(flip for _, flips in compared for flip in flips)
    verdict = judge(comparisons)
    if refused := [str(one) for one in found if one.refused]:
        verdict = Verdict(False, (*refused, *verdict.reasons))
    return Outcome(candidate.bundle.tag, tag, False, verdict, comparisons, flips, found)


def _keep(home: Home, trained: Path, labels: Collected, outcome: Outcome, options: Options) -> Outcome:
    """Put the candidate into the store with all that was found, promote it or not, and clear the run's folder away."""
    judged = trained.with_name("judged")
    shutil.rmtree(judged, ignore_errors=True)
    shutil.copytree(trained, judged)
    forced = options.force and not outcome.verdict.passed
    manifest = {key: value for key, value in load_bundle(judged).manifest.items() if key not in ("format", "tag", "files")}
    write_manifest(judged, {**manifest, "retraining": as_data(outcome, options.why if forced else None, forced=forced)})
    tag, same = str(outcome.tag), outcome.tag == load_bundle(promoted(home)[1]).tag
    won = (outcome.verdict.passed or options.force) and not same
    folder = None
    if won or not options.discard:
        lines = "".join(json.dumps(flip.to_dict(), ensure_ascii=False) + "\n" for flip in outcome.flips).encode()
        extras = {LABELS: as_lines(labels.added), HELD_OUT: as_lines(labels.split.held_out), FLIPS: lines}
        add(home, judged, extras, replace=not same)
        folder = home.folder(tag) if home.folder(tag).is_dir() else None
    if options.out is not None:
        shutil.copytree(judged, options.out, dirs_exist_ok=True)
    if won:
        promote(home, tag, why=options.why or ("; ".join(outcome.verdict.reasons) if forced else "passed the gate"), forced=forced)
    shutil.rmtree(trained.parent, ignore_errors=True)
    return replace(outcome, promoted=won, folder=folder)
