"""Draws the operator's view: pure painting of an :class:`OperatorState`, without any events."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QImageReader, QPainter, QPen, QPixmap

from .operator_messages import AccuracyPart, ScenePart
from .operator_state import SYMBOLS, Level, OperatorState, Row

# Contrast on the panel is at least 7 for text, 4.5 for the rest.
GROUND, PANEL, LINE = QColor("#14171c"), QColor("#1d222a"), QColor("#39414d")
TEXT, MUTED = QColor("#eef1f5"), QColor("#aeb8c4")
LEVEL_COLOURS: dict[Level, QColor] = {
    "plain": TEXT,
    "good": QColor("#84d8a6"),
    "warn": QColor("#f7c95c"),
    "bad": QColor("#ff9a90"),
}
#: Left and right eye differ in shape too: a disc and a square.
EYE_COLOURS = {"left": QColor("#7cc0ff"), "right": QColor("#ffd75e"), "both": QColor("#7cc0ff")}
OUTLINE = QColor(0, 0, 0, 200)
#: Errors on the small map are drawn so many times larger than the map.
MAGNIFIED = 6
DRIFT_CHECKS_SHOWN = 12

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


def unit_px(width: float, height: float) -> float:
    """Size of running text in a window of that size."""
    return min(28.0, max(11.0, min(width / 88, height / 54)))


def text_font(size_px: float, *, bold: bool = False) -> QFont:
    """Font of that size."""
    font = QFont()
    font.setPixelSize(max(9, round(size_px)))
    font.setBold(bold)
    return font


class Shown:
    """What the observer's screen shows, perhaps in small.

    Parameters
    ----------
    pixmap : QPixmap
        It.
    width_px, height_px : int
        Its own size, which may be larger.
    """

    def __init__(self, pixmap: QPixmap, width_px: int, height_px: int) -> None:
        self.width_px = width_px
        self.height_px = height_px
        self._pixmap = self._scaled = pixmap

    def scaled(self, box: QRectF, ratio: float) -> QPixmap:
        """It as large as the box; made once a size, because smooth scaling takes its time.

        Parameters
        ----------
        box : QRectF
            Where it will be drawn.
        ratio : float
            Px of the device in one of the box.
        """
        size = (box.size() * ratio).toSize()
        if self._scaled.size() != size:
            self._scaled = self._pixmap.scaled(
                size,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        return self._scaled


class Painter:
    """Draws the parts of the view into rectangles.

    Parameters
    ----------
    painter : QPainter
        On the widget.
    unit : float
        Size of running text, in px.
    """

    def __init__(self, painter: QPainter, unit: float) -> None:
        self._pen = painter
        self._unit = unit
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )

    def text(
        self,
        box: QRectF,
        words: str,
        colour: QColor = TEXT,
        *,
        size: float = 1.0,
        bold: bool = False,
        align: Qt.AlignmentFlag = LEFT,
    ) -> float:
        """Write one line, cut with an ellipsis where it is too long; return its width."""
        font = text_font(self._unit * size, bold=bold)
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        self._pen.setFont(font)
        self._pen.setPen(colour)
        self._pen.drawText(box, align, shown)
        return metrics.horizontalAdvance(shown)

    def row(
        self,
        box: QRectF,
        row: Row,
        *,
        size: float = 1.0,
        bold: bool = False,
        align: Qt.AlignmentFlag = LEFT,
    ) -> None:
        """Write a row's value after the symbol of its level; only what is amiss is all coloured."""
        colour = LEVEL_COLOURS[row.level]
        if row.level != "good":
            self.text(box, row.text, colour, size=size, bold=bold, align=align)
            return
        font = text_font(self._unit * size, bold=bold)
        symbol, _, value = row.text.partition(" ")
        gap = QFontMetricsF(font).horizontalAdvance(f"{symbol} ")
        right = align == RIGHT
        inner = box if right else box.adjusted(gap, 0, 0, 0)
        taken = self.text(inner, value, size=size, bold=bold, align=align)
        place = box.adjusted(0, 0, -taken - self._unit * 0.35, 0) if right else box
        self.text(place, symbol, colour, size=size, align=align)

    def panel(self, box: QRectF) -> None:
        """Draw the ground of a part."""
        self._pen.setPen(Qt.PenStyle.NoPen)
        self._pen.setBrush(PANEL)
        self._pen.drawRoundedRect(box, self._unit * 0.5, self._unit * 0.5)

    def header(self, box: QRectF, state: OperatorState) -> None:
        """Draw what happens now and how far the session is."""
        self.panel(box)
        u = self._unit
        inner = box.adjusted(u, 0, -u, 0)
        headline = state.headline()
        values = state.session_rows()[1:] if not state.end.over else []
        left = inner.right()
        for row in reversed(values):
            width = u * (9.5 if row.label == "Time left" else 4.5)
            left -= width
            cell = QRectF(left, inner.top(), width, inner.height())
            upper = cell.adjusted(0, u * 0.5, 0, -inner.height() / 2)
            lower = cell.adjusted(0, inner.height() / 2 - u * 0.35, 0, -u * 0.35)
            self.text(upper, row.label, MUTED, size=0.85, align=RIGHT)
            self.text(lower, row.value, bold=True, size=1.15, align=RIGHT)
        room = QRectF(inner.left(), inner.top(), left - inner.left() - u, inner.height())
        upper = room.adjusted(0, u * 0.35, 0, -inner.height() / 2 + u * 0.35)
        lower = room.adjusted(0, inner.height() / 2 - u * 0.2, 0, -u * 0.35)
        self.text(upper, headline.text, LEVEL_COLOURS[headline.level], size=1.6, bold=True)
        self.text(lower, session_words(state), MUTED, size=0.9)

    def alarms(self, box: QRectF, rows: Sequence[Row]) -> None:
        """Draw what needs attention in one line, the worst first."""
        u = self._unit
        if not rows:
            self.panel(box)
            self.text(box.adjusted(u, 0, -u, 0), "✔ No problems", MUTED)
            return
        self._pen.setPen(Qt.PenStyle.NoPen)
        self._pen.setBrush(LEVEL_COLOURS[rows[0].level])
        self._pen.drawRoundedRect(box, u * 0.5, u * 0.5)
        left = box.left() + u
        for i, row in enumerate(rows):
            words = f"{SYMBOLS[row.level]} {row.label}: {row.value}"
            cell = QRectF(left, box.top(), box.right() - u - left, box.height())
            left += self.text(cell, words, GROUND, bold=i == 0) + 2 * u

    def side(self, box: QRectF, state: OperatorState) -> None:
        """Draw validation, drift, tracker and recording, one below the other."""
        u = self._unit
        self.panel(box)
        inner = box.adjusted(u, u * 0.6, -u, -u * 0.6)
        rows = [("Tracker", state.tracker_rows()), ("Recording", state.recording_rows())]
        below = sum(self._section_height(len(lines)) for _, lines in rows)
        top = inner.top()
        for title, lines in rows:
            height = self._section_height(len(lines))
            self._section(QRectF(inner.left(), top, inner.width(), height), title, lines)
            top += height
        drift_height = u * 7.2
        map_box = QRectF(inner.left(), top, inner.width(), inner.height() - below - drift_height)
        self._validation(map_box, state)
        drift_box = QRectF(inner.left(), inner.bottom() - drift_height, inner.width(), drift_height)
        self._drift(drift_box, state)

    def _section_height(self, lines: int) -> float:
        return self._unit * (2.0 + 1.65 * lines + 0.5)

    def _title(self, box: QRectF, title: str) -> None:
        line = QRectF(box.left(), box.top(), box.width(), self._unit * 1.8)
        self.text(line, title, TEXT, bold=True)
        self._pen.setPen(QPen(LINE, 1))
        self._pen.drawLine(
            QPointF(line.left(), line.bottom()), QPointF(line.right(), line.bottom())
        )

    def _section(self, box: QRectF, title: str, rows: Sequence[Row]) -> None:
        u = self._unit
        self._title(box, title)
        for i, row in enumerate(rows):
            line = QRectF(box.left(), box.top() + u * (2.0 + 1.65 * i), box.width(), u * 1.65)
            taken = self.text(line, row.label, MUTED)
            value = line.adjusted(taken + u, 0, 0, 0)
            self.row(value, row, align=RIGHT)

    def _validation(self, box: QRectF, state: OperatorState) -> None:
        u = self._unit
        self._title(box, "Validation")
        row = state.accuracy_row()
        line = QRectF(box.left(), box.top() + u * 2.0, box.width(), u * 1.65)
        self.row(line, row, bold=row.level != "plain")
        if state.accuracy is None or state.session is None:
            return
        line.translate(0, u * 1.5)
        self.text(line, state.accuracy_words(), MUTED, size=0.85)
        top = line.bottom() + u * 0.4
        room = QRectF(box.left(), top, box.width() - u * 6.2, box.bottom() - top - u * 0.8)
        if room.height() < u * 3:
            return
        frame = fitted(room, state.session.screen_px)
        frame.moveTopLeft(room.topLeft())
        self._error_map(frame, state.accuracy, state.session.screen_px)
        note = QRectF(frame.right() + u * 0.8, frame.top(), box.right() - frame.right(), u * 1.4)
        for eye in ("left", "right"):
            if any(point[2] == eye for point in state.accuracy.points):
                self.legend(note, "", [eye])
                note.translate(0, u * 1.5)
        self.text(note, f"errors × {MAGNIFIED}", MUTED, size=0.85)

    def _error_map(self, frame: QRectF, accuracy: AccuracyPart, screen_px: tuple[int, int]) -> None:
        pen, u = self._pen, self._unit
        pen.save()
        pen.setPen(QPen(LINE, 1))
        pen.setBrush(GROUND)
        pen.drawRect(frame)
        pen.setClipRect(frame)
        # The screen fills the middle of the frame: errors at its edges need room.
        scale = 0.84 * frame.width() / screen_px[0]
        corner = frame.topLeft() + QPointF(0.08 * frame.width(), 0.08 * frame.height())
        for x, y, eye, gaze_x, gaze_y, error_deg in accuracy.points:
            target = corner + QPointF(x * scale, y * scale)
            pen.setPen(QPen(MUTED, 1))
            arm = u * 0.35
            pen.drawLine(target - QPointF(arm, 0), target + QPointF(arm, 0))
            pen.drawLine(target - QPointF(0, arm), target + QPointF(0, arm))
            if not math.isfinite(error_deg):
                box = QRectF(target.x() + arm, target.y() - u * 0.7, u * 6, u * 1.4)
                self.text(box, f"✘ {eye}", LEVEL_COLOURS["bad"], size=0.75)
                continue
            step = QPointF((gaze_x - x) * scale * MAGNIFIED, (gaze_y - y) * scale * MAGNIFIED)
            colour = EYE_COLOURS[eye]
            pen.setPen(QPen(colour, max(1.5, u * 0.12)))
            pen.drawLine(target, target + step)
            self.mark(target + step, eye, u * 0.26, colour)
        pen.restore()

    def _drift(self, box: QRectF, state: OperatorState) -> None:
        u, pen = self._unit, self._pen
        self._title(box, "Drift checks")
        row = state.drift_row()
        line = QRectF(box.left(), box.top() + u * 2.0, box.width(), u * 1.65)
        self.row(line, row)
        if not state.drift.errors_deg or state.session is None:
            return
        room = QRectF(
            box.left(), line.bottom() + u * 0.3, box.width(), box.bottom() - line.bottom()
        )
        room.setHeight(room.height() - u * 0.3)
        errors = state.drift.errors_deg[-DRIFT_CHECKS_SHOWN:]
        accepted = state.drift.accepted[-DRIFT_CHECKS_SHOWN:]
        limit = state.session.drift_limit_deg
        highest = max([limit * 1.5, *(error for error in errors if math.isfinite(error))])
        limit_y = room.bottom() - room.height() * limit / highest
        step = room.width() / DRIFT_CHECKS_SHOWN
        for i, (error, good) in enumerate(zip(errors, accepted, strict=True)):
            height = room.height() * (error / highest if math.isfinite(error) else 1.0)
            bar = QRectF(room.left() + i * step, room.bottom() - height, step * 0.6, height)
            colour = LEVEL_COLOURS["good" if good else "bad"]
            pen.setPen(QPen(colour, 1.5))
            # Filled where it was borne, hollow where it was not: not by colour alone.
            pen.setBrush(colour if good else Qt.BrushStyle.NoBrush)
            pen.drawRect(bar)
        pen.setPen(QPen(MUTED, 1, Qt.PenStyle.DashLine))
        pen.drawLine(QPointF(room.left(), limit_y), QPointF(room.right(), limit_y))

    def legend(self, box: QRectF, words: str, eyes: Sequence[str]) -> None:
        """Name the eyes by their shapes, and say what is drawn."""
        u = self._unit
        left = box.left()
        for eye in eyes:
            self.mark(QPointF(left + u * 0.4, box.center().y()), eye, u * 0.3, EYE_COLOURS[eye])
            cell = QRectF(left + u, box.top(), box.right() - left - u, box.height())
            left += u * 1.8 + self.text(cell, eye.capitalize(), MUTED, size=0.85)
        self.text(
            QRectF(left, box.top(), box.right() - left, box.height()), words, MUTED, size=0.85
        )

    def mark(self, place: QPointF, eye: str, radius: float, colour: QColor) -> None:
        """Draw the mark of an eye: a disc for the left, a square for the right."""
        self._pen.setPen(QPen(OUTLINE, 1))
        self._pen.setBrush(colour)
        if eye == "right":
            self._pen.drawRect(
                QRectF(place.x() - radius, place.y() - radius, 2 * radius, 2 * radius)
            )
        else:
            self._pen.drawEllipse(place, radius, radius)

    def stimulus(self, box: QRectF, state: OperatorState, shown: Shown | None) -> None:
        """Draw the observer's screen in small, what it shows, and the gaze."""
        u, pen, session = self._unit, self._pen, state.session
        self.panel(box)
        if session is None:
            self.text(box, "Waiting for the session", MUTED, align=CENTRE)
            return
        inner = box.adjusted(u * 0.6, u * 0.6, -u * 0.6, -u * 2.6)
        frame = fitted(inner, session.screen_px)
        scale = frame.width() / session.screen_px[0]
        pen.save()
        pen.setClipRect(frame)
        pen.fillRect(frame, QColor(*session.background))
        if shown is not None:
            place = placed(frame, scale, state.scene, shown)
            device = pen.device()
            pixmap = shown.scaled(place, device.devicePixelRatioF() if device else 1.0)
            pen.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
        if state.scene.target_px is not None:
            x, y = state.scene.target_px
            self._target(QPointF(frame.left() + x * scale, frame.top() + y * scale))
        self._gaze(frame, scale, state)
        if words := state.no_gaze_words():
            self._no_gaze(frame, words)
        pen.restore()
        pen.setPen(QPen(LINE, 1))
        pen.setBrush(Qt.BrushStyle.NoBrush)
        pen.drawRect(frame)
        line = QRectF(box.left() + u, box.bottom() - u * 2.1, box.width() - 2 * u, u * 1.6)
        named = state.scene.name if state.scene.kind == "image" else ""
        self.text(line, named, MUTED, size=0.9, align=RIGHT)
        self.legend(line, "Live gaze, with its last 0.6 s", ("left", "right"))

    def _target(self, place: QPointF) -> None:
        u, pen = self._unit, self._pen
        pen.setPen(QPen(QColor("white"), max(2.0, u * 0.18)))
        pen.setBrush(Qt.BrushStyle.NoBrush)
        pen.drawEllipse(place, u * 0.9, u * 0.9)
        pen.setPen(QPen(QColor("black"), max(2.0, u * 0.18)))
        pen.drawEllipse(place, u * 0.7, u * 0.7)
        pen.setBrush(QColor("black"))
        pen.drawEllipse(place, u * 0.15, u * 0.15)

    def _gaze(self, frame: QRectF, scale: float, state: OperatorState) -> None:
        """Draw the trail of each eye, and its newest place larger."""
        u, pen = self._unit, self._pen
        trails = {
            eye: [
                QPointF(frame.left() + point[first] * scale, frame.top() + point[first + 1] * scale)
                if math.isfinite(point[first]) and math.isfinite(point[first + 1])
                else None
                for point in state.trail
            ]
            for eye, first in (("left", 1), ("right", 3))
        }
        # Dark casings below all, so that the trails stand out from light places too.
        for width, cased in ((0.45, True), (0.2, False)):
            for eye, points in trails.items():
                for i, (one, other) in enumerate(pairwise(points)):
                    if one is not None and other is not None:
                        colour = QColor("black") if cased else QColor(EYE_COLOURS[eye])
                        colour.setAlphaF((0.2 if cased else 0.9) * (i + 1) / len(points))
                        pen.setPen(QPen(colour, max(2.0, u * width)))
                        pen.drawLine(one, other)
        for eye, points in trails.items():
            if points and points[-1] is not None:
                self.mark(points[-1], eye, u * 0.45, EYE_COLOURS[eye])

    def _no_gaze(self, frame: QRectF, words: str) -> None:
        """Say on the small screen why no gaze is seen there."""
        u = self._unit
        width = QFontMetricsF(text_font(u, bold=True)).horizontalAdvance(words) + 2 * u
        box = QRectF(frame.center().x() - width / 2, frame.bottom() - u * 3, width, u * 2.2)
        self.panel(box)
        self.text(box, words, LEVEL_COLOURS["bad"], bold=True, align=CENTRE)


def fitted(room: QRectF, size: tuple[int, int]) -> QRectF:
    """The largest rectangle of that shape in a room, centred."""
    scale = min(room.width() / size[0], room.height() / size[1])
    width, height = size[0] * scale, size[1] * scale
    return QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)


def placed(frame: QRectF, scale: float, scene: ScenePart, shown: Shown) -> QRectF:
    """Where the image or the page of a scene lies in the frame of the screen."""
    if scene.kind == "page":
        return frame
    left, top, image_scale = scene.place
    width, height = (side * image_scale * scale for side in (shown.width_px, shown.height_px))
    return QRectF(frame.left() + left * scale, frame.top() + top * scale, width, height)


def shown_by(scene: ScenePart, largest: QSize) -> Shown | None:
    """Load what a scene shows, no larger than needed; None where it can't be read."""
    pixmap, size = QPixmap(), QSize()
    if scene.kind == "page":
        pixmap.loadFromData(base64.b64decode(scene.page_png))
    elif scene.kind == "image" and Path(scene.path).is_file():
        reader = QImageReader(scene.path)
        size = reader.size()
        if size.isValid() and (size.width() > largest.width() or size.height() > largest.height()):
            reader.setScaledSize(size.scaled(largest, Qt.AspectRatioMode.KeepAspectRatio))
        pixmap = QPixmap.fromImage(reader.read())
    size = size if size.isValid() else pixmap.size()
    return None if pixmap.isNull() else Shown(pixmap, size.width(), size.height())


def session_words(state: OperatorState) -> str:
    """Who is recorded, in which experiment and with what."""
    session = state.session
    if session is None:
        return ""
    observer = " ".join(filter(None, (session.observer, session.session)))
    words = [session.experiment, f"observer {observer}", session.tracker]
    if session.simulated:
        words.append("simulated: no data")
    return "  ·  ".join(words)
