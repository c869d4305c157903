import pytest

from foveola.data_schema import FileFormatError, FoveolaError
from foveola.fixation_maps.datasets import DATASETS, import_dataset


def test_an_unknown_name_is_answered_with_those_known():
    with pytest.raises(FoveolaError, match=r"'osi'.*osie"):
        import_dataset("osi", ".")


@pytest.mark.parametrize("name", DATASETS)
def test_an_empty_folder_is_an_error_that_names_the_missing_file(tmp_path, name):
    with pytest.raises(FileFormatError, match="no such file"):
        import_dataset(name, tmp_path)
    assert DATASETS[name].citation
