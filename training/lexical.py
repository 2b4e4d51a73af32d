"""The lexical channel: a linear model over the sentence's word pieces, fused with the encoder at the logits.

The encoder was tuned to embed whole sentences and generalises by gist; a bag of word pieces errs elsewhere. Their sum is
better on real news than either (RECIPE.md). Weighting is TF-IDF (Sparck Jones 1972), the model scikit-learn's
class-balanced logistic regression; it is fitted apart from the encoder, so that neither leans on the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn import functional

_RAREST = 2
_INVERSE_REGULARISATION = 4.0


class LexicalChannel(nn.Module):
    """Logits of the linear model, scaled by ``weight``; (batch, tokens) ids and mask in, (batch, labels) out.

    ``table`` holds for each token its idf times its coefficient of each label, and its squared idf last, by whose
    root the sum is divided: the cosine norm of TF-IDF.
    """

    def __init__(self, table: Tensor, intercept: Tensor, weight: float) -> None:
        super().__init__()
        self.register_buffer("table", table)
        self.register_buffer("intercept", intercept)
        self.weight = weight

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        rows = functional.embedding(input_ids, self.get_buffer("table")) * attention_mask.unsqueeze(-1)
        sums = rows.sum(dim=1)
        norm = sums[:, -1:].clamp(min=1e-6).sqrt()
        return self.weight * (sums[:, :-1] / norm + self.get_buffer("intercept"))


def fit_lexical(encoded: Sequence[Sequence[int]], labels: Sequence[int], *, label_count: int, vocabulary: int, special: Sequence[int], weight: float) -> LexicalChannel:
    """Fit the channel on token ids and label indices; special tokens and those seen in one sentence only weigh nothing."""
    counts = _counts(encoded, vocabulary)
    frequency = np.asarray((counts > 0).sum(axis=0)).ravel()
    idf = np.where(frequency >= _RAREST, np.log((1 + len(encoded)) / (1 + frequency)) + 1, 0.0)
    idf[list(special)] = 0.0
    norms = np.sqrt(np.maximum(np.asarray(counts @ (idf**2)).ravel(), 1e-6))
    features = diags(1 / norms) @ counts @ diags(idf)
    model = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=500, class_weight="balanced").fit(features, list(labels))
    coefficients, intercept = model.coef_, model.intercept_
    if label_count == 2:  # scikit-learn keeps one row for two classes
        coefficients, intercept = np.vstack([-coefficients, coefficients]) / 2, np.concatenate([-intercept, intercept]) / 2
    table = np.column_stack([coefficients.T * idf[:, None], idf**2])
    return LexicalChannel(torch.tensor(table, dtype=torch.float32), torch.tensor(intercept, dtype=torch.float32), weight)


def _counts(encoded: Sequence[Sequence[int]], vocabulary: int) -> csr_matrix:
    rows = np.repeat(np.arange(len(encoded)), [len(ids) for ids in encoded])
    columns = np.concatenate([np.asarray(ids, dtype=np.int64) for ids in encoded])
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(encoded), vocabulary))
