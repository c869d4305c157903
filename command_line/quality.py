"""``foveola quality``: judge the data quality of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    recordings: Annotated[
        list[Path], typer.Argument(help="Recordings (.h5), or folders that hold them.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for a JSON file and a figure of each."),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option("--limit", help="What is still good, as accuracy_deg=0.5; may be repeated."),
    ] = None,
    detector: Annotated[
        str, typer.Option(help="Detector of the fixations and saccades that are measured.")
    ] = "motion",
    share: Annotated[
        float, typer.Option("--bcea", min=0.01, max=0.99, help="P of the BCEA.")
    ] = 0.68,
) -> None:
    """Measure accuracy, precision, loss, gaps and clocks of recordings, and grade them."""
    from foveola.data_schema import FoveolaError
    from foveola.fixation_maps.detectors import detector_of, parse_parameters
    from foveola.fixation_maps.gaze_quality_files import report_quality, words_of
    from foveola.fixation_maps.quality_grade import limits_of
    from foveola.fixation_maps.recording_files import recording_files

    limits = limits_of({name: float(one) for name, one in parse_parameters(limit or []).items()})
    detect = detector_of(detector)
    faults: list[FoveolaError] = []
    for path in recording_files(recordings):
        try:
            found, written = report_quality(
                path, detect, output, limits=limits, bcea_share=share, detector=detector
            )
        except FoveolaError as fault:
            faults.append(fault)
            continue
        typer.echo(f"{path}\n{words_of(found)}")
        for file in written:
            typer.echo(f"  written: {file}")
    for left_out in faults:
        typer.secho(f"Left out: {left_out}", err=True, fg="red")
    if faults:
        raise typer.Exit(1)
