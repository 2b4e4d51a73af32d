"""Which field of a record holds what: named by the user, or guessed among the names that archives use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from service.archive.records import Article, Columns, Reading, Refused
from service.records import NOT_UTF8, Document

GUESSES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "content", "body", "article", "article_text", "maintext", "main_text", "sentence"),
    "id": ("id", "document_id", "doc_id", "article_id", "uuid", "url"),
    "title": ("title", "headline", "heading"),
    "outlet": ("outlet", "source", "publisher", "site", "sitename", "domain", "source_domain", "newspaper"),
    "published": ("published", "date", "date_publish", "published_at", "publish_date", "publication_date", "pub_date", "datetime", "created_at"),
    "url": ("url", "link", "source_url"),
}


_STAMP = 14


def mapping(names: Iterable[str], columns: Columns) -> dict[str, str]:
    """Return which of ``names`` serves as text, id, title, outlet, published and url; a name that the user gave must be there to count."""
    present = {str(name).lower(): str(name) for name in reversed(list(names))}
    found: dict[str, str] = {}
    for field in fields(Columns):
        given = getattr(columns, field.name)
        wanted = (given,) if given else GUESSES[field.name]
        if name := next((present[w.lower()] for w in wanted if w.lower() in present), None):
            found[field.name] = name
    return found


def article(path: str, place: str, record: Any, reading: Reading) -> Article | Refused:
    """Return a record (a mapping of field names to values) as an article, or why it is none."""
    if not isinstance(record, Mapping):
        return Refused(path, place, f"is a {type(record).__name__}; expected a JSON object")
    columns = reading.columns
    held = mapping(record, columns)
    text = record.get(held["text"]) if "text" in held else None
    if not isinstance(text, str):
        listed = ", ".join(map(str, record))[:200].encode("utf-8", "backslashreplace").decode()
        return Refused(path, place, f"has no text under {columns.text or ' or '.join(GUESSES['text'])} (fields: {listed}); expected a string, name the column with --text-column")
    reading.took(path, held)
    values = {name: _plain(record[column]) for name, column in held.items() if name != "text" and record[column] not in (None, "")}
    title = record.get(held["title"]) if "title" in held else None
    if title is not None and not isinstance(title, str):
        return Refused(path, place, f"has a {type(title).__name__} as title; expected a string")
    if spoilt := next((value for value in (text, *values.values()) if NOT_UTF8.search(value)), None):
        return Refused(path, place, f"holds bytes that are not UTF-8 near {ascii(spoilt[:40])}; expected a file in UTF-8")
    identifier = values.get("id") or f"{path}#{place.removeprefix('line ').removeprefix('row ')}"
    return Article(Document(identifier, text, values.get("title")), path, place, values.get("outlet"), iso_date(values.get("published")), values.get("url"))


def iso_date(raw: str | None) -> str | None:
    """Return a date in ISO 8601, whichever of the usual ways it is written; as it stands where it is none of them."""
    if raw is None:
        return None
    text = raw.strip()
    for parse in (datetime.fromisoformat, parsedate_to_datetime, _day_month, _month_day, _stamp):
        try:
            moment = parse(text)
            return moment.isoformat() if ":" in text or len(text) == _STAMP else moment.date().isoformat()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return text


def _day_month(text: str) -> datetime:
    return datetime.strptime(text, "%d %B %Y")


def _month_day(text: str) -> datetime:
    return datetime.strptime(text.replace(",", ""), "%B %d %Y")


def _stamp(text: str) -> datetime:
    """Read the fourteen digits of GDELT and of web archives."""
    return datetime.strptime(text, "%Y%m%d%H%M%S")


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):  # {"name": "TASS"}, as some exports nest the outlet
        value = next((value[key] for key in ("name", "title", "id", "domain") if value.get(key)), value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
