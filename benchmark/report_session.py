"""The session report: one page on how well an observer's session was recorded."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from foveola.data_schema import provenance
from foveola.fixation_maps.quality_grade import Grade

from .report_charts import write_chart_library
from .report_folder import MARKER, refuse_foreign, replaced_folder
from .report_methods import made_by
from .report_pages import Made, environment
from .report_session_charts import MAGNIFIED, arrow_maps, session_charts
from .report_session_data import SessionData, session_data
from .report_session_methods import session_methods
from .report_text import counted, figure, shown

#: A symbol beside each word, so that nothing depends on colour.
SYMBOLS: dict[Grade, str] = {"good": "✓", "fair": "◐", "poor": "✗", "unknown": "?"}
GRADE_NOTES: dict[Grade, str] = {
    "good": "Everything that could be judged is good.",
    "fair": "Usable; the worst of what could be judged is fair.",
    "poor": "At least one thing is poor: look at it before the session is used.",
    "unknown": "Its accuracy is not known, so that the session has no grade.",
}


def write_session_report(recording_path: str | Path, folder: str | Path) -> Path:
    """Write a recording's session as an offline HTML report.

    Parameters
    ----------
    recording_path : path-like
        The recording.
    folder : path-like
        The report's folder; an older report there is replaced, anything else is refused.

    Returns
    -------
    Path
        The page to open, ``index.html``.

    Raises
    ------
    FoveolaError
        If the recording is damaged, or the folder is taken.
    """
    folder, recording_path = Path(folder), Path(recording_path)
    refuse_foreign(folder)
    data = session_data(recording_path)
    made = provenance(inputs=[recording_path])
    with replaced_folder(folder) as part:
        here = Path(__file__).parent
        for name in ("report.css", "report.js"):
            shutil.copyfile(here / name, part / name)
        write_chart_library(part)
        page = session_page(data, Made(made.foveola_version, _footer(data, made_by(made))))
        (part / "index.html").write_text(page, encoding="utf-8", errors="xmlcharrefreplace")
        (part / MARKER).write_text(made.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return folder / "index.html"


def session_page(data: SessionData, made: Made) -> str:
    """Render the page of a session."""
    recording = data.recording
    grade = data.quality.grade
    arrows = arrow_maps(data)
    observer = " ".join(filter(None, (recording.observer.id, recording.observer.session)))
    pictured = sum(1 for one in data.validations if one.points)
    return (
        environment()
        .get_template("report_session.html")
        .render(
            root="",
            made=made,
            observer=observer,
            subtitle=_subtitle(data),
            notes=_notes(data),
            grade=grade,
            grade_note=GRADE_NOTES[grade],
            symbols=SYMBOLS,
            checks=data.quality.checks,
            facts=_facts(data),
            charts=session_charts(data),
            arrows=arrows,
            maps_left_out=pictured - len(arrows),
            magnified=MAGNIFIED,
            clock=_clock(data),
            excluded=[
                (str(t.trial.index + 1), shown(t.trial.stimulus or "none"), t.excluded)
                for t in data.trials
                if t.excluded
            ],
            methods=session_methods(data),
        )
    )


def _subtitle(data: SessionData) -> str:
    recording = data.recording
    times_s = recording.samples["time_s"]
    parts = [recording.started_utc.replace("T", " ").removesuffix("+00:00")]
    if parts[0]:
        parts[0] += " UTC" if recording.started_utc.endswith("+00:00") else ""
    if len(times_s):
        parts.append(f"{(times_s[-1] - times_s[0]) / 60:.1f} min")
    parts += [counted(len(recording.trials), "trial"), counted(len(times_s), "sample")]
    return " · ".join(shown(part) for part in parts if part)


def _notes(data: SessionData) -> list[dict[str, str]]:
    notes = []
    if data.recording.tracker.simulated:
        text = "No eye was tracked: gaze comes from a virtual observer."
        notes.append({"title": "Simulated.", "text": text})
    for one in data.recording.calibrations:
        if one.accepted and one.reason:
            text = f"The {one.kind.replace('_', ' ')} at {one.time_s / 60:.1f} min: {one.reason}."
            notes.append({"title": "A rule was overridden.", "text": text})
    return notes


def _facts(data: SessionData) -> list[tuple[str, str]]:
    screen, tracker = data.recording.screen, data.recording.tracker
    width_deg = 2 * math.degrees(math.atan2(screen.width_cm / 2, screen.distance_cm))
    height_deg = 2 * math.degrees(math.atan2(screen.height_cm / 2, screen.distance_cm))
    refresh = f", {screen.refresh_hz:.4g} Hz" if screen.refresh_hz > 0 else ""
    facts = [
        ("Screen", f"{screen.width_px} × {screen.height_px} px{refresh}"),
        ("Its size", f"{screen.width_cm:g} × {screen.height_cm:g} cm"),
        ("Viewing distance", f"{screen.distance_cm:g} cm"),
        ("Visual angle", f"{width_deg:.1f}° × {height_deg:.1f}°"),
        ("Pixels per degree", f"{screen.px_per_deg():.1f}, at the centre"),
        ("Tracker", f"{tracker.make} {tracker.model}".strip()),
        ("Serial number", tracker.serial),
        ("Firmware", tracker.firmware),
        ("Software", tracker.software),
        ("Eyes", tracker.eyes),
        ("Nominal rate", f"{tracker.sampling_rate_hz:g} Hz"),
        ("Measured rate", f"{figure(data.rate_hz, 2)} Hz" if data.rate_hz > 0 else ""),
        ("Samples", _samples(data)),
    ]
    return [(name, shown(value)) for name, value in facts if value]


def _samples(data: SessionData) -> str:
    found = len(data.recording.samples)
    if not data.expected:
        return f"{found:,}"
    return f"{found:,} of {data.expected:,} expected ({found / data.expected:.1%})"


def _clock(data: SessionData) -> list[tuple[str, str]]:
    clock = data.recording.clock
    if not clock.pairs:
        return [("Fit", "the clocks of tracker and computer were not compared")]
    facts = [
        ("Pairs of times", f"{clock.pairs:,}"),
        ("Offset", f"{figure(clock.offset_s, 6)} s"),
        ("Drift", f"{figure(clock.drift_ppm, 2)} ppm"),
    ]
    if clock.residual_s >= 0:
        facts.append(("Left by the fit (RMS)", f"{clock.residual_s * 1e6:.1f} µs"))
    if clock.outliers:
        facts.append(("Pairs left out, far off the line", f"{clock.outliers:,}"))
    facts += [(f"Jump {i}", jump.words()) for i, jump in enumerate(clock.jumps, start=1)]
    return facts


def _footer(data: SessionData, report: str) -> list[tuple[str, str]]:
    recorded = data.recording.provenance
    facts = [
        ("Recording", data.path.name),
        ("Recorded by", made_by(recorded)),
        ("Libraries", ", ".join(f"{k} {v}" for k, v in recorded.versions.items())),
        ("Seed of the session", "" if recorded.seed is None else str(recorded.seed)),
        ("Report", report),
    ]
    return [(name, shown(value)) for name, value in facts if value]
