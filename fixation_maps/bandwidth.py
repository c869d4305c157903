"""The width of a blur that the fixations themselves ask for."""

from __future__ import annotations

import numpy as np

from foveola.data_schema import FixationSource, FoveolaError

from .gold_standard import others_density
from .mixture import best_bandwidth, mixture_weights

#: So many stimuli settle the width, spread evenly over a larger set.
MOST_STIMULI = 1000


def cross_validated_sigma_px(
    fixations: FixationSource, *, most_stimuli: int = MOST_STIMULI
) -> float:
    """Sigma under which the fixations of held-out observers are most likely.

    Each observer's fixations are judged by the kernel density of all others on the same stimulus,
    mixed with a uniform density of fitted weight, so that a lone fixation does not decide. One
    sigma serves the whole set: for a single stimulus a dozen observers are too few.

    Parameters
    ----------
    fixations : FixationSource
        The set.
    most_stimuli : int
        So many stimuli are taken, evenly spread.

    Returns
    -------
    float
        In stimulus pixels, found to about 1 %.

    Raises
    ------
    FoveolaError
        If no stimulus was looked at by two observers.
    """
    chosen = np.unique(
        np.linspace(0, len(fixations.stimuli) - 1, most_stimuli).astype(int)
        if len(fixations.stimuli) > most_stimuli
        else np.arange(len(fixations.stimuli))
    )
    tables = [(fixations.of(index), fixations.stimuli[index].shape) for index in chosen.tolist()]
    tables = [(table, shape) for table, shape in tables if len(np.unique(table["observer"])) > 1]
    if not tables:
        raise FoveolaError(
            "A fitted sigma needs stimuli that two observers looked at; there are none.",
            remedy="State sigma, as 1deg or as 24px.",
        )
    tables.sort(key=lambda one: one[1])
    uniform = np.concatenate(
        [np.full(len(table), 1 / (shape[0] * shape[1])) for table, shape in tables]
    )

    def mean_log_likelihood(sigma_px: float) -> float:
        kernel = [others_density(table, shape, sigma_px) for table, shape in tables]
        values = np.column_stack([np.concatenate(kernel), uniform])
        return float(np.mean(np.log(values @ mixture_weights(values, tolerance=1e-5))))

    largest = max(max(shape) for _, shape in tables) / 4
    return best_bandwidth(mean_log_likelihood, min(1.0, largest / 2), largest)
