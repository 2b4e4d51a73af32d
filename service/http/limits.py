"""How much text one request may bring."""

from __future__ import annotations

from collections.abc import Sequence

from labels.errors import TextError
from labels.problems import shorten
from service.http.errors import ApiError
from service.records import Document
from service.scorer import check_text
from service.settings import Settings


def check_limits(documents: Sequence[Document], settings: Settings, what: str = "documents") -> None:
    """Raise ApiError 413, saying where and why, if the documents are too many or too long."""
    if len(documents) > settings.max_documents:
        raise ApiError(413, f"request has {len(documents):,} {what}; expected at most {settings.max_documents:,}, use `stancewire batch` for archives", what)
    sizes = [len(d.text) + len(d.title or "") for d in documents]
    for document, size in zip(documents, sizes, strict=True):
        if size > settings.max_characters:
            raise ApiError(413, f"text and title have {size:,} characters; expected at most {settings.max_characters:,}", f"document {shorten(document.id)}")
    asked = sum(size * max(1, len(d.targets)) for d, size in zip(documents, sizes, strict=True))  # the model reads a text once a target
    if asked > settings.max_total_characters:
        raise ApiError(413, f"request has {asked:,} characters in all; expected at most {settings.max_total_characters:,}, send several requests", what)


def must_be_text(document: Document, where: str) -> None:
    """Raise ApiError 422, saying where and why, for a text that cannot be scored."""
    try:
        check_text(document)
    except TextError as error:
        raise ApiError(422, str(error).partition(": ")[2], where) from None
