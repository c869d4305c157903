"""Fixation density maps of a whole set, written one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from foveola.data_schema import (
    FixationMapsParts,
    FixationMapsWriter,
    FixationSource,
    FoveolaError,
    MapInfo,
    is_made,
    new_fixation_maps,
    pixel_of,
    provenance,
    relative_path,
    resumed_fixation_maps,
)

from .adaptive_density import adaptive_density_map
from .bandwidth import cross_validated_sigma_px
from .density import Floats, Indices, Mode, density_map
from .map_views import MapView
from .mit_kernel import CUTOFF_CYCLES, mit_blurred_counts, mit_sigma_px
from .sigma import parse_sigma

Kernel = Literal["gaussian", "mit", "adaptive"]
#: Passes indices on while it shows how far they are, as :func:`rich.progress.track`.
Track = Callable[[Iterable[int]], Iterable[int]]


@dataclass(frozen=True)
class Blur:
    """How fixations become a density.

    Attributes
    ----------
    kernel : "gaussian", "mit" or "adaptive"
        A Gaussian in space, equal to scipy's; the frequency-domain blur of the MIT benchmark's
        old Matlab code; or a Gaussian whose width follows the data (Abramson 1982).
    sigma : str
        Standard deviation: degrees of visual angle (``1deg``), stimulus pixels (``24px``) or
        ``fitted``, the one under which held-out observers' fixations are most likely. One degree
        is the usual width (Le Meur & Baccino 2013, doi:10.3758/s13428-012-0226-9): about the
        size of the fovea. The MIT kernel has none: it follows the size of the image.
    cutoff_cycles : float
        Of the MIT kernel: the frequency, in cycles per padded image, that it halves.
    truncate : float
        The kernel ends after so many standard deviations.
    mode : str
        What lies beyond the border, as scipy names it; the adaptive kernel knows reflection only.
    fitted : bool
        Whether sigma was fitted (:func:`with_fitted_sigma` says so).
    """

    kernel: Kernel = "gaussian"
    sigma: str = "1deg"
    cutoff_cycles: float = CUTOFF_CYCLES
    truncate: float = 4.0
    mode: Mode = "reflect"
    fitted: bool = False

    @property
    def label(self) -> str:
        """What a user asked for, in a few words."""
        if self.kernel == "mit":
            return f"mit kernel, {self.cutoff_cycles:g} cycles an image"
        label = f"sigma {self.sigma}{' (fitted)' if self.fitted else ''}"
        return label if self.kernel == "gaussian" else f"{self.kernel} kernel, {label}"

    def density(
        self, rows: Indices, columns: Indices, shape: tuple[int, int], sigma_px: float
    ) -> Floats:
        """Density of fixations, shape (height, width); all NaN where there are none."""
        if self.kernel == "adaptive":
            return adaptive_density_map(rows, columns, shape, sigma_px, truncate=self.truncate)
        if self.kernel == "gaussian" or len(rows) == 0:
            return density_map(
                rows, columns, shape, sigma_px, truncate=self.truncate, mode=self.mode
            )
        blurred = mit_blurred_counts(rows, columns, shape, self.cutoff_cycles)
        return np.asarray(blurred / blurred.sum())

    def sigmas_px(self, fixations: FixationSource) -> list[float]:
        """Sigma for each stimulus of a set."""
        if self.kernel == "mit":
            return [mit_sigma_px(one.shape, self.cutoff_cycles) for one in fixations.stimuli]
        sigma = parse_sigma(self.sigma)
        return [sigma.in_px(fixations.px_per_deg(i)) for i in range(len(fixations.stimuli))]


def write_maps(
    fixations: FixationSource,
    path: str | Path,
    sigma: str = "1deg",
    *,
    blur: Blur | None = None,
    view: MapView | None = None,
    inputs: Iterable[Path] = (),
    track: Track = iter,
    resume: bool = False,
    on_resume: Callable[[int], None] | None = None,
) -> None:
    """Write the density map of every stimulus of a set, with flat memory.

    Parameters
    ----------
    fixations : FixationSource
        The set, or an open one that is read stimulus by stimulus.
    path : path-like
        The file of maps to be.
    sigma : str, default "1deg"
        As in :class:`Blur`; not used where a blur is given.
    blur : Blur, optional
        How fixations become a density.
    view : MapView, optional
        Which fixations enter; all by default.
    inputs : iterable of Path, optional
        Files the set came from, for the provenance.
    track : callable, optional
        Shows progress over the stimuli.
    resume : bool, default False
        Go on where a killed run of the same job ended, and leave a file that is made already.
        The inputs must be stated for this: they tell whether it is the same job.
    on_resume : callable, optional
        Told how many maps were there already.

    Raises
    ------
    FoveolaError
        If sigma can't be read, or is in degrees where the pixels per degree are unknown, or the
        kernel does not know the border rule.
    ValueError
        If a run without inputs is to be resumed.
    """
    inputs = list(inputs)
    if resume and not inputs:
        raise ValueError("a run is resumed only where its inputs are stated")
    blur, view = with_fitted_sigma(blur or Blur(sigma=sigma), fixations), view or MapView()
    sigmas_px = blur.sigmas_px(fixations)
    source = provenance(_parameters(fixations, blur, view), inputs=inputs)
    info = _info(fixations, blur, view, sigmas_px)
    if resume and is_made(path, info, source):
        if on_resume:
            on_resume(len(fixations.stimuli))
        return
    writing: AbstractContextManager[FixationMapsWriter | FixationMapsParts] = (
        resumed_fixation_maps(path, info, source)
        if resume
        else new_fixation_maps(path, info, source)
    )
    with writing as writer:
        done = writer.done if isinstance(writer, FixationMapsParts) else 0
        if done and on_resume:
            on_resume(done)
        for index in track(range(len(fixations.stimuli))):
            if index < done:
                continue
            stimulus, table = fixations.stimuli[index], fixations.of(index)
            if stimulus.path:
                place = relative_path(fixations.stimulus_path(index), Path(path).parent)
                stimulus = stimulus.model_copy(update={"path": place})
            table = view.of(table, fixations.observers)
            density = blur.density(*pixel_of(table), stimulus.shape, sigmas_px[index])
            own = sigmas_px[index] if np.isnan(info.sigma_px) else np.nan
            writer.append(stimulus, density, len(table), len(np.unique(table["observer"])), own)


def with_fitted_sigma(blur: Blur, fixations: FixationSource) -> Blur:
    """The blur with a fitted sigma in place of the word.

    Raises
    ------
    FoveolaError
        If the set is too small for a fit, or the kernel does not know the border rule.
    """
    if blur.kernel != "gaussian" and blur.mode != "reflect":
        raise FoveolaError(
            f"The {blur.kernel} kernel has its own border rule, not {blur.mode!r}.",
            remedy="Leave the mode out.",
        )
    if blur.kernel == "mit" or blur.sigma != "fitted":
        return blur
    return replace(blur, sigma=f"{cross_validated_sigma_px(fixations):.4g}px", fitted=True)


def _parameters(fixations: FixationSource, blur: Blur, view: MapView) -> dict[str, object]:
    """What determines the maps besides the inputs."""
    parameters: dict[str, object] = {
        "set": fixations.info.name,
        "kernel": blur.kernel,
        "view": view.name or "all",
    }
    if blur.kernel == "mit":
        return parameters | {"cutoff_cycles": blur.cutoff_cycles}
    return parameters | {
        "sigma": blur.sigma,
        "sigma_fitted": blur.fitted,
        "truncate": blur.truncate,
        "mode": blur.mode,
    }


def _info(fixations: FixationSource, blur: Blur, view: MapView, sigmas_px: list[float]) -> MapInfo:
    scales = [fixations.px_per_deg(index) for index in range(len(fixations.stimuli))]
    sigma_px, px_per_deg = _common(sigmas_px), _common(scales)
    degrees = np.asarray(sigmas_px) / np.asarray(scales)
    observers = (view.observer,) if view.observer else fixations.observers
    answers = [fixations.consent_share.get(one) for one in observers if one != view.left_out]
    return MapInfo(
        sigma_px=sigma_px,
        sigma_deg=_common(degrees.tolist()),
        px_per_deg=px_per_deg,
        truncate=float("inf") if blur.kernel == "mit" else blur.truncate,
        # Nothing lies beyond the border of the zero-padded image.
        mode="constant" if blur.kernel == "mit" else blur.mode,
        kernel=blur.kernel,
        observer=view.observer,
        left_out=view.left_out,
        from_s=view.from_s,
        until_s=view.until_s,
        not_to_share=sum(answer is False for answer in answers),
        not_asked=sum(answer is None for answer in answers),
    )


def _common(values: list[float]) -> float:
    """The value that all have; NaN where they differ or there is none."""
    return values[0] if values and np.allclose(values, values[0], rtol=1e-9, atol=0) else np.nan
