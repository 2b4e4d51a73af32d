"""The report: right numbers with honest intervals, hostile archives, and a page that a browser opens without fetching anything."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labels.errors import InputError
from service.archive.records import Article
from service.batch.schema import article_row, article_schema, sentence_rows, sentence_schema
from service.bundle import Bundle, load_bundle
from service.records import Document, Score, ScoredDocument
from service.report.build import ReportSummary, build_report
from service.report.counts import NO_OUTLET, OTHERS
from service.report.folder import open_run
from service.report.gather import Findings, gather
from service.report.series import Month, charted, time_series
from service.report.shares import Share, Sums, share, t_quantile
from service.report.svg import fitted, share_axis

LABELS = ("favourable", "critical", "neutral")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass(frozen=True)
class Unit:
    """A unit to put into an archive."""

    label: str
    voice: Any = "outlet"
    text: str = "Putin met Raisi."
    probability: float = 0.8
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """An article to put into an archive; ``units`` None: off-topic, not run through the model."""

    document: str
    units: tuple[Unit, ...] | None
    outlet: str | None = "Daily"
    published: str | None = "2024-05-01"
    story: str | None = None
    url: str | None = None


def units(**counts: int) -> tuple[Unit, ...]:
    return tuple(Unit(label) for label, count in counts.items() for _ in range(count))


def write_archive(folder: Path, items: Sequence[Item], labels: tuple[str, ...] = LABELS, refused: Sequence[dict[str, str]] = (), model: str = "stancewire:test") -> Path:
    """Write a finished run, one file of each kind for every two articles."""
    metadata = {"stancewire.model": model, "stancewire.codebook": "book 1.0", "stancewire.segmenter": "segmenter/1", "stancewire.labels": " ".join(labels)}
    for number, start in enumerate(range(0, max(1, len(items)), 2)):
        sentences: list[dict[str, Any]] = []
        articles: list[dict[str, Any]] = []
        for item in items[start : start + 2]:
            article = Article(Document(item.document, "text"), "news.jsonl", f"line {start}", item.outlet, item.published, item.url)
            result = None if item.units is None else ScoredDocument(item.document, tuple(_score(item, i, labels) for i in range(len(item.units))), ())
            articles.append({**article_row(article, result, labels, None), "story": item.story or item.document})
            sentences += sentence_rows(article, result) if result else []
        for kind, rows, schema in (("sentences", sentences, sentence_schema(labels)), ("articles", articles, article_schema(labels))):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(rows, schema=schema.with_metadata(metadata)), folder / kind / f"part-{number:06}.parquet")
    (folder / "refused.jsonl").write_text("".join(json.dumps(record) + "\n" for record in refused), encoding="utf-8")
    return folder


def _score(item: Item, number: int, labels: tuple[str, ...]) -> Score:
    assert item.units is not None
    unit = item.units[number]
    rest = (1 - unit.probability) / (len(labels) - 1)
    probabilities = {label: unit.probability if label == unit.label else rest for label in labels}
    return Score(f"{item.document}-{number}", "text", 0, 9, unit.text, unit.label, probabilities, unit.voice, None, unit.flags)


def find(folder: Path, items: Sequence[Item], **options: Any) -> Findings:
    return gather(open_run(write_archive(folder, items, **options)))


def make(folder: Path, items: Sequence[Item], bundle: Bundle | None = None, **options: Any) -> tuple[ReportSummary, str]:
    summary = build_report(write_archive(folder / "run", items, **options), folder / "report.html", bundle)
    return summary, summary.out.read_text(encoding="utf-8")


def values(shares: Sequence[Share | None]) -> list[float]:
    return [s.value for s in shares if s]


def test_an_interval_equals_the_one_computed_by_hand(tmp_path: Path) -> None:
    """Four stories of 10 units, 8, 0, 1 and 3 favourable: share 0.3, residuals 5, -3, -2, 0, variance 4/3 · 38 / 40² = 0.03167,
    effective size 0.21 / 0.03167 = 6.63, t(3) = 3.1824: Wilson's centre 0.4209, half-width 0.3762."""
    found = find(tmp_path, [Item(f"d{i}", units(favourable=n, neutral=10 - n)) for i, n in enumerate((8, 0, 1, 3))])
    favourable = found.by_article.overall.tallies["both"].shares[0]
    assert favourable is not None
    assert favourable.value == pytest.approx(0.3)
    assert favourable.interval == pytest.approx((0.0447, 0.7970), abs=1e-3)


def test_an_articles_sentences_do_not_count_as_independent(tmp_path: Path) -> None:
    alike = find(tmp_path / "a", [Item(f"d{i}", units(favourable=10) if i < 4 else units(neutral=10)) for i in range(20)])
    mixed = find(tmp_path / "b", [Item(f"d{i}", units(favourable=2, neutral=8)) for i in range(20)])
    wide, narrow = (found.by_article.overall.tallies["both"].shares[0] for found in (alike, mixed))
    assert wide is not None
    assert narrow is not None
    assert wide.value == narrow.value == pytest.approx(0.2)
    assert wide.interval is not None
    assert narrow.interval is not None
    assert wide.interval[1] - wide.interval[0] > 1.5 * (narrow.interval[1] - narrow.interval[0])


def test_intervals_hold_their_share_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        n = rng.integers(3, 30, 200)
        y = rng.binomial(n, rng.beta(0.45, 8.55, 200))  # 5 % on average, strongly alike within a story
        got = share(Sums(200, int(n.sum()), float(n.sum()), float((n * n).sum()), float(y.sum()), float((y * y).sum()), float((n * y).sum())))
        assert got is not None
        assert got.interval is not None
        held += got.interval[0] <= 0.05 <= got.interval[1]
    assert 0.91 <= held / 400 <= 0.98


def test_a_share_of_zero_keeps_an_interval_and_one_story_has_none(tmp_path: Path) -> None:
    found = find(tmp_path, [Item(f"d{i}", units(neutral=5)) for i in range(10)] + [Item("x", units(neutral=5), outlet="Weekly")])
    favourable = found.by_article.outlets["Daily"].tallies["both"].shares[0]
    assert favourable is not None
    assert favourable.value == 0
    assert favourable.interval == pytest.approx((0, t_quantile(9) ** 2 / (10 + t_quantile(9) ** 2)))
    assert found.by_article.outlets["Weekly"].tallies["both"].shares[0] == Share(0, None)


def test_t_quantiles_are_the_tables() -> None:
    table = {1: 12.706, 2: 4.303, 3: 3.182, 5: 2.571, 10: 2.228, 30: 2.042, 1000: 1.962}
    assert {freedom: t_quantile(freedom) for freedom in table} == pytest.approx(table, rel=2e-3)


def test_a_wire_story_counts_by_article_and_once(tmp_path: Path) -> None:
    wire = [Item(name, units(favourable=2), outlet=name.upper(), story="a") for name in ("a", "b", "c")]
    found = find(tmp_path, [*wire, Item("own", units(critical=2), outlet="A")])
    assert found.reprints == 2
    assert found.by_article.overall.stories == 2
    assert values(found.by_article.overall.tallies["both"].shares) == pytest.approx([0.75, 0.25, 0])
    assert values(found.by_story.overall.tallies["both"].shares) == pytest.approx([0.5, 0.5, 0])
    assert values(found.by_story.outlets["A"].tallies["both"].shares) == pytest.approx([0.25, 0.75, 0])
    assert found.by_story.outlets["A"].units == 4


def test_an_off_topic_reprint_takes_no_weight_from_the_scored_ones(tmp_path: Path) -> None:
    found = find(tmp_path, [Item("a", units(favourable=2)), Item("b", None, story="a"), Item("c", units(critical=2))])
    assert values(found.by_story.overall.tallies["both"].shares) == pytest.approx([0.5, 0.5, 0])


def test_voices_are_counted_apart(tmp_path: Path) -> None:
    said = (Unit("critical", "source"), Unit("critical", "source"), Unit("neutral", "source"), Unit("neutral"), Unit("favourable"))
    found = find(tmp_path, [Item("a", said), Item("b", said)])
    tallies = found.by_article.outlets["Daily"].tallies
    assert (tallies["outlet"].units, tallies["source"].units) == (4, 6)
    assert values(tallies["source"].shares) == pytest.approx([0, 2 / 3, 1 / 3])
    assert values(tallies["outlet"].shares) == pytest.approx([0.5, 0, 0.5])


def test_headline_numbers_reach_the_page(tmp_path: Path) -> None:
    refused = [{"path": "a.jsonl", "record": f"line {i}", "reason": f"is not JSON (column {i}); expected one JSON object a line"} for i in range(3)]
    items = [Item("a", units(favourable=1, neutral=3)), Item("b", None, outlet="Weekly"), Item("c", units(neutral=4), story="a", published="2024-07-09T10:00:00Z")]
    summary, text = make(tmp_path, items, refused=refused)
    assert (summary.articles, summary.units, summary.stories, summary.refused, summary.off_topic) == (3, 8, 2, 3, 1)
    assert "2024-05-01 to 2024-07-09" in text
    assert "reprints of an earlier article: 1" in text
    assert "3 × <bdi>is not JSON (column 0); expected one JSON object a line</bdi>" in text
    assert "12.5% [" in text
    assert "stancewire:test" in text
    assert "book 1.0" in text


def test_unknown_dates_are_counted_as_none(tmp_path: Path) -> None:
    dates = ["2024-05-01", "2023-12", None, "last week", "2024-13-01", "20240501", "2024-05-31T23:00:00+02:00"]
    found = find(tmp_path, [Item(f"d{i}", units(neutral=1), published=date) for i, date in enumerate(dates)])
    assert {month: group.articles for month, group in found.by_article.months.items()} == {"2023-12": 1, "2024-05": 2, None: 4}
    assert list(found.by_article.months) == ["2023-12", "2024-05", None]
    assert found.dates == ("2023-12", "2024-05-31")


def test_an_archive_without_dates_says_so(tmp_path: Path) -> None:
    _, text = make(tmp_path, [Item("a", units(neutral=2), published=None), Item("b", units(neutral=1), published="?")])
    assert "No scored article has a date" in text
    assert "no date" in text


def test_a_mistyped_date_does_not_squeeze_the_time_axis(tmp_path: Path) -> None:
    items = [Item(f"d{i}", units(neutral=60), published=f"2024-{i + 1:02}-01") for i in range(6)]
    found = find(tmp_path, [Item("old", units(neutral=1), published="1970-01-01"), *items, Item("new", units(neutral=1), published="2924-01-01")])
    months = [Month(name, group.tallies["both"]) for name, group in found.by_article.months.items() if name]
    assert len(months) == 8
    assert [month.name for month in charted(months)] == [f"2024-0{i}" for i in range(1, 7)]
    assert "1970" not in time_series(charted(months), LABELS, ("c0", "c1", "cd"), "x")


def test_outlets_beyond_twenty_are_pooled(tmp_path: Path) -> None:
    items = [Item(f"d{i}", units(neutral=40 - i), outlet=f"outlet {i:02}") for i in range(25)]
    found = find(tmp_path, [*items, Item("none", units(critical=1), outlet=None), Item("blank", units(critical=1), outlet="  ")])
    groups = found.by_article.outlets
    assert list(groups) == [*[f"outlet {i:02}" for i in range(20)], OTHERS, NO_OUTLET]
    assert groups[OTHERS].units == 20 + 19 + 18 + 17 + 16
    assert groups[OTHERS].tallies["both"].stories == 5
    assert groups[NO_OUTLET].articles == 2


def test_one_outlet_alone_makes_a_page(tmp_path: Path) -> None:
    summary, text = make(tmp_path, [Item("a", units(favourable=1, neutral=1))])
    assert summary.units == 2
    assert "one story" in text
    assert "No story was printed twice" in text
    assert "other outlets" not in text


@pytest.mark.parametrize("items", [[], [Item("a", None), Item("b", ())]], ids=["no articles", "no units"])
def test_no_units_make_a_page_that_says_so(tmp_path: Path, items: list[Item]) -> None:
    summary, text = make(tmp_path, items)
    assert summary.units == 0
    assert summary.articles == len(items)
    assert "No units were scored" in text
    assert "<svg" not in text


def test_labels_come_from_the_columns(tmp_path: Path) -> None:
    summary, text = make(tmp_path, [Item("a", (Unit("dove"), Unit("p_hawk"), Unit("dove")))], labels=("p_hawk", "dove"))
    assert summary.units == 3
    assert open_run(tmp_path / "run").labels == ("p_hawk", "dove")
    assert "66.7%" in text
    assert not any(label in text for label in LABELS)


def test_the_weightiest_sentences_are_one_a_story_and_unflagged(tmp_path: Path) -> None:
    def sure(probability: float, *flags: str) -> Unit:
        return Unit("critical", text=f"p {probability}", probability=probability, flags=flags)

    items = [
        Item("a", (sure(0.7), sure(0.91))),
        Item("b", (sure(0.95),), story="a"),
        Item("c", (sure(0.99, "ambiguous"), sure(0.98, "off_topic", "language"), sure(0.97, "truncated"), sure(0.6))),
        Item("d", (sure(0.8, "off_topic"),)),
    ]
    found = find(tmp_path, items)
    assert [(s.document, s.text) for s in found.sentences.best["critical"]] == [("b", "p 0.95"), ("d", "p 0.8"), ("c", "p 0.6")]
    assert found.sentences.best["favourable"] == []
    assert found.sentences.flags == {"ambiguous": 1, "off_topic": 2, "language": 1, "truncated": 1}
    assert found.sentences.unflagged == 4


def test_fifteen_sentences_a_label_are_kept_equal_ones_by_the_archives_order(tmp_path: Path) -> None:
    found = find(tmp_path, [Item(f"d{i:02}", (Unit("neutral", probability=0.9 if i < 30 else 0.95),)) for i in range(40)])
    assert [s.document for s in found.sentences.best["neutral"]] == [*[f"d{i}" for i in range(30, 40)], *[f"d{i:02}" for i in range(5)]]


def test_wide_letters_are_cut_earlier() -> None:
    assert [fitted(name, 6) for name in ("Xinhua", "Xinhua!", "新华社", "新华社报道", "")] == ["Xinhua", "Xinhu…", "新华社", "新华…", ""]


@pytest.mark.parametrize("found", [[], [0.0], [1.0, 1.0], [0.5], [0.0, 1.0], [0.001, 0.004], [0.84, 0.93], [0.97, 1.0]])
def test_an_axis_holds_its_values_between_round_ticks(found: list[float]) -> None:
    axis = share_axis(found, 100, 300)
    assert 2 <= len(axis.ticks) <= 7
    assert 0 <= axis.low < axis.high <= 1
    assert all(axis.low <= value <= axis.high for value in found)
    assert (axis.at(axis.low), axis.at(axis.high)) == (100, 300)


HOSTILE = "</bdi></style><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>\"'& \u202eright to left\x00\x1b" + "word" * 5000


def hostile_archive(folder: Path) -> Path:
    shown = (Unit("favourable", text=HOSTILE), Unit("critical", text="سخن گفت", voice="source"))
    items = [
        Item("<script>alert(3)</script>", shown, outlet='<b onmouseover="alert(4)">\u202eX</b>', published="2024-05<i>", url="javascript:alert(5)"),
        Item("q", shown, outlet="خبرگزاری", url='https://example.org/?a="><script>alert(6)</script>'.replace(" ", "%20"), story="<script>alert(3)</script>"),
        Item("fine", shown, url="https://example.org/a?b=1&c=2"),
    ]
    return write_archive(folder / "<i>run", items, refused=[{"path": "<u>.csv", "record": "", "reason": "<script>alert(7)</script>"}])


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    build_report(hostile_archive(tmp_path), out, None)
    text = out.read_text(encoding="utf-8")
    assert not any(bad in text for bad in ("<script", "<img", "<b ", "<i>", "<u>", 'href="javascript', "\x00", "\x1b"))
    assert "&lt;script&gt;alert(1)" in text
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">' in text
    assert "word" * 200 not in text


def test_error_rates_are_those_of_the_bundle_that_scored(tmp_path: Path) -> None:
    bundle = load_bundle()
    summary, text = make(tmp_path, [Item("a", units(neutral=2))], bundle, model=bundle.tag)
    precision = bundle.manifest["metrics"]["held_out"]["per_label"]["critical"]["precision"]
    assert summary.card
    assert f"{precision:.1%}" in text
    assert bundle.codebook.scheme[0].definition in text
    assert "Model card: stance toward" in text
    assert "not corrected for its errors" in text


def test_another_bundles_error_rates_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    bundle = replace(load_bundle(), tag="stancewire:other")
    summary, text = make(tmp_path, [Item("a", units(neutral=2))], bundle)
    assert not summary.card
    assert "the bundle given is <code>stancewire:other</code>" in text
    assert "precision" not in text


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    run = write_archive(tmp_path / "run", [Item("a", units(favourable=3)), Item("b", units(neutral=3), story="a")])
    first, second = (build_report(run, tmp_path / name, None).out.read_bytes() for name in ("a.html", "b.html"))
    assert first == second


def test_a_failed_report_leaves_the_last_one_alone(tmp_path: Path) -> None:
    run = write_archive(tmp_path / "run", [Item("a", units(favourable=3))])
    out = build_report(run, tmp_path / "report.html", None).out
    before = out.read_bytes()
    (run / "sentences" / "part-000000.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(InputError, match=r"part-000000\.parquet: cannot be read as Parquet"):
        build_report(run, out, None)
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "run"]


def test_a_folder_that_is_no_finished_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        open_run(tmp_path / "none")
    run = write_archive(tmp_path / "run", [Item("a", units(neutral=1))])
    (run / "refused.jsonl").unlink()
    with pytest.raises(InputError, match="no finished run"):
        open_run(run)


def test_files_of_two_models_are_an_error(tmp_path: Path) -> None:
    run = write_archive(tmp_path / "run", [Item("a", units(neutral=1))])
    other = write_archive(tmp_path / "other", [Item("b", units(neutral=1))], model="stancewire:new")
    shutil.copy(other / "articles/part-000000.parquet", run / "articles/part-000001.parquet")
    with pytest.raises(InputError, match=r"its model is 'stancewire:new', that of .* is 'stancewire:test'"):
        open_run(run)


def test_files_with_other_labels_are_an_error(tmp_path: Path) -> None:
    run = write_archive(tmp_path / "run", [Item("a", units(neutral=1))])
    other = write_archive(tmp_path / "other", [Item("b", (Unit("dove"),))], labels=("hawk", "dove"))
    shutil.copy(other / "sentences/part-000000.parquet", run / "sentences/part-000001.parquet")
    with pytest.raises(InputError, match="columns differ"):
        open_run(run)


def test_a_lost_file_of_sentences_is_an_error(tmp_path: Path) -> None:
    run = write_archive(tmp_path / "run", [Item(f"d{i}", units(neutral=2)) for i in range(4)])
    (run / "sentences/part-000001.parquet").unlink()
    with pytest.raises(InputError, match="counts 8 units, sentences/ holds 4"):
        gather(open_run(run))


def test_a_torn_line_of_refusals_is_an_error(tmp_path: Path) -> None:
    run = write_archive(tmp_path / "run", [Item("a", units(neutral=2))])
    (run / "refused.jsonl").write_text('{"path": "a"', encoding="utf-8")
    with pytest.raises(InputError, match=r"refused\.jsonl:1"):
        gather(open_run(run))


def test_a_folder_as_output_is_an_error(tmp_path: Path) -> None:
    run = write_archive(tmp_path / "run", [Item("a", units(neutral=2))])
    with pytest.raises(InputError, match="--out"):
        build_report(run, tmp_path, None)


def browse(page: Path) -> tuple[str, list[str], list[str]]:
    """Open a page in Chromium; return its DOM, the lines of its console and the addresses that it asked for."""
    assert CHROMIUM is not None
    log = page.with_suffix(".net.json")
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-gpu", "--no-sandbox"]
    own = [f"--user-data-dir={page.with_suffix('.profile')}", f"--log-net-log={log}", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"]
    done = subprocess.run([CHROMIUM, "--headless", *quiet, *own, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    events = json.loads(log.read_text(encoding="utf-8"))
    started = events["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    # The browser's own errands (time, updates) have no page behind them.
    asked = [e["params"]["url"] for e in events["events"] if e["type"] == started and e.get("params", {}).get("initiator", "not an origin") != "not an origin"]
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line], asked


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (looked for chromium, chromium-browser and google-chrome)")
def test_a_browser_shows_the_page_and_fetches_nothing(tmp_path: Path) -> None:
    control = tmp_path / "control.html"
    control.write_text("<script>console.error('seen')</script><img src='http://example.invalid/x.png'>", encoding="utf-8")
    _, console, asked = browse(control)
    assert (len(console) >= 1, asked) == (True, ["http://example.invalid/x.png"])  # what follows would notice a fault

    report = tmp_path / "report.html"
    build_report(hostile_archive(tmp_path), report, None)
    dom, console, asked = browse(report)
    assert (console, asked) == ([], [])
    for heading in ("Shares overall", "Shares by outlet", "Shares by month", "Own voice and quoted voice", "Sentences that weigh most", "How the figures are made"):
        assert f"<h2>{heading}</h2>" in dom
    assert dom.count("<svg") == dom.count("</svg>") == 9  # one overall, then outlets, months, two on voices, each in both ways of counting
    assert dom.count("unweighted.</p></section></main>") == 1  # nothing of the archive closed the page early
