"""`stancewire models …`: thin parsers over the registry."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.bundle import SHIPPED, load_bundle
from service.registry.home import Home, store_home
from service.registry.pointer import SHIPPED_NAME, State, read_state
from service.registry.promotion import forget_tests, promote, rollback
from service.registry.store import Stored, add, full_tag, locate, remove, stored

if TYPE_CHECKING:
    from service.registry.diff import Flip

Commands = argparse._SubParsersAction


def add_commands(models: Commands[argparse.ArgumentParser]) -> None:
    """Add `list`, `show`, `diff`, `promote`, `rollback`, `add`, `remove` and `tests` to `stancewire models`."""
    listed = _command(models, "list", "bundles of the store, the promoted one marked", run_list)
    shown = _command(models, "show", "where a bundle comes from, how it measures, when it was promoted", run_show)
    compared = _command(models, "diff", "what sets two bundles apart: labels, code, base, seed, recipe, calibration, figures", run_diff)
    chosen = _command(models, "promote", "make a bundle the one that serves", run_promote)
    returned = _command(models, "rollback", "return to what was promoted before", run_rollback)
    put = _command(models, "add", "put a bundle into the store", run_add)
    taken = _command(models, "remove", "take a bundle out of the store", run_remove)
    tests = _command(models, "tests", "frozen test sets that `retrain` compares on, and that never train", run_tests)
    for command in (shown, chosen, taken):
        command.add_argument("tag", metavar="TAG", help="a tag of the store, the beginning of one, or shipped")
    compared.add_argument("before", metavar="TAG", help="a tag, shipped, promoted, or a bundle folder")
    compared.add_argument("after", metavar="TAG", help="the one to compare it with")
    compared.add_argument("--on", type=Path, metavar="FILE|DIR", help="also the sentences whose label flips: in texts or archives, or in the output folder of `stancewire batch`")
    for command in (chosen, returned):
        command.add_argument("--why", metavar="TEXT", help="a reason for the history")
    put.add_argument("folder", type=Path, metavar="DIR", help="a bundle folder, as `stancewire train` writes it")
    put.add_argument(
        "--labels",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="the labels that it was trained on, to keep: they train again in `retrain`, and `train --reproduce` needs them",
    )
    tests.add_argument("--forget", metavar="NAME", help="give up a test set; its sentences may train again")
    for command in (listed, shown, compared, chosen, returned, put, taken, tests):
        command.add_argument("--json", action="store_true", help="print JSON")


def _command(models: Commands[argparse.ArgumentParser], name: str, told: str, run: Any) -> argparse.ArgumentParser:
    command = models.add_parser(name, help=told)
    command.set_defaults(run=run)
    return command


def run_list(args: argparse.Namespace) -> int:
    from service.registry.view import list_lines

    home = store_home()
    state, found = read_state(home), list(stored(home))
    data = {"promoted": state.promoted, "models": [_data(one) for one in found], "history": [asdict(event) for event in state.history]}
    _tell(args, data, list_lines(found, state, found[0].tag))
    return 0


def run_show(args: argparse.Namespace) -> int:
    from service.registry.view import show_lines

    home = store_home()
    tag = full_tag(home, args.tag)
    one = next(found for found in stored(home) if found.tag == tag or (tag == SHIPPED_NAME and found.path == SHIPPED))
    state = read_state(home)
    events = [asdict(event) for event in state.history if event.tag == tag]
    manifest = one.bundle.manifest if one.bundle else None
    _tell(args, {**_data(one), "manifest": manifest, "events": events}, show_lines(one, state))
    return 0 if one.bundle else 1


def run_diff(args: argparse.Namespace) -> int:
    from service.registry.diff import compare_manifests
    from service.registry.view import change_lines

    home = store_home()
    before, after = (locate(home, name) for name in (args.before, args.after))
    changes = compare_manifests(load_bundle(before), load_bundle(after))
    data: dict[str, Any] = {"changes": [asdict(change) for change in changes]}
    if not args.json:
        print("\n".join(change_lines(changes)))
    if args.on is not None:
        compared, flips = _flips(before, after, args)
        data |= {"compared": compared, "flips": [flip.to_dict() for flip in flips]}
        if not args.json:
            print(f"{len(flips):,} of {compared:,} sentences flip")
    if args.json:
        print(json.dumps(data, ensure_ascii=False))
    return 0


def _flips(before: Path, after: Path, args: argparse.Namespace) -> tuple[int, list[Flip]]:
    from service.registry.diff import flips_on
    from service.registry.view import flip_lines
    from service.scorer import load_scorer

    compared, all_flips = 0, []
    for number, flips in flips_on(load_scorer(before), load_scorer(after), args.on):
        compared += number
        all_flips += flips
        if flips and not args.json:
            print("\n".join(flip_lines(flips)))
    return compared, all_flips


def run_promote(args: argparse.Namespace) -> int:
    home = store_home()
    tag = full_tag(home, args.tag)
    before = read_state(home).promoted
    state = promote(home, tag, why=args.why)
    told = f"{tag} was promoted already" if before == tag else f"{tag} is promoted, in place of {before}"
    return _say_state(args, state, f"{told}; a running service takes it up within seconds, `stancewire models rollback` returns")


def run_rollback(args: argparse.Namespace) -> int:
    home = store_home()
    before = read_state(home).promoted
    state = rollback(home, why=args.why)
    return _say_state(args, state, f"{state.promoted} is in force again, in place of {before}")


def _say_state(args: argparse.Namespace, state: State, line: str) -> int:
    _tell(args, {"promoted": state.promoted, "event": asdict(state.history[-1])}, [line])
    return 0


def run_add(args: argparse.Namespace) -> int:
    from service.registry.labelled import LABELS, labels_of

    extras = {LABELS: labels_of(load_bundle(args.folder), args.labels)} if args.labels else {}
    tag = add(store_home(), args.folder, extras)
    _tell(args, {"tag": tag}, [f"{tag} is in the store; `stancewire models promote {tag}` makes it serve"])
    return 0


def run_remove(args: argparse.Namespace) -> int:
    home: Home = store_home()
    tag = full_tag(home, args.tag)
    remove(home, tag)
    _tell(args, {"removed": tag}, [f"{tag} is removed"])
    return 0


def run_tests(args: argparse.Namespace) -> int:
    home = store_home()
    if args.forget:
        forget_tests(home, args.forget)
    sets = {path.stem: sum(1 for line in path.read_bytes().splitlines() if line.strip()) for path in sorted(home.tests.glob("*.jsonl"))}
    _tell(args, {"tests": sets}, [f"{name}: {n:,} annotations" for name, n in sets.items()] or ["no frozen test sets but the probes"])
    return 0


def _data(one: Stored) -> dict[str, Any]:
    return {"tag": one.tag, "path": str(one.path), "created": one.created, "fault": one.fault, "metrics": one.bundle.manifest["metrics"] if one.bundle else None}


def _tell(args: argparse.Namespace, data: dict[str, Any], lines: list[str]) -> None:
    print(json.dumps(data, ensure_ascii=False) if args.json else "\n".join(lines))
