"""Figures of stimuli: one large picture or small multiples, with a foot that says what is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from foveola.data_schema import FixationSet, FoveolaError

from .figure_style import INK, SOFT, STYLE
from .maps import Blur, with_fitted_sigma
from .panels import Colours, Kind, Panel, disc_radius_px, draw_panel
from .pictures import DISC, plain_disc_radius_px

#: More small pictures than this in one figure can't be read.
MOST_PANELS = 60
#: Lengths that a scale bar may have.
BARS = tuple(lead * 10.0**power for power in range(-2, 5) for lead in (1, 2, 5))
#: A scale bar is at most this share of a picture's width.
LONGEST_BAR = 0.32
DPI = 150
GAP_IN, TITLE_IN, FOOT_IN, MARGIN_IN = 0.14, 0.22, 0.74, 0.14
#: Heights in the foot: the middle of bars and discs, and the top of the words below them.
MIDDLE_IN, WORDS_IN = 0.45, 0.19
#: Durations in the key of discs.
KEY_S = (0.1, 0.2, 0.4)


@dataclass(frozen=True)
class _Layout:
    """Where the pictures lie, in inches."""

    columns: int
    rows: int
    width_in: float
    height_in: float

    @property
    def size_in(self) -> tuple[float, float]:
        width = self.columns * (self.width_in + GAP_IN) - GAP_IN + 2 * MARGIN_IN
        height = self.rows * (self.height_in + TITLE_IN + GAP_IN) + FOOT_IN + MARGIN_IN
        return width, height

    @property
    def enlarged(self) -> float:
        """How many times larger discs are drawn, where the pictures are small."""
        return min(1.7, max(1.0, 5.0 / self.width_in))

    def cell(self, at: int) -> tuple[float, float, float, float]:
        """Left, bottom, width and height of a picture, as shares of the figure."""
        row, column = divmod(at, self.columns)
        width, height = self.size_in
        left = MARGIN_IN + column * (self.width_in + GAP_IN)
        top = MARGIN_IN + row * (self.height_in + TITLE_IN + GAP_IN) + TITLE_IN
        bottom = height - top - self.height_in
        return left / width, bottom / height, self.width_in / width, self.height_in / height


def picture_figure(
    fixations: FixationSet,
    panels: Sequence[Panel],
    kind: Kind = "heatmap",
    *,
    blur: Blur | None = None,
    colours: Colours = "viridis",
) -> Figure:
    """Draw pictures of stimuli, with a scale bar in degrees of visual angle.

    Parameters
    ----------
    fixations : FixationSet
        The set.
    panels : sequence of Panel
        What the pictures show; :func:`~foveola.fixation_maps.panels.panels_of` lists them.
    kind : "heatmap", "fixations" or "scanpath"
        A density over the photograph; discs whose area grows with the duration; or numbered
        discs joined by lines.
    blur : Blur, optional
        Of the density; one degree by default.
    colours : "viridis" or "cividis"
        The colour map.

    Returns
    -------
    Figure
        Its foot states scale, kind and numbers; the bar is in stimulus pixels where the pixels
        per degree are unknown, and left out where the pictures differ in scale.

    Raises
    ------
    FoveolaError
        If there are too many pictures, or sigma can't be used.
    FileFormatError
        If a photograph is missing or is not the one of the set.
    """
    if len(panels) > MOST_PANELS:
        raise FoveolaError(
            f"{len(panels)} pictures in one figure are too many to be read.",
            remedy=f"Ask for at most {MOST_PANELS}: fewer stimuli, or one observer.",
        )
    blur = with_fitted_sigma(blur or Blur(), fixations) if kind == "heatmap" else Blur()
    layout = _layout([fixations.stimuli[panel.stimulus].shape for panel in panels])
    with rc_context(STYLE):
        figure = Figure(figsize=layout.size_in, dpi=DPI)
        for at, panel in enumerate(panels):
            axes = figure.add_axes(layout.cell(at))
            draw_panel(
                axes, fixations, panel, kind, blur=blur, colours=colours, enlarged=layout.enlarged
            )
            axes.set_title(
                panel.title(fixations), fontsize=8 if len(panels) > 1 else 10, pad=4, loc="left"
            )
        _draw_foot(figure, layout, fixations, panels, kind, blur, colours)
    return figure


def _layout(shapes: list[tuple[int, int]]) -> _Layout:
    aspect = float(np.median([height / width for height, width in shapes]))
    if len(shapes) == 1:
        width_in = min(7.6, 6.0 / aspect)
        return _Layout(1, 1, width_in, width_in * aspect)
    columns = min(len(shapes), max(2, round(math.sqrt(len(shapes) * 1.4 * aspect))))
    width_in = min(3.0, 12.0 / columns)
    return _Layout(columns, -(-len(shapes) // columns), width_in, width_in * aspect)


def _draw_foot(
    figure: Figure,
    layout: _Layout,
    fixations: FixationSet,
    panels: Sequence[Panel],
    kind: Kind,
    blur: Blur,
    colours: Colours,
) -> None:
    """Scale bar on the left, key on the right, numbers between them; in inches."""
    width, height = layout.size_in
    foot = figure.add_axes((0, 0, 1, FOOT_IN / height))
    foot.set(xlim=(0, width), ylim=(0, FOOT_IN))
    foot.set_axis_off()
    bar_end = _draw_scale_bar(foot, layout, fixations, panels)
    numbers = _numbers(fixations, panels)
    words = f"{numbers}, {blur.label.replace('deg', '°')}" if kind == "heatmap" else numbers
    if width >= 5.5:
        foot.text(bar_end + 0.35, MIDDLE_IN, words, color=SOFT, fontsize=8, va="center")
    if kind == "heatmap":
        _draw_colour_key(foot, layout, colours)
    else:
        _draw_disc_key(foot, layout, fixations, panels, kind, colours)


def _draw_scale_bar(
    foot: Axes, layout: _Layout, fixations: FixationSet, panels: Sequence[Panel]
) -> float:
    """Draw the bar, and say where it ends."""
    scales = []
    for panel in panels:
        height_px, width_px = fixations.stimuli[panel.stimulus].shape
        inches_a_px = min(layout.width_in / width_px, layout.height_in / height_px)
        px_per_deg = fixations.px_per_deg(panel.stimulus)
        scales.append(inches_a_px * px_per_deg if px_per_deg > 0 else -inches_a_px)
    if not np.allclose(scales, scales[0], rtol=1e-3):
        foot.text(MARGIN_IN, MIDDLE_IN, "scales differ", color=SOFT, fontsize=8, va="center")
        return MARGIN_IN + 0.7
    unit, inches = ("°", scales[0]) if scales[0] > 0 else (" px", -scales[0])
    length = max((one for one in BARS if one * inches <= LONGEST_BAR * layout.width_in), default=1)
    foot.add_patch(
        Rectangle((MARGIN_IN, MIDDLE_IN - 0.022), length * inches, 0.045, color=INK, linewidth=0)
    )
    foot.text(
        MARGIN_IN + length * inches / 2,
        MIDDLE_IN - 0.09,
        f"{length:g}{unit}",
        color=INK,
        fontsize=9,
        ha="center",
        va="top",
    )
    return MARGIN_IN + length * inches


def _draw_colour_key(foot: Axes, layout: _Layout, colours: Colours) -> None:
    right = layout.size_in[0] - MARGIN_IN
    begin = right - 1.3
    foot.imshow(
        colormaps[colours](np.linspace(0, 1, 256))[None, :, :3],
        extent=(begin, right, MIDDLE_IN - 0.05, MIDDLE_IN + 0.05),
        aspect="auto",
    )
    # A picture resets the limits of its plot.
    foot.set(xlim=(0, layout.size_in[0]), ylim=(0, FOOT_IN))
    foot.text(begin, MIDDLE_IN - 0.11, "0", color=SOFT, fontsize=8, va="top")
    foot.text(right, MIDDLE_IN - 0.11, "peak density", color=SOFT, fontsize=8, va="top", ha="right")


def _draw_disc_key(
    foot: Axes,
    layout: _Layout,
    fixations: FixationSet,
    panels: Sequence[Panel],
    kind: Kind,
    colours: Colours,
) -> None:
    """Discs of known durations, as large as they are in the pictures."""
    right = layout.size_in[0] - MARGIN_IN
    if not any(np.isfinite(panel.table(fixations)["duration_s"]).any() for panel in panels):
        foot.text(
            right, MIDDLE_IN, "durations unknown", color=SOFT, fontsize=8, va="center", ha="right"
        )
        return
    shape = fixations.stimuli[panels[0].stimulus].shape
    inches_a_px = min(layout.width_in / shape[1], layout.height_in / shape[0])
    radius_px = disc_radius_px if kind == "scanpath" else plain_disc_radius_px
    face = colormaps[colours](0.55) if kind == "scanpath" else tuple(one / 255 for one in DISC)
    for seconds in sorted(KEY_S, reverse=True):
        radius = radius_px(seconds, shape) * inches_a_px
        radius *= layout.enlarged if kind == "scanpath" else 1
        at = right - max(radius, 0.17)
        foot.add_patch(
            Circle((at, MIDDLE_IN), radius, facecolor=face, edgecolor=INK, linewidth=0.6)
        )
        words = f"{seconds * 1000:g}"
        foot.text(at, WORDS_IN, words, color=SOFT, fontsize=8, va="top", ha="center")
        right = at - max(radius, 0.17) - 0.06
    foot.text(right - 0.05, WORDS_IN, "ms", color=SOFT, fontsize=8, va="top", ha="right")


def _numbers(fixations: FixationSet, panels: Sequence[Panel]) -> str:
    tables = [panel.table(fixations) for panel in panels]
    count = sum(len(table) for table in tables)
    people = len(np.unique(np.concatenate([table["observer"] for table in tables])))
    return f"{count:,} fixation{'' if count == 1 else 's'} of {people} observer{'s'[: people != 1]}"
