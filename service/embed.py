"""Sentences as vectors: the state that the model's last layer reads, out of the bundle's own graph, without torch."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from labels.errors import BundleError
from service.backend import OpenVinoBackend, openvino
from service.bundle import NAMES, Bundle
from service.pairs import Input
from service.scorer import Scorer, length_batches

Vectors = npt.NDArray[np.float32]
_TOKENS_A_BATCH = 512


class Embedder:
    """Texts to unit vectors: the mean of the encoder's token states (training/model.py), scaled to length 1."""

    def __init__(self, bundle: Bundle, *, threads: int | None = None) -> None:
        # The scorer's way of cutting, padding and batching, over a graph that ends where the classifier begins.
        self._scorer = Scorer(bundle, OpenVinoBackend(_headless(bundle), threads or os.cpu_count() or 1))

    def vectors(self, texts: Sequence[Input], step: Callable[[int], None] = lambda done: None) -> Vectors:
        """Return unit vectors, (texts, width), rows in the order given and the same in any company; ``step`` is told how many are done."""
        rows = self._scorer.encode(texts)
        found: list[tuple[int, npt.NDArray[np.float32]]] = []
        for _, places in length_batches([row.width for row in rows], _TOKENS_A_BATCH):
            found += zip(places, self._scorer.logits([rows[i] for i in places]), strict=True)
            step(len(found))
        found.sort(key=lambda pair: pair[0])
        states = np.array([state for _, state in found], dtype=np.float32).reshape(len(texts), -1)
        return np.asarray(states / np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def _headless(bundle: Bundle) -> Any:
    """Return the bundle's graph with what enters the classifier's matrix as its output."""
    path = bundle.path / NAMES.model
    ov = openvino()
    try:
        model = ov.Core().read_model(str(path))
    except RuntimeError as error:
        raise BundleError(f"{path}: OpenVINO cannot load it: {error}") from error
    waiting = deque([model.get_results()[0]])
    while waiting:  # breadth first: the classifier is the product next to the logits
        node = waiting.popleft()
        if node.get_type_name() == "MatMul":
            return ov.Model([ov.opset13.result(node.input_value(0))], model.get_parameters(), "headless")
        waiting.extend(i.get_source_output().get_node() for i in node.inputs())
    raise BundleError(f"{path}: has no matrix product before its logits; expected a graph exported by `stancewire train`")
