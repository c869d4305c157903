from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foveola.experiments.operator_link import MAX_STARTS, OperatorLink

#: A view without a window: it writes what it hears into a file, and says what it is told to say.
ECHO = """
import json, os, socket, sys
connection = socket.socket(fileno=int(sys.argv[sys.argv.index("--socket") + 1]))
heard = open(sys.argv[1], "a", buffering=1)
print(os.getpid(), file=heard)
rest = b""
while data := connection.recv(65536):
    *lines, rest = (rest + data).split(b"\\n")
    for line in lines:
        print(line.decode(), file=heard)
        if said := json.loads(line).get("say"):
            connection.sendall(said.encode())
print("end", file=heard)
"""


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def heard(tmp_path: Path) -> Path:
    path = tmp_path / "heard"
    path.touch()
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def link(heard: Path, clock: Clock) -> Iterator[OperatorLink]:
    one = OperatorLink([sys.executable, "-c", ECHO, str(heard)], clock=clock)
    yield one
    one.close()


def until(condition: Callable[[], object], *, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def lines(heard: Path) -> list[dict[str, object]]:
    whole = heard.read_text().split("\n")[:-1]  # the last one may still be written
    return [json.loads(line) for line in whole if line.startswith("{")]


def answered(link: OperatorLink, said: str) -> list[dict[str, object]]:
    """Let the view say something."""
    link.tell({"say": said})
    found: list[dict[str, object]] = []
    until(lambda: found.extend(link.heard()) or found or link.process_id == 0)
    return found


def test_what_is_kept_is_told_once_and_what_passes_each_time(
    link: OperatorLink, heard: Path
) -> None:
    link.keep("scene", {"kind": "page"})
    assert link.tell({"now": 1})
    assert link.tell({"now": 2})
    until(lambda: len(lines(heard)) == 2)
    assert lines(heard) == [{"scene": {"kind": "page"}, "now": 1}, {"now": 2}]


def test_commands_come_whole(link: OperatorLink) -> None:
    assert answered(link, '{"ask":"pause"}\n{"key":"y"}\n') == [{"ask": "pause"}, {"key": "y"}]
    assert link.heard() == []


def test_a_frozen_view_costs_messages_only(link: OperatorLink, heard: Path) -> None:
    os.kill(link.process_id, signal.SIGSTOP)
    told = 0
    while link.dropped < 200:  # the pipe fills, and a message lies in it in part
        told += link.tell({"now": told, "filling": "y" * 5000})
    link.keep("scene", "the newest")
    os.kill(link.process_id, signal.SIGCONT)
    until(lambda: link.tell({"now": -1}))
    until(lambda: lines(heard) and lines(heard)[-1].get("now") == -1)
    found = lines(heard)  # every line is whole, or json would have said so
    assert [one["now"] for one in found if "filling" in one] == list(range(told))
    assert found[-1]["scene"] == "the newest"


def test_a_killed_view_is_told_and_started_again_with_all_it_must_know(
    link: OperatorLink, heard: Path
) -> None:
    link.keep("session", {"id": 1})
    link.tell({})
    until(lambda: lines(heard))
    os.kill(link.process_id, signal.SIGKILL)
    until(lambda: link.heard() or link.process_id == 0)
    assert link.notices() == ["The operator's view has ended."]
    assert not link.tell({"now": 1})
    link.revive()
    assert link.notices() == ["The operator's view was started again."]
    assert link.tell({"now": 2})
    until(lambda: len(lines(heard)) == 2)
    assert lines(heard)[-1] == {"session": {"id": 1}, "now": 2}


def test_a_view_that_always_ends_is_not_started_for_ever(clock: Clock) -> None:
    link = OperatorLink([sys.executable, "-c", "raise SystemExit('no display')"], clock=clock)
    notices = []
    for _ in range(MAX_STARTS + 2):
        until(lambda: link.heard() or link.process_id == 0)
        link.revive()
        notices += link.notices()
    assert notices.count("The operator's view has ended: no display.") == MAX_STARTS
    assert notices.count("The operator's view was started again.") == MAX_STARTS - 1
    link.close()


def test_a_view_that_was_closed_on_purpose_stays_closed(link: OperatorLink) -> None:
    assert answered(link, '{"bye":"The operator closed the view."}\n')
    os.kill(link.process_id, signal.SIGTERM)
    until(lambda: link.heard() or link.process_id == 0)
    link.revive()
    assert link.process_id == 0
    assert link.notices() == ["The operator closed the view."]


def test_a_view_that_hangs_is_killed_where_a_moment_may_be_lost(
    link: OperatorLink, heard: Path, clock: Clock
) -> None:
    link.tell({"now": 0})
    until(lambda: lines(heard))
    hung = link.process_id
    os.kill(hung, signal.SIGSTOP)
    clock.now_s = 9.9
    link.revive()
    assert link.process_id == hung
    clock.now_s = 10.1
    link.revive()
    assert link.process_id not in (0, hung)
    assert "has not answered for 10 s" in link.notices()[0]
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)


def test_a_view_that_talks_nonsense_is_left(link: OperatorLink) -> None:
    assert answered(link, "nonsense\n") == []
    assert link.process_id == 0


def test_a_program_that_is_not_there_is_told() -> None:
    link = OperatorLink(["/nowhere/view"])
    assert link.notices() == ["The operator's view can't be started (No such file or directory)."]
    assert not link.tell({"now": 1})
    assert link.heard() == []
    link.revive()
    link.close()


def test_at_the_end_the_view_hears_the_last_word(link: OperatorLink, heard: Path) -> None:
    link.keep("end", {"over": True})
    link.close()
    until(lambda: heard.read_text().endswith("end\n"))
    assert lines(heard) == [{"end": {"over": True}}]
    link.close()
