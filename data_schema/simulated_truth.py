"""What a simulated observer really did: the truth that everything after it is judged against."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .events import EVENT_DTYPE, Events
from .hdf5_file import new_file, open_file, read_provenance
from .hdf5_records import (
    member,
    read_columns,
    read_record,
    read_table,
    write_columns,
    write_record,
    write_table,
)
from .provenance import Provenance
from .screen import Screen
from .stimulus import Stimulus

FORMAT, VERSION = "foveola.truth", "1.0"


@dataclass(frozen=True)
class SimulatedTruth:
    """Events that were made, and the densities that fixations were drawn from.

    Attributes
    ----------
    screen : Screen
        Where the events happened.
    stimuli : tuple of Stimulus
        What was looked at.
    densities : tuple of ndarray, shape (height, width) of each stimulus
        Priority maps; each sums to 1.
    events : ndarray of EVENT_DTYPE, shape (n,)
        True fixations, saccades and blinks on the recorder's clock, in screen pixels.
    provenance : Provenance
        Parameters and seed of the simulation.
    """

    screen: Screen
    stimuli: tuple[Stimulus, ...]
    densities: tuple[NDArray[np.float64], ...]
    events: Events
    provenance: Provenance


def write_truth(path: str | Path, truth: SimulatedTruth) -> None:
    """Write the truth beside its recording; an existing file is never overwritten."""
    with new_file(path, FORMAT, VERSION, truth.provenance, overwrite=False) as file:
        write_record(file, "screen", truth.screen)
        write_table(file, "stimuli", Stimulus, truth.stimuli)
        write_columns(file, "events", truth.events)
        group = file.create_group("density")
        for i, density in enumerate(truth.densities):
            group.create_dataset(
                str(i),
                data=density.astype("<f4"),
                compression="gzip",
                shuffle=True,
                fletcher32=True,
            )


def read_truth(path: str | Path) -> SimulatedTruth:
    """Read the truth of a simulated recording; FileFormatError names what is wrong."""
    path = Path(path)
    with open_file(path, FORMAT, VERSION) as file:
        stimuli = tuple(read_table(path, file, "stimuli", Stimulus))
        densities = member(path, file, "density", object)
        return SimulatedTruth(
            screen=read_record(path, file, "screen", Screen),
            stimuli=stimuli,
            densities=tuple(
                np.asarray(member(path, densities, str(i), object)[()], float)
                for i in range(len(stimuli))
            ),
            events=read_columns(path, file, "events", EVENT_DTYPE),
            provenance=read_provenance(path, file),
        )
