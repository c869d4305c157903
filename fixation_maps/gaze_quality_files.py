"""The data quality of recordings in words, as JSON and as a figure."""

from __future__ import annotations

import json
from pathlib import Path

from foveola.data_schema import provenance, read_recording, written_whole

from .detectors import Detector, parameters_of
from .gaze_quality import Quality, quality_of
from .quality_grade import Limits


def report_quality(
    path: Path,
    detect: Detector,
    folder: Path | None = None,
    *,
    limits: Limits | None = None,
    bcea_share: float = 0.68,
    detector: str = "",
) -> tuple[Quality, list[Path]]:
    """Judge a recording, and write what was found as NAME.quality.json and NAME.quality.png.

    Parameters
    ----------
    path : Path
        The recording.
    detect : Detector
        Finds the events that are measured.
    folder : Path, optional
        Where to write; nothing is written by default. It is made where it is missing.
    limits : Limits, optional
        What is good, and what is fair.
    bcea_share : float
        P of the BCEA.
    detector : str
        Name of the detector, for the provenance.

    Returns
    -------
    quality : Quality
    written : list of Path
        The files.

    Raises
    ------
    FileFormatError
        If the recording can't be read.
    """
    recording = read_recording(path)
    found = quality_of(recording, detect, limits=limits, bcea_share=bcea_share)
    if folder is None:
        return found, []
    from .figure_style import save_figure
    from .gaze_quality_figure import quality_figure

    folder.mkdir(parents=True, exist_ok=True)
    source = provenance(
        {"detector": detector, "detector_parameters": parameters_of(detect)}, inputs=[path]
    )
    text, figure = (folder / f"{path.stem}.quality.{end}" for end in ("json", "png"))
    content = {"recording": path.name, **found.as_json(), "provenance": source.model_dump()}
    with written_whole(text) as part:
        part.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    save_figure(quality_figure(found, recording, path.stem), figure, source.model_dump_json())
    return found, [text, figure]


def words_of(found: Quality) -> str:
    """Describe the quality of a recording in lines of text."""
    lines = [
        f"  {found.samples:,} samples in {found.duration_s:.1f} s at "
        f"{found.nominal_rate_hz:g} Hz, {len(found.gaps_s)} gaps"
        + (f" up to {found.gaps_s.max():.3f} s" if len(found.gaps_s) else "")
    ]
    lines += [
        f"  {eye.eye:<5} eye: loss {eye.loss_by_validity:.1%} of the samples, "
        f"{max(eye.loss_by_count, 0):.1%} of those expected; "
        f"effective rate {eye.effective_rate_hz:.1f} Hz; "
        f"RMS-S2S {eye.rms_s2s_deg:.3f}, STD {eye.std_deg:.3f} deg, "
        f"BCEA (P = {found.bcea_share:g}) {eye.bcea_deg2:.3f} deg2"
        for eye in found.eyes
    ]
    lines += [
        f"  target ({one.target_x_px:.0f}, {one.target_y_px:.0f}) px, {one.eye}: "
        f"{one.error_deg:.2f} deg"
        for one in found.targets
    ]
    clock = found.clock
    if clock.pairs:
        lines.append(
            f"  clock: offset {clock.offset_s:.6f} s, drift {clock.drift_ppm:.2f} ppm, "
            f"residual {clock.residual_s * 1e6:.0f} us, {clock.pairs} pairs"
        )
    sequence = found.sequence
    lines.append(
        f"  main sequence: {sequence.saccades} saccades, {sequence.limit_deg_s:.0f} deg/s, "
        f"{sequence.scale_deg:.1f} deg, {sequence.explained:.0%} explained"
        if sequence.limit_deg_s == sequence.limit_deg_s
        else f"  main sequence: {sequence.saccades} saccades, too few to fit"
    )
    lines += [
        f"  {one.grade:<7} {one.name.lower()}: {one.found} ({one.limits})" for one in found.checks
    ]
    return "\n".join([*lines, f"  {found.verdict}"])
