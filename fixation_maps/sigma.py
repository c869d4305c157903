"""The width of a blur as a user states it: ``1deg`` or ``24px``."""

from __future__ import annotations

import math
import re
from typing import Literal, NamedTuple

from foveola.data_schema import FoveolaError


class Sigma(NamedTuple):
    """Standard deviation of a Gaussian, in degrees of visual angle or stimulus pixels."""

    value: float
    unit: Literal["deg", "px"]

    def in_px(self, px_per_deg: float) -> float:
        """Width in stimulus pixels.

        Raises
        ------
        FoveolaError
            If it is stated in degrees and the pixels per degree are unknown (NaN).
        """
        if self.unit == "px":
            return self.value
        if not px_per_deg > 0:
            raise FoveolaError(
                f"A sigma of {self.value:g}deg needs the pixels per degree of the stimuli, "
                "which are unknown or differ between them.",
                remedy="State sigma in stimulus pixels, as 24px.",
            )
        return self.value * px_per_deg


def parse_sigma(text: str) -> Sigma:
    """Read a width.

    Examples
    --------
    >>> parse_sigma("1deg")
    Sigma(value=1.0, unit='deg')
    >>> parse_sigma("23.99 px").in_px(px_per_deg=float("nan"))
    23.99

    Raises
    ------
    FoveolaError
        If it is not a positive number with the unit deg or px.
    """
    found = re.fullmatch(r"\s*([0-9.eE+-]+)\s*(deg|px)\s*", text)
    try:
        value = float(found[1]) if found else math.nan
    except ValueError:
        value = math.nan
    if not found or not 0 < value < math.inf:
        raise FoveolaError(
            f"{text!r} is no width of a blur.", remedy="Write it as 1deg or as 24px."
        )
    return Sigma(value, "deg" if found[2] == "deg" else "px")
