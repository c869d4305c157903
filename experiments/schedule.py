"""The order of trials: random, but the same for the same seed and observer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foveola.data_schema import Screen, Stimulus, image_stimulus

from .picture import Placement, fit


@dataclass(frozen=True)
class ScheduledTrial:
    """One image to be shown.

    Attributes
    ----------
    index : int
        From 0, in the order of showing.
    stimulus : Stimulus
        What it is.
    path : Path
        Its file.
    placement : Placement
        Where it stands on the screen.
    drift_check : bool
        Whether the gaze is checked before it.
    """

    index: int
    stimulus: Stimulus
    path: Path
    placement: Placement
    drift_check: bool


def observer_generator(seed: int, *words: str) -> np.random.Generator:
    """Generator that depends on a seed and on words, as the observer's id, alone."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def schedule(
    images: Mapping[str, Path],
    screen: Screen,
    generator: np.random.Generator,
    *,
    relative_to: Path,
    drift_check_every: int = 0,
    enlarge: bool = False,
) -> tuple[ScheduledTrial, ...]:
    """Order the images of a session at random.

    Parameters
    ----------
    images : mapping of str to Path
        Files by stimulus id; their order here decides with the generator.
    screen : Screen
        Where they are shown.
    generator : numpy.random.Generator
        As :func:`observer_generator` makes it.
    relative_to : Path
        Folder of the recording, to which the stored paths are relative.
    drift_check_every : int, default 0
        A drift check comes before every so manieth trial but the first; 0: never.
    enlarge : bool, default False
        Whether images smaller than the screen are enlarged.

    Raises
    ------
    FileFormatError
        If an image can't be read.
    """
    ids = list(images)
    order = generator.permutation(len(ids))
    trials = []
    for index, chosen in enumerate(order):
        path = images[ids[chosen]]
        # Decoded now: a broken image must not surprise anybody with an observer in the chair.
        stimulus = image_stimulus(
            path, stimulus_id=ids[chosen], relative_to=relative_to, decode=True
        )
        trials.append(
            ScheduledTrial(
                index=index,
                stimulus=stimulus,
                path=path,
                placement=fit(stimulus, screen, enlarge=enlarge),
                drift_check=index > 0 and drift_check_every > 0 and index % drift_check_every == 0,
            )
        )
    return tuple(trials)
