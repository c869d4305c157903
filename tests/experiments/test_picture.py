from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from foveola.data_schema import FileFormatError, Screen, Stimulus, image_stimulus
from foveola.experiments.picture import (
    Picture,
    Placement,
    bulls_eye,
    composed,
    cross,
    fit,
    grey,
    ink,
    photograph,
    to_rgb,
)

SCREEN = Screen(width_px=640, height_px=480, width_cm=32, height_cm=24, distance_cm=60)
GREY = grey(0.5)


def stimulus(width_px: int, height_px: int) -> Stimulus:
    return Stimulus(id="a", width_px=width_px, height_px=height_px)


def test_a_small_image_is_centred_and_not_enlarged() -> None:
    assert fit(stimulus(320, 240), SCREEN) == (160, 120, 1.0)
    assert fit(stimulus(320, 240), SCREEN, enlarge=True) == (0, 0, 2.0)


def test_a_large_image_is_reduced_with_its_aspect_ratio() -> None:
    assert fit(stimulus(1280, 480), SCREEN) == (0, 120, 0.5)
    assert fit(stimulus(640, 960), SCREEN) == (160, 0, 0.5)


@given(st.integers(1, 5000), st.integers(1, 5000), st.booleans())
def test_a_placement_lies_on_the_screen(width_px: int, height_px: int, enlarge: bool) -> None:
    left, top, scale = fit(stimulus(width_px, height_px), SCREEN, enlarge=enlarge)
    width, height = round(width_px * scale), round(height_px * scale)
    assert left >= 0
    assert top >= 0
    assert left + width <= SCREEN.width_px
    assert top + height <= SCREEN.height_px
    assert abs(left - (SCREEN.width_px - left - width)) <= 1
    if enlarge:
        assert width == SCREEN.width_px or height == SCREEN.height_px


def test_photograph_at_its_own_size_keeps_every_pixel(images: Path) -> None:
    described = image_stimulus(images / "a.png")
    picture = photograph(images / "a.png", described, Placement(160, 120, 1.0))
    assert (picture.left_px, picture.top_px) == (160, 120)
    with Image.open(images / "a.png") as expected:
        assert np.array_equal(np.asarray(picture.image), np.asarray(expected))


def test_photograph_is_reduced_to_its_placement(images: Path) -> None:
    described = image_stimulus(images / "d.png")
    placement = fit(described, SCREEN)
    assert photograph(images / "d.png", described, placement).image.size == (640, 213)


def test_a_cut_photograph_is_refused(images: Path, tmp_path: Path) -> None:
    described = image_stimulus(images / "b.png")
    (tmp_path / "cut.png").write_bytes((images / "b.png").read_bytes()[:3000])
    picture = photograph(tmp_path / "cut.png", described, Placement(0, 0, 1.0))
    with pytest.raises(FileFormatError, match=r"cut\.png: this image can't be read"):
        _ = picture.image


def test_modes_are_converted_without_loss_of_meaning() -> None:
    wide = Image.fromarray(np.array([[0, 257, 65535]], np.uint16))
    assert [to_rgb(wide).getpixel((x, 0))[0] for x in range(3)] == [0, 1, 255]
    clear = Image.new("RGBA", (1, 1), (200, 0, 0, 0))
    assert to_rgb(clear).getpixel((0, 0)) == (255, 255, 255)
    palette = Image.new("P", (1, 1))
    palette.putpalette([10, 20, 30])
    assert to_rgb(palette).getpixel((0, 0)) == (10, 20, 30)
    assert to_rgb(Image.new("L", (1, 1), 77)).getpixel((0, 0)) == (77, 77, 77)


@pytest.mark.parametrize("centre", [(320.0, 240.0), (100.5, 60.5), (3.0, 470.0)])
def test_the_target_is_centred_where_it_is_asked_for(centre: tuple[float, float]) -> None:
    picture = bulls_eye(centre, 24, 8, GREY)
    dark = 128.0 - np.asarray(picture.image.convert("L"), float)
    y, x = np.indices(dark.shape) + 0.5
    assert picture.left_px + np.sum(x * dark) / dark.sum() == pytest.approx(centre[0], abs=0.15)
    assert picture.top_px + np.sum(y * dark) / dark.sum() == pytest.approx(centre[1], abs=0.15)


def test_the_target_has_a_dot_in_a_cross_in_a_disc() -> None:
    picture = bulls_eye((320.0, 240.0), 48, 12, GREY)
    at = lambda x, y: picture.image.getpixel((x - picture.left_px, y - picture.top_px))  # noqa: E731
    assert at(320, 240) == ink(GREY)
    assert at(320, 230) == GREY
    assert at(310, 240) == GREY
    assert at(308, 228) == ink(GREY)
    assert at(320, 214) == GREY


def test_the_cross_is_sharp() -> None:
    picture = cross((320.0, 240.0), 20, 2, GREY)
    colours = picture.image.getcolors()
    assert colours is not None
    assert {colour for _, colour in colours} == {GREY, ink(GREY)}
    assert dict((colour, n) for n, colour in colours)[ink(GREY)] == 20 * 2 * 2 - 2 * 2  # noqa: C402


def test_ink_stands_out_from_every_grey() -> None:
    assert ink(grey(1.0)) == (14, 16, 20)
    assert ink(grey(0.5)) == (14, 16, 20)
    assert ink(grey(0.0)) == (255, 255, 255)


def test_later_pictures_lie_above() -> None:
    below = Picture(0, 0, lambda: Image.new("RGB", (2, 1), "red"))
    above = Picture(1, 0, lambda: Image.new("RGB", (2, 1), "blue"))
    image = composed(4, 1, GREY, [below, above])
    assert [image.getpixel((x, 0)) for x in range(4)] == [
        (255, 0, 0),
        (0, 0, 255),
        (0, 0, 255),
        GREY,
    ]
