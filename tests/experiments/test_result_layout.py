from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_validations import review, screen, validation

from foveola.experiments.calibration_review import KEY_NAMES, keys_of
from foveola.experiments.pages import key_boxes
from foveola.experiments.result_layout import (
    CIRCLE_SHARE,
    MAGNIFICATIONS,
    hit,
    magnification,
    on_map,
    result_layout,
    spacing_px,
)

SIZES = [(640, 480), (1280, 1024), (1920, 1080), (3840, 2160), (1080, 1920)]
sizes = st.tuples(st.integers(640, 4000), st.integers(480, 2400))


@given(sizes)
def test_parts_lie_on_the_page_and_apart(size: tuple[int, int]) -> None:
    layout = result_layout(screen(*size))
    boxes = (layout.map_box, layout.table_box, layout.attempts_box, layout.drift_box)
    for left, top, right, bottom in boxes:
        assert 0 < left < right < size[0]
        assert 0 < top < bottom < layout.hint_y < layout.keys_y < size[1]
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3]


@given(sizes, st.floats(0, 1), st.floats(0, 1))
def test_the_map_is_the_screen_in_small(size: tuple[int, int], across: float, down: float) -> None:
    layout = result_layout(screen(*size))
    left, top, right, bottom = layout.map_box
    x, y = on_map(layout, (across * size[0], down * size[1]))
    assert x == pytest.approx(left + across * (right - left), abs=1)
    assert y == pytest.approx(top + down * (bottom - top), abs=1)


errors = st.lists(st.floats(0, 10) | st.just(math.nan), min_size=1, max_size=4)


@given(sizes, errors, st.floats(0.1, 5))
def test_errors_are_enlarged_as_far_as_they_fit(
    size: tuple[int, int], errors_deg: list[float], limit_deg: float
) -> None:
    one, of = validation(errors_deg), screen(*size)
    layout = result_layout(of)
    times = magnification(layout, of, one, limit_deg)
    assert times in MAGNIFICATIONS
    spacing = spacing_px(layout, review(one).targets)
    known = [e * 20 for e in errors_deg if math.isfinite(e)]

    def fits(times: int) -> bool:
        circle = times * limit_deg * of.px_per_deg() * layout.scale
        longest = times * max(known, default=0) * layout.scale
        return circle <= CIRCLE_SHARE * spacing and longest <= spacing

    assert fits(times) or times == 1
    assert not any(fits(larger) for larger in MAGNIFICATIONS if larger > times)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shown", [0, 1])
def test_a_click_hits_targets_and_keys(size: tuple[int, int], shown: int) -> None:
    of, state = screen(*size), review(validation(), validation(), shown=shown, selected=2)
    layout = result_layout(of)
    for number, target in enumerate(state.targets, 1):
        x, y = on_map(layout, target)
        assert hit(layout, of, state, (x + 3, y - 3)) == number
    boxes = key_boxes(of, keys_of(state), layout.keys_y)
    for (cap, _), (left, top, right, bottom) in zip(keys_of(state), boxes, strict=True):
        assert 0 <= left < right <= size[0]
        for click in ((left + 1, top + 1), (right - 1, bottom - 1)):
            assert hit(layout, of, state, click) == KEY_NAMES[cap]
    assert hit(layout, of, state, (1.0, 1.0)) is None
    assert hit(layout, of, state, (boxes[0][2] + 3, layout.keys_y)) is None
