from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from foveola.data_schema import provenance, recorded_as


def test_paths_never_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rec.h5"
    file.write_bytes(b"gaze")
    monkeypatch.setattr("sys.argv", ["/usr/bin/foveola", "maps", str(file), r"C:\me\x.h5"])
    found = provenance({"sigma_px": 24}, inputs=[file], seed=5)
    assert found.command == "foveola maps rec.h5 x.h5"
    assert str(tmp_path) not in found.model_dump_json()
    assert found.inputs[0].sha256 == hashlib.sha256(b"gaze").hexdigest()
    assert found.seed == 5
    assert found.versions["numpy"]


def test_source_date_epoch_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert provenance().created_utc == "1970-01-01T00:00:00+00:00"


def test_what_is_done_again_for_another_command_names_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["foveola", "withdraw", "K7Q", "data"])
    with recorded_as("foveola maps set.h5"):
        assert provenance().command == "foveola maps set.h5"
    assert provenance().command == "foveola withdraw K7Q data"
