"""Read one map from a file that anybody may have written."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from PIL import Image
from skimage.transform import resize as interpolated

from foveola.data_schema import FileFormatError

from .jail import shared_jail
from .models import Kind
from .plain_png import plain_grey

Array = NDArray[np.generic]
Shape = tuple[int, int]

#: A file may be so many bytes for each pixel that is expected, and so many more for its headers.
MAX_BYTES_PER_PIXEL, HEADER_BYTES = 64, 2**20
#: Where maps are resized, one may have so many times the pixels of its stimulus.
MAX_TIMES_LARGER = 16
NPY_HEADER_BYTES = 10_000
#: Others may ask for gigabytes before they unpack a byte.
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
EXIF_ORIENTATION = 0x0112

#: Modes of Pillow that hold one grey value a pixel.
GREY_MODES = ("L", "I", "I;16", "I;16B", "I;16L", "F", "1")

SAVE_ANEW = "Save the map anew, and copy the whole file."
SAVE_NUMBERS = "Save numbers: objects are never unpickled."


@dataclass(frozen=True)
class Expected:
    """What a map must be, and the name that it is told by where it is not.

    Attributes
    ----------
    path : Path
        The file; for a member of an archive, the archive and the member.
    shape : (int, int)
        Height and width of the stimulus.
    resize : bool
        Whether a map of another size is interpolated to it or refused.
    kind : Kind
        What the values are.
    """

    path: Path
    shape: Shape
    resize: bool = False
    kind: Kind = "saliency_map"

    @property
    def most_values(self) -> int:
        """Number of values of the largest map that is read."""
        return self.shape[0] * self.shape[1] * (MAX_TIMES_LARGER if self.resize else 1)

    @property
    def most_bytes(self) -> int:
        """Number of bytes of the largest file that is read."""
        return self.most_values * MAX_BYTES_PER_PIXEL + HEADER_BYTES

    def check_shape(self, found: tuple[int, ...]) -> None:
        """Raise FileFormatError where an array of that shape is not taken."""
        if len(found) != 2 or not all(side > 0 for side in found):
            raise FileFormatError(
                self.path, f"its shape is {found}.", remedy="A map is (height, width)."
            )
        if found == self.shape:
            return
        sizes = (
            f"it has {found[1]} x {found[0]} pixels, its stimulus {self.shape[1]} x {self.shape[0]}"
        )
        if not self.resize:
            raise FileFormatError(
                self.path,
                f"{sizes}.",
                remedy="Resize the map, or score with --resize to interpolate it.",
            )
        if found[0] * found[1] > self.most_values:
            raise FileFormatError(
                self.path,
                f"{sizes}: that is too large even to be resized.",
                remedy="Resize the map.",
            )

    def finished(self, values: Array) -> NDArray[np.float64]:
        """Return sound values in the stimulus' size; FileFormatError where they are not sound."""
        result = np.asarray(values, np.float64)
        if values.dtype.kind == "f":
            with np.errstate(invalid="ignore", over="ignore"):
                total = result.sum()
            # A sum is finite only where every value is, in a fraction of the time of asking.
            if not np.isfinite(total):
                self._refuse_not_finite(result)
        if result.shape == self.shape:
            return result
        return _resized(result, self.shape, self.kind)

    def _refuse_not_finite(self, values: NDArray[np.float64]) -> None:
        bad = ~np.isfinite(values)
        if self.kind == "log_density":
            bad &= ~np.isneginf(values)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise FileFormatError(
                self.path,
                f"{np.count_nonzero(bad)} of its values are NaN or infinite, the first at row "
                f"{row}, column {column}.",
                remedy="Every pixel needs a finite value.",
            )


def _resized(values: NDArray[np.float64], shape: Shape, kind: Kind) -> NDArray[np.float64]:
    """Interpolate a map; a log density as probabilities, which again sum to 1."""
    if kind == "log_density":
        values = np.exp(values)
    with np.errstate(over="ignore", invalid="ignore"):
        result = interpolated(  # type: ignore[no-untyped-call]
            values, shape, order=1, mode="edge", anti_aliasing=True, preserve_range=True
        )
    if kind == "log_density":
        # What the map summed to, kept: whether that was 1 is for the check of densities to say.
        with np.errstate(divide="ignore", invalid="ignore"):
            result = np.log(result * (values.sum() / result.sum()))
    return np.asarray(result, np.float64)


def read_map(
    path: Path, shape: Shape, *, resize: bool = False, kind: Kind = "saliency_map"
) -> NDArray[np.float64]:
    """Read a map from PNG (8 or 16 bit), JPEG, TIFF, NPY, NPZ or MAT (up to version 7).

    Nothing in the file is run, and no more is decoded than the stimulus' size allows.

    Parameters
    ----------
    path : Path
        The file; its ending states the format.
    shape : (int, int)
        Height and width of the stimulus.
    resize : bool, default False
        Whether a map of another size is interpolated bilinearly (averaged where it shrinks; a log
        density as probabilities) or refused.
    kind : {"saliency_map", "log_density"}
        What the values are; minus infinity is taken in log densities alone, as a density of 0.

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
    expected = Expected(path, shape, resize, kind)
    try:
        with path.open("rb") as file:
            content = file.read(expected.most_bytes + 1)
    except OSError as error:
        raise FileFormatError(
            path, f"it can't be read ({error.strerror}).", remedy="Is it there, and yours to read?"
        ) from error
    return decode_map(expected, content)


def decode_map(expected: Expected, content: bytes) -> NDArray[np.float64]:
    """Decode a file's content; the ending of the expected path states the format."""
    if len(content) > expected.most_bytes:
        height, width = expected.shape
        raise FileFormatError(
            expected.path,
            f"it is larger than any map of {width} x {height} pixels.",
            remedy="Save the map alone, one number a pixel.",
        )
    return expected.finished(READERS[expected.path.suffix.lower()](expected, content))


def _read_png(expected: Expected, content: bytes) -> Array:
    values = plain_grey(content, expected.shape)
    return _read_image(expected, content) if values is None else values


def _read_image(expected: Expected, content: bytes) -> Array:
    formats = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF"}
    file_format = formats[expected.path.suffix.lower()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=(file_format,)) as image:
                expected.check_shape((image.height, image.width))
                _refuse_disguises(expected.path, image)
                image.load()
                return _grey(expected.path, image)
    except FileFormatError:
        raise
    # Pillow's decoders raise whatever a damaged file makes them stumble over.
    except Exception as error:
        raise _unsound(expected.path, file_format, error) from error


def _refuse_disguises(path: Path, image: Image.Image) -> None:
    """Raise where an image shows something else than the values of its pixels."""
    if image.mode not in (*GREY_MODES, "RGB"):
        raise FileFormatError(
            path,
            f"its mode is {image.mode!r}: a palette, transparency or colour is no map.",
            remedy="Save it as grey, 8 or 16 bit.",
        )
    if getattr(image, "n_frames", 1) != 1:
        raise FileFormatError(
            path, f"it holds {getattr(image, 'n_frames', 0)} images.", remedy="Save one alone."
        )
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


def _read_npy(expected: Expected, content: bytes) -> Array:
    file = io.BytesIO(content)
    shape, by_columns, dtype = _npy_header(expected.path, file)
    expected.check_shape(shape)
    values = np.frombuffer(content, np.uint8, offset=file.tell())
    needed = shape[0] * shape[1] * dtype.itemsize
    if len(values) != needed:
        raise FileFormatError(
            expected.path,
            f"it holds {len(values)} bytes of values, not {needed}.",
            remedy=SAVE_ANEW,
        )
    return values.view(dtype).reshape(shape, order="F" if by_columns else "C")


def _npy_header(path: Path, file: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type that an NPY file declares; numbers only."""
    try:
        version = npy.read_magic(file)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, by_columns, dtype = read_header[version](file, max_header_size=NPY_HEADER_BYTES)
    # The header is a Python literal, and a hostile one fails in as many ways as there are.
    except Exception as error:
        raise _unsound(path, "NPY", error) from error
    if dtype.kind not in "buif" or dtype.itemsize > 8:
        raise FileFormatError(path, f"it holds {dtype} values.", remedy=SAVE_NUMBERS)
    return shape, by_columns, dtype


def _read_npz(expected: Expected, content: bytes) -> Array:
    path = expected.path
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) != 1 or not members[0].filename.endswith(".npy"):
                raise FileFormatError(
                    path, f"it holds {len(members)} entries.", remedy="Save one array alone."
                )
            if members[0].compress_type not in COMPRESSIONS:
                raise FileFormatError(
                    path, "it is compressed in an unusual way.", remedy="Save it with numpy.savez."
                )
            with archive.open(members[0]) as file:
                unpacked = _unpacked(expected, file)
    except FileFormatError:
        raise
    # zipfile and its decompressors raise whatever a damaged file makes them stumble over.
    except Exception as error:
        raise _unsound(path, "NPZ", error) from error
    return _read_npy(expected, unpacked)


def _unpacked(expected: Expected, file: IO[bytes]) -> bytes:
    """Content of a member, unpacked no further than its own header says that its array goes."""
    head = file.read(NPY_HEADER_BYTES)
    shape, _, dtype = _npy_header(expected.path, io.BytesIO(head))
    expected.check_shape(shape)
    return head + file.read(shape[0] * shape[1] * dtype.itemsize + 1)


def _read_mat(expected: Expected, content: bytes) -> Array:
    request = {"do": "read_mat", "most_values": expected.most_values}
    shape, values = shared_jail().ask_array(expected.path, request, content)
    expected.check_shape(shape)
    if values is None:
        raise FileFormatError(
            expected.path, f"{math.prod(shape)} values are too many.", remedy="Resize the map."
        )
    return values


READERS: dict[str, Callable[[Expected, bytes], Array]] = {
    ".png": _read_png,
    ".jpg": _read_image,
    ".jpeg": _read_image,
    ".tif": _read_image,
    ".tiff": _read_image,
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".mat": _read_mat,
}


def _unsound(path: Path, file_format: str, error: Exception) -> FileFormatError:
    detail = f"{type(error).__name__}: {str(error)[:100]}"
    return FileFormatError(path, f"it is no sound {file_format} file ({detail}).", remedy=SAVE_ANEW)
