"""Importers of image sets, each on a small tree in its published layout."""

import json

import h5py
import numpy as np
import pytest
from made_layouts import cells, save_image, save_mat, save_text, structs

from foveola.data_schema import FileFormatError, faults_of, write_fixation_set
from foveola.fixation_maps.coco_freeview import import_coco_freeview
from foveola.fixation_maps.figrim import import_figrim
from foveola.fixation_maps.pascal_s import import_pascal_s
from foveola.fixation_maps.salicon import import_salicon
from foveola.fixation_maps.toronto import import_toronto
from foveola.fixation_maps.ueyes import import_ueyes


def sound(tmp_path, fixations):
    write_fixation_set(tmp_path / "out.h5", fixations)
    assert faults_of(tmp_path / "out.h5") == []
    return fixations


def salicon_mat(path, *observers, image="COCO_train2014_000000000009.jpg", size=(480, 640)):
    gaze = structs(
        *(
            {
                "location": np.array([[1.0, 1.0]]),
                "timestamp": np.array([[0.0]]),
                "fixations": np.array(one, np.uint16).reshape(-1, 2),
            }
            for one in observers
        )
    )
    return save_mat(path, image=image, resolution=np.array(size, float), gaze=gaze)


def test_salicon_is_mouse_and_says_so(tmp_path):
    name = "COCO_train2014_000000000009"
    salicon_mat(tmp_path / f"fixations/train/{name}.mat", [(1, 1), (640, 480)], [(3, 4)], [])
    salicon_mat(
        tmp_path / "fixations/val/COCO_val2014_000000000042.mat",
        [(7, 8)],
        image="COCO_val2014_000000000042.jpg",
    )
    save_image(tmp_path / f"images/train/{name}.jpg", 640, 480)
    fixations = sound(tmp_path, import_salicon(tmp_path, 2015))
    assert (fixations.info.name, fixations.info.source) == ("SALICON 2015", "mouse")
    assert [one.id for one in fixations.stimuli][1] == "val/COCO_val2014_000000000042.jpg"
    assert [bool(one.sha256) for one in fixations.stimuli] == [True, False]
    assert fixations.stimuli[1].shape == (480, 640)
    assert fixations.of(0)["x_px"].tolist() == [0, 639, 2]
    assert fixations.of(0)["y_px"].tolist() == [0, 479, 3]
    assert "not gaze" in fixations.provenance.parameters["note"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"gaze": 3, "resolution": [480, 640]}, "gaze: the observers are missing"),
        ({"resolution": [480, 640]}, "gaze: the observers are missing"),
        ({"gaze": structs({"a": 1})}, "resolution: this is no height"),
        (
            {"gaze": structs({"a": 1}), "resolution": [480, 640]},
            r"gaze\(1\): the field 'fixations'",
        ),
        (
            {"gaze": structs({"fixations": "text"}), "resolution": [480, 640]},
            r"gaze\(1\)\.fixations: this is no table",
        ),
        (
            {"image": "../x.jpg", "gaze": structs({"fixations": 1}), "resolution": [480, 640]},
            r"image: this is no name of a file: '\.\./x",
        ),
    ],
)
def test_a_damaged_file_of_salicon_is_named(tmp_path, content, reason):
    save_mat(tmp_path / "fixations" / "train" / "COCO_1.mat", **content)
    with pytest.raises(FileFormatError, match=reason) as caught:
        import_salicon(tmp_path)
    assert "COCO_1.mat" in str(caught.value)
    assert "anew" in caught.value.remedy


def test_salicon_without_its_splits_says_what_to_do(tmp_path):
    (tmp_path / "fixations").mkdir()
    with pytest.raises(FileFormatError, match=r"train or val.*fixations\.zip"):
        import_salicon(tmp_path)


def figrim_user(initials, **seen):
    fixations = {name: np.array(places, float).reshape(-1, 2) for name, places in seen.items()}
    return {"trial": 1, "sinit": initials, "SDT": [1, 1, 1], "fixations": fixations}


def test_figrim_takes_the_first_viewing_of_each_observer(tmp_path):
    nobody = {"trial": [], "sinit": [], "SDT": [], "fixations": []}
    images = structs(
        {
            "filename": "sun_a.jpg",
            "impath": "Targets/highway/sun_a.jpg",
            "userdata": structs(
                figrim_user("ab", enc=[(1.5, 2.5), (1000.5, 3)], rec=[(9, 9)]),
                nobody,
                figrim_user("cd", enc=[(4, 5)]),
            ),
        },
        {
            "filename": "sun_b.jpg",
            "impath": "Targets/highway/sun_b.jpg",
            "userdata": structs(nobody, figrim_user("ab", enc=[(6, 7)]), nobody),
        },
    )
    save_mat(tmp_path / "targetData" / "allImages_release.mat", allImages=images)
    save_image(tmp_path / "Targets" / "highway" / "sun_a.jpg", 1000, 1000)
    fixations = sound(tmp_path, import_figrim(tmp_path))
    assert fixations.observers == ("ab", "cd")
    assert fixations.of(0)["x_px"].tolist() == [1.5, 4]
    assert fixations.of(1)["x_px"].tolist() == [6]
    assert fixations.info.off_stimulus == 1
    assert [bool(one.path) for one in fixations.stimuli] == [True, False]


def test_a_damaged_file_of_figrim_is_named(tmp_path):
    with pytest.raises(FileFormatError, match=r"allImages_release\.mat: there is no such file"):
        import_figrim(tmp_path)
    path = tmp_path / "allImages_fillers.mat"
    for image, reason in (
        ({"impath": "../../x.jpg", "userdata": 1}, r"allImages\(1\)\.impath: this is no name"),
        ({"impath": "a/b.jpg", "userdata": 1}, r"userdata: this is no list of observers"),
        ({"impath": "a/b.jpg", "userdata": {"sinit": "ab"}}, r"userdata\(1\): the field 'fixa"),
        (
            {"impath": "a/b.jpg", "userdata": figrim_user("ab") | {"fixations": {"enc": "text"}}},
            r"userdata\(1\)\.fixations\.enc: this is no table",
        ),
    ):
        save_mat(path, allImages=image)
        with pytest.raises(FileFormatError, match=reason):
            import_figrim(tmp_path)
    save_mat(path, allImages=np.arange(3))
    with pytest.raises(FileFormatError, match=r"allImages\(1\): this is no image"):
        import_figrim(tmp_path)


def freeview_trial(name="a.jpg", subject=1, **changes):
    given = {"X": [1.0, 839.5], "Y": [2, 500], "T": [200, 350], "length": 2, "split": "train"}
    return {"name": name, "subject": subject, "task": "none"} | given | changes


def save_freeview(folder, *trials):
    return save_text(folder / "COCOFreeView_fixations_trainval.json", json.dumps(trials))


def test_coco_freeview_is_read_by_the_names_of_its_images(tmp_path):
    save_freeview(
        tmp_path, freeview_trial("b.jpg"), freeview_trial("a.jpg", 10), freeview_trial("b.jpg", 2)
    )
    save_image(tmp_path / "images" / "bottle" / "b.jpg", 1680, 1050)
    fixations = sound(tmp_path, import_coco_freeview(tmp_path))
    assert [one.id for one in fixations.stimuli] == ["a.jpg", "b.jpg"]
    assert fixations.observers == ("1", "2", "10")
    assert fixations.of(1)["x_px"].tolist() == [1, 839.5, 1, 839.5]
    assert fixations.of(0)["duration_s"].tolist() == [0.2, 0.35]
    assert fixations.stimuli[0].shape == (1050, 1680)
    assert fixations.stimuli[1].path == "images/bottle/b.jpg"


@pytest.mark.parametrize(
    ("trial", "reason"),
    [
        (freeview_trial(X=[1]), "trial 0: 1 X, 2 Y and 2 T"),
        (freeview_trial(Y="no"), "trial 0, Y: this is no list of numbers"),
        (freeview_trial(name="../a.jpg"), "trial 0, name: this is no name"),
        (freeview_trial(name=3), "trial 0, name: this is no name"),
        (7, "trial 0: this is no trial"),
    ],
)
def test_a_damaged_trial_of_coco_freeview_is_named(tmp_path, trial, reason):
    save_freeview(tmp_path, trial)
    with pytest.raises(FileFormatError, match=reason) as caught:
        import_coco_freeview(tmp_path)
    assert "anew" in caught.value.remedy


def test_what_is_no_json_is_named_by_its_line(tmp_path):
    path = save_text(tmp_path / "COCOFreeView_fixations_trainval.json", "[1,", "oops")
    with pytest.raises(FileFormatError, match="line 2: this is no JSON"):
        import_coco_freeview(tmp_path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="this is no JSON"):
        import_coco_freeview(tmp_path)
    path.write_text("{}")
    with pytest.raises(FileFormatError, match="no list of trials"):
        import_coco_freeview(tmp_path)


def save_pascal(folder, *columns):
    path = folder / "datasets" / "fixations" / "pascalFix.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", userblock_size=512) as file:
        references = np.empty((1, len(columns)), h5py.ref_dtype)
        for i, values in enumerate(columns):
            file[f"#refs#/{i}"] = np.array(values, float)
            references[0, i] = file[f"#refs#/{i}"].ref
        file.create_dataset("fixCell", data=references, dtype=h5py.ref_dtype)
    return path


def test_pascal_s_counts_from_1_in_rows_and_columns(tmp_path):
    save_pascal(tmp_path, [[1, 30, 31], [1, 40, 2], [1, 2, 1]], [[5], [6], [8]])
    save_image(tmp_path / "datasets" / "imgs" / "pascal" / "1.jpg", 40, 30)
    save_image(tmp_path / "datasets" / "imgs" / "pascal" / "2.jpg", 20, 20)
    fixations = sound(tmp_path, import_pascal_s(tmp_path))
    assert fixations.observers == ("1", "2", "8")
    assert fixations.of(0)["x_px"].tolist() == [0, 39]
    assert fixations.of(0)["y_px"].tolist() == [0, 29]
    assert fixations.of(1)["x_px"].tolist() == [5]
    assert fixations.info.off_stimulus == 1


def test_a_damaged_file_of_pascal_s_is_named(tmp_path):
    path = save_pascal(tmp_path, [[1, 2]])
    save_image(tmp_path / "datasets" / "imgs" / "pascal" / "1.jpg")
    with pytest.raises(FileFormatError, match=r"fixCell\{1\}: its shape is \(1, 2\)"):
        import_pascal_s(tmp_path)
    with h5py.File(path, "a") as file:
        del file["fixCell"]
        file["fixCell"] = 1
    with pytest.raises(FileFormatError, match="fixCell: the cell array is missing"):
        import_pascal_s(tmp_path)
    path.write_bytes(b"no HDF5")
    with pytest.raises(FileFormatError, match="not an HDF5 file"):
        import_pascal_s(tmp_path)


def save_toronto(folder, *maps):
    save_mat(folder / "eyetrackingdata/fixdens/origfixdata.mat", white=cells(*maps))
    for i in range(1, 12):
        image = folder / "eyetrackingdata/fixdens/Original Image Set" / f"{i}.jpg"
        save_image(image, 40, 30)


def test_toronto_gives_fixated_pixels_of_all_observers(tmp_path):
    maps = [np.zeros((30, 40), np.uint8) for _ in range(11)]
    maps[1][2, 5] = maps[10][29, 39] = 1
    save_toronto(tmp_path, *maps)
    fixations = sound(tmp_path, import_toronto(tmp_path))
    assert [one.id for one in fixations.stimuli][9:] == ["10.jpg", "11.jpg"]
    assert fixations.of(1)["x_px"].tolist() == [5.5]
    assert fixations.of(10)["y_px"].tolist() == [29.5]
    assert fixations.observers == ("all",)


def test_a_map_of_another_size_than_its_image_is_named(tmp_path):
    save_toronto(tmp_path, *[np.zeros((30, 40))] * 10, np.zeros((30, 41)))
    with pytest.raises(FileFormatError, match=r"white\{11\}: its shape is \(30, 41\)"):
        import_toronto(tmp_path)
    save_toronto(tmp_path, np.zeros((30, 40)), np.zeros((30, 41)))
    with pytest.raises(FileFormatError, match="2 maps for 11 images"):
        import_toronto(tmp_path)


HEADER = "MEDIA_ID,MEDIA_NAME,CNT,TIME(2021/05/03),FPOGX,FPOGY,FPOGS,FPOGD,FPOGID,FPOGV,BPOGX,"


def ueyes_row(name, x, y, start=0.5, duration=0.2, valid=1):
    return f"0,{name},1,0.7,{x},{y},{start},{duration},1,{valid},0.1,"


def test_ueyes_moves_fixations_from_the_screen_to_the_image(tmp_path):
    save_image(tmp_path / "images" / "block 1" / "wide.png", 960, 300)
    save_image(tmp_path / "images" / "block 1" / "tall.jpg", 300, 600)
    save_text(
        tmp_path / "eyetracker_logs" / "01_kh008_fixations.csv",
        HEADER,
        ueyes_row("wide.png", 0.5, 0.5),
        ueyes_row("wide.png", 0.25, 0.5, 0.9),
        ueyes_row("wide.png", 0.5, 0.1, 1.2),
        ueyes_row("tall.jpg", 0.5, 0.25, 0.1, 0.3),
        ueyes_row("tall.jpg", 0.5, 0.25, valid=0),
        ueyes_row("none.jpg", 0.5, 0.25),
        "broken,row",
        ueyes_row("tall.jpg", "x", 0.25),
    )
    fixations = sound(tmp_path, import_ueyes(tmp_path))
    assert [one.id for one in fixations.stimuli] == ["tall.jpg", "wide.png"]
    assert fixations.observers == ("008",)
    wide = fixations.of(1)
    assert wide["x_px"].tolist() == [480, 240]
    assert wide["y_px"].tolist() == [150, 150]
    assert wide["onset_s"].tolist() == [0.5, 0.9]
    tall = fixations.of(0)
    assert (tall["x_px"].tolist(), tall["y_px"].tolist()) == ([150], [150])
    assert tall["duration_s"].tolist() == [0.3]
    assert fixations.info.off_stimulus == 1
    assert "4 rows" in fixations.provenance.parameters["note"]


def test_a_damaged_log_of_ueyes_is_named(tmp_path):
    save_image(tmp_path / "images" / "a.png")
    log = save_text(tmp_path / "eyetracker_logs" / "01_kh008_fixations.csv", "MEDIA_NAME,FPOGX")
    with pytest.raises(FileFormatError, match="line 1: the column FPOGY is missing"):
        import_ueyes(tmp_path)
    log.write_bytes(b"\xff\xff\x00")
    with pytest.raises(FileFormatError, match="this is no CSV"):
        import_ueyes(tmp_path)
    log.rename(log.with_name("x.csv"))
    with pytest.raises(FileFormatError, match="its name is not XX_khYYY"):
        import_ueyes(tmp_path)
