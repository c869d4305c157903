"""The file of an unfinished run: what is scored is kept, whatever kills the run.

``NAME.csv.partial`` holds one line a stimulus, appended when its maps are scored: a checksum, then
JSON with the values and the small pictures of all models. The first line says of which run. What
was cut off, or lies behind damage, is left out and scored again.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FileFormatError, FoveolaError, ScaledPicture

Floats = NDArray[np.float64]

SUFFIX = ".partial"


@dataclass(frozen=True)
class StimulusScores:
    """What the models reach on one stimulus.

    Attributes
    ----------
    index : int
        Of the stimulus.
    values : ndarray, shape (models, metrics)
        NaN where a metric is not defined.
    pictures : tuple of ScaledPicture
        Small picture of each model's map.
    gains : tuple of ScaledPicture or None
        Where each model gains information over the baseline.
    by_observer : ndarray, shape (models, metrics, observers), optional
        Scores of each observer's fixations, where they were asked for.
    """

    index: int
    values: Floats
    pictures: tuple[ScaledPicture, ...]
    gains: tuple[ScaledPicture | None, ...]
    by_observer: Floats | None = None


class PartialScores:
    """The open file of an unfinished run.

    Parameters
    ----------
    path : Path
        The file of scores to be; the unfinished one lies beside it.
    run : mapping
        What the scores depend on, as JSON: a run is gone on with only where all of it is the same.
    resume : bool
        Whether to go on with an unfinished run; without one it begins anew.

    Raises
    ------
    FoveolaError
        If the unfinished run is another one; the message says in what.
    """

    def __init__(self, path: Path, run: Mapping[str, Any], *, resume: bool) -> None:
        if not path.parent.is_dir():
            raise FoveolaError(f"The folder {path.parent} does not exist.", remedy="Make it first.")
        self.path = path.with_name(path.name + SUFFIX)
        self._places: dict[int, int] = {}
        header = _line(dict(run))
        end = self._find_results(run) if resume and self.path.exists() else 0
        self._file: BinaryIO = self.path.open("r+b" if end else "w+b")
        self._file.truncate(end)
        self._file.seek(end)
        if not end:
            self._file.write(header)
            self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; the file goes when the run ended well, or had no result yet."""
        self._file.close()
        if kind is None or not self._places:
            self.path.unlink(missing_ok=True)

    @property
    def done(self) -> frozenset[int]:
        """Indices of the stimuli that are scored."""
        return frozenset(self._places)

    def append(self, scores: StimulusScores) -> None:
        """Keep the scores of a stimulus; they outlive this process when this returns."""
        self._file.seek(0, 2)
        place = self._file.tell()
        self._file.write(_line(_as_json(scores)))
        self._file.flush()
        self._places[scores.index] = place

    def in_order(self) -> Iterator[StimulusScores]:
        """Read back all scores, one stimulus at a time, in the order of the stimuli."""
        for index in sorted(self._places):
            self._file.seek(self._places[index])
            record = _parsed(self._file.readline())
            if record is None:
                raise FileFormatError(self.path, "it was changed while it was written.")
            yield _from_json(record)

    def _find_results(self, run: Mapping[str, Any]) -> int:
        """Remember where whole results lie; returns where they end, 0 where there is no header."""
        with self.path.open("rb") as file:
            header = _parsed(file.readline())
            if header is None:
                return 0
            wanted = json.loads(json.dumps(run))
            for key in dict.fromkeys([*header, *wanted]):
                if header.get(key) != wanted.get(key):
                    raise FoveolaError(
                        f"The unfinished run in {self.path} is another one: its "
                        f"{key.replace('_', ' ')} differs.",
                        remedy="Score without --resume to begin anew.",
                    )
            end = file.tell()
            while line := file.readline():
                record = _parsed(line)
                if record is None:
                    break
                self._places[int(record["index"])] = end
                end = file.tell()
            return end


def _line(record: Mapping[str, Any]) -> bytes:
    text = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The record of a line; None where the line is cut off or damaged."""
    checksum, _, text = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text):
        return None
    record = json.loads(text)
    return record if isinstance(record, dict) else None


def _as_json(scores: StimulusScores) -> dict[str, Any]:
    return {
        "index": scores.index,
        "values": scores.values.tolist(),
        "pictures": [_picture_as_json(picture) for picture in scores.pictures],
        "gains": [None if gain is None else _picture_as_json(gain) for gain in scores.gains],
        "by_observer": None if scores.by_observer is None else scores.by_observer.tolist(),
    }


def _from_json(record: Mapping[str, Any]) -> StimulusScores:
    by_observer = record["by_observer"]
    return StimulusScores(
        record["index"],
        np.array(record["values"], float),
        tuple(_picture_from_json(one) for one in record["pictures"]),
        tuple(None if one is None else _picture_from_json(one) for one in record["gains"]),
        None if by_observer is None else np.array(by_observer, float),
    )


def _picture_as_json(picture: ScaledPicture) -> list[Any]:
    packed = base64.b64encode(zlib.compress(picture.grey.tobytes(), 1)).decode()
    return [*picture.grey.shape, picture.low, picture.high, packed]


def _picture_from_json(record: Sequence[Any]) -> ScaledPicture:
    height, width, low, high, packed = record
    grey = np.frombuffer(zlib.decompress(base64.b64decode(packed)), np.uint8)
    return ScaledPicture(grey.reshape(height, width), low, high)
