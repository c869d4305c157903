from __future__ import annotations

import numpy as np

from foveola.data_schema import Eye, eyes_in, gaze_of, gaze_samples

NAN = np.nan


def test_both_eyes_is_the_mean_or_the_one_that_is_there() -> None:
    samples = gaze_samples(
        np.arange(4.0),
        left_x_px=[10, 10, NAN, NAN],
        left_y_px=[0, 0, 0, 0],
        right_x_px=[20, NAN, 20, NAN],
        right_y_px=[2, 2, 2, 2],
    )
    x_px, y_px = gaze_of(samples, Eye.BOTH)
    assert np.array_equal(x_px, [15, 10, 20, NAN], equal_nan=True)
    assert np.array_equal(y_px, [1, 0, 2, NAN], equal_nan=True)
    assert np.array_equal(gaze_of(samples, Eye.LEFT)[0], samples["left_x_px"], equal_nan=True)
    assert np.array_equal(gaze_of(samples, Eye.RIGHT)[0], samples["right_x_px"], equal_nan=True)


def test_eyes_that_have_gaze() -> None:
    assert eyes_in(gaze_samples([0.0], right_x_px=1, right_y_px=1)) == (Eye.RIGHT,)
    assert eyes_in(gaze_samples([0.0], right_x_px=1)) == ()
    assert eyes_in(gaze_samples([])) == ()
