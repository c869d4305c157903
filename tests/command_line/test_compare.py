"""The verb ``compare``."""

import json

import numpy as np
import pytest
from made_score_rows import score_rows_of

from foveola.command_line.compare import p_text
from foveola.command_line.main import main
from foveola.data_schema import write_scores_csv


@pytest.fixture
def scores(tmp_path):
    rng = np.random.default_rng(0)
    image = rng.normal(size=60)
    values = {
        "[b]good[/b]": {"IG": image + 1 + 0.3 * rng.normal(size=60)},
        "poor": {"IG": image, "CC": np.full(60, np.nan)},
        "none": {"IG": image - 1, "CC": np.full(60, -np.inf)},
    }
    write_scores_csv(tmp_path / "s.csv", score_rows_of(values))
    return str(tmp_path / "s.csv")


def run(*words):
    """Run the command; its exit code."""
    with pytest.raises(SystemExit) as caught:
        main([*words])
    return caught.value.code or 0


def test_a_pair_is_shown_with_its_test(scores, capsys):
    assert run("compare", scores, "poor", "[b]good[/b]", "--metric", "IG") == 0
    shown = capsys.readouterr().out
    assert "first: poor, second: [b]good[/b]" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "second\n" in shown.replace(" ", "").split("better", 1)[1]
    assert "< .001" in shown
    assert "permutation" in shown


def test_all_pairs_as_json(scores, capsys):
    assert run("compare", scores, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["first"], one["second"]) for one in found] == [
        ("[b]good[/b]", "poor"),
        ("[b]good[/b]", "none"),
        ("poor", "none"),
    ]
    assert found[0]["better"] == "[b]good[/b]"
    assert found[2]["difference"] == pytest.approx(1)
    assert found[2]["images"] == 60


def test_an_unknown_model_is_named(scores, capsys):
    assert run("compare", scores, "poor", "deepgaze") == 1
    assert "no model 'deepgaze'. There are: [b]good[/b], poor, none" in capsys.readouterr().err


def test_p_values_have_the_digits_they_need():
    assert [p_text(p) for p in (0.00001, 0.0312, 1.0, float("nan"))] == [
        "< .001",
        ".031",
        "1.000",
        "–",
    ]
