from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveola.command_line import demo, demo_photographs
from foveola.command_line.main import main
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


@pytest.mark.window
@pytest.mark.slow
def test_whole_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a session in a window to a report, with the ranking that theory demands."""
    few = {
        name: demo_photographs.PHOTOGRAPHS[name] for name in ("cat", "coffee", "flower", "rocket")
    }
    monkeypatch.setattr(demo_photographs, "PHOTOGRAPHS", few)
    folder = tmp_path / "demo"
    with pytest.raises(SystemExit) as stop:
        main(["demo", str(folder), "--observers", "6", "--seconds", "2", "--seed", "3"])
    shown = capsys.readouterr().out
    assert stop.value.code == 0, shown
    assert str(folder / "report" / "index.html") in shown
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
        ) + score.value / len(few)
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
