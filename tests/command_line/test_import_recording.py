"""``foveola import`` writes a recording and accounts for every line."""

import pytest

from foveola.command_line.main import main
from foveola.data_schema import read_recording

ASC = (
    "MSG\t90 DISPLAY_COORDS 0 0 1919 1079\nSTART\t100 \tLEFT\tSAMPLES\tEVENTS\n"
    "SAMPLES\tGAZE\tLEFT\tRATE\t1000.00\n100 1 2 3 ...\n101 1 2 3 ...\n102 1 x 3 ...\nEND\t103\n"
    "MSG\t200 GAZE_COORDS 0 0 1919 1079\nMSG\t300 GAZE_COORDS 0 0 800 600\n"
)
GEOMETRY = ("--screen-cm", "53", "30", "--distance-cm", "60")


@pytest.fixture
def asc(tmp_path):
    path = tmp_path / "07.asc"
    path.write_text(ASC)
    return path


def run(*words):
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return end.value.code


def test_a_recording_is_written_and_every_line_accounted_for(asc, tmp_path, capsys):
    assert run("import", asc, "--observer", "x1", *GEOMETRY) == 0
    told = capsys.readouterr().out
    assert f"{asc}:6: a sample with a column that is no number" in told
    assert "GAZE_COORDS change at line 9" in told
    assert "2 samples (0.0 % without gaze, 0 gaps) in 1 block," in told
    assert "Read as eyelink-asc: 9 lines:" in told
    assert "; 1 not understood." in told
    assert "3 message, 3 block, 2 sample" in told
    recording = read_recording(tmp_path / "07.h5")
    assert recording.observer.id == "x1"
    assert len(recording.samples) == 2


def test_what_is_missing_is_asked_for(asc, tmp_path, capsys):
    assert run("import", asc, "-o", tmp_path / "b.h5") == 1
    assert "--screen-cm WIDTH HEIGHT --distance-cm D" in capsys.readouterr().err
    assert not (tmp_path / "b.h5").exists()


def test_pixels_can_be_stated(asc, tmp_path):
    asc.write_text(ASC.replace("_COORDS", ""))
    assert run("import", asc, "--screen-px", "800", "600", *GEOMETRY) == 0
    assert read_recording(tmp_path / "07.h5").screen.width_px == 800


def test_the_format_can_be_stated_and_a_mapping_given(tmp_path, capsys):
    table = tmp_path / "07.csv"
    table.write_text("t,x,y\n0.00,1,2\n0.01,3,4\n0.02,5,6\n")
    mapping = tmp_path / "map.toml"
    mapping.write_text('time = "t"\n[columns]\nleft_x_px = "x"\nleft_y_px = "y"\n')
    geometry = ("--screen-px", "800", "600", *GEOMETRY)
    assert run("import", table, *geometry) == 1
    assert "no reader knows this format" in capsys.readouterr().err
    assert run("import", table, "--mapping", mapping, *geometry) == 0
    assert "Read as csv: 4 lines: 1 header, 3 sample; 0 not understood." in capsys.readouterr().out
    assert read_recording(tmp_path / "07.h5").samples["left_x_px"].tolist() == [1, 3, 5]
    assert run("import", table, "--format", "smi", "-o", tmp_path / "b.h5", *geometry) == 1
    assert "no line of names" in capsys.readouterr().err


def test_recordings_are_exported_as_bids(asc, tmp_path, capsys):
    assert run("import", asc, *GEOMETRY) == 0
    assert run("export", "bids", tmp_path / "07.h5", "-o", tmp_path / "set", "--task", "look") == 0
    assert f"{tmp_path / 'set'}: 10 files" in capsys.readouterr().out
    assert (tmp_path / "set/sub-07/beh/sub-07_task-look_recording-eye1_physio.json").exists()
