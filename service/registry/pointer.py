"""Which bundle is promoted, and how it came to be: one JSON file that is either the old one or the new one, whenever a process is killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from filelock import FileLock

from labels.errors import RegistryError
from service.batch.store import write_whole
from service.registry.home import Home

SHIPPED_NAME = "shipped"
"""What the bundle that comes with the package is called; it serves while nothing is promoted."""
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change of what is promoted: what was done, to which bundle, when (UTC), by whom and why. ``forced``: against the gate."""

    action: str
    tag: str
    at: str
    by: str
    why: str | None = None
    forced: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """``stack`` holds what was promoted, the last being in force; ``history`` every change in order."""

    stack: tuple[str, ...] = ()
    history: tuple[Event, ...] = ()

    @property
    def promoted(self) -> str:
        """The tag in force, or "shipped"."""
        return self.stack[-1] if self.stack else SHIPPED_NAME

    def pushed(self, event: Event) -> State:
        """Return the state after a promotion; of the bundle in force it only adds to the history."""
        stack = self.stack if event.tag == self.promoted else (*self.stack, event.tag)
        return State(stack, (*self.history, event))

    def popped(self, event: Event) -> State:
        """Return the state after a rollback."""
        return State(self.stack[:-1], (*self.history, event))

    def without(self, tag: str) -> State:
        """Return the state as if ``tag`` could not be returned to any more."""
        return replace(self, stack=_folded(kept for kept in self.stack if kept != tag))


def read_state(home: Home) -> State:
    """Return what the file says; nothing promoted where there is none. Raises RegistryError for a damaged file."""
    try:
        raw = home.pointer.read_bytes()
    except FileNotFoundError:
        return State()
    except OSError as error:
        raise RegistryError(f"{home.pointer}: cannot be read: {error.strerror}; expected the registry's file") from error
    try:
        data: dict[str, Any] = json.loads(raw)
        if data["format"] != _FORMAT:
            raise ValueError(f"format {data['format']!r}")
        return State(tuple(map(str, data["stack"])), tuple(Event(**event) for event in data["history"]))
    except (ValueError, KeyError, TypeError) as error:
        raise RegistryError(f"{home.pointer}: does not hold ({error}); expected what `stancewire models promote` writes; move it away, and the shipped bundle serves") from error


def write_state(home: Home, state: State) -> None:
    """Exchange the file. To be called under ``locked``."""
    write_whole(home.pointer, json.dumps({"format": _FORMAT, **asdict(state)}, ensure_ascii=False, indent=1).encode() + b"\n")


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Keep other commands from changing the registry meanwhile; the system lets go of a killed command's lock."""
    home.own.mkdir(parents=True, exist_ok=True)
    with FileLock(home.lock):
        yield


def _folded(tags: Iterator[str]) -> tuple[str, ...]:
    """Return tags without neighbours that are the same, so that a rollback always changes something."""
    kept: list[str] = []
    for tag in tags:
        if tag != (kept[-1] if kept else SHIPPED_NAME):
            kept.append(tag)
    return tuple(kept)
