"""The pages of a report: what the templates show, as text and numbers, and their rendering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import numpy as np
from numpy.typing import NDArray

from .breakdown import category_of
from .report_data import ReportData
from .report_pictures import Picture, StimulusPictures
from .report_table import Line, ModelLine, columns, reference_models, table_rows
from .report_text import counted, shown

Floats = NDArray[np.float64]

HEADLINE = ("IG", "AUC", "NSS")


class Dot(NamedTuple):
    """A fixation as the page draws it: place and radius in stimulus pixels, and when it was."""

    x: float
    y: float
    radius: float
    onset: float
    duration: float


@dataclass(frozen=True)
class ObserverDots:
    """One observer's fixations as the page draws them, in stimulus pixels."""

    observer: str
    path: str
    dots: tuple[Dot, ...] = field(repr=False)


def observer_dots(data: ReportData, index: int) -> tuple[ObserverDots, ...]:
    """Fixations of each observer on a stimulus of the fixation set, ready to be drawn.

    The area of a dot grows with the fixation's duration. Onsets are in seconds where all are
    known (:func:`timed`), else each fixation lasts for one step of the order.
    """
    fixations = data.fixations
    if fixations is None:
        return ()
    stimulus, rows = fixations.stimuli[index], fixations.of(index)
    unit = max(stimulus.width_px, stimulus.height_px) / 130
    durations = np.nan_to_num(rows["duration_s"], nan=0.25)
    radii = unit * np.sqrt(np.clip(durations / 0.25, 0.35, 4))
    in_seconds = timed(rows)
    onsets = rows["onset_s"] if in_seconds else rows["order"]
    lengths = durations if in_seconds else np.ones(len(rows))
    drawn = np.column_stack([rows["x_px"], rows["y_px"], radii, onsets, lengths])
    groups = []
    for observer in np.unique(rows["observer"]):
        own = rows["observer"] == observer
        dots = tuple(
            Dot(round(x, 1), round(y, 1), round(radius, 1), round(onset, 3), round(length, 3))
            for x, y, radius, onset, length in drawn[own].tolist()
        )
        path = "M" + "L".join(f"{dot.x} {dot.y}" for dot in dots)
        groups.append(ObserverDots(fixations.observers[observer], path, dots))
    return tuple(groups)


def timed(rows: NDArray[np.void]) -> bool:
    """Whether it is known when each fixation was."""
    known = np.isfinite(rows["onset_s"]) & (rows["onset_s"] >= 0)
    # Sets without times say 0 for all.
    return bool(known.all() and (len(rows) < 2 or np.ptp(rows["onset_s"]) > 0))


def stimulus_page(stimulus: int) -> str:
    """Name of a stimulus's page: a number, because an id may hold anything."""
    return f"{stimulus + 1:04d}.html"


@dataclass(frozen=True)
class Category:
    """Stimuli that lie in one folder of the data set."""

    name: str
    stimuli: tuple[int, ...]


def categories_of(stimuli: Sequence[str]) -> list[Category]:
    """Categories of stimuli by the folder part of their ids; none where there is only one."""
    found: dict[str, list[int]] = {}
    for i, name in enumerate(stimuli):
        found.setdefault(category_of(name), []).append(i)
    if len(found) < 2:
        return []
    return [Category(name or "no folder", tuple(own)) for name, own in sorted(found.items())]


def category_page(category: int) -> str:
    """Name of a category's page."""
    return f"{category + 1:03d}.html"


@dataclass(frozen=True)
class Made:
    """What the footer of every page shows."""

    foveola_version: str
    facts: list[tuple[str, str]]


def leaderboard_page(
    data: ReportData,
    rows: tuple[ModelLine, ...],
    thumbs: Sequence[Picture | None],
    made: Made,
    *,
    tiles: Sequence[tuple[str, str]],
    interval_name: str,
    methods: str,
    shown_stimuli: Sequence[int],
    categories: Sequence[Category] = (),
    category: int | None = None,
) -> str:
    """Render the page with the leaderboard, the images and the methods.

    Parameters
    ----------
    data, rows, thumbs
        Of the stimuli that are shown.
    made, tiles, interval_name, methods
        What the page says of them.
    shown_stimuli : sequence of int
        Their indices among all, by which their pages are named.
    categories : sequence of Category
        All of the report; none where there are not at least two.
    category : int, optional
        Which of them this page shows; all by default.
    """
    root = "" if category is None else "../"
    stimuli = [
        {
            "id": name,
            "page": f"{root}images/{stimulus_page(shown)}",
            "thumb": replace(thumb, path=root + thumb.path) if thumb else None,
        }
        for name, shown, thumb in zip(data.stimuli, shown_stimuli, thumbs, strict=True)
    ]
    lines = [Line(data.models[i], data.standing(i), 0) for i in reference_models(data)]
    return (
        environment()
        .get_template("report_leaderboard.html")
        .render(
            root=root,
            made=made,
            dataset=data.dataset or data.inputs[0].name,
            categories=categories,
            category=category,
            tiles=tiles,
            notes=data.notes,
            metrics=columns(data.metrics),
            models=rows,
            model_pages=_model_pages(data, root),
            sorted_by=data.metrics[0] if data.metrics else "",
            lines=lines,
            interval_name=interval_name,
            compared=any(cell.letters for row in rows for cell in row.cells),
            stimuli=stimuli,
            pictured=any(thumbs),
            methods=methods,
        )
    )


def image_page(
    data: ReportData,
    stimulus: int,
    pictures: StimulusPictures,
    made: Made,
    order: Sequence[str],
) -> str:
    """Render the page of a stimulus; maps are in the given order of models.

    The order is the same on every page, so that a reader who steps sees a model in one place.
    """
    # Long: a line for each variable of the template.
    values = data.values[:, stimulus]
    rows = table_rows(data, values)
    index = data.fixation_index(stimulus)
    dots = observer_dots(data, index) if index is not None else ()
    maps = {
        data.models[i]: (i + 1, picture, gain)
        for i, (picture, gain) in enumerate(zip_longest(pictures.maps, pictures.gains))
    }
    count = sum(len(group.dots) for group in dots)
    fixation_count = counted(count, "fixation") if index is not None else ""
    return (
        environment()
        .get_template("report_image.html")
        .render(
            root="../",
            made=made,
            dataset=data.dataset or data.inputs[0].name,
            stimulus=_stimulus_facts(data, stimulus, index),
            count=len(data.stimuli),
            previous=stimulus_page(stimulus - 1) if stimulus else "",
            next=stimulus_page(stimulus + 1) if stimulus + 1 < len(data.stimuli) else "",
            summary=_summary(data, index, fixation_count, len(dots)),
            photo=_from_images(pictures.photo),
            photo_note=pictures.photo_note,
            fixations=dots,
            fixation_count=f"{count:,}",
            last=round(max((d.onset + d.duration for one in dots for d in one.dots), default=0), 2),
            in_seconds=index is None or data.fixations is None or timed(data.fixations.of(index)),
            values=f"../pictures/{stimulus + 1:04d}/values.js" if pictures.maps else "",
            gained=any(pictures.gains),
            fixation_note="the area of a dot grows with its duration" if dots else "no fixation",
            density=_from_images(pictures.density),
            density_note="No fixation: no density.",
            known=index is not None,
            pictured=data.pictures is not None,
            density_detail=f"fixations blurred by a Gaussian, sigma {data.sigma_px:.4g} px",
            maps=[
                {
                    "model": row,
                    "key": f"{number:02d}",
                    "picture": _from_images(picture),
                    "gain": _from_images(gain),
                    "headline": _headline(data, row),
                }
                for row in sorted(rows, key=lambda row: order.index(row.name))
                for number, picture, gain in [maps.get(row.name, (0, None, None))]
            ],
            metrics=columns(data.metrics),
            models=rows,
            model_pages=_model_pages(data, "../"),
            sorted_by=data.metrics[0] if data.metrics else "",
        )
    )


def model_page_name(model: int) -> str:
    """Name of a model's page: a number, because a name may hold anything."""
    return f"{model + 1:03d}.html"


def _model_pages(data: ReportData, root: str) -> dict[str, str]:
    return {name: f"{root}models/{model_page_name(i)}" for i, name in enumerate(data.models)}


def _stimulus_facts(data: ReportData, stimulus: int, index: int | None) -> dict[str, Any]:
    known = data.fixations.stimuli[index] if data.fixations and index is not None else None
    return {
        "id": data.stimuli[stimulus],
        "number": stimulus + 1,
        "width": known.width_px if known else 0,
        "height": known.height_px if known else 0,
    }


def _summary(data: ReportData, index: int | None, fixations: str, observers: int) -> str:
    if data.fixations is None or index is None:
        return ""
    known = data.fixations.stimuli[index]
    size = f"{known.width_px} × {known.height_px} px"
    return " · ".join([size, counted(observers, "observer"), fixations])


def _headline(data: ReportData, row: ModelLine) -> list[str]:
    """The scores that stand under a map."""
    texts = {name: cell.text for name, cell in zip(data.metrics, row.cells, strict=True)}
    return [f"{name} {texts[name]}" for name in HEADLINE if texts.get(name)]


def _from_images(picture: Picture | None) -> Picture | None:
    """A picture's path as a page in ``images/`` names it."""
    return replace(picture, path=f"../{picture.path}") if picture else None


@cache
def environment() -> jinja2.Environment:
    """Templates of the report; whatever they show is escaped."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["shown"] = shown
    return templates
