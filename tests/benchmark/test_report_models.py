from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_scores import made_scores
from report_page import Page

from foveola import data_schema as ds
from foveola.benchmark.report import write_report
from foveola.benchmark.report_data import open_report_data
from foveola.benchmark.report_models import (
    EXTREMES,
    calibration,
    calibration_chart,
    category_rows,
    extremes,
)

HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"
MANY = tuple(f"{'ab'[i % 2]}/{i:02d}.jpg" for i in range(50))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    models = ("gold-standard", HOSTILE, "two")
    scores = made_scores(folder, models=models, stimuli=MANY, dataset=HOSTILE)
    return write_report(scores, folder / "out")


def test_each_model_has_a_page_that_the_leaderboard_links(report: Path) -> None:
    page = Page(report)
    links = [a["href"] for a in page.all("a") if a.get("class") == "model-link"]
    assert sorted(map(str, links)) == [f"models/00{i}.html" for i in (1, 2, 3)]
    for path in sorted((report.parent / "models").iterdir()):
        own = Page(path)
        assert len(own.all("script")) == 2
        for link in own.links():
            assert (path.parent / link.partition("#")[0]).resolve().is_file(), link
    page = Page(report.parent / "models" / "002.html")
    assert HOSTILE in page.text
    # Seven metrics, the gold standard, and calibration.
    assert len([d for d in page.all("div") if "data-figure" in d]) == 9
    assert "This is the gold standard." in Page(report.parent / "models" / "001.html").text


def test_best_and_worst_are_sorted_and_apart(report: Path) -> None:
    with open_report_data(report.parent.parent / "scores.csv") as data:
        best, worst = extremes(data, 1, [None] * len(MANY))
        values = dict(zip(data.stimuli, data.values[1, :, 0], strict=True))
    assert len(best) == len(worst) == EXTREMES
    assert values[best[0].name] == max(values.values())
    assert values[worst[0].name] == min(values.values())
    assert not {one.name for one in best} & {one.name for one in worst}


def test_categories_are_means_over_their_images(report: Path) -> None:
    with open_report_data(report.parent.parent / "scores.csv") as data:
        rows = category_rows(data, 2)
        own = [i for i, name in enumerate(data.stimuli) if name.startswith("b/")]
        mean = data.values[2, own, 0].mean()
    assert [row[:2] for row in rows] == [("a", "25"), ("b", "25")]
    assert float(rows[1][2]) == pytest.approx(mean, abs=6e-4)


def test_a_map_of_the_truth_is_calibrated_and_a_flat_one_is_not(tmp_path: Path) -> None:
    # Three of four fixations are on the left half, a quarter of which is empty of them.
    scores = made_scores(tmp_path, models=("right", "flat", "unknown"), stimuli=("a.jpg", "b.jpg"))
    fixations = ds.read_fixation_set(tmp_path / "fix.h5")
    table = fixations.table
    table["x_px"] = np.where(np.arange(len(table)) % 4 < 3, 10, 50)
    table["y_px"] = np.linspace(0, 47, len(table))
    ds.write_fixation_set(tmp_path / "fix.h5", fixations)
    protocol = ds.Protocol(
        profile="tuebingen", dataset="made", fixations_path="fix.h5", sigma_px=20,
        metrics=("IG",), stimuli=("a.jpg", "b.jpg"),
    )  # fmt: skip
    left = np.full((24, 32), 85, np.uint8)
    left[:, :16] = 255
    rows = [ds.ModelRow(name=one, kind="log_density") for one in ("right", "flat", "unknown")]
    with ds.new_score_pictures(tmp_path / "scores.h5", protocol, rows, ds.provenance()) as writer:
        for i in range(2):
            writer.append(0, i, ds.ScaledPicture(left, 0.0, 3e-4))
            writer.append(1, i, ds.ScaledPicture(np.zeros((24, 32), np.uint8), 1e-4, 1e-4))
            writer.append(2, i, left)
    with open_report_data(scores) as data:
        expected, observed = calibration(data, 0)
        assert expected[5] == observed[5] == pytest.approx(0.75)
        assert expected == pytest.approx(observed, abs=1e-9)
        flat_expected, _ = calibration(data, 1)
        assert flat_expected == pytest.approx(np.linspace(0, 1, 11))
        assert calibration(data, 2) is None
        assert calibration_chart(data, 2) is None
        figure = json.loads(calibration_chart(data, 0).figure)
    assert sum(figure["data"][1]["x"]) == pytest.approx(100)


def test_scores_alone_have_pages_too(tmp_path: Path) -> None:
    scores = made_scores(tmp_path, models=("one", "two"), stimuli=("a.jpg",))
    (tmp_path / "scores.h5").unlink()
    index = write_report(scores, tmp_path / "out")
    text = Page(index.parent / "models" / "001.html").text
    assert "no calibration curve" in text
    assert "Too few images" in text
    assert "No gold standard was scored" in text
