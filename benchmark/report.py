"""The offline report of scores: a folder of pages and pictures that opens from disk."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import provenance

from .leaderboard import CONFIDENCE, RESAMPLES, bootstrap_means
from .report_data import ReportData, open_report_data
from .report_folder import MARKER, refuse_foreign, replaced_folder
from .report_groups import group_letters
from .report_methods import (
    Interval,
    footer_facts,
    methods_paragraph,
    model_counts,
    scored_counts,
)
from .report_models import write_model_pages
from .report_pages import (
    Made,
    categories_of,
    category_page,
    image_page,
    leaderboard_page,
    stimulus_page,
)
from .report_pictures import Picture, write_pictures, write_scales
from .report_table import ModelLine, columns, order_by, table_rows

Floats = NDArray[np.float64]
OnProgress = Callable[[int, int], None]


def write_report(
    scores_path: str | Path,
    folder: str | Path,
    *,
    fixations_path: str | Path | None = None,
    seed: int = 0,
    on_progress: OnProgress | None = None,
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
    seed : int, default 0
        Of the bootstrap that makes the intervals.
    on_progress : callable, optional
        Called with the number of images that are done and that there are.

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
        _write_pages(part, data, seed, on_progress)
    return folder / "index.html"


def _write_pages(folder: Path, data: ReportData, seed: int, on_progress: OnProgress | None) -> None:
    made_by = provenance(inputs=data.inputs, seed=seed)
    interval = Interval(f"{CONFIDENCE * 100:.0f}% bootstrap interval", RESAMPLES, seed)
    made = Made(made_by.foveola_version, footer_facts(data, interval, made_by))
    here = Path(__file__).parent
    for name in ("report.css", "report.js", "report_image.js"):
        shutil.copyfile(here / name, folder / name)
    (folder / "images").mkdir()
    (folder / "pictures").mkdir()
    write_scales(folder / "pictures")
    bounds = bootstrap_means(data.values, seed=seed)
    order = [row.name for row in table_rows(data, bounds[0])]
    thumbs = _write_images(folder, data, made, order, on_progress)
    _write_leaderboards(folder, data, thumbs, made, interval)
    write_model_pages(folder, data, thumbs, made)
    _write_csv(folder / "leaderboard.csv", data, bounds)
    _write_text(folder / MARKER, made_by.model_dump_json(indent=2) + "\n")


def _write_leaderboards(
    folder: Path,
    data: ReportData,
    thumbs: Sequence[Picture | None],
    made: Made,
    interval: Interval,
) -> None:
    """Write the leaderboard of all images, and one for each category."""
    categories = categories_of(data.stimuli)
    pages: list[tuple[int | None, Sequence[int], Path]] = [
        (None, range(len(data.stimuli)), folder / "index.html")
    ]
    if categories:
        (folder / "categories").mkdir()
        pages += [
            (i, category.stimuli, folder / "categories" / category_page(i))
            for i, category in enumerate(categories)
        ]
    for number, stimuli, path in pages:
        part = data if number is None else data.of_stimuli(stimuli)
        page = leaderboard_page(
            part,
            leaderboard_rows(part, interval.seed),
            [thumbs[i] for i in stimuli],
            made,
            tiles=_tiles(part),
            interval_name=interval.name,
            methods=methods_paragraph(part, interval),
            shown_stimuli=stimuli,
            categories=categories,
            category=number,
        )
        _write_text(path, page)


def leaderboard_rows(data: ReportData, seed: int) -> tuple[ModelLine, ...]:
    """Rows of the leaderboard with intervals, and letters of groups that do not differ."""
    means, lows, highs = bootstrap_means(data.values, seed=seed)
    best_first = [order_by(means[:, j], column) for j, column in enumerate(columns(data.metrics))]
    letters = group_letters(data.values, best_first, seed=seed)
    return table_rows(data, means, (lows, highs), letters)


def _write_images(
    folder: Path, data: ReportData, made: Made, order: list[str], on_progress: OnProgress | None
) -> list[Picture | None]:
    thumbs = []
    for i in range(len(data.stimuli)):
        pictures = write_pictures(
            folder / "pictures" / f"{i + 1:04d}",
            data.fixations,
            data.fixation_index(i),
            data.sigma_px,
            data.pictures,
            data.picture_places(i),
        )
        page = image_page(data, i, pictures, made, order)
        _write_text(folder / "images" / stimulus_page(i), page)
        thumbs.append(pictures.thumb)
        if on_progress:
            on_progress(i + 1, len(data.stimuli))
    return thumbs


def _tiles(data: ReportData) -> list[tuple[str, str]]:
    observers, fixations = scored_counts(data)
    competing, references = model_counts(data)
    tiles = [(f"{competing:,}", "model" if competing == 1 else "models")]
    if references:
        tiles.append((f"{references:,}", "reference" if references == 1 else "references"))
    tiles.append((f"{len(data.stimuli):,}", "images"))
    if data.fixations:
        tiles += [(f"{observers:,}", "observers"), (f"{fixations:,}", "fixations")]
    if data.pictures:
        tiles.append((data.pictures.protocol.profile, "profile"))
    return tiles


def _write_csv(path: Path, data: ReportData, bounds: Sequence[Floats]) -> None:
    images = np.count_nonzero(~np.isnan(data.values), axis=1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["model", "metric", "mean", "low", "high", "images"])
        for i, model in enumerate(data.models):
            for j, metric in enumerate(data.metrics):
                figures = ["" if np.isnan(b[i, j]) else repr(float(b[i, j])) for b in bounds]
                writer.writerow([_harmless(model), _harmless(metric), *figures, images[i, j]])


def _harmless(name: str) -> str:
    """A name that spreadsheets don't take for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="xmlcharrefreplace")
