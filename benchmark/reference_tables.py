"""Published score tables, each with its data set and protocol, and when they may stand beside ours.

The tables are 2 to 5 of He, Borji, Mi & Pugeault 2018 (arXiv:1803.05753), digit by digit.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.stats import pearsonr

from foveola.data_schema import Protocol

TABLES_CSV = Path(__file__).with_name("reference_tables.csv")

#: Names of published metrics in our profiles, by the profile that they were computed with. What
#: the MIT benchmark printed as AUC in its ranking of MIT300 is Judd's.
OUR_NAMES = {"mit": {"NSS": "NSS", "CC": "CC", "AUC": "AUC-Judd", "SIM": "SIM"}}

#: The table of units that detect fixations.
DETECTORS_TABLE = 5


@dataclass(frozen=True)
class PublishedTable:
    """A table of a paper.

    Attributes
    ----------
    number : int
        In the paper.
    dataset : str
        Name of the data set whose fixations were scored on.
    images : int
        Number of images that the means are over.
    split : str
        Which images of the data set; ``all``, or in words.
    profile : str
        The profile of ours that computes the same; another name for a benchmark that we can't
        repeat; empty where the paper does not say which code was run.
    source : str
        The paper.
    metrics : tuple of str
        Columns, as printed.
    scores : dict
        Value as printed by model and metric.
    notes : dict
        What the paper says of a model, by its name.
    """

    number: int
    dataset: str
    images: int
    split: str
    profile: str
    source: str
    metrics: tuple[str, ...]
    scores: dict[str, dict[str, str]]
    notes: dict[str, str]

    @property
    def protocol(self) -> str:
        """The protocol in words."""
        code = self.profile or "the code is not stated"
        return f"{self.dataset}, {self.images:,} images ({self.split}), metrics: {code}"


@dataclass(frozen=True)
class DetectorsCorrelation:
    """Pearson's r of the share of detecting units with NSS over the four models of table 5."""

    models: int
    r_from_counts: float
    p_from_counts: float
    r_from_printed_ratios: float


@cache
def published_tables() -> dict[int, PublishedTable]:
    """Return the tables by their number in the paper."""
    rows: dict[int, list[dict[str, str]]] = {}
    with TABLES_CSV.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows.setdefault(int(row["table"]), []).append(row)
    return {number: _table(number, of_table) for number, of_table in rows.items()}


def _table(number: int, rows: list[dict[str, str]]) -> PublishedTable:
    scores: dict[str, dict[str, str]] = {}
    for row in rows:
        scores.setdefault(row["model"], {})[row["metric"]] = row["value"]
    first = rows[0]
    return PublishedTable(
        number=number,
        dataset=first["dataset"],
        images=int(first["images"]),
        split=first["split"],
        profile=first["profile"],
        source=first["source"],
        metrics=tuple(dict.fromkeys(row["metric"] for row in rows)),
        scores=scores,
        notes={row["model"]: row["note"] for row in rows if row["note"]},
    )


def differences(table: PublishedTable, protocol: Protocol) -> list[str]:
    """Why scores of a protocol may not stand beside a table; empty where they may.

    Parameters
    ----------
    table : PublishedTable
        Published scores.
    protocol : Protocol
        How ours were computed.
    """
    found = []
    if protocol.dataset.casefold() != table.dataset.casefold():
        found.append(f"it is on {table.dataset}, not {protocol.dataset}")
    if len(protocol.stimuli) != table.images:
        found.append(f"it has {table.images:,} images, not {len(protocol.stimuli):,}")
    if table.split != "all":
        found.append(f"its images are: {table.split}")
    if not table.profile:
        found.append("it does not state which code computed its metrics")
    elif protocol.profile != table.profile:
        found.append(f"its metrics are those of {table.profile}, not {protocol.profile}")
    return found


def detectors_correlation() -> DetectorsCorrelation:
    """Recompute the correlation of table 5, which the paper prints as 0.94.

    The share of units is a whole number of detectors over a whole number of units; the printed
    percentages round it, the first to ``~1 %``.

    Notes
    -----
    p is two-sided, for r of ``n`` pairs: t = r sqrt((n - 2) / (1 - r^2)) with n - 2 degrees of
    freedom. With four models it does not reach 0.05.
    """
    scores = published_tables()[DETECTORS_TABLE].scores.values()
    columns = {
        name: np.array([float(row[name]) for row in scores])
        for name in ("units", "detectors", "printed %", "NSS")
    }
    share = columns["detectors"] / columns["units"]
    counted = pearsonr(share, columns["NSS"])
    return DetectorsCorrelation(
        models=len(share),
        r_from_counts=float(counted.statistic),
        p_from_counts=float(counted.pvalue),
        r_from_printed_ratios=float(pearsonr(columns["printed %"], columns["NSS"]).statistic),
    )
