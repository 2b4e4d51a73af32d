"""All figures of the report, gathered in one pass over the articles, one over the sentences and one over the refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from labels.errors import InputError
from labels.labelled import Labelled
from service.prevalence.correct import Correction, correct
from service.prevalence.match import match_units
from service.report.counts import ArticleCounts, Counting, Counts
from service.report.dates import day_of, month_of
from service.report.folder import REFUSED, Run, tables
from service.report.refusals import Refusals, read_refusals
from service.report.sentences import SentenceCounts, read_sentences


@dataclass(frozen=True, slots=True)
class Findings:
    """What the page shows, of one ``target`` or, by None, of all that was scored. ``dates`` are the earliest and the latest known. ``by_story`` counts every story as one article.

    ``correction`` is None where no labelled units were given.
    """

    run: Run
    dates: tuple[str, str] | None
    by_article: Counting
    by_story: Counting
    sentences: SentenceCounts
    refusals: Refusals
    target: str | None = None
    correction: Correction | None = None

    @property
    def reprints(self) -> int:
        """Return how many articles print a story that an earlier one has printed."""
        return self.by_article.overall.articles - self.by_article.overall.stories


class _Dates:
    """The earliest and the latest date met."""

    def __init__(self) -> None:
        self.span: tuple[str, str] | None = None

    def note(self, published: str) -> str | None:
        """Return the month of a date, YYYY-MM, None where it has none."""
        month = month_of(published)
        if month is None:
            return None
        day = day_of(published) or month
        # Compared by their months first: "2024-05" is not before "2024-05-01".
        low, high = self.span or (day, day)
        self.span = (min(low, day, key=_padded), max(high, day, key=_padded))
        return month


def gather(run: Run, target: str | None = None, labelled: Labelled | None = None, *, cells: bool = False, pooled: bool = False) -> Findings:
    """Read a run and count it, one target's units or all; raise InputError where its articles and sentences do not belong together.

    ``labelled`` are units that people labelled; with them shares are corrected, with ``pooled`` those of groups with few labels too; too few in all
    raise InputError. ``cells``: count outlets by month too.
    """
    dates = _Dates()
    counts = Counts(len(run.labels), _articles(run, dates) if target is None else _articles_about(run, dates, target))
    try:
        by_article, by_story = (_counting(counts, once_per_story=once, cells=cells) for once in (False, True))
        sentences = read_sentences(run, counts.story_of, target)
        matched = match_units(run, labelled, counts.story_of, target) if labelled else None
    finally:
        counts.close()
    if sentences.units != by_article.overall.units:
        raise InputError(f"{run.folder}: articles/ counts {by_article.overall.units:,} units, sentences/ holds {sentences.units:,}; expected all files of one run")
    correction = correct(matched, labelled, by_article, len(run.labels), pooled=pooled) if labelled and matched else None
    return Findings(run, dates.span, by_article, by_story, sentences, read_refusals(run.folder / REFUSED), target, correction)


def _counting(counts: Counts, *, once_per_story: bool, cells: bool) -> Counting:
    return Counting(
        counts.overall(once_per_story=once_per_story),
        counts.by_outlet(once_per_story=once_per_story),
        counts.by_month(once_per_story=once_per_story),
        counts.by_outlet_and_month(once_per_story=once_per_story) if cells else {},
    )


def _articles(run: Run, dates: _Dates) -> Iterator[ArticleCounts]:
    voices = [f"{voice}_{label}" for voice in ("outlet", "source") for label in run.labels]
    for path in run.articles:
        for batch in tables(path, ["document", "story", "outlet", "published", "off_topic", "units", *voices]):
            plain = [batch.column(name).to_pylist() for name in ("document", "story", "outlet", "published", "off_topic", "units")]
            counted = zip(*(batch.column(name).to_pylist() for name in voices), strict=True)
            for document, story, outlet, published, off_topic, units, by_voice in zip(*plain, counted, strict=True):
                name = (outlet or "").strip() or None
                yield ArticleCounts(document, story or document, name, dates.note(published or ""), bool(off_topic) and not units, by_voice)


def _articles_about(run: Run, dates: _Dates, target: str) -> Iterator[ArticleCounts]:
    """Yield the articles that were scored for ``target``, with the counts of its units: the articles' own are over all targets."""
    columns = [(voice, label) for voice in ("outlet", "source") for label in run.labels]
    for articles, sentences in zip(run.articles, run.sentences, strict=True):  # files of one shard stand at one place
        counted: dict[str, Counter[tuple[str, str]]] = {}
        for batch in tables(sentences, ["document", "target", "voice", "label"]):
            rows = zip(*(batch.column(name).to_pylist() for name in ("document", "target", "voice", "label")), strict=True)
            for document, asked, voice, label in rows:
                if asked == target:
                    counted.setdefault(document, Counter())[voice, label] += 1
        for batch in tables(articles, ["document", "story", "outlet", "published"]):
            for document, story, outlet, published in zip(*(batch.column(name).to_pylist() for name in ("document", "story", "outlet", "published")), strict=True):
                if document in counted:
                    by_voice = tuple(counted[document][column] for column in columns)
                    yield ArticleCounts(document, story or document, (outlet or "").strip() or None, dates.note(published or ""), False, by_voice)


def _padded(date: str) -> str:
    return date if len(date) > len("2024-05") else f"{date}-00"
