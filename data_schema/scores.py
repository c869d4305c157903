"""Scores: a CSV for people and programs, and beside it what the scores were made from.

``NAME.csv`` holds one row for each model, stimulus and metric. ``NAME.h5`` beside it holds the
provenance, the protocol, a small picture of every model's map and one of where it gains
information, so that a report needs neither the models nor another pass over them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from .errors import FileFormatError
from .hdf5_file import new_file, open_file, read_provenance
from .hdf5_records import member, read_record, read_table, write_record, write_table
from .provenance import Provenance
from .record import Record
from .whole_file import written_whole

FORMAT, VERSION = "foveola.scores", "1.2"
COLUMNS = ("model", "stimulus", "metric", "value")
#: Longest side of a picture that is read.
MAX_PICTURE_PX = 4096


class Score(NamedTuple):
    """What a model reaches on a stimulus by a metric; NaN: the metric is not defined there."""

    model: str
    stimulus: str
    metric: str
    value: float


class ModelRow(Record):
    """A model that was scored."""

    name: str
    kind: Literal["saliency_map", "log_density"]
    source: str = ""


class Protocol(Record):
    """How the scores were computed.

    ``baseline`` is what information gain is counted from, ``maps`` what metrics were given of
    models of densities: ``density``, or ``metric-optimal``. Both are empty in files of version 1.0.
    Where the widths of the Gaussian differ between stimuli, ``sigmas_px`` holds each in their order
    and ``sigma_px`` the median; otherwise it is empty, as in files before version 1.2.
    """

    profile: str
    dataset: str
    fixations_path: str = ""
    fixations_sha256: str = ""
    sigma_px: float
    sigmas_px: tuple[float, ...] = ()
    metrics: tuple[str, ...]
    stimuli: tuple[str, ...]
    baseline: str = ""
    maps: str = ""


class ScaledPicture(NamedTuple):
    """A small picture whose greys stand for values.

    Attributes
    ----------
    grey : ndarray of uint8, shape (height, width)
        ``low + grey / 255 * (high - low)`` is the value of a pixel. What is above ``high`` is 255.
    low, high : float
        NaN where the values are not known.
    """

    grey: NDArray[np.uint8]
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class ScorePictures:
    """The open companion of a score file."""

    protocol: Protocol
    models: tuple[ModelRow, ...]
    provenance: Provenance
    _path: Path
    _file: h5py.File

    def picture(self, model: int, stimulus: int) -> NDArray[np.uint8]:
        """Small grey picture of a model's map, by the indices of model and stimulus."""
        return self.scaled(model, stimulus).grey

    def scaled(self, model: int, stimulus: int) -> ScaledPicture:
        """Small picture of a model's map, and what its greys stand for.

        Of a model of densities the values are probabilities a pixel of the stimulus.
        """
        return self._scaled("pictures", model, stimulus)

    def gain(self, model: int, stimulus: int) -> ScaledPicture | None:
        """Where a model gains information over the baseline; None where the file doesn't tell.

        The values are bits per fixation that a pixel of the stimulus contributes: the empirical
        density times the logarithm to base 2 of the model's density over the baseline's
        (Kümmerer, Wallis & Bethge 2015, doi 10.1073/pnas.1510393112). Grey 128 is 0.
        """
        return self._scaled("gains", model, stimulus) if self._has_gain(model, stimulus) else None

    def _has_gain(self, model: int, stimulus: int) -> bool:
        return f"gains/{model}/{stimulus}" in self._file

    def _scaled(self, name: str, model: int, stimulus: int) -> ScaledPicture:
        group = member(self._path, self._file[name], str(model), h5py.Group)
        dataset = member(self._path, group, str(stimulus), h5py.Dataset)
        shape = dataset.shape
        if (
            dataset.dtype != np.uint8
            or len(shape) != 2
            or not 0 < min(shape) <= max(shape) <= MAX_PICTURE_PX
        ):
            raise FileFormatError(self._path, "this is no small grey picture.", place=dataset.name)
        low, high = (dataset.attrs.get(name, math.nan) for name in ("low", "high"))
        if not (isinstance(low, float) and isinstance(high, float)):
            raise FileFormatError(
                self._path, "its range is no pair of numbers.", place=dataset.name
            )
        return ScaledPicture(np.asarray(dataset[()]), float(low), float(high))


def write_scores_csv(path: str | Path, scores: Iterable[Score]) -> None:
    """Write score rows as CSV, whole or not at all; a value that is not defined is empty."""
    with written_whole(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for score in scores:
            value = "" if math.isnan(score.value) else repr(float(score.value))
            writer.writerow((score.model, score.stimulus, score.metric, value))


def read_scores_csv(path: str | Path) -> list[Score]:
    """Read score rows; FileFormatError names the line that does not fit."""
    path = Path(path)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(_parse(path, csv.reader(file, strict=True)))
    except FileNotFoundError as error:
        raise FileFormatError(path, "there is no such file.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileFormatError(path, f"this is no CSV file ({error}).") from error


def _parse(path: Path, rows: Iterator[list[str]]) -> Iterator[Score]:
    if tuple(next(rows, ())) != COLUMNS:
        raise FileFormatError(path, f"the header must be {','.join(COLUMNS)}.", place="line 1")
    for line, row in enumerate(rows, start=2):
        try:
            model, stimulus, metric, value = row
            yield Score(model, stimulus, metric, float(value) if value else math.nan)
        except ValueError as error:
            raise FileFormatError(path, f"{error}.", place=f"line {line}") from error


@dataclass
class ScorePicturesWriter:
    """Appends pictures to a companion file that is being written."""

    _file: h5py.File

    def append(
        self,
        model: int,
        stimulus: int,
        picture: ScaledPicture | NDArray[np.uint8],
        gain: ScaledPicture | None = None,
    ) -> None:
        """Append the small picture of a map, and of where it gains information, where known."""
        scaled = picture if isinstance(picture, ScaledPicture) else ScaledPicture(picture)
        for name, one in (("pictures", scaled), ("gains", gain)):
            if one is not None:
                dataset = self._file.require_group(f"{name}/{model}").create_dataset(
                    str(stimulus), data=one.grey, chunks=one.grey.shape, compression="gzip"
                )
                dataset.attrs["low"], dataset.attrs["high"] = float(one.low), float(one.high)


@contextmanager
def new_score_pictures(
    path: str | Path, protocol: Protocol, models: Iterable[ModelRow], provenance: Provenance
) -> Iterator[ScorePicturesWriter]:
    """Write the companion of a score file; it appears when the block ends well."""
    with new_file(path, FORMAT, VERSION, provenance) as file:
        write_record(file, "protocol", protocol)
        write_table(file, "models", ModelRow, list(models))
        file.create_group("pictures")
        yield ScorePicturesWriter(file)


@contextmanager
def open_score_pictures(path: str | Path) -> Iterator[ScorePictures]:
    """Open the companion of a score file; FileFormatError names what is wrong."""
    path = Path(path)
    with open_file(path, FORMAT, VERSION) as file:
        member(path, file, "pictures", h5py.Group)
        yield ScorePictures(
            protocol=read_record(path, file, "protocol", Protocol),
            models=tuple(read_table(path, file, "models", ModelRow)),
            provenance=read_provenance(path, file),
            _path=path,
            _file=file,
        )
