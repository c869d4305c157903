import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.data_schema import FoveolaError
from foveola.fixation_maps.sigma import parse_sigma


@given(st.floats(1e-6, 1e6), st.sampled_from(["deg", "px"]), st.sampled_from(["", " "]))
def test_what_is_written_is_read(value, unit, space):
    assert parse_sigma(f"{space}{value!r}{space}{unit}") == (value, unit)


def test_degrees_need_pixels_per_degree():
    assert parse_sigma("2deg").in_px(24.0) == 48.0
    assert parse_sigma("2px").in_px(float("nan")) == 2.0
    with pytest.raises(FoveolaError, match=r"2deg needs.*24px"):
        parse_sigma("2deg").in_px(float("nan"))


@pytest.mark.parametrize("text", ["", "1", "deg", "-1deg", "0px", "1cm", "1e999px", "1..2px"])
def test_anything_else_is_an_error_that_shows_how_to_write_it(text):
    with pytest.raises(FoveolaError, match="1deg or as 24px"):
        parse_sigma(text)


@given(st.text(max_size=12))
def test_no_text_breaks_it(text):
    with contextlib.suppress(FoveolaError):
        assert parse_sigma(text).value > 0
