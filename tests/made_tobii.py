"""A Tobii tracker without hardware: TittaPy's own enumerations, and dictionaries as it builds them.

Names, types and order of the columns are those of TittaPy 2.1.0 (``StructVectorToDict`` in its
source); ``test_tobii`` looks the names up in the installed library.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

#: System clock minus recorder's clock, and tracker's clock minus system's.
SYSTEM_AHEAD_S, DEVICE_AHEAD_S = 1000.0, 77.0
RATE_HZ = 600.0


def titta_v2() -> Any:
    return pytest.importorskip("TittaPy_v2", reason="the extra tobii is not installed")


def eye_columns(side: str, n: int, x: np.ndarray, y: np.ndarray, valid: np.ndarray) -> dict:
    there = np.ones(n, bool)
    lost = np.where(valid, np.float32(1), np.float32(np.nan))
    return {
        f"{side}_gaze_point_on_display_area_x": (x * lost).astype("f4"),
        f"{side}_gaze_point_on_display_area_y": (y * lost).astype("f4"),
        f"{side}_gaze_point_in_user_coordinates_x": (x * 500 * lost).astype("f4"),
        f"{side}_gaze_point_in_user_coordinates_y": (y * 300 * lost).astype("f4"),
        f"{side}_gaze_point_in_user_coordinates_z": (np.full(n, 30.0) * lost).astype("f4"),
        f"{side}_gaze_point_valid": valid,
        f"{side}_gaze_point_available": there,
        f"{side}_pupil_diameter": (np.full(n, 3.25) * lost).astype("f4"),
        f"{side}_pupil_valid": valid,
        f"{side}_pupil_available": there,
        f"{side}_gaze_origin_in_user_coordinates_x": np.full(n, -30.0, "f4"),
        f"{side}_gaze_origin_in_user_coordinates_y": np.full(n, 10.0, "f4"),
        f"{side}_gaze_origin_in_user_coordinates_z": np.full(n, 600.0, "f4"),
        f"{side}_gaze_origin_valid": valid,
        f"{side}_gaze_origin_available": there,
        f"{side}_eye_openness_diameter": np.full(n, 10.5, "f4"),
        f"{side}_eye_openness_valid": there,
        f"{side}_eye_openness_available": there,
    }


class MadeDevice:
    """What ``TittaPy_v2.EyeTracker`` offers, on a clock of the test's own.

    Gaze sweeps over the display area; every tenth sample of both eyes is invalid.
    """

    model, serial_number, firmware_version = "Tobii Pro Spectrum", "TPSP1-010203", "2.6.1"
    supported_frequencies = (60.0, 150.0, 300.0, 600.0, 1200.0)
    supported_modes = ("human", "monkey")

    def __init__(self, clock: Callable[[], float]) -> None:
        self.titta = titta_v2()
        self.clock = clock
        self.frequency = RATE_HZ
        self.display_area = {"width": 530.0, "height": 300.0}
        self.tracking_mode = "human"
        self.capabilities = list(self.titta.capability.__members__.values())
        self.recording: set[str] = {"notification"}
        self.calls: list[tuple] = []
        self.waiting: dict[str, list] = {"external_signal": [], "notification": []}
        self.next, self.end = 0, None
        self.next_sync = 0
        # Calibration
        self.mode = False
        self.answers: deque = deque()
        self.points: dict[tuple[float, float], int] = {}
        self.fail: dict[str, int] = {}
        self.mute = False
        self.slow_polls = 0
        self.data = b"first"

    def system_us(self) -> int:
        return round((self.clock() + SYSTEM_AHEAD_S) * 1e6)

    # Streams
    def has_stream(self, stream: str) -> bool:
        assert stream in self.titta.EyeTracker.stream.__members__
        return True

    def set_include_eye_openness_in_gaze(self, include: bool) -> bool:
        self.calls.append(("openness", include))
        return False

    def start(self, stream: str, initial_buffer_size=None, as_gif=None) -> bool:
        self.has_stream(stream)
        self.calls.append(("start", stream))
        self.recording.add(stream)
        if stream == "gaze":
            self.next = int(np.ceil(self.clock() * self.frequency - 1e-6))
            self.end = None
        if stream == "time_sync":
            self.next_sync = int(np.ceil(self.clock() * 10))
        return True

    def stop(self, stream: str, clear_buffer=None) -> bool:
        if stream == "gaze" and stream in self.recording:
            self.end = self._arrived()
        self.recording.discard(stream)
        return True

    def clear(self, stream: str) -> None:
        self.has_stream(stream)

    def consume_N(self, stream: str, N_samples=None, side=None) -> dict:  # noqa: N802, N803
        self.has_stream(stream)
        return getattr(self, f"_{stream}")()

    def peek_N(self, stream: str, N_samples=1, side=None) -> dict:  # noqa: N802, N803
        assert stream == "gaze"
        last = self._arrived() - 1
        return self._gaze_of(np.arange(last, last + 1)) if last >= 0 else self._gaze_of(np.empty(0))

    def _arrived(self) -> int:
        if self.end is not None:
            return self.end
        return int(np.floor(self.clock() * self.frequency + 1e-6)) + 1

    def _gaze(self) -> dict:
        numbers = np.arange(self.next, max(self.next, self._arrived()))
        self.next += len(numbers)
        return self._gaze_of(numbers)

    def _gaze_of(self, numbers: np.ndarray) -> dict:
        n = len(numbers)
        times_s = numbers / self.frequency + SYSTEM_AHEAD_S
        x, valid = (numbers % 1000) / 1000, numbers % 10 != 9
        return {
            "device_time_stamp": np.round((times_s + DEVICE_AHEAD_S) * 1e6).astype("i8"),
            "system_time_stamp": np.round(times_s * 1e6).astype("i8"),
            **eye_columns("left", n, x, np.full(n, 0.25), valid),
            **eye_columns("right", n, x, np.full(n, 0.75), valid),
        }

    def _time_sync(self) -> dict:
        """Ten a second; every third answer takes ten times as long."""
        end = int(np.floor(self.clock() * 10 + 1e-6)) + 1 if "time_sync" in self.recording else 0
        numbers = np.arange(self.next_sync, max(self.next_sync, end))
        self.next_sync += len(numbers)
        request_us = np.round((numbers / 10 + SYSTEM_AHEAD_S) * 1e6).astype("i8")
        trip_us = np.where(numbers % 3 == 0, 4000, 400)
        return {
            "system_request_time_stamp": request_us,
            "device_time_stamp": request_us + trip_us // 2 + round(DEVICE_AHEAD_S * 1e6),
            "system_response_time_stamp": request_us + trip_us,
        }

    def _external_signal(self) -> dict:
        rows, self.waiting["external_signal"] = self.waiting["external_signal"], []
        return {
            "device_time_stamp": np.array([row[0] + 77_000_000 for row in rows], "i8"),
            "system_time_stamp": np.array([row[0] for row in rows], "i8"),
            "value": np.array([row[1] for row in rows], "u4"),
            "change_type": [self.titta.external_signal_change_type.value_changed for _ in rows],
        }

    def _positioning(self) -> dict:
        columns = {f"{side}_user_position_{axis}" for side in ("left", "right") for axis in "xyz"}
        there = {name: np.array([0.5], "f4") for name in columns}
        valid = {"left_user_position_valid": np.array([True])}
        return there | valid | {"right_user_position_valid": np.array([False])}

    def _notification(self) -> dict:
        rows, self.waiting["notification"] = self.waiting["notification"], []
        if any(row[1] == "display_area_changed" for row in rows):
            raise TypeError("Unregistered type : TobiiResearchDisplayArea")
        kinds = self.titta.notification_type
        return {
            "system_time_stamp": np.array([row[0] for row in rows], "i8"),
            "notification_type": [getattr(kinds, row[1]) for row in rows],
            "output_frequency": [row[2] for row in rows],
            "display_area": [None for _ in rows],
            "errors_or_warnings": [row[3] for row in rows],
        }

    def _eye_image(self) -> dict:
        return {
            "device_time_stamp": np.array([1], "i8"),
            "system_time_stamp": np.array([self.system_us()], "i8"),
            "camera_id": np.array([1], "i4"),
            "is_gif": np.array([True]),
            "image": [np.frombuffer(b"GIF89a...", "u1")],
        }

    # Calibration
    def is_in_calibration_mode(self, issue_error_if_not_=None) -> bool:
        return self.mode

    def enter_calibration_mode(self, do_monocular: bool) -> bool:
        self.calls.append(("enter", do_monocular))
        self.mode, self.points = True, {}
        self._answer("enter")
        return True

    def leave_calibration_mode(self, force=None) -> bool:
        self.calls.append(("leave", force))
        was, self.mode = self.mode, False
        if was:
            self._answer("exit")
        return was

    def calibration_collect_data(self, coordinates, eye=None) -> None:
        self._need_mode()
        self.calls.append(("collect", tuple(coordinates), eye))
        status = self._answer("collect_data", coordinates)
        if status == 0:
            place = tuple(coordinates)
            self.points[place] = self.points.get(place, 0) + 1

    def calibration_discard_data(self, coordinates, eye=None) -> None:
        self._need_mode()
        self.calls.append(("discard", tuple(coordinates), eye))
        self.points.pop(tuple(coordinates), None)
        self._answer("discard_data", coordinates)

    def calibration_compute_and_apply(self) -> None:
        self._need_mode()
        kinds = self.titta.calibration_status
        status = kinds.success if self.points else kinds.failure
        points = [self._point(place) for place in self.points]
        self.data = bytes([len(self.points)])
        self._answer("compute", calibration_result={"points": points, "status": status})

    def calibration_get_data(self) -> None:
        self._need_mode()
        self._answer("get_calibration_data", calibration_data=list(self.data))

    def calibration_apply_data(self, cal_data) -> None:
        self._need_mode()
        if self._answer("apply_calibration_data") == 0:
            self.data = bytes(cal_data)

    def calibration_retrieve_result(self) -> dict | None:
        if self.mute or not self.answers:
            return None
        if self.slow_polls:
            self.slow_polls -= 1
            return None
        return self.answers.popleft()

    def _need_mode(self) -> None:
        if not self.mode:
            raise RuntimeError("Titta::cpp::isInCalibrationMode: you have not entered")

    def _answer(self, action: str, coordinates=None, **more: Any) -> int:
        status = self.fail.get(action, 0)
        item = {"action": getattr(self.titta.calibration_action, action)}
        if coordinates is not None:
            item["coordinates"] = [float(np.float32(one)) for one in coordinates]
        text = f"Tobii SDK code: {status}: TOBII_RESEARCH_STATUS_{'OK' if not status else 'SE_X'}"
        answer = {"work_item": item, "status": status, "status_string": text}
        self.answers.append(answer | (more if status == 0 else {}))
        return status

    def _point(self, place: tuple[float, float]) -> dict:
        """Five samples half a percent right of the target; of the right eye two are not used."""
        kinds = self.titta.calibration_eye_validity
        used, lost = kinds.valid_and_used, kinds.invalid_and_not_used
        point = {
            "position_on_display_area_x": float(np.float32(place[0])),
            "position_on_display_area_y": float(np.float32(place[1])),
        }
        for side, validity in (("left", [used] * 5), ("right", [used] * 3 + [lost] * 2)):
            area = f"samples_{side}_position_on_display_area"
            point[f"{area}_x"] = np.full(5, place[0] + 0.005, "f4")
            point[f"{area}_y"] = np.full(5, place[1], "f4")
            point[f"samples_{side}_validity"] = validity
        return point


class MadeModule(SimpleNamespace):
    """What the module ``TittaPy_v2`` offers, with trackers that are there."""


def made_module(clock: Callable[[], float], *devices: MadeDevice) -> MadeModule:
    cards = [
        {
            "address": f"tet-tcp://169.254.0.{i}",
            "serial_number": one.serial_number,
            "model": one.model,
        }
        for i, one in enumerate(devices)
    ]
    by_address = {card["address"]: one for card, one in zip(cards, devices, strict=True)}

    def opened(address: str) -> MadeDevice:
        if address not in by_address:
            raise RuntimeError("Titta::cpp Error: Cannot get eye tracker\nError code: 200")
        return by_address[address]

    return MadeModule(
        __version__="2.1.0",
        get_SDK_version=lambda: "2.1.0.1",
        get_system_timestamp=lambda: round((clock() + SYSTEM_AHEAD_S) * 1e6),
        find_all_eye_trackers=lambda: cards,
        EyeTracker=opened,
    )
