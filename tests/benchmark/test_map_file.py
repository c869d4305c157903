"""Maps from files that anybody may have written."""

import io
import os
import pickle
import struct
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from foveola.benchmark.map_file import READERS, read_map
from foveola.data_schema import FileFormatError

SHAPE = (12, 16)
VALUES = np.arange(192).reshape(SHAPE)
GREY = VALUES.astype(np.uint8)


def npy_header(shape=SHAPE, descr="<f8", extra=""):
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, {extra}}}\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def saved(image, ending, **options):
    file = io.BytesIO()
    formats = {".png": "PNG", ".jpg": "JPEG", ".tiff": "TIFF"}
    image.save(file, formats[ending], **options)
    return file.getvalue()


def npy(values):
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def npz(*members, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def chunk(kind, content):
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png_that_declares(width, height):
    """A PNG of a few bytes whose header promises many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"")), chunk(b"IEND", b""))
    )


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


class Evil:
    def __reduce__(self):
        return os.mkdir, ("pwned",)


def palette():
    image = Image.fromarray(GREY).convert("P")
    image.putpalette(bytes(range(256)) * 3)
    return image


def with_orientation():
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(Image.fromarray(GREY), ".jpg", exif=exif)


def zip_bomb():
    return npz(("map.npy", npy_header() + bytes(50_000_000)))


def encrypted():
    content = bytearray(npz(("map.npy", npy(VALUES))))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def wrong_check_sum():
    content = bytearray(npz(("map.npy", npy(VALUES)), compression=zipfile.ZIP_STORED))
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


def doubled():
    with pytest.warns(UserWarning, match="Duplicate name"):
        return npz(("map.npy", npy(VALUES)), ("map.npy", npy(VALUES)))


FLOATS = saved(Image.fromarray(np.where(VALUES, np.nan, 1).astype(np.float32)), ".tiff")
PNG, JPEG = saved(Image.fromarray(GREY), ".png"), saved(Image.fromarray(GREY), ".jpg")
TIFF = saved(Image.fromarray(GREY), ".tiff")
COLOURS = np.random.default_rng(0).integers(0, 255, (*SHAPE, 3), np.uint8)
HOSTILE = {
    "empty png": (".png", b"", "no sound PNG"),
    "empty npy": (".npy", b"", "no sound NPY"),
    "empty npz": (".npz", b"", "no sound NPZ"),
    "text": (".png", b"not an image", "no sound PNG"),
    "jpeg called png": (".png", JPEG, "no sound PNG"),
    "png called tiff": (".tiff", PNG, "no sound TIFF"),
    "pickle called npy": (".npy", pickle.dumps(Evil()), "no sound NPY"),
    "pickle called npz": (".npz", pickle.dumps(Evil()), "no sound NPZ"),
    "truncated png": (".png", PNG[: len(PNG) // 2], "no sound PNG"),
    "truncated jpeg": (".jpg", JPEG[: len(JPEG) * 3 // 4], "no sound JPEG"),
    "truncated tiff": (".tiff", TIFF[: len(TIFF) // 2], "no sound TIFF"),
    "truncated npy": (".npy", npy(VALUES)[:-1], "1535 bytes of values, not 1536"),
    "npy with more": (".npy", npy(VALUES) + b"x", "1537 bytes of values, not 1536"),
    "truncated npz": (".npz", npz(("a.npy", npy(VALUES)))[:-9], "no sound NPZ"),
    "png bomb": (".png", png_that_declares(60_000, 60_000), "60000 x 60000 pixels|no sound PNG"),
    "png of nothing": (".png", png_that_declares(16, 12), "no sound PNG"),
    "large png": (".png", saved(Image.new("L", (200, 200)), ".png"), "200 x 200 pixels, its st"),
    "huge declared npy": (".npy", npy_header((10**9, 10**9)), "1000000000 x 1000000000 pixels"),
    "huge declared npz": (".npz", npz(("a.npy", npy_header((10**9, 10**9)))), "1000000000 x"),
    "zip bomb": (".npz", zip_bomb(), "bytes of values, not 1536"),
    "huge npy header": (".npy", npy_header(extra="'x': " + "(" * 9000), "no sound NPY"),
    "deep npy header": (".npy", npy_header(extra="'x': " + "-" * 20_000 + "1"), "no sound NPY"),
    "code in npy header": (".npy", npy_header("__import__('os')"), "no sound NPY"),
    "objects": (".npy", npy(np.array([[None, 1]], object)), "holds object values"),
    "evil objects": (".npy", npy_header((1, 1), "|O") + pickle.dumps(Evil()), "never unpickled"),
    "objects in npz": (".npz", npz(("a.npy", npy(np.array([[None]], object)))), "object"),
    "complex": (".npy", npy(VALUES * 1j), "holds complex128 values"),
    "strings": (".npy", npy(np.full(SHAPE, "a")), "holds <U1 values"),
    "records": (".npy", npy(np.zeros(SHAPE, [("a", "f8")])), "values"),
    "dates": (".npy", npy(np.zeros(SHAPE, "M8[s]")), "holds datetime64"),
    "long double": (".npy", npy(VALUES.astype(np.longdouble)), "float128|longdouble"),
    "three dimensions": (".npy", npy(np.zeros((*SHAPE, 3))), r"its shape is \(12, 16, 3\)"),
    "no dimension": (".npy", npy(np.float64(3)), r"its shape is \(\)"),
    "no pixels": (".npy", npy(np.zeros((0, 16))), r"its shape is \(0, 16\)"),
    "negative size": (".npy", npy_header((-1, -192)), r"its shape is \(-1, -192\)"),
    "turned": (".npy", npy(VALUES.T), "12 x 16 pixels, its stimulus 16 x 12"),
    "nan": (".npy", npy(np.where(VALUES > 190, np.nan, 0)), "1 of its values are NaN"),
    "infinity": (".npy", npy(np.where(VALUES > 189, np.inf, 0)), "2 of its values are NaN"),
    "nan in tiff": (".tiff", FLOATS, "191 of its values are NaN"),
    "palette": (".png", saved(palette(), ".png"), "mode is 'P'"),
    "alpha": (".png", saved(Image.new("LA", (16, 12)), ".png"), "mode is 'LA'"),
    "colour and alpha": (".png", saved(Image.new("RGBA", (16, 12)), ".png"), "mode is 'RGBA'"),
    "transparent grey": (".png", saved(Image.fromarray(GREY), ".png", transparency=3), "transpar"),
    "cmyk": (".jpg", saved(Image.new("CMYK", (16, 12)), ".jpg"), "mode is 'CMYK'"),
    "colours": (".png", saved(Image.fromarray(COLOURS), ".png"), "it is coloured"),
    "turned by exif": (".jpg", with_orientation(), "EXIF data turn it"),
    "pages": (
        ".tiff",
        saved(Image.fromarray(GREY), ".tiff", save_all=True, append_images=[Image.fromarray(GREY)]),
        "holds 2 images",
    ),
    "animation": (
        ".png",
        saved(
            Image.fromarray(GREY),
            ".png",
            save_all=True,
            append_images=[Image.fromarray(255 - GREY)],
        ),
        "holds 2 images",
    ),
    "two arrays": (".npz", npz(("a.npy", npy(VALUES)), ("b.npy", npy(VALUES))), "holds 2 entries"),
    "no array": (".npz", npz(), "holds 0 entries"),
    "no npy in npz": (".npz", npz(("a.txt", b"hello")), "holds 1 entries"),
    "encrypted": (".npz", encrypted(), "no sound NPZ"),
    "check sum": (".npz", wrong_check_sum(), "no sound NPZ"),
    "larger than any map": (".npy", bytes(3_000_000), "larger than any map of 16 x 12 pixels"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_and_broken_files_are_named(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ending, content, message = HOSTILE[name]
    path = tmp_path / f"map{ending}"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=message) as caught:
        read_map(path, SHAPE)
    assert caught.value.path == path
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


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
