"""How a virtual observer moves its eyes, as numbers with their sources."""

from __future__ import annotations

from pydantic import Field

from foveola.data_schema import Record


class ObserverSettings(Record):
    """How the virtual observer's eyes move; the defaults are those of published studies."""

    fixation_mu_s: float = Field(
        default=0.19,
        gt=0,
        description="ex-Gaussian duration; mean 0.29 s lies in the 0.26 to 0.33 s that Rayner "
        "(2009), doi 10.1080/17470210902816461, gives for scenes",
    )
    fixation_sigma_s: float = Field(default=0.05, ge=0)
    fixation_tau_s: float = Field(default=0.10, ge=0)
    fixation_shortest_s: float = Field(default=0.06, gt=0)
    latency_s: float = Field(default=0.20, gt=0, description="mean latency to a new scene")
    latency_sd_s: float = Field(default=0.02, ge=0)
    saccade_per_deg_s: float = Field(default=0.0022, gt=0, description="Carpenter (1988)")
    saccade_shortest_s: float = Field(default=0.021, gt=0, description="Carpenter (1988)")
    saccade_smallest_deg: float = Field(default=1.0, ge=0, description="smaller: a microsaccade")
    places_in_mind: int = Field(default=4, ge=1, le=64)
    nearness_deg: float = Field(
        default=5.0, gt=0, description="distance at which a place is chosen e times more rarely"
    )
    return_inhibition: float = Field(default=0.9, ge=0, lt=1, description="0: none")
    return_radius_deg: float = Field(default=2.0, gt=0, description="Klein (2000)")
    return_places: int = Field(default=4, ge=0, description="places that are inhibited")
    target_scatter_deg: float = Field(
        default=0.1, ge=0, description="of fixations around a target, per axis"
    )
    drift_deg2_s: float = Field(default=0.011, ge=0, description="diffusion; Kuang et al. (2012)")
    microsaccade_rate_hz: float = Field(default=1.0, ge=0, description="Rolfs (2009)")
    microsaccade_deg: float = Field(default=0.2, gt=0, description="median amplitude")
    microsaccade_largest_deg: float = Field(default=0.4, gt=0)
    blink_rate_hz: float = Field(default=0.2, ge=0, description="Bentivoglio et al. (1997)")
    blink_s: float = Field(default=0.20, gt=0, description="mean time without data")
    blink_sd_s: float = Field(default=0.04, ge=0)
