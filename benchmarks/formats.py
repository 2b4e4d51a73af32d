"""Runtimes and number formats for the shipped model: the one that serves, and those that were measured against it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from labels.codebook import Codebook, load_codebook
from service.backend import OpenVinoBackend, openvino
from service.bundle import NAMES, SHIPPED
from service.scorer import Scorer, length_batches, load_scorer
from training.metrics import confusion, macro_f1
from training.probes import load_probes
from training.rows import shipped_gold

Batch = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
Logits = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Format:
    """One or more copies of a model; batches are dealt to them in turn."""

    copies: tuple[Logits, ...]

    def run(self, batches: Sequence[Batch]) -> None:
        threads = [threading.Thread(target=_run_all, args=(copy, batches[i :: len(self.copies)])) for i, copy in enumerate(self.copies)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _run_all(copy: Logits, batches: Sequence[Batch]) -> None:
    for ids, mask in batches:
        copy(ids, mask)


def token_batches(scorer: Scorer, texts: Sequence[str], budget: int = 2048) -> list[Batch]:
    """Return the batches that the scorer would make of ``texts``."""
    ids = [e.ids[: scorer.bundle.max_length] for e in scorer._tokenizer.encode_batch_fast(list(texts))]
    found = []
    for width, rows in length_batches([-(-len(e) // 8) * 8 for e in ids], budget):
        padded = np.zeros((len(rows), width), dtype=np.int64)
        mask = np.zeros_like(padded)
        for place, row in enumerate(rows):
            padded[place, : len(ids[row])] = ids[row]
            mask[place, : len(ids[row])] = 1
        found.append((padded, mask))
    return found


def widened(work: Path) -> Path:
    """Write the shipped graph with plain fp32 weights, as any exporter would have left it."""
    import onnx
    from onnx import numpy_helper

    path = work / "fp32.onnx"
    if path.exists():
        return path
    model = onnx.load(SHIPPED / NAMES.model)
    graph = model.graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    names = [name.removesuffix(".int8") for name in stored if name.endswith(".int8")]
    wide = [(stored[f"{n}.int8"].astype(np.float32) * stored[f"{n}.scale"].astype(np.float32)).reshape(stored[f"{n}.shape"]) for n in names]
    gone = {f"{n}.{part}" for n in names for part in ("int8", "scale", "shape", "wide", "step", "runs")}
    tensors = [t for t in graph.initializer if t.name not in gone] + [numpy_helper.from_array(values, n) for n, values in zip(names, wide, strict=True)]
    nodes = [n for n in graph.node if n.output[0] not in gone and not (n.op_type == "Reshape" and n.input[0] in gone)]
    del graph.initializer[:], graph.node[:], graph.value_info[:]
    graph.initializer.extend(tensors)
    graph.node.extend(nodes)
    onnx.save(model, path)
    return path


def dynamic_int8(graph: Path) -> Path:
    """Quantise as ONNX Runtime's documentation says: one activation scale for a whole tensor."""
    from onnxruntime.quantization import quantize_dynamic

    out = graph.with_name("dynamic.onnx")
    quantize_dynamic(graph, out)
    return out


def session(graph: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def onnx_format(graph: Path, threads: int) -> Format:
    run = session(graph, threads)
    return Format((lambda ids, mask: np.asarray(run.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]),))


def openvino_format(graph: Path, threads: int, **settings: object) -> Format:
    compiled = openvino().Core().compile_model(str(graph), "CPU", {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, **settings})
    request = compiled.create_infer_request()
    return Format((lambda ids, mask: np.array(next(iter(request.infer({"input_ids": ids, "attention_mask": mask}).values()))),))


def static_int8(work: Path) -> Path:
    """Quantise weights and activations once, on training sentences, by NNCF in its mode for transformers."""
    import logging

    runtime = openvino()
    import nncf

    nncf.set_log_level(logging.ERROR)
    path = work / "static.xml"
    scorer = load_scorer()
    texts = [g.text for g in shipped_gold(load_codebook()) if g.origin == "written"][::80][:300]
    inputs = [{"input_ids": ids, "attention_mask": mask} for text in texts for ids, mask in token_batches(scorer, [text])]
    model = nncf.quantize(
        runtime.Core().read_model(str(widened(work))), nncf.Dataset(inputs), model_type=nncf.ModelType.TRANSFORMER, preset=nncf.QuantizationPreset.MIXED, subset_size=len(inputs)
    )
    runtime.save_model(model, str(path))
    return path


def torch_bf16(work: Path, threads: int) -> Format:
    import torch
    from transformers import AutoModel

    from training.base import find_base

    torch.set_num_threads(threads)
    encoder = AutoModel.from_pretrained(find_base("bundled").source).to(torch.bfloat16).eval()

    def run(ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        with torch.inference_mode():
            return np.asarray(encoder(torch.from_numpy(ids), torch.from_numpy(mask)).last_hidden_state.mean(1).float().numpy())

    return Format((run,))


def ctranslate(work: Path, threads: int) -> Format:
    import ctranslate2

    from training.base import find_base

    folder = work / "ctranslate2"
    ctranslate2.converters.TransformersConverter(find_base("bundled").source).convert(str(folder), quantization="int8", force=True)
    encoder = ctranslate2.Encoder(str(folder), device="cpu", intra_threads=threads, compute_type="int8")

    def run(ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        rows = [row[: int(length)].tolist() for row, length in zip(ids, mask.sum(axis=1), strict=True)]
        return np.asarray(encoder.forward_batch(rows).last_hidden_state).mean(axis=1)

    return Format((run,))


def chosen(threads: int, copies: int) -> Format:
    """Return what serves: two processes of one thread are stood for by two copies in two threads, which leave Python alone while they work."""
    return Format(tuple(OpenVinoBackend(SHIPPED / NAMES.model, threads).logits for _ in range(copies)))


MODEL_ONLY: dict[str, Callable[[Path, int], Format]] = {
    "ONNX Runtime fp32": lambda work, threads: onnx_format(widened(work), threads),
    "ONNX Runtime int8 dynamic": lambda work, threads: onnx_format(dynamic_int8(widened(work)), threads),
    "OpenVINO fp32": lambda work, threads: openvino_format(widened(work), threads, INFERENCE_PRECISION_HINT="f32"),
    "OpenVINO bf16": lambda work, threads: openvino_format(widened(work), threads, INFERENCE_PRECISION_HINT="bf16"),
    "OpenVINO int8 static (NNCF)": lambda work, threads: openvino_format(static_int8(work), threads, INFERENCE_PRECISION_HINT="f32"),
    "CTranslate2 int8": ctranslate,
    "torch bf16": torch_bf16,
    "stancewire, one copy": lambda work, threads: chosen(threads, 1),
    "stancewire, a copy a core": lambda work, threads: chosen(1, threads),
}


def drift(work: Path, dev: Path | None) -> Iterator[str]:
    """Yield the third table: macro-F1 of each format on each evaluation set, and how many decided labels it changes."""
    book = load_codebook()
    makers = {name: make for name, make in MODEL_ONLY.items() if name.startswith(("ONNX", "OpenVINO")) or name == "stancewire, one copy"}
    sets = evaluation_sets(book, dev)
    yield "How far each format strays from fp32, decided by the shipped bundle's rule (macro-F1; labels changed against fp32; dependence on batch-mates):\n"
    yield "| format | " + " | ".join(f"{name}, n {len(gold)}" for name, (_, gold) in sets.items()) + " | largest change by company |"
    yield "|---" * (len(sets) + 2) + "|"
    reference: dict[str, npt.NDArray[np.int64]] = {}
    for name, make in makers.items():
        run = make(work, 2).copies[0]
        cells = []
        for key, (texts, gold) in sets.items():
            decided = _decided(run, texts, book)
            reference.setdefault(key, decided)
            cells.append(f"{100 * macro_f1(confusion(gold, decided, len(book.labels))):.1f} ({int((decided != reference[key]).sum())})")
        yield f"| {name} | " + " | ".join(cells) + f" | {_by_company(run, next(iter(sets.values()))[0]):.0e} |"


def evaluation_sets(book: Codebook, dev: Path | None) -> dict[str, tuple[list[str], npt.NDArray[np.int64]]]:
    found = {"seed sentences (trained on)": [g for g in shipped_gold(book) if g.origin == "seed"], "probes": load_probes(book)}
    sets = {name: ([g.text for g in gold], np.array([book.index(str(g.label)) for g in gold])) for name, gold in found.items()}
    if dev is not None:
        rows = [json.loads(line) for line in dev.read_text(encoding="utf-8").splitlines()]
        for name, part in (("real, core", [r for r in rows if r["subset"] == "core"]), ("real, all", rows)):
            sets[name] = ([r["text"] for r in part], np.array([book.index(r["label"]) for r in part]))
    return sets


class _Runtime:
    def __init__(self, run: Logits) -> None:
        self.logits = run


def _decided(run: Logits, texts: Sequence[str], book: Codebook) -> npt.NDArray[np.int64]:
    scorer = load_scorer()
    found = Scorer(scorer.bundle, _Runtime(run)).classify(texts).probabilities
    return np.array([book.index(scorer.decide(dict(zip(book.labels, map(float, row), strict=True)))[0]) for row in found])


def _by_company(run: Logits, texts: Sequence[str]) -> float:
    scorer = Scorer(load_scorer().bundle, _Runtime(run))
    together = scorer.classify(texts[:60]).probabilities
    alone = np.concatenate([scorer.classify([text]).probabilities for text in texts[:60]])
    return float(np.abs(together - alone).max())
