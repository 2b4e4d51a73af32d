"""The classifier: an encoder, the mean of its token states, and one linear layer, with a lexical channel beside it.

The mean is used because all-MiniLM-L6-v2 was trained with mean pooling.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, PreTrainedModel

from training.base import Base
from training.config import TrainConfig
from training.lexical import LexicalChannel


class StanceModel(nn.Module):
    """Logits over labels; with ``targets`` (rows of label probabilities) also the weighted cross-entropy.

    ``token_type_ids`` come with pairs of sentence and target only: 1 for a token that belongs to the target. A base without token types does
    without them; the lexical channel weighs the other tokens alone, since whom a sentence is about is no stance.
    """

    def __init__(self, encoder: PreTrainedModel, labels: int, class_weights: Tensor, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, labels)
        self.register_buffer("class_weights", class_weights, persistent=False)
        self.lexical: LexicalChannel | None = None  # joins after fine-tuning

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None, targets: Tensor | None = None) -> dict[str, Tensor]:
        types = {} if token_type_ids is None or getattr(self.encoder.config, "type_vocab_size", 0) < 2 else {"token_type_ids": token_type_ids}
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        logits = self.head(self.dropout(mean))
        if self.lexical is not None:
            spoken = attention_mask if token_type_ids is None else attention_mask * (1 - token_type_ids)
            logits = logits + self.lexical(input_ids, spoken)
        if targets is None:
            return {"logits": logits}
        loss = functional.cross_entropy(logits.float(), targets.float(), weight=cast(Tensor, self.class_weights))
        return {"loss": loss, "logits": logits}


def build_model(base: Base, class_weights: list[float], config: TrainConfig) -> StanceModel:
    """Load the base encoder and put a fresh head on it; the caller has set the seed."""
    # eager attention: the graph that is exported is then the graph that was trained.
    options = {} if base.revision is None or base.sha256 else {"revision": base.revision}
    encoder = AutoModel.from_pretrained(base.source, attn_implementation="eager", **options)
    for module in encoder.modules():  # the base's own dropout costs a third of the time on a CPU and measures no better
        if isinstance(module, nn.Dropout):
            module.p = config.encoder_dropout
    if config.freeze_embeddings:
        encoder.get_input_embeddings().weight.requires_grad_(False)
    if hasattr(encoder, "pooler"):
        encoder.pooler = None  # unused; its untrained weights would only fill the bundle
    return StanceModel(encoder, len(class_weights), torch.tensor(class_weights), config.dropout)
