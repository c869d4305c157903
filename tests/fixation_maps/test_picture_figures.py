import dataclasses

import numpy as np
import pytest
from made_fixations import made_set
from matplotlib.patches import Circle, Rectangle

from foveola.data_schema import FoveolaError
from foveola.fixation_maps.maps import Blur
from foveola.fixation_maps.panels import Panel
from foveola.fixation_maps.picture_figures import picture_figure


def foot_of(figure):
    return figure.axes[-1]


def words_of(figure):
    return [text.get_text() for text in foot_of(figure).texts]


def large_set(**changes):
    fixations = made_set(sizes=((300, 400), (300, 400), (200, 400)))
    info = fixations.info.model_copy(update={"px_per_deg": 20.0, **changes})
    return dataclasses.replace(fixations, info=info)


def test_the_scale_bar_is_as_long_as_it_says():
    figure = picture_figure(large_set(), [Panel(0)], "heatmap", blur=Blur(sigma="1deg"))
    assert "5°" in words_of(figure)
    bar = next(one for one in foot_of(figure).patches if isinstance(one, Rectangle))
    picture = figure.axes[0].get_position().width * figure.get_size_inches()[0]
    # The foot's units are inches: 5 degrees of 20 px, of a picture of 400 px.
    assert bar.get_width() == pytest.approx(5 * 20 / 400 * picture)


def test_pictures_keep_their_shape_and_title():
    figure = picture_figure(large_set(), [Panel(0), Panel(1), Panel(2, 1)], "fixations")
    assert [axes.get_title(loc="left") for axes in figure.axes[:3]] == [
        "0.png",
        "1.png",
        "2.png, observer 01",
    ]
    boxes = [axes.get_position() for axes in figure.axes[:3]]
    width, height = figure.get_size_inches()
    assert boxes[0].height * height / (boxes[0].width * width) == pytest.approx(0.75)
    assert all(box.x0 >= 0 and box.x1 <= 1 and box.y0 > 0 and box.y1 < 1 for box in boxes)
    assert boxes[0].x1 < boxes[1].x0


def test_without_pixels_per_degree_the_bar_is_in_pixels():
    figure = picture_figure(large_set(px_per_deg=float("nan")), [Panel(0)], "fixations")
    assert "100 px" in words_of(figure)


def test_pictures_of_different_scale_have_no_common_bar():
    figure = picture_figure(made_set(), [Panel(0), Panel(1)], "fixations")
    assert "scales differ" in words_of(figure)
    assert not any(isinstance(one, Rectangle) for one in foot_of(figure).patches)


def test_the_foot_states_numbers_and_blur():
    words = words_of(picture_figure(large_set(), [Panel(0)], blur=Blur("adaptive", "1deg")))
    assert "24 fixations of 4 observers, adaptive kernel, sigma 1°" in words
    assert "peak density" in words
    words = words_of(picture_figure(large_set(), [Panel(0, 2)], "scanpath"))
    assert "6 fixations of 1 observer" in words


@pytest.mark.parametrize("kind", ["fixations", "scanpath"])
def test_the_key_shows_discs_as_large_as_in_the_picture(kind):
    figure = picture_figure(large_set(), [Panel(0, 0)], kind)
    radii = sorted(one.radius for one in foot_of(figure).patches if isinstance(one, Circle))
    assert len(radii) == 3
    assert radii[2] == pytest.approx(2 * radii[0])
    if kind == "scanpath":
        discs = [one for one in figure.axes[0].patches if isinstance(one, Circle)]
        picture = figure.axes[0].get_position().width * figure.get_size_inches()[0]
        # Every fixation of the set lasts 200 ms.
        assert discs[0].radius / 400 * picture == pytest.approx(radii[1])


def test_unknown_durations_are_said():
    fixations = large_set()
    fixations.table["duration_s"] = np.nan
    assert "durations unknown" in words_of(picture_figure(fixations, [Panel(0)], "fixations"))


def test_too_many_pictures_are_refused():
    with pytest.raises(FoveolaError, match="61 pictures in one figure.*at most 60"):
        picture_figure(large_set(), [Panel(0)] * 61)
