"""Where the registry stands: in BentoML's home, models where BentoML has them and ours in a folder of our own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NAME = "stancewire"
"""The model's name in BentoML's store; its version is the digest in a bundle's tag, so that store tag and bundle tag are the same."""


@dataclass(frozen=True, slots=True)
class Home:
    """The places of a registry under BentoML's home folder ``path``. Nothing is made before something is written."""

    path: Path

    @property
    def models(self) -> Path:
        """BentoML's model store."""
        return self.path / "models"

    @property
    def own(self) -> Path:
        """What BentoML does not know of."""
        return self.path / NAME

    @property
    def pointer(self) -> Path:
        """The file that says which bundle is promoted and which were."""
        return self.own / "registry.json"

    @property
    def lock(self) -> Path:
        return self.own / "lock"

    @property
    def staging(self) -> Path:
        """Where models are put together and taken apart; whatever a killed command left there is swept by the next one."""
        return self.own / "staging"

    @property
    def tests(self) -> Path:
        """Frozen test sets, which never train."""
        return self.own / "tests"

    @property
    def work(self) -> Path:
        """Checkpoints of retraining runs that were stopped."""
        return self.own / "work"

    def folder(self, tag: str) -> Path:
        """Return where BentoML keeps the model of that tag."""
        return self.models / Path(*tag.split(":"))


def store_home(environment: Mapping[str, str] = os.environ) -> Home:
    """Return the registry in ``BENTOML_HOME``, or in ~/bentoml as BentoML has it."""
    return Home(Path(os.path.expandvars(environment.get("BENTOML_HOME") or "~/bentoml")).expanduser().resolve())
