"""Put a supervised stage before fine-tuning, and write the encoder as a base that ``recipe.py --base NAME=DIR`` measures.

    python benchmarks/stages.py sentiment --data NewsMTSC/train.jsonl --base DIR --out DIR
    python benchmarks/stages.py contrast --share 0.25 --base DIR --out DIR

``sentiment`` learns the sentiment of a news sentence toward a mentioned target (NewsMTSC, Hamborg and Donnay 2021; not in the
repo). ``contrast`` is supervised contrastive learning (Khosla et al. 2020) on the share of the written sentences that the runs of
``recipe.py`` train on: sentences of one label draw together, others apart.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup, set_seed

from labels.codebook import load_codebook
from training.base import find_base
from training.config import TrainConfig
from training.fit import Example, fit
from training.rows import shipped_gold

_SENTIMENTS = ("-1", "0", "1")
_WARMTH = 0.1  # temperature of the contrast


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=("sentiment", "contrast"))
    parser.add_argument("--data", type=Path, help="sentiment: the training file")
    parser.add_argument("--share", type=float, default=0.25, help="contrast: as given to recipe.py")
    parser.add_argument("--base", default="bundled")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    if args.stage == "sentiment" and args.data is None:
        parser.error("sentiment needs --data, the training file of NewsMTSC")
    if args.stage == "sentiment":
        sentiment(args.data, args.base, args.out)
    else:
        contrast(args.share, args.base, args.out)
    return 0


def sentiment(data: Path, base: str, out: Path) -> None:
    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    examples = [Example(f"{row['mention']}: {row['sentence']}", _SENTIMENTS.index(str(int(row["polarity"])))) for row in rows]
    with TemporaryDirectory() as work:
        fitted = fit(examples, _SENTIMENTS, TrainConfig(base=base, epochs=2, lexical_weight=0.0), Path(work), progress=sys.stderr.isatty())
    fitted.model.encoder.save_pretrained(out)
    fitted.tokenizer.save_pretrained(out)


def contrast(share: float, base: str, out: Path, *, batch: int = 64, rate: float = 5e-5) -> None:
    book = load_codebook()
    written = [g for g in shipped_gold(book) if g.origin == "written"]
    random.Random(0).shuffle(written)
    part = written[: round(len(written) * share)]
    set_seed(0)
    source = find_base(base).source
    tokenizer, encoder = AutoTokenizer.from_pretrained(source), AutoModel.from_pretrained(source)
    encoder.eval()  # no dropout, as in fine-tuning
    encoder.get_input_embeddings().weight.requires_grad_(False)
    optimizer = torch.optim.AdamW([p for p in encoder.parameters() if p.requires_grad], lr=rate, fused=True)
    steps = len(part) // batch
    schedule = get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
    for step in range(steps):
        rows = part[step * batch : (step + 1) * batch]
        inputs = tokenizer([g.text for g in rows], padding=True, truncation=True, max_length=128, return_tensors="pt")
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = encoder(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1)
        vectors = functional.normalize((states.float() * mask).sum(1) / mask.sum(1), dim=-1)
        loss = contrastive_loss(vectors, torch.tensor([book.index(str(g.label)) for g in rows]))
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    encoder.save_pretrained(out)
    tokenizer.save_pretrained(out)


def contrastive_loss(vectors: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the supervised contrastive loss of unit vectors (rows, size) with their labels (rows,)."""
    itself = torch.eye(len(labels), dtype=torch.bool)
    logs = (vectors @ vectors.T / _WARMTH).masked_fill(itself, -1e9).log_softmax(dim=1)
    alike = (labels[:, None] == labels[None]) & ~itself
    return -((logs * alike).sum(1) / alike.sum(1).clamp(min=1)).mean()


if __name__ == "__main__":
    sys.exit(main())
