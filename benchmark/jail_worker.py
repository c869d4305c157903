"""The worker of :class:`~foveola.benchmark.jail.Jail`: a program, started by its path.

It imports no more than it needs to read files, so that it starts fast and stays small, and it
keeps the HDF5 file or the network that it was last asked about open.
"""

from __future__ import annotations

import importlib
import io
import json
import math
import os
import struct
import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np

from foveola.data_schema import FileFormatError, FoveolaError, open_fixation_maps
from foveola.data_schema.fixation_maps import FORMAT
from foveola.data_schema.hdf5_file import open_hdf5

Request = dict[str, Any]
Answer = tuple[Request, bytes | memoryview]

LENGTHS = struct.Struct("<IQ")
MAX_DATA_SETS = 200_000
MATLAB_NUMBERS = {
    "double", "single", "logical", "int8", "uint8", "int16", "uint16", "int32", "uint32",
    "int64", "uint64",
}  # fmt: skip


class OpenFile:
    """The file that was last asked about, and how to read a map of it by name."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._opened: tuple[str, ...] = ()
        self.names: list[str] = []
        self.read: Callable[[str], Any] = lambda _name: None
        self.densities = False
        self._network: tuple[tuple[str, ...], Any] = ((), None)

    def network(self, path: str) -> Any:
        """Session of the ONNX file of that path."""
        import onnxruntime

        if self._network[0] != (identity := identity_of(path)):
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 4
            # From memory, so that no path in the file means anything.
            session = onnxruntime.InferenceSession(
                Path(path).read_bytes(), options, providers=["CPUExecutionProvider"]
            )
            self._network = identity, session
        return self._network[1]

    def open(self, path: str) -> None:
        """Open a file of maps of ours, or any HDF5 file of two-dimensional data sets."""
        if (identity := identity_of(path)) == self._opened:
            return
        self._opened = ()
        self._stack.close()
        file = self._stack.enter_context(open_hdf5(Path(path)))
        self.densities = file.attrs.get("format", "") == FORMAT
        if self.densities:
            maps = self._stack.enter_context(open_fixation_maps(path))
            numbers = {row.stimulus: str(number) for number, row in enumerate(maps.maps)}
            if len(numbers) != len(maps.maps):
                raise FileFormatError(path, "a stimulus has two maps.", place="/maps/stimulus")
            self.names = list(numbers)
            self.read = lambda name: file["density"][numbers[name]]
        else:
            self.names = data_sets(path, file)
            self.read = lambda name: file[name]
        self._opened = identity


def identity_of(path: str) -> tuple[str, ...]:
    """What changes where a file is replaced or rewritten."""
    found = Path(path).stat()
    return path, str(found.st_ino), str(found.st_size), str(found.st_mtime_ns)


def data_sets(path: str, file: h5py.File) -> list[str]:
    """Paths of all data sets; FileFormatError where one is no array of numbers."""
    found: list[str] = []

    def visit(name: str, member: h5py.HLObject) -> None:
        if isinstance(member, h5py.Dataset):
            if len(found) == MAX_DATA_SETS:
                raise FileFormatError(path, f"it holds more than {MAX_DATA_SETS:,} data sets.")
            found.append(name)

    file.visititems(visit)
    return found


def list_hdf5(opened: OpenFile, request: Request, _content: bytes) -> Answer:
    """Names of the maps of a file."""
    opened.open(request["path"])
    return {"names": opened.names, "densities": opened.densities}, b""


def read_hdf5(opened: OpenFile, request: Request, _content: bytes) -> Answer:
    """One map of a file, unless it is larger than asked for."""
    opened.open(request["path"])
    member = opened.read(request["name"])
    dtype = member.dtype
    if dtype.kind not in "buif" or dtype.itemsize > 8:
        raise FileFormatError(
            request["path"], f"it holds {dtype} values.", place=member.name, remedy="Save numbers."
        )
    shape = member.shape or ()
    most = request["most_values"]
    if len(shape) != 2 or math.prod(shape) > most:
        return {"shape": shape}, b""
    if member.chunks and math.prod(member.chunks) > max(4 * most, 2**20):
        raise FileFormatError(
            request["path"],
            f"its chunks of {member.chunks} values are larger than the map.",
            place=member.name,
            remedy="Write it with chunks no larger than the map.",
        )
    return array_answer(member[()])


def read_mat(_opened: OpenFile, request: Request, content: bytes) -> Answer:
    """Read the one variable of a MATLAB 5 to 7 file, unless it is larger than asked for."""
    scipy_io: Any = importlib.import_module("scipy.io")

    try:
        variables = scipy_io.whosmat(io.BytesIO(content))
    except NotImplementedError:
        raise FoveolaError(
            "it is a MATLAB 7.3 file.", remedy="Save it with -v7, or submit the maps as HDF5."
        ) from None
    if len(variables) != 1:
        names = ", ".join(repr(one[0]) for one in variables[:5])
        raise FoveolaError(
            f"it holds {len(variables)} variables ({names}).", remedy="Save the map alone."
        )
    name, shape, kind = variables[0]
    if kind not in MATLAB_NUMBERS:
        raise FoveolaError(
            f"its variable {name!r} is a {kind}.", remedy="Save a full matrix of real numbers."
        )
    if len(shape) != 2 or math.prod(shape) > request["most_values"]:
        return {"shape": shape}, b""
    values = scipy_io.loadmat(io.BytesIO(content), variable_names=[name])[name]
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "buif":
        raise FoveolaError(
            f"its variable {name!r} holds no real numbers.",
            remedy="Save a full matrix of real numbers.",
        )
    return array_answer(values)


def load_onnx(opened: OpenFile, request: Request, _content: bytes) -> Answer:
    """Load a network, and check that it takes one image."""
    inputs = opened.network(request["path"]).get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:
        found = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
        raise FoveolaError(
            f"its inputs are {found}.",
            remedy="It should take one float32 image: (1, 3, height, width).",
        )
    return {}, b""


def run_onnx(opened: OpenFile, request: Request, content: bytes) -> Answer:
    """First output of a network for an image."""
    session = opened.network(request["path"])
    image = np.frombuffer(content, np.float32).reshape(request["shape"])
    try:
        output = session.run(None, {session.get_inputs()[0].name: image})[0]
    # Whatever the runtime says of a network that does not fit the image.
    except Exception as error:
        raise FoveolaError(
            f"the network fails on an image of {image.shape[3]} x {image.shape[2]} pixels "
            f"({one_line(error)[:300]}).",
            remedy="If it needs sides of a certain size, say so: ,multiple=32 or ,size=240x320.",
        ) from error
    return array_answer(np.asarray(output))


def array_answer(values: np.ndarray[Any, np.dtype[Any]]) -> Answer:
    """Shape, type and bytes of an array, in the byte order of this machine."""
    values = np.ascontiguousarray(values, values.dtype.newbyteorder("="))
    return {"shape": values.shape, "dtype": values.dtype.str}, values.reshape(-1).view("B").data


DO: dict[str, Callable[[OpenFile, Request, bytes], Answer]] = {
    "list_hdf5": list_hdf5,
    "load_onnx": load_onnx,
    "run_onnx": run_onnx,
    "read_hdf5": read_hdf5,
    "read_mat": read_mat,
}


def answered(opened: OpenFile, request: Request, content: bytes) -> Answer:
    """Answer a request; whatever a file makes the libraries raise becomes its fault."""
    try:
        return DO[request["do"]](opened, request, content)
    except FileFormatError as error:
        return {"error": error.reason, "place": error.place, "remedy": error.remedy}, b""
    except FoveolaError as error:
        return {"error": error.what, "remedy": error.remedy}, b""
    except MemoryError:
        return {"error": "it asks for more memory than any map takes."}, b""
    except Exception as error:
        detail = f"{type(error).__name__}: {one_line(error)[:100]}"
        return {"error": f"it is damaged ({detail})."}, b""


def one_line(error: Exception) -> str:
    """Message of an error without its line breaks."""
    return " ".join(str(error).split())


def limit_processor(seconds: float) -> None:
    """Let the next request take so much processor time and no more."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def limit_memory(memory_bytes: int) -> None:
    """Let no more memory be taken, no file be written, and few be open."""
    if sys.platform == "win32":
        return
    import resource

    size = Path("/proc/self/statm")
    taken = int(size.read_text().split()[0]) * resource.getpagesize() if size.exists() else 2**30
    for what, most in (
        (resource.RLIMIT_AS, taken + memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def private_output() -> IO[bytes]:
    """The pipe to the parent, out of reach of whatever a library prints."""
    output = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return output


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    warnings.simplefilter("ignore")
    importlib.import_module("scipy.io")  # before the memory is limited

    output, opened = private_output(), OpenFile()
    limit_memory(int(sys.argv[1]))
    while len(lengths := sys.stdin.buffer.read(LENGTHS.size)) == LENGTHS.size:
        head, size = LENGTHS.unpack(lengths)
        request = json.loads(sys.stdin.buffer.read(head))
        content = sys.stdin.buffer.read(size)
        limit_processor(float(sys.argv[2]))
        answer, values = answered(opened, request, content)
        text = json.dumps(answer).encode()
        output.write(LENGTHS.pack(len(text), len(values)) + text)
        output.write(values)
        output.flush()


if __name__ == "__main__":
    main()
