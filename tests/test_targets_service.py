"""Several targets and open ones through the archive, the report, the API and the page."""

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

from service.records import Document
from service.report.folder import open_run
from service.report.gather import gather
from service.scorer import Scorer, load_scorer
from tests.conftest import ROOT, free_port, running
from tests.other_books import BOTH_ARTICLE, CHINA_ARTICLE, OPEN, TWO, open_rows, two_target_rows, write_table
from training.cli import main

CHINA, IRAN = "China–Russia partnership", "Iran–Russia alignment"
ARTICLES = {"both": BOTH_ARTICLE, "china": CHINA_ARTICLE, "neither": "They met on Monday and talked about the weather."}


def train(folder: Path, base: Path, codebook: Path, rows: list[dict[str, str]]) -> Path:
    table, out = write_table(folder / "rows.csv", rows), folder / "bundle"
    assert main(["train", "--labels", str(table), "--only", "--codebook", str(codebook), "--base", str(base), "--epochs", "2", "--quiet", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    return train(tmp_path_factory.mktemp("two"), tiny_base, TWO, two_target_rows())


@pytest.fixture(scope="module")
def open_bundle(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    folder = tmp_path_factory.mktemp("open")
    (folder / "open.toml").write_text(OPEN, encoding="utf-8")
    return train(folder, tiny_base, folder / "open.toml", open_rows())


@pytest.fixture(scope="module")
def scorer(bundle: Path) -> Scorer:
    return load_scorer(bundle)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, bundle: Path) -> Iterator[str]:
    yield from serving(tmp_path_factory.mktemp("serve-two"), bundle)


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory, open_bundle: Path) -> Iterator[str]:
    yield from serving(tmp_path_factory.mktemp("serve-open"), open_bundle)


def serving(folder: Path, bundle: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "training.cli", "serve", "--port", str(port), "--bundle", str(bundle)]
    with running(command, folder, port, {"PYTHONPATH": str(ROOT)}) as address:
        yield address


def batch(folder: Path, bundle: Path, *options: str) -> int:
    archive = folder / "news.jsonl"
    archive.write_text("".join(json.dumps({"id": name, "text": text, "outlet": "Daily", "date": "2024-05-01"}) + "\n" for name, text in ARTICLES.items()), encoding="utf-8")
    return main(["batch", str(archive), "--out", str(folder / "run"), "--bundle", str(bundle), "--no-cache", "--quiet", *options])


def rows(folder: Path, kind: str = "sentences") -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(next((folder / "run" / kind).glob("*.parquet"))).to_pylist()
    return found


def test_an_archive_is_scored_for_the_targets_that_each_article_names(bundle: Path, scorer: Scorer, tmp_path: Path) -> None:
    assert batch(tmp_path, bundle) == 0
    expected = [(name, s.target, s.text, s.label, s.probabilities[s.label]) for name in ("both", "china") for s in scorer.score([Document(name, ARTICLES[name])])[0].scores]
    got = [(row["document"], row["target"], row["text"], row["label"], row[f"p_{row['label']}"]) for row in rows(tmp_path)]
    assert got == expected
    assert len(got) == 3 * 2 + 2
    articles = {row["document"]: (row["targets"], row["units"], row["off_topic"]) for row in rows(tmp_path, "articles")}
    assert articles == {"both": ([CHINA, IRAN], 6, False), "china": ([CHINA], 2, False), "neither": ([], 0, True)}


def test_one_target_can_be_asked_about_and_a_run_goes_on_with_the_same_ones_only(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert batch(tmp_path, bundle, "--target", IRAN) == 0
    assert {(row["document"], row["target"]) for row in rows(tmp_path)} == {("both", IRAN)}
    assert batch(tmp_path, bundle, "--target", CHINA) == 2
    assert f"began with targets ['{IRAN}'], this one has ['{CHINA}']" in capsys.readouterr().err
    assert batch(tmp_path, bundle, "--target", "Mars") == 2
    assert "target 'Mars' is not in codebook" in capsys.readouterr().err
    assert batch(tmp_path, bundle, "--target", IRAN, "--all", "--overwrite") == 0
    assert {(row["document"], "off_topic" in (row["flags"] or [])) for row in rows(tmp_path)} == {("both", False), ("china", True), ("neither", True)}  # type: ignore[operator]


def test_an_archive_with_open_targets_needs_their_names(open_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert batch(tmp_path, open_bundle) == 2
    assert "has open targets" in capsys.readouterr().err
    assert batch(tmp_path, open_bundle, "--target", "Beijing") == 0
    assert {(row["document"], row["target"]) for row in rows(tmp_path)} == {("both", "Beijing"), ("china", "Beijing")}


def test_the_report_keeps_targets_apart(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert batch(tmp_path, bundle) == 0
    run = open_run(tmp_path / "run")
    assert run.targets == (CHINA, IRAN)
    counted = {name: gather(run, name).by_article.overall for name in run.targets}
    assert {name: (group.articles, group.units) for name, group in counted.items()} == {CHINA: (2, 5), IRAN: (1, 3)}
    for name, group in counted.items():
        own = [row["label"] for row in rows(tmp_path) if row["target"] == name]
        assert [share.value if share else None for share in group.tallies["both"].shares] == pytest.approx([own.count(label) / len(own) for label in run.labels])
    assert main(["report", str(tmp_path / "run"), "--out", str(tmp_path / "all.html"), "--bundle", str(bundle)]) == 0
    page = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert "Shares by target" in page
    assert page.count("<h2>Shares overall</h2>") == 2
    assert '<section id="overall">' not in page  # none in which the targets are thrown together
    identifiers = re.findall(r' id="([^"]*)"', page)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(identifiers)
    assert main(["report", str(tmp_path / "run"), "--out", str(tmp_path / "one.html"), "--bundle", str(bundle), "--target", IRAN]) == 0
    assert (tmp_path / "one.html").read_text(encoding="utf-8").count("<h2>Shares overall</h2>") == 1
    assert main(["report", str(tmp_path / "run"), "--out", str(tmp_path / "no.html"), "--target", "Mars"]) == 2
    assert "no sentence of" in capsys.readouterr().err


def test_the_endpoint_answers_for_the_targets_that_are_named_or_asked_about(server: str, scorer: Scorer) -> None:
    def asked(**body: object) -> list[tuple[str, str, dict[str, float]]]:
        documents = httpx.post(f"{server}/score", json={"text": BOTH_ARTICLE, **body}, timeout=60).json()["documents"]
        return [(s["target"], s["text"], s["probabilities"]) for s in documents[0]["sentences"]]

    (expected,) = scorer.score([Document("text", BOTH_ARTICLE)])
    told = [(s.target, s.text, dict(s.probabilities)) for s in expected.scores]
    assert asked() == asked(targets=[CHINA, IRAN]) == told
    assert asked(target=IRAN) == [one for one in told if one[0] == IRAN]
    info = httpx.get(f"{server}/info").json()
    assert info["targets"] == [CHINA, IRAN]


def test_predict_and_explain_take_a_target_with_the_text(server: str, scorer: Scorer) -> None:
    text = BOTH_ARTICLE.splitlines()[0]
    expected = {name: dict(zip(scorer.codebook.labels, scorer.classify([(text, name)]).probabilities[0].tolist(), strict=True)) for name in (CHINA, IRAN)}
    pairs = httpx.post(f"{server}/predict", json={"inputs": [[text, CHINA], [text, IRAN]]}, timeout=60).json()
    assert [{item["label"]: item["score"] for item in one} for one in pairs] == [expected[CHINA], expected[IRAN]]
    beside = httpx.post(f"{server}/predict", json={"inputs": text, "target": IRAN}, timeout=60).json()
    assert {item["label"]: item["score"] for item in beside} == expected[IRAN]
    explained = httpx.post(f"{server}/explain", json={"text": text, "target": IRAN, "label": "opposed"}, timeout=60).json()
    assert explained["probability"] == expected[IRAN]["opposed"]


@pytest.mark.parametrize(
    ("path", "body", "where", "told"),
    [
        ("score", {"text": "They met.", "target": "Mars"}, "target", "expected 'China–Russia partnership' or"),
        ("score", {"text": "They met.", "target": CHINA, "targets": [IRAN]}, "target", "expected one of them"),
        ("predict", {"inputs": "They met."}, "target", "is missing"),
        ("predict", {"inputs": [["They met.", "Mars"]]}, "inputs.0", "'Mars' is not in codebook"),
        ("explain", {"text": "They met."}, "target", "is missing"),
    ],
)
def test_a_target_that_cannot_be_asked_about_is_refused_and_said(server: str, path: str, body: dict[str, object], where: str, told: str) -> None:
    answer = httpx.post(f"{server}/{path}", json=body, timeout=60)
    assert answer.status_code == 422
    assert answer.json()["error"]["where"] == where
    assert told in answer.json()["error"]["message"]


def test_open_targets_are_asked_about_by_any_name_that_is_one(open_server: str) -> None:
    def ask(target: str | None) -> httpx.Response:
        return httpx.post(f"{open_server}/score", json={"text": "Rosa Parks praised the mayor.", "target": target}, timeout=60)

    assert httpx.get(f"{open_server}/info").json()["targets"] == "open"
    assert ask("Rosa Parks").json()["documents"][0]["sentences"][0]["target"] == "Rosa Parks"
    assert {ask(bad).status_code for bad in (None, "", "…", "x" * 201, "a\0b", "語" * 200)} == {422}
    document = httpx.get(f"{open_server}/openapi.json").json()
    for path, operation in document["paths"].items():
        method, told = next(iter(operation.items()))
        sent = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        got = httpx.request(method, f"{open_server}{path}", json=sent, timeout=60).json()
        assert got == told["responses"]["200"]["content"]["application/json"]["example"]


def test_many_targets_do_not_multiply_what_a_request_may_hold(open_server: str) -> None:
    body = {"text": "Rosa Parks praised the mayor. " * 3_000, "targets": [f"person {n}" for n in range(100)]}
    answer = httpx.post(f"{open_server}/score", json=body, timeout=60)
    assert answer.status_code == 413


def test_the_page_offers_the_targets_and_shows_the_stance_toward_the_one_chosen(browser: Browser, server: str, scorer: Scorer) -> None:
    tab = browser.new_context().new_page()
    tab.goto(server)
    tab.get_by_label("Target").select_option(IRAN)
    tab.get_by_label("Article", exact=True).fill(BOTH_ARTICLE)
    tab.get_by_role("button", name="Score").click()
    expect(tab.locator(".sentence").first).to_be_visible(timeout=60_000)
    (expected,) = scorer.score([Document("text", BOTH_ARTICLE, targets=(IRAN,))])
    assert tab.locator(".sentence").count() == len(expected.scores)
    for shown, wanted in zip(tab.locator(".sentence").all(), expected.scores, strict=True):
        assert f"({wanted.label}, {wanted.probabilities[wanted.label] * 100:.0f}%" in " ".join((shown.text_content() or "").split())
    tab.locator(".sentence").first.click()
    expect(tab.get_by_label("The sentence in hand")).to_contain_text("Completeness error", timeout=60_000)


def test_the_page_asks_for_the_name_of_an_open_target(browser: Browser, open_server: str) -> None:
    tab = browser.new_context().new_page()
    tab.goto(open_server)
    tab.get_by_label("Article", exact=True).fill("Rosa Parks praised the mayor.")
    tab.get_by_role("button", name="Score").click()
    expect(tab.get_by_role("alert")).to_contain_text("expected the name of at least one target")
    tab.get_by_label("Target").fill("Rosa Parks")
    tab.get_by_role("button", name="Score").click()
    expect(tab.locator(".sentence").first).to_be_visible(timeout=60_000)
