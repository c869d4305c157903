"""The clocks: a tracker's that drifts by 50 ppm for an hour, is misread, and jumps.

An hour of comparisons, one a second, with the round trips of a network and 2 % of them grossly
wrong (0.5 to 300 ms off, with a round trip that looks as quick as any). The fit must give the
recorder's time of every second to within 0.5 ms. In further hours the clock jumps one to three
times by 1.3 ms to 10 s, ahead or back: every jump must be named, with its time to within three
comparisons and its size to within 0.5 ms, and none that was not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from claims import Claims, arguments_of

from foveola.tracking import ClockPair, fit_clock

SECONDS, DRIFT_PPM, OUTLIERS = 3600, 50.0, 0.02


@dataclass
class Hour:
    pairs: list[ClockPair]
    seconds: np.ndarray
    device_s: np.ndarray
    jumps_at_s: np.ndarray
    sizes_s: np.ndarray


def hour(seed: int, jumps: int) -> Hour:
    """An hour of comparisons, and what the device's clock truly showed at every second."""
    random = np.random.default_rng(seed)
    seconds = np.arange(SECONDS, dtype=float)
    host_s = seconds + random.uniform(0, 0.01, SECONDS)
    round_trip_s = random.gamma(4, 0.0005 / 4, SECONDS)
    late_s = (random.random(SECONDS) - 0.5) * round_trip_s
    offset_s, rate = random.uniform(-1e5, 1e5), 1 + DRIFT_PPM * 1e-6
    read_s, device_s = offset_s + rate * (host_s + late_s), offset_s + rate * seconds
    wrong = random.random(SECONDS) < OUTLIERS
    read_s[wrong] += signs(random, wrong.sum()) * 10 ** random.uniform(-3.3, -0.5, wrong.sum())
    at_s = np.linspace(0, SECONDS, jumps + 2)[1:-1] + random.uniform(-300, 300, jumps)
    sizes_s = signs(random, jumps) * 10 ** random.uniform(-2.9, 1, jumps)
    for when_s, size_s in zip(at_s, sizes_s, strict=True):
        read_s[host_s >= when_s] += size_s
        device_s[seconds >= when_s] += size_s
    pairs = [ClockPair(*row) for row in zip(host_s, read_s, round_trip_s, strict=True)]
    return Hour(pairs, seconds, device_s, at_s, sizes_s)


def signs(random: np.random.Generator, count: int) -> np.ndarray:
    return random.choice([-1.0, 1.0], count)


def main() -> None:
    arguments = arguments_of(__doc__).parse_args()
    hours = 5 if arguments.quick else 100
    claims = Claims()
    worst_s = invented = named = there = 0
    for seed in range(hours):
        one = hour(seed, 0)
        fit = fit_clock(one.pairs)
        error_s = np.abs(fit.host_time_s(one.device_s, one.seconds) - one.seconds).max()
        worst_s, invented = max(worst_s, error_s), invented + len(fit.jumps)
    claims.check(
        worst_s <= 5e-4,
        f"{DRIFT_PPM:g} ppm, {OUTLIERS:.0%} outliers, {hours} hours: error at most "
        f"{worst_s * 1e3:.3f} ms at every second (limit 0.5)",
    )
    worst_s = 0
    for seed in range(hours):
        one = hour(1000 + seed, 1 + seed % 3)
        fit = fit_clock(one.pairs)
        there += len(one.sizes_s)
        for when_s, size_s in zip(one.jumps_at_s, one.sizes_s, strict=True):
            named += any(
                abs(jump.time_s - when_s) <= 3 and abs(jump.size_s - size_s) <= 5e-4
                for jump in fit.jumps
            )
        invented += max(0, len(fit.jumps) - len(one.sizes_s))
        away = np.abs(one.seconds[:, np.newaxis] - one.jumps_at_s).min(axis=1) > 3
        error_s = np.abs(fit.host_time_s(one.device_s, one.seconds) - one.seconds)[away].max()
        worst_s = max(worst_s, error_s)
    claims.check(named == there, f"jumps of the clock named: {named} of {there}")
    claims.check(not invented, f"jumps named that were not there: {invented}")
    claims.check(worst_s <= 5e-4, f"error around jumps at most {worst_s * 1e3:.3f} ms (limit 0.5)")
    claims.end()


if __name__ == "__main__":
    main()
