"""Many recordings at once: in several processes, kept on the disk as they come, resumable."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from foveola.data_schema import (
    FileFormatError,
    FoveolaError,
    Stimulus,
    foveola_version,
    sha256_of,
    written_whole,
)

from .detectors import detector_of, parameters_of
from .session_fixations import LEAD_S, Session, TrialRules, Viewing, read_session

#: Parts of another layout are made anew.
PART_VERSION = 2
#: What became of a recording.
Outcome = tuple[Path, Session | FoveolaError]


@dataclass(frozen=True)
class SessionTask:
    """What is to be done with each recording.

    Attributes
    ----------
    detector : str
        Name of the detector.
    parameters : mapping
        Parameters of the detector that are not to have their default.
    rules : TrialRules
        Which fixations of which trials are taken.
    parts : Path, optional
        Folder in which each result is kept, and looked for first.
    """

    detector: str
    parameters: Mapping[str, float | bool]
    rules: TrialRules
    parts: Path | None = None

    def __call__(self, path: Path) -> Session:
        """Detect the fixations of one recording, or take them from its part.

        Raises
        ------
        FoveolaError
            If the recording can't be used, whatever the cause: the others go on.
        """
        detect = detector_of(self.detector, self.parameters)
        try:
            part = self._part_of(path)
            if part is not None and part.exists():
                kept = _read_part(part)
                if kept is not None:
                    return kept
            session = read_session(path, detect, self.rules)
            if part is not None:
                _write_part(part, session)
        except FoveolaError:
            raise
        except Exception as error:
            told = f"it can't be used ({type(error).__name__}: {error})."
            raise FileFormatError(path, told, remedy="Leave the file out.") from error
        return session

    def _part_of(self, path: Path) -> Path | None:
        """Name that tells of the recording's content and of everything done with it."""
        if self.parts is None:
            return None
        settings = {
            "recording": sha256_of(path),
            "detector": self.detector,
            "parameters": parameters_of(detector_of(self.detector, self.parameters)),
            "rules": asdict(self.rules),
            "lead_s": LEAD_S,
            "version": [foveola_version(), PART_VERSION],
        }
        key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        return self.parts / f"{path.stem}-{key[:16]}.npz"


def sessions_of(paths: Iterable[Path], task: SessionTask, jobs: int = 1) -> Iterator[Outcome]:
    """Do a task for each recording, in several processes, and give each result as it comes.

    Parameters
    ----------
    paths : iterable of Path
        The recordings.
    task : SessionTask
        What is to be done.
    jobs : int
        Processes; one works in this process itself.

    Yields
    ------
    path : Path
    outcome : Session or FoveolaError
        What was found, or why the recording can't be used. A process that dies, for want of
        memory or in a damaged file, takes its own recording alone with it.
    """
    if task.parts is not None:
        task.parts.mkdir(parents=True, exist_ok=True)
    paths = list(paths)
    if jobs <= 1 or len(paths) <= 1:
        for path in paths:
            yield path, _outcome(task, path)
        return
    unfinished: list[Path] = []
    with _pool(min(jobs, len(paths))) as pool:
        futures = {pool.submit(_outcome, task, path): path for path in paths}
        try:
            for future in as_completed(futures):
                if isinstance(future.exception(), BrokenProcessPool):
                    unfinished.append(futures[future])
                else:
                    yield futures[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    for path in unfinished:  # one of them killed its process: each gets one of its own
        yield path, _outcome_alone(task, path)


def _pool(jobs: int) -> ProcessPoolExecutor:
    # Forked, a child would inherit the threads' locks of numba and HDF5.
    return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))


def _outcome(task: SessionTask, path: Path) -> Session | FoveolaError:
    try:
        return task(path)
    except FoveolaError as fault:
        return fault


def _outcome_alone(task: SessionTask, path: Path) -> Session | FoveolaError:
    with _pool(1) as pool:
        future: Future[Session | FoveolaError] = pool.submit(_outcome, task, path)
        try:
            return future.result()
        except BrokenProcessPool:
            return FileFormatError(
                path, "the process that read it died.", remedy="Leave the file out."
            )


def _write_part(part: Path, session: Session) -> None:
    header = {
        "sha256": session.sha256,
        "observer": session.observer,
        "simulated": session.simulated,
        "stimuli": [one.model_dump() for one in session.stimuli],
        "viewings": [(one.stimulus, one.px_per_deg, one.repeat) for one in session.viewings],
    }
    tables: dict[str, Any] = {str(i): one.table for i, one in enumerate(session.viewings)}
    with written_whole(part) as path, path.open("wb") as file:
        np.savez(file, header=np.array(json.dumps(header)), **tables)


def _read_part(part: Path) -> Session | None:
    """The session that was kept, or None where the part is damaged: it is made anew."""
    try:
        with np.load(part, allow_pickle=False) as content:
            header = json.loads(str(content["header"]))
            viewings = tuple(
                Viewing(stimulus, content[str(i)], px_per_deg, repeat)
                for i, (stimulus, px_per_deg, repeat) in enumerate(header["viewings"])
            )
        stimuli = tuple(Stimulus(**one) for one in header["stimuli"])
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    return Session(header["sha256"], header["observer"], stimuli, viewings, header["simulated"])
