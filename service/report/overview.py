"""The first screen: what was read, in numbers, and how far to trust it."""

from __future__ import annotations

from typing import Any

from service.bundle import Bundle
from service.report.gather import Findings
from service.report.look import Look
from service.report.markup import escape, foreign, percent, table

_REASONS = 3


def headline(found: Findings) -> str:
    """Return the title and the headline numbers."""
    run, all_ = found.run, found.by_article.overall
    dates = " to ".join(map(escape, dict.fromkeys(found.dates))) if found.dates else "no dates"
    undated = found.by_article.months[None].articles if None in found.by_article.months else 0
    reasons = "".join(f"<li>{n:,} × {foreign(reason, 160)}</li>" for reason, n in found.refusals.commonest(_REASONS))
    refused = f'<p class="soft">Most often refused because a record:</p><ul class="soft">{reasons}</ul>' if reasons else ""
    cells = [
        ("Articles", f"{all_.articles:,}", f"{undated:,} without a date" if undated else "all dated"),
        ("Units scored", f"{all_.units:,}", "sentences and titles" + (", each once a target" if run.targets else "")),
        ("Off-topic articles", f"{all_.gated:,}", "do not name every side of the target; not run through the model"),
        ("Stories", f"{all_.stories:,}", f"reprints of an earlier article: {found.reprints:,}"),
        ("Records refused", f"{found.refusals.total:,}", "could not be read as articles"),
    ]
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>" for name, value, note in cells)
    return (
        f'<h1>Stance in {foreign(run.name, 120)}</h1><p class="lead">{dates} · model <code>{escape(run.model)}</code> · '
        f'codebook {escape(run.codebook)} · segmenter {escape(run.segmenter)}</p><dl class="headline">{listed}</dl>{refused}'
    )


def caution(found: Findings, bundle: Bundle | None) -> str:
    """Return the plain warning that belongs before every figure."""
    rates = _rates(found, bundle)
    scope = (
        'The shares under <a href="#corrected">corrected shares</a> are corrected for its errors; all others on this page are not corrected for its errors'
        if found.correction
        else "The shares on this page are not corrected for its errors (labels of units drawn at random would do that: <code>--labels</code>)"
    )
    return (
        f'<div class="caution" role="note"><p><strong>Raw counts of a classifier.</strong> {scope}: a rare label collects '
        "false alarms from the common ones. The intervals of raw counts speak of which stories are in the archive, not of misread sentences. "
        f"{rates}Compare shares that the same model gave; read sentences before you conclude.</p></div>"
    )


def _rates(found: Findings, bundle: Bundle | None) -> str:
    figures = held_out(bundle)
    if not figures:
        return "The model's error rates are not known here. "
    wrong = ", ".join(f"{escape(label)} {percent(1 - figures['per_label'][label]['precision'])}" for label in found.run.labels if label in figures["per_label"])
    return f'On held-back sentences, which flatter the model, so many of those given a label were wrong: {wrong}; expect more on real news (<a href="#model">error rates</a>). '


def held_out(bundle: Bundle | None) -> dict[str, Any] | None:
    """Return the figures that the bundle's manifest has on held-back sentences, None where there are none."""
    metrics = bundle.manifest.get("metrics", {}) if bundle else {}
    figures = metrics.get("held_out") if isinstance(metrics, dict) else None
    return figures if isinstance(figures, dict) and isinstance(figures.get("per_label"), dict) else None


def meanings(look: Look, bundle: Bundle | None) -> str:
    """Return what the labels mean, as the codebook defines them."""
    if bundle is None:
        return ""
    rows = [
        (f'<span class="name"><span class="swatch {colour}"></span>{escape(label)}</span>', escape(definition.definition))
        for label, colour in zip(look.labels, look.classes, strict=True)
        for definition in bundle.codebook.scheme
        if definition.name == label
    ]
    title = f"Which stance toward the {escape(bundle.codebook.target)} a sentence conveys, whoever voices it"
    return table(["Label", "A sentence gets it that …"], rows, title, words=2)
