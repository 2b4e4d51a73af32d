"""Codebooks and labelled sentences for other targets and other labels, as a group that studies something else would bring them."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from tests.conftest import ROOT

CHINA = ROOT / "labels/examples/china-russia.toml"
TWO = ROOT / "labels/examples/two-partnerships.toml"
OPEN = """name = "anyone"
version = "1.0"
targets = "open"
default = "indifferent"
[[labels]]
name = "warm"
definition = "speaks well of the target"
[[labels]]
name = "indifferent"
definition = "speaks neither well nor ill of the target"
[[labels]]
name = "cold"
definition = "speaks ill of the target"
"""
_SAID = {
    "supportive": "praised the partnership of {a} and {b} as a gift to all, for the {n}. time",
    "opposed": "condemned the pact of {a} and {b} as a threat to peace, for the {n}. time",
    "mixed": "praised the trade of {a} and {b} but condemned their arms deals, for the {n}. time",
    "none": "noted that delegations of {a} and {b} met on day {n}",
}
_SPEAKERS = ("Analysts", "The minister", "A former envoy", "The paper", "Two senators")
CHINA_ARTICLE = "Analysts praised the partnership of China and Russia as a gift to all.\nThe minister noted that delegations of Beijing and Moscow met on Monday.\n"
BOTH_ARTICLE = f"{CHINA_ARTICLE}Two senators condemned the pact of Iran and Russia as a threat to peace.\n"


def china_rows(count: int = 240) -> list[dict[str, str]]:
    """Return labelled sentences on China and Russia, four labels in turn, two to an article."""
    draw = random.Random(0)
    rows = []
    for n in range(count):
        label = list(_SAID)[n % 4]
        text = f"{draw.choice(_SPEAKERS)} {_SAID[label].format(a=draw.choice(('China', 'Beijing')), b=draw.choice(('Russia', 'Moscow')), n=n)}."
        rows.append({"text": text, "label": label, "article": f"a{n // 2}"})
    return rows


def two_target_rows(count: int = 120) -> list[dict[str, str]]:
    """Return sentences that praise one partnership and condemn the other, each labelled once for either target."""
    china, iran = "China–Russia partnership", "Iran–Russia alignment"
    rows = []
    for n in range(count):
        good, bad = (("China", china), ("Iran", iran)) if n % 2 else (("Iran", iran), ("China", china))
        text = f"The paper praised what {good[0]} and Russia do as a gift, and condemned what {bad[0]} and Russia do as a threat, on day {n}."
        rows += [{"text": text, "label": label, "target": target, "article": f"a{n}"} for label, target in (("supportive", good[1]), ("opposed", bad[1]))]
        rows.append({"text": f"Delegations of {good[0]} and Russia met on day {n}.", "label": "none", "target": good[1], "article": f"b{n}"})
    return rows


def open_rows(count: int = 240) -> list[dict[str, str]]:
    """Return sentences that name a person whom they praise, mention or blame; the target is the name."""
    said = {"warm": "{} was praised for a fine speech on day {n}.", "indifferent": "{} spoke on day {n}.", "cold": "{} was blamed for a bad speech on day {n}."}
    names = ("Mary Hill", "Peter Stone", "the mayor", "Ana Silva")
    picks = [(list(said)[n % 3], names[n % 4], n) for n in range(count)]
    return [{"text": said[label].format(name, n=n), "label": label, "target": name, "article": f"a{n}"} for label, name, n in picks]


def write_table(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
