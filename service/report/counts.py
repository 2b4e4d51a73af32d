"""The articles' counts, summed by outlet, month and voice over stories.

They stand in a temporary SQLite table on disk, one row an article: SQLite sorts them by story there, so that memory
does not grow with the archive.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from tempfile import NamedTemporaryFile

from service.report.shares import Sums, Tally, tally

VOICES = ("both", "outlet", "source")
"""``both``: all units. ``outlet``: the outlet's own voice. ``source``: quoted and reported speech."""
TOP_OUTLETS = 20
OTHERS, NO_OUTLET = 1_000_000, 1_000_001
"""Ranks of the pooled outlets beyond ``TOP_OUTLETS``, and of the articles without an outlet."""
_ARTICLE_INSERTS = 10_000


@dataclass(frozen=True, slots=True)
class ArticleCounts:
    """What the report needs of an article. ``by_voice`` holds units by label: those of the outlet's voice, then those of sources.

    ``gated``: off-topic, so that the model never saw it. ``month`` is YYYY-MM or None.
    """

    document: str
    story: str
    outlet: str | None
    month: str | None
    gated: bool
    by_voice: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of articles, counted: ``tallies`` by voice; ``articles`` includes those without units."""

    articles: int
    gated: int
    stories: int
    units: int
    tallies: dict[str, Tally]


@dataclass(frozen=True, slots=True)
class Counting:
    """The figures under one way of counting: every article, or every story once. ``cells`` are outlets by month, empty unless asked for."""

    overall: Group
    outlets: dict[str | int, Group]
    months: dict[str | None, Group]
    cells: dict[tuple[str | int, str | None], Group]


class Counts:
    """All articles of a run, ready to be grouped."""

    def __init__(self, labels: int, articles: Iterable[ArticleCounts]) -> None:
        """Take in every article; ``labels`` is their number. A story id that is not the article's own marks a reprint."""
        self._labels = labels
        self._file = NamedTemporaryFile(prefix="stancewire-report-")  # noqa: SIM115 - lives as long as the report is made
        self._db = sqlite3.connect(self._file.name, isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -64000"):
            self._db.execute(f"PRAGMA {pragma}")
        columns = ", ".join(f"{voice}{i} INTEGER" for voice in ("o", "s") for i in range(labels))
        self._db.execute(f"CREATE TABLE raw (story TEXT, outlet TEXT, month TEXT, gated INTEGER, {columns})")
        self._db.execute("CREATE TABLE reprints (document TEXT PRIMARY KEY, story TEXT) WITHOUT ROWID")
        self._take(articles)
        self._rank_outlets()

    def close(self) -> None:
        self._db.close()
        self._file.close()

    def story_of(self, document: str) -> str:
        """Return the story that an article prints."""
        found = self._db.execute("SELECT story FROM reprints WHERE document = ?", (document,)).fetchone()
        return str(found[0]) if found else document

    def overall(self, *, once_per_story: bool) -> Group:
        """Return the whole archive as one group."""
        return self._grouped("0", once_per_story).get(0, Group(0, 0, 0, 0, {voice: tally([Sums(0, 0, 0, 0, 0, 0, 0)] * self._labels) for voice in VOICES}))

    def by_outlet(self, *, once_per_story: bool) -> dict[str | int, Group]:
        """Return the groups of the largest outlets, largest first, then under ``OTHERS`` and ``NO_OUTLET`` the rest, where there is any."""
        groups = self._grouped("rank", once_per_story)
        return {self._outlets.get(int(rank), int(rank)): group for rank, group in groups.items() if rank is not None}

    def by_month(self, *, once_per_story: bool) -> dict[str | None, Group]:
        """Return the groups of the months in their order; None holds the articles without a date."""
        groups = self._grouped("month", once_per_story)
        dated: dict[str | None, Group] = {str(month): group for month, group in groups.items() if month is not None}
        return dated | ({None: groups[None]} if None in groups else {})

    def by_outlet_and_month(self, *, once_per_story: bool) -> dict[tuple[str | int, str | None], Group]:
        """Return the groups of an outlet's months, in the order of ``by_outlet`` and then of the months, None last."""
        groups = self._grouped("PRINTF('%07d', rank) || COALESCE(month, '~')", once_per_story)
        keys = ((str(key), int(str(key)[:7]), str(key)[7:]) for key in groups)
        return {(self._outlets.get(rank, rank), None if month == "~" else month): groups[key] for key, rank, month in keys}

    def _take(self, articles: Iterable[ArticleCounts]) -> None:
        insert = f"INSERT INTO raw VALUES (?, ?, ?, ?{', ?' * 2 * self._labels})"
        self._db.execute("BEGIN")
        rows: list[tuple[str | int | None, ...]] = []
        for a in articles:
            rows.append((a.story, a.outlet, a.month, int(a.gated), *a.by_voice))
            if a.story != a.document:
                self._db.execute("INSERT OR IGNORE INTO reprints VALUES (?, ?)", (a.document, a.story))
            if len(rows) == _ARTICLE_INSERTS:
                self._db.executemany(insert, rows)
                rows.clear()
        self._db.executemany(insert, rows)
        self._db.execute("COMMIT")

    def _rank_outlets(self) -> None:
        """Give every article its outlet's rank by units, and its weight where each story counts once: 1 / scored articles of its story."""
        units = " + ".join(f"{voice}{i}" for voice in ("o", "s") for i in range(self._labels))
        found = self._db.execute(f"SELECT outlet FROM raw WHERE outlet IS NOT NULL GROUP BY outlet ORDER BY SUM({units}) DESC, outlet LIMIT {TOP_OUTLETS}").fetchall()
        self._outlets = {rank: str(outlet) for rank, (outlet,) in enumerate(found)}
        self._db.execute("CREATE TABLE ranks (outlet TEXT PRIMARY KEY, rank INTEGER)")
        self._db.executemany("INSERT INTO ranks VALUES (?, ?)", [(outlet, rank) for rank, outlet in self._outlets.items()])
        self._db.execute(f"CREATE TABLE prints AS SELECT story, COUNT(*) AS times FROM raw WHERE {units} > 0 GROUP BY story")
        self._db.execute("CREATE UNIQUE INDEX by_story ON prints (story)")
        rank = f"CASE WHEN raw.outlet IS NULL THEN {NO_OUTLET} ELSE COALESCE(rank, {OTHERS}) END"
        self._db.execute(
            f"CREATE TABLE articles AS SELECT raw.*, {units} AS units, {rank} AS rank, 1.0 / COALESCE(times, 1) AS weight "
            "FROM raw LEFT JOIN ranks ON raw.outlet = ranks.outlet LEFT JOIN prints ON raw.story = prints.story"
        )
        self._db.execute("DROP TABLE raw")

    def _grouped(self, group: str, once_per_story: bool) -> dict[str | int | None, Group]:
        """Return groups in the order of the expression ``group``; inner sums are over a story in a group, outer ones over stories."""
        weight = "weight" if once_per_story else "1"
        inner, outer = ["COUNT(*) AS articles", "SUM(gated) AS gated", "SUM(units) AS units"], ["SUM(articles)", "SUM(gated)", "COUNT(*)", "SUM(units)"]
        for voice, letters in zip(VOICES, ("os", "o", "s"), strict=True):
            hits = [" + ".join(f"{letter}{i}" for letter in letters) for i in range(self._labels)]
            inner += [f"SUM({' + '.join(hits)}) AS {voice}_u", f"SUM({weight} * ({' + '.join(hits)})) AS {voice}_n"]
            outer += [f"SUM({voice}_u > 0)", f"SUM({voice}_u)", f"SUM({voice}_n)", f"SUM({voice}_n * {voice}_n)"]
            for i, hit in enumerate(hits):
                y, n = f"{voice}_y{i}", f"{voice}_n"
                inner.append(f"SUM({weight} * ({hit})) AS {y}")
                outer += [f"SUM({y})", f"SUM({y} * {y})", f"SUM({y} * {n})"]
        query = f"SELECT g, {', '.join(outer)} FROM (SELECT {group} AS g, story, {', '.join(inner)} FROM articles GROUP BY g, story) GROUP BY g ORDER BY g"
        return {row[0]: self._group(row[1:]) for row in self._db.execute(query)}

    def _group(self, row: Sequence[float]) -> Group:
        articles, gated, stories, units = map(int, row[:4])
        width = 4 + 3 * self._labels
        parts = [row[4 + i * width : 4 + (i + 1) * width] for i in range(len(VOICES))]
        return Group(articles, gated, stories, units, {voice: _tally(part) for voice, part in zip(VOICES, parts, strict=True)})


def _tally(part: Sequence[float]) -> Tally:
    """Return the tally of clusters, units, n, n², then y, y² and y·n of each label."""
    clusters, units, size, squared = part[:4]
    labels = [part[i : i + 3] for i in range(4, len(part), 3)]
    return tally([Sums(int(clusters), int(units), size, squared, *map(float, label)) for label in labels])
