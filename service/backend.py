"""The model runtime behind one small seam: token ids in, logits out."""

from __future__ import annotations

import importlib
import sys
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from labels.errors import BundleError

Ids = npt.NDArray[np.int64]
Logits = npt.NDArray[np.float32]

GROUP = 64
"""Values under one scale, as the weights are stored (training/export.py)."""


class Backend(Protocol):
    """Anything that turns padded token ids and their mask, both (batch, tokens), into logits (batch, labels).

    ``types``, of the same shape, has 1 for the tokens of a target; None for models that read sentences alone.
    """

    def logits(self, ids: Ids, mask: Ids, types: Ids | None = None) -> Logits: ...


class OpenVinoBackend:
    """OpenVINO on the CPU. Weights stay int8 as they are stored, with a scale for 64 values, and activations are rounded alike as they come.

    A scale belongs to 64 neighbouring values of one token, so that a row's result does not depend on its batch-mates; one scale for
    a whole batch would break that (docs/adr/0004). What else there is runs in bf16. A processor that lacks either computes in fp32 instead. ``exact`` computes in fp32 throughout, at half the speed.
    """

    def __init__(self, model: Any, threads: int, *, exact: bool = False) -> None:
        """Load ``model``, a path or an OpenVINO model in memory; raise BundleError where that cannot be done."""
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": "f32" if exact else "bf16",  # where the processor has it; elsewhere this is fp32
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0 if exact else GROUP,
            "ENABLE_CPU_PINNING": False,  # several processes on one machine would all be pinned to the first cores
        }
        try:
            compiled = openvino().Core().compile_model(str(model) if isinstance(model, Path) else model, "CPU", settings)
        except RuntimeError as error:
            raise BundleError(f"{model}: OpenVINO cannot load it: {error}") from error
        self._request = compiled.create_infer_request()
        self._lock = Lock()  # a request answers one caller at a time

    def logits(self, ids: Ids, mask: Ids, types: Ids | None = None) -> Logits:
        fed = {"input_ids": ids, "attention_mask": mask} | ({} if types is None else {"token_type_ids": types})
        with self._lock:
            (result,) = self._request.infer(fed).values()
            return np.array(result, dtype=np.float32)


@lru_cache(maxsize=1)
def openvino() -> ModuleType:
    """Return the openvino module, imported without its telemetry.

    Its import reports to Google Analytics and writes under the home directory; without `openvino_telemetry` it takes its own stub.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None makes its import fail
    return importlib.import_module("openvino")
