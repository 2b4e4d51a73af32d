"""The report's shares as data: one row a group and label, raw and corrected, as JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from service.prevalence.correct import Corrected, Correction
from service.report.counts import Counting, Group
from service.report.gather import Findings
from service.report.look import outlet_name

FIELDS = (
    "target", "group", "outlet", "month", "label", "count", "articles", "stories", "units",
    "raw", "raw_low", "raw_high", "labelled", "corrected", "corrected_low", "corrected_high", "method",
)  # fmt: skip
"""``target``: empty where there is just one. ``group``: all, outlet, month, or both. ``count``: what counts once, article or story. ``method``: own (labels),
pooled (error rates) or none (too few labels); empty without labels."""


def shares_json(parts: Sequence[Findings]) -> str:
    """Return the shares, of each target where there are several, and what they rest on as one JSON object; None for what is not known."""
    run = parts[0].run
    bases = {part.target: _basis(part) for part in parts}
    basis = bases.get(None, bases)
    whole = {"model": run.model, "codebook": run.codebook, "labels": run.labels, "interval": 0.95, "correction": basis, "shares": [row for part in parts for row in _rows(part)]}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _basis(found: Findings) -> dict[str, Any] | None:
    run, correction, basis = found.run, found.correction, None
    if correction is not None:
        left_out = {name: getattr(correction.labelled, name) for name in ("chosen", "unknown", "open")}
        basis = {"files": correction.labelled.files, "matched": correction.matched, "missing": correction.missing, "stories": correction.stories, "left_out": left_out}
        basis["errors_differ_p"] = dict(zip(("outlets", "months"), correction.differ, strict=True))
        basis["confusion"] = {label: dict(zip(run.labels, row, strict=True)) for label, row in zip(run.labels, correction.confusion, strict=True)}
    return basis


def shares_csv(parts: Sequence[Findings]) -> str:
    """Return the shares as CSV with a header; empty cells for what is not known."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row for part in parts for row in _rows(part))
    return out.getvalue()


def _rows(found: Findings) -> Iterator[dict[str, Any]]:
    """Yield a row a group and label; corrected shares stand where every article counts."""
    for count, counting in (("article", found.by_article), ("story", found.by_story)):
        corrected = found.correction if count == "article" else None
        for kind, place, group, key in _groups(counting):
            there = _corrected(corrected, kind, key)
            for i, label in enumerate(found.run.labels):
                yield {"target": found.target, "group": kind, **place, "label": label, "count": count, **_figures(group, there, i)}


def _corrected(correction: Correction | None, kind: str, key: Any) -> Corrected | None:
    if correction is None or kind == "all":
        return correction.overall if correction else None
    return correction.outlets.get(key) if kind == "outlet" else correction.months.get(key) if kind == "month" else correction.cells.get(key)


def _groups(counting: Counting) -> Iterator[tuple[str, dict[str, str | None], Group, Any]]:
    if counting.overall.units:
        yield "all", {"outlet": None, "month": None}, counting.overall, None
    for outlet, group in counting.outlets.items():
        if group.units:
            yield "outlet", {"outlet": outlet_name(outlet), "month": None}, group, outlet
    for month, group in counting.months.items():
        if group.units:
            yield "month", {"outlet": None, "month": month}, group, month
    for (outlet, month), group in counting.cells.items():
        if group.units:
            yield "both", {"outlet": outlet_name(outlet), "month": month}, group, (outlet, month)


def _figures(group: Group, corrected: Corrected | None, label: int) -> dict[str, Any]:
    raw = group.tallies["both"].shares[label]
    low, high = raw.interval if raw and raw.interval else (None, None)
    figures = {"articles": group.articles, "stories": group.stories, "units": group.units, "raw": raw.value if raw else None, "raw_low": low, "raw_high": high}
    share = corrected.tally.shares[label] if corrected else None
    low, high = share.interval if share and share.interval else (None, None)
    named = {"labelled": corrected.labelled if corrected else None, "corrected": share.value if share else None}
    return figures | named | {"corrected_low": low, "corrected_high": high, "method": corrected.method if corrected else None}
