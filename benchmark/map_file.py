"""Read one map from a file that anybody may have written."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from PIL import Image
from skimage.transform import resize as interpolated

from foveola.data_schema import FileFormatError

Array = NDArray[np.generic]
Shape = tuple[int, int]

#: A file may be so many bytes for each pixel that is expected, and so many more for its headers.
MAX_BYTES_PER_PIXEL, HEADER_BYTES = 64, 2**20
#: Where maps are resized, one may have so many times the pixels of its stimulus.
MAX_TIMES_LARGER = 16
NPY_HEADER_BYTES = 10_000
EXIF_ORIENTATION = 0x0112

#: Modes of Pillow that hold one grey value a pixel.
GREY_MODES = ("L", "I", "I;16", "I;16B", "I;16L", "F", "1")


def read_map(path: Path, shape: Shape, *, resize: bool = False) -> NDArray[np.float64]:
    """Read a map from PNG (8 or 16 bit), JPEG, TIFF, NPY or NPZ.

    Nothing in the file is run, and no more is decoded than the stimulus' size allows.

    Parameters
    ----------
    path : Path
        The file; its ending states the format.
    shape : (int, int)
        Height and width of the stimulus.
    resize : bool, default False
        Whether a map of another size is interpolated bilinearly (averaged where it shrinks) or
        refused.

    Returns
    -------
    ndarray, shape ``shape``

    Raises
    ------
    FileFormatError
        If the file is not what its ending says, is truncated, is too large, has another size,
        or holds colours, transparency, a palette, a rotation, several images, objects, or values
        that are not finite.
    """
    reader = READERS[path.suffix.lower()]
    expected = shape[0] * shape[1] * (MAX_TIMES_LARGER if resize else 1)
    limit = expected * MAX_BYTES_PER_PIXEL + HEADER_BYTES
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise FileFormatError(path, f"it can't be read ({error.strerror}).") from error
    if len(content) > limit:
        raise FileFormatError(path, f"it is larger than any map of {shape[1]} x {shape[0]} pixels.")

    def check_shape(found: tuple[int, ...]) -> None:
        _check_shape(path, found, shape, resize=resize)

    values = np.asarray(reader(path, content, check_shape), np.float64)
    if not np.isfinite(values).all():
        raise FileFormatError(
            path,
            f"{np.count_nonzero(~np.isfinite(values))} of its values are NaN or infinite.",
            remedy="Every pixel needs a finite value.",
        )
    if values.shape != shape:
        values = interpolated(  # type: ignore[no-untyped-call]
            values, shape, order=1, mode="edge", anti_aliasing=True, preserve_range=True
        )
    return np.asarray(values, np.float64)


CheckShape = Callable[[tuple[int, ...]], None]


def _check_shape(path: Path, found: tuple[int, ...], shape: Shape, *, resize: bool) -> None:
    if len(found) != 2 or 0 in found:
        raise FileFormatError(path, f"its shape is {found}.", remedy="A map is (height, width).")
    if found == shape:
        return
    sizes = f"it has {found[1]} x {found[0]} pixels, its stimulus {shape[1]} x {shape[0]}"
    if not resize:
        raise FileFormatError(
            path, f"{sizes}.", remedy="Resize the map, or score with --resize to interpolate it."
        )
    if found[0] * found[1] > MAX_TIMES_LARGER * shape[0] * shape[1]:
        raise FileFormatError(path, f"{sizes}: that is too large even to be resized.")


def _read_image(path: Path, content: bytes, check_shape: CheckShape) -> Array:
    formats = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF"}
    expected = formats[path.suffix.lower()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=(expected,)) as image:
                check_shape((image.height, image.width))
                _refuse_disguises(path, image)
                image.load()
                return _grey(path, image)
    except FileFormatError:
        raise
    # Pillow's decoders raise whatever a damaged file makes them stumble over.
    except Exception as error:
        raise FileFormatError(path, f"it is no sound {expected} file ({_short(error)}).") from error


def _refuse_disguises(path: Path, image: Image.Image) -> None:
    """Raise where an image shows something else than the values of its pixels."""
    if image.mode not in (*GREY_MODES, "RGB"):
        raise FileFormatError(
            path,
            f"its mode is {image.mode!r}: a palette, transparency or colour is no map.",
            remedy="Save it as grey, 8 or 16 bit.",
        )
    if getattr(image, "n_frames", 1) != 1:
        raise FileFormatError(path, f"it holds {getattr(image, 'n_frames', 0)} images.")
    if "transparency" in image.info:
        raise FileFormatError(path, "it has transparent pixels.", remedy="Save it without.")
    if image.getexif().get(EXIF_ORIENTATION, 1) != 1:
        raise FileFormatError(
            path, "its EXIF data turn it.", remedy="Save it upright and without EXIF data."
        )


def _grey(path: Path, image: Image.Image) -> Array:
    values = np.asarray(image)
    if image.mode != "RGB":
        return values
    if not ((values[..., 0] == values[..., 1]) & (values[..., 0] == values[..., 2])).all():
        raise FileFormatError(
            path, "it is coloured.", remedy="Save the map itself, not a picture of it in colours."
        )
    return values[..., 0]


def _read_npy(path: Path, content: bytes, check_shape: CheckShape) -> Array:
    file = io.BytesIO(content)
    shape, by_columns, dtype = _npy_header(path, file)
    check_shape(shape)
    values = np.frombuffer(content, np.uint8, offset=file.tell())
    expected = shape[0] * shape[1] * dtype.itemsize
    if len(values) != expected:
        raise FileFormatError(path, f"it holds {len(values)} bytes of values, not {expected}.")
    return values.view(dtype).reshape(shape, order="F" if by_columns else "C")


def _npy_header(path: Path, file: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type that an NPY file declares; numbers only."""
    try:
        version = npy.read_magic(file)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, by_columns, dtype = read_header[version](file, max_header_size=NPY_HEADER_BYTES)
    # The header is a Python literal, and a hostile one fails in as many ways as there are.
    except Exception as error:
        raise FileFormatError(path, f"it is no sound NPY file ({_short(error)}).") from error
    if dtype.kind not in "buif" or dtype.itemsize > 8:
        raise FileFormatError(
            path, f"it holds {dtype} values.", remedy="Save numbers: objects are never unpickled."
        )
    return shape, by_columns, dtype


def _read_npz(path: Path, content: bytes, check_shape: CheckShape) -> Array:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) != 1 or not members[0].filename.endswith(".npy"):
                raise FileFormatError(
                    path, f"it holds {len(members)} entries.", remedy="Save one array alone."
                )
            with archive.open(members[0]) as file:
                unpacked = _unpacked(path, file, check_shape)
    except FileFormatError:
        raise
    # zipfile and its decompressors raise whatever a damaged file makes them stumble over.
    except Exception as error:
        raise FileFormatError(path, f"it is no sound NPZ file ({_short(error)}).") from error
    return _read_npy(path, unpacked, check_shape)


def _unpacked(path: Path, file: IO[bytes], check_shape: CheckShape) -> bytes:
    """Content of a member, unpacked no further than its own header says that its array goes."""
    head = file.read(NPY_HEADER_BYTES)
    shape, _, dtype = _npy_header(path, io.BytesIO(head))
    check_shape(shape)
    return head + file.read(shape[0] * shape[1] * dtype.itemsize + 1)


READERS: dict[str, Callable[[Path, bytes, CheckShape], Array]] = {
    ".png": _read_image,
    ".jpg": _read_image,
    ".jpeg": _read_image,
    ".tif": _read_image,
    ".tiff": _read_image,
    ".npy": _read_npy,
    ".npz": _read_npz,
}


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:100]}"
