from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import matplotlib as mpl
import numpy as np
import pytest
from made_scores import MODELS, STIMULI, made_scores
from PIL import Image

from foveola import data_schema as ds
from foveola.benchmark.report import write_report
from foveola.benchmark.report_data import open_report_data
from foveola.benchmark.report_pictures import (
    coloured,
    density_picture,
    size_within,
    stimulus_photo,
)


def text_of(index: Path, page: str = "index.html") -> str:
    return " ".join((index.parent / page).read_text(encoding="utf-8").split())


def test_values_are_placed_by_name(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    shuffled = ds.read_scores_csv(scores)[::-1]
    ds.write_scores_csv(scores, shuffled)
    with open_report_data(scores) as data:
        assert data.models == MODELS  # in the companion's order, not the file's
        assert data.stimuli == STIMULI
        for score in shuffled[:20]:
            place = (
                data.models.index(score.model),
                data.stimuli.index(score.stimulus),
                data.metrics.index(score.metric),
            )
            assert data.values[place] == score.value


def test_a_folder_of_maps_competes_whatever_its_name(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    with h5py.File(tmp_path / "scores.h5", "r+") as file:
        file["models/source"][MODELS.index("uniform")] = "uniform"
    with open_report_data(scores) as data:
        assert [data.standing(i) for i in range(3)] == ["gold", "baseline", "model"]


def test_without_its_companion_the_scores_alone_are_shown(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    (tmp_path / "scores.h5").unlink()
    index = write_report(scores, tmp_path / "out")
    assert "scores.h5 is not beside scores.csv" in text_of(index)
    assert "my maps" in text_of(index)
    page = text_of(index, "images/0001.html")
    assert "The fixations on this image were not found: its photograph" in page
    assert "<figure" not in page
    assert "Scores of this image" in page


def test_fixations_may_be_given_without_a_companion(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    (tmp_path / "scores.h5").unlink()
    index = write_report(scores, tmp_path / "out", fixations_path=tmp_path / "fix.h5")
    assert "sigma 20 px" in text_of(index, "images/0001.html")  # one degree
    assert (index.parent / "pictures" / "0001" / "density.png").is_file()


def test_without_fixations_the_maps_are_shown(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    (tmp_path / "fix.h5").unlink()
    index = write_report(scores, tmp_path / "out")
    assert "fix.h5 was not found: photographs" in text_of(index)
    assert 'class="gallery names"' in text_of(index)
    page = text_of(index, "images/0001.html")
    assert "The fixations on this image were not found" in page
    assert page.count("<figure") == len(MODELS)
    files = sorted(path.name for path in (index.parent / "pictures" / "0001").iterdir())
    kinds = ("gain", "model")
    assert files == [*(f"{k}-{i:02d}.png" for k in kinds for i in range(1, 6)), "values.js"]


def test_fixations_that_moved_are_named(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    moved = Path(shutil.move(tmp_path / "fix.h5", tmp_path / "elsewhere" / "fix.h5"))
    index = write_report(scores, tmp_path / "out", fixations_path=moved)
    assert "36 fixations" in text_of(index)
    assert "The photograph was not found." in text_of(index, "images/0001.html")


def test_other_fixations_are_refused(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    other = ds.read_fixation_set(tmp_path / "fix.h5")
    ds.write_fixation_set(tmp_path / "other.h5", other)
    with h5py.File(tmp_path / "other.h5", "r+") as file:
        file["fixations/x_px"][0] = 1
    with pytest.raises(
        ds.FileFormatError, match=r"other\.h5: these are not the fixations .* --fixations, or score"
    ):
        write_report(scores, tmp_path / "out", fixations_path=tmp_path / "other.h5")
    assert not (tmp_path / "out").exists()


def test_given_fixations_must_exist(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    with pytest.raises(ds.FileFormatError, match=r"none\.h5: there is no such file"):
        write_report(scores, tmp_path / "out", fixations_path=tmp_path / "none.h5")


@pytest.mark.parametrize(("column", "what"), [(0, "model"), (1, "stimulus")])
def test_a_companion_of_other_scores_is_refused(tmp_path: Path, column: int, what: str) -> None:
    path = made_scores(tmp_path)
    scores = ds.read_scores_csv(path)
    scores[3] = ds.Score(*("stranger" if i == column else v for i, v in enumerate(scores[3])))
    ds.write_scores_csv(path, scores)
    with pytest.raises(
        ds.FileFormatError, match=f"its {what} 'stranger' is not in scores.h5.*score again"
    ):
        write_report(path, tmp_path / "out")


def test_a_score_that_is_there_twice_is_named(tmp_path: Path) -> None:
    path = made_scores(tmp_path)
    scores = ds.read_scores_csv(path)
    ds.write_scores_csv(path, [*scores, scores[4]])
    message = f"row {len(scores) + 2}: {scores[4].metric} of 'gold-standard' on 'one.jpg' is there"
    with pytest.raises(ds.FileFormatError, match=message):
        write_report(path, tmp_path / "out")


def test_a_file_without_scores_is_refused(tmp_path: Path) -> None:
    ds.write_scores_csv(tmp_path / "scores.csv", [])
    with pytest.raises(ds.FileFormatError, match=r"it holds no score\. Score a model first"):
        write_report(tmp_path / "scores.csv", tmp_path / "out")


def test_a_stimulus_without_fixations_has_its_empty_state(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    whole = ds.read_fixation_set(tmp_path / "fix.h5")
    ds.write_fixation_set(
        tmp_path / "fix.h5",
        ds.fixation_set(
            whole.info,
            whole.stimuli,
            whole.observers,
            whole.table[whole.table["stimulus"] != 1],
            whole.provenance,
            tmp_path,
        ),
    )
    with h5py.File(tmp_path / "scores.h5", "r+") as file:
        file["protocol"].attrs["fixations_sha256"] = ds.sha256_of(tmp_path / "fix.h5")
    page = text_of(write_report(scores, tmp_path / "out"), "images/0002.html")
    assert "No fixation: no density." in page
    assert "0 observers · 0 fixations" in page
    assert "no fixation" in page


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda path: path.unlink(), "The photograph was not found."),
        (lambda path: path.write_bytes(b"no image"), "The photograph is not the one"),
        (lambda path: Image.new("RGB", (64, 48)).save(path), "The photograph is not the one"),
    ],
)
def test_a_photograph_that_changed_is_not_shown(tmp_path: Path, change: object, note: str) -> None:
    scores = made_scores(tmp_path)
    change(tmp_path / "photograph-0.png")  # type: ignore[operator]
    index = write_report(scores, tmp_path / "out")
    assert note in text_of(index, "images/0001.html")
    assert not (index.parent / "pictures" / "0001" / "photo.jpg").exists()
    assert (index.parent / "pictures" / "0002" / "photo.jpg").is_file()


def a_set_of(folder: Path, image: Image.Image, **changes: object) -> ds.FixationSet:
    """A fixation set of one stimulus without a hash, with one fixation at a quarter."""
    image.save(folder / "image.png")
    known = {"width_px": image.width, "height_px": image.height, "path": "image.png"} | changes
    stimulus = ds.Stimulus.model_validate({"id": "image", **known})
    table = np.zeros(1, ds.STIMULUS_FIXATION_DTYPE)
    table["x_px"], table["y_px"] = image.width / 4, image.height / 4
    info = ds.SetInfo(name="one")
    return ds.fixation_set(info, (stimulus,), ("01",), table, ds.provenance(), folder)


def test_sixteen_bit_grey_keeps_its_shades(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[np.newaxis].repeat(8, axis=0)
    photo = stimulus_photo(a_set_of(tmp_path, Image.fromarray(ramp)), 0)
    shades = np.asarray(photo)[0, :, 0]
    assert photo.mode == "RGB"
    assert len(np.unique(shades)) > 200
    assert (shades[0], shades[-1]) == (0, 255)


def test_transparent_parts_become_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    photo = stimulus_photo(a_set_of(tmp_path, image), 0)
    assert photo.getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"width_px": 9}, "another size"),
        ({"path": ""}, "was not found"),
        ({"path": "no-image.png"}, "can't be read"),
        ({"kind": "video"}, "A video"),
    ],
)
def test_a_photograph_that_does_not_fit_is_named(
    tmp_path: Path, changes: dict[str, object], note: str
) -> None:
    (tmp_path / "no-image.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    fixations = a_set_of(tmp_path, Image.new("RGB", (8, 8)), **changes)
    with pytest.raises(ds.FoveolaError, match=note):
        stimulus_photo(fixations, 0)


def test_a_large_photograph_and_its_density_are_reduced(tmp_path: Path) -> None:
    fixations = a_set_of(tmp_path, Image.new("RGB", (1600, 800)))
    assert stimulus_photo(fixations, 0).size == (640, 320)
    grey, low, high = density_picture(fixations, 0, sigma_px=50)
    assert grey.shape == (320, 640)
    assert grey[80, 160] == grey.max() == 255
    peak = 1 / (2 * np.pi * 50**2)  # of the Gaussian, a pixel of the stimulus
    assert (low, high) == (0, pytest.approx(peak, rel=0.01))
    # A standard deviation of 50 px is 20 px here: exp(-1/2) of the peak.
    assert grey[80, 180] == pytest.approx(255 * np.exp(-0.5), abs=1)


def test_sizes_never_vanish() -> None:
    assert size_within(1920, 1080, 640) == (640, 360)
    assert size_within(100_000, 2, 640) == (640, 1)
    assert size_within(3, 2, 640) == (3, 2)


def test_a_hostile_picture_is_refused(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    with h5py.File(tmp_path / "scores.h5", "r+") as file:
        del file["pictures/2/1"]
        file["pictures/2"].create_dataset("1", data=np.zeros((5000, 2), np.uint8))
    with pytest.raises(ds.FileFormatError, match="/pictures/2/1: this is no small grey picture"):
        write_report(scores, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_maps_have_their_exact_colours_on_the_ground_and_let_a_photograph_through() -> None:
    grey = np.arange(256, dtype=np.uint8)[np.newaxis]
    image = coloured(grey).convert("RGBA")
    wanted = mpl.colormaps["viridis"](np.arange(256), bytes=True)[:, :3].astype(int)
    ground = Image.new("RGBA", image.size, (*wanted[0].tolist(), 255))
    alone = np.asarray(Image.alpha_composite(ground, image), int)[0, :, :3]
    assert np.abs(alone - wanted).max() <= 1
    opacity = np.asarray(image, int)[0, :, 3]
    assert opacity[0] == 0
    assert (np.diff(opacity) >= 0).all()
    assert opacity[-1] > 240


def test_a_map_keeps_its_grey_values_as_indices(tmp_path: Path) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    coloured(grey).save(tmp_path / "map.png")
    with Image.open(tmp_path / "map.png") as image:
        assert image.mode == "P"
        assert np.array_equal(np.asarray(image), grey)
