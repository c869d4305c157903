"""Is everything ready for an observer? Each check judges measured facts; it measures nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from foveola.data_schema import GAZE_DTYPE, Screen

from .preflight_records import (
    ClockFacts,
    DiskFacts,
    Facts,
    Finding,
    MemoryFacts,
    NameFacts,
    PowerFacts,
    ProgramFacts,
    StimulusFacts,
    TrackerFacts,
    Verdict,
    WindowFacts,
)
from .settings import ExperimentSettings

REFRESH_TOLERANCE = 0.02
DROPPED_WARN, DROPPED_FAIL = 0.005, 0.02
SIZE_WARN, SIZE_FAIL = 0.03, 0.1
SQUARE_TOLERANCE = 0.03
DISTANCE_WARN_CM, DISTANCE_FAIL_CM = (40.0, 120.0), (25.0, 250.0)
#: Own recordings are made at this rate or faster.
LEAST_RATE_HZ = 250.0
RATE_TOLERANCE = 0.02
LONGEST_GAP_S = 0.05
EYE_WARN, EYE_FAIL = 0.8, 0.2
RESOLUTION_S = 1e-4
ROUND_TRIP_WARN_S, ROUND_TRIP_FAIL_S = 0.002, 0.02
DRIFT_FAIL_PPM = 2000.0
#: A journal and the recording made from it, with all that is not samples.
COPIES, OVERHEAD = 2.0, 1.2
#: Between two trials, and for the calibration and everything else, until it is known better.
BETWEEN_TRIALS_S, AROUND_S = 1.0, 300.0
MEMORY_WARN_GB, MEMORY_FAIL_GB = 2.0, 0.7
MOST_NAMED = 5


def findings(
    settings: ExperimentSettings, facts: Facts, *, allow_slow_tracker: str = ""
) -> list[Finding]:
    """Judge everything that was measured.

    Parameters
    ----------
    settings : ExperimentSettings
        What the experiment needs.
    facts : Facts
        What was measured.
    allow_slow_tracker : str
        Why a tracker slower than 250 Hz is borne, in the user's words.
    """
    found: list[Finding] = []
    for name, part, check in _checks(settings, facts, allow_slow_tracker):
        if part is None:
            why = facts.why.get(name, "not asked for")
            found.append(Finding(name, "skipped", f"Not checked: {why}."))
        else:
            found += check()
    return found


def _checks(
    settings: ExperimentSettings, facts: Facts, reason: str
) -> Iterable[tuple[str, object, Callable[[], list[Finding]]]]:
    """Every check: its name, its facts, and what judges them."""
    window, tracker, clock, disk = facts.window, facts.tracker, facts.clock, facts.disk
    screen = settings.screen
    needs = forecast_bytes(settings, facts)
    yield "geometry", screen, lambda: [check_geometry(screen)]
    yield "window", window, lambda: window_findings(screen, window, settings.window)
    yield "tracker", tracker, lambda: tracker_findings(tracker, reason)
    yield "clock", clock, lambda: [check_clock(clock)] if clock else []
    yield "disk", disk, lambda: [check_disk(disk, needs)] if disk else []
    names, power, programs = facts.names, facts.power, facts.programs
    yield "names", names, lambda: [check_names(names, tracker)] if names else []
    session_s = forecast_s(settings, facts)
    yield "power", power, lambda: check_power(power, session_s) if power else []
    yield "programs", programs, lambda: [check_programs(programs)] if programs else []
    stimuli, memory = facts.stimuli, facts.memory
    yield "stimuli", stimuli, lambda: [check_stimuli(stimuli)] if stimuli else []
    yield "memory", memory, lambda: [check_memory(memory)] if memory else []


def forecast_s(settings: ExperimentSettings, facts: Facts) -> float:
    """How long a session will take, in seconds, generously."""
    count = facts.stimuli.count if facts.stimuli else 0
    trial_s = settings.fixation_cross_s + settings.duration_s + BETWEEN_TRIALS_S
    return count * trial_s + AROUND_S


def forecast_bytes(settings: ExperimentSettings, facts: Facts) -> float:
    """What a session will take on the disk."""
    rate_hz = facts.tracker.nominal_hz if facts.tracker else math.nan
    rate_hz = rate_hz if math.isfinite(rate_hz) else 1000.0
    samples = forecast_s(settings, facts) * rate_hz
    return samples * GAZE_DTYPE.itemsize * COPIES * OVERHEAD


def check_geometry(screen: Screen) -> Finding:
    """Is the screen that the settings describe possible?"""
    across, down = screen.width_cm / screen.width_px, screen.height_cm / screen.height_px
    if abs(across / down - 1) > SQUARE_TOLERANCE:
        return Finding(
            "geometry",
            "fail",
            f"By the settings a pixel is {10 * across:.3f} mm wide and {10 * down:.3f} mm high.",
            "Measure the lit area with a ruler: screen.width_cm and screen.height_cm.",
        )
    for verdict, (low, high) in (("fail", DISTANCE_FAIL_CM), ("warn", DISTANCE_WARN_CM)):
        if not low <= screen.distance_cm <= high:
            return Finding(
                "geometry",
                "fail" if verdict == "fail" else "warn",
                f"The eye is {screen.distance_cm:g} cm from the screen; "
                f"{low:g} to {high:g} cm is usual.",
                "Measure from the eye to the screen's middle: screen.distance_cm.",
            )
    return Finding(
        "geometry",
        "ok",
        f"{screen.width_cm:g} x {screen.height_cm:g} cm at {screen.distance_cm:g} cm: "
        f"{screen.px_per_deg():.1f} px per degree.",
    )


def window_findings(screen: Screen, window: WindowFacts | None, kind: str) -> list[Finding]:
    """Do the screen and its refresh agree with the settings?"""
    if window is None:
        return []
    if window.error:
        remedy = "See what this machine can do: foveola doctor."
        return [Finding("window", "fail", window.error, remedy)]
    return [
        check_refresh(screen, window),
        check_dropped(window),
        check_size_px(screen, window, kind),
        check_size_cm(screen, window, kind),
    ]


def check_refresh(screen: Screen, window: WindowFacts) -> Finding:
    """Does the screen refresh as often as the settings say?"""
    measured = f"{window.refresh_hz:.2f} Hz measured"
    if window.software:
        words = "A processor draws here, as for a screen in memory: no flip waits for a refresh."
        return Finding("refresh", "warn", words, "Record observers on a real screen.")
    if abs(window.refresh_hz / screen.refresh_hz - 1) > REFRESH_TOLERANCE:
        return Finding(
            "refresh",
            "fail",
            f"{measured}; the settings say {screen.refresh_hz:g}.",
            f"Set screen.refresh_hz = {window.refresh_hz:.0f} or change the screen's mode; "
            "if flips come too fast, switch vertical synchronisation on in the driver.",
        )
    return Finding("refresh", "ok", f"{measured}.")


def check_dropped(window: WindowFacts) -> Finding:
    """Do flips come when they should?"""
    share = window.dropped / window.flips if window.flips else 0.0
    words = f"{window.dropped} of {window.flips} came late."
    if share <= DROPPED_WARN or window.software:
        return Finding("flips", "ok", words)
    remedy = "Close other programs, switch the compositor off, and use the screen alone."
    return Finding("flips", "fail" if share > DROPPED_FAIL else "warn", words, remedy)


def check_size_px(screen: Screen, window: WindowFacts, kind: str) -> Finding:
    """Has the screen as many pixels as the settings say?"""
    real, said = window.screen_px, (screen.width_px, screen.height_px)
    fits = real[0] >= said[0] and real[1] >= said[1]
    words = f"The screen has {real[0]} x {real[1]} px, the settings say {said[0]} x {said[1]}."
    if real == said or (kind == "windowed" and fits):
        return Finding("screen", "ok", f"{real[0]} x {real[1]} px.")
    remedy = "Set screen.width_px and screen.height_px, or the screen's mode; scaling off."
    return Finding("screen", "fail", words, remedy)


def check_size_cm(screen: Screen, window: WindowFacts, kind: str) -> Finding:
    """Is the screen as large as its display says?"""
    if window.size_mm is None or 0 in window.size_mm:
        words = f"The display does not tell its size; {screen.width_cm:g} cm by the settings."
        return Finding("screen size", "skipped", words, "Measure it with a ruler.")
    # A window is a part of the screen.
    share = screen.width_px / window.screen_px[0] if kind == "windowed" else 1.0
    said_cm = window.size_mm[0] / 10 * share
    off = abs(screen.width_cm / said_cm - 1)
    words = f"{screen.width_cm:g} cm wide by the settings, {said_cm:.1f} by the display."
    if off <= SIZE_WARN:
        return Finding("screen size", "ok", words)
    remedy = "Measure the lit area with a ruler; the display may be wrong, the ruler is not."
    return Finding("screen size", "fail" if off > SIZE_FAIL else "warn", words, remedy)


def tracker_findings(tracker: TrackerFacts | None, reason: str) -> list[Finding]:
    """Does the tracker deliver what a recording needs?"""
    if tracker is None:
        return []
    if tracker.error:
        return [Finding("tracker", "fail", tracker.error, tracker.remedy)]
    return [check_rate(tracker, reason), check_eyes(tracker), check_tracker_clock(tracker)]


def check_rate(tracker: TrackerFacts, reason: str = "") -> Finding:
    """Is the tracker as fast as it says, fast enough, and without gaps?"""
    rate_hz, nominal_hz = tracker.rate_hz, tracker.nominal_hz
    words = f"{tracker.name}: {rate_hz:.1f} Hz measured, {nominal_hz:g} nominal."
    if not math.isfinite(rate_hz):
        return Finding(
            "tracker rate",
            "fail",
            f"{tracker.name} delivered no samples.",
            "Check its cable and that it is switched on and not used by another program.",
        )
    if abs(rate_hz / nominal_hz - 1) > RATE_TOLERANCE:
        remedy = "Check the cable, the mode that the device is set to, and other programs on it."
        return Finding("tracker rate", "fail", words, remedy)
    if tracker.longest_gap_s > LONGEST_GAP_S:
        words = f"{words} One gap lasted {1000 * tracker.longest_gap_s:.0f} ms."
        return Finding("tracker rate", "fail", words, "Check the cable and the network adapter.")
    if rate_hz < LEAST_RATE_HZ * (1 - RATE_TOLERANCE):
        words = f"{words} Own recordings are made at {LEAST_RATE_HZ:g} Hz or more."
        if reason:
            return Finding("tracker rate", "warn", f"{words} Borne: {reason}")
        remedy = 'Set a faster mode, or say why not: --allow-slow-tracker "reason".'
        return Finding("tracker rate", "fail", words, remedy)
    return Finding("tracker rate", "ok", words)


def check_eyes(tracker: TrackerFacts) -> Finding:
    """Does the tracker see the eyes it is set to?"""
    seen = ", ".join(f"{eye} {share:.0%}" for eye, share in tracker.seen)
    words = f"Samples with gaze: {seen}." if seen else "No eye was seen."
    shares = [share for _, share in tracker.seen]
    remedy = "Sit in front of it, adjust the camera and the threshold, and look for reflections."
    if not shares or max(shares) < EYE_FAIL:
        return Finding("eyes", "fail", f"{words} Nobody may have sat there.", remedy)
    if min(shares) < EYE_FAIL:
        remedy = f"{remedy} Or record one eye: set the tracker's eyes."
        return Finding("eyes", "fail", words, remedy)
    return Finding("eyes", "ok" if min(shares) >= EYE_WARN else "warn", words, remedy)


def check_tracker_clock(tracker: TrackerFacts) -> Finding:
    """Can the tracker's clock be read quickly, and does it run as this computer's?"""
    words = (
        f"Read within {1000 * tracker.round_trip_s:.2f} ms, "
        f"{tracker.drift_ppm:+.0f} ppm against this computer."
    )
    if tracker.round_trip_s > ROUND_TRIP_FAIL_S or abs(tracker.drift_ppm) > DRIFT_FAIL_PPM:
        remedy = "Connect it directly, without a switch or wireless; restart the device."
        return Finding("tracker clock", "fail", words, remedy)
    if tracker.round_trip_s > ROUND_TRIP_WARN_S:
        return Finding("tracker clock", "warn", words, "Connect it directly, without a switch.")
    return Finding("tracker clock", "ok", words)


def check_clock(clock: ClockFacts) -> Finding:
    """Does this computer's clock never go back, in fine steps?"""
    words = f"Steps of {clock.resolution_s:.0e} s."
    if clock.monotonic and clock.resolution_s <= RESOLUTION_S:
        return Finding("clock", "ok", f"It never goes back. {words}")
    if not clock.monotonic:
        words = f"It goes back. {words}"
    return Finding("clock", "fail", words, "Use another computer, or its system without a guest.")


def check_disk(disk: DiskFacts, needs_bytes: float) -> Finding:
    """Has the disk room for twice the forecast?"""
    if disk.error:
        remedy = "Set data_folder to a folder that can be written."
        return Finding("disk", "fail", disk.error, remedy)
    words = (
        f"{disk.free_bytes / 1e9:,.1f} GB free; the session will take about "
        f"{needs_bytes / 1e9:,.2f} GB."
    )
    if disk.free_bytes < 2 * needs_bytes:
        remedy = f"Free {(2 * needs_bytes - disk.free_bytes) / 1e9:,.1f} GB, or set data_folder."
        return Finding("disk", "fail", f"{words} Twice that is needed.", remedy)
    return Finding("disk", "ok", words)


def check_names(names: NameFacts, tracker: TrackerFacts | None) -> Finding:
    """Are the names of the session's files free?"""
    if names.error:
        return Finding("names", "fail", names.error, "Choose another id.")
    if names.taken:
        return Finding(
            "names",
            "fail",
            f"These files are there already: {_listed(names.taken)}.",
            "Check the observer's id; another session of it: --session 2.",
        )
    words = "The session's files are free."
    if tracker is not None and tracker.keeps_record:
        words += " The device's own record gets a name that is free there."
    return Finding("names", "ok", words)


def check_power(power: PowerFacts, session_s: float) -> list[Finding]:
    """Will nothing darken the screen or slow the computer?"""
    battery = (
        Finding("battery", "fail", "It runs on its battery, and slower.", "Plug it in.")
        if power.on_battery
        else Finding("battery", "ok", "It does not run on a battery.")
    )
    if math.isnan(power.blank_s):
        words = "What darkens the screen can't be asked for here."
        remedy = "Switch the screen saver and power saving off."
        return [battery, Finding("screen saver", "skipped", words, remedy)]
    if power.blank_s < session_s:
        words = f"{power.by} darkens the screen after {power.blank_s:g} s without a key."
        remedy = (
            "Switch it off: xset s off -dpms; gsettings set org.gnome.desktop.session idle-delay "
            "0. Or for one session: systemd-inhibit --what=idle foveola run ..."
        )
        return [battery, Finding("screen saver", "fail", words, remedy)]
    return [battery, Finding("screen saver", "ok", "Nothing darkens the screen in that time.")]


def check_programs(programs: ProgramFacts) -> Finding:
    """Do no other programs use much of the processors?"""
    if not programs.busy:
        return Finding("programs", "ok", "No other program uses much of a processor.")
    listed = _listed([f"{name} ({share:.0%})" for name, share in programs.busy])
    words = f"Other programs use much of a processor: {listed}."
    return Finding("programs", "warn", words, "Close them, and switch updates and indexing off.")


def check_stimuli(stimuli: StimulusFacts) -> Finding:
    """Can every stimulus be read to its end?"""
    if not stimuli.broken:
        return Finding("stimuli", "ok", f"All {stimuli.count:,} can be read.")
    listed = _listed([name for name, _ in stimuli.broken])
    words = f"{len(stimuli.broken)} of {stimuli.count:,} can't be read: {listed}."
    return Finding("stimuli", "fail", words, f"Copy them again. {stimuli.broken[0][1]}")


def check_memory(memory: MemoryFacts) -> Finding:
    """Is enough memory free?"""
    free_gb = memory.available_bytes / 1e9
    words = f"{free_gb:.1f} GB of memory are free."
    if free_gb >= MEMORY_WARN_GB:
        return Finding("memory", "ok", words)
    verdict: Verdict = "fail" if free_gb < MEMORY_FAIL_GB else "warn"
    return Finding("memory", verdict, words, "Close other programs.")


def _listed(names: Iterable[str]) -> str:
    """Write names, at most five of them."""
    names = list(names)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
