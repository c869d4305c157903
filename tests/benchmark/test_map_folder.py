"""Folders of maps, and how their files find their stimuli."""

import os

import numpy as np
import pytest
from made_fixations import made_set

from foveola.benchmark import load_models, stimulus_view
from foveola.benchmark.baselines import Uniform
from foveola.benchmark.submitted_maps import SubmittedMaps
from foveola.data_schema import FileFormatError, FoveolaError, Stimulus
from foveola.fixation_maps.centre_bias import CentreBias


def stimulus(name):
    return Stimulus(id=name, width_px=4, height_px=3)


def save(folder, *names):
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.save(file, np.full((3, 4), float(number)))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "my model"
    path.mkdir()
    return path


def read(model, name):
    class View:
        pass

    view = View()
    view.stimulus = stimulus(name)
    return model.predict(view)[0, 0]


def test_maps_are_found_by_name(folder):
    save(folder, "a.npy", "b.jpg.npy", "deep/c.npy", "unasked.npy")
    (folder / "notes.txt").write_text("not a map")
    (folder / "._a.npy").write_text("what a file system leaves behind")
    stimuli = [stimulus("a.png"), stimulus("b.jpg"), stimulus("deep/c.jpg")]
    model = SubmittedMaps(folder, stimuli)
    assert model.name == "my model"
    assert model.kind == "saliency_map"
    assert [read(model, one.id) for one in stimuli] == [0, 1, 2]


def test_spelling_of_accents_and_case_is_no_matter(folder):
    save(folder, "Cafe\u0301.npy")
    assert read(SubmittedMaps(folder, [stimulus("caf\u00e9.JPG")]), "caf\u00e9.JPG") == 0


def test_missing_maps_are_named(folder):
    save(folder, "0.npy")
    stimuli = [stimulus(f"{i}.png") for i in range(8)]
    message = r"my model: 7 of 8 maps are missing: 1.png, 2.png, 3.png, 4.png, 5.png and 2 more"
    with pytest.raises(FoveolaError, match=message):
        SubmittedMaps(folder, stimuli)


@pytest.mark.parametrize("names", [("a.npy", "a.npz"), ("a.npy", "A.npy"), ("a.npy", "a.png.npy")])
def test_two_maps_of_one_stimulus_are_refused(folder, names):
    save(folder, *names)
    with pytest.raises(FileFormatError, match="is a map of the same stimulus"):
        SubmittedMaps(folder, [stimulus("a.png")])


def test_one_map_for_two_stimuli_is_refused(folder):
    save(folder, "a.npy")
    with pytest.raises(FileFormatError, match="named as both 'a.png' and 'a.jpg'"):
        SubmittedMaps(folder, [stimulus("a.png"), stimulus("a.jpg")])
    (folder / "a.npy").unlink()
    save(folder, "a.png.npy", "a.jpg.npy")
    model = SubmittedMaps(folder, [stimulus("a.png"), stimulus("a.jpg")])
    assert [read(model, "a.png"), read(model, "a.jpg")] == [0, 1]


def test_links_out_of_the_folder_are_refused(folder, tmp_path):
    save(tmp_path, "secret.npy")
    save(folder, "inside.npy")
    (folder / "b.npy").symlink_to(folder / "inside.npy")
    assert read(SubmittedMaps(folder, [stimulus("b.png")]), "b.png") == 0
    (folder / "a.npy").symlink_to(tmp_path / "secret.npy")
    with pytest.raises(FileFormatError, match="links out of the folder are refused"):
        SubmittedMaps(folder, [stimulus("b.png")])


def test_folders_that_are_links_are_not_entered(folder, tmp_path):
    save(tmp_path / "elsewhere", "a.npy")
    (folder / "deep").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FoveolaError, match="1 of 1 maps are missing"):
        SubmittedMaps(folder, [stimulus("deep/a.png")])


def test_pipes_are_refused_and_never_waited_for(folder):
    os.mkfifo(folder / "a.npy")
    with pytest.raises(FileFormatError, match="not a regular file"):
        SubmittedMaps(folder, [stimulus("a.png")])


def test_a_folder_with_more_files_than_any_model_is_refused(folder, monkeypatch):
    monkeypatch.setattr("foveola.benchmark.map_folder.MAX_FILES", 2)
    save(folder, "a.npy", "b.npy", "c.npy")
    with pytest.raises(FoveolaError, match="more than 2 files"):
        SubmittedMaps(folder, [stimulus("a.png")])


def test_a_name_that_cannot_be_printed_is_refused(tmp_path):
    (tmp_path / "a\nb").mkdir()
    with pytest.raises(FoveolaError, match="can't be a model's"):
        SubmittedMaps(tmp_path / "a\nb", [])


def test_models_by_name_and_by_folder(folder, monkeypatch):
    fixations = made_set()
    bias = CentreBias.fit(fixations)
    for index, one in enumerate(fixations.stimuli):
        np.save(folder / f"{index}.npy", np.full(one.shape, index))
    models = load_models(["uniform", str(folder), "centre-bias"], fixations, bias)
    assert [model.name for model in models] == ["uniform", "my model", "centre-bias"]
    assert isinstance(models[0], Uniform)
    assert models[1].predict(stimulus_view(fixations, 2))[0, 0] == 2
    with pytest.raises(FoveolaError, match=r"'itti' is neither .*uniform, centre-bias, gold"):
        load_models(["itti"], fixations, bias)


def test_a_folder_called_like_a_model_is_reached_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fixations = made_set()
    (tmp_path / "uniform").mkdir()
    for index, one in enumerate(fixations.stimuli):
        np.save(tmp_path / "uniform" / f"{index}.npy", np.zeros(one.shape))
    bias = CentreBias.fit(fixations)
    by_name, by_path = load_models(["uniform", "./uniform"], fixations, bias)
    assert isinstance(by_name, Uniform)
    assert isinstance(by_path, SubmittedMaps)


def test_a_wrongly_sized_map_is_refused_unless_it_may_be_resized(folder):
    fixations = made_set(sizes=((30, 40),))
    np.save(folder / "0.npy", np.ones((15, 20)))
    view = stimulus_view(fixations, 0)
    with pytest.raises(FileFormatError, match="20 x 15 pixels, its stimulus 40 x 30"):
        SubmittedMaps(folder, fixations.stimuli).predict(view)
    assert SubmittedMaps(folder, fixations.stimuli, resize=True).predict(view).shape == (30, 40)
