"""How good the ground truth of a set is: what its figures could be at best, and how sure they are.

Every interval is a bootstrap: of stimuli for what is said of the set, of observers for what is said
of one stimulus (Efron & Tibshirani 1993, percentiles).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from foveola.data_schema import FixationSet, FoveolaError, Record

from .agreement import Covariances, agreement_of, covariances, own_share_of
from .centre_bias import CentreBias
from .gold_standard import GoldStandard
from .maps import Blur

Floats = NDArray[np.float64]

#: Agreements that a set may aim at.
TARGETS = (0.9, 0.95, 0.99)
#: More observers than this are said to be out of reach.
MOST_OBSERVERS = 100_000


class Estimate(Record):
    """A figure and its bootstrap interval."""

    value: float
    low: float
    high: float


class Information(Record):
    """What a density tells of where fixations are, in bits per fixation over uniform."""

    over_fixations: Estimate = Field(description="mean over all fixations")
    over_stimuli: Estimate = Field(description="mean over stimuli of their means")


class AgreementPoint(Record):
    """Agreement of two groups of observers, mean over stimuli."""

    observers: int = Field(description="in each group")
    measured: Estimate | None = Field(description="null where a stimulus has too few observers")
    extrapolated: Estimate


class Needed(Record):
    """Observers that an agreement asks for; infinite where it is out of reach."""

    agreement: float = Field(description="CC, mean over stimuli")
    between_groups: Estimate = Field(description="between the maps of two groups of so many")
    with_everybody: Estimate = Field(description="with the map of infinitely many observers")


class StimulusReliability(Record):
    """How reliable the map of one stimulus is."""

    stimulus: str
    fixations: int
    observers: int
    split_half: float = Field(description="mean CC of the maps of random halves of the observers")
    reliability: Estimate = Field(description="CC with the map of as many other observers")
    needed_for_95: float = Field(description="observers for a reliability of 0.95")


class GroundTruthQuality(Record):
    """How good the ground truth of a set is."""

    name: str
    stimuli: int
    observers: int
    fixations: int
    observers_a_stimulus: float = Field(description="median")
    fixations_a_stimulus: float = Field(description="median")
    sigma: str
    seed: int
    bootstraps: int
    level: float
    centre_bias: Information
    centre_bias_bandwidth: float = Field(description="share of each side of the image")
    centre_bias_uniform_weight: float
    gold_standard: Information
    gold_standard_bandwidth_px: float
    gold_standard_centre_bias_weight: float
    gold_standard_uniform_weight: float
    agreement: tuple[AgreementPoint, ...]
    needed: tuple[Needed, ...]
    reliability: tuple[StimulusReliability, ...]


@dataclass(frozen=True)
class Bootstrap:
    """Random draws with replacement, the same for every figure of a set."""

    count: int
    level: float
    random: np.random.Generator

    def estimate(self, value: float, drawn: Floats) -> Estimate:
        """A figure with the percentiles of what it was in each draw."""
        tail = (1 - self.level) / 2 * 100
        sound = drawn[~np.isnan(drawn)]
        if len(sound) == 0:
            return Estimate(value=value, low=math.nan, high=math.nan)
        # Without interpolation: between infinities there is no value.
        low, high = np.percentile(sound, [tail, 100 - tail], method="nearest")
        return Estimate(value=value, low=float(low), high=float(high))

    def draws(self, size: int) -> NDArray[np.float64]:
        """How often each of so many is taken in each draw, shape (count, size)."""
        return self.random.multinomial(size, np.full(size, 1 / size), self.count).astype(float)


def ground_truth_quality(
    fixations: FixationSet,
    sigma: str = "1deg",
    *,
    seed: int = 0,
    bootstraps: int = 1000,
    level: float = 0.95,
) -> GroundTruthQuality:
    """Say how good the ground truth of a set is.

    Parameters
    ----------
    fixations : FixationSet
        The set.
    sigma : str, default "1deg"
        Width of the blur of the maps whose agreement is measured.
    seed : int
        Of the random splits and bootstraps.
    bootstraps : int
        Number of bootstraps.
    level : float
        Share of the bootstraps that an interval holds.

    Raises
    ------
    FoveolaError
        If there are fewer than two stimuli with fixations or no stimulus with two observers.
    """
    # Long: its signature and its result, field after field.
    random = np.random.default_rng(seed)
    chosen = [i for i in range(len(fixations.stimuli)) if len(fixations.of(i))]
    counts = [len(np.unique(fixations.of(i)["observer"])) for i in chosen]
    if len(chosen) < 2 or max(counts, default=0) < 2:
        raise FoveolaError(
            "How good a ground truth is takes two stimuli with fixations, and two observers on "
            "one of them, to be told.",
            remedy="Give a larger set.",
        )
    bootstrap = Bootstrap(bootstraps, level, random)
    bias = CentreBias.fit(fixations)
    gold = GoldStandard.fit(fixations, bias)
    stimulus_draws = bootstrap.draws(len(chosen))
    shared = [i for i, count in zip(chosen, counts, strict=True) if count > 1]
    sigmas_px = Blur(sigma=sigma).sigmas_px(fixations)
    found = {
        i: covariances(fixations.of(i), fixations.stimuli[i].shape, sigmas_px[i]) for i in shared
    }
    reliability = [_reliability(fixations, i, found[i], bootstrap) for i in shared]
    own = np.array([_own_share(one) for one in reliability])
    draws = bootstrap.draws(len(shared))
    return GroundTruthQuality(
        name=fixations.info.name,
        stimuli=len(chosen),
        observers=len(np.unique(fixations.table["observer"])),
        fixations=len(fixations.table),
        observers_a_stimulus=float(np.median(counts)),
        fixations_a_stimulus=float(np.median([len(fixations.of(i)) for i in chosen])),
        sigma=sigma,
        seed=seed,
        bootstraps=bootstraps,
        level=level,
        centre_bias=_information(fixations, bias, chosen, stimulus_draws, bootstrap),
        centre_bias_bandwidth=bias.bandwidth,
        centre_bias_uniform_weight=bias.uniform_weight,
        gold_standard=_information(fixations, gold, chosen, stimulus_draws, bootstrap),
        gold_standard_bandwidth_px=gold.bandwidth_px,
        gold_standard_centre_bias_weight=gold.centre_bias_weight,
        gold_standard_uniform_weight=gold.uniform_weight,
        agreement=tuple(_curve(list(found.values()), own, draws, bootstrap)),
        needed=tuple(_needed(own, target, draws, bootstrap) for target in TARGETS),
        reliability=tuple(reliability),
    )


def _information(
    fixations: FixationSet,
    model: CentreBias | GoldStandard,
    chosen: list[int],
    draws: Floats,
    bootstrap: Bootstrap,
) -> Information:
    """Log-likelihood over uniform; what was fitted stays as it is in every bootstrap."""
    sums, numbers = np.zeros(len(chosen)), np.zeros(len(chosen))
    for at, index in enumerate(chosen):
        height, width = fixations.stimuli[index].shape
        bits = (model.log_likelihoods(index) + math.log(height * width)) / math.log(2)
        sums[at], numbers[at] = bits.sum(), len(bits)
    means = sums / numbers
    return Information(
        over_fixations=bootstrap.estimate(
            float(sums.sum() / numbers.sum()), (draws @ sums) / (draws @ numbers)
        ),
        over_stimuli=bootstrap.estimate(float(means.mean()), draws @ means / len(means)),
    )


def _reliability(
    fixations: FixationSet, index: int, found: Covariances, bootstrap: Bootstrap
) -> StimulusReliability:
    """Reliability of one stimulus; observers are drawn for the interval.

    Halves of a bootstrap would share observers, so the interval is that of the analysis of
    variance, as a factor of its estimate: that one needs no halves.
    """
    half = found.observers // 2
    split_half = _mean(found.splits(half, bootstrap.random))
    own = float(own_share_of(split_half, half))
    draws = bootstrap.draws(found.observers)
    whole = found.own_shares(np.ones((1, found.observers)))[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = own * found.own_shares(draws) / whole
    return StimulusReliability(
        stimulus=fixations.stimuli[index].id,
        fixations=len(fixations.of(index)),
        observers=found.observers,
        split_half=split_half,
        reliability=bootstrap.estimate(
            float(agreement_of(own, found.observers)), agreement_of(drawn, found.observers)
        ),
        needed_for_95=_smallest(np.array([own]), np.ones((1, 1)), 0.95)[0],
    )


def _own_share(one: StimulusReliability) -> float:
    return float(own_share_of(one.split_half, one.observers // 2))


def _curve(
    found: list[Covariances], own: Floats, draws: Floats, bootstrap: Bootstrap
) -> list[AgreementPoint]:
    """Agreement against the number of observers: measured as far as half of the stimuli allow."""
    usual = int(np.median([one.observers for one in found]))
    most = max(usual // 2, 1)
    further = np.geomspace(most, 16 * usual, 24).round().astype(int).tolist()
    points = []
    for size in sorted({*range(1, most + 1), usual, *further}):
        measured = None
        if size <= most:
            means = [
                _mean(one.splits(size, bootstrap.random)) if 2 * size <= one.observers else math.nan
                for one in found
            ]
            measured = _mean_estimate(np.array(means), draws, bootstrap)
        extrapolated = _mean_estimate(agreement_of(own, size), draws, bootstrap)
        points.append(AgreementPoint(observers=size, measured=measured, extrapolated=extrapolated))
    return points


def _mean_estimate(values: Floats, draws: Floats, bootstrap: Bootstrap) -> Estimate:
    """Mean over stimuli, those without a value left out."""
    sound = ~np.isnan(values)
    if not sound.any():
        return Estimate(value=math.nan, low=math.nan, high=math.nan)
    values, draws = values[sound], draws[:, sound]
    with np.errstate(invalid="ignore"):
        return bootstrap.estimate(float(values.mean()), draws @ values / draws.sum(axis=1))


def _needed(own: Floats, target: float, draws: Floats, bootstrap: Bootstrap) -> Needed:
    everybody = np.ones((1, len(own)))
    estimates = [
        bootstrap.estimate(
            _smallest(own, everybody, target, power)[0], _smallest(own, draws, target, power)
        )
        for power in (1.0, 0.5)
    ]
    return Needed(agreement=target, between_groups=estimates[0], with_everybody=estimates[1])


def _smallest(own: Floats, weights: Floats, target: float, power: float = 1.0) -> Floats:
    """Smallest number of observers whose mean agreement, to a power, reaches a target; by halving.

    Returns
    -------
    ndarray, shape (b,)
        One for each row of weights; infinite beyond :data:`MOST_OBSERVERS`.
    """
    own, weights = own[~np.isnan(own)], weights[:, ~np.isnan(own)]
    total = np.maximum(weights.sum(axis=1), 1)
    low, high = np.zeros(len(weights)), np.full(len(weights), float(MOST_OBSERVERS))

    def reaches(observers: Floats) -> NDArray[np.bool_]:
        values = agreement_of(own[None, :], observers[:, None]) ** power
        return np.asarray((weights * values).sum(axis=1) / total >= target)

    reachable = reaches(high)
    for _ in range(math.ceil(math.log2(MOST_OBSERVERS))):
        middle = np.floor((low + high) / 2)
        there = reaches(np.maximum(middle, 1)) & (middle > low)
        low, high = np.where(there, low, middle), np.where(there, middle, high)
    return np.where(reachable, high, np.inf)


def _mean(values: Floats) -> float:
    """Mean of what is not NaN; NaN where nothing is left."""
    sound = values[~np.isnan(values)]
    return float(sound.mean()) if len(sound) else math.nan
