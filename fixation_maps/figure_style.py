"""How the figures look: one set of colours and letters for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foveola.data_schema import written_whole

INK, SOFT, LINE = "#1f2430", "#5b6472", "#dfe3e8"
#: From the dark half of viridis, which is read on white and by every kind of colour vision.
BLUE, GREEN, VIOLET = "#2a6f97", "#1f9e6e", "#472d7b"
DPI = 150

STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "text.color": INK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


def new_axes(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """Make a figure with one plot, in the style; no window and no global state."""
    with rc_context(STYLE):
        figure = Figure(figsize=(width_in, height_in), dpi=DPI)
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
        return figure, figure.add_subplot()


def save_figure(figure: Figure, path: str | Path, provenance: str = "") -> None:
    """Write a figure as a PNG, whole or not at all.

    Parameters
    ----------
    figure : Figure
        The figure.
    path : path-like
        The file.
    provenance : str, optional
        What produced it, kept in the picture's metadata.
    """
    with rc_context(STYLE), written_whole(path) as part:
        figure.savefig(
            part, format="png", metadata={"Software": "Foveola", "Description": provenance}
        )
