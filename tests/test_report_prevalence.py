"""The report with labelled units: corrected shares beside the raw ones, on the page and as data, and nothing corrected by labels that would mislead."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from labels.errors import InputError
from labels.store import DATA, document_text, documents
from service.prevalence.correct import Correction
from service.report.build import Extras, build_report
from tests.test_report import CHROMIUM, LABELS, Item, Unit, browse, write_archive

GIVEN = np.array([[0.60, 0.02, 0.38], [0.02, 0.50, 0.48], [0.01, 0.02, 0.97]])
TRUTH = {"Tass": (0.45, 0.05, 0.50), "Reuters": (0.05, 0.10, 0.85), "The <b>Daily</b>": (0.02, 0.28, 0.70)}


def population(seed: int, articles: int = 240) -> tuple[list[Item], dict[str, str]]:
    """Articles of three outlets over eight months, scored by a classifier that errs, and the true label of every unit."""
    rng = np.random.default_rng(seed)
    items, truth = [], {}
    for number in range(articles):
        outlet = list(TRUTH)[number % 3]
        units = []
        for place in range(8):
            label = int(rng.choice(3, p=TRUTH[outlet]))
            units.append(Unit(LABELS[rng.choice(3, p=GIVEN[label])], text=f"Sentence {place} of article {number}."))
            truth[f"d{number}-{place}"] = LABELS[label]
        items.append(Item(f"d{number}", tuple(units), outlet, f"2024-0{1 + number % 8}-01"))
    return items, truth


def label_file(path: Path, truth: dict[str, str], chosen: list[str], **fields: Any) -> Path:
    rows = [{"id": unit, "text": f"Sentence {unit.split('-')[1]} of article {unit[1:].split('-')[0]}.", "label": truth[unit], "annotator": "person/a", **fields} for unit in chosen]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def corrected(tmp_path: Path, n: int, seed: int = 1, *, pooled: bool = False, **fields: Any) -> tuple[Correction, str, dict[str, str]]:
    items, truth = population(seed)
    sample = sorted(np.random.default_rng(seed).choice(sorted(truth), size=n, replace=False))
    labels = label_file(tmp_path / "labels.jsonl", truth, sample, **({"stratum": "random"} | fields))
    made = build_report(
        write_archive(tmp_path / "run", items), tmp_path / "report.html", None, Extras([labels], pooled=pooled, as_json=tmp_path / "r.json", as_csv=tmp_path / "r.csv")
    )
    assert made.correction is not None
    return made.correction, made.out.read_text(encoding="utf-8"), truth


def test_corrected_shares_hold_the_truth_that_the_raw_ones_miss(tmp_path: Path) -> None:
    found, text, truth = corrected(tmp_path, 240)
    actual = np.array([[list(truth.values()).count(label)] for label in LABELS]).ravel() / len(truth)
    for label, share in enumerate(found.overall.tally.shares):
        assert share is not None
        assert share.interval is not None
        assert share.interval[0] <= actual[label] <= share.interval[1]
    for label, share in enumerate(found.overall.raw.shares):
        assert share is not None
        assert share.interval is not None
        assert not share.interval[0] <= actual[label] <= share.interval[1]
    assert "240 units of " in text
    assert "are corrected for its errors; all others on this page are not" in text


def test_outlets_with_labels_enough_are_corrected_by_their_own(tmp_path: Path) -> None:
    found, text, _ = corrected(tmp_path, 180)
    assert {group.method for group in found.outlets.values()} == {"own"}
    for name, truth in TRUTH.items():
        tally = found.outlets[name].tally
        assert sum(share.value for share in tally.shares if share) == pytest.approx(1)
        assert [share.interval[0] <= t <= share.interval[1] for share, t in zip(tally.shares, truth, strict=True) if share and share.interval] == [True, True, True]
    assert "The &lt;b&gt;Daily&lt;/b&gt;" in text


def test_groups_with_few_labels_stay_uncorrected_unless_pooled_rates_are_asked_for(tmp_path: Path) -> None:
    plain, text, _ = corrected(tmp_path, 50)
    few = [name for name, group in plain.months.items() if group.labelled < 10]
    assert few
    assert {plain.months[name].method for name in few} == {"none"}
    assert plain.months[few[0]].tally.shares == (None, None, None)
    assert "too few labels" in text
    assert "<em>Pooled error rates</em>" not in text
    pooled, text, _ = corrected(tmp_path, 50, pooled=True)
    assert {pooled.months[name].method for name in few} == {"pooled"}
    assert all(share is not None for share in pooled.months[few[0]].tally.shares)
    assert "Real outlets often break this" in text


def test_pooled_rates_are_not_used_where_the_model_errs_otherwise_from_outlet_to_outlet(tmp_path: Path) -> None:
    def unit(outlet: str, i: int) -> tuple[str, str]:
        truth = LABELS[i % 3]
        return truth, truth if outlet == "Right" else LABELS[(i + 1) % 3]

    sizes = {"Right": 60, "Wrong": 60, "Small": 5}
    drawn = {f"{outlet}{i}": unit(outlet, i) for outlet, size in sizes.items() for i in range(size)}
    items = [Item(name, (Unit(given, text=f"Sentence 0 of article {name}."),), name.rstrip("0123456789"), "2024-05-01") for name, (_, given) in drawn.items()]
    rows = [{"id": f"{name}-0", "text": f"Sentence 0 of article {name}.", "label": truth, "annotator": "person/a", "stratum": "random"} for name, (truth, _) in drawn.items()]
    labels = tmp_path / "labels.jsonl"
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    made = build_report(write_archive(tmp_path / "run", items), tmp_path / "report.html", None, Extras([labels], pooled=True))
    assert made.correction is not None
    assert made.correction.outlets["Small"].method == "none"
    assert "not so outlets, among which the labelled units show different error rates" in made.out.read_text(encoding="utf-8")


def test_the_same_shares_come_as_json_and_csv(tmp_path: Path) -> None:
    found, _, _ = corrected(tmp_path, 120)
    data = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader((tmp_path / "r.csv").open(encoding="utf-8", newline="")))
    assert len(rows) == len(data["shares"]) == 2 * (1 + 3 + 8 + 24) * 3
    assert data["correction"]["matched"] == 120
    assert sum(sum(row.values()) for row in data["correction"]["confusion"].values()) == 120
    first, share = data["shares"][0], found.overall.tally.shares[0]
    assert share is not None
    assert (first["group"], first["label"], first["count"], first["method"]) == ("all", "favourable", "article", "own")
    assert (first["corrected"], first["corrected_low"], first["corrected_high"]) == (share.value, *(share.interval or ()))
    assert float(rows[0]["corrected"]) == share.value
    assert {row["corrected"] for row in rows if row["count"] == "story"} == {""}
    tass = [row for row in data["shares"] if row["group"] == "both" and row["outlet"] == "Tass" and row["count"] == "article"]
    assert [row["month"] for row in tass[::3]] == [f"2024-0{month}" for month in range(1, 9)]
    assert sum(row["units"] for row in tass) == 3 * 640


def test_without_labels_the_page_says_that_nothing_is_corrected(tmp_path: Path) -> None:
    items, _ = population(1, 12)
    made = build_report(write_archive(tmp_path / "run", items), tmp_path / "report.html", None, Extras(as_json=tmp_path / "r.json"))
    text = made.out.read_text(encoding="utf-8")
    assert made.correction is None
    assert "The shares on this page are not corrected for its errors" in text
    assert 'id="corrected"' not in text
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["correction"] is None


@pytest.mark.parametrize(
    ("n", "fields", "said"),
    [
        (100, {"stratum": "chosen"}, "100 were chosen to be labelled; expected units drawn at random"),
        (100, {"stratum": None}, "100 do not say how they were drawn; expected units drawn at random"),
        (20, {}, "of 20 random labelled units 20 are among the scored ones; expected at least 30"),
    ],
)
def test_labels_that_would_mislead_are_refused(tmp_path: Path, n: int, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        corrected(tmp_path, n, **fields)
    assert not (tmp_path / "report.html").exists()


def test_labels_of_another_archive_are_refused(tmp_path: Path) -> None:
    items, truth = population(1, 24)
    elsewhere = label_file(tmp_path / "labels.jsonl", {f"x{unit}": label for unit, label in truth.items()}, [f"x{unit}" for unit in truth], stratum="random")
    with pytest.raises(InputError, match="of 192 random labelled units 0 are among the scored ones"):
        build_report(write_archive(tmp_path / "run", [replace(item, document=f"other{i}") for i, item in enumerate(items)]), tmp_path / "r.html", None, Extras([elsewhere]))


def test_a_label_without_its_id_is_found_by_its_text_where_that_stands_once(tmp_path: Path) -> None:
    items, truth = population(2, 60)
    twice = Item("twice", (Unit("neutral", text="Sentence 0 of article 0."),))
    labels = label_file(tmp_path / "labels.jsonl", truth, sorted(truth)[:40] + ["d0-0"], stratum="random", id=None)
    rows = [{key: value for key, value in json.loads(line).items() if key != "id"} for line in labels.read_text().splitlines()]
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = build_report(write_archive(tmp_path / "run", [*items, twice]), tmp_path / "report.html", None, Extras([labels]))
    assert made.correction is not None
    assert (made.correction.matched, made.correction.missing) == (39, 1)
    assert "1 labelled units are not among the scored ones" in made.out.read_text(encoding="utf-8")


def test_the_seed_annotations_correct_a_scored_archive_of_the_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole way by the command line: batch, then report with the repo's own readings of the seed articles."""
    from training.cli import main

    archive = tmp_path / "seeds.jsonl"
    archive.write_text("".join(json.dumps({"id": d.id, "text": document_text(d.id), "date": d.published}) + "\n" for d in documents().values()), encoding="utf-8")
    assert main(["batch", str(archive), "--out", str(tmp_path / "scores"), "--all", "--quiet"]) == 0
    out, seed = tmp_path / "report.html", str(DATA / "seed.jsonl")
    assert main(["report", str(tmp_path / "scores"), "--labels", seed, "--out", str(out)]) == 2
    assert "--random if all of them were" in capsys.readouterr().err
    assert main(["report", str(tmp_path / "scores"), "--labels", seed, "--random", "--out", str(out)]) == 0
    assert "corrected by 123 labelled random units of 5 stories" in capsys.readouterr().out
    assert main(["report", str(tmp_path / "scores"), "--random", "--out", str(out)]) == 2
    assert "--random without --labels" in capsys.readouterr().err
    assert main(["report", str(tmp_path / "scores"), "--pooled", "--out", str(out)]) == 2
    assert "--pooled without --labels" in capsys.readouterr().err


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (looked for chromium, chromium-browser and google-chrome)")
def test_a_browser_shows_corrected_beside_raw_and_fetches_nothing(tmp_path: Path) -> None:
    corrected(tmp_path, 180)
    dom, console, asked = browse(tmp_path / "report.html")
    assert (console, asked) == ([], [])
    section = dom[dom.index('id="corrected"') : dom.index('id="overall"')]
    assert section.count("<svg") == section.count("</svg>") == 3
    for word in ("Tass, corrected: favourable", "Tass, raw counts: favourable", "By month", "What this assumes"):
        assert word in section
    assert "<b>Daily" not in dom


def test_the_page_with_corrections_has_no_barriers(tmp_path: Path, browser: Browser) -> None:
    from axe_playwright_python.sync_playwright import Axe

    corrected(tmp_path, 180)
    for scheme in ("light", "dark"):
        tab = browser.new_page(color_scheme=scheme, viewport={"width": 1100, "height": 900})
        tab.goto((tmp_path / "report.html").as_uri())
        for fold in tab.locator("details").all():
            fold.evaluate("fold => fold.open = true")
        if shots := os.environ.get("STANCEWIRE_SHOTS"):
            tab.locator("#corrected").screenshot(path=f"{shots}/report-{scheme}.png")
        found = Axe().run(tab)
        assert found.violations_count == 0, found.generate_report()
        tab.close()
