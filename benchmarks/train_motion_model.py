"""Fit the coefficients of the detector ``motion`` to two human coders.

``python benchmarks/train_motion_model.py`` first holds out each observer in turn and prints the
agreement on what was held out; then it fits all recordings and writes the coefficients. The
features know neither the recording nor the kind of stimulus. Besides the recordings themselves,
copies with more noise and at 250 Hz are fitted, so that the coefficients do not depend on the one
tracker they come from. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import warnings
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from andersson_data import (
    CODERS,
    FOLDER,
    HEADER,
    Labelled,
    agreement,
    recordings,
    row_of,
    sample_labels,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from foveola.data_schema import EventKind
from foveola.fixation_maps import motion as motion_module
from foveola.fixation_maps.even_grid import even_stretches
from foveola.fixation_maps.gaze_signal import gaze_signal, runs_of
from foveola.fixation_maps.motion_features import drift_features
from foveola.fixation_maps.motion_model import (
    CHANGES,
    MODEL_FILE,
    SLOW,
    MotionModel,
    likeliest_states,
)

STEP_S = 0.002
HIDDEN, ALPHA, EPOCHS = 48, 0.3, 14
#: Noise in degrees and share of the samples of the copies that are fitted too.
COPIES = ((0.0, 1), (0.02, 1), (0.06, 1), (0.0, 2))
#: States by label: fixation and pursuit are slow; undefined samples are left out.
STATE_OF = np.array([-1, 0, 1, 2, 0, 3, -1])


def changed(one: Labelled, noise_deg: float, every: int, seed: int) -> Labelled:
    """A copy with white noise and a lower rate."""
    random = np.random.default_rng(seed)
    samples = one.samples.copy()
    px = noise_deg * one.screen.px_per_deg()
    for name in ("right_x_px", "right_y_px"):
        samples[name] += random.normal(0, px, len(samples)) if px else 0.0
    labels = {coder: labels[::every] for coder, labels in one.labels.items()}
    return one._replace(samples=samples[::every], labels=labels)


class Prepared:
    """Features of one recording, with the labels of each point of the grid."""

    def __init__(self, one: Labelled) -> None:
        signal = gaze_signal(one.samples, one.screen, blink_margin_s=0.0)
        self.stretches = even_stretches(signal, STEP_S)
        self.features = np.concatenate(motion_module.features_of(self.stretches, STEP_S))
        self.labels = {
            coder: np.concatenate([_on_grid(part, one.labels[coder]) for part in self.stretches])
            for coder in CODERS
        }

    def slow_runs(self, states: np.ndarray) -> list[tuple[np.ndarray, int, int]]:
        """Drift features, and bounds, of the slow runs of a sequence of states."""
        found, passed = [], 0
        for part in self.stretches:
            here = states[passed : passed + len(part.directions)]
            for first, end in zip(*runs_of(here == SLOW), strict=True):
                drift = drift_features(part.directions[first:end], STEP_S)
                found.append((drift, passed + first, passed + end))
            passed += len(part.directions)
        return found


def _on_grid(part: Any, labels: np.ndarray) -> np.ndarray:
    """Labels of the samples nearest to each point of a stretch's grid."""
    here = labels[part.samples]
    index = np.searchsorted(part.nearest, np.arange(len(part.directions)))
    return here[np.minimum(index, len(here) - 1)]


def fit(chosen: list[Prepared], seed: int = 0) -> dict[str, Any]:
    """Fit the network, and then the line between pursuit and fixation."""
    pairs = [(one.features, STATE_OF[one.labels[coder]]) for one in chosen for coder in CODERS]
    table = np.concatenate([features[states >= 0] for features, states in pairs])
    states = np.concatenate([states[states >= 0] for _, states in pairs])
    mean, scale = table.mean(axis=0), table.std(axis=0) + 1e-6
    network = MLPClassifier(
        (HIDDEN,),
        alpha=ALPHA,
        learning_rate_init=2e-3,
        batch_size=1024,
        max_iter=EPOCHS,
        random_state=seed,
    )
    with warnings.catch_warnings():  # the number of epochs is a choice, not a failure
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit((table - mean) / scale, states)
    content = {
        "step_s": STEP_S,
        "mean": mean,
        "scale": scale,
        "hidden": network.coefs_[0],
        "hidden_bias": network.intercepts_[0],
        "output": network.coefs_[1],
        "output_bias": network.intercepts_[1],
    }
    return content | fit_pursuit(MotionModel(**content, pursuit=mean, pursuit_bias=0.0), chosen)


def fit_pursuit(model: MotionModel, chosen: list[Prepared]) -> dict[str, Any]:
    """Fit the line between pursuit and fixation; a run weighs as many samples as it has."""
    drifts, follows, weights = [], [], []
    for one in chosen:
        states = _states(model, one)
        for drift, first, end in one.slow_runs(states):
            for coder in CODERS:
                labels = one.labels[coder][first:end]
                for kind in (EventKind.FIXATION, EventKind.PURSUIT):
                    drifts.append(drift)
                    follows.append(kind == EventKind.PURSUIT)
                    weights.append(np.count_nonzero(labels == kind))
    table = np.array(drifts)
    centre, scale = table.mean(axis=0), table.std(axis=0)
    line = LogisticRegression(C=1.0, max_iter=1000)
    line.fit((table - centre) / scale, follows, sample_weight=weights)
    pursuit = line.coef_[0] / scale
    return {"pursuit": pursuit, "pursuit_bias": float(line.intercept_[0] - centre @ pursuit)}


def _states(model: MotionModel, one: Prepared) -> np.ndarray:
    weighed = model.log_probabilities(one.features)
    passed = np.cumsum([0, *(len(part.directions) for part in one.stretches)])
    parts = [likeliest_states(weighed[first:end], CHANGES) for first, end in pairwise(passed)]
    return np.concatenate(parts)


def found_by(content: dict[str, Any], one: Labelled) -> np.ndarray:
    """Labels that the detector gives with such coefficients."""
    motion_module.motion_model = lambda: MotionModel(**content)  # type: ignore[assignment]
    return sample_labels(one.samples, motion_module.motion(one.samples, one.screen))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, default=FOLDER)
    arguments.add_argument("--write", action="store_true", help="fit all and write the file")
    arguments.add_argument("--folds", type=int, default=0, help="0: one a held-out observer")
    options = arguments.parse_args()
    chosen = recordings(options.data)
    copies = [
        [
            Prepared(changed(one, noise, every, 97 * i + j))
            for j, (noise, every) in enumerate(COPIES)
        ]
        for i, one in enumerate(chosen)
    ]
    observers = sorted({one.observer for one in chosen})
    folds = options.folds or len(observers)
    held_out: list[np.ndarray] = [np.empty(0)] * len(chosen)
    for fold in range(folds):
        without = set(observers[fold::folds])
        rest = [i for i, one in enumerate(chosen) if one.observer not in without]
        content = fit([*chain(*(copies[i] for i in rest))])
        for i, one in enumerate(chosen):
            if one.observer in without:
                held_out[i] = found_by(content, one)
        print(f"held out: {', '.join(sorted(without))}", flush=True)
    print(HEADER)
    print(row_of("motion, held out", agreement(chosen, held_out)))
    if options.write:
        content = fit([*chain(*copies)])
        found = [found_by(content, one) for one in chosen]
        print(row_of("motion, fitted", agreement(chosen, found)))
        written = {
            name: np.round(value, 5).tolist() if isinstance(value, np.ndarray) else value
            for name, value in content.items()
        }
        MODEL_FILE.write_text(json.dumps(written, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
