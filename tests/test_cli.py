"""The command line as a user meets it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from service.scorer import Scorer
from training.cli import main


def test_score_prints_a_readable_view(article_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(article_path)]) == 0
    out = capsys.readouterr().out
    assert "favourable" in out
    assert "24 units:" in out
    assert "7 stretches of page furniture skipped" in " ".join(out.split())


def test_score_json_is_what_the_scorer_says(scorer: Scorer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--json", "Putin met Raisi. Ties are excellent, both said."]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["model"] == scorer.bundle.tag
    assert [s["text"] for s in body["sentences"]] == ["Putin met Raisi.", "Ties are excellent, both said."]


def test_score_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Путин met Raisi in Tehran.".encode())))
    assert main(["score", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "stdin"


@pytest.mark.parametrize(
    ("argument", "told"),
    [("", "is empty"), ("🙂", "no letter"), ("x\0y", "NUL byte"), ("missing.txt", "no such file"), ("word " * 400_000, "2,000,000 characters")],
)
def test_score_refuses_with_a_sentence_and_a_code(argument: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", argument]) == 2
    assert told in capsys.readouterr().err


def test_score_refuses_a_file_that_is_not_utf8(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes(b"caf\xe9 in Tehran")
    assert main(["score", str(path)]) == 2
    assert "byte 3 is not UTF-8" in capsys.readouterr().err


def test_score_refuses_a_folder_that_is_no_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--bundle", str(tmp_path), "Putin met Raisi."]) == 2
    assert "manifest.json: cannot be read" in capsys.readouterr().err


def test_models_check_says_that_the_shipped_bundle_fits_the_labels(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "check"]) == 0
    assert "the labels that the repo holds" in capsys.readouterr().out


def test_a_long_text_and_a_folder_are_not_taken_for_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--json", "Iran and Russia signed an agreement. " * 9]) == 0
    assert main(["score", str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().err
