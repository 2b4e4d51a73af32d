"""Which bundle a command works with; one rule for all of them.

What ``--bundle`` names, else what ``STANCEWIRE_BUNDLE`` names, else the promoted one, else the shipped one. A name is a folder, a tag or the
beginning of one, "promoted" or "shipped".
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labels.errors import RegistryError
from service.registry.home import store_home
from service.registry.pointer import SHIPPED_NAME
from service.registry.store import PROMOTED_NAME, folder_of, full_tag, locate, promoted

VARIABLE = "STANCEWIRE_BUNDLE"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The folder of a bundle, and whether it was named ("given"), is the promoted one or the shipped one."""

    path: Path
    source: str


def choose(given: str | None, environment: Mapping[str, str] = os.environ) -> Chosen:
    """Return the bundle by the rule above; raises RegistryError or BundleError for a name that stands for none."""
    home, name = store_home(environment), given or environment.get(VARIABLE)
    if name and name != PROMOTED_NAME:
        return Chosen(locate(home, name), "given")
    tag, path = promoted(home)
    return Chosen(path, SHIPPED_NAME if tag == SHIPPED_NAME else PROMOTED_NAME)


def chosen_folder(given: str | None) -> Path:
    """Return the bundle's folder by the rule above, and say so on standard error when it is the promoted one: nobody named it on this command line."""
    chosen = choose(given)
    if chosen.source == PROMOTED_NAME and not given:
        sys.stderr.write(f"with the promoted stancewire:{chosen.path.name} (--bundle shipped takes the shipped one)\n")
    return chosen.path


def folder_that_scored(given: str | None, tag: str) -> Path:
    """Return the bundle that ``given`` names; without a name the one of that tag, wherever it is, else the one in force."""
    if not given and VARIABLE not in os.environ:
        home = store_home()
        try:
            return folder_of(home, full_tag(home, tag))
        except RegistryError:
            pass
    return choose(given).path


def add_bundle_option(command: argparse.ArgumentParser, told: str = "model bundle") -> None:
    """Add ``--bundle`` with the rule above to a command."""
    command.add_argument(
        "--bundle", default=None, metavar="DIR|TAG", help=f"{told}: a folder, a tag of the store, promoted or shipped (default: the promoted one, else the shipped one)"
    )
