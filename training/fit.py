"""Fine-tune the classifier with the transformers Trainer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from tokenizers import Tokenizer
from torch.optim import AdamW
from transformers import AutoTokenizer, DataCollatorWithPadding, PreTrainedTokenizerBase, PrinterCallback, Trainer, TrainingArguments, get_linear_schedule_with_warmup, set_seed

from labels.codebook import Codebook
from labels.errors import InputError
from service.pairs import Encoder, Input
from training.base import Base, find_base
from training.config import TrainConfig
from training.lexical import LexicalChannel, fit_lexical
from training.model import StanceModel, build_model


@dataclass(frozen=True, slots=True)
class Example:
    """A training sentence, or a sentence and its target, with its label's index in codebook order."""

    text: Input
    label: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained model with the tokenizer that it was trained with."""

    model: StanceModel
    tokenizer: PreTrainedTokenizerBase
    base: Base
    config: TrainConfig
    paired: Codebook | None = None

    def encode(self, texts: Sequence[Input]) -> dict[str, Any]:
        """Return token ids, mask and, for pairs, token types, cut to the model's length and not padded."""
        return encode(texts, self.tokenizer, self.config, self.paired)


def fit(examples: Sequence[Example], labels: Sequence[str], config: TrainConfig, workdir: Path, *, paired: Codebook | None = None, progress: bool = True) -> Fitted:
    """Fine-tune on ``examples``, pairs by the codebook ``paired`` where it is given, and return the model in evaluation mode, on the CPU, in fp32.

    Checkpoints of each epoch go to ``workdir``; a run that was stopped continues from the last one. Raises
    InputError when a label has no example, or when the loss stops being a number.
    """
    base = find_base(config.base)
    set_seed(config.seed)
    tokenizer = AutoTokenizer.from_pretrained(base.source, **({} if base.sha256 else {"revision": base.revision}))
    model = build_model(base, class_weights(examples, labels, config.balance), config)
    _freeze(model, config.frozen_share)
    rows = _rows(examples, len(labels), tokenizer, config, paired)
    steps = config.epochs * -(-len(rows) // config.batch_size)
    optimizer = AdamW(_parameter_groups(model, config), fused=True)
    schedule: Any = get_linear_schedule_with_warmup(optimizer, round(config.warmup * steps), steps)
    trainer = Trainer(
        model=model,
        args=_arguments(config, workdir, progress),
        train_dataset=rows,
        data_collator=DataCollatorWithPadding(tokenizer),
        optimizers=(optimizer, schedule),
    )
    trainer.remove_callback(PrinterCallback)  # it takes the place of the progress bar and writes to standard output, which is the caller's
    result = trainer.train(resume_from_checkpoint=last_checkpoint(workdir))
    if result.training_loss != result.training_loss:
        raise InputError(f"the loss is not a number after {result.global_step} steps; expected a finite one, try a lower rate than {config.encoder_rate}")
    # accelerate wraps forward in bf16 autocast; left on, the exported graph would hold bf16 operations.
    trained: StanceModel = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    trained.to("cpu").float().eval()
    if config.lexical_weight:
        trained.lexical = _lexical(rows, examples, len(labels), tokenizer, config)
    return Fitted(trained, tokenizer, base, config, paired)


def _lexical(rows: Dataset, examples: Sequence[Example], labels: int, tokenizer: PreTrainedTokenizerBase, config: TrainConfig) -> LexicalChannel:
    ids: Any = rows["input_ids"]
    if "token_type_ids" in rows.column_names:  # the words that are not the target's
        ids = [[token for token, mine in zip(row, types, strict=True) if not mine] for row, types in zip(ids, rows["token_type_ids"], strict=True)]
    return fit_lexical(ids, [e.label for e in examples], label_count=labels, vocabulary=len(tokenizer), special=tokenizer.all_special_ids, weight=config.lexical_weight)


def class_weights(examples: Sequence[Example], labels: Sequence[str], power: float) -> list[float]:
    """Return one loss weight a label: the inverse frequency to ``power``, with mean 1 over the examples."""
    counts = [sum(e.label == i for e in examples) for i in range(len(labels))]
    if missing := [label for label, count in zip(labels, counts, strict=True) if not count]:
        raise InputError(f"no training sentence is labelled {', '.join(missing)}; expected at least one for each of {', '.join(labels)}")
    raw = [(len(examples) / count) ** power for count in counts]
    mean = sum(w * c for w, c in zip(raw, counts, strict=True)) / len(examples)
    return [w / mean for w in raw]


def bf16_here() -> bool:
    """Tell whether bf16 pays: on CPUs with native bf16 arithmetic and on CUDA devices that support it."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return not torch.backends.mps.is_available() and _cpu_has_bf16()


def cpu_only() -> bool:
    """Tell whether no accelerator is at hand."""
    return not (torch.cuda.is_available() or torch.backends.mps.is_available())


def _cpu_has_bf16() -> bool:
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text() or "amx_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def _arguments(config: TrainConfig, workdir: Path, progress: bool) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(workdir),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        bf16=bf16_here(),
        use_cpu=cpu_only(),
        train_sampling_strategy="group_by_length",
        seed=config.seed,
        max_grad_norm=1.0,
        save_strategy="epoch",
        save_total_limit=1,
        logging_strategy="no",
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=not progress,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )


def encode(texts: Sequence[Input], tokenizer: PreTrainedTokenizerBase, config: TrainConfig, paired: Codebook | None) -> dict[str, Any]:
    """Return token ids, mask and, for pairs, token types; pairs by the encoder that will score, so that nothing can differ."""
    if paired is None:
        encoded = tokenizer(list(texts), truncation=True, max_length=config.max_length)
        return {key: encoded[key] for key in ("input_ids", "attention_mask")}
    encoder = Encoder(Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()), paired, config.max_length, mentions=config.mentions)
    rows = encoder.encode(texts)
    return {"input_ids": [list(r.ids) for r in rows], "attention_mask": [[1] * len(r.ids) for r in rows], "token_type_ids": [list(r.types) for r in rows]}


def _rows(examples: Sequence[Example], labels: int, tokenizer: PreTrainedTokenizerBase, config: TrainConfig, paired: Codebook | None) -> Dataset:
    off = config.label_smoothing / labels
    targets = [[off + (1 - config.label_smoothing) * (i == e.label) for i in range(labels)] for e in examples]
    return Dataset.from_dict({**encode([e.text for e in examples], tokenizer, config, paired), "targets": targets})


def _parameter_groups(model: StanceModel, config: TrainConfig) -> list[dict[str, Any]]:
    """Give the head its own rate, layers below the top the encoder's times ``layer_decay`` a layer; no decay on biases and norms."""
    depth = int(model.encoder.config.num_hidden_layers)
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        rate = config.head_rate if name.startswith("head.") else config.encoder_rate * config.layer_decay ** (depth - _layer(name, depth))
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": parameters, "lr": rate, "weight_decay": decay} for (rate, decay), parameters in groups.items()]


def _freeze(model: StanceModel, share: float) -> None:
    """Leave the encoder's lowest layers as they are: what is frozen costs no backward pass."""
    depth = int(model.encoder.config.num_hidden_layers)
    frozen = int(share * depth)
    for name, parameter in model.encoder.named_parameters():
        if frozen and _layer(name, depth) <= frozen:
            parameter.requires_grad_(False)


def _layer(name: str, depth: int) -> int:
    """Return the layer a parameter belongs to, counted from 1; 0 for embeddings, ``depth`` for what stands above."""
    numbers = [int(part) for part in name.split(".") if part.isdigit()]
    if numbers:
        return numbers[0] + 1
    return 0 if "embeddings" in name else depth


def last_checkpoint(workdir: Path) -> str | None:
    """Return the newest whole checkpoint folder in ``workdir``, or None."""
    # The Trainer writes its state last: a folder without it was killed half-way.
    whole = [state.parent for state in workdir.glob("checkpoint-*/trainer_state.json") if state.stat().st_size]
    found = sorted(whole, key=lambda p: int(p.name.split("-")[1]))
    return str(found[-1]) if found else None
