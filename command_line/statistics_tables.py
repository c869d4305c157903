"""The statistics of a run of scores, as tables for the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

LETTERS = "abcdefghijklmnopqrstuvwxyz"
RANKS = (
    "By the first metric. Rank: 95 % interval over images. Equals: models that share a letter do "
    "not differ (permutation tests, Holm). Over observers: 95 % interval over images and "
    "observers. Explained: share of the information between centre bias and gold standard."
)
CEILING = "What the map of one half of the observers scores on the other half; means over images."


def read_statistics(scores: Path) -> dict[str, Any]:
    """Statistics that were written beside scores."""
    path = scores.with_suffix(".statistics.json")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def statistics_tables(record: dict[str, Any]) -> list[Table]:
    """Ranks and shares of the models, and the noise ceiling."""
    return [_models(record), _ceiling(record)]


def _models(record: dict[str, Any]) -> Table:
    from rich.text import Text

    metric = next(iter(record["pairs"]), "")
    table = _table("Order of the models", RANKS)
    table.add_column("model", overflow="fold", min_width=13)
    for name in ("rank", "equals", f"{metric} over observers", "explained", "95 %"):
        table.add_column(name, no_wrap=True)
    letters = equal_letters(record["pairs"].get(metric, {}).get("equal_groups", []))
    for model in record["leaderboard"]:
        rank = record["ranks"].get(metric, {}).get("models", {}).get(model)
        over = record.get("over_observers", {}).get(model, {}).get(metric)
        share = record["explained_information"].get(model)
        table.add_row(
            Text(model),
            "–" if rank is None else _range(rank["low"], rank["high"]),
            letters.get(model, "–"),
            "–" if over is None else f"{_number(over['low'])}…{_number(over['high'])}",
            "–" if share is None else _percent(share["share"]),
            "" if share is None else f"{_percent(share['low'])}…{_percent(share['high'])}",
        )
    return table


def _ceiling(record: dict[str, Any]) -> Table:
    table = _table("Noise ceiling", CEILING)
    table.add_column("metric")
    table.add_column("mean", justify="right")
    table.add_column("95 %")
    table.add_column("map of the other half")
    for metric, one in record["noise_ceiling"].items():
        interval = f"{_number(one['low'])}…{_number(one['high'])}"
        table.add_row(metric, _number(one["mean"]), interval, one["map"])
    return table


def equal_letters(groups: list[list[str]]) -> dict[str, str]:
    """Letters of each model: those of the groups of equals that it is in."""
    letters: dict[str, str] = {}
    for number, group in enumerate(groups):
        # After z come a2, b2 and so on.
        turn, place = divmod(number, len(LETTERS))
        for model in group:
            letters[model] = (
                letters.get(model, "") + LETTERS[place] + (str(turn + 1) if turn else "")
            )
    return letters


def _table(title: str, caption: str) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    return Table(
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
        title=Text(title, style="bold"),
        title_justify="left",
        caption=caption,
        caption_justify="left",
    )


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}…{high}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"
