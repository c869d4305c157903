"""A virtual observer: looks at what the screen shows, and knows what it really did.

Time goes from event to event: a scene appears, a fixation ends, a microsaccade begins, a movement
lands. Events are worked off in the order of time and only as far as gaze is asked for, so the
path never depends on how often it is asked for, and never needs to know the future.

In the truth a fixation is what lies between saccades and blinks. Microsaccades and drift belong to
the fixation and are not listed. A blink hides a shift of gaze (Evinger et al. 1994, Experimental
Brain Research 100, 337-344): that saccade is listed too, lies within the blink, and the fixation
after it begins when the eye opens.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import EventKind, Events, Eye, Screen, Stimulus, empty_events

from .attention import Attention
from .observer_settings import ObserverSettings
from .oculomotor import (
    Drift,
    fixation_duration_s,
    peak_velocity_deg_s,
    saccade_duration_s,
    saccade_progress,
)
from .priority import PriorityMap, default_priority
from .tracker import Scene

Floats = NDArray[np.float64]
INF = float("inf")
TRUTH_STEP_S = 0.001
SHORTEST_LOOK_S = 0.09


class _Piece(NamedTuple):
    """A stretch of the path: the eye drifts, or moves from one place to another."""

    start_s: float
    end_s: float
    start_deg: Floats
    end_deg: Floats | None


class VirtualObserver:
    """An observer with a gaze path of its own.

    Parameters
    ----------
    screen : Screen
        What the observer sits in front of.
    settings : ObserverSettings, optional
        How the eyes move.
    seed : int or SeedSequence
        Same seed, same scenes: same path.
    start_s : float
        The time at which the observer begins, with a fixation of the screen's centre.
    priority : callable
        Gives the density from which places in an image are drawn.
    """

    def __init__(
        self,
        screen: Screen,
        settings: ObserverSettings | None = None,
        *,
        seed: int | np.random.SeedSequence = 0,
        start_s: float = 0.0,
        priority: PriorityMap = default_priority,
    ) -> None:
        self.screen = screen
        self.settings = settings or ObserverSettings()
        self.priority = priority
        root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
        streams = [np.random.default_rng(child) for child in root.spawn(5)]
        place_rng, self._time_rng, self._micro_rng, self._blink_rng, drift_rng = streams
        self._attention = Attention(screen, self.settings, place_rng)
        self._drift = Drift(drift_rng, self.settings.drift_deg2_s, start_s)
        self._waiting: list[Scene] = []
        self._seen: dict[str, Scene] = {}
        self._made: list[tuple[EventKind, dict[str, float]]] = []
        self._blinks: list[tuple[float, float]] = []
        self._pieces: list[_Piece] = []
        self._now_s = self._asked_s = start_s
        self._react_s = -INF
        self._unanswered = self._micro = False
        self._opening_s = start_s
        self._next_blink_s = start_s + self._blink_wait_s()
        self._piece = _Piece(start_s, INF, np.zeros(2), None)
        self._land(start_s, start_s)

    def show(self, scene: Scene) -> None:
        """Tell what the screen shows from ``scene.time_s`` on; scenes come in order of time."""
        self._waiting.append(scene)

    def gaze_deg(self, times_s: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Where the observer looks.

        Parameters
        ----------
        times_s : ndarray, shape (n,)
            In order of time, over all calls.

        Returns
        -------
        gaze_deg : ndarray, shape (n, 2)
            Fick angles: azimuth (right) and elevation (down).
        blink : ndarray of bool, shape (n,)
            Where the eyes are shut.

        Raises
        ------
        ValueError
            If a time lies before one that was asked for earlier.
        FoveolaError
            If an image is shown that no priority map can be made of.
        """
        if len(times_s) == 0:
            return np.empty((0, 2)), np.empty(0, bool)
        if times_s[0] < self._asked_s:
            raise ValueError(f"gaze at {times_s[0]} s is asked for after {self._asked_s} s")
        self._advance(float(times_s[-1]))
        gaze_deg = self._path([*self._pieces, self._piece], times_s)
        shut = np.zeros(len(times_s), bool)
        for start_s, end_s in self._blinks:
            shut[np.searchsorted(times_s, start_s) : np.searchsorted(times_s, end_s)] = True
        self._asked_s = float(times_s[-1])
        self._forget()
        return gaze_deg, shut

    def events(self) -> Events:
        """What was done up to the last time asked for, in order of onset.

        A fixation that still goes on ends at that time; a saccade or blink that does is left out.

        Returns
        -------
        ndarray of EVENT_DTYPE, shape (n,)
            Fixations (place: mean of the path), saccades and blinks, of both eyes.
        """
        rows = [
            row for row in self._made if row[1]["onset_s"] + row[1]["duration_s"] <= self._now_s
        ]
        fixating = self._piece.end_deg is None or self._micro
        if fixating and self._now_s - self._onset_s >= TRUTH_STEP_S:
            rows.append((EventKind.FIXATION, self._fixation(self._now_s)))
        rows.sort(key=lambda row: (row[1]["onset_s"], row[1]["duration_s"]))
        events = empty_events(len(rows))
        events["eye"] = Eye.BOTH
        for event, (kind, figures) in zip(events, rows, strict=True):
            event["kind"] = kind
            for name, value in figures.items():
                event[name] = value
        return events

    def densities(self) -> tuple[tuple[Stimulus, Floats], ...]:
        """Every stimulus that was looked at, with the density its fixations were drawn from."""
        return tuple(
            (scene.stimulus, self.priority(scene))
            for scene in self._seen.values()
            if scene.stimulus is not None
        )

    def _advance(self, until_s: float) -> None:
        while True:
            scene_s = max(self._waiting[0].time_s, self._now_s) if self._waiting else INF
            step_s = self._piece.end_s
            if self._piece.end_deg is None:
                step_s = min(self._leave_s, self._micro_s)
            if min(scene_s, step_s) > until_s:
                break
            self._now_s = max(self._now_s, min(scene_s, step_s))
            if scene_s <= step_s:
                self._see(self._waiting.pop(0))
            else:
                self._step(self._now_s)
        self._now_s = max(self._now_s, until_s)

    def _see(self, scene: Scene) -> None:
        # Not when it is shown: a map takes tens of milliseconds, and the next flip would wait.
        density = self.priority(scene) if scene.stimulus is not None else None
        self._attention.notice(scene, density)
        self._unanswered = scene.stimulus is not None or scene.target_px is not None
        if scene.stimulus is not None:
            self._seen.setdefault(scene.stimulus.id, scene)
        if self._unanswered:
            latency_s = self._time_rng.normal(self.settings.latency_s, self.settings.latency_sd_s)
            self._react_s = max(scene.time_s + float(np.clip(latency_s, 0.15, 0.25)), self._now_s)
            self._leave_s = max(self._react_s, self._onset_s + SHORTEST_LOOK_S)

    def _step(self, at_s: float) -> None:
        if self._piece.end_deg is not None:
            place_deg = self._piece.end_deg
            self._turn(_Piece(at_s, INF, place_deg, None))
            if self._micro:
                self._micro = False
            else:
                self._land(at_s, self._opening_s)
        elif self._micro_s < self._leave_s:
            self._begin_microsaccade(at_s)
        else:
            self._leave(at_s)

    def _land(self, at_s: float, onset_s: float) -> None:
        """Begin a fixation whose eye is in place at a time, and open from its onset on."""
        self._onset_s = onset_s
        self._anchor_deg = self._piece.start_deg
        self._attention.been_at(self._anchor_deg)
        self._leave_s = self._end_of_look_s(onset_s)
        if self._unanswered:
            self._leave_s = max(self._react_s, onset_s + SHORTEST_LOOK_S)
        self._micro_s = max(at_s, onset_s) + 0.05 + self._micro_wait_s()

    def _end_of_look_s(self, start_s: float) -> float:
        chosen = self.settings
        duration_s = fixation_duration_s(
            self._time_rng,
            chosen.fixation_mu_s,
            chosen.fixation_sigma_s,
            chosen.fixation_tau_s,
            chosen.fixation_shortest_s,
        )
        if self._attention.explores:
            return start_s + duration_s
        return max(start_s + duration_s, self._next_blink_s)

    def _leave(self, at_s: float) -> None:
        """End a fixation: with a saccade, or with a blink that hides one."""
        self._unanswered = False
        here_deg = self._place_deg(at_s)
        there_deg = self._attention.next_place_deg(here_deg)
        if there_deg is None:
            there_deg = self._anchor_deg
        distance_deg = float(np.hypot(*(there_deg - here_deg)))
        move_s = self._move_s(distance_deg)
        if at_s >= self._next_blink_s:
            self._made.append((EventKind.FIXATION, self._fixation(at_s)))
            self._blink(at_s, there_deg, move_s)
        elif distance_deg >= self.settings.saccade_smallest_deg:
            self._made.append((EventKind.FIXATION, self._fixation(at_s)))
            self._opening_s = at_s + move_s
            self._turn(_Piece(at_s, at_s + move_s, here_deg, there_deg))
            self._made.append((EventKind.SACCADE, self._saccade(self._piece)))
        else:
            # A shift this small is a microsaccade, and the fixation goes on.
            self._micro = True
            self._anchor_deg = there_deg
            self._leave_s = self._end_of_look_s(at_s + move_s)
            self._turn(_Piece(at_s, at_s + move_s, here_deg, there_deg))

    def _blink(self, at_s: float, there_deg: Floats, move_s: float) -> None:
        drawn_s = self._blink_rng.normal(self.settings.blink_s, self.settings.blink_sd_s)
        blink_s = max(float(drawn_s), move_s + 0.04)
        self._made.append((EventKind.BLINK, {"onset_s": at_s, "duration_s": blink_s}))
        self._blinks.append((at_s, at_s + blink_s))
        self._next_blink_s = at_s + blink_s + self._blink_wait_s()
        self._opening_s = at_s + blink_s
        start_s = at_s + (blink_s - move_s) / 2
        here_deg = self._place_deg(start_s)
        self._turn(_Piece(start_s, start_s + move_s, here_deg, there_deg))
        if np.hypot(*(there_deg - here_deg)) >= self.settings.saccade_smallest_deg:
            self._made.append((EventKind.SACCADE, self._saccade(self._piece)))

    def _move_s(self, distance_deg: float) -> float:
        return saccade_duration_s(
            distance_deg, self.settings.saccade_per_deg_s, self.settings.saccade_shortest_s
        )

    def _begin_microsaccade(self, at_s: float) -> None:
        """Begin a small saccade, more often than not back to where the fixation began.

        Source: Engbert and Kliegl (2004), Psychological Science 15, 431-436.
        """
        here_deg = self._place_deg(at_s)
        back_deg = self._anchor_deg - here_deg
        size_deg = self.settings.microsaccade_deg * np.exp(0.4 * self._micro_rng.standard_normal())
        size_deg = min(size_deg, self.settings.microsaccade_largest_deg)
        angle = np.arctan2(back_deg[1], back_deg[0]) + self._micro_rng.vonmises(0.0, 1.0)
        there_deg = here_deg + size_deg * np.array([np.cos(angle), np.sin(angle)])
        wait_s = self._micro_wait_s()
        move_s = self._move_s(size_deg)
        self._micro_s = at_s + move_s + 0.05 + wait_s
        if at_s + move_s + 0.03 < self._leave_s:
            self._micro = True
            self._turn(_Piece(at_s, at_s + move_s, here_deg, there_deg))

    def _turn(self, piece: _Piece) -> None:
        self._pieces.append(self._piece._replace(end_s=piece.start_s))
        self._piece = piece

    def _place_deg(self, at_s: float) -> Floats:
        return np.asarray(self._path([self._piece], np.array([at_s]))[0])

    def _path(self, pieces: list[_Piece], times_s: Floats) -> Floats:
        path_deg = np.empty((len(times_s), 2))
        first = 0
        for piece in pieces:
            last = (
                len(times_s) if piece is pieces[-1] else int(np.searchsorted(times_s, piece.end_s))
            )
            if last <= first:
                continue
            at_s = times_s[first:last]
            if piece.end_deg is None:
                drift_deg = self._drift.at(np.concatenate([[piece.start_s], at_s]))
                path_deg[first:last] = piece.start_deg + drift_deg[1:] - drift_deg[0]
            else:
                way_deg = piece.end_deg - piece.start_deg
                phase = (at_s - piece.start_s) / (piece.end_s - piece.start_s)
                share = saccade_progress(phase, float(np.hypot(*way_deg)))
                path_deg[first:last] = piece.start_deg + share[:, np.newaxis] * way_deg
            first = last
        return path_deg

    def _fixation(self, end_s: float) -> dict[str, float]:
        times_s = np.arange(self._onset_s, end_s, TRUTH_STEP_S)
        pieces = [piece for piece in self._pieces if piece.end_s > self._onset_s]
        path_px = self.screen.deg_to_px(*self._path([*pieces, self._piece], times_s).T)
        x_px, y_px = (float(np.mean(axis)) for axis in path_px)
        spread_deg = self.screen.angle_deg(*path_px, x_px, y_px)
        return {
            "onset_s": self._onset_s,
            "duration_s": end_s - self._onset_s,
            "x_px": x_px,
            "y_px": y_px,
            "start_x_px": float(path_px[0][0]),
            "start_y_px": float(path_px[1][0]),
            "end_x_px": float(path_px[0][-1]),
            "end_y_px": float(path_px[1][-1]),
            "dispersion_deg": float(np.sqrt(np.mean(spread_deg**2))),
        }

    def _saccade(self, piece: _Piece) -> dict[str, float]:
        ends_deg = self._path([piece], np.array([piece.start_s, piece.end_s]))
        (start_x_px, end_x_px), (start_y_px, end_y_px) = self.screen.deg_to_px(*ends_deg.T)
        amplitude_deg = float(self.screen.angle_deg(start_x_px, start_y_px, end_x_px, end_y_px))
        duration_s = piece.end_s - piece.start_s
        return {
            "onset_s": piece.start_s,
            "duration_s": duration_s,
            "start_x_px": start_x_px,
            "start_y_px": start_y_px,
            "end_x_px": end_x_px,
            "end_y_px": end_y_px,
            "amplitude_deg": amplitude_deg,
            "peak_velocity_deg_s": peak_velocity_deg_s(amplitude_deg, duration_s),
        }

    def _forget(self) -> None:
        """Let go of what can't be asked for again."""
        keep_s = min(self._asked_s, self._onset_s)
        self._pieces = [piece for piece in self._pieces if piece.end_s >= keep_s]
        self._blinks = [blink for blink in self._blinks if blink[1] >= self._asked_s]
        pieces = [*self._pieces, self._piece]
        self._drift.forget(min(keep_s, pieces[0].start_s))

    def _blink_wait_s(self) -> float:
        return _wait_s(self._blink_rng, self.settings.blink_rate_hz)

    def _micro_wait_s(self) -> float:
        return _wait_s(self._micro_rng, self.settings.microsaccade_rate_hz)


def _wait_s(rng: np.random.Generator, rate_hz: float) -> float:
    return float(rng.exponential(1 / rate_hz)) if rate_hz else INF
