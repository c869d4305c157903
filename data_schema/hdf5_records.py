"""Records, tables of records and structured arrays in HDF5.

A record is a group whose attributes are its fields. A table is a group with one data set a field,
a structured array a group with one data set a column. Numbers carry the attribute ``unit`` where
their name states one; nested fields are JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from .errors import FileFormatError
from .record import Record, unit_of

R = TypeVar("R", bound=Record)
TEXT = h5py.string_dtype("utf-8")
CHUNK_ROWS = 16384
SCALARS: dict[object, Any] = {float: "<f8", int: "<i8", bool: "?"}


def write_record(parent: h5py.Group, name: str, record: Record) -> None:
    """Write a record as a group with attributes."""
    group = parent.create_group(name)
    for field, value in record.model_dump(mode="python").items():
        group.attrs[field] = value if isinstance(value, bool | int | float | str) else _json(value)


def read_record(path: str | Path, parent: h5py.Group, name: str, kind: type[R]) -> R:
    """Read a record; FileFormatError names what does not fit."""
    group = member(path, parent, name, h5py.Group)
    values = {
        field: _plain(group.attrs[field], kind.model_fields[field].annotation)
        for field in kind.model_fields
        if field in group.attrs
    }
    return _validated(path, group.name, kind, values)


def write_table(parent: h5py.Group, name: str, kind: type[R], records: Sequence[R]) -> None:
    """Write records as a group with one data set a field."""
    group = parent.create_group(name)
    group.attrs["rows"] = len(records)
    for field, info in kind.model_fields.items():
        dtype = SCALARS.get(info.annotation)
        values = [getattr(record, field) for record in records]
        if dtype is None:
            text = [value if isinstance(value, str) else _json(value) for value in values]
            group.create_dataset(field, data=np.array(text, dtype=object), dtype=TEXT)
        else:
            group.create_dataset(field, data=np.array(values, dtype=dtype))
        _state_unit(group[field], field)


def read_table(path: str | Path, parent: h5py.Group, name: str, kind: type[R]) -> list[R]:
    """Read a table of records; FileFormatError names the first row and field that do not fit."""
    rows = []
    for row in iterate_table(path, parent, name, kind):
        if isinstance(row, FileFormatError):
            raise row
        rows.append(row)
    return rows


def iterate_table(
    path: str | Path, parent: h5py.Group, name: str, kind: type[R]
) -> Iterator[R | FileFormatError]:
    """Yield each row of a table, or the error that names why it does not fit."""
    group = member(path, parent, name, h5py.Group)
    columns: dict[str, list[Any]] = {}
    for field, info in kind.model_fields.items():
        if field not in group and not info.is_required():
            continue  # written by an older minor version: the field's default holds
        dataset = member(path, group, field, h5py.Dataset)
        if dataset.ndim != 1:
            raise FileFormatError(path, "this is not a column.", place=dataset.name)
        values = dataset.asstr()[()] if dataset.dtype == TEXT else dataset[()]
        columns[field] = [_plain(value, info.annotation) for value in values]
    if len({len(values) for values in columns.values()}) > 1:
        raise FileFormatError(path, "its columns differ in length.", place=group.name)
    for i, values in enumerate(zip(*columns.values(), strict=True)):
        row = dict(zip(columns, values, strict=True))
        try:
            yield _validated(path, f"{group.name}, row {i}", kind, row)
        except FileFormatError as error:
            yield error


def create_columns(parent: h5py.Group, name: str, dtype: np.dtype[Any]) -> h5py.Group:
    """Make an empty structured array, to be filled by :func:`append_columns`."""
    group = parent.create_group(name)
    for column in dtype.names or ():
        dataset = group.create_dataset(
            column,
            shape=(0,),
            maxshape=(None,),
            dtype=dtype[column],
            chunks=(CHUNK_ROWS,),
            compression="gzip",
            compression_opts=3,
            shuffle=True,
            fletcher32=True,
        )
        _state_unit(dataset, column)
    return group


def append_columns(group: h5py.Group, rows: NDArray[np.void]) -> None:
    """Append rows to a structured array."""
    for column in rows.dtype.names or ():
        dataset = group[column]
        old = dataset.shape[0]
        dataset.resize(old + len(rows), axis=0)
        dataset[old:] = rows[column]


def write_columns(parent: h5py.Group, name: str, rows: NDArray[np.void]) -> None:
    """Write a structured array as a group with one data set a column."""
    append_columns(create_columns(parent, name, rows.dtype), rows)


def read_columns(
    path: str | Path, parent: h5py.Group, name: str, dtype: np.dtype[Any], rows: slice = slice(None)
) -> NDArray[np.void]:
    """Read a structured array, or some of its rows."""
    group = member(path, parent, name, h5py.Group)
    datasets = {column: member(path, group, column, h5py.Dataset) for column in dtype.names or ()}
    for dataset in datasets.values():
        if dataset.ndim != 1 or dataset.dtype.kind not in "fiub":
            raise FileFormatError(path, "this is not a column of numbers.", place=dataset.name)
    lengths = {dataset.shape[0] for dataset in datasets.values()}
    if len(lengths) != 1:
        raise FileFormatError(path, "its columns differ in length.", place=group.name)
    result = np.empty(len(range(*rows.indices(lengths.pop()))), dtype)
    for column, dataset in datasets.items():
        result[column] = dataset[rows]
    return result


def write_free_columns(
    parent: h5py.Group, name: str, columns: Mapping[str, NDArray[np.float64]]
) -> None:
    """Write columns of numbers whose names the format does not fix."""
    dtype = np.dtype([(column, "<f8") for column in columns])
    rows = np.empty(len(next(iter(columns.values()), ())), dtype)
    for column, values in columns.items():
        rows[column] = values
    write_columns(parent, name, rows)


def read_free_columns(
    path: str | Path, parent: h5py.Group, name: str
) -> dict[str, NDArray[np.float64]]:
    """Read columns whose names the format does not fix; none where there is no such group."""
    if name not in parent:
        return {}
    group = member(path, parent, name, h5py.Group)
    dtype = np.dtype([(str(column), "<f8") for column in group])
    if not dtype.names:
        return {}
    rows = read_columns(path, parent, name, dtype)
    return {column: rows[column].copy() for column in dtype.names}


def member(path: str | Path, parent: h5py.Group, name: str, kind: type[Any]) -> Any:
    """Get a group or data set that must be there."""
    place = f"{parent.name.rstrip('/')}/{name}"
    if name not in parent:
        raise FileFormatError(path, "this part is missing.", place=place)
    found = parent[name]
    if not isinstance(found, kind):
        raise FileFormatError(path, f"this should be a {kind.__name__.lower()}.", place=place)
    return found


def _state_unit(dataset: h5py.Dataset, name: str) -> None:
    if unit := unit_of(name):
        dataset.attrs["unit"] = unit


def _json(value: Any) -> str:
    return json.dumps(value, default=lambda record: record.model_dump(mode="json"))


def _plain(value: Any, annotation: Any) -> Any:
    """A Python value of what HDF5 gave: text of a nested field is JSON."""
    if isinstance(value, np.generic):
        return value.item()
    is_text = annotation is str or "Literal" in str(annotation)
    if isinstance(value, str) and not is_text:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _validated(path: str | Path, place: str, kind: type[R], values: dict[str, Any]) -> R:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise FileFormatError(path, first["msg"] + ".", place=f"{place}, {field}") from error
