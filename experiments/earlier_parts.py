"""What the earlier parts of a session tell: what was shown, and whether it can be continued."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foveola.data_schema import FileFormatError, FoveolaError, RecordingHeader, Stimulus
from foveola.tracking import JournalReader, JournalRecord, finalise
from foveola.tracking.journal import header_of

from .schedule import ScheduledTrial
from .session_files import SessionFiles, session_files
from .session_lock import session_lock
from .settings import ExperimentSettings, recorded_settings
from .trial import NEXT_TRIAL

#: Settings that are named when they differ, at most.
NAMED = 5


@dataclass
class Part:
    """What the journal of one part tells.

    Attributes
    ----------
    files : SessionFiles
        Its files.
    header : RecordingHeader or None
        None where the part broke off before anything was written.
    stimuli : dict of str to Stimulus
        Described in it, by id.
    next_index : int
        Index of the first trial that no record says was shown.
    announced : int
        Index of the last trial that was about to appear; -1: none.
    """

    files: SessionFiles
    header: RecordingHeader | None = None
    stimuli: dict[str, Stimulus] = field(default_factory=dict)
    next_index: int = 0
    announced: int = -1


@dataclass(frozen=True)
class EarlierParts:
    """All parts of a session so far.

    Attributes
    ----------
    parts : tuple of Part
        In order; the first is the session's beginning.
    next_index : int
        Index of the first trial that was not shown. Trials are shown in the order of their
        indices, so that every one below it was, whatever else a damaged journal has lost.
    maybe_seen : bool
        Whether that trial was about to appear when its part broke off: nobody can know whether it
        was on the screen for a moment.
    """

    parts: tuple[Part, ...]

    @property
    def next_index(self) -> int:
        """Index of the first trial that was not shown."""
        return max(part.next_index for part in self.parts)

    @property
    def maybe_seen(self) -> bool:
        """Whether that trial may have been on the screen for a moment."""
        return any(part.announced == self.next_index for part in self.parts)

    @property
    def header(self) -> RecordingHeader | None:
        """Header of the first part that has one."""
        return next((part.header for part in self.parts if part.header), None)

    @property
    def unfinished(self) -> bool:
        """Whether trials are left, as far as the header tells."""
        session = _session_of(self.header)
        return self.header is None or self.next_index < int(session.get("trials", 0))


def earlier_parts(settings: ExperimentSettings, observer: str, session: str = "") -> EarlierParts:
    """Read the journals of every part of a session; none where there is none.

    Raises
    ------
    FoveolaError
        If a part has a recording and no journal, or its journal is damaged so that what was shown
        can't be told.
    """
    parts: list[Part] = []
    while True:
        files = session_files(settings, observer, session, len(parts) + 1)
        if not files.journal.exists():
            if files.recording.exists():
                raise FoveolaError(
                    f"{files.recording} has no journal beside it, which tells what was shown.",
                    remedy=f"Put {files.journal.name} back beside it.",
                )
            return EarlierParts(tuple(parts))
        parts.append(read_part(files))


def read_part(files: SessionFiles) -> Part:
    """Read what a journal tells of the trials; its samples are passed over."""
    part = Part(files)
    if files.journal.stat().st_size == 0:
        return part  # killed before its first block
    records = 0
    try:
        for block in JournalReader(files.journal):
            if isinstance(block, JournalRecord):
                records += 1
                with contextlib.suppress(KeyError, TypeError, ValueError):
                    _take(part, block.content)
    except FileFormatError:
        if records:
            raise
        return part  # killed within its first block
    if part.header is None and part.next_index:
        raise FileFormatError(
            files.journal,
            "no copy of the session's header is whole, so its settings are unknown.",
            remedy="It can't be continued. Keep the file, and run another session: --session 2.",
        )
    return part


def _take(part: Part, record: Mapping[str, Any]) -> None:
    match record["kind"]:
        case "header":
            part.header = header_of(record)
        case "stimuli":
            for row in record["stimuli"]:
                stimulus = Stimulus.model_validate(row)
                part.stimuli[stimulus.id] = stimulus
        case "trial":
            part.next_index = max(part.next_index, int(record["trial"]["index"]) + 1)
        case "message":
            word, _, rest = str(record["text"]).partition(" ")
            if word == NEXT_TRIAL:
                part.announced = max(part.announced, int(rest))
            elif word == "TRIALID":
                part.next_index = max(part.next_index, int(rest) + 1)


def finalise_parts(earlier: EarlierParts) -> list[Path]:
    """Make the recordings that are missing; return the recordings of all parts.

    Raises
    ------
    FoveolaError
        If a part is still being written by a session that runs.
    """
    recordings = []
    for part in earlier.parts:
        with session_lock(part.files.journal):
            if part.header is None:
                continue
            if not part.files.recording.exists():
                finalise(part.files.journal, part.files.recording)
            recordings.append(part.files.recording)
    return recordings


def refuse_changes(
    earlier: EarlierParts, settings: ExperimentSettings, trials: Sequence[ScheduledTrial]
) -> None:
    """Raise where settings, images or their order are not those of the first part.

    Raises
    ------
    FoveolaError
        If so; it names what differs.
    """
    header = earlier.header
    if header is None:
        return
    session = _session_of(header)
    if "plan_sha256" not in session:
        raise FoveolaError(
            "The session was recorded by a version of Foveola that could not continue sessions.",
            remedy="Run another session: --session 2.",
        )
    before = header.provenance.parameters.get("experiment", {})
    differences = _differences(before, recorded_settings(settings))
    known = {one.id: one for part in earlier.parts for one in part.stimuli.values()}
    differences += [
        f"the content of {trial.stimulus.id}"
        for trial in {trial.stimulus.id: trial for trial in trials}.values()
        if trial.stimulus.id in known and known[trial.stimulus.id].sha256 != trial.stimulus.sha256
    ]
    if not differences and session["plan_sha256"] != plan_sha256(trials):
        differences = [
            f"the order of the images: it was made by Foveola {header.provenance.foveola_version}"
        ]
    if differences:
        more = len(differences) - NAMED
        named = "; ".join(differences[:NAMED]) + (f"; and {more} more" if more > 0 else "")
        raise FoveolaError(
            f"The experiment is no longer that of the session's first part: {named}.",
            remedy="Change it back, or run another session: --session 2.",
        )


def session_parameters(
    settings: ExperimentSettings, trials: Sequence[ScheduledTrial], part: int, first_trial: int
) -> dict[str, Any]:
    """What the provenance of a part tells, so that it can be continued."""
    return {
        "part": part,
        "first_trial": first_trial,
        "trials": len(trials),
        "settings_sha256": _sha256(recorded_settings(settings)),
        "plan_sha256": plan_sha256(trials),
    }


def plan_sha256(trials: Iterable[ScheduledTrial]) -> str:
    """Hash of the images, by content, in their order."""
    return _sha256(
        [
            (one.index, one.stimulus.id, one.stimulus.sha256, one.block, one.repeat, one.practice)
            for one in trials
        ]
    )


def _session_of(header: RecordingHeader | None) -> dict[str, Any]:
    found = header.provenance.parameters.get("session", {}) if header else {}
    return found if isinstance(found, dict) else {}


def _sha256(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _differences(before: Any, now: Any, key: str = "") -> list[str]:
    """Keys whose values differ, with both."""
    if isinstance(before, dict) and isinstance(now, dict):
        names = dict.fromkeys([*before, *now])
        return [
            found
            for name in names
            for found in _differences(
                before.get(name), now.get(name), f"{key}.{name}" if key else name
            )
        ]
    if json.dumps(before, sort_keys=True) == json.dumps(now, sort_keys=True):
        return []
    if isinstance(before, list) and isinstance(now, list):
        return [f"{key} ({_changed_items(before, now)})"]
    return [f"{key} (was {json.dumps(before)}, is {json.dumps(now)})"]


def _changed_items(before: list[Any], now: list[Any]) -> str:
    gone = [str(one) for one in before if one not in now]
    new = [str(one) for one in now if one not in before]
    said = [f"without {', '.join(gone[:3])}"] if gone else []
    said += [f"with {', '.join(new[:3])}"] if new else []
    return " and ".join(said) or "in another order"
