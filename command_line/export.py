"""``foveola export``: write what Foveola holds in the formats of others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from foveola.data_schema import FoveolaError

from .consent import require_shareable_maps, require_shareable_set, shareable_recordings, tell

app = typer.Typer(
    no_args_is_help=True, help="Write maps, fixations and recordings in the formats of others."
)

Maps = Annotated[Path, typer.Argument(help="A file of maps (.h5), as `foveola maps` writes it.")]
Fixations = Annotated[Path, typer.Argument(help="A fixation set (.h5).")]
MapsToo = Annotated[
    Path | None, typer.Option("--maps", help="A file of maps of the same set, written too.")
]
Folder = Annotated[Path, typer.Option("--output", "-o", help="The folder to write into.")]


@app.command()
def png(
    maps: Maps,
    output: Folder,
    bits: Annotated[int, typer.Option(help="8, to look at, or 16, to compute with.")] = 8,
) -> None:
    """Write each density as a grey PNG; white is its peak."""
    require_shareable_maps(maps)
    from foveola.fixation_maps.map_exports import export_png

    if bits == 8:
        _say(output, export_png(maps, output, bits=8, track=_track))
    elif bits == 16:
        _say(output, export_png(maps, output, bits=16, track=_track))
    else:
        raise FoveolaError(f"A PNG has no {bits} bits.", remedy="Choose 8 or 16.")


@app.command()
def npy(maps: Maps, output: Folder) -> None:
    """Write each density as a NumPy file."""
    require_shareable_maps(maps)
    from foveola.fixation_maps.map_exports import export_npy

    _say(output, export_npy(maps, output, track=_track))


@app.command()
def mat(maps: Maps, output: Folder) -> None:
    """Write each density as a MATLAB file."""
    require_shareable_maps(maps)
    from foveola.fixation_maps.map_exports import export_mat

    _say(output, export_mat(maps, output, track=_track))


@app.command()
def overlay(maps: Maps, output: Folder) -> None:
    """Write each density in colour over its photograph."""
    require_shareable_maps(maps)
    from foveola.fixation_maps.map_exports import export_overlays

    _say(output, export_overlays(maps, output, track=_track))


@app.command()
def salicon(
    fixations: Fixations,
    output: Folder,
    maps: MapsToo = None,
    split: Annotated[str, typer.Option(help="train, val or test.")] = "train",
) -> None:
    """Write a set as a folder in the layout of SALICON."""
    from foveola.data_schema import read_fixation_set
    from foveola.fixation_maps.salicon_export import export_salicon

    loaded = read_fixation_set(fixations)
    require_shareable_set(loaded, fixations, maps)
    count = export_salicon(loaded, output, maps, split=split, inputs=[fixations], track=_track)
    _say(output, count, "stimulus", "stimuli")


@app.command()
def mit1003(fixations: Fixations, output: Folder, maps: MapsToo = None) -> None:
    """Write a set as a folder in the layout of MIT1003."""
    from foveola.data_schema import read_fixation_set
    from foveola.fixation_maps.mit1003_export import export_mit1003

    loaded = read_fixation_set(fixations)
    require_shareable_set(loaded, fixations, maps)
    count = export_mit1003(loaded, output, maps, inputs=[fixations], track=_track)
    _say(output, count, "stimulus", "stimuli")


@app.command()
def pysaliency(
    fixations: Fixations,
    output: Folder,
    maps: MapsToo = None,
    log_density: Annotated[
        bool, typer.Option("--log-density", help="Write logarithms, for pysaliency.HDF5Model.")
    ] = False,
) -> None:
    """Write a set as pysaliency's stimuli.hdf5 and fixations.hdf5; maps as predictions.hdf5."""
    from foveola.data_schema import read_fixation_set
    from foveola.fixation_maps.pysaliency_export import export_pysaliency, export_pysaliency_maps

    loaded = read_fixation_set(fixations)
    require_shareable_set(loaded, fixations, maps)
    count = export_pysaliency(loaded, output, inputs=[fixations])
    _say(output, count, "stimulus", "stimuli")
    if count < len(loaded.stimuli):
        typer.echo(f"{len(loaded.stimuli) - count} more have no image, which pysaliency needs.")
    if maps is not None:
        path = output / "predictions.hdf5"
        _say(path, export_pysaliency_maps(maps, path, log_density=log_density, track=_track), "map")


@app.command()
def bids(
    recordings: Annotated[list[Path], typer.Argument(help="Recordings (.h5), one or more.")],
    output: Folder,
    task: Annotated[str, typer.Option(help="Name of the task, letters and digits.")] = "freeview",
) -> None:
    """Write recordings as a BIDS data set (1.11, eye tracking), of whoever consents to it."""
    from foveola.tracking import export_bids

    found = shareable_recordings(recordings, raw=True)
    tell(found)
    if not found.paths:
        raise FoveolaError("No observer consents to share raw gaze.")
    _say(output, export_bids(found.paths, output, task=task))


def _track(indices: Sequence[int]) -> Iterable[int]:
    from rich.progress import track

    return track(indices, description="Export")


def _say(output: Path, count: int, thing: str = "file", things: str = "") -> None:
    from .words import number_of

    typer.echo(f"{output}: {number_of(count, thing, things)}")
