"""Damaged files of others give errors of ours, or still read."""

import contextlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_layouts import save_avi, save_mp4
from made_pysaliency import save_fixations, save_stimuli

from foveola.data_schema import FileFormatError, FoveolaError
from foveola.fixation_maps.coco_freeview import import_coco_freeview
from foveola.fixation_maps.pysaliency_import import import_pysaliency
from foveola.fixation_maps.ueyes import gazepoint_rows
from foveola.fixation_maps.video_file import video_header

often = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


def damage(path, data):
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])


@given(st.data())
@often
def test_videos(tmp_path, data):
    for save, name in ((save_avi, "a.avi"), (save_mp4, "a.mp4")):
        damage(save(tmp_path / name), data)
        with contextlib.suppress(FileFormatError):
            video_header(tmp_path / name)


@given(st.data())
@often
def test_files_of_pysaliency(tmp_path, data):
    save_stimuli(tmp_path)
    kind = data.draw(st.sampled_from(["FixationTrains", "Fixations", "ScanpathFixations"]))
    save_fixations(tmp_path, kind)
    damage(tmp_path / data.draw(st.sampled_from(["stimuli.hdf5", "fixations.hdf5"])), data)
    with contextlib.suppress(FoveolaError):
        import_pysaliency(tmp_path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "X", "Y", "T", "subject"]), inner, max_size=5)
    ),
    max_leaves=8,
)


@given(VALUES)
@often
def test_json_of_any_shape(tmp_path, content):
    (tmp_path / "COCOFreeView_fixations_trainval.json").write_text(json.dumps(content))
    with contextlib.suppress(FoveolaError):
        import_coco_freeview(tmp_path)


@given(st.binary(max_size=80))
@often
def test_logs_of_any_bytes(tmp_path, rest):
    log = tmp_path / "log.csv"
    log.write_bytes(b"MEDIA_NAME,FPOGX,FPOGY,FPOGS,FPOGD,FPOGV\na.png,0,0,0,1,1\n" + rest)
    with contextlib.suppress(FileFormatError):
        assert next(gazepoint_rows(log)).image == "a.png"
        list(gazepoint_rows(log))
