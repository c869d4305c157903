from __future__ import annotations

import pytest

from foveola.data_schema.json_schema import RECORDS, schema_path, schema_text


@pytest.mark.parametrize("name", RECORDS)
def test_schema_on_disk_agrees_with_the_type(name: str) -> None:
    assert schema_path(name).read_text(encoding="utf-8") == schema_text(RECORDS[name]), (
        "run: python -m foveola.data_schema.json_schema"
    )


def test_no_schema_is_left_over() -> None:
    on_disk = {path.name for path in schema_path("x").parent.glob("*.schema.json")}
    assert on_disk == {schema_path(name).name for name in RECORDS}
