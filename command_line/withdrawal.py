"""Does what a withdrawal needs, so that it can be interrupted at any moment and gone on with."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from foveola.data_schema import (
    FixationSet,
    Provenance,
    fsync_folder,
    open_fixation_maps,
    open_fixation_set,
    read_fixation_set,
    recorded_as,
    relative_path,
    sha256_of,
    write_fixation_set,
    written_whole,
)
from foveola.data_schema.scores import open_score_pictures
from foveola.data_schema.tombstones import write_withdrawal
from foveola.experiments.observer_ids import LIST_NAME, given_ids
from foveola.fixation_maps.map_views import MapView
from foveola.fixation_maps.maps import Blur, write_maps

from .withdrawal_plan import PARTICIPANTS, Plan, Step, bids_labels


def withdraw(
    observer: str, folders: Iterable[Path], plan: Plan, on_step: Callable[[Step], None]
) -> None:
    """Carry out a plan; leave a tombstone in each folder.

    Before anything is touched the tombstone says what is left to do: if this is interrupted, the
    same command goes on. Sets and maps are replaced whole, and before anything is removed.
    """
    folders, steps = list(folders), plan.in_order()
    for folder in folders:
        inside = [step for step in steps if step.path.is_relative_to(folder)]
        left = tuple(_as_words(folder, step) for step in inside)
        write_withdrawal(folder, observer, state="begun", counts=_counts(inside), left_to_do=left)
    for step in steps:
        on_step(step)
        _do(step, observer, plan)
    for folder in folders:
        inside = [step for step in steps if step.path.is_relative_to(folder)]
        write_withdrawal(folder, observer, state="done", counts=_counts(inside))


def _as_words(folder: Path, step: Step) -> tuple[str, str, str]:
    source = relative_path(step.source, folder) if step.source else ""
    return step.what, step.path.relative_to(folder).as_posix(), source


def _counts(steps: list[Step]) -> dict[str, int]:
    return dict(Counter(step.what for step in steps))


def _do(step: Step, observer: str, plan: Plan) -> None:
    if step.what == "mark stale":
        _mark_stale(step.path)
    elif step.what == "rewrite" and step.path.name == PARTICIPANTS:
        _rewrite_participants(step.path, observer)
    elif step.what == "rewrite" and step.path.name == LIST_NAME:
        _rewrite_list(step.path, observer)
    elif step.what == "rewrite":
        _rewrite_set(step.path, observer, plan)
    elif step.what == "rebuild" and step.source is not None:
        rebuild_maps(step.path, step.source)
    elif step.path.is_dir():
        shutil.rmtree(step.path)
        fsync_folder(step.path.parent)
    elif step.what == "remove":
        step.path.unlink(missing_ok=True)
        fsync_folder(step.path.parent)


def without_observer(fixations: FixationSet, observer: str) -> FixationSet:
    """The set as if the observer had never been in it."""
    gone = fixations.observers.index(observer)
    table = fixations.table[fixations.table["observer"] != gone].copy()
    table["observer"] -= table["observer"] > gone
    observers = tuple(one for one in fixations.observers if one != observer)
    consents = {one: said for one, said in fixations.consent_share.items() if one != observer}
    return replace(fixations, observers=observers, table=table, consent_share=consents)


def rebuild_maps(maps_path: Path, set_path: Path) -> None:
    """Make maps again from the set as it is now, with the parameters that they were made with."""
    with open_fixation_maps(maps_path) as maps:
        info, made = maps.info, maps.provenance
    parameters = made.parameters
    sigma = "fitted" if parameters.get("sigma_fitted") else parameters.get("sigma", "1deg")
    blur = Blur(
        info.kernel,
        sigma,
        float(parameters.get("cutoff_cycles", Blur.cutoff_cycles)),
        info.truncate if np.isfinite(info.truncate) else Blur.truncate,
        parameters.get("mode", "reflect"),
    )
    view = MapView(info.observer, info.left_out, info.from_s, info.until_s)
    with open_fixation_set(set_path) as fixations, recorded_as(made.command):
        write_maps(fixations, maps_path, blur=blur, view=view, inputs=[set_path])


def _rewrite_set(path: Path, observer: str, plan: Plan) -> None:
    fixations = read_fixation_set(path)
    if observer in fixations.observers:
        fixations = without_observer(fixations, observer)
    scrubbed = scrubbed_provenance(fixations.provenance, observer, plan)
    write_fixation_set(path, replace(fixations, provenance=scrubbed))


def scrubbed_provenance(made: Provenance, observer: str, plan: Plan) -> Provenance:
    """Provenance that names neither the observer nor a file of theirs."""
    words = {observer, *plan.names, *(Path(name).stem for name in plan.names)}
    return made.model_copy(
        update={
            "inputs": tuple(
                one
                for one in made.inputs
                if one.name not in words and one.sha256 not in plan.hashes
            ),
            "command": " ".join(word for word in made.command.split(" ") if word not in words),
            "parameters": _without(made.parameters, words),
        }
    )


def _without(value: Any, words: set[str]) -> Any:
    """JSON without the entries that are one of the words."""
    if isinstance(value, dict):
        return {
            key: _without(one, words)
            for key, one in value.items()
            if key not in words and not (isinstance(one, str) and one in words)
        }
    if isinstance(value, list | tuple):
        kept = [one for one in value if not (isinstance(one, str) and one in words)]
        return [_without(one, words) for one in kept]
    return value


def _rewrite_participants(path: Path, observer: str) -> None:
    labels = bids_labels(path, observer)
    lines = path.read_text("utf-8").splitlines()
    kept = [lines[0], *(line for line in lines[1:] if line.split("\t")[0] not in labels)]
    with written_whole(path) as part:
        part.write_text("\n".join(kept) + "\n", encoding="utf-8", newline="\n")


def _rewrite_list(path: Path, observer: str) -> None:
    """Take an id out of an experiment's list; the tombstone keeps it from being given again."""
    kept = [one for one in given_ids(path.parent) if one != observer]
    with written_whole(path) as part:
        part.write_text("".join(f"{one}\n" for one in kept), encoding="utf-8", newline="\n")


def _mark_stale(path: Path) -> None:
    """Write beside scores that they were computed with an observer who is gone."""
    with written_whole(stale_mark(path)) as part:
        part.write_text(
            f"{path.name} (SHA-256 {sha256_of(path)}) and its CSV were computed with an observer "
            f"who has withdrawn since. Redo them: {command_of_scores(path)}\n",
            encoding="utf-8",
        )


def stale_mark(path: Path) -> Path:
    """The file that says that scores are stale."""
    return path.with_name(f"{path.name}.stale.txt")


def command_of_scores(path: Path) -> str:
    """The command that made scores, with paths cut to their names."""
    with open_score_pictures(path) as scores:
        return scores.provenance.command
