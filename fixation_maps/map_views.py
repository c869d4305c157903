"""Which fixations enter a map: all, one observer's, all but one's, those of a time window."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FoveolaError

Split = Literal["none", "observer", "others"]


@dataclass(frozen=True)
class MapView:
    """Which fixations enter the maps of one file.

    Attributes
    ----------
    observer : str
        Only those of the observer of this id; everybody's where empty.
    left_out : str
        Not those of the observer of this id.
    from_s, until_s : float
        Only fixations that begin from ``from_s`` on and before ``until_s``, in seconds since the
        stimulus appeared; NaN is no limit.
    """

    observer: str = ""
    left_out: str = ""
    from_s: float = math.nan
    until_s: float = math.nan

    @property
    def name(self) -> str:
        """A name for files, empty for the view of everything.

        Examples
        --------
        >>> MapView(left_out="s 03", from_s=0, until_s=1.5).name
        'without-s-03_0-1.5s'
        """
        words = []
        if self.observer:
            words.append(f"observer-{_plain(self.observer)}")
        if self.left_out:
            words.append(f"without-{_plain(self.left_out)}")
        if self.is_windowed:
            begin = 0 if math.isnan(self.from_s) else self.from_s
            end = "end" if math.isnan(self.until_s) else f"{self.until_s:g}s"
            words.append(f"{begin:g}-{end}")
        return "_".join(words)

    @property
    def is_windowed(self) -> bool:
        """Whether times matter."""
        return not (math.isnan(self.from_s) and math.isnan(self.until_s))

    def of(self, table: NDArray[np.void], observers: Sequence[str]) -> NDArray[np.void]:
        """Fixations among those on a stimulus that enter its map.

        Raises
        ------
        FoveolaError
            If a window is asked for and a fixation's onset is unknown.
        """
        taken = np.ones(len(table), bool)
        if self.observer:
            taken &= table["observer"] == observers.index(self.observer)
        if self.left_out:
            taken &= table["observer"] != observers.index(self.left_out)
        if self.is_windowed:
            if np.isnan(table["onset_s"]).any():
                raise FoveolaError(
                    "The set does not state when its fixations began, so it has no time windows.",
                    remedy="Make the maps without --window.",
                )
            taken &= ~(table["onset_s"] < self.from_s) & ~(table["onset_s"] >= self.until_s)
        return table[taken]


def map_views(
    observers: Sequence[str], split: Split = "none", windows: Sequence[str] = ()
) -> list[MapView]:
    """List the views that a user asks for: every window of every observer.

    Parameters
    ----------
    observers : sequence of str
        Ids of the observers of the set.
    split : "none", "observer" or "others"
        One view of all, one for each observer, or one without each observer.
    windows : sequence of str
        Times in seconds, as ``0:1.5``; ``1.5:`` is open.

    Raises
    ------
    FoveolaError
        If a window can't be read, or two views would have one name.
    """
    parsed = [parse_window(one) for one in windows] or [(math.nan, math.nan)]
    whose: list[dict[str, str]] = [{}]
    if split != "none":
        key = "observer" if split == "observer" else "left_out"
        whose = [{key: one} for one in observers]
    views = [MapView(**one, from_s=begin, until_s=end) for one in whose for begin, end in parsed]
    names = [view.name.casefold() for view in views]
    for view, name in zip(views, names, strict=True):
        if names.count(name) > 1:
            raise FoveolaError(
                f"Two files of maps would have the name {view.name!r}.",
                remedy="Give each window once; ids of observers must differ by letters or digits.",
            )
    return views


def parse_window(text: str) -> tuple[float, float]:
    """Read a time window in seconds.

    Examples
    --------
    >>> parse_window("0.5:2"), parse_window("2:")
    ((0.5, 2.0), (2.0, nan))

    Raises
    ------
    FoveolaError
        If it is no pair of times, or ends before it begins.
    """
    number = r"\s*([0-9]*\.?[0-9]*)\s*"
    found = re.fullmatch(f"{number}:{number}", text)
    begin, end = math.nan, math.nan
    if found and "." not in found.groups():
        begin, end = (float(one) if one else math.nan for one in found.groups())
    if begin >= end or (math.isnan(begin) and math.isnan(end)):
        raise FoveolaError(
            f"{text!r} is no time window.", remedy="Write it in seconds, as 0:1.5 or 1.5:"
        )
    return begin, end


def view_path(path: Path, view: MapView) -> Path:
    """File of a view: the view's name put before the ending."""
    return path.with_name(f"{path.stem}_{view.name}{path.suffix}") if view.name else path


def _plain(text: str) -> str:
    return re.sub(r"[^\w.-]", "-", text)
