"""Training on a tiny real encoder: the whole way from a user's table to a bundle that scores."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from labels.codebook import Codebook
from labels.errors import BundleError
from labels.gold import Gold
from service.bundle import NAMES, load_bundle
from service.scorer import Scorer
from training.cli import main
from training.rows import training_set


def test_a_bundle_trained_elsewhere_scores(tiny_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--bundle", str(tiny_bundle), "--json", "Putin met Raisi."]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == load_bundle(tiny_bundle).tag


def test_the_manifest_tells_where_the_bundle_comes_from(tiny_bundle: Path, tiny_base: Path) -> None:
    training = load_bundle(tiny_bundle).manifest["training"]
    assert training["base"]["name"] == tiny_base.name
    assert len(training["base"]["sha256"]) == 64
    assert training["config"]["seed"] == 0
    assert training["largest_logit_difference_from_torch"] < 0.5
    assert "Model card" in (tiny_bundle / NAMES.card).read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_model(tiny_bundle: Path, tiny_base: Path, few_labels: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    command = ["train", "--base", str(tiny_base), "--labels", str(few_labels), "--only", "--epochs", "2", "--quiet"]
    assert main([*command, "--out", str(again)]) == 0
    assert main([*command, "--seed", "5", "--out", str(other)]) == 0
    assert load_bundle(again).tag == load_bundle(tiny_bundle).tag
    assert load_bundle(other).tag != load_bundle(tiny_bundle).tag


def test_a_stopped_run_continues_from_its_last_epoch(tiny_bundle: Path, tiny_base: Path, few_labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    out = tmp_path / "bundle"
    command = ["train", "--base", str(tiny_base), "--labels", str(few_labels), "--only", "--epochs", "2", "--quiet", "--out", str(out)]

    class Stop(transformers.TrainerCallback):
        def on_epoch_begin(self, args: object, state: transformers.TrainerState, control: object, **kwargs: object) -> None:
            if (state.epoch or 0) >= 1:
                raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("transformers.trainer.DEFAULT_CALLBACKS", [*transformers.trainer.DEFAULT_CALLBACKS, Stop])
        assert main(command) == 130
    assert not out.exists()
    assert list(tmp_path.glob(".bundle.stancewire-checkpoints/*/checkpoint-*"))
    assert main(command) == 0
    assert load_bundle(out).tag == load_bundle(tiny_bundle).tag
    assert [p.name for p in tmp_path.iterdir()] == ["bundle"]


def test_bad_rows_stop_the_training_until_they_are_to_be_skipped(tiny_base: Path, tmp_path: Path, few_labels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mixed = tmp_path / "mixed.csv"
    mixed.write_text(few_labels.read_text(encoding="utf-8") + 'Something happened in Tehran.,hostile\n"",neutral\n', encoding="utf-8")
    command = ["train", "--base", str(tiny_base), "--labels", str(mixed), "--only", "--epochs", "1", "--quiet", "--out", str(tmp_path / "b")]
    assert main(command) == 2
    told = capsys.readouterr().err
    assert "2 rows cannot be used" in told
    assert "'hostile'; expected one of favourable, critical, neutral" in told
    assert not (tmp_path / "b").exists()
    assert main([*command, "--skip-invalid"]) == 0
    assert "left out:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id,sentence\n1,x\n", "expected text and label among them"),
        ("text,label\n", "has no rows"),
        ("text,label\nOne sentence here.,neutral\n", "no training sentence is labelled"),
    ],
)
def test_tables_that_cannot_train_say_why(tiny_base: Path, tmp_path: Path, content: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(content, encoding="utf-8")
    assert main(["train", "--base", str(tiny_base), "--labels", str(path), "--only", "--quiet", "--out", str(tmp_path / "b")]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("base", "told"), [("./nowhere", "no such folder"), (".", "no config.json")])
def test_an_unusable_base_is_named(base: str, told: str, few_labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--base", base, "--labels", str(few_labels), "--only", "--out", "b"]) == 2
    assert told in capsys.readouterr().err


def test_your_reading_of_a_shipped_sentence_takes_its_place(gold: list[Gold], tmp_path: Path) -> None:
    from labels.codebook import load_codebook
    from training.rows import chosen_gold

    path = tmp_path / "mine.jsonl"
    flipped = "critical" if gold[0].label != "critical" else "neutral"
    path.write_text(json.dumps({"text": gold[0].text, "label": flipped}) + "\n", encoding="utf-8")
    chosen = chosen_gold([path], load_codebook(), only=False, skip_invalid=False)
    assert (chosen.added, chosen.replaced, len(chosen.gold)) == (1, 1, len(gold))
    assert [g.label for g in chosen.gold if g.text == gold[0].text] == [flipped]


def test_calibration_rows_never_train_and_stay_put_when_rows_are_added(gold: list[Gold]) -> None:
    all_rows, fewer = training_set(gold), training_set(gold[: len(gold) // 2])
    assert not {g.group for g in all_rows.train} & {g.group for g in all_rows.calibration}
    assert {g.id for g in fewer.calibration} <= {g.id for g in all_rows.calibration}
    assert all(g.origin != "seed" for g in all_rows.calibration)
    assert all_rows.hash != fewer.hash


def test_the_exported_graph_equals_torch_and_int8_storage_hardly_moves_it(tiny_base: Path, gold: list[Gold], tmp_path: Path) -> None:
    from training.config import TrainConfig
    from training.export import export_onnx
    from training.fit import Example, fit

    texts = [g.text for g in gold[:90]]
    fitted = fit([Example(t, i % 3) for i, t in enumerate(texts)], ("a", "b", "c"), TrainConfig(base=str(tiny_base), epochs=1), tmp_path / "work", progress=False)
    assert export_onnx(fitted, tmp_path / "fp32.onnx", texts, int8_storage=False) < 1e-4
    assert export_onnx(fitted, tmp_path / "int8.onnx", texts) < 0.3
    assert (tmp_path / "int8.onnx").stat().st_size < 0.5 * (tmp_path / "fp32.onnx").stat().st_size


def test_the_lexical_channel_is_tf_idf_and_logistic_regression(gold: list[Gold]) -> None:
    """Its logits equal scikit-learn's decision function on the same weighted counts."""
    import torch
    from sklearn.linear_model import LogisticRegression

    from training.lexical import fit_lexical

    rng = np.random.default_rng(0)
    labels = [i % 3 for i in range(120)]
    encoded = [[1, *rng.integers(4 + 5 * label, 24, size=12).tolist(), 2] for label in labels]
    channel = fit_lexical(encoded, labels, label_count=3, vocabulary=24, special=[0, 1, 2], weight=0.5)
    counts = np.array([np.bincount(ids, minlength=24) for ids in encoded], dtype=float)
    frequency = (counts > 0).sum(axis=0)
    idf = np.where(frequency >= 2, np.log((1 + len(encoded)) / (1 + frequency)) + 1, 0)
    idf[[0, 1, 2]] = 0
    features = counts * idf / np.sqrt(counts @ idf**2)[:, None]
    expected = LogisticRegression(C=4.0, max_iter=500, class_weight="balanced").fit(features, labels).decision_function(features)
    ids = torch.tensor(encoded)
    padded = torch.cat([ids, torch.zeros(120, 3, dtype=torch.long)], dim=1)
    mask = (padded != 0).long()
    assert channel(padded, mask).numpy() == pytest.approx(0.5 * expected, abs=1e-3)


def test_the_bundle_decides_by_the_codebooks_floors(tiny_bundle: Path) -> None:
    bundle = load_bundle(tiny_bundle)
    assert set(bundle.decision.floors) == {"favourable", "critical"}
    assert bundle.codebook.floors == bundle.decision.floors


def test_the_card_says_what_is_not_known_of_a_small_set(tiny_bundle: Path) -> None:
    card = " ".join((tiny_bundle / NAMES.card).read_text(encoding="utf-8").split())
    assert "Agreement among readings is not known: no sentence has two." in card
    assert "Probabilities are not calibrated: too few sentences could be held back." in card


def test_the_card_of_the_shipped_bundle_names_its_failures_and_its_ceiling(scorer: Scorer) -> None:
    card = " ".join((scorer.bundle.path / NAMES.card).read_text(encoding="utf-8").split())
    assert "One failed probe of each kind:" in card
    assert "Krippendorff's alpha" in card
    assert "Not flagged `ambiguous`" in card


def test_agreement_counts_the_sentences_on_which_no_majority_holds(tmp_path: Path, book: Codebook) -> None:
    from training.rows import chosen_gold

    rng = np.random.default_rng(0)
    path = tmp_path / "two.jsonl"
    rows = [{"text": f"Sentence number {n} about a visit.", "label": str(rng.choice(book.labels)), "annotator": f"person/{name}"} for n in range(200) for name in "ab"]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    chosen = chosen_gold([path], book, only=True, skip_invalid=False)
    assert len(chosen.gold) < 120  # those on which both agree by chance
    assert abs(chosen.agreement["imported"]) < 0.2


def test_offsets_move_probabilities_toward_the_prevalence(tiny_bundle: Path, tmp_path: Path) -> None:
    import shutil

    from service.bundle import write_manifest
    from service.scorer import load_scorer

    moved = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, moved)
    manifest = {key: value for key, value in load_bundle(moved).manifest.items() if key not in ("format", "tag", "files")}
    manifest["calibration"]["offsets"] = [0.0, 0.0, 2.0]
    write_manifest(moved, manifest)
    before, after = (load_scorer(folder).classify(["Putin met Raisi."]).probabilities[0] for folder in (tiny_bundle, moved))
    odds = (after[2] / after[0]) / (before[2] / before[0])
    assert odds == pytest.approx(np.exp(2.0), rel=1e-6)
    assert load_bundle(moved).tag != load_bundle(tiny_bundle).tag
    manifest["calibration"]["offsets"] = [0.0]
    write_manifest(moved, manifest)
    with pytest.raises(BundleError, match="1 of them for 3 labels"):
        load_bundle(moved)


def test_the_card_can_be_written_again_without_another_tag(tiny_bundle: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, copy)
    assert main(["models", "card", "--bundle", str(copy)]) == 0
    assert load_bundle(copy).tag == load_bundle(tiny_bundle).tag


def test_a_folder_with_something_else_in_it_is_not_replaced(tiny_base: Path, few_labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert main(["train", "--base", str(tiny_base), "--labels", str(few_labels), "--only", "--quiet", "--out", str(tmp_path)]) == 2
    assert "holds something else than a bundle" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_row_with_too_many_cells_is_a_problem_not_a_shorter_sentence(tiny_base: Path, few_labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("label,text\ncritical,Iran, Russia met again.\n", encoding="utf-8")
    assert main(["train", "--labels", str(path), "--only", "--quiet", "--out", str(tmp_path / "b")]) == 2
    assert f"{path}:2: row: found 3 cells; expected 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("setting", "told"), [("colour=1", "no such setting; expected one of base, seed"), ("epochs=many", "a value of type int"), ("freeze_embeddings=1", "true or false")]
)
def test_a_setting_that_does_not_fit_is_named(setting: str, told: str, few_labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--labels", str(few_labels), "--only", "--set", setting, "--out", str(tmp_path / "b")]) == 2
    assert f"--set {setting}: " in capsys.readouterr().err


def test_settings_reach_the_manifest(tiny_base: Path, few_labels: Path, tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    command = ["train", "--base", str(tiny_base), "--labels", str(few_labels), "--only", "--epochs", "1", "--quiet", "--out", str(out)]
    assert main([*command, "--set", "lexical_weight=0", "--set", "balance=0.5"]) == 0
    config = load_bundle(out).manifest["training"]["config"]
    assert (config["lexical_weight"], config["balance"]) == (0.0, 0.5)
