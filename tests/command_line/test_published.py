"""``foveola published``: tables, and own scores beside them only where they compare."""

import pytest

from foveola import data_schema as ds
from foveola.command_line.main import main


def run(*words):
    with pytest.raises(SystemExit) as ended:
        main(["published", *words])
    assert ended.value.code == 0


def scores(folder, **changes):
    stimuli = tuple(f"{i}.png" for i in range(300))
    made = {"profile": "mit", "dataset": "MIT300", "sigma_px": 24.0, "metrics": ("NSS", "CC")}
    protocol = ds.Protocol(**{**made, **changes}, stimuli=stimuli)
    path = folder / "scores.csv"
    rows = [ds.Score("mine", one, metric, 0.5) for one in stimuli for metric in ("NSS", "CC")]
    ds.write_scores_csv(path, rows)
    models = [ds.ModelRow(name="mine", kind="saliency_map")]
    with ds.new_score_pictures(path.with_suffix(".h5"), protocol, models, ds.provenance()):
        pass
    return str(path)


def test_tables_are_printed_with_their_source(capsys):
    run()
    told = " ".join(capsys.readouterr().out.split())
    for part in (
        "Table 4: MIT300, 300 images (all), metrics: mit",
        "DSCLRCN 2.35 0.80 0.87 0.68",
        "arXiv:1803.05753",
        "r = 0.9395 from the counts",
        "With n = 4, p = 0.061: not significant",
    ):
        assert part in told
    assert "(own)" not in told


def test_own_scores_stand_beside_the_same_protocol_alone(tmp_path, capsys):
    run(scores(tmp_path))
    told = " ".join(capsys.readouterr().out.split())
    assert told.count("mine (own)") == 1
    assert "mine (own) 0.500 0.500 – –" in told
    assert "Own scores can't stand beside it: it is on MIT1003, not MIT300" in told


def test_scores_of_another_profile_stand_beside_none(tmp_path, capsys):
    run(scores(tmp_path, profile="tuebingen"))
    told = " ".join(capsys.readouterr().out.split())
    assert "(own)" not in told
    assert "its metrics are those of mit, not tuebingen" in told
