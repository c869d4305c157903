"""Results by kinds of images: by category, and by number of fixations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from foveola.data_schema import FixationSet, Score

from .leaderboard import RESAMPLES, LeaderboardRow, leaderboard

#: Name of the category of stimuli that lie in no folder.
NO_CATEGORY = ""


def category_of(stimulus: str) -> str:
    """Category of a stimulus: the folder part of its id, as ``Action`` of ``Action/001.jpg``."""
    folder = str(PurePosixPath(stimulus).parent)
    return NO_CATEGORY if folder == "." else folder


def categories(stimuli: Sequence[str]) -> dict[str, str]:
    """Category of each stimulus by its id."""
    return {stimulus: category_of(stimulus) for stimulus in stimuli}


def fixation_count_groups(fixations: FixationSet, groups: int = 4) -> dict[str, str]:
    """Group of each stimulus by its number of fixations, in groups of about equal size.

    Parameters
    ----------
    fixations : FixationSet
        The set; stimuli without fixations are in no group.
    groups : int, default 4
        At most so many; images with the same number of fixations are always together.

    Returns
    -------
    dict of str to str
        Stimulus id to the group's range, as ``101-140``; ordered from few to many.
    """
    counts = {one.id: len(fixations.of(i)) for i, one in enumerate(fixations.stimuli)}
    known = {stimulus: count for stimulus, count in counts.items() if count}
    if not known:
        return {}
    values = np.array(sorted(known.values()))
    edges = np.unique(np.quantile(values, np.arange(1, groups) / groups, method="higher"))
    number = {stimulus: int(np.searchsorted(edges, count)) for stimulus, count in known.items()}
    ranges = {}
    for group in sorted(set(number.values())):
        own = [known[stimulus] for stimulus, one in number.items() if one == group]
        low, high = min(own), max(own)
        ranges[group] = str(low) if low == high else f"{low}-{high}"
    return {
        stimulus: ranges[number[stimulus]] for stimulus in sorted(number, key=number.__getitem__)
    }


def leaderboards_by(
    scores: Sequence[Score],
    groups: Mapping[str, str],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, list[LeaderboardRow]]:
    """A leaderboard for each group of stimuli.

    Parameters
    ----------
    scores : sequence of Score
        Rows; those of stimuli in no group are left out.
    groups : mapping of str to str
        Stimulus id to its group (:func:`categories`, :func:`fixation_count_groups`).
    seed, resamples : int
        Of the intervals.

    Returns
    -------
    dict of str to list of LeaderboardRow
        In the order of the groups.
    """
    rows: dict[str, list[Score]] = {group: [] for group in groups.values()}
    for score in scores:
        if score.stimulus in groups:
            rows[groups[score.stimulus]].append(score)
    return {
        group: leaderboard(own, seed=seed, resamples=resamples)
        for group, own in rows.items()
        if own
    }
