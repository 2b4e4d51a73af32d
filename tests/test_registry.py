"""The model store: what is promoted serves, what is damaged or killed half-way leaves the rest as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import bentoml
import pytest

from labels.errors import BundleError, RegistryError
from service.bundle import NAMES, SHIPPED, load_bundle
from service.registry.choose import choose
from service.registry.home import Home
from service.registry.pointer import SHIPPED_NAME, read_state
from service.registry.promotion import promote, rollback
from service.registry.store import add, full_tag, locate, remove, stored
from tests.conftest import variant
from training.cli import main

TEXT = "Moscow and Tehran have little choice but each other, the paper wrote."


@pytest.fixture
def warm(tmp_path: Path) -> Path:
    return variant(tmp_path / "warm", 4.0)


@pytest.fixture
def cold(tmp_path: Path) -> Path:
    return variant(tmp_path / "cold", 0.5)


def scored_by(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    capsys.readouterr()
    assert main(["score", "--json", *options, TEXT]) == 0
    return str(json.loads(capsys.readouterr().out)["model"])


def test_bentoml_finds_a_bundle_under_its_own_tag_with_its_origin(store: Home, warm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = add(store, warm)
    assert tag == load_bundle(warm).tag
    code = f"import bentoml; m = bentoml.models.get({tag!r}); print(m.tag, m.info.labels['target'], m.info.metadata['sentences'], bentoml.models.get('stancewire:latest').tag)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert (told[0], told[-1]) == (tag, tag)
    assert told[-2] == str(load_bundle().manifest["training"]["sentences"])


def test_without_a_promotion_the_shipped_bundle_serves(store: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert choose(None).source == SHIPPED_NAME
    assert scored_by(capsys) == load_bundle().tag
    assert not store.path.exists()  # looking leaves no trace


def test_what_is_promoted_scores_until_it_is_rolled_back(store: Home, warm: Path, cold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tags = [add(store, warm), add(store, cold)]
    for tag in tags:
        assert main(["models", "promote", tag]) == 0
        assert scored_by(capsys) == tag
    assert scored_by(capsys, "--bundle", "shipped") == load_bundle().tag
    assert scored_by(capsys, "--bundle", tags[0][:17]) == tags[0]
    assert main(["models", "rollback"]) == 0
    assert scored_by(capsys) == tags[0]
    assert main(["models", "rollback"]) == 0
    assert scored_by(capsys) == load_bundle().tag
    assert main(["models", "rollback"]) == 2
    assert "nothing is promoted" in capsys.readouterr().err


def test_the_promoted_bundle_is_named_on_standard_error_for_nobody_named_it(store: Home, warm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    promote(store, tag := add(store, warm))
    assert main(["score", TEXT]) == 0
    assert f"with the promoted {tag}" in capsys.readouterr().err


def test_the_variable_of_the_environment_goes_before_the_promoted_one(
    store: Home, warm: Path, cold: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(store, add(store, warm))
    monkeypatch.setenv("STANCEWIRE_BUNDLE", str(cold))
    assert scored_by(capsys) == load_bundle(cold).tag
    assert scored_by(capsys, "--bundle", "promoted") == load_bundle(warm).tag


def test_the_history_tells_who_promoted_what_and_why(store: Home, warm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tag = add(store, warm)
    assert main(["models", "promote", tag, "--why", "reads our archive better"]) == 0
    capsys.readouterr()
    assert main(["models", "show", tag]) == 0
    shown = capsys.readouterr().out
    assert "reads our archive better" in shown
    assert load_bundle(warm).manifest["training"]["labels_hash"][:16] in shown


def test_a_tag_may_be_shortened_as_long_as_one_model_begins_so(store: Home, warm: Path, cold: Path) -> None:
    tags = [add(store, warm), add(store, cold)]
    assert full_tag(store, tags[0].removeprefix("stancewire:")[:6]) == tags[0]
    assert full_tag(store, load_bundle().tag) == SHIPPED_NAME
    with pytest.raises(RegistryError, match=r"no such model in .*; expected shipped, stancewire:"):
        full_tag(store, "zzz")
    with pytest.raises(RegistryError, match="expected shipped"):
        full_tag(store, "")


def test_a_folder_that_is_not_there_is_said_to_be_none(store: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--bundle", "./nowhere", TEXT]) == 2
    assert "./nowhere: no such folder; expected a bundle folder, a tag" in capsys.readouterr().err


def test_the_promoted_and_the_shipped_bundle_cannot_be_removed(store: Home, warm: Path) -> None:
    promote(store, tag := add(store, warm))
    with pytest.raises(RegistryError, match="is promoted; promote another one"):
        remove(store, tag)
    with pytest.raises(RegistryError, match="cannot be removed"):
        remove(store, SHIPPED_NAME)
    assert locate(store, tag).is_dir()


def test_a_rollback_passes_over_a_model_that_was_removed(store: Home, warm: Path, cold: Path) -> None:
    first, second = add(store, warm), add(store, cold)
    promote(store, first)
    promote(store, second)
    remove(store, first)
    assert rollback(store).promoted == SHIPPED_NAME


def test_diff_names_what_differs_and_the_sentences_that_flip(store: Home, warm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text.txt"
    text.write_text("The presidents of Russia and Iran praised their countries’ bilateral relationship during a meeting in Moscow on December 7.", encoding="utf-8")
    tag = add(store, warm)
    capsys.readouterr()
    assert main(["models", "diff", "shipped", tag, "--on", str(text), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [change["name"] for change in data["changes"]] == ["calibration.temperature"]
    assert data["compared"] == 1
    assert [(flip["before"], flip["after"]) for flip in data["flips"]] == [("favourable", "neutral")]


def test_a_damaged_model_is_listed_as_such_and_not_promoted(store: Home, warm: Path, cold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = add(store, warm), add(store, cold)
    (store.folder(bad) / NAMES.tokenizer).write_text("{}")
    promote(store, good)
    assert main(["models", "promote", bad]) == 2
    assert read_state(store).promoted == good
    capsys.readouterr()
    assert main(["models", "list"]) == 0
    assert f"{bad}  DAMAGED" in capsys.readouterr().out


def test_a_folder_that_is_no_bundle_is_not_added(store: Home, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BundleError):
        add(store, tmp_path / "empty")
    assert not store.models.exists()


def test_a_damaged_registry_file_is_told_and_not_overwritten(store: Home, warm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tag = add(store, warm)
    store.pointer.write_text("{not json")
    assert main(["models", "promote", tag]) == 2
    assert "move it away, and the shipped bundle serves" in capsys.readouterr().err
    assert store.pointer.read_text() == "{not json"


@pytest.mark.parametrize("milliseconds", [0, 20, 60, 120, 250])
def test_a_killed_add_leaves_the_store_whole_and_the_next_one_clears_up(store: Home, warm: Path, cold: Path, milliseconds: int) -> None:
    promote(store, before := add(store, cold))
    code = "import sys; from pathlib import Path\nfrom service.registry.home import store_home; from service.registry.store import add\nprint('go', flush=True)\nadd(store_home(), Path(sys.argv[1]))"
    with subprocess.Popen([sys.executable, "-c", code, str(warm)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGKILL)
    assert all(one.fault is None for one in stored(store))
    assert read_state(store).promoted == before
    assert {model.tag.name for model in bentoml.models.list(_model_store=_bento_store(store))} == {"stancewire"}
    assert add(store, warm) in [one.tag for one in stored(store)]
    assert not store.staging.exists()


def test_two_promotions_at_once_both_stand_in_the_history(store: Home, warm: Path, cold: Path) -> None:
    tags = [add(store, warm), add(store, cold)]
    command = [sys.executable, "-m", "training.cli", "models", "promote"]
    runs = [subprocess.Popen([*command, tag], stdout=subprocess.DEVNULL, env=dict(os.environ)) for tag in tags * 2]
    assert [run.wait() for run in runs] == [0] * 4
    assert sorted(event.tag for event in read_state(store).history) == sorted(tags * 2)


def _bento_store(home: Home) -> object:
    from bentoml._internal.models import ModelStore

    return ModelStore(home.models)


def test_the_shipped_bundle_is_not_copied_into_the_store(store: Home) -> None:
    add(store, SHIPPED)
    assert [one.path for one in stored(store)] == [SHIPPED]


def test_a_run_over_an_archive_goes_on_with_its_model_though_another_was_promoted(store: Home, warm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"id": str(i), "text": f"Moscow and Tehran met in room {i}."}) + "\n" for i in range(6)), encoding="utf-8")
    command = ["batch", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "scores"), "--shard", "2", "--no-cache", "--quiet", "--workers", "1"]
    assert main(command) == 0
    lines = (tmp_path / "scores/manifest.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "scores/manifest.jsonl").write_bytes(b"".join(lines[:2]))  # as if it had been killed after the first shard
    promote(store, add(store, warm))
    assert main(command) == 0
    assert main(["report", str(tmp_path / "scores"), "--out", str(tmp_path / "report.html")]) == 0
    told = capsys.readouterr()
    assert "no error rates" not in told.err  # the report found the bundle that scored
    assert (tmp_path / "scores/manifest.jsonl").read_bytes().splitlines(keepends=True)[0] == lines[0]
