"""Why records were refused: like reasons counted together."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from labels.errors import InputError

_KINDS = 500
OTHER = "other reasons"
_VARIES = re.compile(r"""'[^']*'|"[^"]*"|\S*[/\\]\S*|\([^()]*\)|\b\d[\d.,:]*""")
"""What differs between two records refused for the same reason: names in quotes, paths, particulars in brackets, numbers."""


@dataclass(slots=True)
class Refusals:
    """How many records were refused, by kind of reason, with the first of each as it was written, and by file.

    Past 500 kinds or files the rest is pooled, so that memory stays bounded.
    """

    total: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    paths: Counter[str] = field(default_factory=Counter)

    def commonest(self, count: int) -> list[tuple[str, int]]:
        """Return the commonest reasons, each in the words of its first record, with its count."""
        return [(self.examples.get(kind, kind), n) for kind, n in self.kinds.most_common(count)]


def read_refusals(path: Path) -> Refusals:
    """Read ``refused.jsonl``; raise InputError for a line that is not of its shape."""
    found = Refusals()
    with path.open(encoding="utf-8", errors="replace") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                record = json.loads(line)
                reason, place = str(record["reason"]), str(record["path"])
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(f"{path}:{number}: is no refused record ({error!r}); expected an object with path, record and reason") from error
            found.total += 1
            kind = _room(found.kinds, _VARIES.sub("…", reason))
            found.kinds[kind] += 1
            if kind != OTHER:
                found.examples.setdefault(kind, reason)
            found.paths[_room(found.paths, place)] += 1
    return found


def _room(counter: Counter[str], key: str) -> str:
    return key if key in counter or len(counter) < _KINDS else OTHER
