"""Whether intervals cover the truth, and tests err, as often as they say, on simulated models.

    python benchmarks/coverage_of_statistics.py [--draws 1000]

Every draw simulates two models whose true difference is known: scores of an image share its
difficulty, and differences are normal, skewed or have heavy tails.
"""

from __future__ import annotations

import argparse

import numpy as np

from foveola.benchmark.leaderboard import bootstrap_means
from foveola.benchmark.observer_bootstrap import observer_bootstrap_means
from foveola.benchmark.permutation import holm, permutation_p_values

TRUE_DIFFERENCE = 0.1
#: So many draws are resampled alike, which is quicker and changes no draw's chance.
TOGETHER = 20
SHAPES = {
    "normal": lambda rng, size: rng.normal(size=size),
    "skewed (gamma 2)": lambda rng, size: rng.gamma(2, size=size) - 2,
    "heavy tails (t, 4 df)": lambda rng, size: rng.standard_t(4, size=size),
}


def interval_coverage(shape: str, images: int, draws: int, rng: np.random.Generator) -> float:
    """Share of draws whose 95 % interval of the difference contains it."""
    covered = 0
    for start in range(0, draws, TOGETHER):
        size = (min(TOGETHER, draws - start), images, 1)
        differences = TRUE_DIFFERENCE + 0.3 * SHAPES[shape](rng, size)
        _, low, high = bootstrap_means(differences, seed=start)
        covered += np.count_nonzero((low <= TRUE_DIFFERENCE) & (high >= TRUE_DIFFERENCE))
    return covered / draws


def observer_coverage(images: int, observers: int, draws: int, rng: np.random.Generator) -> float:
    """The same over images and observers, both of which differ in how well a model does."""
    covered = 0
    counts = np.full((images, observers), 8)
    for start in range(0, draws, TOGETHER):
        count = min(TOGETHER, draws - start)
        values = (
            TRUE_DIFFERENCE
            + 0.3 * rng.normal(size=(count, images, 1))
            + 0.3 * rng.normal(size=(count, 1, observers))
            + 0.5 * rng.normal(size=(count, images, observers))
        )
        _, low, high = observer_bootstrap_means(values, counts, seed=start)
        covered += np.count_nonzero((low <= TRUE_DIFFERENCE) & (high >= TRUE_DIFFERENCE))
    return covered / draws


def false_positives(shape: str, images: int, draws: int, rng: np.random.Generator) -> float:
    """Share of tests at 5 % between two models that are equally good."""
    difficulty = rng.gamma(2, size=(images, draws))
    first, second = (difficulty + 0.3 * SHAPES[shape](rng, (images, draws)) for _ in range(2))
    return float(np.mean(permutation_p_values(first - second) <= 0.05))


def family_errors(models: int, images: int, draws: int, rng: np.random.Generator) -> float:
    """Share of leaderboards of equal models in which Holm leaves any difference significant."""
    found = 0
    first, second = np.triu_indices(models, 1)
    for draw in range(draws):
        scores = rng.gamma(2, size=images) + 0.3 * rng.normal(size=(models, images))
        pairs = (scores[first] - scores[second]).T
        p_values = permutation_p_values(pairs, seed=draw, permutations=999)
        found += bool((holm(p_values) <= 0.05).any())
    return found / draws


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng, draws = np.random.default_rng(arguments.seed), arguments.draws
    for shape in SHAPES:
        for images in (100, 700):
            share = interval_coverage(shape, images, draws, rng)
            print(f"95 % interval covers, {images} images, {shape}: {share:.1%}", flush=True)
    share = observer_coverage(100, 15, draws, rng)
    print(f"95 % interval over 100 images and 15 observers covers: {share:.1%}", flush=True)
    for shape in SHAPES:
        share = false_positives(shape, 100, draws, rng)
        print(f"false positives at 5 %, 100 images, {shape}: {share:.1%}", flush=True)
    share = family_errors(6, 100, draws, rng)
    print(
        f"leaderboards of 6 equal models with any false positive after Holm: {share:.1%}",
        flush=True,
    )


if __name__ == "__main__":
    main()
