import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.data_schema import Trial
from foveola.tracking.trial_gaps import SampleGaps, with_gaps


def gaps_of(times_s, rate_hz=1000.0, batch=7):
    gaps = SampleGaps(rate_hz)
    for first in range(0, len(times_s), batch):
        gaps.take(np.asarray(times_s[first : first + batch], float))
    return gaps


def even(*spans_s):
    return np.concatenate([np.arange(begin, end) / 1000 for begin, end in spans_s])


def test_a_gap_counts_within_the_span_alone():
    gaps = gaps_of(even((0, 1000), (3000, 6000)))
    assert gaps.count == 1
    assert gaps.longest_s(0.0, 0.9) == 0.0
    assert gaps.longest_s(0.5, 4.0) == pytest.approx(2.001)
    assert gaps.longest_s(2.0, 4.0) == pytest.approx(1.0)
    assert gaps.longest_s(1.5, 2.5) == pytest.approx(1.0)
    assert gaps.longest_s(3.5, 5.0) == 0.0


def test_before_the_first_sample_and_after_the_last_there_is_none():
    gaps = gaps_of(even((1000, 2000)))
    assert gaps.longest_s(0.5, 1.5) == pytest.approx(0.5)
    assert gaps.longest_s(1.5, 2.5) == pytest.approx(0.501)
    assert gaps.longest_s(5.0, 6.0) == pytest.approx(1.0)
    assert SampleGaps(1000.0).longest_s(1.0, 3.0) == 2.0


@given(
    st.lists(st.floats(0, 10), min_size=2, max_size=60, unique=True).map(sorted),
    st.tuples(st.floats(0, 10), st.floats(0, 10)).map(sorted),
    st.integers(1, 9),
)
def test_it_is_what_looking_at_every_moment_finds(times_s, span_s, batch):
    since_s, until_s = span_s
    found = gaps_of(times_s, rate_hz=10.0, batch=batch).longest_s(since_s, until_s)
    edges_s = [since_s, *(t for t in times_s if since_s < t < until_s), until_s]
    # The time to the next sample outside of the span is cut off at the span's edge.
    expected = max(np.diff(edges_s))
    assert found == pytest.approx(expected if expected > 0.25 else 0.0, abs=1e-9)


def test_a_trial_that_is_marked_already_or_has_no_end_stays():
    gaps = gaps_of(even((0, 1000), (3000, 6000)))
    trial = Trial(index=0, stimulus="a", onset_s=0.5, offset_s=4.0)
    known = trial.model_copy(update={"longest_gap_s": 9.0})
    endless = trial.model_copy(update={"offset_s": float("nan")})
    marked = with_gaps([trial, known, endless], gaps)
    assert marked[0].longest_gap_s == pytest.approx(2.001)
    assert marked[1] is known
    assert marked[2] is endless
