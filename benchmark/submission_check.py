"""Tell a submitter everything that is wrong with a submission, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from foveola.data_schema import FileFormatError, FixationSet, FoveolaError

from .metrics.inputs import checked_log_density, checked_map
from .model_table import outside_model
from .models import Kind, SaliencyModel, StimulusView, stimulus_view
from .submitted_maps import SubmittedMaps

#: How far from 0 the logarithm of a density's sum may be.
LOG_SUM_TOLERANCE = 1e-3


@dataclass
class SubmissionCheck:
    """What a check found.

    Attributes
    ----------
    model : str
        Name that the model will have; empty where it can't be loaded.
    kind : Kind
        What its maps were taken for.
    stimuli : int
        Number of maps that are needed.
    sound : int
        Number of maps that can be scored.
    faults : list of FoveolaError
        Each names the file, or the stimulus, and its remedy.
    missing : list of str
        Ids of all stimuli without a map; the fault that says so names the first.
    notes : list of str
        What is no fault but may be a mistake.
    """

    model: str = ""
    kind: Kind = "saliency_map"
    stimuli: int = 0
    sound: int = 0
    faults: list[FoveolaError] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def grouped(self) -> Iterator[tuple[str, str, list[str]]]:
        """Reason and remedy of each kind of fault, with the places that have it."""
        groups: dict[tuple[str, str], list[str]] = {}
        for fault in self.faults:
            reason, place = fault.what, ""
            if isinstance(fault, FileFormatError):
                reason = fault.reason
                place = f"{fault.path}: {fault.place}" if fault.place else str(fault.path)
            groups.setdefault((reason, fault.remedy), []).append(place)
        for (reason, remedy), places in groups.items():
            yield reason, remedy, [place for place in places if place]


def check_submission(
    fixations: FixationSet,
    model: str,
    *,
    kind: Kind | None = None,
    resize: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> SubmissionCheck:
    """Check a submission as scoring would, without stopping at the first fault.

    Parameters
    ----------
    fixations : FixationSet
        The set to be scored on; only its stimuli are looked at.
    model : str
        As for :func:`~foveola.benchmark.load_models`.
    kind : Kind, optional
        What the model predicts, if it says nothing of its own.
    resize : bool, default False
        Whether maps may have another size than their stimulus.
    on_progress : callable, optional
        Called with the number of maps that are checked and that there are.
    """
    check = SubmissionCheck(stimuli=len(fixations.stimuli))
    try:
        loaded = outside_model(model, fixations, resize=resize, kind=kind, strict=False)
    except FoveolaError as error:
        check.faults.append(error)
        return check
    check.model, check.kind = loaded.name, loaded.kind
    if isinstance(loaded, SubmittedMaps):
        check.faults += loaded.faults
        check.missing = loaded.matches.missing
        _note_unused(check, loaded.matches.unused)
    like_densities = constant = 0
    missing = set(check.missing)
    for index, stimulus in enumerate(fixations.stimuli):
        if stimulus.id not in missing:
            values = _checked(check, loaded, stimulus_view(fixations, index))
            if values is not None:
                check.sound += 1
                constant += bool(values.min() == values.max())
                like_densities += loaded.kind == "saliency_map" and _is_log_density(values)
        if on_progress:
            on_progress(index + 1, check.stimuli)
    _note_values(check, like_densities, constant)
    return check


def _checked(
    check: SubmissionCheck, model: SaliencyModel, view: StimulusView
) -> NDArray[np.floating] | None:
    """Return a sound map; what is wrong with another is added to the faults."""
    try:
        values = _predicted(model, view)
        what = f"map of {view.stimulus.id!r}"
        if model.kind == "saliency_map":
            values = checked_map(values, what)
        else:
            values = checked_log_density(values, what)
        _check_shape(values, view)
        if model.kind == "log_density":
            _check_sum(values)
    except FoveolaError as error:
        check.faults.append(_placed(error, model, view))
        return None
    return values


def _predicted(model: SaliencyModel, view: StimulusView) -> NDArray[np.floating]:
    try:
        return model.predict(view)
    except FoveolaError:
        raise
    # The model is the submitter's own code: whatever it raises is for them to read.
    except Exception as error:
        raise FoveolaError(
            f"The model failed on {view.stimulus.id!r} ({type(error).__name__}: {error}).",
            remedy="Call it with that image by itself.",
        ) from error


def _check_shape(values: NDArray[np.floating], view: StimulusView) -> None:
    if values.shape != view.stimulus.shape:
        raise FoveolaError(
            f"The map of {view.stimulus.id!r} has (height, width) {values.shape}, "
            f"the stimulus {view.stimulus.shape}.",
            remedy="A map has the size of its stimulus.",
        )


def _check_sum(values: NDArray[np.floating]) -> None:
    total = float(logsumexp(values))
    if not abs(total) < LOG_SUM_TOLERANCE:
        hint = "" if values.max() <= 0 else " If these are saliency maps, say kind saliency_map."
        raise FoveolaError(
            f"The logarithm of the sum of its probabilities is {total:.4g}, not 0.",
            remedy=f"Subtract logsumexp(map) from each map.{hint}",
        )


def _placed(error: FoveolaError, model: SaliencyModel, view: StimulusView) -> FoveolaError:
    """Return the same fault with the name of the file, where there is one."""
    if isinstance(error, FileFormatError) or not isinstance(model, SubmittedMaps):
        return error
    return FileFormatError(model.path_of(view.stimulus.id), error.what, remedy=error.remedy)


def _is_log_density(values: NDArray[np.floating]) -> bool:
    return bool(values.max() <= 0) and abs(float(logsumexp(values))) < LOG_SUM_TOLERANCE


def _note_unused(check: SubmissionCheck, unused: list[str]) -> None:
    if unused:
        check.notes.append(
            f"{len(unused)} maps belong to no stimulus of the set, the first: {unused[0]!r}."
        )


def _note_values(check: SubmissionCheck, like_densities: int, constant: int) -> None:
    if constant:
        check.notes.append(
            f"{constant} maps are constant: they score as chance does. Was something lost in "
            "saving them?"
        )
    if like_densities:
        check.notes.append(
            f"{like_densities} maps look like log densities but are taken for saliency maps. If "
            "they are, say kind log_density."
        )
