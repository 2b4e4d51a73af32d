"""Reading archives as they come: every format, every packing, every bad record refused alone."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from labels.errors import InputError
from service.archive.find import find_files
from service.archive.html import extract
from service.archive.read import read_records
from service.archive.records import MAX_RECORD, Article, Columns, Page, Reading, Refused
from service.archive.text import decode

TEXT = "Russia and Iran signed a deal in Moscow on Tuesday. It covers gas."
ROWS = [{"id": "1", "body": TEXT, "headline": "A deal", "source": {"name": "TASS"}, "date": "19 July 2022", "link": "https://example.org/1"}, {"id": "2", "body": "Iran spoke."}]
PAGE = (
    "<html><head><title>Deal signed</title><meta property='og:site_name' content='Example News'></head><body><nav>menu menu</nav><article><h1>Deal signed</h1>"
    + "".join(f"<p>{TEXT} Paragraph {i} has many more words about what the ministers agreed there.</p>" for i in range(6))
    + "</article></body></html>"
)


def read(path: Path, columns: Columns | None = None) -> list[Article | Refused]:
    reading = Reading(columns or Columns())
    return [extract(record) if isinstance(record, Page) else record for record in read_records(path, reading)]


def articles(path: Path) -> list[Article]:
    return [record for record in read(path) if isinstance(record, Article)]


def refused(path: Path) -> list[Refused]:
    return [record for record in read(path) if isinstance(record, Refused)]


def json_lines() -> bytes:
    return "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def warc_record(number: int, body: bytes, kind: str = "text/html; charset=utf-8") -> bytes:
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Date: 2022-01-0{number + 1}T00:00:00Z\r\n"
        f"WARC-Target-URI: http://example.org/{number}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_json_lines_are_read_plain_and_packed_with_guessed_columns(tmp_path: Path, suffix: str) -> None:
    pack = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[suffix]
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(pack(json_lines()))
    first, second = articles(path)
    assert (first.document.id, first.document.text, first.document.title) == ("1", TEXT, "A deal")
    assert (first.outlet, first.published, first.url) == ("TASS", "2022-07-19", "https://example.org/1")
    assert second.document.id == "2"


def test_csv_tsv_and_parquet_hold_the_same_records(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'id,text\n1,"{TEXT}"\n', encoding="utf-8")
    (tmp_path / "a.tsv").write_text(f"id\ttext\n1\t{TEXT}\n", encoding="utf-8")
    pq.write_table(pa.table({"id": ["1"], "text": [TEXT]}), tmp_path / "a.parquet")
    found = [articles(tmp_path / f"a.{kind}") for kind in ("csv", "tsv", "parquet")]
    assert [[a.document for a in records] for records in found] == [[found[0][0].document]] * 3
    assert found[0][0].document.text == TEXT


def test_a_named_column_is_taken_instead_of_the_guess(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "wrong", "story": TEXT, "key": "k"}) + "\n", encoding="utf-8")
    (record,) = read(path, Columns(text="story", id="key"))
    assert isinstance(record, Article)
    assert (record.document.text, record.document.id) == (TEXT, "k")


def test_containers_are_read_member_by_member(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as container:
        container.writestr("in/x.txt", TEXT)
        container.writestr("in/rows.jsonl.gz", gzip.compress(json_lines()))
        container.writestr("in/picture.png", b"x")
    with tarfile.open(tmp_path / "t.tar.gz", "w:gz") as tape:
        for name, data in (("x.txt", TEXT.encode()), ("rows.jsonl", json_lines())):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tape.addfile(entry, io.BytesIO(data))
    assert [a.path.rsplit("!")[-1] for a in articles(tmp_path / "z.zip")] == ["in/rows.jsonl.gz", "in/rows.jsonl.gz", "in/x.txt"]
    assert [a.path.rsplit("!")[-1] for a in articles(tmp_path / "t.tar.gz")] == ["x.txt", "rows.jsonl", "rows.jsonl"]


def test_a_page_gives_its_main_text_without_the_menu(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "empty.html").write_text("<html></html>", encoding="utf-8")
    (page,) = articles(tmp_path / "p.html")
    assert (page.document.title, page.outlet) == ("Deal signed", "Example News")
    assert page.document.text.startswith(TEXT)
    assert "menu" not in page.document.text
    assert "no article" in refused(tmp_path / "empty.html")[0].reason


def test_a_web_archive_gives_its_pages_with_address_and_date(tmp_path: Path) -> None:
    data = [warc_record(0, PAGE.encode()), warc_record(1, b"\x89PNG", "image/png"), warc_record(2, PAGE.encode())]
    (tmp_path / "w.warc").write_bytes(b"".join(data))
    (tmp_path / "w.warc.gz").write_bytes(b"".join(map(gzip.compress, data)))
    for name in ("w.warc", "w.warc.gz"):
        first, last = articles(tmp_path / name)
        assert (first.url, last.url) == ("http://example.org/0", "http://example.org/2")
        assert first.published == "2022-01-01T00:00:00+00:00"


@pytest.mark.parametrize("name", ["cut.warc", "cut.warc.gz"])
def test_a_web_archive_that_is_cut_off_keeps_what_stands_before(tmp_path: Path, name: str) -> None:
    data = [warc_record(0, PAGE.encode()), warc_record(1, PAGE.encode())]
    packed = b"".join(map(gzip.compress, data)) if name.endswith(".gz") else b"".join(data)
    (tmp_path / name).write_bytes(packed[:-150])
    assert [a.url for a in articles(tmp_path / name)] == ["http://example.org/0"]
    assert any("cut off" in r.reason for r in refused(tmp_path / name))


def test_a_cut_gzip_file_keeps_its_whole_lines_and_names_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(json_lines())[:-15])
    assert [a.document.id for a in articles(path)][:1] == ["1"]
    assert "damaged or cut off" in refused(path)[-1].reason


def test_a_line_of_200_mb_and_a_gzip_bomb_are_refused_alone(tmp_path: Path) -> None:
    with (tmp_path / "big.jsonl").open("wb") as stream:
        stream.write(b'{"text": "' + b"x" * 200_000_000 + b'"}\n' + json_lines())
    with gzip.open(tmp_path / "bomb.txt.gz", "wb", compresslevel=1) as bomb:
        for _ in range(60):
            bomb.write(b"\0" * 10_000_000)
    found = read(tmp_path / "big.jsonl")
    assert isinstance(found[0], Refused)
    assert f"expected at most {MAX_RECORD:,}" in found[0].reason
    assert len(found) == 3
    assert "more than" in refused(tmp_path / "bomb.txt.gz")[0].reason


def test_encodings_are_detected_or_refused_by_name() -> None:
    russian = "Россия и Иран подписали договор о стратегическом партнерстве в Москве во вторник. "
    assert decode((russian * 20).encode("cp1251")) == russian * 20
    assert decode("café – the Kremlin’s view".encode("cp1252")) == "café – the Kremlin’s view"
    assert decode("Iran".encode("utf-16")) == "Iran"
    with pytest.raises(Exception, match="not UTF-8"):
        decode(bytes(range(128, 256)) * 3)


def test_loops_of_links_and_files_of_other_kinds_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    os.symlink("..", tmp_path / "sub/loop")
    os.symlink("/nowhere", tmp_path / "dead.txt")
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "x.png").write_bytes(b"x")
    found = list(find_files([tmp_path, tmp_path / "a.txt"]))
    assert [p.name for p in found if isinstance(p, Path)] == ["a.txt"]
    assert sorted(r.reason.split(",")[0] for r in found if isinstance(r, Refused)) == ["is a symbolic link to a folder that holds it; expected no loop", "is no regular file"]
    with pytest.raises(InputError, match="no such file"):
        list(find_files([tmp_path / "none"]))


def test_a_glob_finds_files_in_a_stable_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.csv"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    assert [p.name for p in find_files([tmp_path / "*.txt"]) if isinstance(p, Path)] == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("name", "data", "told"), [("bad.parquet", b"no", "not Parquet"), ("bad.zip", b"no", "not a ZIP"), ("bad.tar", b"no", "tar"), ("a.docx", b"no", "ends in")]
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert told in refused(tmp_path / name)[0].reason
