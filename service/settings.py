"""Settings of the service, read once from the environment at its edge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labels.errors import InputError
from service.bundle import SHIPPED


@dataclass(frozen=True)
class Settings:
    """What ``STANCEWIRE_BUNDLE``, ``_THREADS``, ``_MAX_CHARACTERS`` (of a document), ``_MAX_DOCUMENTS`` and ``_MAX_TOTAL_CHARACTERS`` (of a request) say."""

    bundle: Path = SHIPPED
    threads: int | None = None
    max_characters: int = 100_000
    max_documents: int = 200
    max_total_characters: int = 500_000


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; raise InputError naming a variable that does not hold a positive number."""
    defaults = Settings()
    return Settings(
        bundle=Path(environment.get("STANCEWIRE_BUNDLE", defaults.bundle)),
        threads=_number(environment, "STANCEWIRE_THREADS"),
        max_characters=_number(environment, "STANCEWIRE_MAX_CHARACTERS") or defaults.max_characters,
        max_documents=_number(environment, "STANCEWIRE_MAX_DOCUMENTS") or defaults.max_documents,
        max_total_characters=_number(environment, "STANCEWIRE_MAX_TOTAL_CHARACTERS") or defaults.max_total_characters,
    )


def _number(environment: Mapping[str, str], name: str) -> int | None:
    raw = environment.get(name)
    if raw is None:
        return None
    if not raw.isdigit() or int(raw) < 1:
        raise InputError(f"{name}={raw!r}; expected a whole number of at least 1")
    return int(raw)
