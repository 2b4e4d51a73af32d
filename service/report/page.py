"""The page: its sections in order, its style, and a policy that lets it run nothing and fetch nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from service.bundle import Bundle
from service.report import shares_view
from service.report.by_target import name_of, target_sections, targets_overview
from service.report.corrected_view import corrected
from service.report.gather import Findings
from service.report.look import CHOICES, Look, look_of
from service.report.markup import escape, foreign
from service.report.overview import caution, headline, meanings
from service.report.quality_view import METHOD, flags, model
from service.report.weighty_view import weighty

STYLE = Path(__file__).with_name("page.css")
_SECTIONS = {
    "corrected": "Corrected shares",
    "overall": "Overall",
    "outlets": "By outlet",
    "months": "By month",
    "voices": "Own and quoted voice",
    "sentences": "Sentences",
    "flags": "Flags and refusals",
    "model": "Model and errors",
    "method": "Method",
}
# The archive's text is escaped everywhere; should a way past that be found, this keeps it from running or fetching anything.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page(found: Findings, bundle: Bundle | None, given: str | None, targets: Sequence[Findings] = ()) -> str:
    """Return the whole page. ``bundle`` is the one that scored, None where it is not at hand; ``given`` is the tag of the one that was given.

    ``targets`` holds the figures of each target, where there are several; their shares are never thrown together.
    """
    look = look_of(found.run.labels, bundle.codebook.default if bundle else None)
    apart = [target_sections(number, part, look, _shares) for number, part in enumerate(targets, start=1)]
    sections = [
        *([targets_overview(targets, look), *apart] if targets else _shares(found, look)),
        flags(found),
        model(found, bundle, given),
        METHOD,
    ]
    body = "".join([headline(found), caution(found, bundle), meanings(look, bundle), _contents("".join(sections), targets), *sections])
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,"><title>Stance in {escape(found.run.name)}</title>'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body>{CHOICES if found.reprints else ''}<main>{body}</main></body></html>\n"
    )


def _shares(found: Findings, look: Look) -> list[str]:
    """Return the sections that are of one target's units."""
    parts = (corrected, shares_view.overall, shares_view.outlets, shares_view.months, shares_view.voices, weighty)
    return [part(found, look) for part in parts]


def _contents(sections: str, targets: Sequence[Findings]) -> str:
    named = {f"target-{number}": f"Toward: {foreign(name_of(part), 60)}" for number, part in enumerate(targets, start=1)}
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in ({"targets": "By target"} | named | _SECTIONS).items() if f'<section id="{name}">' in sections)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'
