from __future__ import annotations

import threading
from pathlib import Path

from made_stages import make_stage


def test_a_glance_never_waits(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    recorder = stage.recorder
    stage.hold(None, 0.5)
    seen = recorder.glance(0.4)
    assert seen is not None
    status, samples = seen
    assert status == recorder.status()
    assert 0 < len(samples) < status.samples
    assert samples["time_s"][0] >= 0.4
    busy = []
    with recorder._lock:
        other = threading.Thread(target=lambda: busy.append(recorder.glance(0.0)))
        other.start()
        other.join()
    assert busy == [None]


def test_listeners_hear_what_is_written(tmp_path: Path) -> None:
    stage = make_stage(tmp_path)
    heard: list[tuple[str, object]] = []
    stage.recorder.listen(lambda kind, content: heard.append((kind, content.get("text"))))
    stage.recorder.message("TRIALID 0")
    stage.hold(None, 0.5)
    stage.flush_flips()
    stage.recorder.finish()
    assert heard[0] == ("message", "TRIALID 0")
    assert ("flips", None) in heard
    assert ("block", None) in heard
