from functools import lru_cache

import numpy as np
import pytest
from PIL import Image
from scipy import io

from foveola.data_schema import FileFormatError, read_fixation_set, write_fixation_set
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.gold_standard import GoldStandard
from foveola.fixation_maps.osie import import_osie


@pytest.fixture
def osie(shared_data):
    return read_once(shared_data("osie"))


read_once = lru_cache(maxsize=1)(import_osie)


def test_osie_has_its_published_figures(osie):
    assert len(osie.table) == 98321
    assert osie.table["x_px"].mean() == pytest.approx(401.466024552232, abs=1e-9)
    assert osie.table["y_px"].std() == pytest.approx(117.70943331958269, abs=1e-9)
    assert (len(osie.stimuli), len(osie.observers)) == (700, 15)
    assert {stimulus.shape for stimulus in osie.stimuli} == {(600, 800)}
    assert osie.info.px_per_deg == 24
    assert osie.info.off_stimulus == 0
    first = osie.of(0)[0]
    assert (first["x_px"], first["y_px"], first["order"]) == (395.5, 265.7, 0)
    assert first["duration_s"] == 0.246
    assert np.isnan(first["onset_s"])


def test_osies_images_are_found_where_they_are_and_known_where_not(osie):
    with_image = [i for i, stimulus in enumerate(osie.stimuli) if stimulus.path]
    assert len(with_image) == 120
    assert osie.stimulus_path(with_image[0]).is_file()
    assert osie.stimuli[with_image[0]].sha256


def test_osies_centre_bias_and_gold_standard_are_as_good_as_known(osie):
    uniform = np.log(480000)
    bias = CentreBias.fit(osie)
    gold = GoldStandard.fit(osie, bias)
    bits = [
        np.mean(np.concatenate([model.log_likelihoods(i) for i in range(700)]) + uniform)
        / np.log(2)
        for model in (bias, gold)
    ]
    assert bits[0] == pytest.approx(0.562, abs=0.01)
    assert bits[1] == pytest.approx(2.829, abs=0.01)
    known = GoldStandard(osie, bias, 14.2, 0.1, 0.01)
    likelihoods = np.concatenate([known.log_likelihoods(i) for i in range(700)])
    assert np.mean(likelihoods + uniform) / np.log(2) == pytest.approx(2.829, abs=0.005)


SUBJECT = {"fix_x": [1.5, 20.0], "fix_y": [2.5, 7.0], "fix_duration": [100, 250]}


def osie_folder(folder, images):
    (folder / "eye").mkdir(parents=True)
    (folder / "stimuli").mkdir()
    io.savemat(folder / "eye" / "fixations.mat", {"fixations": np.array(images, object)})
    return folder


def image(name="1001.jpg", subjects=(SUBJECT,)):
    return {"img": name, "subjects": np.array([*subjects, None], object)[:-1]}


def test_a_small_set_is_read_wherever_its_folder_begins(tmp_path):
    folder = osie_folder(tmp_path / "set" / "data", [image(), image("1002.jpg")])
    Image.new("RGB", (32, 16)).save(folder / "stimuli" / "1002.jpg")
    fixations = import_osie(tmp_path / "set")
    assert [stimulus.shape for stimulus in fixations.stimuli] == [(600, 800), (16, 32)]
    assert fixations.table["duration_s"].tolist() == [0.1, 0.25, 0.1, 0.25]
    write_fixation_set(tmp_path / "osie.h5", fixations)
    again = read_fixation_set(tmp_path / "osie.h5")
    assert again.stimulus_path(1).resolve() == (folder / "stimuli" / "1002.jpg").resolve()
    assert again.provenance.inputs[0].name == "fixations.mat"


def test_one_fixation_of_one_observer_on_one_image_is_enough(tmp_path):
    one = {"fix_x": 3.0, "fix_y": 4.0, "fix_duration": 100}
    fixations = import_osie(osie_folder(tmp_path / "set", [image(subjects=[one])]))
    assert fixations.table["x_px"].tolist() == [3.0]


@pytest.mark.parametrize(
    ("images", "place", "reason"),
    [
        ([{"img": "1.jpg"}], "fixations(1)", "'subjects' is missing"),
        ([7], "fixations(1)", "'img' is missing"),
        ([image("../../etc/passwd")], "fixations(1)", "no file name"),
        ([image("")], "fixations(1)", "no file name"),
        ([image(subjects=[{"fix_x": [1.0]}])], "subjects(1)", "'fix_y' is missing"),
        ([image(subjects=[SUBJECT | {"fix_x": [1.0]}])], "subjects(1)", "1 x, 2 y and 2"),
        ([image(subjects=[SUBJECT | {"fix_x": "no"}])], "subjects(1)", "no list of numbers"),
        ([image(subjects=[SUBJECT | {"fix_x": [1.0, np.inf]}])], "subjects(1)", "not a finite"),
        ([image(), image(subjects=["x"])], "fixations(2).subjects(1)", "'fix_x' is missing"),
    ],
)
def test_a_hostile_file_names_its_place(tmp_path, images, place, reason):
    folder = osie_folder(tmp_path / "set", images)
    with pytest.raises(FileFormatError) as caught:
        import_osie(folder)
    assert place in str(caught.value)
    assert reason in str(caught.value)
    assert "anew" in caught.value.remedy
