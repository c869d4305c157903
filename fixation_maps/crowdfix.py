"""Import CrowdFix: short clips of crowds."""

from __future__ import annotations

from pathlib import Path

from foveola.data_schema import FileFormatError, FixationSet, SetInfo

from .frame_maps import ENDINGS, set_of_frames
from .published import files_in, find_part, natural_order

CITATION = (
    "Tahira, M., Mehboob, S., Rahman, A. U., & Arif, O. (2019). CrowdFix: An eyetracking dataset "
    "of real life crowd videos. IEEE Access. doi:10.1109/ACCESS.2019.2956840"
)
FRAME_RATE_HZ = 30.0


def import_crowdfix(folder: str | Path, frame_rate_hz: float = FRAME_RATE_HZ) -> FixationSet:
    """Import CrowdFix: the pixels looked at in each frame, all observers as one.

    Frames are named as the set's ``frame.py`` names them: ``<clip>_001.png``.

    Parameters
    ----------
    folder : path-like
        Holds ``Binary Fixation Maps/`` with all frames, at its top or in folders.
    frame_rate_hz : float, default 30
        Frames per second.

    Raises
    ------
    FileFormatError
        If the maps are missing, damaged, or not named so.
    """
    maps = find_part(Path(folder), "Binary Fixation Maps")
    clips: dict[str, list[Path]] = {}
    for path in files_in(maps, "**/*", ENDINGS):
        clip, _, number = path.stem.rpartition("_")
        if not clip or not number.isdecimal():
            raise FileFormatError(
                path, "its name is not <clip>_NNN.", remedy="Make the frames with frame.py."
            )
        clips.setdefault(clip, []).append(path)
    clips = {name: clips[name] for name in sorted(clips, key=natural_order)}
    info = SetInfo(name="CrowdFix", citation=CITATION)
    return set_of_frames(info, clips, maps.parent, frame_rate_hz, "crowdfix")
