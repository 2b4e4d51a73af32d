"""The model runtime behind one small seam: token ids in, logits out."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from labels.errors import BundleError

Ids = npt.NDArray[np.int64]
Logits = npt.NDArray[np.float32]


class Backend(Protocol):
    """Anything that turns padded token ids and their mask, both (batch, tokens), into logits (batch, labels)."""

    def logits(self, ids: Ids, mask: Ids) -> Logits: ...


class OnnxBackend:
    """ONNX Runtime on the CPU, in fp32 arithmetic; int8 weights on disk are widened once at load.

    fp32 activations keep a sentence's result independent of its batch-mates; dynamically quantised ones would not.
    """

    def __init__(self, model: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Spinning threads burn a whole core between requests; archives lose nothing measurable without it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises many private types; all mean the same to a user.
            raise BundleError(f"{model}: ONNX Runtime cannot load it: {error}") from error

    def logits(self, ids: Ids, mask: Ids) -> Logits:
        (result,) = self._session.run(["logits"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(result, dtype=np.float32)
