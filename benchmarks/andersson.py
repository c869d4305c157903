"""Agreement of every detector with two human coders, sample by sample (Cohen's kappa).

``python benchmarks/andersson.py`` prints kappa with coder MN / with coder RA for fixations and
saccades by kind of stimulus, over all recordings of the kind together: for our detectors with
their defaults, for the peers that are installed, and for coder RA as a judge of coder MN. The
detector ``motion`` was fitted to the shared half of these recordings; its figures for observers
that were held out are those of ``train_motion_model.py``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from andersson_data import FOLDER, HEADER, Labelled, agreement, recordings, row_of, sample_labels
from event_peers import Peer, peers

from foveola.data_schema import Eye
from foveola.fixation_maps import DETECTORS


def labels_of_peer(peer: Peer, one: Labelled) -> np.ndarray:
    return sample_labels(one.samples, peer(one.samples, one.screen, Eye.RIGHT))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, default=FOLDER)
    chosen = recordings(arguments.parse_args().data)
    count = {kind: sum(one.kind == kind for one in chosen) for kind in ("img", "dots", "video")}
    print("Recordings:", ", ".join(f"{number} {kind}" for kind, number in count.items()))
    print(HEADER)
    print(row_of("human against human", agreement(chosen, [one.labels["RA"] for one in chosen])))
    for name, detect in DETECTORS.items():
        found = [sample_labels(one.samples, detect(one.samples, one.screen)) for one in chosen]
        print(row_of(name, agreement(chosen, found)), flush=True)
    for name, peer in peers().items():
        try:
            found = [labels_of_peer(peer, one) for one in chosen]
        except Exception as error:  # a peer's failure is a result too
            print(f"{name:<24}failed: {type(error).__name__}: {error}")
            continue
        print(row_of(name, agreement(chosen, found)), flush=True)


if __name__ == "__main__":
    main()
