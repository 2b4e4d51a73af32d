"""Text as HTML: everything from the archive passes through here, and none of it stays markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from service.report.shares import Share, Tally

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LONGEST_LINK = 2_000


def escape(text: str) -> str:
    """Return text for HTML and for attribute values in double quotes; characters that no page may hold become U+FFFD."""
    return html.escape(_CONTROLS.sub("\ufffd", text), quote=True)


def foreign(text: str, width: int = 600) -> str:
    """Return text of the archive, escaped and cut, in its own writing direction, which cannot leak to what stands beside it."""
    return f"<bdi>{escape(shortened(text, width))}</bdi>"


def shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def web_link(url: str | None, content: str) -> str | None:
    """Return ``content`` (markup) linked to ``url``, None unless that is a plain http or https address."""
    if not url or len(url) > _LONGEST_LINK or re.search(r"[\s\x00-\x1f\x7f]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return None
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow">{content}</a>'


def percent(value: float) -> str:
    """Return a share in per cent with one decimal; one that would round to nothing is said to be below it."""
    return "<0.1%" if 0 < value < 0.0005 else f"{value:.1%}"


def with_interval(share: Share | None) -> str:
    """Return a share and its 95 % interval as text, as the tables print them."""
    if share is None:
        return "–"
    if share.interval is None:
        return f"{percent(share.value)} [one story]"
    return f"{percent(share.value)} [{share.interval[0]:.1%}, {share.interval[1]:.1%}]"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", *, words: int = 1) -> str:
    """Return a table of markup cells; the first ``words`` columns are text, the others numbers; the first names its row."""
    title = f"<caption>{caption}</caption>" if caption else ""
    kinds = ["" if i < words else ' class="number"' for i in range(len(head))]
    tops = "".join(f'<th scope="col"{kind}>{cell}</th>' for kind, cell in zip(kinds, head, strict=True))
    body = "".join(_row(row, kinds) for row in rows)
    return f'<div class="scroll" tabindex="0"><table>{title}<thead><tr>{tops}</tr></thead><tbody>{body}</tbody></table></div>'


def _row(row: Sequence[str], kinds: Sequence[str]) -> str:
    first, *rest = row
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds[1:], rest, strict=True)) + "</tr>"


def tally_cells(tally: Tally) -> list[str]:
    """Return a tally's units, stories and shares as the cells of a table."""
    return [f"{tally.units:,}", f"{tally.stories:,}", *(escape(with_interval(share)) for share in tally.shares)]


def figure(chart: str, caption: str, numbers: str, kind: str = "") -> str:
    """Return a chart with its caption and, folded away, its numbers as a table."""
    return (
        f'<figure class="{kind}"><div class="scroll" tabindex="0">{chart}</div><figcaption>{caption}</figcaption>'
        f"<details><summary>Numbers of this chart</summary>{numbers}</details></figure>"
    )
