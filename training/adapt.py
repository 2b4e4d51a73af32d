"""Adapt an encoder to news before fine-tuning: masked-language training on plain text.

    python -m training.adapt --text news.txt --out adapted [--base bundled] [--tokens 3000000]

The folder it writes is one that ``stancewire train --base`` takes. RECIPE.md says what it was worth. A stopped run
continues on the same command.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from datasets import Dataset
from torch import nn
from transformers import AutoModelForMaskedLM, AutoTokenizer, DataCollatorForLanguageModeling, PreTrainedTokenizerBase, Trainer, TrainingArguments, set_seed

from labels.codebook import SHIPPED, Codebook, load_codebook
from labels.errors import InputError, StancewireError
from training.base import find_base
from training.fit import bf16_here, cpu_only, last_checkpoint

WINDOW = 128
BATCH = 32
RATE = 3e-4
MASKED = 0.2


def main(argv: list[str] | None = None) -> int:
    """Read text, train, write the encoder; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="text file (.txt or .txt.xz): a paragraph a line, a blank line between articles")
    parser.add_argument("--base", default="bundled")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=float, default=3e6, help="how many tokens to train on, articles that name the target's sides most often first")
    parser.add_argument("--codebook", type=Path, default=SHIPPED, help="codebook file that names the target's sides (default: the repo's)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    try:
        adapt(args.text, args.base, args.out.resolve(), int(args.tokens), args.seed, load_codebook(args.codebook))
    except StancewireError as error:
        print(f"training.adapt: {error}", file=sys.stderr)  # noqa: T201 - a command line of its own
        return 2
    return 0


def adapt(text: Path, base: str, out: Path, tokens: int, seed: int, book: Codebook | None = None) -> None:
    """Train ``base`` for one pass over ``tokens`` tokens of ``text`` and save the encoder with its tokenizer to ``out``; ``book`` is the shipped one by default."""
    if out.exists() and any(out.iterdir() if out.is_dir() else [out]):
        raise InputError(f"--out {out}: is not empty; expected a new folder")
    set_seed(seed)
    articles = _articles(text)
    found = find_base(base)
    source = found.source
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModelForMaskedLM.from_pretrained(source)
    for module in model.modules():  # one pass over text that is not repeated needs none, and it costs a third of the time
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    # Tied to the output layer and half of all weights: frozen they keep what the base knows, and save a third of the time.
    model.get_input_embeddings().weight.requires_grad_(False)
    rows = Dataset.from_dict({"input_ids": list(_windows(_by_relevance(articles, book or load_codebook()), tokenizer, tokens))})
    run = hashlib.sha256(repr((articles, found.sha256, found.revision, tokens, seed)).encode()).hexdigest()[:16]
    work = out.with_name(f".{out.name}.checkpoints") / run  # another text or base never continues this one
    arguments = TrainingArguments(
        output_dir=str(work),
        num_train_epochs=1,
        per_device_train_batch_size=BATCH,
        learning_rate=RATE,
        adam_beta2=0.98,
        weight_decay=0.01,
        warmup_steps=0.04,
        bf16=bf16_here(),
        use_cpu=cpu_only(),
        save_steps=200,
        save_total_limit=1,
        seed=seed,
        report_to="none",
        logging_steps=50,
        dataloader_pin_memory=False,
    )
    trainer = Trainer(model=model, args=arguments, train_dataset=rows, data_collator=DataCollatorForLanguageModeling(tokenizer, mlm_probability=MASKED))
    trainer.train(resume_from_checkpoint=last_checkpoint(work))
    model.base_model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    shutil.rmtree(work.parent, ignore_errors=True)


def _articles(path: Path) -> list[str]:
    opener = lzma.open if path.suffix == ".xz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as stream:
            found = [article for article in str(stream.read()).split("\n\n") if article.strip()]
    except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError) as error:
        raise InputError(f"--text {path}: cannot be read as text ({error}); expected UTF-8, plain or .xz") from error
    if not found:
        raise InputError(f"--text {path}: is empty; expected articles, a blank line between them")
    return found


def _by_relevance(articles: Iterable[str], book: Codebook) -> list[str]:
    """Put first the articles that name the sides of a target most often for their length; open targets leave the order as it is."""

    def density(article: str) -> float:
        mentions = [[len(re.findall(side.pattern, article)) for side in target.sides] for target in book.known_targets]
        most = max((2 * min(counts, default=0) + sum(counts) for counts in mentions), default=0)
        return most / (len(article) + 2000)  # short articles must not win by one mention

    return sorted(articles, key=density, reverse=True)


def _windows(articles: Iterable[str], tokenizer: PreTrainedTokenizerBase, tokens: int) -> Iterator[list[int]]:
    """Yield full windows of token ids, articles run together, until ``tokens`` are out."""
    buffer: list[int] = []
    given = 0
    room = WINDOW - 2
    for article in articles:
        buffer += [i for line in tokenizer(article.split("\n"), add_special_tokens=False)["input_ids"] for i in line]
        while len(buffer) >= room:
            yield [tokenizer.cls_token_id, *buffer[:room], tokenizer.sep_token_id]
            buffer = buffer[room:]
            given += WINDOW
            if given >= tokens:
                return
    if buffer:
        yield [tokenizer.cls_token_id, *buffer, tokenizer.sep_token_id]


if __name__ == "__main__":
    sys.exit(main())
