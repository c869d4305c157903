"""Import UEyes: screenshots and posters, seen by a Gazepoint tracker."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from foveola.data_schema import FileFormatError, FixationSet, SetInfo, Stimulus, image_stimulus

from .published import IMAGE_ENDINGS, PUBLISHED, Viewings, files_in, find_part, natural_order

CITATION = (
    "Jiang, Y., Leiva, L. A., Rezazadegan Tavakoli, H., Houssel, P. R. B., Kylmälä, J., & "
    "Oulasvirta, A. (2023). UEyes: Understanding visual saliency across user interface types. CHI. "
    "doi:10.1145/3544548.3581096"
)
SCREEN_PX = (1920, 1200)
COLUMNS = ("MEDIA_NAME", "FPOGX", "FPOGY", "FPOGS", "FPOGD", "FPOGV")
LOG = re.compile(r"(?P<block>[^_]+)_[kK][hH](?P<observer>[^_]+)_fixations")


class GazepointRow(NamedTuple):
    """One fixation of a log: its image, its place as a share of the screen, and its time."""

    image: str
    x: float
    y: float
    onset_s: float
    duration_s: float


def import_ueyes(folder: str | Path) -> FixationSet:
    """Import UEyes from the tracker's logs of fixations.

    An image filled as much of the 1920 x 1200 screen as its shape allows, in the middle;
    fixations on the bars beside it are dropped and counted. Rows that are marked invalid, or that
    have too few or too many cells (some published logs have such), are left out; the note in the
    provenance says how many.

    Parameters
    ----------
    folder : path-like
        Holds ``images/`` (at the top or in folders) and ``eyetracker_logs/XX_khYYY_fixations.csv``.

    Raises
    ------
    FileFormatError
        If a part is missing, or a log lacks a column.
    """
    images = find_part(Path(folder), "images")
    root = images.parent
    paths = {path.name: path for path in files_in(images, "**/*", IMAGE_ENDINGS)}
    logs = files_in(find_part(root, "eyetracker_logs"), "*", [".csv"])
    names = sorted(paths, key=natural_order)
    stimuli = [image_stimulus(paths[name], relative_to=root) for name in names]
    index_of = {name: index for index, name in enumerate(names)}
    viewings, faulty = Viewings(), 0
    for path in logs:
        named = LOG.fullmatch(path.stem)
        if not named:
            raise FileFormatError(path, "its name is not XX_khYYY_fixations.csv.", remedy=PUBLISHED)
        seen: dict[str, list[GazepointRow]] = {}
        for row in gazepoint_rows(path):
            if row is None or row.image not in index_of:
                faulty += 1
            else:
                seen.setdefault(row.image, []).append(row)
        for name, rows in seen.items():
            stimulus = stimuli[index_of[name]]
            places = [_on_image(stimulus, row) for row in rows]
            viewings.add(
                index_of[name],
                named["observer"],
                [x_px for x_px, _ in places],
                [y_px for _, y_px in places],
                onset_s=[row.onset_s for row in rows],
                duration_s=[row.duration_s for row in rows],
            )
    note = f"{faulty} rows of the logs were left out: invalid, broken, or on no image of the set."
    return viewings.as_set(
        SetInfo(name="UEyes", citation=CITATION),
        stimuli,
        root,
        logs,
        {"dataset": "ueyes", "note": note},
    )


def gazepoint_rows(path: Path) -> Iterator[GazepointRow | None]:
    """Rows of a Gazepoint log of fixations; None for one that is broken or marked invalid.

    Raises
    ------
    FileFormatError
        If it is no such log, or a column is missing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [cell.strip() for cell in next(reader, [])]
            missing = [column for column in COLUMNS if column not in header]
            if missing:
                raise FileFormatError(
                    path, f"the column {missing[0]} is missing.", place="line 1", remedy=PUBLISHED
                )
            at = [header.index(column) for column in COLUMNS]
            for cells in reader:
                yield _row([cells[i] for i in at]) if len(cells) == len(header) else None
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileFormatError(
            path, f"this is no CSV ({error}).", remedy="Fetch it anew."
        ) from error


def _row(cells: list[str]) -> GazepointRow | None:
    try:
        x, y, onset_s, duration_s, valid = (float(cell) for cell in cells[1:])
    except ValueError:
        return None
    sound = valid == 1 and all(map(math.isfinite, (x, y, onset_s, duration_s))) and duration_s >= 0
    return GazepointRow(cells[0].strip(), x, y, onset_s, duration_s) if sound else None


def _on_image(stimulus: Stimulus, row: GazepointRow) -> tuple[float, float]:
    """Place in the pixels of an image that fills the screen as far as its shape allows."""
    width, height = SCREEN_PX
    scale = min(width / stimulus.width_px, height / stimulus.height_px)
    left = (width - scale * stimulus.width_px) / 2
    top = (height - scale * stimulus.height_px) / 2
    return (row.x * width - left) / scale, (row.y * height - top) / scale
