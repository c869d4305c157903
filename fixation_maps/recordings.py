"""From recordings to a fixation set: detect, and move to the pixels of the stimuli."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    STIMULUS_FIXATION_DTYPE,
    FileFormatError,
    FixationSet,
    FoveolaError,
    Provenance,
    Recording,
    SetInfo,
    Stimulus,
    Trial,
    fixation_set,
    fixations_of,
    provenance,
    read_recording,
    relative_path,
    sha256_of,
)

from .detectors import Detector, detector_of, parameters_of

#: Samples before a stimulus' onset that a detector sees too, so that a fixation which was under
#: way is known as such.
LEAD_S = 0.5
#: Pixels per degree that differ by less than this share count as the same.
SAME_PX_PER_DEG = 0.01


@dataclass(frozen=True)
class TrialRules:
    """Which fixations of which trials enter a set.

    Attributes
    ----------
    before_onset : "drop" or "cut"
        A fixation under way when the stimulus appears was aimed at what was there before it:
        ``drop`` leaves it out; ``cut`` keeps what lies after the onset.
    drop_first : bool
        Leave out the first fixation of each trial (of those that the rule above leaves).
    interrupted : bool
        Take interrupted trials too.
    """

    before_onset: Literal["drop", "cut"] = "drop"
    drop_first: bool = False
    interrupted: bool = False


def fixations_from_recordings(
    paths: Sequence[Path],
    detector: str = "ivt",
    parameters: Mapping[str, float | bool] | None = None,
    *,
    name: str = "recordings",
    rules: TrialRules | None = None,
    on_fault: Callable[[FoveolaError], None] | None = None,
    track: Callable[[Iterable[Path]], Iterable[Path]] = iter,
) -> FixationSet:
    """Detect the fixations of recordings and collect them as one set.

    A fixation in progress when the stimulus disappears is cut there. Fixations off the stimulus
    are dropped and counted. Observers are told apart by their id alone, so that two sessions of
    one person are never taken for two people where one observer is held out. Stimuli are
    identified by id, and must be the same in size and content everywhere.

    Parameters
    ----------
    paths : sequence of Path
        Recordings; read one after the other.
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
        Shows progress.

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
    collected = _Collected()
    used: list[Path] = []
    for path in track(paths):
        try:
            collected.add(path, _read(path, detect, rules))
            used.append(path)
        except FoveolaError as fault:
            if on_fault is None:
                raise
            on_fault(fault)
    if not used:
        raise FoveolaError("No recording could be used.", remedy="Mend or leave out the files.")
    source = provenance(
        {
            "detector": detector,
            "detector_parameters": parameters_of(detect),
            "before_onset": rules.before_onset,
            "drop_first": rules.drop_first,
            "interrupted": rules.interrupted,
            "lead_s": LEAD_S,
        },
        inputs=used,
    )
    return collected.as_set(name, rules, source)


@dataclass(frozen=True)
class _Viewing:
    """What one trial gives: its stimulus, and its fixations without indices."""

    stimulus: str
    table: NDArray[np.void]
    px_per_deg: float


@dataclass(frozen=True)
class _Session:
    """What one recording gives."""

    sha256: str
    observer: str
    stimuli: tuple[Stimulus, ...]
    viewings: tuple[_Viewing, ...]
    simulated: bool


@dataclass
class _Collected:
    """Sessions so far, and where each stimulus was first seen."""

    sessions: list[_Session] = field(default_factory=list)
    stimuli: dict[str, tuple[Stimulus, Path]] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)

    def add(self, path: Path, session: _Session) -> None:
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
        for session in self.sessions:
            for viewing in session.viewings:
                tables.append(viewing.table)
                viewing.table["stimulus"] = ids.index(viewing.stimulus)
                viewing.table["observer"] = observers.index(session.observer)
        viewings = [viewing for session in self.sessions for viewing in session.viewings]
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


def _read(path: Path, detect: Detector, rules: TrialRules) -> _Session:
    recording = read_recording(path)
    stimuli = {stimulus.id: stimulus for stimulus in recording.stimuli}
    viewings = []
    for row, trial in enumerate(recording.trials):
        if not trial.stimulus or (trial.status == "interrupted" and not rules.interrupted):
            continue
        if trial.stimulus not in stimuli:
            raise FileFormatError(
                path,
                f"its stimulus {trial.stimulus!r} is not described in the file.",
                place=f"/trials, row {row}, stimulus",
                remedy="Write the stimulus into the recording's table of stimuli.",
            )
        px_per_deg = recording.screen.px_per_deg() / trial.image_scale
        table = _fixations_of_trial(recording, trial, detect, rules)
        viewings.append(_Viewing(trial.stimulus, table, px_per_deg))
    if not viewings:
        raise FileFormatError(
            path,
            f"none of its {len(recording.trials)} trials can be used: "
            "each is interrupted or names no stimulus.",
            place="/trials",
            remedy="Leave the file out, or ask for interrupted trials too.",
        )
    shown = {viewing.stimulus for viewing in viewings}
    return _Session(
        sha256=sha256_of(path),
        observer=recording.observer.id,
        stimuli=tuple(stimulus for stimulus in recording.stimuli if stimulus.id in shown),
        viewings=tuple(viewings),
        simulated=recording.tracker.simulated,
    )


def _fixations_of_trial(
    recording: Recording, trial: Trial, detect: Detector, rules: TrialRules
) -> NDArray[np.void]:
    """Fixations of a trial in stimulus pixels and in time since its onset."""
    lead_s = LEAD_S if rules.before_onset == "drop" else 0.0
    samples = recording.samples_between(trial.onset_s - lead_s, trial.offset_s)
    found = fixations_of(detect(samples, recording.screen))
    found = found[found["onset_s"] >= trial.onset_s]
    table = np.zeros(len(found), STIMULUS_FIXATION_DTYPE)
    for column in ("duration_s", "dispersion_deg", "eye"):
        table[column] = found[column]
    table["order"] = np.arange(len(found))
    table["onset_s"] = found["onset_s"] - trial.onset_s
    table["x_px"] = (found["x_px"] - trial.image_left_px) / trial.image_scale
    table["y_px"] = (found["y_px"] - trial.image_top_px) / trial.image_scale
    return table[1:] if rules.drop_first else table


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
