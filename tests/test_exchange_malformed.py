"""Whatever stands where something else was expected becomes a named row or a sentence, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labels.codebook import Codebook
from labels.errors import StancewireError
from labels.exchange.importing import ImportOptions, read_files
from labels.exchange.items import load_items
from labels.exchange.model import ReadOptions
from tests.exchange import DATA, readings, send, units, write_lines

WRONG: tuple[Any, ...] = (None, 7, -1.5, True, "odd", [], {}, [1], [None], {"a": 1}, [[]], [{}], "\0", float("nan"))
FOREIGN = [path for path in sorted(DATA.rglob("*.json*")) if path.is_file()]


def spoilt(value: Any) -> Iterator[Any]:
    """Yield the value with each of its parts in turn replaced by each wrong one."""
    yield from WRONG
    if isinstance(value, dict):
        for key in value:
            yield from ({**value, key: other} for other in spoilt(value[key]))
    elif isinstance(value, list):
        for i in range(len(value)):
            yield from ([*value[:i], other, *value[i + 1 :]] for other in spoilt(value[i]))


def outcome(path: Path, book: Codebook) -> str:
    try:
        found = read_files([path], book, ImportOptions(labels=[("Pro", "favourable"), ("Contra", "critical")], read=ReadOptions()))
    except StancewireError as error:
        return str(error)
    return f"{len(found.rows)} rows, {len(found.problems)} problems, {sum(found.aside.values())} aside"


@pytest.mark.parametrize("source", FOREIGN, ids=lambda path: path.name)
def test_a_foreign_export_with_any_part_replaced_is_read_or_refused_in_words(source: Path, tmp_path: Path, book: Codebook) -> None:
    text = source.read_text(encoding="utf-8")
    lines = source.suffix == ".jsonl"
    rows = [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
    path, outcomes = tmp_path / source.name, set()
    for other in spoilt(rows[:2] if isinstance(rows, list) else rows):
        path.write_text("\n".join(map(json.dumps, other)) if lines and isinstance(other, list) else json.dumps(other), encoding="utf-8")
        outcomes.add(outcome(path, book))
    assert len(outcomes) > 3


@pytest.mark.parametrize("tool", ["label-studio", "argilla", "prodigy", "doccano"])
def test_an_export_of_ours_with_any_part_replaced_is_read_or_refused_in_words(tool: str, tmp_path: Path, book: Codebook) -> None:
    out = tmp_path / "x"
    source = write_lines(tmp_path / "made.jsonl", readings(book)[:3])
    assert send(source, "--format", tool, "--out", out) == 0
    (first, *_) = sorted(path for path in tmp_path.rglob("*") if path.is_file() and path != source)
    text = first.read_text(encoding="utf-8")
    rows = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.split("\n") if line]
    path, outcomes = tmp_path / "spoilt.json", set()
    for other in spoilt(rows[:1]):
        path.write_text(json.dumps(other), encoding="utf-8")
        outcomes.add(outcome(path, book))
    assert len(outcomes) > 3


def test_a_unit_with_any_part_replaced_is_read_or_refused_in_words(tmp_path: Path, book: Codebook) -> None:
    path, outcomes = tmp_path / "units.jsonl", set()
    for other in spoilt(units()[0]):
        path.write_text(json.dumps(other) + "\n", encoding="utf-8")
        try:
            loaded = load_items([path], book, ReadOptions())
            outcomes.add(f"{len(loaded.items)} items, {len(loaded.problems)} problems")
        except StancewireError as error:
            outcomes.add(str(error))
    assert len(outcomes) > 3


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text(alphabet='text,label;\t"\r\n\0{}[]:=é ', max_size=120).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(content: bytes, tmp_path: Path, book: Codebook) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert outcome(path, book)


@pytest.mark.parametrize("separator", [",", "\t"])
def test_any_cells_are_read_or_refused_in_words(separator: str, tmp_path: Path, book: Codebook) -> None:
    path, outcomes = tmp_path / "x.csv", set()
    for cell in ("", "neutral", "12", "x" * 200_000, '"', "{", '{"unit_id": 5}', '{"start": "x"}', "[]", "true", "\0", "'=", "NaN"):
        for column in ("text", "label", "annotator", "voice", "unsure", "unit", "start", "created", "stratum"):
            header = list(dict.fromkeys(["text", "label", column]))
            row = {"text": "Iran met Russia.", "label": "neutral", column: cell}
            path.write_text("\n".join(separator.join(cells) for cells in (header, [row[name] for name in header])), encoding="utf-8")
            outcomes.add(outcome(path, book))
    assert len(outcomes) > 3
