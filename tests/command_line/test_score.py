"""The verb ``score``."""

import math

import pytest
from made_fixations import made_set
from rich.console import Console

from foveola.benchmark import leaderboard
from foveola.command_line.main import main
from foveola.command_line.score import leaderboard_table, undefined_note
from foveola.command_line.statistics_tables import equal_letters
from foveola.data_schema import Score, read_scores_csv, write_fixation_set


@pytest.fixture
def fix(tmp_path):
    write_fixation_set(tmp_path / "fix.h5", made_set())
    return str(tmp_path / "fix.h5")


def run(*words):
    """Run the command; its exit code."""
    with pytest.raises(SystemExit) as caught:
        main([*words])
    return caught.value.code or 0


def test_scores_are_written_and_the_leaderboard_shown(fix, tmp_path, capsys):
    output = str(tmp_path / "s.csv")
    models = ["uniform", "gold-standard", "centre-bias"]
    assert run("score", fix, *models, "-o", output, "--sigma", "5px") == 0
    shown = capsys.readouterr().out
    places = [shown.index(name) for name in ("gold-standard", "centre-bias", "uniform")]
    assert places == sorted(places)
    assert "IG↑" in shown
    assert "KLDiv↓" in shown
    assert "95 %" in shown
    assert f"Scores: {output}" in shown.replace("\n", "")
    assert len(read_scores_csv(output)) == 3 * 3 * 7


def test_what_is_wrong_is_one_message(fix, tmp_path, capsys):
    output = str(tmp_path / "s.csv")
    assert run("score", fix, "deepgaze", "-o", output) == 1
    assert "'deepgaze' is neither a model nor a folder of maps" in capsys.readouterr().err
    assert run("score", fix, "uniform", "-o", output, "--sigma", "wide") == 1
    assert "'wide' is no width of a blur" in capsys.readouterr().err
    assert not (tmp_path / "s.csv").exists()


def rows_of(values):
    return leaderboard(
        [
            Score(model, f"{i}.png", metric, value)
            for model, by_metric in values.items()
            for metric, row in by_metric.items()
            for i, value in enumerate(row)
        ]
    )


def test_the_table_fits_80_columns_and_takes_names_as_they_are():
    metrics = ("IG", "AUC", "sAUC", "NSS", "CC", "KLDiv", "SIM")
    values = {
        "gold-standard": dict.fromkeys(metrics, (-1.23456, -0.23456)),
        "[bold]a model with a long name[/bold]": dict.fromkeys(metrics, (math.nan, math.nan)),
    }
    console = Console(width=80, record=True, file=None)
    with console.capture() as captured:
        console.print(leaderboard_table(rows_of(values)))
    text = captured.get()
    assert "gold-standard" in text
    assert "[bold]" in text
    assert "-0.735" in text
    assert "-1.23…-0.23" in text
    assert "–" in text
    assert max(map(len, text.splitlines())) <= 80


def test_images_left_out_are_told():
    rows = rows_of({"a": {"IG": (1.0, math.nan, 2.0)}, "b": {"IG": (math.nan,) * 3}})
    assert undefined_note(rows) == (
        "Left out of the means, where a metric is not defined: a IG on 1."
    )
    assert undefined_note(rows_of({"a": {"IG": (1.0, 2.0)}})) == ""
    assert leaderboard_table([]).row_count == 0


def test_statistics_are_shown_and_written(fix, tmp_path, capsys):
    output = str(tmp_path / "s.csv")
    models = ["uniform", "gold-standard", "centre-bias"]
    assert run("score", fix, *models, "-o", output, "--statistics", "--resume") == 0
    shown = capsys.readouterr().out
    assert "Order of the models" in shown
    assert "IG over observers" in shown
    assert "Noise ceiling" in shown
    assert max(len(line) for line in shown.splitlines() if output not in line) <= 80
    assert (tmp_path / "s.statistics.json").exists()


def test_letters_of_equals():
    assert equal_letters([["a", "b"], ["b", "c"]]) == {"a": "a", "b": "ab", "c": "b"}
    assert equal_letters([[str(i)] for i in range(27)])["26"] == "a2"
