"""The trials of a session: practice and experiment, in the same order for the same observer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from foveola.data_schema import Stimulus, image_stimulus

from .order import observer_generator, observer_number, ordered
from .picture import Placement, fit
from .settings import VIDEO_SUFFIXES, ExperimentSettings, practice_paths, stimulus_paths
from .video import video_stimulus


@dataclass(frozen=True)
class ScheduledTrial:
    """One showing of one image or video.

    Attributes
    ----------
    index : int
        From 0, in the order of showing; practice comes first.
    stimulus : Stimulus
        What it is.
    path : Path
        Its file.
    placement : Placement
        Where it stands on the screen.
    drift_check : bool
        Whether the gaze is checked before it.
    block : int
        From 0; practice is in the first one.
    practice : bool
        Whether it is not to be analysed.
    repeat : int
        How often the image was shown before by intent.
    maybe_seen : bool
        Whether a session broke off at the very moment at which it would have appeared.
    """

    index: int
    stimulus: Stimulus
    path: Path
    placement: Placement
    drift_check: bool
    block: int = 0
    practice: bool = False
    repeat: int = 0
    maybe_seen: bool = False


def schedule(
    settings: ExperimentSettings, observer: str, session: str = "", *, relative_to: Path
) -> tuple[ScheduledTrial, ...]:
    """Plan the trials of an observer's session.

    Parameters
    ----------
    settings : ExperimentSettings
        Images, order, repeats, blocks, practice.
    observer, session : str
        Whose session; with the seed they decide the order.
    relative_to : Path
        Folder of the recording, to which the stored paths are relative.

    Raises
    ------
    FoveolaError
        If an image can't be read, or the order can't be had.
    """
    every = settings.drift_check.every_trials
    practice = _described(settings, practice_paths(settings), relative_to)
    images = _described(settings, stimulus_paths(settings), relative_to)
    places = ordered(
        len(images),
        settings.order,
        repeats=settings.repeats,
        block_trials=settings.blocks.trials,
        block_count=settings.blocks.count,
        seed=settings.seed,
        row=observer_number(observer[:-1] if settings.observer_ids == "checked" else observer),
        generator=observer_generator(settings.seed, "order", observer, session),
    )
    trials = [
        ScheduledTrial(index, *one, drift_check=False, practice=True)
        for index, one in enumerate(practice)
    ]
    trials += [
        ScheduledTrial(
            len(practice) + number,
            *images[place.image],
            drift_check=number > 0 and every > 0 and number % every == 0,
            block=place.block,
            repeat=place.repeat,
        )
        for number, place in enumerate(places)
    ]
    return tuple(trials)


def scheduled_stimuli(trials: Iterable[ScheduledTrial]) -> list[Stimulus]:
    """Their stimuli, each once."""
    return list({trial.stimulus.id: trial.stimulus for trial in trials}.values())


_Described = tuple[Stimulus, Path, Placement]


def _described(
    settings: ExperimentSettings, files: Mapping[str, Path], folder: Path
) -> list[_Described]:
    described = []
    for name, path in files.items():
        if path.suffix.lower() in VIDEO_SUFFIXES:
            stimulus = video_stimulus(path, stimulus_id=name, relative_to=folder)
        else:
            # Decoded now: a broken image must not surprise anybody with an observer in the chair.
            stimulus = image_stimulus(path, stimulus_id=name, relative_to=folder, decode=True)
        placement = fit(stimulus, settings.screen, enlarge=settings.enlarge)
        described.append((stimulus, path, placement))
    return described
