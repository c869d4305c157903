"""The window of the operator's view: it paints the state, and turns keys and buttons into words."""

from __future__ import annotations

import shutil
import socket
import time
from typing import Any

from PyQt6.QtCore import QRect, QRectF, QSize, QSocketNotifier, Qt, QTimer
from PyQt6.QtGui import QCloseEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from .operator_messages import LineReader, ScenePart, SessionPart, encoded
from .operator_paint import GROUND, Painter, Shown, shown_by, text_font, unit_px
from .operator_state import ASKS, OperatorState

#: Names of keys as a display gives them, where Qt's differ from the letter.
KEY_NAMES = {
    Qt.Key.Key_Escape: "escape",
    Qt.Key.Key_Return: "return",
    Qt.Key.Key_Enter: "return",
    Qt.Key.Key_Space: "space",
    Qt.Key.Key_Backspace: "backspace",
    Qt.Key.Key_Delete: "delete",
    Qt.Key.Key_Tab: "tab",
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_Minus: "minus",
    Qt.Key.Key_Period: "period",
}
REPAINT_MS = 50
#: Words change less often than gaze: all is painted at every so manieth time.
ALL_EVERY = 5
LOOK_AT_DISK_MS = 2000
ALIVE_MS = 1000
STYLE = """
QPushButton { background: #2c3440; color: #eef1f5; border: 1px solid #6b7686; border-radius: 6px; }
QPushButton:hover { background: #384250; }
QPushButton:focus { border: 2px solid #9cc9ff; }
QPushButton:pressed { background: #465264; }
QPushButton:disabled { color: #98a2af; border-color: #39414d; }
QPushButton#abort { color: #ff9a90; border-color: #ff9a90; }
QPushButton#asked { border: 2px solid #f7c95c; color: #f7c95c; }
QPushButton#end { background: #5a2320; border-color: #ff9a90; }
QLabel { color: #eef1f5; }
"""


class OperatorWindow(QWidget):
    """The window.

    Parameters
    ----------
    connection : socket.socket
        To the session; it does not block.
    """

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self.state = OperatorState()
        self._connection = connection
        self._reader = LineReader()
        self._shown: tuple[ScenePart, Shown | None] = (ScenePart(), None)
        self._ticks = 0
        self._buttons = {
            ask: self._button(ask) for ask in ("pause", "calibrate", "drift_check", "abort")
        }
        self._question = QLabel("End the session? Everything recorded so far is kept.", self)
        self._answers = {name: self._answer(name) for name in ("y", "n")}
        self.setWindowTitle("Foveola: operator")
        self.setMinimumSize(QSize(900, 600))
        self.setStyleSheet(STYLE)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._notifier = QSocketNotifier(
            connection.fileno(),  # type: ignore[call-overload]
            QSocketNotifier.Type.Read,
            self,
        )
        self._notifier.activated.connect(self._receive)
        for period_ms, call in (
            (REPAINT_MS, self._refresh),
            (LOOK_AT_DISK_MS, self._look_at_disk),
            (ALIVE_MS, lambda: self._say({"alive": True})),
        ):
            timer = QTimer(self)
            timer.timeout.connect(call)
            timer.start(period_ms)
        self._arrange()

    def _button(self, ask: str) -> QPushButton:
        button = QPushButton(self)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # or Space would press it
        button.clicked.connect(lambda: self._do(self.state.ask(ask)))
        return button

    def _answer(self, name: str) -> QPushButton:
        button = QPushButton({"y": "End it  (Y)", "n": "Go on  (N)"}[name], self)
        button.setObjectName("end" if name == "y" else "")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self._do(self.state.key(name)))
        return button

    def _do(self, command: dict[str, Any] | None) -> None:
        if command is not None:
            self._say(command)
        self._arrange()

    def _say(self, command: dict[str, Any]) -> None:
        try:
            self._connection.send(encoded(command))
        except BlockingIOError:
            pass  # the session hears at every flip; it stands still
        except OSError:
            self._disconnected()

    def _receive(self) -> None:
        try:
            data = self._connection.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._disconnected()
            return
        had_session = self.state.session is not None
        for message in self._reader.feed(data):
            self.state.update(message, time.monotonic())
        if not had_session and self.state.session is not None:
            self._look_at_disk()

    def _disconnected(self) -> None:
        self._notifier.setEnabled(False)
        self.state.connected = False
        session = self.state.session
        if session is None or session.unattended:
            self.close()

    def _look_at_disk(self) -> None:
        if self.state.session is not None:
            try:
                free = shutil.disk_usage(self.state.session.folder).free
            except OSError:
                return
            self.state.free_bytes = float(free)

    def _refresh(self) -> None:
        scene = self.state.scene
        if scene is not self._shown[0]:
            self._shown = scene, shown_by(scene, self.size())
        self._ticks += 1
        if self._ticks % ALL_EVERY == 0:
            self._name_buttons()
            self.update()
        else:
            self.update(self._boxes()["stimulus"].toAlignedRect())

    def _name_buttons(self) -> None:
        over, confirming = self.state.over, self.state.confirming
        for ask, button in self._buttons.items():
            if ask == "abort":
                words = "Ending …" if self.state.aborting else "Abort  (Esc)"
                if over:
                    words = "Close  (Esc)"
            else:
                key = next(key for key, one in ASKS.items() if one == ask)
                words = f"{self.state.button_words(ask)}  ({key.upper()})"
            name = "asked" if ask in self.state.progress.requested else ""
            if ask == "abort" and not over:
                name = "abort"
            if (button.text(), button.objectName()) != (words, name):
                button.setText(words)
                button.setObjectName(name)
                button.setStyleSheet(STYLE)  # Qt reads names of objects only now
            button.setVisible(not confirming)
            button.setEnabled(ask == "abort" or not over)
        for widget in (self._question, *self._answers.values()):
            widget.setVisible(confirming)

    def _boxes(self) -> dict[str, QRectF]:
        width, height = float(self.width()), float(self.height())
        u = unit_px(width, height)
        gap = u * 0.7
        header = QRectF(gap, gap, width - 2 * gap, u * 4.4)
        alarms = QRectF(gap, header.bottom() + gap, width - 2 * gap, u * 2.2)
        foot = QRectF(gap, height - gap - u * 3, width - 2 * gap, u * 3)
        top = alarms.bottom() + gap
        tall = foot.top() - gap - top
        side = QRectF(width - gap - u * 27, top, u * 27, tall)
        stimulus = QRectF(gap, top, side.left() - 2 * gap, tall)
        return {
            "header": header,
            "alarms": alarms,
            "foot": foot,
            "side": side,
            "stimulus": stimulus,
        }

    def _arrange(self) -> None:
        """Lay the buttons out in the foot, those that ask at the left and the end at the right."""
        self._name_buttons()
        foot = self._boxes()["foot"]
        u = unit_px(self.width(), self.height())
        width = (foot.width() - 3 * u) / 4
        for i, button in enumerate(self._buttons.values()):
            left = foot.left() + i * (width + u)
            button.setGeometry(QRectF(left, foot.top(), width, foot.height()).toRect())
            button.setFont(text_font(u))
        self._question.setFont(text_font(u * 1.15, bold=True))
        self._question.setGeometry(
            QRectF(foot.left() + u, foot.top(), 2 * width, foot.height()).toRect()
        )
        for i, name in enumerate(("n", "y"), 2):
            left = foot.left() + i * (width + u)
            self._answers[name].setGeometry(
                QRect(round(left), round(foot.top()), round(width), round(foot.height()))
            )
            self._answers[name].setFont(text_font(u, bold=name == "y"))

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802, Qt's name
        """Draw what is asked for of everything but the buttons."""
        if event is None:
            return
        boxes, u = self._boxes(), unit_px(self.width(), self.height())
        with QPainter(self) as pen:
            pen.fillRect(event.rect(), GROUND)
            painter = Painter(pen, u)
            painter.stimulus(boxes["stimulus"], self.state, self._shown[1])
            if boxes["stimulus"].toAlignedRect().contains(event.rect()):
                return
            painter.header(boxes["header"], self.state)
            painter.alarms(boxes["alarms"], self.state.alarms(time.monotonic()))
            painter.side(boxes["side"], self.state)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: ARG002, N802
        """Lay out again."""
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        """Take a key of the operator."""
        if event is None or event.isAutoRepeat():
            return
        name = KEY_NAMES.get(Qt.Key(event.key()), event.text().lower())
        if self.state.over and name in ("escape", "return", "space"):
            self.close()
        elif name:
            self._do(self.state.key(name))

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: ARG002, N802
        """Say that it was closed on purpose, so that it is not started again."""
        if not self.state.over:
            self._say({"bye": "The operator closed the view."})


def place_window(window: QWidget, session: SessionPart, screen: int) -> None:
    """Put the window on its screen; on the stimulus' own one, beside or behind the stimulus.

    Parameters
    ----------
    window : QWidget
        The view.
    session : SessionPart
        It says where the stimulus lies.
    screen : int
        Number of the screen that is wished, from 0.
    """
    screens = QApplication.screens()
    stimulus = QRect(*session.window_px)
    chosen = screens[min(screen, len(screens) - 1)].availableGeometry()
    if not chosen.intersects(stimulus):
        window.setGeometry(chosen)
        return
    rooms = [
        QRect(
            stimulus.right() + 1, chosen.top(), chosen.right() - stimulus.right(), chosen.height()
        ),
        QRect(chosen.left(), chosen.top(), stimulus.left() - chosen.left(), chosen.height()),
        QRect(
            chosen.left(),
            stimulus.bottom() + 1,
            chosen.width(),
            chosen.bottom() - stimulus.bottom(),
        ),
        QRect(chosen.left(), chosen.top(), chosen.width(), stimulus.top() - chosen.top()),
    ]
    least = window.minimumSize()
    fitting = [
        one for one in rooms if one.width() >= least.width() and one.height() >= least.height()
    ]
    if fitting:
        window.setGeometry(max(fitting, key=lambda one: one.width() * one.height()))
    else:  # nowhere is room: it must not cover what the observer looks at
        window.setWindowFlag(Qt.WindowType.WindowStaysOnBottomHint)
        window.setGeometry(chosen)
