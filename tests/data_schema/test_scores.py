from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foveola import data_schema as ds

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
scores = st.builds(ds.Score, names, names, names, st.floats(allow_infinity=False))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(scores, max_size=5))
def test_csv_comes_back_to_the_last_bit(tmp_path: Path, rows: list[ds.Score]) -> None:
    ds.write_scores_csv(tmp_path / "s.csv", rows)
    back = ds.read_scores_csv(tmp_path / "s.csv")
    assert [row[:3] for row in back] == [row[:3] for row in rows]
    for one, other in zip(back, rows, strict=True):
        assert one.value == other.value or math.isnan(one.value) == math.isnan(other.value) is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,value\n", r"s\.csv: line 1: the header must be model,stimulus,metric,value"),
        ("model,stimulus,metric,value\na,b,c\n", "line 2: not enough values"),
        ("model,stimulus,metric,value\na,b,c,1\na,b,c,x\n", "line 3: could not convert"),
        ('model,stimulus,metric,value\n"a,b,c,1\n', "this is no CSV file"),
        (b"\xff\xfe\x00", "this is no CSV file"),
        (None, "there is no such file"),
    ],
)
def test_broken_csv_is_named(tmp_path: Path, text: str | bytes | None, message: str) -> None:
    path = tmp_path / "s.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ds.FileFormatError, match=message):
        ds.read_scores_csv(path)


def test_pictures(tmp_path: Path) -> None:
    stimuli = tuple(f"stimulus {i}" for i in range(20_000))  # more than an attribute used to hold
    protocol = ds.Protocol(
        profile="tuebingen", dataset="made", sigma_px=24, metrics=("AUC",), stimuli=stimuli
    )
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    models = [ds.ModelRow(name="<b>", kind="log_density")]
    with ds.new_score_pictures(tmp_path / "s.h5", protocol, models, ds.provenance()) as writer:
        writer.append(0, 7, picture)
    with ds.open_score_pictures(tmp_path / "s.h5") as pictures:
        assert pictures.protocol == protocol
        assert pictures.models == tuple(models)
        assert np.array_equal(pictures.picture(0, 7), picture)
        with pytest.raises(ds.FileFormatError, match="/pictures/0/8: this part is missing"):
            pictures.picture(0, 8)
