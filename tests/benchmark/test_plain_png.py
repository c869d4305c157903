"""The plainest PNG files, decoded beside Pillow."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from foveola.benchmark.plain_png import SIGNATURE, plain_grey


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header(height, width, *rest):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, *(rest or (8, 0, 0, 0, 0))))


def png(lines, shape, *, before=b"", packed=None):
    packed = zlib.compress(lines.tobytes()) if packed is None else packed
    half = len(packed) // 2
    image = chunk(b"IDAT", packed[:half]) + chunk(b"IDAT", packed[half:])
    return SIGNATURE + header(*shape) + before + image + chunk(b"IEND", b"")


def by_pillow(content):
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


def some_lines(height, width, kinds, seed=0):
    """Any bytes at all are sound lines, as long as their filters exist."""
    lines = np.random.default_rng(seed).integers(0, 256, (height, width + 1), dtype=np.uint8)
    lines[:, 0] = np.resize(kinds, height)
    return lines


@given(
    st.integers(1, 9),
    st.integers(1, 12),
    st.lists(st.integers(0, 4), min_size=1, max_size=9),
    st.integers(0, 99),
)
def test_every_order_of_filters_is_undone_as_pillow_does(height, width, kinds, seed):
    content = png(some_lines(height, width, kinds, seed), (height, width))
    values = plain_grey(content, (height, width))
    assert values is not None
    np.testing.assert_array_equal(values, by_pillow(content))


@pytest.mark.parametrize(
    "options", [{}, {"optimize": True}, {"compress_level": 0}, {"dpi": (9, 9)}]
)
def test_what_pillow_writes_is_read(options):
    y, x = np.mgrid[:60, :80]
    smooth = (127 + 120 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(smooth).save(file, "PNG", **options)
    np.testing.assert_array_equal(plain_grey(file.getvalue(), (60, 80)), smooth)


LINES = some_lines(6, 8, [0, 4])
SOUND = png(LINES, (6, 8))
PACKED = zlib.compress(LINES.tobytes())
UNKNOWN = some_lines(6, 8, [0, 5])
END = chunk(b"IEND", b"")
IMAGE = chunk(b"IDAT", PACKED)

#: What is not plain, or not sound; Pillow is asked about all of it.
OTHERS = {
    "no PNG": b"GIF89a" + SOUND,
    "nothing": b"",
    "a signature alone": SIGNATURE,
    "cut off": SOUND[:-1],
    "bytes behind its end": SOUND + b"x",
    "a broken checksum": SOUND[:-1] + b"x",
    "16 bit": SIGNATURE + header(6, 8, 16, 0, 0, 0, 0) + IMAGE + END,
    "colours": SIGNATURE + header(6, 8, 8, 2, 0, 0, 0) + IMAGE + END,
    "interlaced": SIGNATURE + header(6, 8, 8, 0, 0, 0, 1) + IMAGE + END,
    "another size": SIGNATURE + header(8, 6) + IMAGE + END,
    "two headers": SIGNATURE + 2 * header(6, 8) + IMAGE + END,
    "no image": SIGNATURE + header(6, 8) + END,
    "two images": SIGNATURE + header(6, 8) + IMAGE + chunk(b"tIME", b"") + IMAGE + END,
    "an image before its header": SIGNATURE + IMAGE + header(6, 8) + END,
    "a remark before its header": SIGNATURE + chunk(b"tIME", b"") + header(6, 8) + IMAGE + END,
    "transparency": png(LINES, (6, 8), before=chunk(b"tRNS", b"\0\0")),
    "frames": png(LINES, (6, 8), before=chunk(b"acTL", struct.pack(">II", 2, 0))),
    "text": png(LINES, (6, 8), before=chunk(b"tEXt", b"Raw profile type exif\0\nexif\n0\n")),
    "an unknown filter": png(UNKNOWN, (6, 8)),
    "too few lines": png(LINES[:5], (6, 8)),
    "too many lines": png(np.vstack([LINES, LINES]), (6, 8)),
    "a damaged stream": png(LINES, (6, 8), packed=PACKED[:9] + b"\xff" + PACKED[10:]),
    "a stream without its end": png(LINES, (6, 8), packed=PACKED[:-4]),
    "bytes behind the stream": png(LINES, (6, 8), packed=PACKED + b"x"),
    "a length beyond the file": SIGNATURE + struct.pack(">I", 2**32 - 1) + SOUND[12:],
}


@pytest.mark.parametrize("name", OTHERS)
def test_all_else_is_left_to_pillow(name):
    assert plain_grey(SOUND, (6, 8)) is not None
    assert plain_grey(OTHERS[name], (6, 8)) is None


def test_a_bomb_is_not_unpacked():
    bomb = png(LINES, (6, 8), packed=zlib.compress(bytes(10**8)))
    assert plain_grey(bomb, (6, 8)) is None


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_no_changed_byte_passes(place, value):
    content = bytearray(SOUND)
    content[place % len(content)] = value
    assert bytes(content) == SOUND or plain_grey(bytes(content), (6, 8)) is None
