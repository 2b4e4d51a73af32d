"""What the service tells Prometheus: requests, batches, the queue, labels, flags, and how far both labels and lengths have drifted."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from labels.errors import TextError
from service.http.batcher import Ran
from service.http.drift import Drift
from service.records import ScoredDocument
from service.scorer import Encoded, Scorer

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_TOKENS = (8, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 2048, 4096)


class Metrics:
    """Counters in a registry of their own: one worker serves, and BentoML's per-path series would grow with every address a scanner tries."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        ProcessCollector(registry=own)
        self._requests = Counter("stancewire_requests", "Answers by route and status.", ["route", "status"], registry=own)
        self._seconds = Histogram("stancewire_request_seconds", "Seconds to answer.", ["route"], buckets=_SECONDS, registry=own)
        self._in_hand = Gauge("stancewire_requests_in_hand", "Requests being answered.", registry=own)
        self._queue = Gauge("stancewire_queue_tokens", "Tokens that wait for the model.", registry=own)
        self._batch_rows = Histogram("stancewire_batch_sentences", "Sentences in a run of the model.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256), registry=own)
        self._batch_tokens = Histogram("stancewire_batch_tokens", "Tokens in a run of the model.", buckets=_TOKENS, registry=own)
        self._model = Histogram("stancewire_model_seconds", "Seconds of a run of the model.", buckets=_SECONDS, registry=own)
        self._length = Histogram("stancewire_sentence_tokens", "Tokens of a sentence, padded to a multiple of eight.", buckets=_TOKENS[:8], registry=own)
        self._labels = Counter("stancewire_sentences", "Sentences scored, by label.", ["label"], registry=own)
        self._flags = Counter("stancewire_flags", "Flags raised.", ["flag"], registry=own)
        self._documents = Counter("stancewire_documents", "Documents by outcome.", ["outcome"], registry=own)
        self._drift = Gauge("stancewire_drift_psi", "Population stability index of the last sentences against the reference; above 0.25 is a shift.", ["of"], registry=own)
        self._share = Gauge("stancewire_label_share", "Share of each label among the last sentences, and in the reference.", ["label", "of"], registry=own)
        self._model_info = Gauge("stancewire_model_info", "The model that answers.", ["tag", "codebook"], registry=own)
        self._taken_up = Counter("stancewire_models_taken_up", "Bundles that were loaded to serve, by outcome.", ["outcome"], registry=own)
        self._drifts: dict[str, Drift] = {}

    def watch_queue(self, tokens: Callable[[], int]) -> None:
        """Have the queue's length read when Prometheus asks."""
        self._queue.set_function(lambda: float(tokens()))

    def know(self, scorer: Scorer) -> None:
        """Take the reference of label shares from the model's codebook; that of lengths is what the service sees first."""
        book = scorer.codebook
        self._model_info.clear()
        self._model_info.labels(scorer.bundle.tag, f"{book.name} {book.version}").set(1)
        self._share.clear()  # another model may have other labels
        self._drift.clear()
        shares = book.prevalence
        self._drifts = {
            "label": Drift(dict(zip(book.labels, shares, strict=True)) if shares else None),
            "length": Drift(None),
        }
        for label, share in zip(book.labels, shares or (), strict=False):
            self._share.labels(label, "reference").set(share)

    def took_up(self, *, well: bool) -> None:
        """Count a bundle that was to be taken up."""
        self._taken_up.labels("taken_up" if well else "failed").inc()

    def asked(self) -> None:
        self._in_hand.inc()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count an answer. ``route`` is one of the known ones, so that series do not grow with what clients ask."""
        self._in_hand.dec()
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def ran(self, run: Ran) -> None:
        """Count a run of the model."""
        self._batch_rows.observe(run.rows)
        self._batch_tokens.observe(run.tokens)
        self._model.observe(run.seconds)

    def scored(self, documents: Sequence[ScoredDocument | TextError], rows: Sequence[Encoded]) -> None:
        """Count what was scored, and let it move the drift signals."""
        labels: Counts[str] = Counts()
        flags: Counts[str] = Counts()
        for document in documents:
            self._documents.labels("refused" if isinstance(document, TextError) else "scored").inc()
            for score in () if isinstance(document, TextError) else document.scores:
                labels[score.label] += 1
                flags.update(score.flags)
        for label, number in labels.items():
            self._labels.labels(label).inc(number)
        for flag, number in flags.items():
            self._flags.labels(flag).inc(number)
        for row in rows:
            self._length.observe(row.width)
        if self._drifts:
            self._drifts["label"].add(labels)
            self._drifts["length"].add(Counts(f"{min(64, row.width) // 16 * 16}" for row in rows))

    def page(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        for name, drift in self._drifts.items():
            if (index := drift.index()) is not None:
                self._drift.labels(name).set(index)
        for label, share in (self._drifts["label"].shares() if self._drifts else {}).items():
            self._share.labels(label, "recent").set(share)
        return generate_latest(self._registry)
