"""Settings of the service, read once from the environment at its edge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from labels.errors import InputError
from service.registry.home import Home, store_home


@dataclass(frozen=True)
class Settings:
    """What the service may take on. Each field is the variable ``STANCEWIRE_`` and its name in capitals (``home`` is ``BENTOML_HOME``); docs/operations.md lists them.

    ``bundle`` is what serves, a folder or a name as in registry/choose.py; None, or "promoted", follows what is promoted in ``home``, looked for every ``promoted_seconds``.
    ``seconds`` bounds a request, ``requests`` how many are in hand, ``bytes_in_hand`` what their bodies hold together, ``queue_tokens``
    what waits for the model and ``queue_seconds`` how long, ``batch_tokens`` what it reads in one run, ``cutters`` the threads that cut large texts into sentences,
    ``drain_seconds`` how long a stopping service still takes requests while load balancers learn that it is unready.
    """

    bundle: str | None = None
    home: Home = field(default_factory=lambda: store_home({}))
    promoted_seconds: int = 2
    threads: int | None = None
    max_characters: int = 100_000
    max_documents: int = 200
    max_total_characters: int = 500_000
    max_body_bytes: int = 4_000_000
    max_explain_characters: int = 5_000
    seconds: int = 30
    requests: int = 4_096
    bytes_in_hand: int = 32_000_000
    queue_tokens: int = 65_536
    queue_seconds: int = 5
    batch_tokens: int = 512
    cutters: int = 2
    drain_seconds: int = 1
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    cors_origins: tuple[str, ...] = ()
    log_texts: bool = False


_NUMBERS = (
    "max_characters", "max_documents", "max_total_characters", "max_body_bytes", "max_explain_characters", "seconds", "requests", "bytes_in_hand",
    "queue_tokens", "queue_seconds", "batch_tokens", "cutters", "drain_seconds", "promoted_seconds",
)  # fmt: skip


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; raise InputError naming a variable that does not hold what it should."""
    defaults = Settings()
    numbers = {name: _number(environment, f"STANCEWIRE_{name.upper()}") or getattr(defaults, name) for name in _NUMBERS}
    return Settings(
        bundle=environment.get("STANCEWIRE_BUNDLE") or None,
        home=store_home(environment),
        threads=_number(environment, "STANCEWIRE_THREADS"),
        api_keys=_keys(environment),
        cors_origins=_listed(environment, "STANCEWIRE_CORS_ORIGINS"),
        log_texts=_switch(environment, "STANCEWIRE_LOG_TEXTS"),
        **numbers,
    )


def _number(environment: Mapping[str, str], name: str) -> int | None:
    raw = environment.get(name)
    if raw is None:
        return None
    if not (raw.isascii() and raw.isdigit()) or int(raw) < 1:
        raise InputError(f"{name}={raw!r}; expected a whole number of at least 1")
    return int(raw)


def _listed(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in environment.get(name, "").split(",") if part.strip())


def _keys(environment: Mapping[str, str]) -> tuple[str, ...]:
    keys = _listed(environment, "STANCEWIRE_API_KEYS")
    if environment.get("STANCEWIRE_API_KEYS", "").strip() and not keys:
        raise InputError("STANCEWIRE_API_KEYS holds no key; expected keys separated by commas, or leave the variable out")
    if any(len(key) < 16 or not key.isascii() for key in keys):  # never quoted: the message goes to a log
        raise InputError("STANCEWIRE_API_KEYS holds a key that is too short or not ASCII; expected at least 16 ASCII characters each, separated by commas")
    return keys


def _switch(environment: Mapping[str, str], name: str) -> bool:
    raw = environment.get(name, "0")
    if raw not in ("0", "1"):
        raise InputError(f"{name}={raw!r}; expected 0 or 1")
    return raw == "1"
