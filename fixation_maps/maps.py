"""Fixation density maps of a whole set, written one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from foveola.data_schema import (
    FixationSet,
    MapInfo,
    new_fixation_maps,
    pixel_of,
    provenance,
    relative_path,
)

from .density import Mode, density_map
from .sigma import parse_sigma

#: Passes indices on while it shows how far they are, as :func:`rich.progress.track`.
Track = Callable[[Iterable[int]], Iterable[int]]


def write_maps(
    fixations: FixationSet,
    path: str | Path,
    sigma: str = "1deg",
    *,
    truncate: float = 4.0,
    mode: Mode = "reflect",
    inputs: Iterable[Path] = (),
    track: Track = iter,
) -> None:
    """Write the density map of every stimulus of a set, with flat memory.

    Parameters
    ----------
    fixations : FixationSet
        The set.
    path : path-like
        The file of maps to be.
    sigma : str, default "1deg"
        Standard deviation of the Gaussian: degrees of visual angle (``1deg``) or stimulus pixels
        (``24px``). One degree is the usual width (Le Meur & Baccino 2013,
        doi:10.3758/s13428-012-0226-9): about the size of the fovea.
    truncate : float, default 4
        The kernel ends after so many standard deviations.
    mode : str, default "reflect"
        What lies beyond the border, as scipy names it.
    inputs : iterable of Path, optional
        Files the set came from, for the provenance.
    track : callable, optional
        Shows progress.

    Raises
    ------
    FoveolaError
        If sigma can't be read, or is in degrees where the pixels per degree are unknown.
    """
    px_per_deg = fixations.info.px_per_deg
    sigma_px = parse_sigma(sigma).in_px(px_per_deg)
    info = MapInfo(
        sigma_px=sigma_px,
        sigma_deg=sigma_px / px_per_deg,
        px_per_deg=px_per_deg,
        truncate=truncate,
        mode=mode,
    )
    source = provenance(
        {"set": fixations.info.name, "sigma": sigma, "truncate": truncate, "mode": mode},
        inputs=inputs,
    )
    with new_fixation_maps(path, info, source) as writer:
        for index in track(range(len(fixations.stimuli))):
            stimulus, table = fixations.stimuli[index], fixations.of(index)
            if stimulus.path:
                place = relative_path(fixations.stimulus_path(index), Path(path).parent)
                stimulus = stimulus.model_copy(update={"path": place})
            rows, columns = pixel_of(table)
            density = density_map(
                rows, columns, stimulus.shape, sigma_px, truncate=truncate, mode=mode
            )
            writer.append(stimulus, density, len(table), len(np.unique(table["observer"])))
