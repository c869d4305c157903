"""A real PsychoPy window, fullscreen or not, whose flips are stamped on the recorder's clock."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from PIL import Image

from foveola.data_schema import FoveolaError, MissingExtraError, Screen

from .display import Click
from .moving_texture import upload
from .picture import Colour, MovingPicture, Picture
from .pointer import Pointer

#: Flips that come more often than this times the nominal rate do not wait for a screen.
NO_VSYNC = 1.5
#: Renderers in software, as Xvfb has them: their flips wait for the processor, not for a screen.
SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swrast")
#: A measured rate that differs from the nominal one by more than this share is a wrong setting.
RATE_TOLERANCE = 0.1
MEASURED_FLIPS = 60
#: The left mouse button, by pyglet's number.
LEFT_BUTTON = 1


class PsychoPyDisplay:
    """A window of the screen's size.

    Parameters
    ----------
    screen : Screen
        Its size in px is that of the window; its refresh rate is compared with the measured one
        (NaN: it is unknown, and only measured).
    clock : callable
        The recorder's clock.
    background : (red, green, blue)
        Colour where no picture lies.
    fullscreen : bool
        Whether the window covers the whole screen.

    Raises
    ------
    MissingExtraError
        If PsychoPy is not installed.
    FoveolaError
        If no window opens, or the real screen has another size or refresh rate than is said.
    """

    virtual = False

    def __init__(
        self, screen: Screen, clock: Callable[[], float], background: Colour, *, fullscreen: bool
    ) -> None:
        visual, self._event = _psychopy()
        self.background = background
        self._clock = clock
        self._size = screen.width_px, screen.height_px
        self._stims: WeakKeyDictionary[Picture, Any] = WeakKeyDictionary()
        self._image_stim = visual.ImageStim
        self._drawn: tuple[Picture, ...] = ()
        self._shown: tuple[Picture, ...] = ()
        self._flipped_s = -np.inf
        self._tell_pointer: Callable[[], None] | None = None
        #: Where flips wait for no screen: how often they should come, and when the next one is due.
        self._period_s = self._due_s = 0.0
        self._window = _open_window(visual, screen, background, fullscreen=fullscreen)
        # From the first flip on: where the pointer is when the window opens is told only then.
        self._pointer = Pointer(self._window.winHandle, screen.height_px)
        try:
            self._check_size(fullscreen=fullscreen)
            self.refresh_hz = self._measure_refresh(screen.refresh_hz)
            self._text, self._clicks = "", list[Click]()
            handlers = {"on_text": self._hear_text, "on_mouse_press": self._hear_mouse}
            self._window.winHandle.push_handlers(**handlers)
        except BaseException:
            self.close()
            raise

    def prepare(self, picture: Picture) -> None:
        """Upload a picture, so that showing it delays no flip."""
        if picture.original not in self._stims:
            image = picture.image
            self._stims[picture.original] = self._image_stim(
                self._window, image, units="pix", size=image.size, interpolate=False
            )

    def show(self, *pictures: Picture) -> None:
        """Draw pictures for the next flip."""
        for picture in pictures:
            self.prepare(picture)
        self._drawn = pictures

    def flip(self) -> float:
        """Flip at the next refresh of the screen; return when that was."""
        self._draw(self._drawn)
        self._shown, self._drawn = self._drawn, ()
        if self._period_s:
            self._due_s = max(self._due_s + self._period_s, self._clock())
            time.sleep(max(0.0, self._due_s - self._clock()))
        self._window.callOnFlip(self._stamp)
        self._window.flip()
        if self._tell_pointer is not None:
            self._tell_pointer()
        return self._flipped_s

    def pressed(self) -> list[str]:
        """Keys pressed since the last call."""
        pressed = [_key_name(key) for key in self._event.getKeys()]
        handle = self._window.winHandle
        if handle.has_exit:  # someone closed it: it stays, and whoever shows it decides
            handle.has_exit = False
            pressed.append("close")
        return pressed

    @property
    def window_px(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of the window on the desktop."""
        handle = self._window.winHandle
        left, top = handle.get_location()
        return int(left), int(top), *self._size

    @property
    def screens_px(self) -> list[tuple[int, int, int, int]]:
        """Left, top, width and height of every screen of the desktop."""
        screens = self._window.winHandle.display.get_screens()
        return [(one.x, one.y, one.width, one.height) for one in screens]

    def typed(self) -> str:
        """Text typed since the last call."""
        text, self._text = self._text, ""
        return text

    def clicks(self) -> list[Click]:
        """Places of the left button's presses since the last call."""
        clicks, self._clicks = self._clicks, []
        return clicks

    def pointer(self, *, visible: bool) -> None:
        """Show the mouse's pointer, or hide it."""
        self._window.mouseVisible = visible

    def follow_pointer(self, tell: Callable[[float, float, float], None]) -> None:
        """Tell the time of every flip from now on, and the pointer's place there; show it."""
        self._window.mouseVisible = True
        self._tell_pointer = lambda: tell(self._flipped_s, *self._pointer.place_px)

    def screenshot(self) -> Image.Image:
        """Draw what was shown again and read it from the back buffer; the front one reads black."""
        self._draw(self._shown)
        image: Image.Image = self._window.getMovieFrame(buffer="back")
        self._window.movieFrames.clear()
        self._window.clearBuffer()
        return image.convert("RGB")

    def close(self) -> None:
        """Close the window."""
        self._stims.clear()
        if not getattr(self._window, "_closed", False):
            self._window.close()

    def _stamp(self) -> None:
        self._flipped_s = self._clock()

    def _draw(self, pictures: tuple[Picture, ...]) -> None:
        for picture in pictures:
            stim = self._stims[picture.original]
            width, height = stim.size
            # PsychoPy's origin is the centre of the window, y up; here and in the next method alone
            # this is known.
            centre = (
                picture.left_px + (width - self._size[0]) / 2,
                (self._size[1] - height) / 2 - picture.top_px,
            )
            if tuple(stim.pos) != centre:
                stim.pos = centre
            if isinstance(picture, MovingPicture):
                upload(stim, picture.pixels)
            stim.draw()

    def _hear_mouse(self, x: int, y: int, button: int, _modifiers: int) -> None:
        """Take a click; pyglet counts rows from the bottom, from 1, in units of some pixels."""
        if button == LEFT_BUTTON:
            scale = self._size[0] / int(self._window.winHandle.width)
            self._clicks.append(((x + 0.5) * scale, self._size[1] - (y - 0.5) * scale))

    def _hear_text(self, text: str) -> None:
        self._text += "".join(letter for letter in text if letter.isprintable())

    def _check_size(self, *, fullscreen: bool) -> None:
        real = tuple(int(side) for side in self._window.size)
        outer = self._window.winHandle.screen
        if not fullscreen and (outer.width < real[0] or outer.height < real[1]):
            raise FoveolaError(
                f"A window of {real[0]} x {real[1]} px does not fit on this screen of "
                f"{outer.width} x {outer.height}.",
                remedy="Set screen.width_px and screen.height_px to a smaller size.",
            )
        if real != self._size:
            raise FoveolaError(
                f"The settings' screen has {self._size[0]} x {self._size[1]} px, the "
                f"{'screen' if fullscreen else 'window'} has {real[0]} x {real[1]}.",
                remedy="Set screen.width_px and screen.height_px to the real size"
                + (", or run with --windowed." if fullscreen else "."),
            )

    def _measure_refresh(self, nominal_hz: float) -> float:
        """Measure the refresh rate; where flips do not wait for a screen, pace them."""
        times = [self.flip() for _ in range(MEASURED_FLIPS)]
        measured_hz = float(1 / np.median(np.diff(times[MEASURED_FLIPS // 4 :])))
        if measured_hz > nominal_hz * NO_VSYNC:
            self._period_s = 1 / nominal_hz
            return nominal_hz
        if abs(measured_hz / nominal_hz - 1) > RATE_TOLERANCE:
            raise FoveolaError(
                f"The screen refreshes at {measured_hz:.1f} Hz; the settings say {nominal_hz:g}.",
                remedy=f"Set screen.refresh_hz = {measured_hz:.0f}, or change the screen's mode.",
            )
        return measured_hz


def _psychopy() -> tuple[ModuleType, ModuleType]:
    """Import PsychoPy's drawing and its keyboard, silently."""
    os.environ.setdefault("PSYCHOPYNOPACKAGES", "1")  # or it searches folders for packages
    try:
        with warnings.catch_warnings():
            # PsychoPy's own imports use what newer libraries deprecate; nothing of ours runs here.
            warnings.simplefilter("ignore")
            from psychopy import event, logging, visual
    except ImportError as error:
        raise MissingExtraError("PsychoPy", "lab") from error
    logging.console.setLevel(logging.ERROR)
    return visual, event


def _key_name(key: str) -> str:
    """Name a key as :class:`Display` does; those of the number pad as the others."""
    return key.removeprefix("num_").replace("enter", "return")


def first_screen_px() -> tuple[int, int]:
    """Size of the screen that a window opens on."""
    _psychopy()
    import pyglet

    screen = pyglet.canvas.get_display().get_default_screen()
    return int(screen.width), int(screen.height)


def renders_in_software() -> bool:
    """Whether a processor draws the window that was opened last, as on Xvfb."""
    from pyglet.gl import gl_info

    renderer = str(gl_info.get_renderer()).lower()
    return any(name in renderer for name in SOFTWARE_RENDERERS)


def _open_window(
    visual: ModuleType, screen: Screen, background: Colour, *, fullscreen: bool
) -> Any:
    from psychopy import monitors

    monitor = monitors.Monitor("foveola", width=screen.width_cm, distance=screen.distance_cm)
    monitor.setSizePix((screen.width_px, screen.height_px))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PsychoPy's own, as above
            window = visual.Window(
                size=(screen.width_px, screen.height_px),
                fullscr=fullscreen,
                units="pix",
                monitor=monitor,
                color=tuple(value / 127.5 - 1 for value in background),
                colorSpace="rgb",
                checkTiming=False,
                allowGUI=not fullscreen,
                winType="pyglet",
            )
    except Exception as error:  # the window library raises bare and platform errors
        raise FoveolaError(
            f"No window could be opened ({error}).",
            remedy="Check the screen and its OpenGL driver: foveola doctor.",
        ) from error
    window.mouseVisible = False
    return window
