"""Where a virtual observer looks next: places drawn from a density, with inhibition of return.

The observer has a few drawn places in mind and goes sooner to a near one, later to one close to
where it has just been. Places are put off, not thrown away: so the density of the fixations stays
the density that they are drawn from.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import Screen

from .observer_settings import ObserverSettings
from .tracker import Scene

Floats = NDArray[np.float64]

#: Draws n places, shape (n, 2): azimuth and elevation in degrees.
DrawPlaces = Callable[[int], Floats]
REDRAWS = 20


class Attention:
    """Chooses the places to look at in a scene.

    Parameters
    ----------
    screen : Screen
        Where scenes are shown.
    settings : ObserverSettings
        How places are chosen.
    rng : numpy.random.Generator
        Used by nothing else.
    """

    def __init__(
        self, screen: Screen, settings: ObserverSettings, rng: np.random.Generator
    ) -> None:
        self._screen = screen
        self._settings = settings
        self._rng = rng
        self._target_deg: Floats | None = None
        self._draw_places: DrawPlaces | None = None
        self._mind = np.empty((0, 2))
        self._recent: list[Floats] = []

    @property
    def explores(self) -> bool:
        """Whether there is an image to look around in."""
        return self._draw_places is not None

    def notice(self, scene: Scene, density: Floats | None) -> None:
        """Turn to a new scene; the density is that of its image, where it has one."""
        self._target_deg = self._draw_places = None
        if density is not None:
            self._draw_places = _drawer(scene, density, self._screen, self._rng)
        elif scene.target_px is not None:
            self._target_deg = np.array(self._screen.px_to_deg(*scene.target_px))
        self._mind, self._recent = np.empty((0, 2)), []

    def been_at(self, place_deg: Floats) -> None:
        """Remember a fixated place, shape (2,), for inhibition of return."""
        if self._settings.return_places:
            self._recent = [*self._recent, place_deg][-self._settings.return_places :]

    def next_place_deg(self, here_deg: Floats) -> Floats | None:
        """Choose the place to look at next, shape (2,); None: there is nothing else to see."""
        if self._target_deg is not None:
            scatter_deg = self._settings.target_scatter_deg * self._rng.standard_normal(2)
            return np.asarray(self._target_deg + scatter_deg)
        if self._draw_places is None:
            return None
        for _ in range(REDRAWS):
            missing = self._settings.places_in_mind - len(self._mind)
            self._mind = np.concatenate([self._mind, self._draw_places(missing)])
            distance_deg = np.hypot(*(self._mind - here_deg).T)
            if np.any(distance_deg >= self._settings.saccade_smallest_deg):
                chosen = self._choose(distance_deg)
                place_deg = self._mind[chosen]
                self._mind = np.delete(self._mind, chosen, axis=0)
                return np.asarray(place_deg)
            self._mind = self._mind[:0]
        return None

    def _choose(self, distance_deg: Floats) -> int:
        chosen = self._settings
        weights = np.exp(-distance_deg / chosen.nearness_deg)
        for recent_deg in self._recent:
            apart_deg = np.hypot(*(self._mind - recent_deg).T)
            near = np.exp(-(apart_deg**2) / (2 * chosen.return_radius_deg**2))
            weights = weights * (1 - chosen.return_inhibition * near)
        weights = np.where(distance_deg >= chosen.saccade_smallest_deg, weights, 0.0)
        return _draw_index(np.cumsum(weights), self._rng)


def _drawer(scene: Scene, density: Floats, screen: Screen, rng: np.random.Generator) -> DrawPlaces:
    # A row, then a pixel of it: summing over every pixel would cost a frame of the display.
    rows = np.cumsum(density.sum(axis=1))

    def draw(n: int) -> Floats:
        y = np.array([_draw_index(rows, rng) for _ in range(n)], int)
        x = np.array([_draw_index(np.cumsum(density[row]), rng) for row in y], int)
        x_px, y_px = x + rng.random(n), y + rng.random(n)
        return np.stack(
            screen.px_to_deg(
                scene.image_left_px + scene.image_scale * x_px,
                scene.image_top_px + scene.image_scale * y_px,
            ),
            axis=-1,
        )

    return draw


def _draw_index(total: Floats, rng: np.random.Generator) -> int:
    return int(np.searchsorted(total, rng.random() * total[-1], side="right"))
