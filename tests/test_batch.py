"""Offline scoring: the same answers as the scorer, nothing lost whatever happens, every refusal named."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from service.records import Document
from service.scorer import Scorer
from training.cli import main

QUIET = ["--quiet", "--no-cache"]


def rows(out: Path, name: str = "sentences") -> pd.DataFrame:
    return pd.read_parquet(out / name)


def refused(out: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (out / "refused.jsonl").read_text(encoding="utf-8").splitlines()]


def fingerprint(out: Path) -> dict[str, str]:
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.rglob("*")) if path.is_file()}


def make_archive(path: Path, count: int) -> Path:
    lines = [
        {"id": f"d{i}", "title": f"Day {i}", "text": f"Trade between Russia and Iran rose by {i} per cent. Ministers met again in month {i}. Moscow thanked Tehran."}
        for i in range(count)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_batch_gives_the_scorers_labels_and_probabilities_among_two_hundred(tmp_path: Path, scorer: Scorer, article: str) -> None:
    source = tmp_path / "many.jsonl"
    others = [{"id": f"d{i}", "text": f"Trade between Russia and Iran rose by {i} per cent. Ministers met again in month {i}."} for i in range(200)]
    source.write_text("".join(json.dumps(r) + "\n" for r in [*others[:77], {"id": "mine", "text": article}, *others[77:]]), encoding="utf-8")
    assert main(["batch", str(source), "--out", str(tmp_path / "out"), *QUIET]) == 0
    got = rows(tmp_path / "out").query("document == 'mine'")
    (expected,) = scorer.score([Document("mine", article)])
    assert list(got.id) == [s.id for s in expected.scores]
    assert list(got.label) == [s.label for s in expected.scores]
    for label in scorer.codebook.labels:
        assert list(got[f"p_{label}"]) == [s.probabilities[label] for s in expected.scores]


def test_rows_in_are_rows_scored_plus_rows_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "a.txt").write_text("Putin and Raisi met in Moscow on Thursday.", encoding="utf-8")
    (folder / "bytes.txt").write_bytes(bytes(range(128, 256)) * 3)
    (folder / "b.csv").write_text('id,body,outlet,published\n1,"Moscow thanked Tehran, again.",Daily,2024-05-01\n2,,Daily,2024-05-02\n', encoding="utf-8")
    (folder / "c.csv").write_text("id,words\n1,hello\n", encoding="utf-8")
    (folder / "d.jsonl").write_text('{"id": "x", "text": "Iran and Russia signed."}\n{broken\n[1]\n{"id": "y"}\n', encoding="utf-8")
    assert main(["batch", str(folder), "--out", str(tmp_path / "out"), *QUIET]) == 0
    told = refused(tmp_path / "out")
    assert len(rows(tmp_path / "out", "articles")) == 3
    places = [(Path(r["path"]).name, r["record"]) for r in told if r["record"]]
    assert places == [("b.csv", "line 3"), ("c.csv", "line 1"), ("d.jsonl", "line 2"), ("d.jsonl", "line 3"), ("d.jsonl", "line 4")]
    assert any("--text-column" in r["reason"] for r in told)
    printed = capsys.readouterr()
    assert "9 records read = 3 articles + 6 refused" in printed.out
    assert "columns taken: text=body, id=id, outlet=outlet, published=published" in printed.err
    assert set(rows(tmp_path / "out").outlet.dropna()) == {"Daily"}


def test_odd_records_are_refused_alone_by_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"id,text\n1,Iran, Russia met,\n2,Caf\xe9 talks in Tehran\n3,Putin met Raisi.\n3,Again they met.\n4,...\n5,a\0b c\n")
    (folder / "b.jsonl").write_text(
        '{"id": "x\\ud800", "text": "Iran."}\n' + "[" * 100_000 + '\n{"text": "Tehran spoke.", "title": {"rendered": "t"}}\n{"id": ' + "9" * 5000 + "}\n", encoding="utf-8"
    )
    (folder / "C.TXT").write_text("Moscow and Tehran signed.", encoding="utf-8")
    assert main(["batch", str(folder), "--out", str(tmp_path / "out"), "--all", *QUIET]) == 0
    places = [(Path(r["path"]).name, r["record"]) for r in refused(tmp_path / "out")]
    assert places == [("a.csv", f"line {n}") for n in (2, 3, 5, 6, 7)] + [("b.jsonl", f"line {n}") for n in (1, 2, 3, 4)]
    assert sorted(rows(tmp_path / "out").text) == ["Moscow and Tehran signed.", "Putin met Raisi."]


def test_the_data_sets_say_what_made_them_and_duckdb_reads_them(tmp_path: Path, scorer: Scorer) -> None:
    source = make_archive(tmp_path / "a.jsonl", 12)
    assert main(["batch", str(source), "--out", str(tmp_path / "out"), "--shard", "5", "--jsonl", *QUIET]) == 0
    assert pq.read_schema(tmp_path / "out/sentences/part-000000.parquet").metadata[b"stancewire.model"].decode() == scorer.bundle.tag
    (counted,) = duckdb.sql(f"SELECT count(*), count(DISTINCT document), min(p_favourable + p_critical + p_neutral) FROM '{tmp_path}/out/sentences/*.parquet'").fetchall()
    articles = rows(tmp_path / "out", "articles")
    assert counted == (articles.units.sum(), 12, pytest.approx(1.0))
    assert list(articles.document) == [f"d{i}" for i in range(12)]
    assert (articles.units >= 3).all()
    assert (articles[[c for c in articles if c.startswith(("outlet_", "source_"))]].sum(axis=1) == articles.units).all()
    lines = [json.loads(line) for part in sorted((tmp_path / "out/sentences_jsonl").iterdir()) for line in part.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == list(rows(tmp_path / "out").id)


def test_articles_that_do_not_name_both_sides_are_listed_and_run_only_when_asked(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text('{"id": "on", "text": "Putin met Raisi."}\n{"id": "off", "text": "Iran signed with Oman."}\n', encoding="utf-8")
    assert main(["batch", str(source), "--out", str(tmp_path / "gate"), *QUIET]) == 0
    assert main(["batch", str(source), "--out", str(tmp_path / "all"), "--all", *QUIET]) == 0
    gated, whole = rows(tmp_path / "gate", "articles").set_index("document"), rows(tmp_path / "all", "articles").set_index("document")
    assert list(gated.off_topic) == list(whole.off_topic) == [False, True]
    assert (gated.units["off"], whole.units["off"]) == (0, 1)
    assert pd.isna(gated.share_neutral["off"])
    assert set(rows(tmp_path / "gate").document) == {"on"}


def test_reprints_share_a_story(tmp_path: Path, article: str) -> None:
    source = tmp_path / "a.jsonl"
    texts = {"first": article, "reprint": article + "\nThe agency contributed to this report.", "other": "Putin met Raisi in Moscow. " * 5}
    source.write_text("".join(json.dumps({"id": k, "text": t}) + "\n" for k, t in texts.items()), encoding="utf-8")
    assert main(["batch", str(source), "--out", str(tmp_path / "out"), *QUIET]) == 0
    assert dict(rows(tmp_path / "out", "articles")[["document", "story"]].itertuples(index=False)) == {"first": "first", "reprint": "first", "other": "other"}


def test_a_sentence_from_the_cache_gives_the_same_bytes(tmp_path: Path) -> None:
    source = make_archive(tmp_path / "a.jsonl", 30)
    (tmp_path / "damaged").mkdir()
    command = ["batch", str(source), "--quiet", "--shard", "10"]
    for name, cache in (("none", ["--no-cache"]), ("cold", ["--cache", str(tmp_path / "c")]), ("warm", ["--cache", str(tmp_path / "c")])):
        assert main([*command, "--out", str(tmp_path / name), *cache]) == 0
    (kept,) = (tmp_path / "c").glob("*.sqlite")
    (tmp_path / "damaged" / kept.name).write_bytes(b"no database")
    assert main([*command, "--out", str(tmp_path / "with-damaged"), "--cache", str(tmp_path / "damaged")]) == 0
    assert fingerprint(tmp_path / "none") == fingerprint(tmp_path / "cold") == fingerprint(tmp_path / "warm") == fingerprint(tmp_path / "with-damaged")


def test_a_run_killed_again_and_again_ends_with_the_bytes_of_an_uninterrupted_one(tmp_path: Path) -> None:
    source = make_archive(tmp_path / "a.jsonl", 400)
    command = ["batch", str(source), "--shard", "8", "--workers", "2", *QUIET]
    assert main([*command, "--out", str(tmp_path / "whole")]) == 0
    rng = random.Random(0)
    kills = 0
    while True:
        process = subprocess.Popen([sys.executable, "-m", "training.cli", *command, "--out", str(tmp_path / "killed")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if kills < 5:
            time.sleep(rng.uniform(0.5, 6.0))
            process.send_signal(signal.SIGKILL)
            kills += 1
        if process.wait(120) == 0:
            break
    assert fingerprint(tmp_path / "killed") == fingerprint(tmp_path / "whole")


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    source = make_archive(tmp_path / "a.jsonl", 400)
    command = ["batch", str(source), "--shard", "8", *QUIET]
    assert main([*command, "--workers", "1", "--out", str(tmp_path / "one")]) == 0
    process = subprocess.Popen([sys.executable, "-m", "training.cli", *command, "--workers", "2", "--out", str(tmp_path / "two")], stdout=subprocess.DEVNULL)
    while not (tmp_path / "two/sentences/part-000001.parquet").exists():
        time.sleep(0.05)
        assert process.poll() is None
    children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    workers = [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(workers[0], signal.SIGKILL)
    assert process.wait(120) == 0
    assert fingerprint(tmp_path / "one") == fingerprint(tmp_path / "two")


def test_ctrl_c_finishes_what_is_in_flight_and_the_same_command_goes_on(tmp_path: Path) -> None:
    source = make_archive(tmp_path / "a.jsonl", 600)
    command = [sys.executable, "-m", "training.cli", "batch", str(source), "--shard", "8", "--workers", "2", "--log-json", "--no-cache", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "out/sentences/part-000000.parquet").exists():
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from there" in told
    assert not (tmp_path / "out/refused.jsonl").exists()
    again = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0
    assert "in an earlier run" in again.stdout
    last = json.loads([line for line in again.stderr.splitlines() if line.startswith("{")][-1])
    assert (last["event"], last["articles"]) == ("done", 600)


def test_a_second_process_on_the_same_output_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = make_archive(tmp_path / "a.jsonl", 300)
    command = ["batch", str(source), "--shard", "8", "--out", str(tmp_path / "out"), *QUIET]
    process = subprocess.Popen([sys.executable, "-m", "training.cli", *command], stdout=subprocess.DEVNULL)
    while not (tmp_path / "out/sentences/part-000000.parquet").exists():
        time.sleep(0.05)
        assert process.poll() is None
    assert main(command) == 2
    assert "another run is writing there" in capsys.readouterr().err
    assert process.wait(120) == 0


def test_a_changed_option_archive_or_model_is_named(tmp_path: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = make_archive(tmp_path / "a.jsonl", 10)
    command = ["batch", str(source), "--out", str(tmp_path / "out"), *QUIET]
    assert main(command) == 0
    before = fingerprint(tmp_path / "out")
    assert main(command) == 0
    assert fingerprint(tmp_path / "out") == before
    assert main([*command, "--all"]) == 2
    assert "began with all False, this one has True" in capsys.readouterr().err
    assert main([*command, "--bundle", str(tiny_bundle)]) == 2
    assert "began with model 'stancewire:" in capsys.readouterr().err
    make_archive(source, 11)
    assert main(command) == 2
    assert "the archive has changed" in capsys.readouterr().err
    assert fingerprint(tmp_path / "out") == before
    assert main([*command, "--overwrite"]) == 0
    assert len(rows(tmp_path / "out", "articles")) == 11


def test_a_damaged_part_is_made_again(tmp_path: Path) -> None:
    source = make_archive(tmp_path / "a.jsonl", 20)
    command = ["batch", str(source), "--out", str(tmp_path / "out"), "--shard", "5", *QUIET]
    assert main(command) == 0
    part = tmp_path / "out/sentences/part-000002.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:-40])
    assert main(command) == 0
    assert part.read_bytes() == whole


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.docx").write_text("precious", encoding="utf-8")
    source = make_archive(tmp_path / "a.jsonl", 1)
    assert main(["batch", str(source), "--out", str(tmp_path), "--overwrite", *QUIET]) == 2
    assert "holds something else than a run" in capsys.readouterr().err
    assert (tmp_path / "thesis.docx").exists()


def test_a_full_disk_is_said_and_the_run_goes_on_when_there_is_room(tmp_path: Path) -> None:
    source = make_archive(tmp_path / "a.jsonl", 300)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small file system can be mounted by root only")
    try:
        command = [sys.executable, "-m", "training.cli", "batch", str(source), "--shard", "8", "--out", str(disk / "out"), *QUIET]
        full = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert full.returncode == 2
        assert "No space left on device" in full.stderr
        assert "the same command again" in full.stderr
        assert subprocess.run(["mount", "-o", "remount,size=64m", str(disk)]).returncode == 0
        assert subprocess.run(command, capture_output=True, timeout=120).returncode == 0
        assert main(["batch", str(source), "--shard", "8", "--out", str(tmp_path / "roomy"), *QUIET]) == 0
        assert fingerprint(disk / "out") == fingerprint(tmp_path / "roomy")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_missing_path_and_a_worker_too_many_are_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2
    assert "no such file or folder" in capsys.readouterr().err
    source = make_archive(tmp_path / "a.jsonl", 1)
    assert main(["batch", str(source), "--out", str(tmp_path / "out"), "--workers", "999"]) == 2
    assert "more than the" in capsys.readouterr().err
