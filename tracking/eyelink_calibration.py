"""Calibration that an EyeLink's Host PC leads on our screen, and what the host says of it."""

from __future__ import annotations

from typing import Any

from foveola.data_schema import FoveolaError, TargetError

from .eyelink_asc_content import AscMessage
from .eyelink_asc_messages import calibrations_of
from .eyelink_calibration_display import calibration_display
from .eyelink_link import import_pylink
from .tracker import CalibrationFace

#: What the library says of a calibration that was not ended well: none, aborted, failed.
NO_RESULT, ABORTED, FAILED = 1000, 27, -1


def lead_through(link: Any, face: CalibrationFace) -> list[str]:
    """Open the host's set-up until someone leaves it; return what the library had to tell.

    Raises
    ------
    BaseException
        What went wrong in the face, after the library's own loop has ended.
    """
    pylink = import_pylink()
    display = calibration_display(pylink, face, link)
    pylink.openGraphicsEx(display)
    alerts: list[str] = display.alerts
    try:
        link.doTrackerSetup()
    except RuntimeError as error:  # so the library tells that it was left in the middle
        alerts.append(str(error))
    finally:
        pylink.closeGraphics()
    if display.error is not None:
        raise display.error
    return alerts


def host_calibration(link: Any) -> tuple[tuple[TargetError, ...], str]:
    """Errors of the host's validation, where it tells them point by point, and its summary.

    Raises
    ------
    FoveolaError
        If there was no calibration, or it did not end well.
    """
    code = link.getCalibrationResult()
    text = str(link.getCalibrationMessage() or "")
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if code in (NO_RESULT, ABORTED, FAILED):
        raise FoveolaError(
            f"The EyeLink is not calibrated ({'; '.join(lines) or f'result {code}'}).",
            remedy="Press C to calibrate; leave by Esc when the Host PC says that it is good.",
        )
    told = calibrations_of(AscMessage(0.0, line, 0) for line in lines)
    points = tuple(point for one in told for point in one.points)
    return points, "; ".join(line for line in lines if "POINT" not in line)
