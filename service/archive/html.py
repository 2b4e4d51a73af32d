"""The main text of a web page, its title, date and outlet, by trafilatura."""

from __future__ import annotations

from dataclasses import dataclass

import trafilatura
from trafilatura.settings import use_config

from labels.errors import TextError
from service.archive.fields import iso_date
from service.archive.records import Article, Page, Refused
from service.archive.text import decode
from service.records import Document

_CONFIG = use_config()
_CONFIG.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")  # its alarm signal works in the main thread only


@dataclass(frozen=True, slots=True)
class Main:
    """The article of a page, and what the page says of itself."""

    text: str
    title: str | None
    outlet: str | None
    published: str | None


def extract(page: Page) -> Article | Refused:
    """Return the article that a page holds, or why it holds none."""
    try:
        main = read_page(page.raw, page.url, page.declared)
    except TextError as error:
        return Refused(page.path, page.record, str(error))
    return Article(Document(page.id, main.text, main.title), page.path, page.record, main.outlet, iso_date(main.published or page.published), page.url)


def read_page(raw: bytes, url: str | None = None, declared: str | None = None) -> Main:
    """Return the article of a page; raise TextError where there is none."""
    try:
        # trafilatura reads the page's own declaration of its encoding; ours is for what the server declared.
        source: str | bytes = decode(raw, declared) if declared else raw
        document = trafilatura.bare_extraction(source, url=url, include_comments=False, include_tables=False, with_metadata=True, config=_CONFIG)
    except TextError:
        raise
    except Exception as error:  # lxml and its helpers raise many types on broken pages
        raise TextError(f"the page cannot be read: {error}; expected HTML") from error
    if document is None or isinstance(document, dict) or not (document.text or "").strip():
        raise TextError("the page has no article text; expected HTML with one")
    return Main(_without_title(document.text or "", document.title), document.title or None, document.sitename or document.hostname or None, document.date or None)


def _without_title(text: str, title: str | None) -> str:
    """Drop the first line where it only says the title again: the title is a unit of its own."""
    first, _, rest = text.partition("\n")
    return rest if title and rest.strip() and first.strip().casefold() == title.strip().casefold() else text
