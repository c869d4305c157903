"""Finds an LSL stream, and reads what it says of itself."""

from __future__ import annotations

from typing import Any

from foveola.data_schema import FoveolaError

from .lsl_channels import Channel
from .lsl_settings import LslSettings

#: How long a stream has to answer, and then others that fit as well.
RESOLVE_S, OTHERS_S = 3.0, 0.3


def find_stream(lsl: Any, settings: LslSettings) -> Any:
    """Find the one stream that the settings mean, within 5 s.

    Parameters
    ----------
    lsl : module
        pylsl.
    settings : LslSettings
        Name, type and source of the stream.

    Returns
    -------
    pylsl.StreamInfo
        As it is announced, without its description.

    Raises
    ------
    FoveolaError
        If there is none, which names those that there are, or there are several.
    """
    predicate = predicate_of(settings)
    found = lsl.resolve_bypred(predicate, 1, RESOLVE_S)
    if found:  # others may answer a moment later
        found = lsl.resolve_bypred(predicate, 100, OTHERS_S) or found
    if not found:
        there = [_named(info) for info in lsl.resolve_streams(OTHERS_S)]
        raise FoveolaError(
            f"There is no LSL stream with {predicate.replace(' and ', ', ')} "
            f"(streams that there are: {', '.join(sorted(there)) or 'none'}).",
            remedy="Start streaming in the tracker's software, or correct [tracker.lsl].",
        )
    if len({(info.name(), info.source_id(), info.hostname()) for info in found}) > 1:
        raise FoveolaError(
            f"Several LSL streams fit: {', '.join(sorted(map(_named, found)))}.",
            remedy="Choose one: [tracker.lsl] name = ... or source_id = ... in the settings.",
        )
    return found[0]


def predicate_of(settings: LslSettings) -> str:
    """What LSL is asked for.

    Examples
    --------
    >>> predicate_of(LslSettings(name="Core"))
    "type='Gaze' and name='Core'"
    """
    chosen = {
        name: value for name in ("type", "name", "source_id") if (value := getattr(settings, name))
    }
    return " and ".join(f"{name}='{value}'" for name, value in chosen.items()) or "*"


def channels_of(info: Any) -> list[Channel]:
    """What a stream's full description says of each channel."""
    found: list[Channel] = []
    element = info.desc().child("channels").child("channel")
    for i in range(info.channel_count()):
        label = element.child_value("label") or element.child_value("name")
        words = [element.child_value(what) for what in ("type", "eye", "unit")]
        found.append(Channel(label or f"channel {i}", *words))
        element = element.next_sibling("channel")
    return found


def maker_of(info: Any) -> str:
    """Manufacturer that a stream states; empty where it states none."""
    desc = info.desc()
    maker = desc.child_value("manufacturer")
    return str(maker or desc.child("acquisition").child_value("manufacturer"))


def _named(info: Any) -> str:
    return f"{info.name()} (type {info.type()}, source_id {info.source_id() or 'none'})"
