from pathlib import Path

import pytest
from made_fixations import made_set

from foveola.command_line.main import main
from foveola.data_schema import faults_of, open_fixation_maps, write_fixation_set


def test_maps_are_made_of_a_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_fixation_set(tmp_path / "fix.h5", made_set())
    with pytest.raises(SystemExit) as end:
        main(["maps", str(tmp_path / "fix.h5"), "-o", str(tmp_path / "m.h5"), "--sigma", "0.5deg"])
    assert not end.value.code
    assert "3 maps, sigma 0.5deg" in capsys.readouterr().out
    assert faults_of(tmp_path / "m.h5") == []
    with open_fixation_maps(tmp_path / "m.h5") as maps:
        assert maps.info.sigma_px == 2
        assert [one.name for one in maps.provenance.inputs] == ["fix.h5"]


def test_a_width_that_can_not_be_read_is_an_error(tmp_path: Path, capsys) -> None:
    write_fixation_set(tmp_path / "fix.h5", made_set())
    with pytest.raises(SystemExit) as end:
        main(["maps", str(tmp_path / "fix.h5"), "-o", str(tmp_path / "m.h5"), "--sigma", "1cm"])
    assert end.value.code == 1
    assert "1deg or as 24px" in capsys.readouterr().err
    assert not (tmp_path / "m.h5").exists()


def test_each_observer_and_window_has_a_file(tmp_path: Path, capsys) -> None:
    made = made_set()
    made.table["onset_s"] = made.table["order"] * 0.5
    write_fixation_set(tmp_path / "fix.h5", made)
    arguments = ["--sigma", "fitted", "--split", "others", "--window", "0:1", "--window", "1:"]
    with pytest.raises(SystemExit) as end:
        main(["maps", str(tmp_path / "fix.h5"), "-o", str(tmp_path / "m.h5"), *arguments])
    assert not end.value.code
    found = sorted(path.name for path in tmp_path.glob("m*"))
    assert len(found) == 8
    assert found[0] == "m_without-00_0-1s.h5"
    assert "px (fitted)" in capsys.readouterr().out
    with open_fixation_maps(tmp_path / found[0]) as maps:
        assert (maps.info.left_out, maps.info.from_s, maps.info.until_s) == ("00", 0, 1)
        assert maps.maps[0].fixations == 3 * 2


def test_the_same_command_goes_on_after_a_kill(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("foveola.data_schema.fixation_map_parts.MAPS_A_PART", 1)
    write_fixation_set(tmp_path / "fix.h5", made_set())
    command = ["maps", str(tmp_path / "fix.h5"), "-o", str(tmp_path / "m.h5"), "--kernel", "mit"]
    monkeypatch.setattr("foveola.fixation_maps.maps.Blur.density", killed_at_second())
    with pytest.raises(SystemExit) as end:
        main(command)
    assert end.value.code == 130
    assert not (tmp_path / "m.h5").exists()
    monkeypatch.undo()
    monkeypatch.setattr("foveola.data_schema.fixation_map_parts.MAPS_A_PART", 1)
    with pytest.raises(SystemExit) as end:
        main(command)
    assert not end.value.code
    assert "Going on after 1 map." in capsys.readouterr().out
    assert faults_of(tmp_path / "m.h5") == []


def killed_at_second():
    from foveola.fixation_maps.maps import Blur

    whole, calls = Blur.density, []

    def density(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(*arguments)

    return density
