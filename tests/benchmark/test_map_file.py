"""Maps from files that anybody may have written."""

import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_hostile_maps import BY_KIND, GREY, JPEG, MAT, PNG, SHAPE, TIFF, VALUES, npy, npz, saved
from PIL import Image, PngImagePlugin

from foveola.benchmark.map_file import READERS, read_map
from foveola.data_schema import FileFormatError


@pytest.mark.parametrize(
    ("ending", "content", "expected"),
    [
        (".png", saved(Image.fromarray(GREY), ".png"), GREY),
        (".png", saved(Image.fromarray((VALUES * 300).astype(np.uint16)), ".png"), VALUES * 300),
        (".png", saved(Image.fromarray(np.stack([GREY] * 3, -1)), ".png"), GREY),
        (".png", saved(Image.fromarray(GREY > 90), ".png"), GREY > 90),
        (".PNG", saved(Image.fromarray(GREY), ".png"), GREY),
        (".jpeg", saved(Image.fromarray(np.full(SHAPE, 77, np.uint8)), ".jpg"), np.full(SHAPE, 77)),
        (".tif", saved(Image.fromarray(GREY), ".tiff"), GREY),
        (".tiff", saved(Image.fromarray(VALUES.astype(np.float32) / 7), ".tiff"), VALUES / 7),
        (".tiff", saved(Image.fromarray((VALUES * 99).astype(np.uint16)), ".tiff"), VALUES * 99),
        (".npy", npy(VALUES / 3), VALUES / 3),
        (".npy", npy((VALUES / 3).astype(">f4")), VALUES / 3),
        (".npy", npy(np.asfortranarray(VALUES)), VALUES),
        (".npy", npy(VALUES > 90), VALUES > 90),
        (".npz", npz(("map.npy", npy(VALUES / 3))), VALUES / 3),
        (".npz", npz(("a.npy", npy(VALUES)), compression=zipfile.ZIP_STORED), VALUES),
    ],
)
def test_sound_maps_are_read_to_the_last_level(tmp_path, ending, content, expected):
    path = tmp_path / f"a{ending}"
    path.write_bytes(content)
    values = read_map(path, SHAPE)
    assert values.dtype == np.float64
    np.testing.assert_allclose(values, expected, rtol=1e-6)


HOSTILE = {name: case for cases in BY_KIND.values() for name, case in cases.items()}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_and_broken_files_are_named(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ending, content, message = HOSTILE[name]
    path = tmp_path / f"map{ending}"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=message) as caught:
        read_map(path, SHAPE)
    assert caught.value.path == path
    assert caught.value.remedy
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def doubled():
    with pytest.warns(UserWarning, match="Duplicate name"):
        return npz(("map.npy", npy(VALUES)), ("map.npy", npy(VALUES)))


def test_two_members_of_one_name_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(doubled())
    with pytest.raises(FileFormatError, match="holds 2 entries"):
        read_map(path, SHAPE)


def test_text_in_a_png_cannot_fill_the_memory(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "x" * 200_000_000, zip=True)
    path = tmp_path / "a.png"
    Image.fromarray(GREY).save(path, pnginfo=info)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(FileFormatError, match="no sound PNG"):
        read_map(path, SHAPE)


def test_maps_of_another_size_are_interpolated_when_asked(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.add.outer(np.arange(24.0), np.arange(32.0)))
    values = read_map(path, SHAPE, resize=True)
    expected = np.add.outer(2 * np.arange(12) + 0.5, 2 * np.arange(16) + 0.5)
    np.testing.assert_allclose(values[3:-3, 3:-3], expected[3:-3, 3:-3], atol=0.05)
    np.save(path, np.zeros((49, 64)))
    with pytest.raises(FileFormatError, match="too large even to be resized"):
        read_map(path, SHAPE, resize=True)


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(FileFormatError, match="can't be read"):
        read_map(tmp_path / "a.png", SHAPE)


SOUND = {
    ".png": PNG,
    ".jpg": JPEG,
    ".tiff": TIFF,
    ".npy": npy(VALUES),
    ".npz": npz(("a.npy", npy(VALUES))),
    ".mat": MAT,
}


@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    ending=st.sampled_from(sorted(SOUND)),
    place=st.integers(0, 10**6),
    value=st.integers(0, 255),
    cut=st.one_of(st.none(), st.integers(0, 10**6)),
)
def test_damage_gives_a_map_or_a_named_error(tmp_path, ending, place, value, cut):
    content = bytearray(SOUND[ending])
    content[place % len(content)] = value
    path = tmp_path / f"a{ending}"
    path.write_bytes(content[: None if cut is None else cut % len(content)])
    try:
        values = read_map(path, SHAPE)
    except FileFormatError as error:
        values = np.zeros(SHAPE)
        named = error.path
    else:
        named = path
    assert named == path
    assert values.shape == SHAPE
    assert np.isfinite(values).all()


def test_every_ending_is_read():
    assert set(SOUND) < set(READERS)
