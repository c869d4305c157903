"""What observers do not consent to is not exported; what nobody asked is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_recordings import recording_of

from foveola.command_line.consent import answers_of
from foveola.command_line.main import main
from foveola.data_schema import Observer, open_fixation_maps, read_fixation_set, write_recording


def run(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return int(stop.value.code or 0)


def recorded(folder: Path, number: int, **consent: bool) -> Path:
    who = f"0{number}"
    folder.mkdir(exist_ok=True)
    path = folder / f"{who}.h5"
    recording = recording_of(seed=number)[0]
    write_recording(path, replace(recording, observer=Observer(id=who, **consent)))
    return path


def made(folder: Path, *words: str) -> Path:
    assert run("fixations", folder / "data", "-o", folder / "set.h5", *words) == 0
    assert run("maps", folder / "set.h5", "-o", folder / "maps.h5", "--sigma", "20px") == 0
    return folder / "maps.h5"


EXPORTS = [("png", "maps.h5"), ("npy", "maps.h5"), ("mat", "maps.h5"), ("mit1003", "set.h5"),
           ("salicon", "set.h5"), ("pysaliency", "set.h5")]  # fmt: skip


@pytest.mark.parametrize(("kind", "of"), EXPORTS)
def test_an_export_with_somebody_who_refuses_is_refused(tmp_path, capsys, kind, of):
    recorded(tmp_path / "data", 1, consent_share=True)
    recorded(tmp_path / "data", 2, consent_share=False)
    made(tmp_path)
    capsys.readouterr()
    assert run("export", kind, tmp_path / of, "-o", tmp_path / "out") == 1
    told = capsys.readouterr().err
    assert "1 observer without consent to share" in told
    assert "--shareable" in told
    assert not (tmp_path / "out").exists()


def test_without_who_refuses_it_is_exported(tmp_path, capsys):
    recorded(tmp_path / "data", 1, consent_share=True)
    recorded(tmp_path / "data", 2, consent_share=False)
    recorded(tmp_path / "data", 3)
    maps = made(tmp_path, "--shareable")
    assert read_fixation_set(tmp_path / "set.h5").observers == ("01",)
    assert read_fixation_set(tmp_path / "set.h5").consent_share == {"01": True}
    capsys.readouterr()
    assert run("export", "png", maps, "-o", tmp_path / "out") == 0
    assert capsys.readouterr().err == ""


def test_who_was_not_asked_is_said(tmp_path, capsys):
    recorded(tmp_path / "data", 1, consent_share=True)
    recorded(tmp_path / "data", 2)
    maps = made(tmp_path)
    with open_fixation_maps(maps) as opened:
        assert (opened.info.not_to_share, opened.info.not_asked) == (0, 1)
    capsys.readouterr()
    assert run("export", "png", maps, "-o", tmp_path / "out") == 0
    assert "consent to share is not known for 1 observer." in capsys.readouterr().err


def test_raw_gaze_needs_its_own_consent(tmp_path, capsys):
    paths = [
        recorded(tmp_path / "data", 1, consent_share=True, consent_share_raw=True),
        recorded(tmp_path / "data", 2, consent_share=True, consent_share_raw=False),
        recorded(tmp_path / "data", 3, consent_share=False, consent_share_raw=True),
        recorded(tmp_path / "data", 4, consent_share=True),
    ]
    assert run("export", "bids", *paths, "-o", tmp_path / "bids") == 0
    told = capsys.readouterr().err
    assert told.count("Left out: ") == 2
    assert "not known for 1 recording." in told
    rows = (tmp_path / "bids" / "participants.tsv").read_text().splitlines()
    assert [row.split("\t")[1] for row in rows[1:]] == ["01", "04"]
    assert run("export", "bids", paths[1], "-o", tmp_path / "none") == 1
    assert "No observer consents to share raw gaze" in capsys.readouterr().err


def test_a_no_in_one_session_holds_for_all():
    sessions = [Observer(id="01", consent_share=said) for said in (True, False, None)]
    assert answers_of(sessions) == {"01": False}
    assert answers_of(sessions[::2]) == {"01": None}
    assert answers_of([Observer(id="01", consent_share=True)], raw=True) == {"01": None}
