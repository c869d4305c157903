"""Whatever a model is given as, it behaves as a model: one suite that every adapter passes."""

import importlib.util
import pickle
import sys

import numpy as np
import pytest
from made_submissions import (
    NAMES,
    TORCH,
    code,
    data_sets,
    fixation_maps,
    folder_of,
    made_maps,
    onnx,
    pictured_set,
    program,
    sixteen_bit,
    tarred,
    zipped,
)
from scipy.special import logsumexp

from foveola.benchmark import SaliencyModel, load_models, score, stimulus_view
from foveola.data_schema import FoveolaError, fixation_set
from foveola.fixation_maps.centre_bias import CentreBias

MAPS = {
    "png": folder_of(".png"),
    "16-bit png": sixteen_bit,
    "jpeg": folder_of(".jpg"),
    "tiff": folder_of(".tiff"),
    "npy": folder_of(".npy"),
    "npz": folder_of(".npz"),
    "mat": folder_of(".mat"),
    "zip": zipped,
    "tar": tarred(".tar"),
    "tar.gz": tarred(".tar.gz"),
    "tar.bz2": tarred(".tar.bz2"),
    "hdf5 of fixation maps": fixation_maps,
    "hdf5 of pysaliency": data_sets(),
}
DENSITIES = {
    "npy": folder_of(".npy", log=True),
    "mat": folder_of(".mat", log=True),
    "hdf5 of fixation maps": fixation_maps,
    "hdf5 of pysaliency": data_sets(log=True),
}
COMPUTED = {
    "function": code("brightness"),
    "pysaliency model": code("Pysaliency"),
    "pysaliency map model": code("PysaliencyMap"),
    "object": code("Own"),
    "torch": code("Mean", TORCH),
    "onnx": onnx,
    "command": program(sys.executable),
}
NAMED = {name: lambda _folder, name=name: name for name in ("uniform", "centre-bias", "itti-koch")}
#: What each is given as, and the kind that is said of it.
ADAPTERS = (
    {name: (make, "") for name, make in (MAPS | COMPUTED | NAMED).items()}
    | {f"{name}, log density": (make, ",kind=log_density") for name, make in DENSITIES.items()}
    | {f"{name}, in groups": (make, ",name=other") for name, make in MAPS.items() if "of p" in name}
)


@pytest.fixture
def fixations(tmp_path):
    return pictured_set(tmp_path)


@pytest.fixture(params=ADAPTERS)
def model(request, tmp_path, fixations, monkeypatch):
    name = request.param
    for library, adapter in (("torch", "torch"), ("onnxruntime", "onnx")):
        if name == adapter and importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    make, options = ADAPTERS[name]
    (loaded,) = load_models([make(tmp_path) + options], fixations, CentreBias.fit(fixations))
    return loaded


def test_it_is_a_model(model):
    assert isinstance(model, SaliencyModel)
    assert model.name
    assert model.name.isprintable()
    assert model.kind in ("saliency_map", "log_density")


def test_maps_are_numbers_in_the_size_of_their_stimulus(model, fixations):
    for index, stimulus in enumerate(fixations.stimuli):
        values = model.predict(stimulus_view(fixations, index))
        assert values.shape == stimulus.shape
        assert values.dtype.kind == "f"
        assert not np.isnan(values).any()
        if model.kind == "log_density":
            assert abs(logsumexp(values)) < 1e-3
        else:
            assert np.isfinite(values).all()


def test_a_map_is_the_same_in_whatever_order_it_is_asked_for(model, fixations):
    first = [model.predict(stimulus_view(fixations, i)).copy() for i in (0, 1, 2)]
    for index in (2, 0, 1):
        again = model.predict(stimulus_view(fixations, index))
        np.testing.assert_array_equal(again, first[index])


def test_the_image_is_left_as_it_was(model, fixations):
    view = stimulus_view(fixations, 0)
    before = view.image.copy()
    model.predict(view)
    np.testing.assert_array_equal(view.image, before)


def test_it_goes_to_another_process_and_back(model, fixations):
    view = stimulus_view(fixations, 1)
    again = pickle.loads(pickle.dumps(model))  # noqa: S301  (our own)
    assert (again.name, again.kind) == (model.name, model.kind)
    np.testing.assert_array_equal(again.predict(view), model.predict(view))


def test_it_is_scored(model, fixations):
    scores = score(fixations, [model])
    assert {row.model for row in scores} == {model.name}
    assert all(np.isfinite(row.value) for row in scores if row.metric in ("AUC", "NSS", "CC"))


@pytest.mark.parametrize("name", MAPS)
def test_the_values_are_those_that_were_written(name, tmp_path, fixations):
    made = made_maps()
    (model,) = load_models([MAPS[name](tmp_path)], fixations, CentreBias.fit(fixations))
    assert model.name in ("maps", "predictions")
    for index, stimulus in enumerate(NAMES):
        found, expected = model.predict(stimulus_view(fixations, index)), made[stimulus]
        tolerance = 20 if name == "jpeg" else 1e-4
        scale = expected.mean() / found.mean()
        np.testing.assert_allclose(scale * found, expected, atol=tolerance)


@pytest.mark.parametrize("name", ["png", "mat", "zip", "tar.gz", "hdf5 of pysaliency"])
def test_maps_of_another_size_are_refused_or_interpolated(name, tmp_path, fixations):
    path = MAPS[name](tmp_path)
    larger = tuple(
        one.model_copy(update={"width_px": 2 * one.width_px, "height_px": 2 * one.height_px})
        for one in fixations.stimuli
    )
    set_of_larger = fixation_set(
        fixations.info, larger, fixations.observers, fixations.table, fixations.provenance
    )
    bias = CentreBias.fit(set_of_larger)
    view = stimulus_view(set_of_larger, 1)
    with pytest.raises(FoveolaError, match=r"b\.jpg\.png.* 48 x 24 pixels, its stimulus 96 x 48"):
        load_models([path], set_of_larger, bias)[0].predict(view)
    resized = load_models([path], set_of_larger, bias, resize=True)[0].predict(view)
    assert resized.shape == (48, 96)
    expected = made_maps()[NAMES[1]]
    assert resized.mean() == pytest.approx(expected.mean(), rel=0.02)
    if name != "png":
        model = load_models([f"{path},kind=log_density"], set_of_larger, bias, resize=True)[0]
        assert model.kind == "log_density"


def test_log_densities_are_interpolated_as_probabilities(tmp_path, fixations):
    path = folder_of(".npy", log=True)(tmp_path)
    stimuli = tuple(
        one.model_copy(update={"width_px": one.width_px // 2, "height_px": one.height_px // 2})
        for one in fixations.stimuli
    )
    smaller = fixation_set(
        fixations.info, stimuli, fixations.observers, fixations.table[:0], fixations.provenance
    )
    bias = CentreBias.fit(fixations)
    (model,) = load_models([path], smaller, bias, resize=True, kind="log_density")
    assert abs(logsumexp(model.predict(stimulus_view(smaller, 0)))) < 1e-9
