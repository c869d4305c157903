from __future__ import annotations

from pathlib import Path

import h5py
import pytest
from made_files import a_recording

from foveola.command_line.main import main
from foveola.data_schema import write_recording


def test_sound_and_faulty_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rec.h5"
    write_recording(path, a_recording())
    with pytest.raises(SystemExit) as stop:
        main(["validate", str(path)])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"{path}: sound\n"
    with h5py.File(path, "a") as h5:
        h5["blocks/start_s"][0] = 99.0
    with pytest.raises(SystemExit) as stop:
        main(["validate", str(path), str(tmp_path / "gone.h5")])
    assert stop.value.code == 1
    shown = capsys.readouterr().out
    assert "/blocks, row 0: it ends before it starts" in shown
    assert "gone.h5: there is no such file" in shown
    assert "2 faults" in shown
