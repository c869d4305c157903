"""One recording's part of a fixation set: detect, and move to the pixels of the stimuli."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    STIMULUS_FIXATION_DTYPE,
    FileFormatError,
    Recording,
    Stimulus,
    Trial,
    fixations_of,
    read_recording,
    sha256_of,
)

from .detectors import Detector

#: Samples before a stimulus' onset that a detector sees too, so that a fixation which was under
#: way is known as such.
LEAD_S = 0.5


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
    repeats : "all" or "first"
        Of an image that was shown several times by intent: every showing, or only the first.
    """

    before_onset: Literal["drop", "cut"] = "drop"
    drop_first: bool = False
    interrupted: bool = False
    repeats: Literal["all", "first"] = "all"

    def takes(self, trial: Trial) -> bool:
        """Whether a trial's fixations enter a set; those of practice never do."""
        return (
            bool(trial.stimulus)
            and not trial.practice
            and (trial.status == "complete" or self.interrupted)
            and (trial.repeat == 0 or self.repeats == "all")
        )


@dataclass(frozen=True)
class Viewing:
    """What one trial gives: its stimulus, and its fixations without indices."""

    stimulus: str
    table: NDArray[np.void]
    px_per_deg: float
    repeat: int = 0


@dataclass(frozen=True)
class Session:
    """What one recording gives."""

    sha256: str
    observer: str
    stimuli: tuple[Stimulus, ...]
    viewings: tuple[Viewing, ...]
    simulated: bool


def read_session(path: Path, detect: Detector, rules: TrialRules) -> Session:
    """Detect the fixations of one recording's trials.

    Raises
    ------
    FileFormatError
        If the recording can't be read, or none of its trials can be used; that of a part of a
        session then gives nothing.
    """
    recording = read_recording(path)
    stimuli = {stimulus.id: stimulus for stimulus in recording.stimuli}
    viewings = []
    for row, trial in enumerate(recording.trials):
        if not rules.takes(trial):
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
        viewings.append(Viewing(trial.stimulus, table, px_per_deg, trial.repeat))
    if not viewings and not _is_part(recording):
        raise FileFormatError(
            path,
            f"none of its {len(recording.trials)} trials can be used: "
            "each is interrupted, practice or names no stimulus.",
            place="/trials",
            remedy="Leave the file out, or ask for interrupted trials too.",
        )
    shown = {viewing.stimulus for viewing in viewings}
    return Session(
        sha256=sha256_of(path),
        observer=recording.observer.id,
        stimuli=tuple(stimulus for stimulus in recording.stimuli if stimulus.id in shown),
        viewings=tuple(viewings),
        simulated=recording.tracker.simulated,
    )


def _is_part(recording: Recording) -> bool:
    """Whether its session was recorded in parts, of which one may well have no trial."""
    return "session" in recording.provenance.parameters


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
