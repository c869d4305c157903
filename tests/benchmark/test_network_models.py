"""Networks and peers' models: what they are given, and real ones."""

import numpy as np
import pytest
from made_onnx import ints, model, node, value_info
from made_submissions import NAMES, made_maps, onnx, pictured_set
from peer_pysaliency import imported_pysaliency
from scipy.special import logsumexp

from foveola.benchmark import load_models, score, stimulus_view
from foveola.benchmark.model_options import ModelOptions, parse_model
from foveola.benchmark.network_maps import IMAGENET_DEVIATION, IMAGENET_MEAN, NetworkMaps
from foveola.benchmark.pysaliency_model import PysaliencyModel
from foveola.data_schema import FoveolaError, fixation_set
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.osie import import_osie

IMAGE = np.random.default_rng(1).integers(0, 255, (13, 18, 3), np.uint8)


def test_options_follow_the_name():
    text = "a,b/net.onnx,kind=log_density,name=my, model,size=24x32"
    name, options = parse_model("a,b/net.onnx,kind=log_density,size=24x32,multiple=8,input=unit")
    assert name == "a,b/net.onnx"
    assert options == ModelOptions("log_density", "", "unit", (24, 32), 8)
    assert parse_model(text)[0] == "a,b/net.onnx,kind=log_density,name=my, model"
    assert parse_model("maps", "log_density")[1].kind == "log_density"
    assert parse_model("maps,kind=saliency_map", "log_density")[1].kind == "saliency_map"
    assert parse_model("maps,seconds=5,name=N")[1] == ModelOptions(name="N", seconds=5.0)


@pytest.mark.parametrize(
    "option", ["kind=x", "name=", "input=x", "size=9", "multiple=0", "seconds=x"]
)
def test_values_that_are_none_of_an_option_are_refused(option):
    with pytest.raises(FoveolaError, match=f"{option} is no option of a model"):
        parse_model(f"maps,{option}")


@pytest.mark.parametrize("normalised", ["imagenet", "unit", "bytes"])
def test_pixels_are_normalised(normalised):
    maps = NetworkMaps("net", ModelOptions(input=normalised), "saliency_map")
    expected = {
        "imagenet": (IMAGE / 255 - IMAGENET_MEAN) / IMAGENET_DEVIATION,
        "unit": IMAGE / 255,
        "bytes": IMAGE.astype(float),
    }[normalised]
    tensor = maps.tensor(IMAGE)
    assert (tensor.shape, tensor.dtype) == ((1, 3, 13, 18), np.float32)
    np.testing.assert_allclose(tensor[0].transpose(1, 2, 0), expected, rtol=1e-5, atol=1e-6)


def test_padding_is_cut_off_again():
    maps = NetworkMaps("net", ModelOptions(input="bytes", multiple=8), "saliency_map")
    tensor = maps.tensor(IMAGE)
    assert tensor.shape == (1, 3, 16, 24)
    np.testing.assert_array_equal(tensor[0, :, 15], tensor[0, :, 12])
    np.testing.assert_array_equal(
        maps.map_of(tensor[:, :1], tensor.shape, (13, 18)), IMAGE[..., 0].astype(float)
    )


def test_outputs_of_another_size_are_interpolated():
    maps = NetworkMaps("net", ModelOptions(size_px=(24, 32)), "saliency_map")
    assert maps.tensor(IMAGE).shape == (1, 3, 24, 32)
    assert maps.map_of(np.full((1, 6, 8, 1), 3.0), (1, 3, 24, 32), (13, 18)) == pytest.approx(3)
    densities = NetworkMaps("net", ModelOptions(), "log_density")
    found = densities.map_of(np.zeros((6, 8)), (1, 3, 13, 18), (13, 18))
    assert logsumexp(found) == pytest.approx(0)


@pytest.mark.parametrize("output", [np.zeros((1, 3, 5, 5)), np.zeros(5), np.zeros((1, 1, 0, 4))])
def test_outputs_that_are_no_map_are_refused(output):
    with pytest.raises(FoveolaError, match="The output of net has shape"):
        NetworkMaps("net", ModelOptions(), "saliency_map").map_of(output, (1, 3, 5, 5), (5, 5))


def test_a_network_computes_what_numpy_does(tmp_path):
    pytest.importorskip("onnxruntime")
    fixations = pictured_set(tmp_path)
    text = f"{onnx(tmp_path)},input=bytes,name=mean"
    (network,) = load_models([text], fixations, CentreBias.fit(fixations))
    view = stimulus_view(fixations, 0)
    assert network.name == "mean"
    np.testing.assert_allclose(network.predict(view), view.image.mean(axis=2), rtol=1e-5)


def test_a_network_of_one_size_is_given_that_size(tmp_path):
    pytest.importorskip("onnxruntime")
    fixations = pictured_set(tmp_path)
    made = model(
        node("ReduceMean", ("image",), "map", ints("axes", 1)),
        inputs=(value_info("image", (1, 3, 16, 32)),),
        output=value_info("map", (1, 1, 16, 32)),
    )
    (tmp_path / "net.onnx").write_bytes(made)
    bias = CentreBias.fit(fixations)
    (network,) = load_models([f"{tmp_path / 'net.onnx'},size=16x32"], fixations, bias)
    assert network.predict(stimulus_view(fixations, 1)).shape == (24, 48)


def test_a_published_network_beats_chance_on_real_fixations(shared_data):
    pytest.importorskip("onnxruntime")
    path = shared_data("models/saliency_student_v2.onnx")
    osie = import_osie(shared_data("osie"))
    some = [i for i, stimulus in enumerate(osie.stimuli) if stimulus.path][:3]
    rows = osie.table[np.isin(osie.table["stimulus"], some)].copy()
    rows["stimulus"] = np.searchsorted(some, rows["stimulus"])
    part = fixation_set(
        osie.info, tuple(osie.stimuli[i] for i in some), osie.observers, rows, osie.provenance,
        osie.folder,
    )  # fmt: skip
    (network,) = load_models([f"{path},multiple=8"], part, CentreBias.fit(part))
    values = network.predict(stimulus_view(part, 0))
    assert values.shape == (600, 800)
    assert 0 <= values.min() < values.max() <= 1
    scores = [row.value for row in score(part, [network]) if row.metric == "AUC"]
    assert np.mean(scores) > 0.6


@pytest.mark.filterwarnings("ignore")
def test_genuine_objects_and_files_of_pysaliency(tmp_path):
    pysaliency = imported_pysaliency()
    fixations = pictured_set(tmp_path)
    bias = CentreBias.fit(fixations)

    class Precomputed(pysaliency.SaliencyMapModel):
        def _saliency_map(self, image):
            height, width = image.shape[:2]
            return next(m for m in made_maps().values() if m.shape == (height, width))

    uniform = PysaliencyModel(pysaliency.UniformModel(), "uniform")
    precomputed = PysaliencyModel(Precomputed(), "maps")
    assert (uniform.kind, precomputed.kind) == ("log_density", "saliency_map")
    view = stimulus_view(fixations, 0)
    assert logsumexp(uniform.predict(view)) == pytest.approx(0)
    np.testing.assert_array_equal(precomputed.predict(view), made_maps()[NAMES[0]])
    stimuli = pysaliency.FileStimuli(
        [str(fixations.stimulus_path(i)) for i in range(len(fixations.stimuli))]
    )
    path = tmp_path / "exported.hdf5"
    pysaliency.export_model_to_hdf5(pysaliency.UniformModel(), stimuli, str(path))
    (read,) = load_models([f"{path},kind=log_density"], fixations, bias)
    for index in range(3):
        view = stimulus_view(fixations, index)
        np.testing.assert_array_equal(read.predict(view), uniform.predict(view))
