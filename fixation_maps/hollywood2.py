"""Import the gaze on Hollywood-2, as video-saliency research publishes it: shot by shot."""

from __future__ import annotations

from pathlib import Path

from foveola.data_schema import FixationSet

from .ucf_sports import import_clips


def import_hollywood2(folder: str | Path, frame_rate_hz: float = float("nan")) -> FixationSet:
    """Import Hollywood-2: the pixels looked at in each frame of each shot, all observers as one.

    Times count from the shot's first frame.

    Parameters
    ----------
    folder : path-like
        Holds ``{training,testing}/actionclip{train,test}NNNNN_S/fixation/*.png`` (or
        ``fixation/maps/*.mat``).
    frame_rate_hz : float
        Frames per second, which the layout does not state.

    Raises
    ------
    FoveolaError
        If the frame rate is not stated.
    FileFormatError
        If no shot is there, or a frame is damaged.
    """
    return import_clips("Hollywood-2", "hollywood-2", Path(folder), frame_rate_hz)
