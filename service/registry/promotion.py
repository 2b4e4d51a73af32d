"""Which bundle serves: promoted, and rolled back."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

from labels.errors import RegistryError
from service.batch.store import write_whole
from service.registry.home import NAME, Home
from service.registry.pointer import SHIPPED_NAME, Event, State, locked, read_state, write_state
from service.registry.stage import PROVENANCE
from service.registry.store import folder_of
from service.scorer import load_scorer

HELD_OUT = "held_out.jsonl"
"""The new labels that a retrained model was measured on, in its provenance; once it is promoted they are a frozen test set for good."""


def promote(home: Home, tag: str, *, why: str | None = None, forced: bool = False) -> State:
    """Put a bundle in force, after it has scored a text; ``tag`` is full, or "shipped". Raises BundleError or RegistryError, and then all stays as it is.

    One that is in force already is only noted again, which makes a running service that could not take it up try once more.
    """
    with locked(home):
        state = read_state(home)
        folder = folder_of(home, tag)
        load_scorer(folder)
        _freeze(home, tag, folder)
        at, by = acting()
        state = state.pushed(Event(action="promote", tag=tag, at=at, by=by, why=why, forced=forced))
        write_state(home, state)
    return state


def rollback(home: Home, *, why: str | None = None) -> State:
    """Return to what was in force before the last promotion; raises RegistryError where nothing was promoted."""
    with locked(home):
        state = read_state(home)
        if not state.stack:
            raise RegistryError(f"{home.pointer}: nothing is promoted, the shipped bundle serves; expected a promotion to go back from")
        before = state.stack[-2] if len(state.stack) > 1 else SHIPPED_NAME
        load_scorer(folder_of(home, before))
        at, by = acting()
        state = state.popped(Event(action="rollback", tag=before, at=at, by=by, why=why))
        write_state(home, state)
    return state


def _freeze(home: Home, tag: str, folder: Path) -> None:
    rows = folder / PROVENANCE / HELD_OUT
    place = home.tests / f"held-out-{tag.removeprefix(f'{NAME}:')}.jsonl"
    if tag != SHIPPED_NAME and rows.is_file() and rows.stat().st_size and not place.exists():
        write_whole(place, rows.read_bytes())


def forget_tests(home: Home, name: str) -> None:
    """Give up a frozen test set; raises RegistryError naming those there are."""
    known = sorted(path.stem for path in home.tests.glob("*.jsonl"))
    if name not in known:
        raise RegistryError(f"{name}: no such test set in {home.tests}; expected {', '.join(known) or 'none, there are none yet'}")
    (home.tests / f"{name}.jsonl").unlink()


def acting() -> tuple[str, str]:
    """Return when (UTC) and by whom something is done."""
    return datetime.now(UTC).isoformat(timespec="seconds"), _user()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have a number and no name
        return "unknown"
