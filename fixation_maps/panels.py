"""One picture of a stimulus: its density, its fixations or a scanpath over the photograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib import colormaps, patheffects
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from numpy.typing import NDArray

from foveola.data_schema import FixationSet, FoveolaError, pixel_of

from .map_exports import photograph
from .maps import Blur
from .pictures import Picture, fixation_plot, heatmap_overlay, plain_disc_radius_px

Kind = Literal["heatmap", "fixations", "scanpath"]
Colours = Literal["viridis", "cividis"]

#: The ground where the set has no photograph.
BLANK = 235
#: A photograph under a scanpath keeps so much of its light.
DIMMED = 0.55
#: A scanpath's discs have room for a number: so many times a plain disc's radius.
SCANPATH_DISC = 2.8


@dataclass(frozen=True)
class Panel:
    """What one picture shows.

    Attributes
    ----------
    stimulus : int
        Index of the stimulus.
    observer : int, optional
        Index of the observer whose fixations are shown; everybody's by default.
    """

    stimulus: int
    observer: int | None = None

    def table(self, fixations: FixationSet) -> NDArray[np.void]:
        """Fixations that it shows."""
        table = fixations.of(self.stimulus)
        return table if self.observer is None else table[table["observer"] == self.observer]

    def title(self, fixations: FixationSet) -> str:
        """Name of the stimulus, and of the observer."""
        name = fixations.stimuli[self.stimulus].id
        if self.observer is None:
            return name
        return f"{name}, observer {fixations.observers[self.observer]}"


def panels_of(
    fixations: FixationSet, stimuli: list[str], observer: str = "", kind: Kind = "heatmap"
) -> list[Panel]:
    """List the pictures that a user asks for.

    Parameters
    ----------
    fixations : FixationSet
        The set.
    stimuli : list of str
        Ids of stimuli.
    observer : str
        Id of an observer, ``each`` for one picture each, or empty: everybody in one picture; for
        scanpaths, which are one person's, the same as ``each``.
    kind : "heatmap", "fixations" or "scanpath"
        What is shown.

    Raises
    ------
    FoveolaError
        If there is no such stimulus or observer, or nothing to show.
    """
    ids = [one.id for one in fixations.stimuli]
    for name in stimuli:
        if name not in ids:
            raise FoveolaError(
                f"There is no stimulus {name!r} in the set.",
                remedy=f"The first ones are: {', '.join(ids[:5])}.",
            )
    if observer and observer != "each" and observer not in fixations.observers:
        raise FoveolaError(
            f"There is no observer {observer!r} in the set.",
            remedy=f"There are: {', '.join(fixations.observers)}.",
        )
    panels = []
    for index in (ids.index(name) for name in stimuli):
        if observer == "each" or (kind == "scanpath" and not observer):
            seen = np.unique(fixations.of(index)["observer"]).tolist()
            panels += [Panel(index, one) for one in seen]
        else:
            panels.append(Panel(index, fixations.observers.index(observer) if observer else None))
    if not panels:
        raise FoveolaError("There are no fixations to show.", remedy="Name other stimuli.")
    return panels


def draw_panel(
    axes: Axes,
    fixations: FixationSet,
    panel: Panel,
    kind: Kind,
    *,
    blur: Blur,
    colours: Colours = "viridis",
    enlarged: float = 1.0,
) -> None:
    """Draw a picture into a plot, whose units become pixels of the stimulus.

    Parameters
    ----------
    axes : Axes
        The plot.
    fixations : FixationSet
        The set.
    panel : Panel
        What the picture shows.
    kind : "heatmap", "fixations" or "scanpath"
        How it shows it.
    blur : Blur
        Of a heatmap.
    colours : "viridis" or "cividis"
        The colour map.
    enlarged : float, default 1
        Discs of scanpaths are so many times larger, so that numbers are read in small pictures.
    """
    photo, table = _ground(fixations, panel.stimulus), panel.table(fixations)
    height, width = photo.shape[:2]
    if kind == "heatmap":
        sigma_px = blur.sigmas_px(fixations)[panel.stimulus]
        density = blur.density(*pixel_of(table), (height, width), sigma_px)
        photo = heatmap_overlay(photo, density, colours=colours)
    elif kind == "fixations":
        photo = fixation_plot(photo, table["x_px"], table["y_px"], table["duration_s"])
    else:
        photo = np.asarray(np.round(photo * DIMMED), np.uint8)
    axes.imshow(photo, extent=(0, width, height, 0), interpolation="lanczos", aspect="equal")
    if kind == "scanpath":
        _draw_scanpath(axes, table, (height, width), colours, enlarged)
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()


def disc_radius_px(duration_s: float, shape: tuple[int, int]) -> float:
    """Radius of a scanpath's disc in stimulus pixels: its area grows with the duration, to 1 s.

    A duration that is not known (NaN) counts as usual.
    """
    return SCANPATH_DISC * plain_disc_radius_px(duration_s, shape)


def _ground(fixations: FixationSet, index: int) -> Picture:
    stimulus = fixations.stimuli[index]
    if not stimulus.path or stimulus.kind == "video":
        return np.full((*stimulus.shape, 3), BLANK, np.uint8)
    return photograph(fixations.folder, stimulus)


def _draw_scanpath(
    axes: Axes, table: NDArray[np.void], shape: tuple[int, int], colours: Colours, enlarged: float
) -> None:
    """Lines from fixation to fixation, and numbered discs, small ones over large ones."""
    points_a_px = axes.get_window_extent().width / shape[1] * 72 / axes.figure.dpi
    shadow = [patheffects.withStroke(linewidth=3.2 / enlarged, foreground="#10141ccc")]
    axes.plot(
        table["x_px"],
        table["y_px"],
        color="white",
        linewidth=1.5 / enlarged,
        path_effects=shadow,
        zorder=2,
    )
    scale = colormaps[colours]
    radii = [enlarged * disc_radius_px(float(one), shape) for one in table["duration_s"]]
    for level, at in enumerate(np.argsort(radii, kind="stable")[::-1].tolist()):
        share = at / max(len(table) - 1, 1)
        colour = scale(0.12 + 0.88 * share)
        radius, order = radii[at], 3 + level
        place = float(table["x_px"][at]), float(table["y_px"][at])
        disc = Circle(place, radius, facecolor=(*colour[:3], 0.92), zorder=order)
        disc.set(edgecolor="white", linewidth=1.1 / enlarged)
        axes.add_patch(disc)
        light = float(np.dot(colour[:3], (0.299, 0.587, 0.114)))
        size = radius * points_a_px * (1.15 if at < 9 else 0.95)
        axes.text(
            *place,
            str(at + 1),
            color="white" if light < 0.5 else "#10141c",
            fontsize=max(size, 3),
            fontweight="bold",
            ha="center",
            va="center_baseline",
            zorder=order + 0.5,
            clip_on=True,
        )
