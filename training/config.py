"""The knobs of a training run, with the defaults that the evidence in RECIPE.md chose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from labels.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """How a model is fine-tuned. Rates are per step of AdamW, ``warmup`` a share of all steps.

    ``softening`` multiplies the temperature that fits the held-back sentences: real news is harder than they are.
    ``prior_strength`` says how far the class priors move from the training set's to the codebook's prevalence, 0 to 1.
    ``balance`` is the power of the inverse class frequency that weighs the loss: 0 none, 1 fully balanced.
    ``mentions``: where a target stands beside the sentence, the words that name it in the sentence are marked for the model.
    ``lexical_weight`` scales the lexical channel's logits beside the encoder's, 0 leaves it out. ``frozen_share`` of the encoder's layers, from the bottom and rounded down, stay as they are. ``max_length`` counts tokens; longer sentences are cut and flagged.
    """

    base: str = "bundled"
    seed: int = 0
    epochs: int = 3
    batch_size: int = 32
    encoder_rate: float = 6e-5
    head_rate: float = 1e-3
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    warmup: float = 0.06
    label_smoothing: float = 0.1
    dropout: float = 0.1
    encoder_dropout: float = 0.0
    freeze_embeddings: bool = True
    frozen_share: float = 0.0
    mentions: bool = True
    lexical_weight: float = 1.0
    balance: float = 0.0
    max_length: int = 128
    softening: float = 1.5
    prior_strength: float = 0.15

    def __post_init__(self) -> None:
        """Raise InputError for a value that could only spoil the bundle."""
        for name, fits, expected in (
            ("softening", self.softening > 0, "a number above 0"),
            ("prior_strength", 0 <= self.prior_strength <= 1, "a number from 0 to 1"),
            ("label_smoothing", 0 <= self.label_smoothing < 1, "a number from 0 to below 1"),
            ("frozen_share", 0 <= self.frozen_share < 1, "a number from 0 to below 1"),
            ("batch_size", self.batch_size > 0, "a whole number above 0"),
        ):
            if not fits:
                raise InputError(f"--set {name}={getattr(self, name)}: expected {expected}")


def with_settings(config: TrainConfig, settings: Iterable[str]) -> TrainConfig:
    """Return ``config`` with "NAME=VALUE" settings applied; raise InputError naming a setting that does not fit."""
    known = {field.name: type(getattr(config, field.name)) for field in fields(config)}
    changes: dict[str, Any] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in known:
            raise InputError(f"--set {setting}: no such setting; expected one of {', '.join(known)}")
        changes[name] = _parse(setting, value, known[name])
    return replace(config, **changes)


def _parse(setting: str, value: str, kind: type[Any]) -> object:
    try:
        return {"true": True, "false": False}[value] if kind is bool else kind(value)
    except (KeyError, ValueError):
        raise InputError(f"--set {setting}: expected {'true or false' if kind is bool else f'a value of type {kind.__name__}'}") from None
