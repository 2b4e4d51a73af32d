"""The model card: what the bundle is, what it was measured at, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
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
            calibrated=manifest["calibration"]["sentences"],
            temperature=manifest["calibration"]["temperature"],
            published=_published_tables(training["labels_hash"]),
            probes=_probes_table(metrics["probes"]) if "probes" in metrics else "Not run: the probes ask about another target.",
            held_out=_figures_table({"model": metrics["held_out"]}) if "held_out" in metrics else "Not measured: no sentences were held back.",
            lexical=_LEXICAL if training["config"]["lexical_weight"] else "",
            decision=_decision(manifest["decision"]["floors"]),
            hash=training["labels_hash"],
            seed=training["config"]["seed"],
        ),
        encoding="utf-8",
    )


def refresh_card(folder: Path) -> None:
    """Write the card of a finished bundle again, with the figures that have been published since; the tag stays."""
    bundle = load_bundle(folder)
    manifest = {key: value for key, value in bundle.manifest.items() if key not in ("format", "tag", "files")}
    write_card(folder / NAMES.card, manifest)
    write_manifest(folder, manifest)


def _decision(floors: Mapping[str, float]) -> str:
    if not floors:
        return "the most probable label"
    return ", ".join(f"`{label}` from a probability of {floor} on" for label, floor in floors.items()) + ", else the most probable of the others"


def _published_tables(labels_hash: str) -> str:
    tables = [f"**{f['data']}** ({resampled(f['groups'], f['n'])}):\n\n{_figures_table({'model': f, **f['baselines']})}" for f in published(labels_hash)]
    return "\n\n".join(tables) or "Not measured for these labels; `stancewire evaluate --write` and `stancewire models card` do."


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


_LEXICAL = "Beside the encoder stands a linear model over word pieces, whose logits are added. "
_CARD = """# Model card: stance toward the {target}

A sentence classifier. For each news sentence it answers: which stance toward the target does this sentence, taken
as it stands, convey to its reader? Codebook version {version}.

{labels}

## Training

Base encoder: {base}. Mean of the token states, one linear layer; seed {seed}. {sentences} sentences trained:

| origin/label | sentences |
|---|---|
{counts}

Of these, `seed` sentences are printed in five news articles and `written` ones were composed by a language model for
this project; their labels are readings by language models with the codebook, not yet confirmed by people. `imported`
sentences and labels are those given with `--labels`. Labels hash: `{hash}`.

{lexical}Probabilities are calibrated by
temperature ({temperature}) on {calibrated} held-back sentences. Decision: {decision}.

## Figures

95 % intervals by bootstrap.

{published}

**Behavioural probes**, composed for this purpose and never trained on (`stancewire evaluate --probes`):

{probes}

**Held-back sentences** (these resemble the training set; they flatter the model):

{held_out}

## Intended use, and misuse

To describe how coverage frames the target: shares over many sentences, outlets and months, with the error rates above in
mind; to find sentences worth reading. It judges sentences, not people, and not the honesty of an outlet. Do not
rank journalists or outlets by it, do not act on a single sentence, do not use it on another topic or language.

## Known failures

Tone is mistaken for stance where hard or warm words fall on something other than the target; dry, long-winded stance is
missed; sarcasm is read literally more often than not. Real sentences that name both countries are mostly neutral, so
rare labels have more false alarms on real archives than the balanced figures above suggest.
"""
