"""Score files and their companions."""

import dataclasses

import numpy as np
import pytest
from made_fixations import made_set
from PIL import Image

from foveola.benchmark import score_models, stimulus_view
from foveola.benchmark.ground_truth import GroundTruth
from foveola.benchmark.map_picture import gain_picture, scaled_picture
from foveola.benchmark.profiles import Prediction
from foveola.benchmark.report import write_report
from foveola.data_schema import (
    FileFormatError,
    FoveolaError,
    image_stimulus,
    open_score_pictures,
    read_fixation_set,
    read_scores_csv,
    sha256_of,
    write_fixation_set,
)


@pytest.fixture
def fix(tmp_path):
    """A file of fixations whose first two stimuli have images."""
    made = made_set(sizes=((60, 80), (40, 64), (60, 80)))
    stimuli = list(made.stimuli)
    for index in (0, 1):
        path = tmp_path / f"{index}.png"
        noise = np.random.default_rng(index).integers(0, 255, (*stimuli[index].shape, 3), np.uint8)
        Image.fromarray(noise).save(path)
        stimuli[index] = image_stimulus(path, relative_to=tmp_path)
    path = tmp_path / "fix.h5"
    write_fixation_set(path, dataclasses.replace(made, stimuli=tuple(stimuli), folder=tmp_path))
    return path


@pytest.mark.parametrize("sigma", ["", "2deg"])
def test_widths_of_images_at_scales_of_their_own_are_told(tmp_path, sigma):
    made = made_set()
    stimuli = tuple(
        stimulus.model_copy(update={"px_per_deg": scale})
        for stimulus, scale in zip(made.stimuli, (2.0, 3.0, 5.0), strict=True)
    )
    info = made.info.model_copy(update={"px_per_deg": np.nan})
    write_fixation_set(
        tmp_path / "fix.h5", dataclasses.replace(made, info=info, stimuli=stimuli, folder=tmp_path)
    )
    for resume in (False, True):
        score_models(
            tmp_path / "fix.h5", ["centre-bias"], tmp_path / "s.csv",
            sigma=sigma, resume=resume, statistics=True,
        )  # fmt: skip
    degrees = 2 if sigma else 1
    with open_score_pictures(tmp_path / "s.h5") as pictures:
        assert pictures.protocol.sigma_px == 3 * degrees
        assert pictures.protocol.sigmas_px == (2 * degrees, 3 * degrees, 5 * degrees)
    write_report(tmp_path / "s.csv", tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text()
    assert f"{2 * degrees} to {5 * degrees} px, by the scale of each image" in page


def test_scores_and_companion_belong_together(fix, tmp_path):
    path = tmp_path / "out" / "scores.csv"
    path.parent.mkdir()
    scores = score_models(fix, ["uniform", "centre-bias", "gold-standard"], path)
    written = read_scores_csv(path)
    assert [one[:3] for one in written] == [one[:3] for one in scores]
    np.testing.assert_array_equal([one.value for one in written], [one.value for one in scores])
    with open_score_pictures(path.with_suffix(".h5")) as pictures:
        protocol = pictures.protocol
        assert protocol.profile == "tuebingen"
        assert protocol.dataset == "made"
        assert protocol.fixations_path == "../fix.h5"
        assert protocol.fixations_sha256 == sha256_of(fix)
        assert protocol.sigma_px == 4
        assert protocol.metrics == ("IG", "AUC", "sAUC", "NSS", "CC", "KLDiv", "SIM")
        assert protocol.stimuli == ("0.png", "1.png", "2.png")
        assert [model.name for model in pictures.models] == [
            "uniform",
            "centre-bias",
            "gold-standard",
        ]
        assert pictures.picture(1, 1).shape == (40, 64)
        assert pictures.picture(1, 0).max() == 255
        assert not pictures.picture(0, 0).any()
        assert pictures.provenance.parameters["models"][1] == "centre-bias"
        assert pictures.provenance.inputs[0].name == "fix.h5"


@pytest.mark.parametrize(("sigma", "expected"), [("24px", 24), ("2deg", 8), ("", 4)])
def test_sigma_is_recorded(fix, tmp_path, sigma, expected):
    score_models(fix, ["uniform"], tmp_path / "s.csv", sigma=sigma)
    with open_score_pictures(tmp_path / "s.h5") as pictures:
        assert pictures.protocol.sigma_px == expected


def test_a_folder_of_maps_is_scored_and_resized(fix, tmp_path):
    folder = tmp_path / "maps"
    folder.mkdir()
    for index in range(3):
        Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4)).save(folder / f"{index}.png")
    with pytest.raises(FileFormatError, match="score with --resize"):
        score_models(fix, [str(folder)], tmp_path / "s.csv")
    assert not (tmp_path / "s.csv").exists()
    assert not (tmp_path / "s.h5").exists()
    scores = score_models(fix, [str(folder)], tmp_path / "s.csv", resize=True)
    assert len(scores) == 21
    with open_score_pictures(tmp_path / "s.h5") as pictures:
        assert pictures.models[0].source == "maps"
        assert pictures.provenance.parameters["resize"] is True


def test_models_that_need_a_missing_image_say_so(fix, tmp_path):
    with pytest.raises(FoveolaError, match=r"where the image of the stimulus '2.png' is"):
        score_models(fix, ["itti-koch"], tmp_path / "s.csv")


def test_the_name_and_the_profile_are_checked_first(fix, tmp_path):
    with pytest.raises(FoveolaError, match=r"written as CSV, not to 's.txt'"):
        score_models(fix, ["uniform"], tmp_path / "s.txt")
    with pytest.raises(FoveolaError, match="no profile 'x'"):
        score_models(tmp_path / "absent.h5", ["uniform"], tmp_path / "s.csv", profile="x")


def test_images_are_the_ones_that_were_shown(fix, tmp_path):
    fixations = read_fixation_set(fix)
    view = stimulus_view(fixations, 0)
    assert view.image.shape == (60, 80, 3)
    assert view.image is view.image
    Image.new("RGB", (80, 60)).save(tmp_path / "0.png")
    with pytest.raises(FileFormatError, match="not the image that was shown as '0.png'"):
        _ = stimulus_view(fixations, 0).image
    (tmp_path / "0.png").unlink()
    with pytest.raises(FileFormatError, match="there is no such image"):
        _ = stimulus_view(fixations, 0).image


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: Image.new("RGB", (80, 61)).save(path), "80 x 61 pixels, the stimulus 80 x"),
        (lambda path: path.write_bytes(path.read_bytes()[:99]), "can't be read"),
    ],
)
def test_images_without_a_known_hash_are_checked_too(fix, tmp_path, write, message):
    fixations = read_fixation_set(fix)
    view = stimulus_view(fixations, 0)
    unknown = view.stimulus.model_copy(update={"sha256": ""})
    write(view.path)
    with pytest.raises(FileFormatError, match=message):
        _ = dataclasses.replace(view, stimulus=unknown).image


def test_pictures_are_small_and_use_the_whole_scale():
    values = np.add.outer(np.arange(600.0), np.arange(800.0))
    picture, low, high = scaled_picture(values)
    assert low < 10
    assert 1300 < high < 1398
    assert picture.shape == (240, 320)
    assert picture.dtype == np.uint8
    assert (picture.min(), picture.max()) == (0, 255)
    spike = np.zeros((40, 50))
    spike[3, 4], spike[5:9] = 1e6, 1
    assert scaled_picture(spike).grey[6, 6] == 255
    assert not scaled_picture(np.full((40, 50), 7.0)).grey.any()
    lone = np.zeros((100, 100))
    lone[3, 4] = 1
    assert scaled_picture(lone).grey[3, 4] == 255
    assert scaled_picture(np.ones((1, 4000))).grey.shape == (1, 320)


def test_gain_pictures_sum_to_the_information_gain_over_the_blurred_fixations():
    random = np.random.default_rng(3)
    empirical = random.random((480, 640))
    density = np.full((480, 640), 0.5)
    density[:, 320:] = 1.5
    log_density = np.log(density / density.sum())
    uniform = np.full((480, 640), -np.log(density.size))
    truth = GroundTruth(
        fixations=np.array([[1, 1]]), observers=np.zeros(1, np.int32),
        other_fixations=np.empty((0, 2)),
        other_counts=np.empty(0), empirical_map=empirical,
        baseline_at_fixations=None, baseline_map=lambda: uniform,
    )  # fmt: skip
    gain = gain_picture(Prediction(log_density, "log_density"), truth)
    expected = np.sum(empirical / empirical.sum() * (log_density - uniform)) / np.log(2)
    values = gain.low + gain.grey / 255 * (gain.high - gain.low)
    assert gain.grey.shape == (240, 320)
    assert values.mean() * density.size == pytest.approx(expected, rel=0.05)
    assert np.all(gain.grey[:, :160] < 128)
    assert np.all(gain.grey[:, 160:] > 128)
    # Where the model is the baseline nothing is gained, and grey 128 is exactly 0.
    nothing = gain_picture(Prediction(uniform, "log_density"), truth)
    assert np.all(nothing.grey == 128)
    assert gain.low + 128 / 255 * (gain.high - gain.low) == pytest.approx(0, abs=1e-12)
    nobody = dataclasses.replace(truth, empirical_map=np.zeros((480, 640)))
    assert gain_picture(Prediction(uniform, "log_density"), nobody) is None


def test_pictures_state_what_their_greys_stand_for(fix, tmp_path):
    score_models(fix, ["uniform", "gold-standard"], tmp_path / "s.csv")
    with open_score_pictures(tmp_path / "s.h5") as pictures:
        gold = pictures.scaled(1, 0)
        height, width = gold.grey.shape
        mean = gold.low + gold.grey.mean() / 255 * (gold.high - gold.low)
        assert mean * height * width == pytest.approx(1, rel=0.05)  # a density
        assert pictures.gain(1, 0).high > 0
