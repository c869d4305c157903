import dataclasses
import json
import subprocess
import sys

import h5py
import numpy as np
import pytest
from made_fixations import made_set
from made_pysaliency import NAN, XS, save_fixations, save_stimuli
from PIL import Image

from foveola.data_schema import FileFormatError, FoveolaError, Stimulus, image_stimulus
from foveola.fixation_maps.maps import write_maps
from foveola.fixation_maps.pysaliency_export import (
    export_pysaliency,
    export_pysaliency_maps,
    prediction_names,
)
from foveola.fixation_maps.pysaliency_import import import_pysaliency


@pytest.fixture
def fixations(tmp_path):
    """Fixations on four images: the second without a file, the third grey."""
    made = made_set(sizes=((30, 40), (20, 50), (30, 40), (25, 25)))
    random = np.random.default_rng(1)
    stimuli = list(made.stimuli)
    for i in (0, 2, 3):
        path = tmp_path / "photos" / f"{i}.png"
        path.parent.mkdir(exist_ok=True)
        shape = stimuli[i].shape if i == 2 else (*stimuli[i].shape, 3)
        Image.fromarray(random.integers(0, 255, shape).astype(np.uint8)).save(path)
        stimuli[i] = image_stimulus(path, relative_to=tmp_path)
    keep = (made.table["order"] > 1) | (made.table["observer"] != 1)
    return dataclasses.replace(
        made, stimuli=tuple(stimuli), table=made.table[keep], folder=tmp_path
    )


def timed(fixations):
    table = fixations.table.copy()
    table["onset_s"] = table["order"] * 0.31 + 0.1
    return dataclasses.replace(fixations, table=table)


def unknown_times(fixations):
    table = fixations.table.copy()
    table["onset_s"] = np.nan
    return dataclasses.replace(fixations, table=table)


@pytest.mark.parametrize("times", [timed, unknown_times])
def test_a_set_comes_back_whole(fixations, tmp_path, times):
    given = times(fixations)
    assert export_pysaliency(given, tmp_path / "out") == 3
    again = import_pysaliency(tmp_path / "out")
    assert [one.id for one in again.stimuli] == ["0.png", "2.png", "3.png"]
    assert [one.sha256 for one in again.stimuli] == [given.stimuli[i].sha256 for i in (0, 2, 3)]
    assert again.observers == given.observers
    for new, old in enumerate((0, 2, 3)):
        rows, expected = again.of(new), given.of(old)
        for column in ("observer", "x_px", "y_px", "onset_s", "duration_s"):
            assert np.array_equal(rows[column], expected[column], equal_nan=True)
    if times is unknown_times:
        assert np.array_equal(again.of(1)["order"], given.of(2)["order"])


def test_the_files_have_the_layout_that_pysaliency_reads(fixations, tmp_path):
    export_pysaliency(unknown_times(fixations), tmp_path / "out")
    with h5py.File(tmp_path / "out" / "stimuli.hdf5") as file:
        assert (file.attrs["type"], file.attrs["version"]) == (b"FileStimuli", b"2.1")
        assert file["filenames"][0] == b"../photos/0.png"
        assert [shape.tolist() for shape in file["shapes"]] == [[30, 40, 3], [30, 40], [25, 25, 3]]
        assert file.attrs["size"] == 3
    with h5py.File(tmp_path / "out" / "fixations.hdf5") as file:
        assert (file.attrs["type"], file.attrs["version"]) == (b"FixationTrains", b"1.2")
        assert file["train_xs"].shape == (12, 6)
        assert np.isnan(file["train_xs"][1]).sum() == 2
        assert file["train_ns"][()].tolist() == [0] * 4 + [1] * 4 + [2] * 4
        assert json.loads(file.attrs["scanpath_attribute_mapping"]) == {"durations": "duration"}
        assert file["train_ts"][1, 0] == 2


def test_sets_that_pysaliency_has_no_place_for_are_refused(fixations, tmp_path):
    bare = [one.model_copy(update={"path": ""}) for one in fixations.stimuli]
    with pytest.raises(FoveolaError, match=r"No stimulus .* has an image"):
        export_pysaliency(dataclasses.replace(fixations, stimuli=tuple(bare)), tmp_path / "out")
    with pytest.raises(FoveolaError, match="No fixation is on the 3"):
        export_pysaliency(dataclasses.replace(fixations, table=fixations.table[:0]), tmp_path / "o")
    Image.new("L", (7, 8)).save(tmp_path / "photos" / "0.png")
    with pytest.raises(FileFormatError, match=r"0\.png: it has 7 x 8 pixels, the set says 40 x 30"):
        export_pysaliency(fixations, tmp_path / "out")
    (tmp_path / "photos" / "0.png").unlink()
    with pytest.raises(FileFormatError, match=r"0\.png: this image can't be read"):
        export_pysaliency(fixations, tmp_path / "out")


def test_maps_are_predictions_by_the_names_of_the_images(fixations, tmp_path):
    write_maps(fixations, tmp_path / "maps.h5", "3px")
    assert export_pysaliency_maps(tmp_path / "maps.h5", tmp_path / "p.hdf5") == 4
    export_pysaliency_maps(tmp_path / "maps.h5", tmp_path / "l.hdf5", log_density=True)
    with h5py.File(tmp_path / "p.hdf5") as maps, h5py.File(tmp_path / "l.hdf5") as logs:
        assert set(maps) == {"0.png", "1.png", "2.png", "3.png"}
        assert maps["3.png"].shape == (25, 25)
        assert maps["3.png"][()].sum() == pytest.approx(1, abs=1e-5)
        assert np.exp(logs["3.png"][()]).sum() == pytest.approx(1, abs=1e-12)


def named(*paths, ids=None):
    return [
        Stimulus(id=one, path=path, width_px=1, height_px=1)
        for one, path in zip(ids or paths, paths, strict=True)
    ]


def test_names_of_predictions_cut_the_same_folders_everywhere():
    stimuli = named("x/images/train/a.jpg", "x/images/val/b.jpg", ids=["train/a.jpg", "val/b.jpg"])
    assert prediction_names(stimuli) == ["train/a.jpg", "val/b.jpg"]
    stimuli = named("x/block 1/a.jpg", "x/b.jpg", ids=["a.jpg", "b.jpg"])
    assert prediction_names(stimuli) == ["block 1/a.jpg", "b.jpg"]
    assert prediction_names(named("x/a.jpg", ids=["other"])) == ["a.jpg"]
    with pytest.raises(FoveolaError, match="do not tell the stimuli apart"):
        prediction_names(named("x/a.jpg", "x/a.jpg", ids=["one", "two"]))


@pytest.mark.parametrize("kind", ["FixationTrains", "Fixations", "Scanpaths", "ScanpathFixations"])
def test_every_layout_of_fixations_is_read(tmp_path, kind):
    save_stimuli(tmp_path / "set")
    save_fixations(tmp_path / "set", kind)
    fixations = import_pysaliency(tmp_path / "set")
    assert fixations.info.name == "set"
    assert fixations.observers == ("0", "3")
    assert [one.shape for one in fixations.stimuli] == [(30, 40), (20, 50)]
    assert [one.id for one in fixations.stimuli] == ["0.png", "1.png"]
    assert fixations.of(1)["x_px"].tolist() == [1, 2, 3]
    assert fixations.of(0)["y_px"].tolist() == [5]
    assert fixations.of(1)["onset_s"].tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert fixations.of(1)["order"].tolist() == [0, 1, 2]
    if kind == "Scanpaths":
        assert fixations.of(0)["duration_s"].tolist() == [0.8]


def test_stimuli_within_the_file_are_known_by_their_number(tmp_path):
    save_stimuli(tmp_path, b"Stimuli", b"1.1")
    save_fixations(tmp_path, "FixationTrains")
    assert [one.id for one in import_pysaliency(tmp_path).stimuli] == ["0", "1"]


def replaced(name, value):
    def change(file):
        del file[name]
        if value is not None:
            file[name] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (replaced("train_xs", None), "train_xs: this part is missing"),
        (replaced("train_ys", [1, 2]), "train_ys: this is no table"),
        (replaced("train_ts", XS[:1]), r"time: its shape is \(1, 3\)"),
        (replaced("train_ns", [0, 9]), "stimulus: it refers to a stimulus that is not of the 2"),
        (replaced("train_ns", [0.0, NAN]), "train_ns: this is no column"),
        (lambda file: file.attrs.update(type="Whatever"), "type: fixations of the layout 'What"),
    ],
)
def test_damaged_fixations_are_named(tmp_path, change, reason):
    save_stimuli(tmp_path)
    save_fixations(tmp_path, "FixationTrains", change)
    with pytest.raises(FileFormatError, match=reason) as caught:
        import_pysaliency(tmp_path)
    assert "fixations.hdf5" in str(caught.value)
    assert "anew" in caught.value.remedy


def test_damaged_stimuli_are_named(tmp_path):
    save_stimuli(tmp_path, version=b"9.9")
    save_fixations(tmp_path, "FixationTrains")
    with pytest.raises(FileFormatError, match=r"stimuli of the layout 'FileStimuli' '9\.9'"):
        import_pysaliency(tmp_path)
    save_stimuli(tmp_path, shapes=((0, 40), (20, 50)))
    with pytest.raises(FileFormatError, match=r"shapes, 0\.png: \(0, 40\) is no shape"):
        import_pysaliency(tmp_path)
    save_stimuli(tmp_path)
    (tmp_path / "stimuli").mkdir()
    Image.new("L", (3, 3)).save(tmp_path / "stimuli" / "1.png")
    with pytest.raises(FileFormatError, match=r"1\.png: its shape is \(3, 3\), stimuli\.hdf5 says"):
        import_pysaliency(tmp_path)
    (tmp_path / "stimuli_val.hdf5").write_bytes(b"")
    (tmp_path / "fixations_val.hdf5").write_bytes(b"")
    with pytest.raises(FileFormatError, match="one of 2 pairs"):
        import_pysaliency(tmp_path)


#: pysaliency 0.2.22 imports torch and uses names that newer numpy has not.
READ_THERE = """
import sys, types
sys.modules["torch"] = types.ModuleType("torch")
import numpy as np
for old, new in (("string_", np.bytes_), ("in1d", np.isin)):
    setattr(np, old, getattr(np, old, new))
import pysaliency
stimuli = pysaliency.read_hdf5(sys.argv[1] + "/stimuli.hdf5")
fixations = pysaliency.read_hdf5(sys.argv[1] + "/fixations.hdf5")
model = pysaliency.HDF5SaliencyMapModel(stimuli, sys.argv[2])
nss = [float(model.NSSs(stimuli, fixations[fixations.n == i]).mean()) for i in range(len(stimuli))]
stimuli.to_hdf5(sys.argv[1] + "/stimuli_theirs.hdf5")
fixations.to_hdf5(sys.argv[1] + "/fixations_theirs.hdf5")
print("RESULT", nss)
"""


def test_pysaliency_itself_reads_and_writes_the_same(fixations, tmp_path):
    check = [
        sys.executable,
        "-c",
        "import importlib.util as u; exit(u.find_spec('pysaliency') is None)",
    ]
    if subprocess.run(check, check=False).returncode:
        pytest.skip("pysaliency is not installed")
    given = timed(fixations)
    export_pysaliency(given, tmp_path / "out")
    write_maps(given, tmp_path / "maps.h5", "3px")
    export_pysaliency_maps(tmp_path / "maps.h5", tmp_path / "maps.hdf5")
    arguments = [sys.executable, "-W", "ignore", "-c", READ_THERE]
    done = subprocess.run(
        [*arguments, tmp_path / "out", tmp_path / "maps.hdf5"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    nss = json.loads(done.stdout.rpartition("RESULT")[2])
    with h5py.File(tmp_path / "maps.hdf5") as maps:
        for index, found in zip((0, 2, 3), nss, strict=True):
            density = maps[f"{index}.png"][()]
            rows = given.of(index)
            at = density[rows["y_px"].astype(int), rows["x_px"].astype(int)]
            expected = np.mean((at - density.mean()) / density.std())
            assert found == pytest.approx(expected, rel=1e-9)
    (tmp_path / "theirs").mkdir()
    for name in ("stimuli", "fixations"):
        source = tmp_path / "out" / f"{name}_theirs.hdf5"
        source.rename(tmp_path / "out" / f"{name}.hdf5")
    again = import_pysaliency(tmp_path / "out")
    for new, old in enumerate((0, 2, 3)):
        for column in ("observer", "x_px", "y_px", "onset_s", "duration_s"):
            assert np.array_equal(again.of(new)[column], given.of(old)[column], equal_nan=True)
