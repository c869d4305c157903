"""What a saliency model is, and what it is shown."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foveola.data_schema import FileFormatError, FixationSet, FoveolaError, Stimulus

Kind = Literal["saliency_map", "log_density"]


@dataclass(frozen=True)
class StimulusView:
    """A stimulus of a set; its image is decoded when it is asked for, and once.

    Attributes
    ----------
    index : int
        Index of the stimulus in its set.
    stimulus : Stimulus
        Id and size.
    path : Path or None
        The image file; None where it is not known.
    """

    index: int
    stimulus: Stimulus
    path: Path | None

    @cached_property
    def image(self) -> NDArray[np.uint8]:
        """The image, shape (height, width, 3), as it was shown.

        Raises
        ------
        FoveolaError
            If the image is missing, damaged, or not the one that was shown.
        """
        if self.path is None:
            raise FoveolaError(
                f"The set does not say where the image of the stimulus {self.stimulus.id!r} is.",
                remedy="Score only models that need no image, or import the set with its images.",
            )
        return _read_image(self.path, self.stimulus)


def stimulus_view(fixations: FixationSet, index: int) -> StimulusView:
    """View of the stimulus of that index."""
    stimulus = fixations.stimuli[index]
    return StimulusView(index, stimulus, fixations.stimulus_path(index) if stimulus.path else None)


@runtime_checkable
class SaliencyModel(Protocol):
    """Predicts where people look.

    A model is any object with these three; it needs no base class.
    """

    @property
    def name(self) -> str:
        """Name in tables, unique among the models that are scored together."""
        ...

    @property
    def kind(self) -> Kind:
        """What ``predict`` returns."""
        ...

    def predict(self, view: StimulusView) -> NDArray[np.floating]:
        """Map of a stimulus, shape (height, width) of the stimulus.

        ``saliency_map``: any finite numbers, of which only larger and smaller have a meaning.
        ``log_density``: natural logarithms of probabilities that sum to 1 over the pixels.
        """
        ...


@runtime_checkable
class ObserverModel(SaliencyModel, Protocol):
    """A model that knows the observers' own fixations, and leaves out the one it is judged by."""

    def predict_for(self, view: StimulusView, observer: int) -> NDArray[np.floating]:
        """Map of a stimulus made without the observer of that index."""
        ...


def _read_image(path: Path, stimulus: Stimulus) -> NDArray[np.uint8]:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise FileFormatError(
            path, "there is no such image.", remedy=f"The stimulus {stimulus.id!r} needs it."
        ) from error
    if stimulus.sha256 and hashlib.sha256(content).hexdigest() != stimulus.sha256:
        raise FileFormatError(
            path,
            f"this is not the image that was shown as {stimulus.id!r}: its content has changed.",
            remedy="Put the original back.",
        )
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.size != (stimulus.width_px, stimulus.height_px):
                raise FileFormatError(
                    path,
                    f"it has {image.width} x {image.height} pixels, the stimulus "
                    f"{stimulus.width_px} x {stimulus.height_px}.",
                )
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FileFormatError(path, f"this image can't be read ({error}).") from error
