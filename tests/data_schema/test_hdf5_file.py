from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from foveola.data_schema import FileFormatError, provenance
from foveola.data_schema.hdf5_file import new_file, open_file, read_provenance


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.h5"
    with new_file(path, "foveola.test", "1.2", provenance({"a": 1})) as h5:
        h5["data"] = np.arange(5)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(FileFormatError) as error, open_file(path, "foveola.test", "1.0"):
        pass
    assert str(path) in str(error.value)
    return str(error.value)


def test_later_minor_version_opens(file: Path) -> None:
    with open_file(file, "foveola.test", "1.0") as h5:
        assert read_provenance(file, h5).parameters == {"a": 1}


def test_other_versions_and_formats_are_refused(file: Path) -> None:
    with pytest.raises(FileFormatError, match="version '1.2' can't be read"):
        open_file(file, "foveola.test", "2.0").__enter__()
    with pytest.raises(FileFormatError, match="a 'foveola.test' file, not 'foveola.maps'"):
        open_file(file, "foveola.maps", "1.0").__enter__()
    with h5py.File(file, "a") as h5:
        h5.attrs["format"] = 7
    assert "no file of Foveola" in refusal(file)


def test_missing_and_foreign_files_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "gone.h5")
    (tmp_path / "text.h5").write_text("hello")
    assert "not an HDF5 file" in refusal(tmp_path / "text.h5")


def test_truncated_file_is_refused(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])
    assert "damaged or incomplete" in refusal(file)


@pytest.mark.parametrize("link", [h5py.SoftLink("/data"), h5py.ExternalLink("y.h5", "/")])
def test_links_are_refused(file: Path, link: object) -> None:
    with h5py.File(file, "a") as h5:
        h5["group/link"] = link
    assert "/group/link: links are refused" in refusal(file)


def test_external_storage_is_refused(file: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(100))
    with h5py.File(file, "a") as h5:
        h5.create_dataset("outside", (100,), "u1", external=[(str(tmp_path / "secret"), 0, 100)])
    assert "/outside: data stored outside" in refusal(file)


def test_virtual_data_is_refused(file: Path) -> None:
    layout = h5py.VirtualLayout((5,), "i8")
    layout[:] = h5py.VirtualSource("y.h5", "data", (5,))
    with h5py.File(file, "a") as h5:
        h5.create_virtual_dataset("virtual", layout)
    assert "/virtual: data stored outside" in refusal(file)


def test_absurd_declared_shape_is_refused(file: Path) -> None:
    with h5py.File(file, "a") as h5:
        h5.create_dataset("huge", (2**40,), "f8", chunks=(1024,))
    assert "more than this file can hold" in refusal(file)


def test_deep_nesting_is_refused(file: Path) -> None:
    with h5py.File(file, "a") as h5:
        h5.create_group("/".join("abcdefghijkl"))
    assert "nested too deeply" in refusal(file)


def test_damaged_provenance_is_named(file: Path) -> None:
    with h5py.File(file, "a") as h5:
        del h5["provenance"]
        h5["provenance"] = "{"
    with (
        open_file(file, "foveola.test", "1.0") as h5,
        pytest.raises(FileFormatError, match="/provenance: this part is missing or damaged"),
    ):
        read_provenance(file, h5)


def test_provenance_of_thousands_of_inputs(tmp_path: Path) -> None:
    (tmp_path / "input").write_text("x")
    many = provenance(inputs=[tmp_path / "input"] * 3000)
    with new_file(tmp_path / "many.h5", "foveola.test", "1.0", many):
        pass
    with open_file(tmp_path / "many.h5", "foveola.test", "1.0") as h5:
        assert len(read_provenance(tmp_path / "many.h5", h5).inputs) == 3000


def test_errors_of_the_reader_are_not_blamed_on_the_file(file: Path) -> None:
    with pytest.raises(OSError, match="No space left"), open_file(file, "foveola.test", "1.0"):
        raise OSError(28, "No space left on device")
    with pytest.raises(KeyError, match="mine"), open_file(file, "foveola.test", "1.0"):
        raise KeyError("mine")
    with (
        pytest.raises(FileFormatError, match="damaged"),
        open_file(file, "foveola.test", "1.0") as h5,
    ):
        h5["gone"]
