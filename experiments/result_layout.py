"""Where things stand on the result page, and what a click there hits: arithmetic alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from foveola.data_schema import Calibration, Screen

from .calibration_review import KEY_NAMES, Review, keys_of
from .display import Click
from .pages import key_boxes, letter_height
from .validation_summary import Place, targets_of

#: Left, top, right, bottom, in px.
Box = tuple[float, float, float, float]

#: Errors are drawn so many times larger than the map: the largest that fits.
MAGNIFICATIONS = (10, 8, 6, 5, 4, 3, 2, 1)
#: Share of the way to the next target that the circle of the threshold may take.
CIRCLE_SHARE = 0.42


class ResultLayout(NamedTuple):
    """Places on the page, in px.

    Attributes
    ----------
    size : int
        Height of the letters.
    margin, top : float
        Of the page.
    map_box, table_box, attempts_box, drift_box : Box
        Its parts.
    scale : float
        Of the map: its px to the screen's.
    hint_y, keys_y : float
        Lines at the foot.
    """

    size: int
    margin: float
    top: float
    map_box: Box
    table_box: Box
    attempts_box: Box
    drift_box: Box
    scale: float
    hint_y: float
    keys_y: float


def result_layout(screen: Screen) -> ResultLayout:
    """Lay the page out: the map, the table beside it, attempts and drift below, keys at the foot.

    Parameters
    ----------
    screen : Screen
        Its size is the page's.
    """
    width, height = screen.width_px, screen.height_px
    size = letter_height(screen)
    margin, top = round(width * 0.05), round(height * 0.055)
    hint_y, keys_y = height * 0.895, height * 0.945
    map_top, panels = round(top + size * 5.1), round(size * 5.1)
    room = round(hint_y - size * 1.4) - map_top - panels - round(size * 2.2)
    scale = min(0.5, room / height)
    right = margin + round(width * scale)
    map_bottom = map_top + round(height * scale)
    panel_top = map_bottom + round(size * 2.2)
    # Narrow enough for an eye to follow a row.
    table_left = right + round(size * 1.8)
    table_right = min(width - margin, table_left + size * 21)
    middle = margin + (right - margin) * 0.55
    return ResultLayout(
        size=size,
        margin=margin,
        top=top,
        map_box=(margin, map_top, right, map_bottom),
        table_box=(table_left, map_top, table_right, hint_y - size * 1.4),
        attempts_box=(margin, panel_top, middle - size, panel_top + panels),
        drift_box=(middle, panel_top, right, panel_top + panels),
        scale=scale,
        hint_y=hint_y,
        keys_y=keys_y,
    )


def on_map(layout: ResultLayout, place: Place) -> Place:
    """Where a place of the screen lies on the map."""
    left, top, _, _ = layout.map_box
    return left + place[0] * layout.scale, top + place[1] * layout.scale


def spacing_px(layout: ResultLayout, targets: Sequence[Place]) -> float:
    """Least distance between two targets on the map; the map's height where there is one."""
    distances = [math.dist(a, b) for i, a in enumerate(targets) for b in targets[:i]]
    _, top, _, bottom = layout.map_box
    return min(distances) * layout.scale if distances else bottom - top


def magnification(
    layout: ResultLayout, screen: Screen, validation: Calibration, limit_deg: float
) -> int:
    """How many times errors are drawn larger than the map.

    The circle of the threshold stays clear of those of other targets, and the largest error is
    no longer than the way to the next target.
    """
    spacing = spacing_px(layout, targets_of(validation))
    limit = limit_deg * screen.px_per_deg() * layout.scale
    longest = max(
        (
            math.dist((point.target_x_px, point.target_y_px), (point.gaze_x_px, point.gaze_y_px))
            for point in validation.points
            if math.isfinite(point.error_deg)
        ),
        default=0.0,
    )
    for times in MAGNIFICATIONS:
        if times * limit <= CIRCLE_SHARE * spacing and times * longest * layout.scale <= spacing:
            return times
    return 1


def hit(layout: ResultLayout, screen: Screen, review: Review, click: Click) -> str | int | None:
    """What a click means: a key's name, the number of a target, or nothing."""
    caps = keys_of(review)
    for (cap, _), box in zip(caps, key_boxes(screen, caps, layout.keys_y), strict=True):
        if box[0] <= click[0] <= box[2] and box[1] <= click[1] <= box[3]:
            return KEY_NAMES[cap]
    targets = review.targets
    reach = spacing_px(layout, targets) / 2
    away = [math.dist(on_map(layout, target), click) for target in targets]
    closest = min(range(len(away)), key=away.__getitem__, default=None)
    if closest is None or away[closest] > reach:
        return None
    return closest + 1
