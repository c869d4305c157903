"""The stage of a session: display, keyboard and recorder, moved on together flip by flip."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Literal

from foveola.data_schema import Calibration, FoveolaError, Screen
from foveola.tracking import Recorder, Scene

from .display import Click, Display
from .operator_watch import OperatorWatch
from .pages import text_page
from .picture import Picture

#: What an operator can ask for; it is done before the next trial.
Request = Literal["pause", "calibrate", "drift_check"]
#: Keys that ask for it, wherever they have no other meaning.
REQUEST_KEYS: dict[str, Request] = {"p": "pause", "c": "calibrate", "d": "drift_check"}

#: Keys that ask whether the session shall end; "close" is that of the window's frame.
ESCAPES = frozenset({"escape", "close"})

#: Flips are handed to the recorder in groups of at most this many.
FLIP_GROUP = 15


class SessionEnded(FoveolaError):  # noqa: N818, an end that someone wished is no error
    """Someone wished that the session ends: by Escape and Y, in the operator's view, by Ctrl+C.

    Attributes
    ----------
    time_s : float
        Flip that took away what was shown.
    by : str
        As "the Escape key".
    """

    def __init__(self, time_s: float, by: str = "the Escape key") -> None:
        self.time_s = time_s
        self.by = by
        super().__init__(f"The session was ended by {by}.")


@dataclass(frozen=True)
class Shown:
    """How a showing went.

    Attributes
    ----------
    onset_s : float
        Flip that first showed it.
    interrupted_s : float or None
        Flip at which the question "End the session?" took its place.
    key : str
        Key that ended it; empty where the time was over.
    met : bool
        Whether what it waited for ended it.
    """

    onset_s: float
    interrupted_s: float | None = None
    key: str = ""
    met: bool = False


@dataclass(frozen=True)
class Heard:
    """What came from keyboard and mouse between two flips.

    Attributes
    ----------
    elapsed_s : float
        Since the first flip of what is shown.
    keys, clicks, text : tuple of str, tuple of (x_px, y_px), str
        As :class:`Display` gives them.
    """

    elapsed_s: float
    keys: tuple[str, ...] = ()
    clicks: tuple[Click, ...] = ()
    text: str = ""


class Stage:
    """What happens in front of the observer.

    Every wait for a key or a time goes through :meth:`hold`, or asks :meth:`pressed` at every
    flip: so Escape, the operator's view and Ctrl+C are heard wherever the session is.

    Parameters
    ----------
    display : Display
        The screen.
    recorder : Recorder
        Told of every flip, scene and message.
    screen : Screen
        Geometry of the display.
    unattended : bool
        Whether nobody is there to press a key.
    operator : OperatorWatch, optional
        The operator's view.
    """

    def __init__(
        self,
        display: Display,
        recorder: Recorder,
        screen: Screen,
        *,
        unattended: bool,
        operator: OperatorWatch | None = None,
    ) -> None:
        self.display = display
        self.recorder = recorder
        self.screen = screen
        self.unattended = unattended
        self._operator = operator
        self._flips_s: list[float] = []
        self._next_s = 0.0
        self._calibrations: dict[tuple[str, float], Calibration] = {}
        self._requests: list[Request] = []
        #: Letters pressed in the operator's view, which gives keys and no text.
        self._letters = ""
        self._ending = ""
        self._ended = False

    @property
    def calibrations(self) -> tuple[Calibration, ...]:
        """Calibrations, validations and drift checks of the session so far, in order."""
        return tuple(self._calibrations.values())

    def add_calibration(self, calibration: Calibration) -> None:
        """Record one, and remember it; the last one of a kind and time holds."""
        self.recorder.add_calibration(calibration)
        self._calibrations[calibration.kind, calibration.time_s] = calibration

    def end_soon(self, by: str) -> bool:
        """End the session at the next flip; may be called from a signal's handler.

        Returns
        -------
        bool
            False where that was asked before, and no flip has come since: something hangs.
        """
        if self._ending:
            return False
        self._ending = "" if self._ended else by
        return True

    def take_requests(self) -> list[Request]:
        """What the operator asked for since the last call, in order, each once.

        Called where a moment may be lost, as between trials; so a view that died or hangs is
        started again here.
        """
        requests, self._requests = self._requests, []
        if self._operator is not None:
            self._operator.requested([])
            self._operator.link.revive()
        return list(dict.fromkeys(requests))

    def hold(
        self,
        draw: Picture | Callable[[float], Sequence[Picture]] | None,
        duration_s: float | None,
        *,
        scene: Callable[[float], Scene] = Scene,
        keys: Sequence[str] = (),
        on_onset: Callable[[float], None] | None = None,
        on_flip: Callable[[float], None] | None = None,
        until: Callable[[float], bool] | None = None,
        requests: bool = True,
    ) -> Shown:
        """Show something for a time, or until a key.

        Parameters
        ----------
        draw : Picture, callable or None
            A picture, or pictures as a function of the seconds since the first flip.
        duration_s : float or None
            How long; None: until a key.
        scene : callable
            What the tracker is told, from the time of the first flip.
        keys : sequence of str
            Keys that end the showing, pressed after it began.
        on_onset : callable, optional
            Called with the time of the first flip, before anything else is done.
        on_flip : callable, optional
            Called with the time of each flip that shows it.
        until : callable, optional
            Called with the time of each flip but the first; ends the showing where it is true.
        requests : bool, default True
            Whether letters may ask for something; False where a text is typed.

        Raises
        ------
        SessionEnded
            If someone pressed Escape and confirmed, or ended the session in another way.
        """
        half_frame_s = 0.5 / self.display.refresh_hz
        if self._operator is not None:
            self._operator.idle()
        pictures = _pictures(draw, 0.0)
        onset_s = self.flip(*pictures, at_once=on_onset)
        shown = scene(onset_s)
        self.recorder.show(shown)
        if on_flip is not None:
            on_flip(onset_s)
        if self._operator is not None:
            self._operator.scene(shown, pictures, typing=not requests)
        # Keys were meant for what was shown before; all but those that mean the same everywhere.
        if not ESCAPES.isdisjoint(self.pressed(keys, requests=requests)):
            return Shown(onset_s, interrupted_s=self._ask_to_end())
        next_s = onset_s + 2 * half_frame_s
        while duration_s is None or next_s < onset_s + duration_s - half_frame_s:
            now_s = self.flip(*_pictures(draw, next_s - onset_s))
            if on_flip is not None:
                on_flip(now_s)
            if until is not None and until(now_s):
                return Shown(onset_s, met=True)
            next_s = now_s + 2 * half_frame_s
            for key in self.pressed(keys, requests=requests):
                if key in ESCAPES:
                    return Shown(onset_s, interrupted_s=self._ask_to_end())
                if key in keys:
                    return Shown(onset_s, key=key)
        return Shown(onset_s)

    def insist(
        self,
        draw: Picture | Callable[[float], Sequence[Picture]] | None,
        duration_s: float | None,
        *,
        scene: Callable[[float], Scene] = Scene,
        keys: Sequence[str] = (),
        until: Callable[[float], bool] | None = None,
        requests: bool = True,
    ) -> Shown:
        """Show something, again from its beginning where the question interrupted it."""
        while True:
            shown = self.hold(
                draw, duration_s, scene=scene, keys=keys, until=until, requests=requests
            )
            if not shown.interrupted_s:
                return shown

    def listen(
        self,
        draw: Picture | Callable[[float], Sequence[Picture]] | None,
        hear: Callable[[Heard], bool],
        *,
        scene: Callable[[float], Scene] = Scene,
        keys: Container[str] | None = None,
    ) -> None:
        """Show something until what is heard, or the time, ends it; again after the question.

        Parameters
        ----------
        draw : Picture, callable or None
            A picture, or pictures as a function of the seconds since the first flip.
        hear : callable
            Told after every flip but the first what came since; returns whether it is over.
        scene : callable
            What the tracker is told, from the time of the first flip.
        keys : container of str, optional
            Keys that have a meaning here; others may ask for what an operator can ask for. None:
            all have, as where text is typed.

        Raises
        ------
        SessionEnded
            If someone pressed Escape and confirmed.
        """
        over = False
        while not over:
            if self._operator is not None:
                self._operator.idle()
            pictures = _pictures(draw, 0.0)
            onset_s = self.flip(*pictures)
            self.recorder.show(shown := scene(onset_s))
            if self._operator is not None:
                self._operator.scene(shown, pictures, typing=keys is None)
            heard = self._heard(0.0, keys)  # what was meant for what was shown before
            while heard is not None and not over:
                now_s = self.flip(*_pictures(draw, self._next_s - onset_s))
                heard = self._heard(now_s - onset_s, keys)
                over = heard is not None and hear(heard)

    def pressed(self, keys: Container[str] = (), *, requests: bool = True) -> list[str]:
        """Keys pressed since the last call, at the keyboard and in the operator's view.

        Parameters
        ----------
        keys : container of str
            Keys that have a meaning here; they ask for nothing.
        requests : bool, default True
            Whether the others may ask for something.

        Raises
        ------
        SessionEnded
            If the operator or a signal ends the session.
        """
        pressed = self.display.pressed()
        elsewhere = self._hear_operator()
        self._letters = "".join(key for key in elsewhere if len(key) == 1)
        pressed += elsewhere
        if self._ending:
            self._end(self._ending)
        if requests:
            for key in pressed:
                if key in REQUEST_KEYS and key not in keys:
                    self._request(REQUEST_KEYS[key])
        return pressed

    def flip(self, *pictures: Picture, at_once: Callable[[float], None] | None = None) -> float:
        """Show pictures at the next refresh; tell the recorder when that was.

        ``at_once`` is called with the time before anything else is done: a session that is killed
        in between can't know what was on the screen.
        """
        self.display.show(*pictures)
        time_s = self.display.flip()
        if at_once is not None:
            at_once(time_s)
        self._next_s = time_s + 1 / self.display.refresh_hz
        self._flips_s.append(time_s)
        if len(self._flips_s) >= FLIP_GROUP:
            self.flush_flips()
        if self.display.virtual:
            self.recorder.pump()
        if self._operator is not None:
            self._operator.flipped(time_s)
        return time_s

    def blank(self) -> float:
        """Clear the screen; return when that was."""
        time_s = self.flip()
        self.recorder.show(scene := Scene(time_s))
        if self._operator is not None:
            self._operator.scene(scene, (), typing=False)
        return time_s

    def flush_flips(self) -> None:
        """Hand the flips to the recorder."""
        if self._flips_s:
            self.recorder.add_flips(self._flips_s)
            self._flips_s = []

    def _heard(self, elapsed_s: float, meant: Container[str] | None) -> Heard | None:
        """What came since the last call; None where the question was asked and declined."""
        asks = meant is not None and elapsed_s > 0
        keys = self.pressed(() if meant is None else meant, requests=asks)
        clicks, text = self.display.clicks(), self.display.typed()
        if not ESCAPES.isdisjoint(keys):
            self._ask_to_end()
            return None
        return Heard(elapsed_s, tuple(keys), tuple(clicks), text + self._letters)

    def _hear_operator(self) -> list[str]:
        """Take what the operator's view asks; return the keys that were pressed in it."""
        if self._operator is None:
            return []
        pressed = []
        for said in self._operator.heard():
            if said.get("ask") in REQUEST_KEYS.values():
                self._request(said["ask"])
            elif "abort" in said:
                self._ending = "the operator"
            elif isinstance(said.get("key"), str):
                pressed.append(said["key"])
        return pressed

    def _request(self, request: Request) -> None:
        if request not in self._requests:
            self._requests.append(request)
            self.recorder.message(f"OPERATOR asked: {request}")
        if self._operator is not None:
            self._operator.requested(self._requests)

    def _end(self, by: str) -> None:
        """Clear the screen and end.

        Raises
        ------
        SessionEnded
            Always.
        """
        self._ending, self._ended = "", True
        time_s = self.blank()
        self.recorder.message(f"END asked by {by}", time_s)
        raise SessionEnded(time_s, by)

    def _ask_to_end(self) -> float:
        """Ask whether the session shall end; return the flip that showed the question.

        Raises
        ------
        SessionEnded
            If so.
        """
        question = text_page(
            self.screen,
            self.display.background,
            "End the session?",
            ["Everything recorded so far is kept."],
            keys=[("Y", "end"), ("N", "go on")],
        )
        asked_s = self.flip(question)
        self.recorder.show(scene := Scene(asked_s))
        self.recorder.message("ESCAPE asked", asked_s)
        if self._operator is not None:
            self._operator.scene(scene, [question], typing=False)
        while True:
            time_s = self.flip(question)
            try:
                pressed = self.pressed(("y", "n"), requests=False)
            except SessionEnded as ended:  # what was shown went away when the question came
                raise SessionEnded(asked_s, ended.by) from None
            if not {"y", "close"}.isdisjoint(pressed):
                self.recorder.message("ESCAPE confirmed", time_s)
                raise SessionEnded(asked_s)
            if "n" in pressed:
                self.recorder.message("ESCAPE declined", time_s)
                return asked_s


def _pictures(
    draw: Picture | Callable[[float], Sequence[Picture]] | None, elapsed_s: float
) -> Sequence[Picture]:
    if draw is None:
        return ()
    return [draw] if isinstance(draw, Picture) else draw(elapsed_s)
