from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from foveola.experiments.interruption import Interruption


class Stage:
    """It ends at its next flip."""

    def __init__(self) -> None:
        self.by: list[str] = []
        self.hangs = False

    def end_soon(self, by: str) -> bool:
        self.by.append(by)
        return not self.hangs


@pytest.fixture
def interruption() -> Iterator[Interruption]:
    with Interruption() as one:
        yield one


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGINT, "Ctrl+C"),
        (signal.SIGTERM, "a request to terminate"),
        (signal.SIGHUP, "the end of its terminal"),
    ],
)
def test_a_signal_asks_the_session_to_end(
    interruption: Interruption, number: signal.Signals, words: str
) -> None:
    stage = Stage()
    interruption.tell(stage.end_soon)
    signal.raise_signal(number)
    assert interruption.by == words
    assert stage.by == [words]


def test_before_there_is_a_session_a_signal_ends_at_once(interruption: Interruption) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


def test_a_second_signal_ends_what_hangs(interruption: Interruption) -> None:
    stage = Stage()
    interruption.tell(stage.end_soon)
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)  # the session has heard: it is about to end
    stage.hangs = True
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_saving_is_interrupted_by_the_third_signal_only(
    interruption: Interruption, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage()
    interruption.tell(stage.end_soon)
    interruption.save()
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)
    assert stage.by == []
    assert interruption.by == ""
    told = capsys.readouterr().err
    assert "2 more: leave that to foveola recover" in told
    assert "1 more" in told
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_the_handlers_of_before_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Interruption():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_other_threads_hear_no_signals() -> None:
    before = signal.getsignal(signal.SIGTERM)
    found = []

    def run() -> None:
        with Interruption():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [before]
