"""Published tables: digit by digit, and never beside scores of another protocol."""

import csv

import pytest
from scipy import stats

from foveola.benchmark.reference_tables import (
    OUR_NAMES,
    TABLES_CSV,
    detectors_correlation,
    differences,
    published_tables,
)
from foveola.data_schema import Protocol


def protocol(**changes):
    made = {
        "profile": "mit",
        "dataset": "mit300",
        "sigma_px": 24.0,
        "metrics": ("NSS",),
        "stimuli": tuple(map(str, range(300))),
    }
    return Protocol(**{**made, **changes})


def test_tables_are_those_of_the_paper():
    tables = published_tables()
    assert {number: len(table.scores) for number, table in tables.items()} == {
        2: 4, 3: 4, 4: 7, 5: 4,
    }  # fmt: skip
    assert tables[2].scores["proposed network, EAD loss"] == {
        "NSS": "2.404", "CC": "0.701", "AUC": "0.869", "SIM": "0.570",
    }  # fmt: skip
    assert tables[3].scores["SalGAN"]["CC"] == "0.844"
    assert tables[4].scores["DSCLRCN"]["NSS"] == "2.35"
    assert tables[5].scores["OpenSalicon"]["detectors"] == "19"
    for table in tables.values():
        assert "arXiv:1803.05753" in table.source
        assert table.dataset in table.protocol
        assert all(set(row) == set(table.metrics) for row in table.scores.values())


def test_every_row_is_whole():
    with TABLES_CSV.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert float(row["value"]) > 0
            assert row["dataset"]
            assert row["source"]


def test_the_same_protocol_may_stand_beside():
    assert differences(published_tables()[4], protocol()) == []
    assert set(OUR_NAMES["mit"]) == set(published_tables()[4].metrics)


@pytest.mark.parametrize(
    ("table", "changes", "reason"),
    [
        (4, {"dataset": "OSIE"}, "on MIT300, not OSIE"),
        (4, {"stimuli": ("0",)}, "300 images, not 1"),
        (4, {"profile": "tuebingen"}, "metrics are those of mit, not tuebingen"),
        (2, {"dataset": "MIT1003", "stimuli": tuple(map(str, range(103)))}, "its images are: rand"),
        (3, {"dataset": "SALICON", "stimuli": tuple(map(str, range(5000)))}, "those of lsun2017"),
        (5, {"dataset": "MIT1003", "stimuli": tuple(map(str, range(1003)))}, "does not state"),
    ],
)
def test_another_protocol_may_not(table, changes, reason):
    found = differences(published_tables()[table], protocol(**changes))
    assert any(reason in one for one in found)


def test_the_correlation_of_table_5_is_recomputed():
    found = detectors_correlation()
    assert found.models == 4
    assert found.r_from_counts == pytest.approx(0.9395, abs=5e-5)
    assert found.r_from_printed_ratios == pytest.approx(0.932, abs=5e-4)
    t = found.r_from_counts * (2 / (1 - found.r_from_counts**2)) ** 0.5
    assert found.p_from_counts == pytest.approx(2 * stats.t.sf(t, 2))
    assert found.p_from_counts == pytest.approx(0.06, abs=0.005)
