"""The verbs by which news tells that somebody speaks, in three classes by how much they need around them."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

VerbClass = Literal["says", "holds", "reports"]
Ending = Literal["s", "d", "g", "0"]

# Finite and active, these tell by themselves that a source speaks.
_SAYS = """accuse acknowledge admonish affirm allege applaud argue assail assert assure bemoan berate boast caution chide commend complain concede condemn
congratulate contend criticise criticize decry denounce deny deplore deride describe emphasise emphasize enthuse eulogise exclaim extol fret fume grumble hail hope
insist lambast lambaste lament laud mock muse opine plead pledge praise predict proclaim quip reaffirm reckon reiterate rejoice remark remind retort ridicule say
scoff scold sneer sniff snort stress suspect tell testify thank thunder urge voice vouch vow warn welcome worry write"""
# These tell it with a person or a body as their subject ("analysts see", "the ministry called").
_HOLDS = """advise appreciate believe blame brand call cite confirm credit deem dismiss doubt dub explain fear liken note point quote recall regard regret reject report
resent see slam sum think threaten tout underline underscore understand view wish wonder"""
# These tell it before "that" or a quotation, and in a clause of their own between commas ("…, the study finds").
_REPORTS = """add admit agree announce answer ask assess attest charge claim comment conclude confess confide counsel counter crow declare disclose estimate expect find
forecast foresee gripe groan gush hint hold imply indicate joke judge label maintain marvel moan murmur mutter observe outline posit promise propose protest put read
reason recount relate repeat reply respond reveal shout show shrug sigh signal sing snap speculate state suggest summarise summarize suppose swear trumpet tweet
whisper"""
_IRREGULAR = {
    "admit": "admits admitted admitting", "dub": "dubs dubbed dubbing", "find": "finds found finding", "forecast": "forecasts forecast forecasting",
    "foresee": "foresees foresaw foreseeing", "fret": "frets fretted fretting", "hold": "holds held holding", "label": "labels labelled labelling",
    "put": "puts put putting", "quip": "quips quipped quipping", "read": "reads read reading", "regret": "regrets regretted regretting", "say": "says said saying",
    "see": "sees saw seeing", "show": "shows showed showing", "shrug": "shrugs shrugged shrugging", "signal": "signals signalled signalling",
    "sing": "sings sang singing", "snap": "snaps snapped snapping", "sum": "sums summed summing", "swear": "swears swore swearing", "tell": "tells told telling",
    "think": "thinks thought thinking", "understand": "understands understood understanding", "write": "writes wrote writing",
}  # fmt: skip
_COMMONER_AS_NOUNS = ("states", "state", "reasons")


class Verb(NamedTuple):
    """A form of a verb of saying: present ``s``, past ``d``, ``g`` for -ing, ``0`` for the bare form."""

    kind: VerbClass
    base: str
    ending: Ending


@cache
def verb_forms() -> dict[str, Verb]:
    """Return every form that tells of a speaker; a form of two verbs is the surer one's."""
    classes: tuple[tuple[VerbClass, str], ...] = (("says", _SAYS), ("holds", _HOLDS), ("reports", _REPORTS))
    found: dict[str, Verb] = {}
    for kind, bases in classes:
        for base in bases.split():
            present, past, ing = _forms(base)
            for form, ending in ((present, "s"), (past, "d"), (ing, "g"), (base, "0")):
                found.setdefault(form, Verb(kind, base, ending))  # type: ignore[arg-type]
    return {form: verb for form, verb in found.items() if form not in _COMMONER_AS_NOUNS}


def _forms(base: str) -> tuple[str, str, str]:
    if base in _IRREGULAR:
        present, past, ing = _IRREGULAR[base].split()
        return present, past, ing
    ends_y = base.endswith("y") and base[-2] not in "aeiou"
    present = base + "es" if base.endswith(("s", "sh", "ch", "x")) else base[:-1] + "ies" if ends_y else base + "s"
    past = base + "d" if base.endswith("e") else base[:-1] + "ied" if ends_y else base + "ed"
    return present, past, (base[:-1] if base.endswith("e") else base) + "ing"
