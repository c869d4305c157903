"""Write a set and its maps as a folder in the layout of SALICON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from foveola.data_schema import (
    FixationSet,
    FoveolaError,
    open_fixation_maps,
    written_whole,
)

from .map_exports import (
    Track,
    copy_image,
    output_paths,
    require_maps_of,
    write_export_provenance,
)
from .mat_writing import write_mat

SPLITS = ("train", "val", "test")


def export_salicon(
    fixations: FixationSet,
    folder: str | Path,
    maps: str | Path | None = None,
    *,
    split: str = "train",
    inputs: Sequence[Path] = (),
    track: Track = iter,
) -> int:
    """Write ``images/``, ``fixations/`` and, where maps are given, ``maps/`` of one split.

    Places count from 1, as SALICON's do. Each observer of an image has the fields ``location``
    and ``fixations`` (both the fixations' places: there is no finer track) and ``timestamp``
    (onsets in ms, or the order where they are not known). Maps are 8-bit PNGs. Stimuli in the
    folders train, val and test keep them; the others go to ``split``.

    Parameters
    ----------
    fixations : FixationSet
        The set.
    folder : path-like
        Where the folders go.
    maps : path-like, optional
        A file of maps of the same set.
    split : str, default "train"
        ``train``, ``val`` or ``test``.
    inputs : sequence of Path, optional
        Files the set came from, for the provenance, which goes to ``foveola_provenance.json``.
    track : callable, optional
        Shows progress.

    Returns
    -------
    int
        Number of stimuli.

    Raises
    ------
    FoveolaError
        If the maps are of another set, or names lead out of the folder.
    """
    folder = Path(folder)
    if split not in SPLITS:
        raise FoveolaError(f"SALICON has no split {split!r}.", remedy=f"Use {', '.join(SPLITS)}.")
    names = [path.as_posix() for path in output_paths(Path(), fixations.stimuli, ".mat")]
    placed = [
        name if PurePosixPath(name).parts[0] in SPLITS else f"{split}/{name}" for name in names
    ]
    for index in track(range(len(fixations.stimuli))):
        path = folder / "fixations" / placed[index]
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as part:
            write_mat(part, _content(fixations, index), do_compression=True)
        copy_image(fixations, index, (folder / "images" / placed[index]).with_suffix(""))
    if maps is not None:
        _write_maps(fixations, Path(maps), folder / "maps", placed)
    parameters = {"set": fixations.info.name, "format": "salicon"}
    write_export_provenance(folder, parameters, inputs)
    return len(placed)


def _content(fixations: FixationSet, index: int) -> dict[str, object]:
    stimulus, rows = fixations.stimuli[index], fixations.of(index)
    observers = np.unique(rows["observer"])
    gaze = np.empty(
        (len(observers), 1), [(n, object) for n in ("location", "timestamp", "fixations")]
    )
    for i, observer in enumerate(observers):
        his = rows[rows["observer"] == observer]
        places = np.column_stack([his["x_px"], his["y_px"]]) + 1
        onset_ms = his["onset_s"] * 1000
        gaze[i, 0]["location"] = gaze[i, 0]["fixations"] = places
        known = np.isfinite(onset_ms).all()
        gaze[i, 0]["timestamp"] = (onset_ms if known else his["order"].astype(float))[:, None]
    return {
        "image": PurePosixPath(stimulus.id).name,
        "resolution": np.array([stimulus.shape], float),
        "gaze": gaze,
    }


def _write_maps(fixations: FixationSet, maps: Path, folder: Path, names: Sequence[str]) -> None:
    with open_fixation_maps(maps) as opened:
        require_maps_of(fixations, maps, opened)
        for index, name in enumerate(names):
            if not opened.maps[index].fixations:
                continue
            density = opened.density(index)
            path = (folder / name).with_suffix(".png")
            path.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(path) as part:
                levels = np.round(density / density.max() * 255).astype(np.uint8)
                Image.fromarray(levels).save(part, format="PNG")
