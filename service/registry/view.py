"""What `stancewire models` prints of bundles, as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labels.problems import shorten
from service.registry.diff import Change, Flip
from service.registry.pointer import SHIPPED_NAME, State
from service.registry.store import Stored


def list_lines(found: Sequence[Stored], state: State, shipped: str) -> list[str]:
    """Return a line a bundle; the promoted one is marked."""
    lines = []
    for one in found:
        name = SHIPPED_NAME if one.tag == shipped else one.tag
        mark = "*" if name == state.promoted else " "
        if one.bundle is None:
            lines.append(f"{mark} {one.tag}  DAMAGED: {one.fault}")
            continue
        told = [one.tag, SHIPPED_NAME if name == SHIPPED_NAME else str(one.created), _headline(one.bundle.manifest)]
        lines.append(f"{mark} {'  '.join(told)}")
    serving = f"{state.promoted} is promoted" if state.stack else "nothing is promoted: the shipped bundle serves"
    return [*lines, f"* {serving}"]


def _headline(manifest: Mapping[str, Any]) -> str:
    training, metrics = manifest["training"], manifest["metrics"]
    told = [f"{training['sentences']:,} sentences"]
    if "held_out" in metrics:
        told.append(f"macro-F1 {metrics['held_out']['macro_f1']:.2f} held back")
    if "probes" in metrics:
        told.append(f"probes {metrics['probes']['overall']['rate']:.2f}")
    return ", ".join(told)


def show_lines(one: Stored, state: State) -> list[str]:
    """Return where a bundle comes from and how it measures."""
    if one.bundle is None:
        return [f"{one.tag}: {one.fault}"]
    manifest = one.bundle.manifest
    training = manifest["training"]
    book, base = one.bundle.codebook, training["base"]
    pinned = f"SHA-256 {base['sha256'][:16]}…" if base.get("sha256") else f"revision {base.get('revision')}"
    lines = [
        one.tag,
        f"  folder     {one.path}",
        f"  codebook   {book.name} {book.version}, target {book.target}",
        f"  labels     {training['labels_hash'][:16]}…, {training['sentences']:,} train, {', '.join(f'{k} {n:,}' for k, n in training['counts'].items())}",
        *_source_lines(training.get("sources")),
        f"  code       stancewire {training['code']}{', ' + training['commit'] if training.get('commit') else ''}",
        f"  base       {base['name']}, {pinned}",
        f"  recipe     {', '.join(f'{k}={v}' for k, v in training['config'].items() if k != 'base')}",
        *_figure_lines(manifest),
        *_gate_lines(manifest.get("retraining")),
    ]
    return [*lines, *(f"  {e.action:<9}  {e.at} by {e.by}{', against the gate' if e.forced else ''}{': ' + e.why if e.why else ''}" for e in state.history if e.tag == one.tag)]


def _source_lines(sources: Mapping[str, Any] | None) -> list[str]:
    if not sources:
        return []
    shipped, added = sources.get("shipped"), sources.get("added")
    lines = [f"             {shipped['sentences']:,} shipped with stancewire {shipped['version']} ({shipped['hash'][:16]}…)"] if shipped else []
    if added:
        files = ", ".join(f"{f['name']} {f['sha256'][:12]}…" for f in added["files"])
        lines.append(f"             {added['sentences']:,} added ({added['hash'][:16]}…) from {files or 'the store'}")
    return lines


def _figure_lines(manifest: Mapping[str, Any]) -> list[str]:
    metrics, lines = manifest["metrics"], []
    if held := metrics.get("held_out"):
        low, high = held["macro_f1_interval"]
        f1 = ", ".join(f"{name} {figures['f1']:.2f}" for name, figures in held["per_label"].items())
        lines.append(f"  held back  macro-F1 {held['macro_f1']:.2f} [{low:.2f}, {high:.2f}] on {held['n']:,} sentences; F1 {f1}")
    if probes := metrics.get("probes"):
        overall = probes["overall"]
        lines.append(f"  probes     {overall['passed']} of {overall['probes']} [{overall['interval'][0]:.2f}, {overall['interval'][1]:.2f}]")
    return lines


def _gate_lines(retraining: Mapping[str, Any] | None) -> list[str]:
    if not retraining:
        return []
    lines = [f"  gate       {retraining['verdict']}, against {retraining['incumbent']}", *(f"             {reason}" for reason in retraining["reasons"])]
    if forced := retraining.get("forced"):
        lines.append(f"             forced by {forced['by']} at {forced['at']}{': ' + forced['why'] if forced.get('why') else ''}")
    return lines


def change_lines(changes: Sequence[Change]) -> list[str]:
    """Return a line a difference between two manifests."""
    return [f"{c.name}: {shorten(c.before, 60)} -> {shorten(c.after, 60)}" for c in changes] or ["the manifests say the same"]


def flip_lines(flips: Sequence[Flip]) -> list[str]:
    """Return a line a sentence whose label flips, with the gold label where it is known."""
    return [f"{f.before} {f.before_probability:.2f} -> {f.after} {f.after_probability:.2f}{f'  (gold {f.gold})' if f.gold else ''}  {f.text}" for f in flips]
