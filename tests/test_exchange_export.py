"""What goes out: sources of sentences, the model's labels, and a labelling configuration with the codebook's definitions."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from labels.codebook import Codebook
from labels.records import unit_id
from service.scorer import Scorer
from tests.exchange import ALL, SUFFIX, TEXTS, bring, readings, send, stored, units, write_lines

PRAISE = "Ties between Iran and Russia are excellent, both presidents said."


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    path = tmp_path / "sentences.txt"
    path.write_text(f"{PRAISE}\n\nIran and Russia signed an agreement on Monday.\n", encoding="utf-8")
    return path


@ALL
def test_every_format_comes_with_the_codebooks_definitions_or_labels(tool: str, sentences: Path, tmp_path: Path, book: Codebook) -> None:
    config = tmp_path / "config"
    assert send(sentences, "--format", tool, "--out", tmp_path / f"x{SUFFIX[tool]}", "--config", config) == 0
    text = config.read_text(encoding="utf-8")
    assert all(label.name in text for label in book.scheme)
    assert all((label.definition in text) or tool == "doccano" for label in book.scheme)  # doccano's labels have no room for one
    assert "voice" in text


def test_label_studios_interface_asks_for_the_label_and_the_voice(sentences: Path, tmp_path: Path, book: Codebook) -> None:
    assert send(sentences, "--format", "label-studio", "--out", tmp_path / "x.json", "--config", tmp_path / "x.xml") == 0
    view = ElementTree.parse(tmp_path / "x.xml").getroot()
    choices = {tag.get("name"): tag for tag in view.iter("Choices")}
    assert [(c.get("value"), c.get("hint")) for c in choices["label"]] == [(label.name, label.definition) for label in book.scheme]
    assert [c.get("value") for c in choices["voice"]] == ["outlet", "source"]
    (text,) = view.iter("Text")
    assert {tag.get("toName") for tag in [*choices.values(), *view.iter("TextArea")]} == {text.get("name")}
    tasks = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert all((text.get("value") or "").removeprefix("$") in task["data"] for task in tasks)


def test_label_studios_annotations_name_controls_and_choices_that_the_interface_has(tmp_path: Path, book: Codebook) -> None:
    source = write_lines(tmp_path / "made.jsonl", readings(book))
    assert send(source, "--format", "label-studio", "--out", tmp_path / "x.json", "--config", tmp_path / "x.xml") == 0
    view = ElementTree.parse(tmp_path / "x.xml").getroot()
    offered = {tag.get("name"): {choice.get("value") for choice in tag} for tag in view.iter("Choices")}
    areas = {tag.get("name") for tag in view.iter("TextArea")}
    results = [region for task in json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) for a in task["annotations"] for region in a["result"]]
    assert {region["from_name"] for region in results} == {"label", "voice", "speaker", "unsure", "note"}
    assert all(set(region["value"]["choices"]) <= offered[region["from_name"]] for region in results if region["type"] == "choices")
    assert {region["from_name"] for region in results if region["type"] == "textarea"} <= areas


def test_argillas_settings_hold_every_question_that_a_record_answers(tmp_path: Path, book: Codebook) -> None:
    source = write_lines(tmp_path / "made.jsonl", readings(book))
    assert send(source, "--format", "argilla", "--out", tmp_path / "x.json", "--config", tmp_path / "settings.json") == 0
    settings = json.loads((tmp_path / "settings.json").read_text(encoding="utf-8"))
    records = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    questions = {question["name"]: question for question in settings["questions"]}
    assert {name for record in records for name in record["responses"]} <= questions.keys()
    assert [option["value"] for option in questions["label"]["settings"]["options"]] == list(book.labels)
    assert {field["name"] for field in settings["fields"]} == set(records[0]["fields"])
    assert settings["allow_extra_metadata"] is True


def test_doccanos_labels_have_distinct_keys(sentences: Path, tmp_path: Path, book: Codebook) -> None:
    assert send(sentences, "--format", "doccano", "--out", tmp_path / "x.jsonl", "--config", tmp_path / "labels.json") == 0
    labels = json.loads((tmp_path / "labels.json").read_text(encoding="utf-8"))
    assert [label["text"] for label in labels] == [*book.labels, "voice: outlet", "voice: source", "unsure"]
    assert len({label["suffix_key"] for label in labels}) == len(labels)


def test_prodigys_recipe_compiles_and_sentences_that_are_printed_twice_keep_their_own_hash(tmp_path: Path) -> None:
    assert send(write_lines(tmp_path / "units.jsonl", units()), "--format", "prodigy", "--out", tmp_path / "x.jsonl", "--config", tmp_path / "recipe.py") == 0
    names = [node.name for node in ast.parse((tmp_path / "recipe.py").read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    assert names == ["label"]
    tasks = stored(tmp_path / "x.jsonl")
    assert len({task["_task_hash"] for task in tasks}) == len({task["_input_hash"] for task in tasks}) == len(TEXTS) > len(set(TEXTS))


def test_predict_gives_the_scorers_label_and_probability(sentences: Path, tmp_path: Path, scorer: Scorer) -> None:
    assert send(sentences, "--format", "label-studio", "--out", tmp_path / "x.json", "--predict") == 0
    predictions = [task["predictions"][0] for task in json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))]
    row = scorer.classify([PRAISE]).probabilities[0]
    assert predictions[0]["result"][0]["value"]["choices"] == ["favourable"]
    assert predictions[0]["score"] == pytest.approx(row[scorer.codebook.index("favourable")], abs=1e-6)
    assert {prediction["model_version"] for prediction in predictions} == {scorer.bundle.tag}


def test_predict_with_another_codebook_is_refused(sentences: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "codebook.toml"
    book.write_text('name="x"\nversion="1"\ntarget="t"\ndefault="b"\nsides=[]\nlabels=[{name="a",definition="first"},{name="b",definition="second"}]', encoding="utf-8")
    assert send(sentences, "--format", "csv", "--out", tmp_path / "x.csv", "--predict", "--codebook", book) == 2
    assert "expected a bundle with the codebook's labels, a, b" in capsys.readouterr().err
    assert send(sentences, "--format", "csv", "--out", tmp_path / "x.csv", "--codebook", book, "--config", tmp_path / "README.md") == 0
    assert "| `a` | first |" in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_lines_tables_and_units_are_sentences_with_the_id_of_text_and_place(tmp_path: Path, sentences: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("text,article,start,outlet\nIran met Russia.,a1,12,Example Times\n", encoding="utf-8")
    rows = write_lines(tmp_path / "rows.jsonl", [{"id": 17, "text": "Iran left Russia.", "document": "a2"}])
    assert send(sentences, table, rows, "--format", "prodigy", "--out", tmp_path / "x.jsonl") == 0
    got = [(task["text"], task["unit"]["unit_id"]) for task in stored(tmp_path / "x.jsonl")]
    assert got[0] == (PRAISE, unit_id(PRAISE))
    assert got[2:] == [("Iran met Russia.", unit_id("Iran met Russia.", "a1", 12)), ("Iran left Russia.", unit_id("Iran left Russia.", "a2"))]


def test_one_tools_export_goes_into_another(tmp_path: Path, book: Codebook) -> None:
    source = write_lines(tmp_path / "made.jsonl", readings(book))
    assert send(source, "--format", "label-studio", "--out", tmp_path / "x.json") == 0
    assert send(tmp_path / "x.json", "--format", "argilla", "--out", tmp_path / "y.json") == 0
    assert bring(tmp_path / "y.json", "--out", tmp_path / "back.jsonl") == 0
    assert sorted(map(str, stored(tmp_path / "back.jsonl"))) == sorted(map(str, (json.loads(row.to_json()) for row in readings(book))))


def test_units_and_annotations_of_the_same_sentences_go_out_together(tmp_path: Path, book: Codebook) -> None:
    made, drawn = write_lines(tmp_path / "made.jsonl", readings(book)[:5]), write_lines(tmp_path / "units.jsonl", units())
    assert send(drawn, made, "--format", "label-studio", "--out", tmp_path / "x.json") == 0
    tasks = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert len(tasks) == len(TEXTS)
    assert sum(len(task.get("annotations", [])) for task in tasks) == 5
    assert all(("annotations" in task) != ("predictions" in task) for task in tasks)  # who has answered needs no prediction


def test_doccano_gets_its_annotators_files_and_the_predictions_of_the_rest(tmp_path: Path, book: Codebook) -> None:
    made, drawn = write_lines(tmp_path / "made.jsonl", readings(book)[:2]), write_lines(tmp_path / "units.jsonl", units())
    assert send(drawn, made, "--format", "doccano", "--out", tmp_path / "x.jsonl") == 0
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["person%2Fanna@example.org.jsonl", "person%2Fben.jsonl"]
    assert all(row["label"] for row in stored(tmp_path / "x.jsonl"))
    assert len(stored(tmp_path / "x.jsonl")) == len(TEXTS) - 1


def test_a_file_that_may_hold_work_is_not_written_over(sentences: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "x.csv"
    out.write_text("an annotator's afternoon", encoding="utf-8")
    assert send(sentences, "--format", "csv", "--out", out) == 2
    assert "may hold annotators' work" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "an annotator's afternoon"
    assert send(sentences, "--format", "csv", "--out", out, "--overwrite") == 0


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"text": "12"}, "text: found '12'; expected a sentence"),
        ({"text": "Iran.", "id": "0000000000000000"}, "which its text and place give"),
        ({"text": "Iran.", "label": "odd", "model": "m"}, "expected the model's label, one of favourable"),
        ({"text": "Iran.", "document": "d", "start": "x"}, "expected a whole number"),
    ],
)
def test_a_unit_that_does_not_hold_is_named(row: dict[str, object], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert send(write_lines(tmp_path / "units.jsonl", [row]), "--format", "csv", "--out", tmp_path / "x.csv") == 2
    assert told in capsys.readouterr().err
