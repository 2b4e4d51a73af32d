"""Another target by other labels: the same commands train, score, evaluate, batch, report and serve, from a codebook file alone."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, expect

from labels.codebook import SHIPPED, codebook_from_dict, load_codebook
from labels.errors import LabelError
from service.bundle import NAMES, load_bundle
from service.scorer import load_scorer
from tests.conftest import ROOT, free_port, running
from tests.other_books import CHINA, CHINA_ARTICLE, china_rows, write_table
from training.cli import main
from training.crossvalidate import article_folds
from training.rows import user_gold

LABELS = ["supportive", "opposed", "mixed", "none"]
SHIPPED_LABELS = re.compile(r"\b(favourable|critical|neutral)\b")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("china") / "china.csv", china_rows())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path, table: Path) -> Path:
    out = tmp_path_factory.mktemp("china-bundle") / "bundle"
    command = ["train", "--labels", str(table), "--only", "--codebook", str(CHINA), "--base", str(tiny_base), "--epochs", "3", "--quiet", "--out", str(out)]
    assert main(command) == 0
    return out


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, bundle: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "training.cli", "serve", "--port", str(port), "--bundle", str(bundle)]
    with running(command, tmp_path_factory.mktemp("serve-china"), port, {"PYTHONPATH": str(ROOT)}) as address:
        yield address


def test_a_sentence_gets_the_other_codebooks_labels(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--bundle", str(bundle), "--json", CHINA_ARTICLE]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [s["label"] for s in document["sentences"]] == ["supportive", "none"]
    assert list(document["sentences"][0]["probabilities"]) == LABELS
    assert list(document["summary"]["shares"]) == LABELS
    assert all(s["flags"] == [] for s in document["sentences"])  # it names China and Russia
    assert main(["score", "--bundle", str(bundle), CHINA_ARTICLE]) == 0
    assert "supportive 50%, opposed 0%, mixed 0%, none 50%" in capsys.readouterr().out


def test_the_shipped_labels_do_not_train_another_codebook(tiny_base: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "--labels", str(table), "--codebook", str(CHINA), "--base", str(tiny_base), "--out", str(tmp_path / "b")]
    assert main(command) == 2
    assert "about another target, or by other labels, than codebook china-russia 1.0; expected --labels FILE --only" in capsys.readouterr().err


def test_it_is_evaluated_on_a_file_with_or_without_baselines_that_learn(bundle: Path, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--data", str(table), "--bundle", str(bundle), "--json"]) == 0
    told = capsys.readouterr()
    figures = json.loads(told.out)
    assert list(figures["per_label"]) == LABELS
    assert list(figures["baselines"]) == ["vader"]
    assert "left out" in told.err
    assert main(["evaluate", "--data", str(table), "--bundle", str(bundle), "--labels", str(table), "--only", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["baselines"]) == ["majority", "vader", "tfidf"]
    assert main(["evaluate", "--probes", "--bundle", str(bundle)]) == 2
    assert "the probes ask about the Iran–Russia alignment" in capsys.readouterr().err


def test_without_a_test_file_a_fifth_of_the_articles_is_left_out_in_turn(tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = write_table(tmp_path / "few.csv", china_rows(80))
    command = ["evaluate", "--labels", str(table), "--only", "--codebook", str(CHINA), "--base", str(tiny_base), "--epochs", "1", "--quiet", "--json"]
    assert main(command) == 0
    told = capsys.readouterr()
    figures = json.loads(told.out)
    assert (figures["n"], figures["groups"], list(figures["per_label"])) == (80, 40, LABELS)
    assert told.err.count("sentences left out") == 5
    gold, _ = user_gold([table], load_codebook(CHINA), skip_invalid=False)
    folds = list(article_folds(gold))
    assert sorted(g.unit for fold in folds for g in fold.test) == sorted(g.unit for g in gold)
    assert all(not {g.group for g in fold.train} & {g.group for g in fold.test} for fold in folds)


def test_its_card_and_its_report_speak_of_its_labels_and_of_no_others(bundle: Path, tmp_path: Path) -> None:
    card = (bundle / NAMES.card).read_text(encoding="utf-8")
    assert "China–Russia partnership" in card
    assert not SHIPPED_LABELS.search(card)
    (tmp_path / "news.jsonl").write_text(json.dumps({"id": "a", "text": CHINA_ARTICLE, "outlet": "Daily"}) + "\n" + json.dumps({"id": "b", "text": "Iran and Russia met."}) + "\n")
    assert main(["batch", str(tmp_path / "news.jsonl"), "--out", str(tmp_path / "run"), "--bundle", str(bundle), "--no-cache", "--quiet"]) == 0
    sentences, articles = (pq.read_table(next((tmp_path / "run" / kind).glob("*.parquet"))) for kind in ("sentences", "articles"))
    assert [name for name in sentences.column_names if name.startswith("p_")] == [f"p_{label}" for label in LABELS]
    assert "target" not in sentences.column_names
    assert articles["off_topic"].to_pylist() == [False, True]
    assert main(["report", str(tmp_path / "run"), "--out", str(tmp_path / "report.html"), "--bundle", str(bundle)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(label in page for label in LABELS)
    assert not SHIPPED_LABELS.search(page)
    assert '<span class="swatch cd"></span>none' in page  # the default is grey, wherever it stands in the scheme


def test_the_service_speaks_of_its_labels_and_of_no_others(server: str, bundle: Path) -> None:
    info = httpx.get(f"{server}/info").json()
    assert ([label["name"] for label in info["labels"]], info["default"]) == (LABELS, "none")
    assert (info["target"], info["targets"]) == ("China–Russia partnership", ["China–Russia partnership"])
    scored = httpx.post(f"{server}/score", json={"text": CHINA_ARTICLE}, timeout=60).json()
    assert [s["label"] for s in scored["documents"][0]["sentences"]] == ["supportive", "none"]
    predicted = httpx.post(f"{server}/predict", json={"inputs": CHINA_ARTICLE.splitlines()[0]}, timeout=60).json()
    assert {item["label"] for item in predicted} == set(LABELS)
    explained = httpx.post(f"{server}/explain", json={"text": CHINA_ARTICLE, "sentence": 0, "label": "mixed"}, timeout=60).json()
    assert explained["label"] == "mixed"
    document = httpx.get(f"{server}/openapi.json").json()
    assert document["paths"]["/score"]["post"]["requestBody"]["content"]["application/json"]["example"]["text"].startswith("China and Russia have")
    assert not SHIPPED_LABELS.search(json.dumps(document))
    assert "Iran" not in json.dumps(document)
    assert 'stancewire_sentences_total{label="supportive"}' in httpx.get(f"{server}/metrics").text


def test_the_page_shows_its_target_and_its_labels(browser: Browser, server: str) -> None:
    tab = browser.new_context().new_page()
    tab.goto(server)
    expect(tab.locator("#target")).to_contain_text("China–Russia partnership")
    expect(tab.locator("#asked")).to_be_hidden()  # there is only one target to choose
    assert [shown.removeprefix("▲").removeprefix("▼").removeprefix("◆").strip() for shown in tab.locator("#definitions dt").all_text_contents()] == LABELS
    tab.get_by_label("Article", exact=True).fill(CHINA_ARTICLE)
    tab.get_by_role("button", name="Score").click()
    expect(tab.locator(".sentence.c0")).to_contain_text("praised")
    expect(tab.locator(".sentence.cd")).to_contain_text("noted")


@pytest.mark.parametrize("count", [2, 7])
def test_two_labels_or_seven_train_and_score(count: int, tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"kind-{n}" for n in range(count)]
    scheme = "".join(f'[[labels]]\nname = "{name}"\ndefinition = "the sentence says {name}"\n' for name in names)
    book = tmp_path / "book.toml"
    book.write_text(f'name = "kinds"\nversion = "1.0"\ntarget = "anything"\ndefault = "{names[-1]}"\n{scheme}[[sides]]\nname = "day"\naliases = ["day"]\n', encoding="utf-8")
    rows = [{"text": f"On this day it was {['good', 'bad', 'cold', 'warm', 'new', 'old', 'red'][n % count]} for the {n}. time.", "label": names[n % count]} for n in range(140)]
    table = write_table(tmp_path / "rows.csv", rows)
    out = tmp_path / "bundle"
    assert main(["train", "--labels", str(table), "--only", "--codebook", str(book), "--base", str(tiny_base), "--epochs", "2", "--quiet", "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["score", "--bundle", str(out), "--json", rows[0]["text"]]) == 0
    assert list(json.loads(capsys.readouterr().out)["sentences"][0]["probabilities"]) == names


def test_no_code_knows_a_label_by_name() -> None:
    quoted = re.compile("[\"'`](" + "|".join(load_codebook().labels) + ")[\"'`]")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for folder in ("labels", "service", "training")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".js", ".css", ".html")
        for match in quoted.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_shipped_bundle_is_untouched_by_what_codebooks_can_say_now() -> None:
    bundle = load_bundle()
    assert bundle.codebook == load_codebook(SHIPPED)
    assert load_codebook(SHIPPED).to_dict() == bundle.manifest["codebook"]
    assert not bundle.codebook.paired
    assert load_scorer().encode(["Iran and Russia met."])[0].types == ()


@pytest.mark.parametrize("change", [{"sides": [{"name": "China", "aliases": []}]}, {"sides": None}, {"target": None}, {"default": "undecided"}, {"labels": []}])
def test_a_codebook_that_does_not_hold_is_named_with_what_was_expected(change: dict[str, object]) -> None:
    data = {key: value for key, value in {**load_codebook(CHINA).to_dict(), **change}.items() if value is not None}
    with pytest.raises(LabelError, match="mine.toml: .*expected"):
        codebook_from_dict(data, "mine.toml")


def test_without_sides_every_text_is_about_the_target() -> None:
    book = codebook_from_dict({**load_codebook(CHINA).to_dict(), "sides": []}, "mine.toml")
    assert book.names_target("They met on Monday.")
    assert book.mentions("They met on Monday.", None) == []
