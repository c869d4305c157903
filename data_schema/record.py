"""The base of every small typed record, and the unit that a field's name carries."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

UNITS = {
    "_px_per_deg": "px/deg",
    "_deg_s": "deg/s",
    "_ppm": "1e-6",
    "_px_s": "px/s",
    "_px": "px",
    "_deg": "deg",
    "_cm": "cm",
    "_mm": "mm",
    "_hz": "Hz",
    "_s": "s",
}


class Record(BaseModel):
    """An immutable record without unknown fields; NaN stands for what is missing."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True)


def _one_nan(value: float) -> float:
    return math.nan if math.isnan(value) else value


#: A number that may be NaN, always the same NaN, so that records alike are equal.
FloatOrNan = Annotated[float, AfterValidator(_one_nan)]


def unit_of(name: str) -> str:
    """Return the unit that the suffix of a field's name states, or an empty string.

    Examples
    --------
    >>> unit_of("onset_s"), unit_of("left_x_px"), unit_of("drift_ppm"), unit_of("text")
    ('s', 'px', '1e-6', '')
    """
    return next((unit for suffix, unit in UNITS.items() if f"_{name}".endswith(suffix)), "")
