"""An encoder adapted to plain text is a base that training takes."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest
import torch
from transformers import AutoModel

from labels.gold import Gold
from training.adapt import main
from training.cli import main as stancewire


@pytest.fixture
def text(tmp_path: Path, gold: list[Gold]) -> Path:
    path = tmp_path / "news.txt.xz"
    with lzma.open(path, "wt", encoding="utf-8") as stream:
        stream.write("\n\n".join("\n".join(g.text for g in gold[i : i + 6]) for i in range(0, 600, 6)))
    return path


def test_an_adapted_encoder_is_a_base_to_train_from(text: Path, tiny_base: Path, few_labels: Path, tmp_path: Path) -> None:
    out = tmp_path / "adapted"
    assert main(["--text", str(text), "--base", str(tiny_base), "--out", str(out), "--tokens", "8000"]) == 0
    before, after = AutoModel.from_pretrained(tiny_base), AutoModel.from_pretrained(out)
    assert torch.equal(before.get_input_embeddings().weight, after.get_input_embeddings().weight)
    assert not torch.equal(before.encoder.layer[0].output.dense.weight, after.encoder.layer[0].output.dense.weight)
    assert not list(tmp_path.glob(".adapted*"))
    command = ["train", "--base", str(out), "--labels", str(few_labels), "--only", "--epochs", "1", "--quiet", "--out", str(tmp_path / "bundle")]
    assert stancewire(command) == 0


@pytest.mark.parametrize(("name", "content", "told"), [("empty.txt", b"\n\n", "is empty; expected articles"), ("cut.txt.xz", b"\xfd7zXZ\x00\x00\x04", "cannot be read as text")])
def test_text_that_cannot_be_read_is_named(name: str, content: bytes, told: str, tmp_path: Path, tiny_base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_bytes(content)
    assert main(["--text", str(tmp_path / name), "--base", str(tiny_base), "--out", str(tmp_path / "x")]) == 2
    assert f"--text {tmp_path / name}: {told}" in capsys.readouterr().err


def test_a_folder_in_use_is_not_overwritten(text: Path, tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--text", str(text), "--base", str(tiny_base), "--out", str(tmp_path)]) == 2
    assert "is not empty; expected a new folder" in capsys.readouterr().err
