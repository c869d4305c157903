"""Errors that users meet."""

import pickle

import pytest

from foveola.data_schema import FileFormatError, FoveolaError, MissingExtraError


@pytest.mark.parametrize(
    "error",
    [
        FoveolaError("It is wrong.", remedy="Mend it."),
        FileFormatError("a.png", "it is broken.", place="line 3", remedy="Write it again."),
        MissingExtraError("distributed", "dask"),
    ],
)
def test_errors_come_whole_from_another_process(error):
    came = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(came) is type(error)
    assert str(came) == str(error)
    assert came.__dict__ == error.__dict__
