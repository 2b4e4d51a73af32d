"""A model put together beside BentoML's store, so that one rename puts it there.

BentoML writes a model into its place file by file, and one that a kill left half written makes `bentoml models list` fail for all of them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.bundle import NAMES, Bundle, load_bundle
from service.registry.home import NAME, Home

if TYPE_CHECKING:
    from bentoml._internal.models import ModelStore

PROVENANCE = "provenance"
"""The folder in a stored model for what its making left: labels, comparison, flips. No part of the bundle, and not hashed."""


def stage(home: Home, bundle: Bundle, extras: Mapping[str, bytes]) -> Path:
    """Make the model in a store of its own and return its folder, whole, verified and on disk."""
    import bentoml

    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")  # newsrooms do not report home
    # The files are copied after BentoML has made the model: it builds in the system's temporary folder, where a kill would leave them for good.
    with bentoml.models.create(bundle.tag, labels=_labels(bundle), metadata=_metadata(bundle), _model_store=bento_store(home.staging)) as model:
        pass
    made = home.staging / NAME / str(model.tag.version)
    for name in (NAMES.model, NAMES.tokenizer, NAMES.card, NAMES.manifest):
        shutil.copyfile(bundle.path / name, made / name)
    (made / PROVENANCE).mkdir()
    for name, content in extras.items():
        (made / PROVENANCE / name).write_bytes(content)
    load_bundle(made)
    for path in made.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    return made


def sweep(home: Home) -> None:
    """Clear away what killed commands left half done. To be called under the lock: only its holder has anything there."""
    shutil.rmtree(home.staging, ignore_errors=True)


def forget_latest(home: Home) -> None:
    """Let BentoML find anew what "latest" is: it does when the file is absent, and not when a kill left an old one."""
    with contextlib.suppress(OSError):
        (home.models / NAME / "latest").unlink()
    with contextlib.suppress(OSError):
        (home.models / NAME).rmdir()  # only when it is empty: BentoML's list takes an empty one for a model without versions


def bento_store(folder: Path) -> ModelStore:
    """Return BentoML's store in a folder: its own is bound to the environment of the process's first call."""
    from bentoml._internal.models import ModelStore

    return ModelStore(folder)


def _labels(bundle: Bundle) -> dict[str, str]:
    training = bundle.manifest["training"]
    return {"codebook": f"{bundle.codebook.name} {bundle.codebook.version}", "target": bundle.codebook.target, "labels_hash": str(training["labels_hash"])}


def _metadata(bundle: Bundle) -> dict[str, Any]:
    training, measured = bundle.manifest["training"], bundle.manifest["metrics"]
    figures = {"held_out_macro_f1": measured.get("held_out", {}).get("macro_f1"), "probes_passed": measured.get("probes", {}).get("overall", {}).get("rate")}
    told = {"sentences": training["sentences"], "code": training["code"], "seed": training["config"]["seed"], "base": training["base"]["name"], **figures}
    return {name: value for name, value in told.items() if value is not None}
