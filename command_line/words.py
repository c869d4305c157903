"""Words for numbers of things."""

from __future__ import annotations

from foveola.data_schema import FixationSet


def number_of(count: int, thing: str, things: str = "") -> str:
    """Write a number of things.

    Examples
    --------
    >>> number_of(1, "map"), number_of(98321, "fixation"), number_of(0, "stimulus", "stimuli")
    ('1 map', '98,321 fixations', '0 stimuli')
    """
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"


def summary_of(fixations: FixationSet) -> str:
    """Say in one line what a fixation set holds."""
    return (
        f"{number_of(len(fixations.table), 'fixation')} of "
        f"{number_of(len(fixations.observers), 'observer')} on "
        f"{number_of(len(fixations.stimuli), 'stimulus', 'stimuli')}, "
        f"{fixations.info.off_stimulus:,} off their stimulus left out"
    )
