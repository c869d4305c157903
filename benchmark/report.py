"""The offline report of scores: a folder of pages and pictures that opens from disk."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import provenance

from .report_data import ReportData, open_report_data
from .report_folder import MARKER, refuse_foreign, replaced_folder
from .report_methods import (
    Interval,
    footer_facts,
    methods_paragraph,
    scored_counts,
)
from .report_pages import Made, image_page, leaderboard_page, stimulus_page, table_rows
from .report_pictures import Picture, write_pictures, write_scale

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]


def write_report(
    scores_path: str | Path,
    folder: str | Path,
    *,
    fixations_path: str | Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write scores as an offline HTML report.

    Parameters
    ----------
    scores_path : path-like
        ``SCORES.csv``; the companion ``SCORES.h5`` beside it brings protocol and pictures.
    folder : path-like
        The report's folder; an older report there is replaced, anything else is refused.
    fixations_path : path-like, optional
        The fixations that were scored; by default the file that the companion names.
    progress : callable, optional
        Called as ``progress(done, total)`` after each image.

    Returns
    -------
    Path
        The page to open, ``index.html``.

    Raises
    ------
    FoveolaError
        If a file is damaged, the files don't belong together, or the folder is taken.
    """
    folder = Path(folder)
    refuse_foreign(folder)
    given = Path(fixations_path) if fixations_path is not None else None
    with open_report_data(Path(scores_path), given) as data, replaced_folder(folder) as part:
        _write_pages(part, data, progress)
    return folder / "index.html"


def _write_pages(folder: Path, data: ReportData, progress: Progress | None) -> None:
    made_by = provenance()
    interval = Interval("95 % bootstrap interval", 1000, 0)
    made = Made(made_by.foveola_version, footer_facts(data, interval, made_by))
    means, lows, highs = mean_and_interval(data.values, interval)
    here = Path(__file__).parent
    for name in ("report.css", "report.js"):
        shutil.copyfile(here / name, folder / name)
    (folder / "images").mkdir()
    (folder / "pictures").mkdir()
    write_scale(folder / "pictures")
    thumbs = _write_images(folder, data, made, progress)
    _write_text(
        folder / "index.html",
        leaderboard_page(
            data,
            table_rows(data, means, lows, highs),
            thumbs,
            made,
            tiles=_tiles(data),
            interval_name=interval.name,
            methods=methods_paragraph(data, interval),
        ),
    )
    _write_csv(folder / "leaderboard.csv", data, means, lows, highs)
    _write_text(folder / MARKER, made_by.model_dump_json(indent=2) + "\n")


def _write_images(
    folder: Path, data: ReportData, made: Made, progress: Progress | None
) -> list[Picture | None]:
    thumbs = []
    sigma_px = data.pictures.protocol.sigma_px if data.pictures else 1.0
    for i in range(len(data.stimuli)):
        pictures = write_pictures(
            folder / "pictures" / f"{i + 1:04d}",
            data.fixations,
            data.fixation_index(i),
            sigma_px,
            data.pictures,
            data.picture_places(i),
        )
        _write_text(folder / "images" / stimulus_page(i), image_page(data, i, pictures, made))
        thumbs.append(pictures.thumb)
        if progress:
            progress(i + 1, len(data.stimuli))
    return thumbs


def _tiles(data: ReportData) -> list[tuple[str, str]]:
    observers, fixations = scored_counts(data)
    tiles = [(f"{len(data.models):,}", "models"), (f"{len(data.stimuli):,}", "images")]
    if data.fixations:
        tiles += [(f"{observers:,}", "observers"), (f"{fixations:,}", "fixations")]
    if data.pictures:
        tiles.append((data.pictures.protocol.profile, "profile"))
    return tiles


def mean_and_interval(values: Floats, interval: Interval) -> tuple[Floats, Floats, Floats]:
    """Means over images and the ends of their bootstrap intervals, shape (model, metric)."""
    rng = np.random.default_rng(interval.seed)
    n = values.shape[1]
    means = np.nanmean(values, axis=1)
    draws = np.stack(
        [np.nanmean(values[:, rng.integers(0, n, n)], axis=1) for _ in range(interval.resamples)]
    )
    low, high = np.nanpercentile(draws, [2.5, 97.5], axis=0)
    return means, low, high


def _write_csv(path: Path, data: ReportData, means: Floats, lows: Floats, highs: Floats) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["model", "metric", "mean", "low", "high"])
        for i, model in enumerate(data.models):
            for j, metric in enumerate(data.metrics):
                writer.writerow([model, metric, means[i, j], lows[i, j], highs[i, j]])


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="xmlcharrefreplace")
