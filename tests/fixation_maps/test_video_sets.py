"""Importers of video sets, each on a small tree in its published layout."""

import numpy as np
import pytest
from made_layouts import save_avi, save_mat, save_mp4, save_text
from PIL import Image

from foveola.data_schema import FileFormatError, FoveolaError, faults_of, write_fixation_set
from foveola.fixation_maps.crowdfix import import_crowdfix
from foveola.fixation_maps.dhf1k import import_dhf1k
from foveola.fixation_maps.eyetrackuav2 import import_eyetrackuav2
from foveola.fixation_maps.hollywood2 import import_hollywood2
from foveola.fixation_maps.savam import import_savam
from foveola.fixation_maps.ucf_sports import import_ucf_sports
from foveola.fixation_maps.video_file import video_header


def save_frame(path, *places, width=40, height=30, fixated=255):
    pixels = np.zeros((height, width), np.uint8)
    for x, y in places:
        pixels[y, x] = fixated
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def sound(tmp_path, fixations):
    write_fixation_set(tmp_path / "out.h5", fixations)
    assert faults_of(tmp_path / "out.h5") == []
    assert {stimulus.kind for stimulus in fixations.stimuli} == {"video"}
    return fixations


def test_the_header_of_a_video_gives_size_and_frame_times(tmp_path):
    header = video_header(save_avi(tmp_path / "a.avi"))
    assert header[:2] == (40, 30)
    assert header.frame_times_s == tuple(np.arange(10) / 25)
    header = video_header(save_mp4(tmp_path / "a.mp4"))
    assert header[:2] == (40, 30)
    assert header.frame_times_s == (0, 0.1, 0.2, 0.3)


def test_the_header_of_a_real_video_is_read(shared_data):
    header = video_header(shared_data("andersson/stimuli/triple_jump.avi"))
    assert (header.width_px, header.height_px, len(header.frame_times_s)) == (720, 576, 143)
    assert header.frame_times_s[-1] == pytest.approx(142 / 25)


def test_a_damaged_video_is_named(tmp_path):
    path = save_avi(tmp_path / "a.avi", frames=0)
    with pytest.raises(FileFormatError, match=r"a\.avi: its header can't be read \(0 frames"):
        video_header(path)
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(FileFormatError, match=r"can't be read.*anew"):
        video_header(path)
    path.write_bytes(b"no video at all")
    with pytest.raises(FileFormatError, match="neither an AVI nor an MP4"):
        video_header(path)
    with pytest.raises(FileFormatError, match="can't be read"):
        video_header(tmp_path / "nowhere.avi")
    with pytest.raises(FileFormatError, match="no video track"):
        video_header(save_mp4(tmp_path / "a.mp4", kind=b"soun"))
    whole = save_mp4(tmp_path / "a.mp4").read_bytes()
    for cut in range(8, len(whole), 7):
        (tmp_path / "a.mp4").write_bytes(whole[:cut])
        with pytest.raises(FileFormatError):
            video_header(tmp_path / "a.mp4")


@pytest.fixture
def clips(tmp_path):
    clip = tmp_path / "UCF" / "training" / "Diving-001" / "fixation"
    save_frame(clip / "Diving_001_001.png", (5, 6), (7, 8))
    save_frame(clip / "Diving_001_002.png")
    save_frame(clip / "Diving_001_003.png", (39, 29))
    for number, places in ((1, [(1, 2)]), (2, [(3, 4)])):
        fixated = np.zeros((30, 40), np.uint8)
        for x, y in places:
            fixated[y, x] = 1
        folder = tmp_path / "UCF" / "testing" / "Golf-002" / "fixation" / "maps"
        save_mat(folder / f"Golf_002_00{number}.mat", I=fixated)
    return tmp_path / "UCF"


def test_ucf_sports_gives_gaze_with_the_times_of_its_frames(tmp_path, clips):
    fixations = sound(tmp_path, import_ucf_sports(clips, frame_rate_hz=25))
    assert [one.id for one in fixations.stimuli] == ["testing/Golf-002", "training/Diving-001"]
    diving = fixations.of(1)
    assert diving["x_px"].tolist() == [5.5, 7.5, 39.5]
    assert diving["onset_s"].tolist() == [0, 0, 0.08]
    assert diving["order"].tolist() == [0, 0, 2]
    assert fixations.stimuli[1].frame_times_s == (0, 0.04, 0.08)
    assert fixations.of(0)["y_px"].tolist() == [2.5, 4.5]
    assert "not fixations" in fixations.provenance.parameters["note"]
    assert import_hollywood2(clips, frame_rate_hz=25).info.name == "Hollywood-2"


def test_a_frame_rate_that_nobody_states_is_asked_for(clips):
    with pytest.raises(FoveolaError, match=r"UCF Sports does not state.*--frame-rate 25"):
        import_ucf_sports(clips)


def test_damaged_frames_are_named(clips):
    clip = clips / "training" / "Diving-001" / "fixation"
    save_frame(clip / "Diving_001_002.png", width=41)
    with pytest.raises(FileFormatError, match=r"002\.png: its shape is \(30, 41\)"):
        import_ucf_sports(clips, frame_rate_hz=25)
    (clip / "Diving_001_002.png").write_bytes(b"no picture")
    with pytest.raises(FileFormatError, match=r"002\.png: this image can't be read"):
        import_ucf_sports(clips, frame_rate_hz=25)
    (clip / "Diving_001_002.png").rename(clip / "Diving_001_2000000.png")
    with pytest.raises(FileFormatError, match=r"its number makes a clip of 2000000 frames"):
        import_ucf_sports(clips, frame_rate_hz=25)
    (clip / "Diving_001_2000000.png").rename(clip / "cover.png")
    with pytest.raises(FileFormatError, match="frame's number"):
        import_ucf_sports(clips, frame_rate_hz=25)
    save_mat(clips / "testing" / "Golf-002" / "fixation" / "maps" / "Golf_002_001.mat", I=3)
    with pytest.raises(FileFormatError, match="this is no map"):
        import_ucf_sports(clips, frame_rate_hz=25)


def test_the_real_clip_of_ucf_sports_is_read(shared_data):
    folder = shared_data("video/ucfsports_Diving-Side-001")
    fixations = import_ucf_sports(folder, frame_rate_hz=25)
    (stimulus,) = fixations.stimuli
    assert (stimulus.width_px, stimulus.height_px) == (720, 404)
    assert len(stimulus.frame_times_s) == 54
    first = fixations.table[fixations.table["order"] == 0]
    assert len(first) == 226
    assert fixations.table["onset_s"].max() == pytest.approx(53 / 25)


def test_crowdfix_is_read_by_the_names_of_its_frames(tmp_path):
    maps = tmp_path / "CrowdFix" / "Binary Fixation Maps"
    save_frame(maps / "MTV1_022_002.png", (5, 6), fixated=1)
    save_frame(maps / "MTV1_022_001.png")
    save_frame(maps / "MTV1_003_001.png", (7, 8))
    fixations = sound(tmp_path, import_crowdfix(tmp_path))
    assert [one.id for one in fixations.stimuli] == ["MTV1_003", "MTV1_022"]
    assert fixations.of(1)["onset_s"].tolist() == [1 / 30]
    save_frame(maps / "cover.png")
    with pytest.raises(FileFormatError, match=r"cover\.png: its name is not <clip>_NNN.*frame\.py"):
        import_crowdfix(tmp_path)


RECORD = (
    "time x y event",
    "1000000 720 450 Fixation",
    "1004000 722 450 Fixation",
    "1008000 900 450 Saccade",
    "1012000 0 45 Fixation",
    "1016000 0 0 Fixation",
    "1020000 0 0 -",
)


def test_dhf1k_takes_the_fixations_that_the_tracker_marked(tmp_path):
    records = tmp_path / "exportdata_train" / "gaze_record"
    save_text(records / "P001" / "P001_Trail0003.txt", *RECORD)
    save_text(records / "P002" / "P002_Trail0003.txt", RECORD[0])
    save_text(records / "P002" / "P002_Trail0012.txt", *RECORD[:3])
    save_avi(tmp_path / "video" / "003.AVI", 640, 400)
    fixations = sound(tmp_path, import_dhf1k(tmp_path))
    assert [one.shape for one in fixations.stimuli] == [(400, 640), (360, 640)]
    assert fixations.observers == ("001", "002")
    # The video fills the screen: 640 x 400 has its shape, so there are no bars.
    (first, second) = fixations.of(0)
    assert (first["x_px"], first["y_px"]) == pytest.approx((721 * 640 / 1440, 200))
    assert (first["onset_s"], first["duration_s"]) == pytest.approx((0, 0.008))
    assert (second["x_px"], second["y_px"]) == pytest.approx((0, 10))
    assert fixations.of(1)["y_px"].tolist() == pytest.approx([180])


def test_dhf1k_without_records_is_read_frame_by_frame(tmp_path):
    save_frame(tmp_path / "annotation" / "0001" / "fixation" / "0001.png", (4, 5))
    save_frame(tmp_path / "annotation" / "0001" / "fixation" / "0002.png", (6, 7))
    fixations = sound(tmp_path, import_dhf1k(tmp_path))
    assert fixations.stimuli[0].id == "0001"
    assert fixations.table["onset_s"].tolist() == [0, 1 / 30]


def test_damaged_records_of_dhf1k_are_named(tmp_path):
    path = tmp_path / "gaze_record" / "P001" / "P001_Trail0001.txt"
    save_text(path, "time x y event", "1 2 3 F", "1 two 3 F")
    with pytest.raises(FileFormatError, match=r"Trail0001\.txt: line 3: this is not 3 columns"):
        import_dhf1k(tmp_path)
    save_text(path, "time x y event", "1 2")
    with pytest.raises(FileFormatError, match="2 columns"):
        import_dhf1k(tmp_path)
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(FileFormatError, match="can't be read"):
        import_dhf1k(tmp_path)
    path.rename(path.with_name("other.txt"))
    with pytest.raises(FileFormatError, match="PNNN_TrailNNNN"):
        import_dhf1k(tmp_path)


def test_savam_gives_each_observers_gaze_a_frame(tmp_path):
    save_text(
        tmp_path / "gaze" / "v01_ab_1.txt",
        "5000000 10 20 30 40",
        "5020000 20 20 40 40",
        "5040000 0 0 50 60",
        "5100000 10 2 10 2",
    )
    save_text(tmp_path / "gaze" / "v02_ab.txt", "0 1 2 1 2")
    save_text(tmp_path / "gaze" / "v02_cd.txt", "")
    save_mp4(tmp_path / "v02_street.mp4", counts=((25, 40),))
    fixations = sound(tmp_path, import_savam(tmp_path))
    assert [one.id for one in fixations.stimuli] == ["v01", "v02"]
    assert [one.shape for one in fixations.stimuli] == [(1080, 1920), (30, 40)]
    assert fixations.observers == ("ab", "ab_1", "cd")
    first = fixations.of(0)
    assert first["x_px"].tolist() == [25, 10]
    assert first["onset_s"].tolist() == [0, 0.08]
    assert first["order"].tolist() == [0, 2]
    assert fixations.of(1)["y_px"].tolist() == [2]


def uav_lines(*fixations, lost=0):
    """Rows of ten columns at 1000 Hz with the binocular place in the eighth and ninth."""
    places = np.concatenate([np.tile(one[:2], (one[2], 1)) for one in fixations])
    rows = [f"{i},0,0,0,0,0,0,{x},{y},0" for i, (x, y) in enumerate(places)]
    return rows + ["0,0,0,0,0,0,0,.,NaN,0"] * lost


def test_eyetrackuav2_finds_fixations_in_raw_gaze(tmp_path):
    raw = tmp_path / "RAW_DATA" / "RAW_DATA_EyeTracker_CoordSystem" / "bike1"
    gaze = uav_lines((960, 540, 300), (1200, 600, 250), lost=20)
    save_text(raw / "01_bike1_FV.csv", *gaze)
    save_text(raw / "01_bike1_TASK.csv", *uav_lines((1, 1, 9)))
    save_text(raw / "02_bike1_FV.csv", *uav_lines((10, 540, 300)))
    save_avi(tmp_path / "VIDEOS" / "bike1.avi", 1280, 720, rate=30)
    fixations = sound(tmp_path, import_eyetrackuav2(tmp_path))
    assert fixations.observers == ("01", "02")
    table = fixations.of(0)
    np.testing.assert_allclose(table["x_px"], [640, 880], atol=2)
    np.testing.assert_allclose(table["y_px"], [360, 420], atol=2)
    assert table["onset_s"][1] == pytest.approx(0.3, abs=0.02)
    assert fixations.info.off_stimulus == 1
    assert fixations.info.px_per_deg == pytest.approx(63.7, abs=0.2)


def test_eyetrackuav2_takes_every_other_file_where_names_say_nothing(tmp_path):
    raw = tmp_path / "RAW_DATA_EyeTracker_CoordSystem" / "bike1"
    for name in ("a1", "a2", "b1"):
        save_text(raw / f"{name}.csv", *uav_lines((960, 540, 300)))
    with pytest.raises(FileFormatError, match="bike1: its video is not in the folder"):
        import_eyetrackuav2(tmp_path)
    save_avi(tmp_path / "bike1.avi", 720, 480)
    assert import_eyetrackuav2(tmp_path).observers == ("a1", "b1")
    (raw / "a1.csv").write_text("1,2,3\n")
    with pytest.raises(FileFormatError, match=r"a1\.csv: line 1: this is not 9 columns"):
        import_eyetrackuav2(tmp_path)
