"""Map files that are hostile or broken, by name: ending, content, and what is said of them."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import zipfile
import zlib

import h5py
import numpy as np
from PIL import Image
from scipy import io as scipy_io
from scipy import sparse

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


def png_of(*chunks):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 12, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunk(*one) for one in chunks)


def flipped(content, place):
    out = bytearray(content)
    out[place] ^= 0xFF
    return bytes(out)


def jpeg_that_declares(width, height):
    place = JPEG.index(b"\xff\xc0")
    return JPEG[: place + 5] + struct.pack(">HH", height, width) + JPEG[place + 9 :]


def tiff_tags(*tags):
    """A little-endian TIFF of one directory: (tag, type, count, value)."""
    rows = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + rows + bytes(4)


def tiff_that_declares(width, height):
    return tiff_tags(
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1),
        (262, 3, 1, 1), (273, 4, 1, 8), (278, 4, 1, height), (279, 4, 1, 100),
    )  # fmt: skip


def picture(file_format, mode="L"):
    file = io.BytesIO()
    Image.new(mode, (16, 12), 3).save(file, file_format)
    return file.getvalue()


def npy_version(major, minor):
    return b"\x93NUMPY" + bytes([major, minor]) + npy(VALUES)[8:]


def npz_with(place_of, value):
    """An NPZ whose central directory says something else than the member."""
    content = bytearray(npz(("a.npy", npy(VALUES))))
    directory = content.index(b"PK\x01\x02")
    content[directory + place_of : directory + place_of + len(value)] = value
    return bytes(content)


def mat(do_compression=False, **variables):
    file = io.BytesIO()
    scipy_io.savemat(file, variables, do_compression=do_compression)
    return file.getvalue()


def mat_element(kind, content):
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


def mat_that_declares(*dims, data=bytes(8), kind=6):
    """A MATLAB 5 file of one matrix whose header promises more than there is."""
    matrix = (
        mat_element(6, struct.pack("<II", kind, 0))
        + mat_element(5, struct.pack(f"<{len(dims)}i", *dims))
        + mat_element(1, b"map")
        + mat_element(9, data)
    )
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H2s", 0x0100, b"IM")
    return header + mat_element(14, matrix)


def mat_bomb():
    """A compressed matrix that is a thousand times what it declares."""
    packed = zlib.compress(mat_that_declares(*SHAPE, data=bytes(100_000_000))[128:], 9)
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H2s", 0x0100, b"IM")
    return header + struct.pack("<II", 15, len(packed)) + packed


def hdf5_inside():
    file = io.BytesIO()
    with h5py.File(file, "w") as inside:
        inside["map"] = VALUES
    return file.getvalue()


def mat_73():
    return b"MATLAB 7.3 MAT-file".ljust(124) + struct.pack("<H2s", 0x0200, b"IM") + hdf5_inside()


def fuzzed(content, seed, bytes_changed=12):
    """The same file with some bytes of its second part changed, and half of it gone."""
    random = np.random.default_rng(seed)
    out = bytearray(content)
    for place in random.integers(0, len(out) // 2, bytes_changed):
        out[place] = random.integers(256)
    return bytes(out[: len(out) // 2])


MAT = mat(map=VALUES.astype(float))
NO_NUMBERS = "is a (struct|cell|char|sparse|function|opaque|object|unknown)"

MORE_IMAGES = {
    "checksum of a png's header": (".png", flipped(PNG, 30), "no sound PNG"),
    "checksum of a png's pixels": (".png", flipped(PNG, len(PNG) - 20), "no sound PNG"),
    "png without pixels": (".png", PNG[:33], "no sound PNG"),
    "png's signature alone": (".png", PNG[:8], "no sound PNG"),
    "png of no width": (".png", png_that_declares(0, 12), "no sound PNG|its shape"),
    "png of 2^31 px": (".png", png_that_declares(2**31 - 1, 2**31 - 1), "pixels, its|no sound"),
    "png too small": (".png", saved(Image.new("L", (4, 3)), ".png"), "4 x 3 pixels, its st"),
    "png turned": (".png", saved(Image.new("L", (12, 16)), ".png"), "12 x 16 pixels, its st"),
    "profile bomb": (
        ".png",
        png_of((b"iCCP", b"a\0\0" + zlib.compress(bytes(90_000_000), 9)), (b"IEND", b"")),
        "no sound PNG",
    ),
    "text bomb": (
        ".png",
        png_of((b"zTXt", b"a\0\0" + zlib.compress(bytes(90_000_000), 9)), (b"IEND", b"")),
        "no sound PNG",
    ),
    "gif called png": (".png", picture("GIF"), "no sound PNG"),
    "bmp called png": (".png", picture("BMP"), "no sound PNG"),
    "ppm called png": (".png", b"P5 60000 60000 255\n" + bytes(9), "no sound PNG"),
    "postscript called png": (".png", b"%!PS-Adobe-3.0 EPSF-3.0\n", "no sound PNG"),
    "svg called png": (".png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no sound PNG"),
    "web page called jpeg": (".jpg", b"<!doctype html><title>404</title>", "no sound JPEG"),
    "webp called jpeg": (".jpg", picture("WEBP", "RGB"), "no sound JPEG"),
    "jpeg bomb": (".jpg", jpeg_that_declares(65_500, 65_500), "65500 x 65500 pixels|no sound"),
    "jpeg cut in its header": (".jpg", JPEG[:100], "no sound JPEG"),
    "jpeg's first bytes": (".jpg", JPEG[:4], "no sound JPEG"),
    "jpeg of colours": (".jpg", picture("JPEG", "YCbCr"), "coloured|mode is"),
    "tiff bomb": (".tiff", tiff_that_declares(10**6, 10**6), "pixels, its stimulus|no sound"),
    "tiff that points nowhere": (".tiff", tiff_that_declares(16, 12), "no sound TIFF"),
    "tiff without tags": (".tiff", tiff_tags(), "no sound TIFF"),
    "tiff whose list is its own next": (
        ".tiff",
        tiff_that_declares(16, 12)[:-4] + struct.pack("<I", 8),
        "no sound TIFF|holds",
    ),
    "tiff of infinity": (
        ".tiff",
        saved(Image.fromarray(np.full(SHAPE, np.inf, np.float32)), ".tiff"),
        "192 of its values are NaN",
    ),
    "compressed tiff cut": (
        ".tif",
        saved(Image.fromarray(COLOURS[..., 0]), ".tiff", compression="tiff_lzw")[:-60],
        "no sound TIFF",
    ),
}
MORE_ARRAYS = {
    "npy of version 9": (".npy", npy_version(9, 9), "no sound NPY"),
    "npy of version 3": (".npy", npy_version(3, 0), "no sound NPY"),
    "npy header cut": (".npy", npy(VALUES)[:40], "no sound NPY"),
    "npy's magic alone": (".npy", b"\x93NUMPY", "no sound NPY"),
    "npy header of 4 GB": (".npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff{", "no sound NPY"),
    "npy shape of words": (".npy", npy_header("('a', 'b')"), "no sound NPY"),
    "npy shape of fractions": (".npy", npy_header("(1.5, 2.5)"), "no sound NPY"),
    "npy shape of truths": (
        ".npy",
        npy_header("(True, True)"),
        "pixels, its|no sound|its shape",
    ),
    "npy without a shape": (".npy", npy_header("None"), "no sound NPY"),
    "npy of nested types": (".npy", npy_header(descr="(<f8,(3,))"), "no sound NPY"),
    "npy of bytes": (".npy", npy(np.zeros(SHAPE, "S8")), "holds .*S8.* values"),
    "npy of void": (".npy", npy(np.zeros(SHAPE, "V8")), "V8"),
    "npy of time spans": (".npy", npy(np.zeros(SHAPE, "m8[s]")), "holds timedelta64"),
    "npy of one dimension": (".npy", npy(VALUES.ravel()), r"its shape is \(192,\)"),
    "npy of four dimensions": (".npy", npy(VALUES[None, None]), r"its shape is \(1, 1, 12, 16\)"),
    "npy of minus infinity": (".npy", npy(np.full(SHAPE, -np.inf)), "192 of its values are NaN"),
    "npy in gzip": (".npy", gzip.compress(npy(VALUES)), "no sound NPY"),
    "npy twice": (".npy", npy(VALUES) * 2, "bytes of values"),
    "npz of an npz": (".npz", npz(("a.npy", npz(("a.npy", npy(VALUES))))), "no sound NPY"),
    "npz packed with lzma": (
        ".npz",
        npz(("a.npy", npy(VALUES)), compression=zipfile.ZIP_LZMA),
        "unusual way",
    ),
    "npz that declares less": (".npz", npz_with(24, struct.pack("<I", 99)), "no sound NP|bytes of"),
    "npz of another method": (".npz", npz_with(10, b"\x00\x00"), "no sound NP"),
    "npz whose member is elsewhere": (".npz", npz_with(42, b"\xff\xff\x00\x00"), "no sound NPZ"),
    "npz of a text": (".npz", npz(("a.npy", b"hello")), "no sound NPY"),
}
MATLAB = {
    "empty mat": (".mat", b"", "damaged|0 variables"),
    "text called mat": (".mat", b"not a matrix" * 20, "damaged|variables"),
    "mat cut": (".mat", MAT[:-700], "damaged"),
    "mat cut in its header": (".mat", MAT[:100], "damaged|0 variables"),
    "compressed mat cut": (".mat", mat(True, map=VALUES)[:-20], "damaged"),
    "mat 7.3": (".mat", mat_73(), "MATLAB 7.3 file"),
    "hdf5 called mat": (".mat", hdf5_inside(), "damaged|MATLAB 7.3|variables"),
    "pickle called mat": (".mat", pickle.dumps(Evil()), "damaged|variables"),
    "mat of two variables": (".mat", mat(a=VALUES, b=VALUES), "holds 2 variables"),
    "mat of no variable": (".mat", mat(), "holds 0 variables"),
    "mat of a struct": (".mat", mat(map={"a": VALUES}), NO_NUMBERS),
    "mat of cells": (".mat", mat(map=np.array([[VALUES, 1]], object)), NO_NUMBERS),
    "mat of text": (".mat", mat(map="hello"), NO_NUMBERS),
    "sparse mat": (".mat", mat(map=sparse.csc_matrix(VALUES)), NO_NUMBERS),
    "complex mat": (".mat", mat(map=VALUES * 1j), "no real numbers"),
    "mat of three dimensions": (".mat", mat(map=np.zeros((2, 3, 4))), r"its shape is \(2, 3, 4\)"),
    "mat turned": (".mat", mat(map=VALUES.T), "12 x 16 pixels, its stimulus 16 x 12"),
    "mat of nothing": (".mat", mat(map=np.zeros((0, 0))), r"its shape is \(0, 0\)"),
    "nan in a mat": (".mat", mat(map=np.full(SHAPE, np.nan)), "192 of its values are NaN"),
    "infinity in a mat": (".mat", mat(map=np.full(SHAPE, np.inf)), "192 of its values are NaN"),
    "mat that declares much": (".mat", mat_that_declares(10**5, 10**5), "100000 x 100000 pixels"),
    "mat of negative size": (".mat", mat_that_declares(-12, -16), "damaged|its shape"),
    "mat with too little": (".mat", mat_that_declares(*SHAPE), "damaged"),
    "mat of functions": (".mat", mat_that_declares(*SHAPE, kind=16), "damaged|is a"),
    "mat of opaque objects": (".mat", mat_that_declares(*SHAPE, kind=17), "damaged|is a|variables"),
    "mat bomb": (".mat", mat_bomb(), "damaged|memory|too long|ended"),
    **{
        f"mat fuzzed {seed}": (".mat", fuzzed(MAT, seed), "damaged|ended|variables|is a|shape|pix")
        for seed in range(6)
    },
}
#: Every map file that is refused, by kind.
BY_KIND = {"map file": HOSTILE, "image": MORE_IMAGES, "array": MORE_ARRAYS, "matlab": MATLAB}
