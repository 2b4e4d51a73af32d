"""Sections on what limits the figures: flags, refused and off-topic records, the model's error rates, the method."""

from __future__ import annotations

from service.bundle import NAMES, Bundle
from service.records import FLAGS
from service.report.card import card_as_html
from service.report.gather import Findings
from service.report.look import outlet_name
from service.report.markup import escape, foreign, percent, table
from service.report.overview import held_out
from service.report.sentences import flag_order

_LISTED = 20
_MEANING = {
    "ambiguous": "no label is clearly ahead, or the one given is not the most probable",
    "language": "not English",
    "off_topic": "the article does not name every side of the target",
    "truncated": "too long: the model read the beginning only",
}


def flags(found: Findings) -> str:
    """Return how often each flag stands, and what was not scored."""
    counts, total = found.sentences, max(1, found.sentences.units)
    rows = [(escape(f), _MEANING.get(f, ""), f"{counts.flags[f]:,}", percent(counts.flags[f] / total)) for f in flag_order(list(counts.flags), FLAGS)]
    flagged = table(["Flag", "Meaning", "Units", "Share"], [*rows, ("no flag", "", f"{counts.unflagged:,}", percent(counts.unflagged / total))], words=2)
    return f'<section id="flags"><h2>Flags, refused and off-topic records</h2><h3>Flags</h3>{flagged}{_off_topic(found)}{_refused(found)}</section>'


def _off_topic(found: Findings) -> str:
    rows = [
        (foreign(outlet_name(outlet), 80), f"{g.articles:,}", f"{g.stories:,}", f"{g.gated:,}", percent(g.gated / g.articles)) for outlet, g in found.by_article.outlets.items()
    ]
    head = ["Outlet", "Articles", "Stories", "Off-topic", "Share"]
    return f"<h3>Off-topic articles by outlet</h3><p>They do not name every side of the target, and the model did not see them.</p>{table(head, rows)}"


def _refused(found: Findings) -> str:
    refusals = found.refusals
    if not refusals.total:
        return "<h3>Refused records</h3><p>None: every record was read.</p>"
    reasons = table(["Reason, in the words of its first record", "Records"], [(foreign(reason, 240), f"{n:,}") for reason, n in refusals.commonest(_LISTED)])
    files = table(["File", "Records"], [(foreign(path, 160), f"{n:,}") for path, n in refusals.paths.most_common(_LISTED)])
    return f"<h3>Refused records by reason</h3><p>{refusals.total:,} in all; the commonest {_LISTED} of each kind are listed.</p>{reasons}<h3>By file</h3>{files}"


def model(found: Findings, bundle: Bundle | None, given: str | None) -> str:
    """Return the model's error rates; ``given`` is the tag of a bundle that is not the one that scored."""
    if bundle is None:
        why = f"the bundle given is <code>{escape(given)}</code>, the archive was scored by" if given else "no bundle was given for"
        content = f"<p>Not shown: {why} <code>{escape(found.run.model)}</code>. Give that bundle with <code>--bundle</code> to see its error rates here.</p>"
    else:
        content = _rates(bundle) + _card(bundle)
    return f'<section id="model"><h2>The model and its errors</h2>{content}</section>'


def _rates(bundle: Bundle) -> str:
    figures = held_out(bundle)
    if not figures:
        return "<p>The bundle was not measured on held-back sentences.</p>"
    rows = []
    for label, f in figures["per_label"].items():
        low, high = f["f1_interval"]
        rows.append((escape(label), percent(f["precision"]), percent(f["recall"]), f"{f['f1']:.2f} [{low:.2f}, {high:.2f}]", f"{f['support']:,}"))
    head = ["Label", "Right, of those given it (precision)", "Found, of those that are it (recall)", "F1", "Sentences"]
    low, high = figures["macro_f1_interval"]
    caption = f"Held-back sentences ({figures['n']:,}); they resemble those that trained the model and flatter it. Macro-F1 {figures['macro_f1']:.2f} [{low:.2f}, {high:.2f}]"
    return table(head, rows, caption) + "<p>What was measured on real news, where there is such a figure, stands in the model card:</p>"


def _card(bundle: Bundle) -> str:
    text = (bundle.path / NAMES.card).read_text(encoding="utf-8")
    return f'<details><summary>The model card</summary><div class="card">{card_as_html(text)}</div></details>'


METHOD = """<section id="method"><h2>How the figures are made</h2>
<p>A share is units with the label over all units of the group. Sentences of one story are alike, so that the 95 % intervals take the story for the unit that
is drawn: the variance is that of a ratio of two totals over stories, linearised (Cochran 1977, ch. 11; Särndal, Swensson and Wretman 1992, ch. 5), and the interval
is Wilson's at the effective sample size which that variance implies, never above the number of units, with Student's t for the number of stories (Korn and Graubard 1998; Dean
and Pagano 2015). Where all units of a group agree, each story counts as one unit; where a group has one story, there is no interval. With few stories and a rare label the intervals are
somewhat too narrow. Intervals are for one share at a time: among
twenty outlets, expect one to miss.</p>
<p>Articles that print nearly the same text are one story. <em>Every article counts</em>: a wire story printed by forty outlets counts forty times. <em>Every
story counts once</em>: each of its k scored articles weighs 1/k, in its own outlet and month, so that the weights add up over groups. The numbers of units and stories in the tables are
unweighted.</p></section>"""
