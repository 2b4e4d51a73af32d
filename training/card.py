"""The model card: what the bundle is, what it was measured at, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from service.bundle import NAMES, load_bundle, write_manifest
from training.published import published


def write_card(path: Path, manifest: Mapping[str, Any]) -> None:
    """Write the card of a bundle from its manifest and, where they belong to the same labels, the published figures."""
    training, book, metrics = manifest["training"], manifest["codebook"], manifest["metrics"]
    counts = "\n".join(f"| {name} | {n:,} |" for name, n in training["counts"].items())
    path.write_text(
        _CARD.format(
            target=book["target"],
            version=book["version"],
            labels="\n".join(f"- **{item['name']}**: {item['definition']}" for item in book["labels"]),
            base=training["base"]["name"],
            sentences=f"{training['sentences']:,}",
            counts=counts,
            agreement=_agreement(training.get("agreement", {})),
            calibration=_calibration(manifest["calibration"], [item["name"] for item in book["labels"]], all("prevalence" in item for item in book["labels"])),
            published=_published_tables(training["labels_hash"]),
            probes=_probes_table(metrics["probes"]) if "probes" in metrics else "Not run: the probes ask about another target.",
            origins=_origins({name.partition("/")[0] for name in training["counts"]}),
            paired=_paired(manifest),
            failures=_known_failures(training, metrics),
            held_out=_figures_table({"model": metrics["held_out"]}) if "held_out" in metrics else "Not measured: no sentences were held back.",
            lexical=_LEXICAL if training["config"]["lexical_weight"] else "",
            decision=_decision(manifest["decision"]["floors"]),
            ambiguous=manifest["decision"]["ambiguous_below"],
            certain="".join(f", or is `{label}` below {p}" for label, p in manifest["decision"]["certain"].items()),
            voice=_voice(),
            hash=training["labels_hash"],
            seed=training["config"]["seed"],
        ),
        encoding="utf-8",
    )


def _voice() -> str:
    from training.voice.view import voice_lines  # it prints intervals as this module does

    return voice_lines()


def refresh_card(folder: Path) -> None:
    """Write the card of a finished bundle again, with the figures that have been published since; the tag stays."""
    bundle = load_bundle(folder)
    manifest = {key: value for key, value in bundle.manifest.items() if key not in ("format", "tag", "files")}
    write_card(folder / NAMES.card, manifest)
    write_manifest(folder, manifest)


def _agreement(alphas: Mapping[str, float]) -> str:
    if not alphas:
        return "Agreement among readings is not known: no sentence has two."
    listed = ", ".join(f"{origin} {alpha:.2f}" for origin, alpha in alphas.items())
    note = " The readers of seed and written sentences are models of one family, so theirs is an upper bound." if {"seed", "written"} & set(alphas) else ""
    return f"Agreement, the ceiling of what a model can be measured at (Krippendorff's alpha): {listed}.{note}"


def _calibration(calibration: Mapping[str, Any], labels: list[str], prevalence: bool) -> str:
    if not calibration["sentences"]:
        return "Probabilities are not calibrated: too few sentences could be held back."
    text = f"Probabilities are calibrated by temperature ({calibration['temperature']}: fitted on {calibration['sentences']} held-back sentences, times the recipe's softening, since real news is harder)"
    if prevalence:
        listed = ", ".join(f"{label} {x:+.2f}" for label, x in zip(labels, calibration["offsets"], strict=True))
        text += f", and moved in part toward the prevalence of real news that the codebook states (log-odds {listed})"
    return text + "."


def _origins(origins: Set[str]) -> str:
    """Return where the sentences come from, in words; only of the origins that trained."""
    own = f"{_OWN} " if origins & {"seed", "written"} else ""
    return f"{own}`imported` sentences and labels are those given with `--labels`."


def _paired(manifest: Mapping[str, Any]) -> str:
    """Return how the target enters the input, where it does."""
    if "input" not in manifest:
        return ""
    marked = ", and the words that name it in the sentence are marked" if manifest["input"]["mentions"] else ""
    return f"A sentence is read together with the target that is asked about: two segments{marked}. "


def _known_failures(training: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Return what is known to go wrong; of other labels than those that are shipped nothing is known yet."""
    if not any(name.startswith(("seed/", "written/")) for name in training["counts"]):
        return "Not studied for these labels: read what the model gets wrong in `stancewire evaluate --data`, on sentences that it has not seen."
    return _FAILURES + _failed_probes(metrics)


def _failed_probes(metrics: Mapping[str, Any]) -> str:
    if "probes" not in metrics:
        return ""
    lines = [f'- {f["kind"].replace("_", " ")}: "{f["text"]}" is {f["label"]}, taken for {f["decided"]}.' for f in metrics.get("failures", [])]
    return "\n".join([" One failed probe of each kind:\n", *lines]) if lines else ""


def _decision(floors: Mapping[str, float]) -> str:
    if not floors:
        return "the most probable label"
    return ", ".join(f"`{label}` from a probability of {floor} on" for label, floor in floors.items()) + ", else the most probable of the others"


def _published_tables(labels_hash: str) -> str:
    tables = [
        f"**{f['data']}** ({resampled(f['groups'], f['n'])}):\n\n{_figures_table({'model': f, **f['baselines']})}{_abstention(f.get('selective'))}" for f in published(labels_hash)
    ]
    return "\n\n".join([*tables, _CHOSEN_ON]) if tables else "Not measured for these labels; `stancewire evaluate --write` and `stancewire models card` do."


def _abstention(kept: Mapping[str, Any] | None) -> str:
    """Return what the ambiguous flag leaves, and risk against coverage, as lines of Markdown."""
    if not kept:
        return ""
    by_label = ", ".join(f"`{name}` {percent(k['precision'])} ({k['kept']} of {k['given']} given)" for name, k in kept["kept"].items())
    curve = ", ".join(f"{percent(error)} at {share:.0%}" for share, error in kept["curve"])
    return (
        f"\n\nNot flagged `ambiguous`: {percent(kept['coverage'])}. Decided wrongly: {percent(kept['error'])} of these, {percent(kept['flagged_error'])} of the flagged ones. "
        f"Precision without the flag: {by_label}. Error among the most certain share of all sentences (risk at coverage): {curve}."
    )


def percent(share: Mapping[str, Any]) -> str:
    """Return a share with its 95 % interval, as it is printed everywhere."""
    if share["value"] is None:
        return "–"
    low, high = share["interval"]
    return f"{share['value']:.1%} [{low:.1%}, {high:.1%}]"


def _probes_table(rates: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["| kind | passed | rate |", "|---|---|---|"]
    lines += [f"| {kind} | {r['passed']} of {r['probes']} | {with_interval(r['rate'], r['interval'])} |" for kind, r in rates.items()]
    return "\n".join(lines)


def _figures_table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a Markdown table: macro-F1 and accuracy with intervals, one F1 a label, calibration error."""
    labels = list(next(iter(rows.values()))["per_label"])
    head = ["", "macro-F1", "accuracy", *[f"F1 {label}" for label in labels], "ECE", "n"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name, f in rows.items():
        cells = [with_interval(f["macro_f1"], f["macro_f1_interval"]), with_interval(f["accuracy"], f["accuracy_interval"])]
        cells += [f"{f['per_label'][label]['f1']:.2f}" for label in labels]
        cells += ["" if f["ece"] is None else f"{f['ece']:.3f}", str(f["n"])]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def resampled(groups: int, n: int) -> str:
    """Return what the bootstrap resamples, in words."""
    return f"{n:,} sentences from {groups:,} articles, resampled by article" if groups < n else f"{n:,} sentences without article ids, resampled one by one"


def with_interval(value: float, interval: tuple[float, float]) -> str:
    """Return a figure as it is printed everywhere: value and 95 % interval."""
    return f"{value:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]"


_CHOSEN_ON = """What had a say: softening, prior strength, prevalence and floors were chosen on the real sentences of `real-dev`, whose errors also
told what kinds of sentences to write; errors on the seed articles under earlier models told so too. Neither set trained the model that it
measures, but both flatter it somewhat. The probes had no say."""
_LEXICAL = "Beside the encoder stands a linear model over word pieces, whose logits are added. "
_OWN = """Of these, `seed` sentences are printed in five news articles and `written` ones were composed by a language model for
this project; their labels are readings by language models with the codebook, not yet confirmed by people."""
_FAILURES = """Tone is mistaken for stance where hard or warm words fall on something other than the target; dry, long-winded stance is
missed; sarcasm is read literally more often than not. Real sentences that name both countries are mostly neutral, so
rare labels have more false alarms on real archives than the balanced figures above suggest."""
_CARD = """# Model card: stance toward the {target}

A sentence classifier. For each news sentence it answers: which stance toward the target does this sentence, taken
as it stands, convey to its reader? Codebook version {version}.

{labels}

## Training

Base encoder: {base}. Mean of the token states, one linear layer; seed {seed}. {sentences} sentences trained:

| origin/label | sentences |
|---|---|
{counts}

{origins} {agreement} Labels hash: `{hash}`.

{paired}{lexical}{calibration} Decision: {decision}. A unit is `ambiguous` when its most probable label stays below {ambiguous}, or is not the one decided{certain}.

## Figures

95 % intervals by bootstrap.

{published}

**Behavioural probes**, composed for this purpose and never trained on (`stancewire evaluate --probes`):

{probes}

**Held-back sentences** (these resemble the training set; they flatter the model):

{held_out}

## Whose voice

Rules, not the model, say whether the outlet or a source speaks, and who (`stancewire evaluate --voice`). They were written on the seed sentences, on errors on
`written` ones and on 260 real sentences; the `probes` and `real-voice` had no say. `real-voice` are 180 sentences drawn by chance from `real-dev`, not in the repo; one
reader, the language model that wrote the rules afterwards, gave their voice before any rule ran on them. Sentences whose readers differ are left out. 95 % intervals by bootstrap.

{voice}

## Intended use, and misuse

To describe how coverage frames the target: shares over many sentences, outlets and months, with the error rates above in
mind; to find sentences worth reading. It judges sentences, not people, and not the honesty of an outlet. Do not
rank journalists or outlets by it, do not act on a single sentence, do not use it on another topic or language.

## Known failures

{failures}
"""
