"""Export the trained model to ONNX: fp32 graph from torch, weights stored as int8, parity proved before it ships.

Weights are stored as int8 (symmetric, one fp16 scale for 64 values), which OpenVINO recognises and multiplies as such (service/backend.py).
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from labels.errors import BundleError
from service.backend import GROUP, OpenVinoBackend
from service.pairs import Input
from training.fit import Fitted

_GRAPH_TOLERANCE = 1e-4
_STORAGE_TOLERANCE = 0.5


class _LogitsOnly(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> Tensor:
        logits: Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)["logits"]
        return logits


def export_onnx(fitted: Fitted, path: Path, probes: Sequence[Input], *, int8_storage: bool = True) -> float:
    """Write ``path`` and return the largest difference of its logits from torch's over ``probes``.

    Raises BundleError when the fp32 graph strays from torch by more than 1e-4, or the stored one, as it is served, by more than
    0.5 in any logit: such a bundle would answer differently from the model that was measured.
    """
    reference, fed = _torch_logits(fitted, probes)
    _export_fp32(fitted, path)
    strayed = float(np.abs(OpenVinoBackend(path, 2, exact=True).logits(*fed) - reference).max())
    if not strayed <= _GRAPH_TOLERANCE:  # not a number must not pass
        raise BundleError(f"{path}: the exported graph differs from torch by {strayed:.2e} in a logit; expected at most {_GRAPH_TOLERANCE}")
    if int8_storage:
        onnx.save(store_as_int8(without_traces(onnx.load(path))), path)
        strayed = float(np.abs(OpenVinoBackend(path, 2).logits(*fed) - reference).max())
        if not strayed <= _STORAGE_TOLERANCE:
            raise BundleError(f"{path}: int8 storage moves a logit by {strayed:.3f}; expected at most {_STORAGE_TOLERANCE}")
    return strayed


def without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """Drop the exporter's metadata: stack traces with paths of the machine that trained, half a megabyte of them."""
    graph = model.graph
    for part in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer, graph, model):
        part.ClearField("metadata_props")
    return model


def store_as_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replace each large fp32 matrix by int8 values and scales that the graph multiplies back.

    Written as Cast, Mul and Reshape on constants, which OpenVINO reads as compressed weights and every other runtime folds at load, not
    as DequantizeLinear, which ONNX Runtime keeps in the graph. Runs of 64 values along the first axis (along a row for embeddings) share a scale (the whole length where 64 does not divide it):
    with one scale a column the trained model's logits moved by up to 0.26.
    """
    graph = model.graph
    kept, nodes = [], []
    gathered = {node.input[0] for node in graph.node if node.op_type == "Gather"}
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim != 2 or min(values.shape) < GROUP:
            kept.append(tensor)
            continue
        stored, computed = _stored_matrix(tensor.name, values, by_row=tensor.name in gathered)
        kept += stored
        nodes += computed
    computed_before = list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend([*nodes, *computed_before])
    onnx.checker.check_model(model)
    return model


def _stored_matrix(name: str, values: np.ndarray, *, by_row: bool) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    """Return the tensors and the nodes that stand for one matrix."""
    rows, columns = values.shape
    length = columns if by_row else rows
    run = GROUP if length % GROUP == 0 else length
    grouped = values.reshape((rows, columns // run, run) if by_row else (rows // run, run, columns))
    axis = 2 if by_row else 1
    scale = (np.maximum(np.abs(grouped).max(axis=axis, keepdims=True), 1e-12) / 127).astype(np.float16).astype(np.float32)
    quantised = np.clip(np.rint(grouped / np.maximum(scale, 1e-12)), -127, 127).astype(np.int8)
    tensors = [
        numpy_helper.from_array(quantised, f"{name}.int8"),
        numpy_helper.from_array(scale.astype(np.float16), f"{name}.scale"),
        numpy_helper.from_array(np.array([rows, columns], dtype=np.int64), f"{name}.shape"),
    ]
    nodes = [
        helper.make_node("Cast", [f"{name}.int8"], [f"{name}.wide"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Cast", [f"{name}.scale"], [f"{name}.step"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.wide", f"{name}.step"], [f"{name}.runs"]),
        helper.make_node("Reshape", [f"{name}.runs", f"{name}.shape"], [name]),
    ]
    return tensors, nodes


def _torch_logits(fitted: Fitted, probes: Sequence[Input]) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    batch = fitted.tokenizer.pad(fitted.encode(probes), return_tensors="pt")
    fed = [batch[name] for name in _inputs(fitted)]
    with torch.inference_mode():
        logits = fitted.model(*fed)["logits"]
    return logits.numpy(), tuple(part.numpy() for part in fed)


def _inputs(fitted: Fitted) -> list[str]:
    """Return the graph's inputs, in the order of the model's and the backend's arguments; a third one for pairs only."""
    return ["input_ids", "attention_mask", *(["token_type_ids"] if fitted.paired else [])]


def _export_fp32(fitted: Fitted, path: Path) -> None:
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens")
    names = _inputs(fitted)
    dynamic = {name: {0: batch, 1: tokens} for name in names}
    example = torch.ones((2, 7), dtype=torch.long)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    # The exporter prints progress and warns of its own internals; what matters is checked by parity.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            _LogitsOnly(fitted.model).eval(),
            tuple(example.clone() for _ in names),
            input_names=names,
            output_names=["logits"],
            dynamo=True,
            dynamic_shapes=dynamic,
            verbose=False,
        )
    assert program is not None
    program.save(str(path))
