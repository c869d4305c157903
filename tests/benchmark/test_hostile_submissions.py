"""More than two hundred hostile or broken submissions: each refused by name, none dangerous.

They are listed by kind in ``made_hostile_maps``, ``made_hostile_places`` and
``made_hostile_models``. One process checks all of them, one after another.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_fixations import made_set
from made_hostile_maps import BY_KIND
from made_hostile_models import MODELS
from made_hostile_places import PLACES, STIMULI, folder
from PIL import Image

from foveola import data_schema as ds

pytestmark = pytest.mark.slow

GIGABYTE = 2**30
#: For all of them together: what hangs is found, and named by what is missing of the rest.
TIME_LIMIT_S = 500


def map_file(ending, content):
    return folder((f"a{ending}", content), sound=("b.npy",))


MAP_FILES = {
    kind: {name: (map_file(ending, content), said) for name, (ending, content, said) in of.items()}
    for kind, of in BY_KIND.items()
}
CASES = {
    f"{kind}: {name}": case
    for kind, of_kind in (MAP_FILES | PLACES | MODELS).items()
    for name, case in of_kind.items()
}


def set_of_two(place):
    made = made_set(sizes=((12, 16), (12, 16)))
    stimuli = []
    for name in STIMULI:
        Image.fromarray(np.zeros((12, 16, 3), np.uint8)).save(place / name)
        stimuli.append(ds.image_stimulus(place / name, relative_to=place))
    path = place / "set.h5"
    ds.write_fixation_set(
        path,
        ds.fixation_set(
            made.info, tuple(stimuli), made.observers, made.table, made.provenance, place
        ),
    )
    return path


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    place = tmp_path_factory.mktemp("hostile")
    submissions = []
    for number, (name, (make, _)) in enumerate(CASES.items()):
        own = place / f"case_{number}"
        own.mkdir()
        submissions.append((name, str(own), str(make(own))))
    before = sorted(path for path in place.rglob("*") if "__pycache__" not in path.parts)
    program = Path(__file__).parents[1] / "check_submissions.py"
    done = subprocess.run(
        [sys.executable, str(program)],
        input=json.dumps({"fixations": str(set_of_two(place)), "submissions": submissions}),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT_S,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    after = sorted(path for path in place.glob("case_*/**/*") if "__pycache__" not in path.parts)
    answers = json.loads(done.stdout)
    answers["written"] = sorted({*map(str, after)} - {*map(str, before)})
    answers["places"] = {name: own for name, own, _ in submissions}
    answers["given"] = {name: given for name, _, given in submissions}
    return answers


def test_there_are_two_hundred():
    assert len(CASES) >= 200


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_by_name_with_reason_and_remedy(name, answers):
    faults = answers["found"][name]
    said = CASES[name][1]
    assert faults, "it was taken for sound"
    assert any(re.search(said, message) for message, _ in faults), faults
    for message, remedy in faults:
        assert remedy
        given = answers["given"][name].partition(",kind=")[0]
        code = given.partition(":")[2]
        named = (answers["places"][name], *STIMULI, given, Path(given).name, code, "=")
        assert any(one and one in message for one in named), message


def test_memory_stays_under_a_gigabyte(answers):
    assert max(answers["peaks"]) < GIGABYTE


def test_nothing_was_unpacked_or_run(answers):
    assert answers["written"] == []
