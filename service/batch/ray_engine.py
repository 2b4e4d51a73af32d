"""Score shards on a Ray cluster: Ray Data with an actor class, each actor with one model.

Ray Data wants to know its input before it begins; it gets one stretch of the archive after another. What is done stands in
the manifest, not in Ray: its own checkpoints would read all input again.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
from collections.abc import Iterator
from itertools import islice
from typing import Any

from labels.errors import InputError
from service.batch.local import WorkerSetup
from service.batch.score_shard import ShardResult, score_shard
from service.batch.shards import Shard

_SHARDS_AN_ACTOR = 32
_PATIENCE = 10.0


class RayEngine:
    """Scores on the cluster at ``address`` ("auto": the one that runs here; None: one of its own) with ``actors`` actors.

    The bundle must stand under the same path on every machine; actors verify its tag. Dead actors are replaced and their shards scored again.
    """

    def __init__(self, setup: WorkerSetup, actors: int, address: str | None, tag: str) -> None:
        self._setup, self._actors, self._tag = setup, actors, tag
        ray = _ray()
        _check_reachable(address)
        try:
            ray.init(address=address, ignore_reinit_error=True, log_to_driver=False, logging_level="ERROR", include_dashboard=False if address is None else None)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise InputError(f"--ray-address {address}: no Ray cluster answers there ({str(error).splitlines()[0]}); expected HOST:PORT, or auto") from error

    def score(self, shards: Iterator[Shard]) -> Iterator[ShardResult]:
        ray = _ray()
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        while stretch := list(islice(shards, _SHARDS_AN_ACTOR * self._actors)):
            items = [{"shard": pickle.dumps(shard)} for shard in stretch]
            results = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
                _Actor,
                fn_constructor_args=(self._setup, self._tag),
                batch_size=1,
                num_cpus=self._setup.threads,
                compute=ray.data.ActorPoolStrategy(size=min(self._actors, len(items))),
            )
            for row in results.iter_rows():
                yield pickle.loads(row["result"])


class _Actor:
    """One model in one process of the cluster."""

    def __init__(self, setup: WorkerSetup, tag: str) -> None:
        self._scorer, self._options = setup.scorer(), setup.options
        if self._scorer.bundle.tag != tag:
            raise InputError(f"{setup.bundle}: is {self._scorer.bundle.tag} on this machine; expected {tag} on every machine of the cluster")

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        return {"result": [pickle.dumps(score_shard(pickle.loads(shard), self._scorer, self._options)) for shard in batch["shard"]]}


def _check_reachable(address: str | None) -> None:
    """Raise InputError where nobody listens: Ray itself would go on trying for minutes."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
    except OSError as error:
        raise InputError(f"--ray-address {address}: no Ray cluster answers there ({error.strerror or error}); expected HOST:PORT, or auto") from error


def _ray() -> Any:
    try:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # newsrooms do not report home
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("ray", "pandas"):
            raise
        raise InputError("--engine ray needs Ray: pip install 'stancewire[ray]'") from None
    logging.getLogger("ray").setLevel(logging.CRITICAL)  # our own progress says it
    return ray
