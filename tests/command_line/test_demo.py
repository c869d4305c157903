from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveola.command_line import demo, demo_photographs
from foveola.data_schema import (
    MissingExtraError,
    faults_of,
    read_fixation_set,
    read_recording,
    read_scores_csv,
)


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    assert demo.free_folder(tmp_path / "demo") == tmp_path / "demo"
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo-2").mkdir()
    assert demo.free_folder(tmp_path / "demo") == tmp_path / "demo-3"


def test_photographs_are_real_and_fit(tmp_path: Path) -> None:
    paths = demo_photographs.copy_photographs(tmp_path / "photographs", largest_px=(400, 300))
    assert len(paths) >= 8
    for path in paths:
        with Image.open(path) as image:
            assert image.mode == "RGB"
            assert image.width <= 400
            assert image.height <= 300
            assert np.asarray(image).std() > 10


def test_missing_photographs_name_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_photographs, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"foveola\[demo\]"):
        demo_photographs.copy_photographs(tmp_path / "photographs")


FEW = ("cat", "coffee", "flower", "rocket")
# In a process of its own, because a process has one screen in memory, and other tests a small one.
DEMO = f"""
import sys
from foveola.command_line import demo_photographs
from foveola.command_line.main import main
everything = demo_photographs.PHOTOGRAPHS
demo_photographs.PHOTOGRAPHS = {{name: everything[name] for name in {FEW}}}
main(sys.argv[1:])
"""


@pytest.mark.window
@pytest.mark.slow
def test_whole_chain(tmp_path: Path) -> None:
    """From a session in a window to a report, with the ranking that theory demands."""
    folder = tmp_path / "demo"
    arguments = ["demo", str(folder), "--observers", "6", "--seconds", "2", "--seed", "3"]
    done = subprocess.run(
        [sys.executable, "-c", DEMO, *arguments],
        env={name: value for name, value in os.environ.items() if name != "DISPLAY"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(folder / "report" / "index.html") in done.stdout
    for path in (*folder.glob("data/*.h5"), *folder.glob("*.h5"), folder / "scores.csv"):
        assert faults_of(path) == []
    first = read_recording(folder / "data" / "demo_01.h5")
    assert first.tracker.simulated
    assert len(first.trials) == 4
    assert read_fixation_set(folder / "fixations.h5").info.source == "simulated"
    means: dict[tuple[str, str], float] = {}
    for score in read_scores_csv(folder / "scores.csv"):
        means[score.model, score.metric] = means.get(
            (score.model, score.metric), 0
        ) + score.value / len(FEW)
    for metric in ("IG", "NSS"):
        for better, worse in (
            ("gold-standard", "itti-koch"),
            ("gold-standard", "centre-bias"),
            ("itti-koch", "uniform"),
            ("centre-bias", "uniform"),
        ):
            assert means[better, metric] > means[worse, metric], (metric, better, worse)
    assert means["uniform", "AUC"] == 0.5
    assert means["uniform", "NSS"] == 0
    assert means["centre-bias", "IG"] == 0
