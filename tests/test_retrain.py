"""The retraining loop on a tiny real encoder: what is better is promoted, what is worse or poisoned is refused with a reason, and a kill harms nothing."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from labels.codebook import Codebook
from labels.gold import Gold
from service.bundle import load_bundle
from service.registry.home import Home
from service.registry.pointer import read_state
from service.registry.promotion import promote
from service.registry.store import add, stored
from service.scorer import load_scorer
from tests.conftest import ROOT
from training.cli import main
from training.retrain.collect import given_before
from training.retrain.frozen import LabelledSet
from training.retrain.gate import judge
from training.retrain.measure import compare_on


@dataclass(frozen=True)
class World:
    """Label files in one folder, an incumbent that learnt little, and what `retrain` needs to be quick."""

    folder: Path
    incumbent: Path
    options: list[str]
    test: list[Gold]

    def command(self, name: str, *more: str) -> list[str]:
        return ["retrain", "--labels", str(self.folder / name), *self.options, *more]


def write(path: Path, rows: Sequence[Gold], book: Codebook, flipped: float = 0.0) -> None:
    chance = random.Random(1)
    lines = []
    for place, g in enumerate(rows):
        label = g.label if chance.random() >= flipped else chance.choice([name for name in book.labels if name != g.label])
        lines.append(json.dumps({"text": g.text, "label": label, "article": f"{path.stem}-{place // 4}", "annotator": "person/ann"}) + "\n")
    path.write_text("".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path, gold: list[Gold], book: Codebook) -> World:
    folder = tmp_path_factory.mktemp("world")
    rows = [g for g in gold if g.origin == "written"]
    random.Random(0).shuffle(rows)
    write(folder / "little.jsonl", rows[:300], book)
    write(folder / "more.jsonl", rows[300:2300], book)
    write(folder / "poisoned.jsonl", rows[300:2300], book, flipped=0.3)
    write(folder / "few.jsonl", rows[2300:2340], book)
    write(folder / "test.jsonl", rows[-500:], book)
    options = ["--only", "--base", str(tiny_base), "--quiet", "--set", "epochs=1"]
    for name in ("little", "poisoned"):
        assert main(["train", "--labels", str(folder / f"{name}.jsonl"), "--out", str(folder / name), *options]) == 0
    return World(folder, folder / "little", [*options, "--test", str(folder / "test.jsonl")], rows[-500:])


@pytest.fixture
def incumbent(store: Home, world: World) -> str:
    tag = add(store, world.incumbent)
    promote(store, tag)
    return tag


@pytest.fixture(scope="module")
def grown(world: World, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A store in which a retraining on more labels has been promoted."""
    with pytest.MonkeyPatch.context() as patch:
        home = Home(tmp_path_factory.mktemp("grown") / "bentoml")
        patch.setenv("BENTOML_HOME", str(home.path))
        promote(home, add(home, world.incumbent))
        assert main(world.command("more.jsonl")) == 0
    return home


@pytest.fixture
def grown_copy(grown: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    shutil.copytree(grown.path, tmp_path / "bentoml")
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    return Home(tmp_path / "bentoml")


def test_a_candidate_that_learnt_more_is_promoted_and_its_manifest_tells_the_comparison(grown: Home, world: World) -> None:
    state = read_state(grown)
    assert state.stack[0] == load_bundle(world.incumbent).tag
    assert len(state.stack) == 2
    manifest = load_bundle(grown.folder(state.promoted)).manifest
    assert manifest["retraining"]["verdict"] == "passed"
    assert manifest["retraining"]["incumbent"] == state.stack[0]
    figures = {c["name"].partition("-")[0]: c["figures"][0] for c in manifest["retraining"]["comparisons"]}
    assert figures["test"]["difference"] > 0.03
    assert manifest["training"]["sources"]["added"]["files"][0]["name"] == "more.jsonl"
    assert not list(grown.work.iterdir())


def test_every_flip_stands_in_a_file_with_its_gold_label(grown: Home) -> None:
    folder = grown.folder(read_state(grown).promoted)
    flips = [json.loads(line) for line in (folder / "provenance/flips.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(flips) > 20
    assert all(flip["before"] != flip["after"] and flip["gold"] for flip in flips)


def test_the_held_out_part_never_trains_and_is_frozen_once_promoted(grown: Home, world: World, book: Codebook) -> None:
    folder = grown.folder(read_state(grown).promoted)
    trained = {row.text for row in given_before(load_bundle(folder), book)}
    held = [json.loads(line) for line in (folder / "provenance/held_out.jsonl").read_text(encoding="utf-8").splitlines()]
    all_rows = [json.loads(line) for line in (world.folder / "more.jsonl").read_text(encoding="utf-8").splitlines()]
    assert 0.15 < len(held) / len(all_rows) < 0.25
    assert not trained & {row["text"] for row in held}
    assert trained | {row["text"] for row in held} == {row["text"] for row in all_rows}
    articles = {row["text"]: row["article"] for row in all_rows}
    assert not {articles[text] for text in trained} & {row["document"] for row in held}
    assert [path.stem.partition("-")[0] for path in sorted(grown.tests.iterdir())] == ["given", "held"]


def test_a_poisoned_file_is_refused_and_the_incumbent_stays(store: Home, incumbent: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(world.command("poisoned.jsonl")) == 1
    told = capsys.readouterr()
    assert f"contradict {incumbent} where it is certain" in told.out
    assert "person/ann: " in told.err
    assert read_state(store).promoted == incumbent
    assert [one.tag for one in stored(store)][1:] == [incumbent]


def test_a_model_that_learnt_from_poisoned_labels_is_caught_by_the_frozen_set_too(grown: Home, world: World) -> None:
    """The held-out part of a poisoned file is poisoned alike; what is frozen is not."""
    clean, poisoned = load_scorer(grown.folder(read_state(grown).promoted)), load_scorer(world.folder / "poisoned")
    comparison, flips = compare_on(clean, poisoned, LabelledSet("test", world.test))
    verdict = judge([comparison])
    assert not verdict.passed
    assert any("macro-F1 on test falls" in reason for reason in verdict.reasons)
    assert flips


def test_a_refused_candidate_stays_in_the_store_unpromoted_and_force_says_so(grown_copy: Home, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    before = read_state(grown_copy).promoted
    assert main(world.command("few.jsonl")) == 1
    told = capsys.readouterr().out
    assert "refused, the incumbent stays:" in told
    assert "falls from" in told
    assert read_state(grown_copy).promoted == before
    (refused,) = {one.tag for one in stored(grown_copy)} - {before, *read_state(grown_copy).stack, load_bundle().tag}
    assert main(world.command("few.jsonl", "--force", "--why", "a trial")) == 0
    assert read_state(grown_copy).promoted == refused
    event = read_state(grown_copy).history[-1]
    assert (event.forced, event.why) == (True, "a trial")
    manifest = load_bundle(grown_copy.folder(refused)).manifest["retraining"]
    assert (manifest["verdict"], manifest["forced"]["why"]) == ("forced", "a trial")
    assert main(["models", "rollback"]) == 0
    assert read_state(grown_copy).promoted == before


def test_a_discarded_candidate_leaves_nothing(grown_copy: Home, world: World) -> None:
    before = {path for path in grown_copy.models.rglob("*")}
    assert main(world.command("few.jsonl", "--discard")) == 1
    assert {path for path in grown_copy.models.rglob("*")} == before
    assert not list(grown_copy.work.iterdir())


def test_too_few_labels_to_compare_on_are_refused_with_the_number_that_is_needed(store: Home, incumbent: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    command = world.command("few.jsonl")
    command = command[: command.index("--test")]
    assert main([*command, "--discard"]) == 1
    told = capsys.readouterr()
    assert "20 of the new sentences could be held out; expected at least 30" in told.out


def test_bad_rows_stop_the_retraining_before_anything_is_trained(store: Home, incumbent: str, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("text,label\nThey met in Moscow.,hostile\n", encoding="utf-8")
    assert main(["retrain", "--labels", str(path), *world.options]) == 2
    assert f"{path}:2: label: found 'hostile'; expected one of" in capsys.readouterr().err
    assert not store.work.exists()


def test_a_retraining_killed_at_any_point_leaves_the_incumbent_serving_and_goes_on_from_there(store: Home, incumbent: str, world: World) -> None:
    points: list[Callable[[], bool]] = [
        lambda: bool(list(store.work.glob("*"))),
        lambda: bool(list(store.work.glob("*/.bundle.stancewire-checkpoints/*/checkpoint-*"))),
        lambda: bool(list(store.work.glob("*/bundle"))),
        lambda: bool(list(store.work.glob("*/judged"))),
        lambda: store.staging.exists(),
    ]
    killed = []
    for point in points:
        killed.append(_run_until(point, world))
        assert all(one.fault is None for one in stored(store))
        if killed[-1]:
            assert read_state(store).promoted == incumbent
    assert sum(killed) >= 3
    if all(killed):
        assert _run_until(lambda: False, world) is False
    state = read_state(store)
    assert state.stack[0] == incumbent
    assert len(state.stack) == 2
    assert not list(store.work.iterdir())
    assert not store.staging.exists()


def _run_until(reached: Callable[[], bool], world: World) -> bool:
    """Run the retraining and kill it when ``reached``; tell whether it was killed before its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-m", "training.cli", *world.command("more.jsonl")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as process:
        while process.poll() is None and not reached():
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        _, told = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), told.decode()[-2000:]
    return process.returncode != 0


def test_two_retrainings_at_once_are_one_too_many(store: Home, incumbent: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    from filelock import FileLock

    with FileLock(store.own / "retrain.lock"):
        assert main(world.command("more.jsonl")) == 2
    assert "another retraining is under way" in capsys.readouterr().err


def test_a_retrained_model_is_made_again_to_the_same_bytes(grown: Home, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BENTOML_HOME", str(grown.path))
    tag = read_state(grown).promoted
    assert main(["train", "--reproduce", tag, "--quiet", "--out", str(tmp_path / "again")]) == 0
    assert f"{tag} came out the same" in capsys.readouterr().out
    assert load_bundle(tmp_path / "again").tag == tag


def test_a_bundle_whose_labels_are_not_at_hand_names_them(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "--reproduce", str(world.incumbent), "--quiet", "--out", str(tmp_path / "again")]
    assert main(command) == 2
    assert "none are at hand; expected --labels with little.jsonl" in capsys.readouterr().err
    assert main([*command, "--labels", str(world.folder / "few.jsonl")]) == 2
    assert "those given have the hash" in capsys.readouterr().err
    assert main([*command, "--labels", str(world.folder / "little.jsonl")]) == 0


def test_a_bundle_whose_shipped_labels_have_moved_on_names_the_version_to_check_out(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from service.bundle import write_manifest

    shutil.copytree(world.incumbent, tmp_path / "old")
    manifest = {key: value for key, value in load_bundle(world.incumbent).manifest.items() if key not in ("format", "tag", "files")}
    shipped = {"version": "0.0.9", "commit": "commit 1a2b3c", "hash": "0" * 64, "sentences": 5}
    manifest["training"] = {**manifest["training"], "sources": {"shipped": shipped}}
    write_manifest(tmp_path / "old", manifest)
    assert main(["train", "--reproduce", str(tmp_path / "old"), "--quiet", "--out", str(tmp_path / "again")]) == 2
    assert "expected the checkout of stancewire 0.0.9, commit 1a2b3c" in capsys.readouterr().err


def test_the_labels_of_a_trained_bundle_are_kept_with_it_and_those_of_another_are_not(store: Home, world: World, book: Codebook, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "add", str(world.incumbent), "--labels", str(world.folder / "few.jsonl")]) == 2
    assert "was trained on" in capsys.readouterr().err
    assert main(["models", "add", str(world.incumbent), "--labels", str(world.folder / "little.jsonl")]) == 0
    kept = given_before(load_bundle(store.folder(load_bundle(world.incumbent).tag)), book)
    assert [row.text for row in kept] == [json.loads(line)["text"] for line in (world.folder / "little.jsonl").read_text(encoding="utf-8").splitlines()]
