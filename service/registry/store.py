"""Bundles in BentoML's model store: put in, looked up, taken out, each as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from labels.errors import BundleError, RegistryError
from service.batch.store import sync_folder
from service.bundle import SHIPPED, Bundle, load_bundle
from service.registry.home import NAME, Home
from service.registry.pointer import SHIPPED_NAME, locked, read_state, write_state
from service.registry.stage import bento_store, forget_latest, stage, sweep

PROMOTED_NAME = "promoted"


@dataclass(frozen=True, slots=True)
class Stored:
    """A bundle that can be named; ``fault`` says what is wrong with one that cannot be loaded."""

    tag: str
    path: Path
    bundle: Bundle | None
    created: str | None
    fault: str | None = None


def add(home: Home, folder: Path, extras: Mapping[str, bytes] | None = None, *, replace: bool = False) -> str:
    """Put a bundle into the store, ``extras`` by name into its folder ``provenance``, and return its tag.

    One that is there stays as it is, or with ``replace`` makes room, unless it is promoted.

    Raises BundleError for a folder that is no whole bundle.
    """
    bundle = load_bundle(folder)
    with locked(home):
        sweep(home)
        place = home.folder(bundle.tag)
        keep = not replace or bundle.tag == read_state(home).promoted
        if bundle.tag == load_bundle(SHIPPED).tag or (place.exists() and keep):
            return bundle.tag
        made = stage(home, bundle, extras or {})
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            os.replace(place, home.staging / "replaced")
        os.replace(made, place)
        sync_folder(place.parent)
        forget_latest(home)
        sweep(home)
    return bundle.tag


def remove(home: Home, tag: str) -> None:
    """Take a model out of the store; raises RegistryError for the shipped bundle and for the promoted one."""
    if tag == SHIPPED_NAME:
        raise RegistryError("shipped: comes with the package and cannot be removed")
    with locked(home):
        sweep(home)
        state = read_state(home)
        if state.promoted == tag:
            raise RegistryError(f"{tag}: is promoted; promote another one or roll back, then remove it")
        if state != (left := state.without(tag)):
            write_state(home, left)
        home.staging.mkdir(parents=True, exist_ok=True)
        os.replace(home.folder(tag), home.staging / "removed")  # half a model in the store would spoil it
        forget_latest(home)
        sweep(home)


def stored(home: Home) -> Iterator[Stored]:
    """Yield the shipped bundle and then those of the store, the newest first; a damaged one with its fault."""
    shipped = load_bundle(SHIPPED)
    yield Stored(shipped.tag, SHIPPED, shipped, None)
    versions = sorted(p.name for p in (home.models / NAME).iterdir() if p.is_dir()) if (home.models / NAME).is_dir() else []
    yield from sorted((_read(home, f"{NAME}:{version}") for version in versions), key=lambda s: s.created or "", reverse=True)


def locate(home: Home, name: str) -> Path:
    """Return the folder of a bundle named by path, "shipped", "promoted", or a tag or the beginning of one; raises RegistryError for any other name."""
    if name == PROMOTED_NAME:
        return promoted(home)[1]
    if name != SHIPPED_NAME and Path(name).is_dir():
        return Path(name)
    try:
        return folder_of(home, full_tag(home, name))
    except RegistryError:
        if os.sep in name:
            raise BundleError(f"{name}: no such folder; expected a bundle folder, a tag such as {NAME}:1a2b3c, {SHIPPED_NAME} or {PROMOTED_NAME}") from None
        raise


def full_tag(home: Home, name: str) -> str:
    """Return the tag that ``name`` is or begins, with or without "stancewire:"; "shipped" for the shipped bundle. Raises RegistryError naming what there is."""
    shipped = load_bundle(SHIPPED).tag
    wanted = name if ":" in name else f"{NAME}:{name}"
    known = [f"{NAME}:{p.name}" for p in (home.models / NAME).glob("*/")]
    found = [tag for tag in known if tag == wanted] or [tag for tag in known if tag.startswith(wanted) and wanted != f"{NAME}:"]
    if name == SHIPPED_NAME or (shipped.startswith(wanted) and wanted != f"{NAME}:" and not found):
        return SHIPPED_NAME
    if len(found) == 1:
        return found[0]
    if found:
        raise RegistryError(f"{name}: {len(found)} models begin so: {', '.join(sorted(found))}; expected more of the tag")
    raise RegistryError(f"{name}: no such model in {home.models}; expected {', '.join([SHIPPED_NAME, *sorted(known)])}, or a bundle folder")


def promoted(home: Home) -> tuple[str, Path]:
    """Return the tag in force ("shipped" while nothing is promoted) and its folder."""
    tag = read_state(home).promoted
    return tag, folder_of(home, tag)


def folder_of(home: Home, tag: str) -> Path:
    """Return the folder of a full tag, or of "shipped"; raises RegistryError when it is gone."""
    if tag == SHIPPED_NAME:
        return SHIPPED
    if not home.folder(tag).is_dir():
        raise RegistryError(f"{tag}: is named in {home.pointer} but not in {home.models}; expected it there; promote another one")
    return home.folder(tag)


def _read(home: Home, tag: str) -> Stored:
    import bentoml

    path = home.folder(tag)
    try:
        model = bentoml.models.get(tag, _model_store=bento_store(home.models), model_aliases={})
        return Stored(tag, path, load_bundle(path), model.info.creation_time.isoformat(timespec="seconds"))
    except (BundleError, bentoml.exceptions.BentoMLException, OSError) as error:
        return Stored(tag, path, None, None, str(error))
