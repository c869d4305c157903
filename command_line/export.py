"""``foveola export``: write what Foveola holds in the formats of others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from foveola.data_schema import FoveolaError

app = typer.Typer(no_args_is_help=True, help="Write maps and fixations in the formats of others.")

Maps = Annotated[Path, typer.Argument(help="A file of maps (.h5), as `foveola maps` writes it.")]
Folder = Annotated[Path, typer.Option("--output", "-o", help="The folder to write into.")]


@app.command()
def png(
    maps: Maps,
    output: Folder,
    bits: Annotated[int, typer.Option(help="8, to look at, or 16, to compute with.")] = 8,
) -> None:
    """Write each density as a grey PNG; white is its peak."""
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
    from foveola.fixation_maps.map_exports import export_npy

    _say(output, export_npy(maps, output, track=_track))


@app.command()
def mat(maps: Maps, output: Folder) -> None:
    """Write each density as a MATLAB file."""
    from foveola.fixation_maps.map_exports import export_mat

    _say(output, export_mat(maps, output, track=_track))


@app.command()
def overlay(maps: Maps, output: Folder) -> None:
    """Write each density in colour over its photograph."""
    from foveola.fixation_maps.map_exports import export_overlays

    _say(output, export_overlays(maps, output, track=_track))


def _track(indices: Sequence[int]) -> Iterable[int]:
    from rich.progress import track

    return track(indices, description="Export")


def _say(output: Path, count: int) -> None:
    from .words import number_of

    typer.echo(f"{output}: {number_of(count, 'file')}")
