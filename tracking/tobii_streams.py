"""What TittaPy's streams hold, in the project's own terms.

A stream is a dictionary of arrays of one length: times in microseconds, gaze from 0 to 1 across the
display area, pupils and openness in mm, places in the user's coordinates in mm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import Eyes, GazeSamples, Message, Screen, gaze_samples

from .tracker import ClockPair, EyeImage

Stream = Mapping[str, Any]
DEVICE, SYSTEM = "device_time_stamp", "system_time_stamp"
REQUEST, RESPONSE = "system_request_time_stamp", "system_response_time_stamp"
#: What samples carry already; every other column is kept beside them.
CARRIED = {DEVICE, SYSTEM} | {
    f"{side}_{name}"
    for side in ("left", "right")
    for name in ("gaze_point_on_display_area_x", "gaze_point_on_display_area_y", "pupil_diameter")
}
FLAGS = "valid", "available"
#: Notifications that an operator has to know of, in words.
PROBLEMS = {
    "connection_lost": "the connection to the Tobii tracker is lost",
    "connection_restored": "the Tobii tracker is connected again",
    "device_faults": "the Tobii tracker reports a fault",
    "device_warnings": "the Tobii tracker warns",
    "stream_buffer_overflow": "the Tobii tracker had to drop samples",
    "display_area_changed": "the display area of the Tobii tracker was changed",
    "gaze_output_frequency_changed": "the sampling rate of the Tobii tracker was changed",
    "eye_tracking_mode_changed": "the tracking mode of the Tobii tracker was changed",
}


def samples_of(gaze: Stream, screen: Screen, eyes: Eyes, ahead_s: float) -> GazeSamples:
    """Samples of the stream ``gaze``.

    Parameters
    ----------
    gaze : mapping of str to ndarray
        As ``consume_N("gaze")`` returns it.
    screen : Screen
        Its size in px is that of the display area.
    eyes : {"left", "right", "both"}
        Which eyes are tracked; the other one is missing.
    ahead_s : float
        Recorder's clock minus the system's.
    """
    samples = gaze_samples(gaze[SYSTEM] / 1e6 + ahead_s, device_time_s=gaze[DEVICE] / 1e6)
    for side in ("left", "right") if eyes == "both" else (eyes,):
        seen = _there(gaze, side, "gaze_point")
        area = f"{side}_gaze_point_on_display_area"
        samples[f"{side}_x_px"] = np.where(seen, gaze[f"{area}_x"] * screen.width_px, np.nan)
        samples[f"{side}_y_px"] = np.where(seen, gaze[f"{area}_y"] * screen.height_px, np.nan)
        pupil_mm = gaze[f"{side}_pupil_diameter"]
        samples[f"{side}_pupil"] = np.where(_there(gaze, side, "pupil"), pupil_mm, np.nan)
    return samples


def more_columns_of(gaze: Stream) -> NDArray[np.void]:
    """Every column of the stream ``gaze`` that samples do not carry, under TittaPy's names."""
    kept = {name: np.asarray(values) for name, values in gaze.items() if name not in CARRIED}
    rows = np.zeros(len(gaze[SYSTEM]), [(name, values.dtype) for name, values in kept.items()])
    for name, values in kept.items():
        rows[name] = values
    return rows


def clock_pairs_of(time_sync: Stream, ahead_s: float) -> tuple[ClockPair, ...]:
    """Comparisons of the clocks: the tracker answers some time between request and response."""
    request_s, response_s = (np.asarray(time_sync[name]) / 1e6 for name in (REQUEST, RESPONSE))
    middle_s = (request_s + response_s) / 2 + ahead_s
    device_s = np.asarray(time_sync[DEVICE]) / 1e6
    pairs = zip(
        middle_s.tolist(), device_s.tolist(), (response_s - request_s).tolist(), strict=True
    )
    return tuple(ClockPair(*pair) for pair in pairs)


def sync_messages(time_sync: Stream, ahead_s: float) -> tuple[Message, ...]:
    """Every comparison of the clocks as it came, in microseconds."""
    columns = [np.asarray(time_sync[name]).tolist() for name in (REQUEST, DEVICE, RESPONSE)]
    return tuple(
        Message(
            time_s=response / 1e6 + ahead_s,
            text=f"TOBII TIMESYNC request {request} device {device} response {response} us",
        )
        for request, device, response in zip(*columns, strict=True)
    )


def signal_messages(signals: Stream, ahead_s: float) -> tuple[Message, ...]:
    """Edges at the tracker's TTL input, each at the moment that the tracker saw it."""
    columns = [list(signals[name]) for name in (SYSTEM, DEVICE, "value", "change_type")]
    return tuple(
        Message(
            time_s=system / 1e6 + ahead_s,
            text=f"TOBII TTL {int(value)} {kind.name} device {int(device)} us",
        )
        for system, device, value, kind in zip(*columns, strict=True)
    )


def notification_messages(
    notifications: Stream, ahead_s: float
) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """What the tracker said of itself, and what of it an operator has to know."""
    names = (SYSTEM, "notification_type", "output_frequency", "errors_or_warnings")
    messages, problems = [], []
    for system, kind, rate_hz, words in zip(*(list(notifications[n]) for n in names), strict=True):
        details = [f"{rate_hz:g} Hz"] if rate_hz is not None else []
        details += [str(words)] if words else []
        text = " ".join(["TOBII NOTIFICATION", kind.name, *details])
        messages.append(Message(time_s=system / 1e6 + ahead_s, text=text))
        if kind.name in PROBLEMS:
            problems.append(": ".join([PROBLEMS[kind.name], *details]))
    return tuple(messages), tuple(problems)


def position_text(positioning: Stream) -> str:
    """The newest place of the eyes in the tracker's box (0 to 1 each way); empty where none is."""
    if not len(positioning["left_user_position_x"]):
        return ""
    parts = []
    for side in ("left", "right"):
        valid = bool(positioning[f"{side}_user_position_valid"][-1])
        place = [float(positioning[f"{side}_user_position_{axis}"][-1]) for axis in "xyz"]
        parts.append(f"{side} " + (" ".join(f"{one:.3f}" for one in place) if valid else "none"))
    return f"TOBII POSITION {' '.join(parts)}"


def eye_images_of(images: Stream, ahead_s: float) -> tuple[EyeImage, ...]:
    """Pictures of the eyes, which were asked for as GIF files."""
    columns = [list(images[name]) for name in (SYSTEM, "camera_id", "image")]
    return tuple(
        EyeImage(system / 1e6 + ahead_s, int(camera), np.asarray(image, np.uint8).tobytes())
        for system, camera, image in zip(*columns, strict=True)
    )


def _there(gaze: Stream, side: str, what: str) -> NDArray[np.bool_]:
    valid, available = (np.asarray(gaze[f"{side}_{what}_{word}"]) for word in FLAGS)
    return np.asarray(valid & available)
