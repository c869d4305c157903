"""How a model's saliency maps become densities: a JSON file of a few hundred numbers."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from .errors import FileFormatError
from .provenance import Provenance
from .record import Record
from .whole_file import written_whole

FORMAT, VERSION = "foveola.density_calibration", "1.0"
#: Ids of a million stimuli fit.
MAX_BYTES = 2**26
MAX_KNOTS = 1000


class DensityFit(Record):
    """Values of two piecewise linear curves at their knots.

    ``nonlinearity`` rises with the map's value; ``centre_bias`` multiplies it by the distance
    from the centre. Both are positive.
    """

    nonlinearity: tuple[float, ...] = Field(min_length=1, max_length=MAX_KNOTS)
    centre_bias: tuple[float, ...] = Field(min_length=1, max_length=MAX_KNOTS)


class DensityCalibration(Record):
    """A calibration of one model: blur, knots, and the fits.

    Where a stimulus was used for the fit, its density comes from a fit without it: ``folds`` says
    from which of ``held_out``. All others have the fit ``whole``.
    """

    format: Literal["foveola.density_calibration"] = "foveola.density_calibration"
    format_version: str = Field(default=VERSION, pattern=r"^1\.\d+$")
    model: str
    dataset: str
    blur_px: float = Field(ge=0, le=1e5, allow_inf_nan=False)
    map_knots: tuple[float, ...] = Field(min_length=1, max_length=MAX_KNOTS)
    distance_knots: tuple[float, ...] = Field(
        min_length=1,
        max_length=MAX_KNOTS,
        description="from the centre, in halves of the image's width and height",
    )
    whole: DensityFit
    held_out: tuple[DensityFit, ...] = ()
    folds: dict[str, int] = Field(default_factory=dict)
    information_gain_bits: float = Field(
        description="over the uniform density, cross-validated, mean over images"
    )
    provenance: Provenance

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for knots in (self.map_knots, self.distance_knots):
            if any(not low < high for low, high in pairwise(knots)):
                raise ValueError("knots must rise")
        for fit in (self.whole, *self.held_out):
            for values, knots in (
                (fit.nonlinearity, self.map_knots),
                (fit.centre_bias, self.distance_knots),
            ):
                if len(values) != len(knots) or not all(0 < one < 1e300 for one in values):
                    raise ValueError("a fit needs a positive value for each knot")
        if any(not 0 <= fold < len(self.held_out) for fold in self.folds.values()):
            raise ValueError("a stimulus is of a fold that is not there")
        return self

    def fit_of(self, stimulus: str) -> DensityFit:
        """Fit for a stimulus, made without it."""
        fold = self.folds.get(stimulus)
        return self.whole if fold is None else self.held_out[fold]


def write_density_calibration(path: str | Path, calibration: DensityCalibration) -> None:
    """Write a calibration as JSON, whole or not at all."""
    with written_whole(path) as part:
        part.write_text(calibration.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_density_calibration(path: str | Path) -> DensityCalibration:
    """Read a calibration; FileFormatError names what does not fit."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileFormatError(path, f"it can't be read ({error.strerror}).") from error
    if len(content) > MAX_BYTES:
        raise FileFormatError(path, "it is too large for a calibration.")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(path, f"this is no JSON ({str(error)[:100]}).") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise FileFormatError(
            path, "this is no calibration.", remedy="Make one with: foveola calibrate"
        )
    try:
        return DensityCalibration.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(str(part) for part in first["loc"])
        raise FileFormatError(path, f"{first['msg']}.", place=place) from error
