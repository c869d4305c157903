"""Charts of a report: what plotly.js draws, and the same figures as a table."""

from __future__ import annotations

import html
import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from .report_text import shown

#: Colours are named by the variables of the style sheet, which follow the reader's light or dark.
FIRST, SECOND, QUIET, INK = "--accent", "--second", "--mark", "--ink"
#: Rows of a chart's table; a longer one is cut, and says so.
MOST_ROWS = 500


@dataclass(frozen=True)
class Chart:
    """A chart with its table.

    Attributes
    ----------
    title, note : str
        What it shows, and how to read it.
    data : list of dict
        Traces of plotly.js.
    layout : dict
        Layout of plotly.js; the page adds the colours and fonts.
    head : tuple of str
        Columns of the table.
    rows : sequence of sequence of str
        Its rows.
    """

    title: str
    note: str
    data: list[dict[str, Any]] = field(repr=False)
    layout: dict[str, Any] = field(repr=False)
    head: tuple[str, ...] = ()
    rows: Sequence[Sequence[str]] = field(default=(), repr=False)

    @property
    def figure(self) -> str:
        """Traces and layout as JSON; what is not finite is null, a gap."""
        return json.dumps(_plain({"data": self.data, "layout": self.layout}), allow_nan=False)

    @property
    def table(self) -> Sequence[Sequence[str]]:
        """The first rows of the table."""
        return self.rows[:MOST_ROWS]

    @property
    def left_out(self) -> int:
        """Rows that the table does not show."""
        return max(0, len(self.rows) - MOST_ROWS)


def chart_text(name: str) -> str:
    """Write a name as plotly.js shows it literally: its texts are otherwise a kind of HTML."""
    return html.escape(shown(name), quote=False)


def axis(title: str, **more: Any) -> dict[str, Any]:
    """Axis of a layout with its title, which states the unit."""
    return {"title": {"text": title}, "automargin": True, **more}


def bars(
    x: Sequence[Any], y: Sequence[Any], *, name: str = "", color: str = FIRST, **more: Any
) -> dict[str, Any]:
    """Trace of bars."""
    marker = {"color": color} | more.pop("marker", {})
    return {"type": "bar", "x": list(x), "y": list(y), "name": name, "marker": marker, **more}


def points(
    x: Sequence[Any], y: Sequence[Any], *, name: str = "", color: str = FIRST, **more: Any
) -> dict[str, Any]:
    """Trace of markers."""
    marker = {"color": color, "size": 9} | more.pop("marker", {})
    trace = {"type": "scatter", "mode": "markers", "x": list(x), "y": list(y), "name": name}
    return {**trace, "marker": marker, **more}


def histogram(
    values: np.ndarray[Any, Any], edges: np.ndarray[Any, Any], **more: Any
) -> dict[str, Any]:
    """Trace of bars that count values between edges."""
    counts, _ = np.histogram(values, edges)
    middles, widths = (edges[:-1] + edges[1:]) / 2, np.diff(edges)
    return bars(middles.tolist(), counts.tolist(), width=widths.tolist(), **more)


def write_chart_library(folder: Path) -> None:
    """Write plotly.js, as the Python package ships it, and what draws the charts with it."""
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as library:
        shutil.copyfile(library, folder / "plotly.min.js")
    shutil.copyfile(Path(__file__).with_name("report_charts.js"), folder / "report_charts.js")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.7g}") if math.isfinite(value) else None
    return value
