"""Import the gaze on UCF Sports, as video-saliency research publishes it: frame by frame."""

from __future__ import annotations

from pathlib import Path

from foveola.data_schema import FixationSet, SetInfo

from .frame_maps import clip_folders, frame_files, set_of_frames

CITATION = (
    "Mathe, S., & Sminchisescu, C. (2015). Actions in the eye: Dynamic gaze datasets and learnt "
    "saliency models for visual recognition. IEEE TPAMI, 37. arXiv:1312.7570"
)


def import_ucf_sports(folder: str | Path, frame_rate_hz: float = float("nan")) -> FixationSet:
    """Import UCF Sports: the pixels looked at in each frame, all observers as one.

    Parameters
    ----------
    folder : path-like
        Holds ``{training,testing}/<clip>/fixation/*.png`` (or ``fixation/maps/*.mat``), or is
        itself one clip.
    frame_rate_hz : float
        Frames per second, which the layout does not state.

    Raises
    ------
    FoveolaError
        If the frame rate is not stated.
    FileFormatError
        If no clip is there, or a frame is damaged.
    """
    return import_clips("UCF Sports", "ucf-sports", Path(folder), frame_rate_hz)


def import_clips(name: str, dataset: str, folder: Path, frame_rate_hz: float) -> FixationSet:
    """Import clips of the layout that UCF Sports and Hollywood-2 share."""
    clips = {
        clip: frame_files(path)
        for clip, path in clip_folders(folder, ("training", "testing")).items()
    }
    info = SetInfo(name=name, citation=CITATION)
    return set_of_frames(info, clips, folder, frame_rate_hz, dataset)
