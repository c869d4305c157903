"""Calibration that a device leads by itself, on our screen: its targets, its camera, its keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from foveola.data_schema import Calibration, FoveolaError

from .calibration_settings import CalibrationSettings
from .pages import letter_height, wrapped
from .picture import Picture, bulls_eye, font, ink
from .stage import Stage

#: Diameters of the target (Thaler et al. 2013), and that from which it shrinks.
OUTER_DEG, INNER_DEG, FIRST_DEG = 0.6, 0.2, 2.0
#: Most of the screen's height that the camera's picture takes, and of the width its caption.
CAMERA_SHARE, CAPTION_SHARE = 0.5, 0.86


def calibrate_by_device(stage: Stage, settings: CalibrationSettings) -> Calibration:
    """Let the device lead through its calibration; no validation of ours, and not recorded yet.

    Parameters
    ----------
    stage : Stage
        Where it happens; the recorder's tracker calibrates by itself.
    settings : CalibrationSettings
        Layout, and how long a target shrinks.

    Returns
    -------
    Calibration
        Not accepted, with the errors that the device states, where it states them.

    Raises
    ------
    FoveolaError
        If no calibration came out of it, or nobody is there to lead.
    """
    if stage.unattended:
        raise FoveolaError(
            "This tracker is calibrated by keys, and nobody is there to press them.",
            remedy="Leave out --unattended, or use --tracker simulated.",
        )
    stage.recorder.message(f"DEVICE CALIBRATION begins {settings.layout}")
    try:
        points = stage.recorder.calibrate_on_device(StageFace(stage, settings), settings.layout)
    finally:
        time_s = stage.blank()
        stage.recorder.message("DEVICE CALIBRATION ends", time_s)
    return Calibration(
        time_s=time_s,
        kind="calibration",
        layout=settings.layout,
        accepted=False,
        points=points,
    )


class StageFace:
    """What a device shows while it calibrates, on a stage; all keys are the device's.

    Parameters
    ----------
    stage : Stage
        Whose display and keyboard.
    settings : CalibrationSettings
        How long a target shrinks.
    """

    def __init__(self, stage: Stage, settings: CalibrationSettings) -> None:
        self._stage = stage
        self._shrink_s = settings.shrink_s
        self._target_px: tuple[float, float] | None = None
        self._frames = 0
        self._camera: Picture | None = None

    def show_target(self, target_px: tuple[float, float]) -> None:
        """Show a target there, from the next flip on: it shrinks, and stays small."""
        self._target_px, self._frames = target_px, 0

    def hide_target(self) -> None:
        """Show none."""
        self._target_px = None

    def show_camera(self, image: NDArray[np.uint8] | None, caption: str) -> None:
        """Show the camera's picture with its caption, or words alone, or neither."""
        self._camera = None
        if image is not None or caption:
            self._camera = camera_page(self._stage, image, caption)

    def flip(self) -> None:
        """Let the screen go on by one frame."""
        pictures: list[Picture] = [] if self._camera is None else [self._camera]
        if self._target_px is not None:
            pictures.append(self._target(self._target_px))
        self._stage.flip(*pictures)
        self._frames += 1

    def pressed(self) -> list[str]:
        """Keys pressed since the last call."""
        return self._stage.display.pressed()

    def _target(self, place_px: tuple[float, float]) -> Picture:
        px_per_deg = self._stage.screen.px_per_deg()
        elapsed_s = self._frames / self._stage.display.refresh_hz
        left = max(0.0, 1 - elapsed_s / self._shrink_s) if self._shrink_s else 0.0
        diameter_deg = OUTER_DEG + (FIRST_DEG - OUTER_DEG) * left**2
        return bulls_eye(
            place_px,
            round(diameter_deg * px_per_deg),
            INNER_DEG * px_per_deg,
            self._stage.display.background,
        )


def camera_page(stage: Stage, image: NDArray[np.uint8] | None, caption: str) -> Picture:
    """The camera's picture, enlarged, above its caption, in the middle of the screen."""
    screen, background = stage.screen, stage.display.background
    size = letter_height(screen)
    measure_px = screen.width_px * CAPTION_SHARE
    lines = [part for line in caption.splitlines() for part in wrapped(line, size, measure_px)]
    width_px, height_px = _enlarged(image, screen.width_px, screen.height_px)
    step = round(size * 1.6)
    page_height = height_px + step * (len(lines) + bool(image is not None))
    page_width = round(max([width_px, *(font(size).getlength(line) for line in lines)]))
    left_px = (screen.width_px - page_width) // 2
    top_px = (screen.height_px - page_height) // 2

    def draw() -> Image.Image:
        page = Image.new("RGB", (page_width, page_height), background)
        if image is not None:
            camera = Image.fromarray(image).resize((width_px, height_px), Image.Resampling.BILINEAR)
            page.paste(camera, ((page_width - width_px) // 2, 0))
        pen = ImageDraw.Draw(page)
        y_px = page_height - step * len(lines)
        for line in lines:
            pen.text((page_width / 2, y_px), line, ink(background), font(size), anchor="mt")
            y_px += step
        return page

    return Picture(left_px, top_px, draw)


def _enlarged(image: NDArray[np.uint8] | None, width_px: int, height_px: int) -> Sequence[int]:
    """Size at which the camera's picture is shown."""
    if image is None:
        return 0, 0
    height, width = image.shape[:2]
    scale = min(height_px * CAMERA_SHARE / height, width_px * CAMERA_SHARE / width)
    return max(1, round(width * scale)), max(1, round(height * scale))
