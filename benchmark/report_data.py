"""What a report is made from: score rows, their companion and the fixations, read and checked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import (
    FileFormatError,
    FixationSet,
    ModelRow,
    Score,
    ScorePictures,
    open_score_pictures,
    read_fixation_set,
    read_scores_csv,
    sha256_of,
)

from .evaluation import default_sigma_px
from .profiles import METRICS

Standing = Literal["model", "baseline", "gold"]

#: Models of ours that don't compete.
STANDINGS: dict[str, Standing] = {
    "centre-bias": "baseline",
    "gold-standard": "gold",
    "uniform": "baseline",
}


@dataclass(frozen=True)
class ReportData:
    """Scores as an array, with what else is known of them.

    Attributes
    ----------
    models, stimuli, metrics : tuple of str
        Names, in the order of the array's axes.
    values : ndarray, shape (model, stimulus, metric)
        NaN where a score is not defined or not there.
    pictures : ScorePictures or None
        The open companion; None where it is not beside the scores.
    fixations : FixationSet or None
        The fixations that were scored; None where they were not found.
    notes : tuple of str
        Sentences on what is missing, for the reader of the report.
    inputs : tuple of Path
        The files that were read.
    """

    models: tuple[str, ...]
    stimuli: tuple[str, ...]
    metrics: tuple[str, ...]
    values: NDArray[np.float64]
    pictures: ScorePictures | None
    fixations: FixationSet | None
    notes: tuple[str, ...]
    inputs: tuple[Path, ...]

    @property
    def dataset(self) -> str:
        """Name of the data set, empty where it is not known."""
        return self.pictures.protocol.dataset if self.pictures else ""

    def of_stimuli(self, indices: Sequence[int]) -> ReportData:
        """The same of some stimuli alone."""
        stimuli = tuple(self.stimuli[i] for i in indices)
        return replace(self, stimuli=stimuli, values=self.values[:, list(indices)])

    def standing(self, model: int) -> Standing:
        """Whether a model competes, or is a baseline or the gold standard.

        A folder of maps competes, whatever its name.
        """
        row = self.rows[model]
        if row is not None and row.source:
            return "model"
        return STANDINGS.get(self.models[model], "model")

    def fixation_index(self, stimulus: int) -> int | None:
        """Index in the fixation set of a stimulus of the report."""
        return self._fixation_indices.get(self.stimuli[stimulus])

    @property
    def sigma_px(self) -> float:
        """Standard deviation of the Gaussian of densities, in stimulus pixels."""
        if self.pictures:
            return self.pictures.protocol.sigma_px
        return default_sigma_px(self.fixations) if self.fixations else math.nan

    def picture_places(self, stimulus: int) -> list[tuple[int, int]]:
        """Places in the companion of the models' pictures of a stimulus."""
        if self.pictures is None:
            return []
        shown = self.pictures.protocol.stimuli.index(self.stimuli[stimulus])
        names = [row.name for row in self.pictures.models]
        return [(names.index(name), shown) for name in self.models]

    @cached_property
    def _fixation_indices(self) -> dict[str, int]:
        stimuli = self.fixations.stimuli if self.fixations else ()
        return {stimulus.id: i for i, stimulus in enumerate(stimuli)}

    @cached_property
    def rows(self) -> tuple[ModelRow | None, ...]:
        """What the companion says of each model."""
        known = {row.name: row for row in self.pictures.models} if self.pictures else {}
        return tuple(known.get(name) for name in self.models)


@contextmanager
def open_report_data(scores_path: Path, fixations_path: Path | None = None) -> Iterator[ReportData]:
    """Read scores, open their companion, and find the fixations.

    Parameters
    ----------
    scores_path : Path
        ``SCORES.csv``; its companion is ``SCORES.h5`` in the same folder.
    fixations_path : Path, optional
        The fixations; by default the file that the companion names.

    Raises
    ------
    FileFormatError
        If a file is damaged, or the three don't belong together.
    """
    scores = read_scores_csv(scores_path)
    if not scores:
        raise FileFormatError(scores_path, "it holds no score.", remedy="Score a model first.")
    companion = scores_path.with_suffix(".h5")
    if not companion.is_file():
        note = f"{companion.name} is not beside {scores_path.name}, so that the protocol and"
        note += " the models' maps are not known."
        yield _report_data(scores_path, scores, None, fixations_path, (note,))
        return
    with open_score_pictures(companion) as pictures:
        found, notes = _find_fixations(scores_path, pictures, fixations_path)
        yield _report_data(scores_path, scores, pictures, found, notes)


def _find_fixations(
    scores_path: Path, pictures: ScorePictures, given: Path | None
) -> tuple[Path | None, tuple[str, ...]]:
    """Path of the fixations that were scored, or None and a note for the reader."""
    named = pictures.protocol.fixations_path
    path = given or (scores_path.parent / named if named else None)
    if path is None or (given is None and not path.is_file()):
        what = f"{Path(named).name} was not found" if named else "The scores name no fixations"
        return None, (f"{what}: photographs, fixations and densities can't be shown.",)
    expected = pictures.protocol.fixations_sha256
    if expected and path.is_file() and sha256_of(path) != expected:
        raise FileFormatError(
            path,
            f"these are not the fixations that {scores_path.name} was computed from.",
            remedy="Name the right file with --fixations, or score again.",
        )
    return path, ()


def _report_data(
    path: Path,
    scores: list[Score],
    pictures: ScorePictures | None,
    fixations_path: Path | None,
    notes: tuple[str, ...],
) -> ReportData:
    found = tuple(dict.fromkeys(score.metric for score in scores))
    known = [name for name in METRICS if name in found]
    metrics = (*known, *(name for name in found if name not in METRICS))
    models = tuple(dict.fromkeys(score.model for score in scores))
    stimuli = tuple(dict.fromkeys(score.stimulus for score in scores))
    inputs = [path]
    if pictures:
        inputs.append(path.with_suffix(".h5"))
        stimuli = _in_order(path, "stimulus", stimuli, pictures.protocol.stimuli)
        models = _in_order(path, "model", models, tuple(row.name for row in pictures.models))
    if fixations_path:
        inputs.append(fixations_path)
    return ReportData(
        models=models,
        stimuli=stimuli,
        metrics=metrics,
        values=_values(path, scores, models, stimuli, metrics),
        pictures=pictures,
        fixations=read_fixation_set(fixations_path) if fixations_path else None,
        notes=notes,
        inputs=tuple(inputs),
    )


def _in_order(
    path: Path, what: str, found: tuple[str, ...], known: tuple[str, ...]
) -> tuple[str, ...]:
    """Names in the order of the companion, which must know them all."""
    strangers = set(found).difference(known)
    if strangers:
        name = next(name for name in found if name in strangers)
        raise FileFormatError(
            path,
            f"its {what} {name!r} is not in {path.with_suffix('.h5').name}.",
            remedy="The two files don't belong together: score again.",
        )
    wanted = set(found)
    return tuple(name for name in known if name in wanted)


def _values(
    path: Path,
    scores: list[Score],
    models: tuple[str, ...],
    stimuli: tuple[str, ...],
    metrics: tuple[str, ...],
) -> NDArray[np.float64]:
    places = [{name: i for i, name in enumerate(names)} for names in (models, stimuli, metrics)]
    values = np.full((len(models), len(stimuli), len(metrics)), math.nan)
    filled = np.zeros(values.shape, bool)
    for line, score in enumerate(scores, start=2):
        cell = places[0][score.model], places[1][score.stimulus], places[2][score.metric]
        if filled[cell]:
            raise FileFormatError(
                path,
                f"{score.metric} of {score.model!r} on {score.stimulus!r} is there twice.",
                place=f"row {line}",
            )
        filled[cell], values[cell] = True, score.value
    return values
