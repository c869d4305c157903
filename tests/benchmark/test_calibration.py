"""Calibrated densities: known curves are found again, and nothing is judged by its own fit."""

import json
import math

import numpy as np
import pytest
from made_fixations import made_set
from scipy import ndimage, optimize
from typer.testing import CliRunner

from foveola.benchmark import (
    CalibratedModel,
    calibrate,
    calibrate_model,
    load_models,
    score,
    score_models,
)
from foveola.benchmark import calibration as under_test
from foveola.benchmark.baselines import GoldStandardModel
from foveola.benchmark.models import stimulus_view
from foveola.command_line.main import build_app
from foveola.data_schema import (
    STIMULUS_FIXATION_DTYPE,
    FileFormatError,
    FoveolaError,
    SetInfo,
    Stimulus,
    fixation_set,
    provenance,
    read_density_calibration,
    write_fixation_set,
)
from foveola.fixation_maps.centre_bias import CentreBias

SHAPE = (48, 64)


class Noise:
    """Maps that do not look at the image, the same whenever they are asked for."""

    name, kind = "noise", "saliency_map"

    def __init__(self, blur_px=3.0):
        self.blur_px = blur_px

    def predict(self, view):
        rng = np.random.default_rng(view.index)
        values = ndimage.gaussian_filter(rng.random(view.stimulus.shape), self.blur_px)
        return (values - values.min()) / np.ptp(values) * 100


def true_density(values):
    """A rising curve of the map times a bias to the centre."""
    height, width = values.shape
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((x + 0.5) / width * 2 - 1, (y + 0.5) / height * 2 - 1)
    density = (0.05 + (values / 100) ** 3) * np.exp(-1.5 * distance**2)
    return density / density.sum()


def drawn_set(model=None, images=24, each=150, density=true_density):
    """Fixations that are drawn from a density of the model's maps."""
    model = model or Noise()
    stimuli = tuple(
        Stimulus(id=f"{i}.png", width_px=SHAPE[1], height_px=SHAPE[0]) for i in range(images)
    )
    table = np.zeros(images * each, STIMULUS_FIXATION_DTYPE)
    empty = fixation_set(SetInfo(name="drawn"), stimuli, ("01",), table[:0], provenance())
    for index in range(images):
        part = table[index * each : (index + 1) * each]
        truth = density(model.predict(stimulus_view(empty, index)))
        pixels = np.random.default_rng(1000 + index).choice(truth.size, each, p=truth.ravel())
        part["stimulus"], part["order"] = index, np.arange(each)
        part["x_px"], part["y_px"] = pixels % SHAPE[1] + 0.5, pixels // SHAPE[1] + 0.5
    return fixation_set(SetInfo(name="drawn"), stimuli, ("01",), table, provenance())


def gains(fixations, models):
    uniform = CentreBias(fixations, bandwidth=0.1, uniform_weight=1.0)
    rows = score(fixations, models, sigma_px=3, centre_bias=uniform)
    return {
        model.name: np.mean([row.value for row in rows if row[:3:2] == (model.name, "IG")])
        for model in models
    }


def test_a_known_density_is_found_again():
    fixations, model = drawn_set(), Noise()
    found = calibrate(fixations, model, [0.0, 2.0], provenance())
    assert found.blur_px == 0

    class Truth(Noise):
        name, kind = "truth", "log_density"

        def predict(self, view):
            return np.log(true_density(super().predict(view)))

    reached = gains(fixations, [model, CalibratedModel(model, found), Truth()])
    # Held-out images, so that the fit cannot reach more than the truth but by chance.
    assert reached["noise-calibrated"] == pytest.approx(found.information_gain_bits, abs=1e-9)
    assert reached["noise-calibrated"] > reached["truth"] - 0.05
    assert reached["noise-calibrated"] < reached["truth"] + 0.02
    assert reached["noise-calibrated"] > reached["noise"] + 0.2
    assert np.all(np.diff(found.whole.nonlinearity) > 0)


def test_the_density_of_a_calibrated_model_sums_to_one():
    fixations, model = drawn_set(images=6), Noise()
    found = calibrate(fixations, model, [0.0], provenance())
    calibrated = CalibratedModel(model, found)
    view = stimulus_view(fixations, 2)
    density = np.exp(calibrated.predict(view))
    assert density.shape == SHAPE
    assert density.sum() == pytest.approx(1, abs=1e-12)
    assert calibrated.kind == "log_density"


def test_blur_is_found():
    sharp = Noise(0.6)
    fixations = drawn_set(
        sharp,
        density=lambda values: true_density(100 * stretched(ndimage.gaussian_filter(values, 2))),
    )
    assert calibrate(fixations, sharp, [0.0, 2.0, 8.0], provenance()).blur_px == 2


def stretched(values):
    return (values - values.min()) / np.ptp(values)


def test_an_image_is_never_judged_by_a_fit_that_saw_it():
    fixations, model = drawn_set(images=8, each=30), Noise()
    found = calibrate(fixations, model, [0.0], provenance(), folds=4, seed=3)
    assert sorted(found.folds.values()) == [0, 0, 1, 1, 2, 2, 3, 3]
    for fold in range(4):
        held_out = [i for i in range(8) if found.folds[f"{i}.png"] == fold]
        changed = fixations.table.copy()
        for index in held_out:
            changed["x_px"][changed["stimulus"] == index] = 0.5
        other = fixation_set(
            fixations.info, fixations.stimuli, fixations.observers, changed, provenance()
        )
        again = calibrate(other, model, [0.0], provenance(), folds=4, seed=3)
        assert again.held_out[fold] == found.held_out[fold]
        assert again.whole != found.whole
    assert found.fit_of("elsewhere.png") == found.whole


def test_sums_by_knots_and_gradient():
    """The bilinear form is the sum over pixels, and the fit is a maximum of the likelihood."""
    rng = np.random.default_rng(5)
    values = rng.random(SHAPE)
    knots, along = np.array([0.1, 0.4, 0.8]), np.asarray(under_test.DISTANCE_KNOTS)
    distances = under_test._distances(SHAPE)
    joint = under_test._joint_shares(values.ravel(), knots, distances.ravel(), along)
    a, b = rng.random(3) + 0.1, rng.random(len(along)) + 0.1
    direct = (np.interp(values, knots, a) * np.interp(distances, along, b)).sum()
    assert a @ joint @ b == pytest.approx(direct, rel=1e-12)
    image = under_test._Image(
        joint,
        under_test._shares(values[:4].ravel(), knots),
        under_test._shares(distances[:4].ravel(), along),
    )
    fit = under_test._fit([image])

    def loss(logs):
        a = np.cumsum(np.exp(logs[:3]))
        b = np.exp(logs[3:])
        mean = np.log(image.values @ a).mean() + np.log(image.distances @ b).mean()
        return np.log(a @ joint @ b) - mean

    start = np.log(np.concatenate([np.diff(fit.nonlinearity, prepend=0), fit.centre_bias]))
    better = optimize.minimize(loss, start, method="Nelder-Mead", options={"maxfev": 500})
    assert loss(start) == pytest.approx(better.fun, abs=1e-3)


@pytest.fixture(scope="module")
def content():
    """A sound calibration as JSON."""
    made = calibrate(drawn_set(images=6), Noise(), [0.0], provenance(), model_text="maps")
    return json.loads(made.model_dump_json())


@pytest.fixture
def files(tmp_path):
    """A file of fixations and a folder of maps."""
    fixations = drawn_set(images=6)
    write_fixation_set(tmp_path / "fix.h5", fixations)
    (tmp_path / "maps").mkdir()
    for index in range(6):
        values = Noise().predict(stimulus_view(fixations, index))
        np.save(tmp_path / "maps" / f"{index}.npy", values.astype(np.float32))
    return tmp_path


def test_a_calibration_is_scored_as_a_model(files):
    made = calibrate_model(files / "fix.h5", str(files / "maps"), files / "maps.json")
    assert made.model == "maps"
    assert read_density_calibration(files / "maps.json") == made
    names = [str(files / "maps"), str(files / "maps.json")]
    scores = score_models(files / "fix.h5", names, files / "scores.csv")
    ig = {
        model: np.mean([one.value for one in scores if (one.model, one.metric) == (model, "IG")])
        for model in ("maps", "maps-calibrated")
    }
    assert ig["maps-calibrated"] > ig["maps"]


def test_the_command(files, monkeypatch):
    monkeypatch.chdir(files)
    words = ["calibrate", "fix.h5", "maps", "-o", "c.json", "--folds", "3"]
    result = CliRunner().invoke(build_app("calibrate"), words)
    assert result.exit_code == 0, result.output
    assert "bit/fixation over uniform on held-out images" in result.output
    assert len(read_density_calibration("c.json").held_out) == 3


@pytest.mark.parametrize("model", ["command:rm -rf x", "os:getcwd", "../elsewhere", "c.json"])
def test_a_calibration_never_leads_to_code(files, content, model):
    (files / "c.json").write_text(json.dumps({**content, "model": model}))
    fixations = drawn_set(images=6)
    with pytest.raises(FileFormatError, match="there is no model"):
        load_models([str(files / "c.json")], fixations, CentreBias(fixations, 0.1, 1.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "this is no calibration"),
        ({"map_knots": [1, 0]}, "knots must rise"),
        ({"distance_knots": [0]}, "a positive value for each knot"),
        ({"folds": {"0.png": 9}}, "a fold that is not there"),
        ({"blur_px": 1e9}, "less than or equal"),
        ({"surprise": 1}, "not permitted"),
    ],
)
def test_broken_calibrations(tmp_path, content, change, message):
    (tmp_path / "c.json").write_text(json.dumps({**content, **change}))
    with pytest.raises(FileFormatError, match=message):
        read_density_calibration(tmp_path / "c.json")


def test_files_that_are_no_calibration(tmp_path):
    with pytest.raises(FileFormatError, match="can't be read"):
        read_density_calibration(tmp_path / "none.json")
    (tmp_path / "a.json").write_bytes(b"[" * 100_000)
    with pytest.raises(FileFormatError, match="no JSON"):
        read_density_calibration(tmp_path / "a.json")


def test_what_cannot_be_calibrated(files):
    fixations = made_set()
    gold = GoldStandardModel(fixations, CentreBias.fit(fixations))
    with pytest.raises(FoveolaError, match="needs no calibration"):
        calibrate(fixations, gold, [0.0], provenance())
    with pytest.raises(FoveolaError, match="two images"):
        calibrate(drawn_set(images=1), Noise(), [0.0], provenance())
    with pytest.raises(FoveolaError, match="written as JSON"):
        calibrate_model(files / "fix.h5", "itti-koch", files / "c.csv")

    class Constant(Noise):
        def predict(self, view):
            return np.ones(view.stimulus.shape)

    flat = calibrate(drawn_set(images=4), Constant(), [0.0], provenance())
    assert flat.map_knots == (1.0,)
    assert math.isfinite(flat.information_gain_bits)
