"""The space in which sentences are near or far: the encoder's states, whitened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from service.embed import Vectors

_WIDEST = 256
_TOPICS = 64
_ROWS_A_DIMENSION = 8
COSINE = 0.7
"""Cosine in the whitened space from which two sentences say nearly the same; read off the written sentences, where pairs above 0.6 retell one event."""


@dataclass(frozen=True, slots=True)
class Space:
    """Unit vectors, (texts, width): ``fine`` to tell near duplicates by, ``coarse`` to cluster by. ``taken`` are the fine ones of texts listed already.

    ``limit`` is the cosine from which texts are near duplicates; above 1, so that none are, where too few texts say what is usual.
    """

    fine: Vectors
    coarse: Vectors
    taken: Vectors
    limit: float


def whiten(vectors: Vectors, taken: Vectors) -> Space:
    """Return the space of a pool's ``vectors``, with the vectors of texts listed already in it.

    A fine-tuned encoder puts all sentences of one label on one spot: the cosine of two neutral sentences about different things is 0.9 and more. Whitening
    (Su et al. 2021, "Whitening sentence representations") takes out what they share, and what they are about remains.
    """
    width = min(_WIDEST, len(vectors) // _ROWS_A_DIMENSION, vectors.shape[1])
    if width < 2:
        return Space(vectors, vectors, taken, 2.0)
    axes = PCA(width, whiten=True, svd_solver="full").fit(vectors)
    fine = axes.transform(vectors)
    listed = axes.transform(taken) if len(taken) else np.empty((0, width))
    return Space(_unit(fine), _unit(fine[:, :_TOPICS]), _unit(listed), COSINE if width >= _TOPICS else 2.0)


def _unit(rows: Vectors) -> Vectors:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)
