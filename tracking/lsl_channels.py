"""What the channels of an LSL stream hold, by what the stream says of them.

Streams are described freely. XDF's recommendation for gaze (https://github.com/sccn/xdf/wiki/Gaze-
Meta-Data) names the eye and the type of a channel; vendors mostly give a label alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from .text_table import column_name

#: Words by which a channel's label tells what it is, tried in this order.
SIDES = {
    "left": r"left|(?:^|_)l(?:_|$)|eye0",
    "right": r"right|(?:^|_)r(?:_|$)|eye1",
}
PLACE = r"gaze|por(?:_|$)|norm_pos|display|screen|pog|(?:^|_)pos(?:ition)?(?:_|$)"
AXES = {"x": r"(?:^|_|point|gaze|eye)x(?:_|$)", "y": r"(?:^|_|point|gaze|eye)y(?:_|$)"}
#: Labels of EyeLink's own relay name the eye and the axis alone.
EYE_AXIS = r"^(?:left|right)_?eye_?[xy]$"
OTHER = r"origin|3d|normal|velocity|ucs|vector|user|trackbox|valid|per_?degree"
PUPIL = r"pupil|diameter"
DEVICE_TIME = r"device_?time|time_?stamp_?device|eyelink_?timestamp"
#: Types of channels of XDF's recommendation.
TYPES = {
    "screenx": "x",
    "screeny": "y",
    "diameter": "pupil",
    "radius": "pupil",
}
UNITS = {
    "px": r"^(?:px|pixels?|pix)$",
    "screen": r"^(?:normali[sz]ed|norm|relative|fraction|screen)$",
    "deg": r"^(?:deg|degrees?|dva|°)$",
}


class Channel(NamedTuple):
    """What a stream says of a channel; empty where it says nothing."""

    label: str
    kind: str = ""
    eye: str = ""
    unit: str = ""


def places_of(labels: Sequence[str]) -> dict[str, int]:
    """Channels by what they hold: ``left_x``, ``x`` of both eyes, ``left_pupil``, ``device``.

    Examples
    --------
    >>> places_of(["left_gaze_x", "left_gaze_y", "light", "left_pupil"])
    {'left_x': 0, 'left_y': 1, 'left_pupil': 3}
    """
    found: dict[str, int] = {}
    for i, label in enumerate(labels):
        plain = column_name(label)
        side = next((one for one, words in SIDES.items() if re.search(words, plain)), "")
        prefix = f"{side}_" if side else ""
        if re.search(DEVICE_TIME, plain):
            found.setdefault("device", i)
        elif re.search(OTHER, plain):
            continue
        elif re.search(PUPIL, plain):
            found.setdefault(f"{prefix}pupil", i)
        elif re.search(PLACE, plain) or re.search(EYE_AXIS, plain) or plain in ("x", "y"):
            axis = next((one for one, words in AXES.items() if re.search(words, plain)), "")
            if axis or plain in ("x", "y"):
                found.setdefault(f"{prefix}{axis or plain}", i)
    return found


def places_of_channels(channels: Sequence[Channel]) -> dict[str, int]:
    """Channels by what they hold, by XDF's recommendation where they follow it, else by labels."""
    found: dict[str, int] = {}
    for i, channel in enumerate(channels):
        what = TYPES.get(channel.kind.lower())
        if what:
            eye = channel.eye.lower()
            found.setdefault(f"{eye}_{what}" if eye in ("left", "right") else what, i)
    by_labels = places_of([channel.label for channel in channels])
    if any(name.endswith("x") for name in found):
        return found | {name: i for name, i in by_labels.items() if name == "device"}
    return by_labels


def unit_of_channels(channels: Sequence[Channel], places: dict[str, int]) -> str:
    """Unit that the channels of gaze state; empty where they state none, or several."""
    stated = {
        next((unit for unit, words in UNITS.items() if re.search(words, text)), "")
        for name, i in places.items()
        if name.endswith(("x", "y"))
        for text in [channels[i].unit.strip().lower()]
    }
    return stated.pop() if len(stated) == 1 else ""
