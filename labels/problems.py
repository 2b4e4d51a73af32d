"""What is wrong with a label file, said so that its owner can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labels.errors import LabelError


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: where it stands, which field, what was found and what was expected. ``line`` counts from 1."""

    path: Path
    line: int | None
    field: str
    found: str
    expected: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line is not None else str(self.path)
        return f"{place}: {self.field}: found {self.found}; expected {self.expected}"


def shorten(value: object, width: int = 80) -> str:
    """Return ``repr(value)``, cut in the middle so that one bad cell cannot fill the screen."""
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 20]} … {text[-17:]}"


def raise_problems(problems: Sequence[Problem], *, hint: str = "") -> None:
    """Raise LabelError listing up to twenty problems; do nothing when there are none."""
    if not problems:
        return
    shown = [str(problem) for problem in problems[:20]]
    more = [f"… and {len(problems) - 20} more"] if len(problems) > 20 else []
    count = f"{len(problems)} row{'s' if len(problems) > 1 else ''} cannot be used"
    raise LabelError("\n".join([f"{count}:", *shown, *more, *([hint] if hint else [])]))
