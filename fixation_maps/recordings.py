"""From recordings to a fixation set: detect, and move to the pixels of the stimuli."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from foveola.data_schema import (
    STIMULUS_FIXATION_DTYPE,
    FileFormatError,
    FixationSet,
    FoveolaError,
    Provenance,
    SetInfo,
    Stimulus,
    fixation_set,
    provenance,
    relative_path,
)

from .detectors import detector_of, parameters_of
from .parallel_sessions import Outcome, SessionTask, sessions_of
from .session_fixations import LEAD_S, Session, TrialRules

#: Pixels per degree that differ by less than this share count as the same.
SAME_PX_PER_DEG = 0.01


def fixations_from_recordings(
    paths: Sequence[Path],
    detector: str = "ivt",
    parameters: Mapping[str, float | bool] | None = None,
    *,
    name: str = "recordings",
    rules: TrialRules | None = None,
    on_fault: Callable[[FoveolaError], None] | None = None,
    track: Callable[[Iterable[Outcome]], Iterable[Outcome]] = iter,
    jobs: int = 1,
    parts: Path | None = None,
) -> FixationSet:
    """Detect the fixations of recordings and collect them as one set.

    A fixation in progress when the stimulus disappears is cut there. Fixations off the stimulus
    are dropped and counted. Observers are told apart by their id alone, so that two sessions of
    one person are never taken for two people where one observer is held out. Stimuli are
    identified by id, and must be the same in size and content everywhere. Where an observer saw
    one several times, the order of the later showing's fixations goes on after the earlier's.

    Parameters
    ----------
    paths : sequence of Path
        Recordings.
    detector : str, default "ivt"
        Name of the detector.
    parameters : mapping, optional
        Parameters of the detector that are not to have their default.
    name : str
        Name of the set.
    rules : TrialRules, optional
        Which fixations of which trials are taken.
    on_fault : callable, optional
        Told of each recording that can't be used, which is then left out; by default the first
        one raises.
    track : callable, optional
        Shows progress: gets the outcomes as they come and hands them on.
    jobs : int
        Processes that work at once.
    parts : Path, optional
        Folder in which what each recording gave is kept as it comes. Where the work is stopped,
        the next call with the same folder goes on from there.

    Returns
    -------
    FixationSet
        Its pixels per degree are those of the screen divided by the images' scale. Where they
        differ by more than 1 % the set's are NaN, and each stimulus has its own (NaN where those
        differ too). The source is "simulated" where any tracker was.

    Raises
    ------
    FoveolaError
        If a recording can't be used, or none can.
    """
    detect = detector_of(detector, parameters)
    rules = rules or TrialRules()
    task = SessionTask(detector, dict(parameters or {}), rules, parts)
    outcomes: dict[Path, Session | FoveolaError] = {}
    for path, outcome in track(sessions_of(dict.fromkeys(paths), task, jobs)):
        if isinstance(outcome, FoveolaError) and on_fault is None:
            raise outcome
        outcomes[path] = outcome
    collected = _Collected()
    used: list[Path] = []
    for path in paths:  # in their own order, so that the set does not depend on who was first
        try:
            collected.add(path, _session(outcomes[path]))
            used.append(path)
        except FoveolaError as fault:
            if on_fault is None:
                raise
            on_fault(fault)
    if not any(session.viewings for session in collected.sessions):
        raise FoveolaError("No recording could be used.", remedy="Mend or leave out the files.")
    source = provenance(
        {
            "detector": detector,
            "detector_parameters": parameters_of(detect),
            "before_onset": rules.before_onset,
            "drop_first": rules.drop_first,
            "interrupted": rules.interrupted,
            "repeats": rules.repeats,
            "lead_s": LEAD_S,
        },
        inputs=used,
    )
    return collected.as_set(name, rules, source)


def _session(outcome: Session | FoveolaError) -> Session:
    if isinstance(outcome, FoveolaError):
        raise outcome
    return outcome


@dataclass
class _Collected:
    """Sessions so far, and where each stimulus was first seen."""

    sessions: list[Session] = field(default_factory=list)
    stimuli: dict[str, tuple[Stimulus, Path]] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)

    def add(self, path: Path, session: Session) -> None:
        if session.sha256 in self.files:
            raise FileFormatError(
                path,
                f"this is the same recording as {self.files[session.sha256]}.",
                remedy="Give each recording once.",
            )
        for stimulus in session.stimuli:
            self._refuse_conflict(path, stimulus)
        for stimulus in session.stimuli:
            known = self.stimuli.get(stimulus.id)
            if known is None or (stimulus.sha256 and not known[0].sha256):
                self.stimuli[stimulus.id] = (stimulus, path)
        self.files[session.sha256] = path
        self.sessions.append(session)

    def _refuse_conflict(self, path: Path, stimulus: Stimulus) -> None:
        if stimulus.id not in self.stimuli:
            return
        known, where = self.stimuli[stimulus.id]
        hashes = {known.sha256, stimulus.sha256} - {""}
        if known.shape != stimulus.shape or len(hashes) > 1:
            raise FileFormatError(
                path,
                f"its stimulus {stimulus.id!r} has another size or content than that of {where}.",
                place="/stimuli",
                remedy="Different images need different names, and different sets.",
            )

    def as_set(self, name: str, rules: TrialRules, source: Provenance) -> FixationSet:
        folder = next(iter(self.files.values())).resolve().parent
        ids = sorted(self.stimuli)
        observers = sorted({session.observer for session in self.sessions})
        tables = [np.empty(0, STIMULUS_FIXATION_DTYPE)]
        seen: Counter[tuple[str, str]] = Counter()  # fixations so far, of stimulus and observer
        shown_by = [
            (one, session.observer) for session in self.sessions for one in session.viewings
        ]
        for viewing, observer in sorted(shown_by, key=lambda pair: pair[0].repeat):
            table = viewing.table.copy()
            table["stimulus"] = ids.index(viewing.stimulus)
            table["observer"] = observers.index(observer)
            table["order"] += seen[viewing.stimulus, observer]
            if len(table):
                seen[viewing.stimulus, observer] = int(table["order"].max()) + 1
            tables.append(table)
        viewings = [viewing for viewing, _ in shown_by]
        shown: dict[str, list[float]] = {}
        for viewing in viewings:
            shown.setdefault(viewing.stimulus, []).append(viewing.px_per_deg)
        info = SetInfo(
            name=name,
            px_per_deg=_common([viewing.px_per_deg for viewing in viewings]),
            source="simulated" if any(one.simulated for one in self.sessions) else "gaze",
            first_dropped=rules.drop_first,
        )
        stimuli = [_placed(*self.stimuli[one], folder) for one in ids]
        if not info.px_per_deg > 0:
            stimuli = [
                stimulus.model_copy(update={"px_per_deg": _common(shown[stimulus.id])})
                for stimulus in stimuli
            ]
        table = np.concatenate(tables)
        return fixation_set(info, tuple(stimuli), tuple(observers), table, source, folder)


def _common(px_per_deg: Sequence[float]) -> float:
    """The median of what differs by 1 % at most; NaN where it differs by more."""
    same = max(px_per_deg) <= min(px_per_deg) * (1 + SAME_PX_PER_DEG)
    return float(np.median(px_per_deg)) if same else float("nan")


def _placed(stimulus: Stimulus, recording: Path, folder: Path) -> Stimulus:
    """The stimulus with its path relative to a folder instead of to its recording."""
    if not stimulus.path:
        return stimulus
    path = relative_path(recording.parent / stimulus.path, folder)
    return stimulus.model_copy(update={"path": path})
