"""Units to label: sentences picked for annotators, one JSON line each, and what the model said of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from labels.errors import LabelError
from labels.problems import Problem, raise_problems, shorten
from labels.records import STRATA, Stratum
from labels.store import numbered_lines, parse_line

_SHARE = "a number above 0, at most 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitToLabel:
    """One sentence to label.

    ``id`` is ``labels.records.unit_id(text, document, start)``, the id that scores carry; ``start`` and ``end`` count characters of the document's text and are
    None for a headline that stands apart from it. ``stratum`` says how the unit came in: "random", from a simple random sample that prevalence may be
    estimated from, each unit of the frame taken with probability ``inclusion``; or "chosen", for what it teaches. ``model`` is the tag of the
    bundle that gave ``label`` and ``probabilities``, ``rank`` the place in the list from 1, ``note`` why the unit is there, ``target`` what is asked about where the codebook has not just one target.
    """

    id: str
    text: str
    stratum: Stratum
    rank: int
    document: str | None = None
    start: int | None = None
    end: int | None = None
    outlet: str | None = None
    url: str | None = None
    published: str | None = None
    inclusion: float | None = None
    model: str | None = None
    label: str | None = None
    probabilities: Mapping[str, float] | None = None
    note: str | None = None
    target: str | None = None

    def to_json(self) -> str:
        """Return one JSON line; fields that are not known are left out."""
        return json.dumps({k: v for k, v in asdict(self).items() if v is not None}, ensure_ascii=False)


_KINDS: dict[str, tuple[type[Any], ...]] = {
    **dict.fromkeys(("id", "text", "stratum", "document", "outlet", "url", "published", "model", "label", "note", "target"), (str,)),
    **dict.fromkeys(("start", "end", "rank"), (int,)),
    "inclusion": (int, float),
    "probabilities": (dict,),
}
_REQUIRED = ("id", "text", "stratum", "rank")


def unit_lines(units: Iterable[UnitToLabel]) -> bytes:
    """Return units as a JSON-lines file in UTF-8."""
    return b"".join(unit.to_json().encode("utf-8", "replace") + b"\n" for unit in units)


def read_units(path: Path) -> list[UnitToLabel]:
    """Read a file of units to label; raise LabelError naming every line that does not hold."""
    units: list[UnitToLabel] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for number, raw in numbered_lines(path):
        try:
            record = parse_line(raw)
        except ValueError as error:
            problems.append(Problem(path, number, "line", shorten(raw), str(error)))
            continue
        found = [Problem(path, number, name, shorten(record.get(name)), expected) for name, expected in _faults(record)]
        if not found and lines.setdefault(record["id"], number) != number:
            found = [Problem(path, number, "id", shorten(record["id"]), f"each unit once; it already stands at line {lines[record['id']]}")]
        problems += found
        if not found:
            units.append(UnitToLabel(**record))
    raise_problems(problems, hint="expected the units that `stancewire labels suggest` writes")
    if not units:
        raise LabelError(f"{path}: holds no unit; expected those that `stancewire labels suggest` writes, one JSON line each")
    return units


def _faults(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    names = [field.name for field in fields(UnitToLabel)]
    for name in sorted(record.keys() - set(names)):
        yield name, f"a field of a unit to label ({', '.join(names)})"
    for name in _REQUIRED:
        if record.get(name) in (None, ""):
            yield name, "a value (the field is required)"
    for name, kinds in _KINDS.items():
        if record.get(name) is not None and type(record[name]) not in kinds:
            yield name, f"a JSON value of type {kinds[-1].__name__}"
    if isinstance(record.get("stratum"), str) and record["stratum"] not in STRATA:
        yield "stratum", f"one of {', '.join(STRATA)}"
    if type(record.get("inclusion")) in (int, float) and not 0 < record["inclusion"] <= 1:
        yield "inclusion", _SHARE
    if isinstance(record.get("probabilities"), dict) and not all(type(p) in (int, float) and 0 <= p <= 1 for p in record["probabilities"].values()):
        yield "probabilities", "a number from 0 to 1 a label"
