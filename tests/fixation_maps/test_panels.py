import dataclasses

import numpy as np
import pytest
from made_fixations import made_set
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from PIL import Image

from foveola.data_schema import FileFormatError, FoveolaError
from foveola.fixation_maps.maps import Blur
from foveola.fixation_maps.panels import Panel, disc_radius_px, draw_panel, panels_of


def with_photo(tmp_path, size=(40, 30)):
    Image.new("RGB", size, (200, 100, 50)).save(tmp_path / "0.png")
    fixations = made_set()
    photo = fixations.stimuli[0].model_copy(update={"path": "0.png"})
    return dataclasses.replace(fixations, stimuli=(photo, *fixations.stimuli[1:]), folder=tmp_path)


def drawn(fixations, panel, kind, **options):
    axes = Figure(figsize=(4, 3), dpi=50).add_axes((0, 0, 1, 1))
    draw_panel(axes, fixations, panel, kind, blur=Blur(sigma="2px"), **options)
    return axes


def test_stimuli_and_observers_are_found():
    fixations = made_set()
    assert panels_of(fixations, ["2.png", "0.png"]) == [Panel(2), Panel(0)]
    assert panels_of(fixations, ["1.png"], "03") == [Panel(1, 3)]
    assert panels_of(fixations, ["1.png"], "each") == [Panel(1, one) for one in range(4)]
    assert panels_of(fixations, ["1.png"], kind="scanpath") == [Panel(1, one) for one in range(4)]


@pytest.mark.parametrize(
    ("stimuli", "observer", "fault"),
    [
        (["no.png"], "", "no stimulus 'no.png'.*first ones are: 0.png, 1.png, 2.png"),
        (["0.png"], "9", "no observer '9'.*There are: 00, 01, 02, 03"),
        ([], "", "no fixations to show"),
    ],
)
def test_what_is_not_there_is_named(stimuli, observer, fault):
    with pytest.raises(FoveolaError, match=fault):
        panels_of(made_set(), stimuli, observer)


def test_titles_name_stimulus_and_observer():
    fixations = made_set()
    assert Panel(1).title(fixations) == "1.png"
    assert Panel(1, 2).title(fixations) == "1.png, observer 02"


def test_a_heatmap_lies_on_the_photograph(tmp_path):
    fixations = with_photo(tmp_path)
    pixels = drawn(fixations, Panel(0), "heatmap").images[0].get_array()
    assert pixels.shape == (30, 40, 3)
    table = fixations.of(0)
    far = np.full((30, 40), True)
    for row in table:
        y, x = np.ogrid[:30, :40]
        far &= np.hypot(x - row["x_px"], y - row["y_px"]) > 10
    # Red before green and blue is the photograph; the peak is yellow: little blue.
    assert far.any()
    assert (pixels[far][:, 0] > pixels[far][:, 2]).all()
    assert (pixels.max(axis=(0, 1)) > (180, 180, 20)).all()


def test_fixations_are_drawn_on_a_plain_ground_where_there_is_no_photograph():
    pixels = drawn(made_set(), Panel(1), "fixations").images[0].get_array()
    assert pixels.shape == (20, 50, 3)
    values, counts = np.unique(np.asarray(pixels).reshape(-1, 3), axis=0, return_counts=True)
    ground = values[np.argmax(counts)]
    assert ground[0] == ground[1] == ground[2]
    assert len(values) > 5


def test_a_scanpath_has_numbered_discs_at_its_fixations():
    fixations = made_set()
    table = fixations.of(0)[:6]
    table["duration_s"] = [0.1, 0.2, 0.3, 0.4, 0.5, np.nan]
    axes = drawn(fixations, Panel(0, 0), "scanpath", enlarged=1.5)
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), table["x_px"])
    texts = {text.get_text(): text.get_position() for text in axes.texts}
    assert set(texts) == {"1", "2", "3", "4", "5", "6"}
    for at, row in enumerate(table):
        assert texts[str(at + 1)] == (row["x_px"], row["y_px"])
    discs = [one for one in axes.patches if isinstance(one, Circle)]
    expected = sorted(1.5 * disc_radius_px(one, (30, 40)) for one in table["duration_s"])
    by_order = sorted(discs, key=lambda one: -one.zorder)
    np.testing.assert_allclose([one.radius for one in by_order], expected)


def test_the_area_of_a_disc_grows_with_the_duration_up_to_a_second():
    def radius(seconds):
        return disc_radius_px(seconds, (30, 40))

    assert radius(0.4) == pytest.approx(2 * radius(0.1))
    assert radius(5) == radius(1)
    assert radius(np.nan) == radius(0.25)


def test_a_photograph_of_another_size_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match="41 x 30 pixels"):
        drawn(with_photo(tmp_path, (41, 30)), Panel(0), "heatmap")


def test_a_video_has_a_plain_ground(tmp_path):
    fixations = with_photo(tmp_path)
    video = fixations.stimuli[0].model_copy(update={"kind": "video"})
    fixations = dataclasses.replace(fixations, stimuli=(video, *fixations.stimuli[1:]))
    pixels = drawn(fixations, Panel(0, 1), "scanpath").images[0].get_array()
    assert len(np.unique(np.asarray(pixels))) == 1
