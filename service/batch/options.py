"""What a run may be told, apart from where it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from service.archive.records import Columns
from service.batch.shards import CHARACTERS, RECORDS
from service.bundle import Bundle
from service.segment import SEGMENTER
from service.voice import VOICE

_LAYOUT = 1


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What decides the scores besides the model: ``everything`` runs off-topic articles through the model too; ``json_lines`` writes the data sets as JSON lines besides; a shard holds ``shard`` records at most.

    ``targets``: those to score for, where the codebook has several (service.pairs.check_targets).
    """

    columns: Columns = field(default_factory=Columns)
    everything: bool = False
    json_lines: bool = False
    shard: int = RECORDS
    targets: tuple[str, ...] = ()


def fingerprint(bundle: Bundle, options: BatchOptions) -> dict[str, Any]:
    """Return all that decides a run's bytes but the archive: a run continues only where this stays the same."""
    columns = {name: column for name, column in asdict(options.columns).items() if column}
    return {
        "layout": _LAYOUT,
        "model": bundle.tag,
        "segmenter": SEGMENTER,
        "voice": VOICE,
        "columns": columns,
        "all": options.everything,
        "jsonl": options.json_lines,
        "shard": [options.shard, CHARACTERS],
        **({"targets": list(options.targets)} if options.targets else {}),
    }
