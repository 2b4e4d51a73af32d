"""Figures on voice for the terminal and for the model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from service.render import console
from service.voice import VOICE
from training.card import with_interval
from training.published import published_voice
from training.voice.measure import VoiceFigures


def print_voice(figures: Sequence[VoiceFigures], data: str, seed: int) -> None:
    """Print accuracy and F1 of `source` beside the majority and the readers' agreement, then the names of speakers."""
    screen = console()
    screen.print(f"[bold]{data}[/bold]: voice by {VOICE}; 95 % bootstrap intervals over articles, else over sentences, seed {seed}")
    table = Table("", "accuracy", "F1 of source", "precision", "recall", "majority", "n", box=None)
    for one in figures:
        rules, source = one.rules, one.rules.per_label["source"]
        cells = (with_interval(rules.accuracy, rules.accuracy_interval), with_interval(source.f1, source.f1_interval), f"{source.precision:.2f}", f"{source.recall:.2f}")
        table.add_row(one.name, *cells, f"{one.majority:.2f}", f"{rules.n:,}")
    screen.print(table)
    for one in figures:
        if one.agreement:
            a = one.agreement
            screen.print(f"{one.name}: readers agree on the voice of {with_interval(a.share, a.interval)} of {a.paired:,} sentences; the others are left out")
    for one in figures:
        if one.names and one.whole:
            screen.print(f"{one.name}: speaker's name {_speakers(one.to_dict()['names'])}")


def voice_lines() -> str:
    """Return what the model card says of voice: the published figures of the rules as they are now."""
    found = published_voice(VOICE)
    if not found:
        return "Not measured for these rules; `stancewire evaluate --voice --write` and `stancewire models card` do."
    lines = ["| | accuracy | F1 source | majority | readers agree | n |", "|---|---|---|---|---|---|"]
    names = []
    for figures in found:
        whole = [one for one in figures["sets"] if one["whole"]]
        lines += [_row(one, _name(figures, one)) for one in whole]
        names += [f"{_name(figures, one)}: {_speakers(one['names'])}" for one in whole if one["names"]]
    return "\n".join([*lines, "", "The speaker's name. " + " ".join(f"{line}." for line in names)])


def _name(figures: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    return str(one["name"] if figures["data"] == "voice" else figures["data"].removeprefix("voice "))


def _row(one: Mapping[str, Any], name: str) -> str:
    rules, ceiling = one["rules"], one["agreement"]
    source = rules["per_label"]["source"]
    cells = [
        name,
        with_interval(rules["accuracy"], rules["accuracy_interval"]),
        with_interval(source["f1"], source["f1_interval"]),
        f"{one['majority']:.2f}",
        with_interval(ceiling["share"], ceiling["interval"]) if ceiling else "one reader",
        f"{rules['n']:,}",
    ]
    return "| " + " | ".join(cells) + " |"


def _speakers(names: Mapping[str, Any]) -> str:
    return (
        f"given to the letter in {names['exact']} of {names['named']} sentences that have one, at least in part in {names['partial']} (recall {with_interval(names['recall'], names['recall_interval'])}); "
        f"of {names['given']} names given, {names['partial']} are right at least in part (precision {with_interval(names['precision'], names['precision_interval'])})"
    )
