"""The methods paragraph of a report, and the facts of its footer: every figure a paper states."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from foveola.data_schema import FixationSet, Protocol, Provenance, SetInfo, foveola_version

from .permutation import ALPHA, PERMUTATIONS
from .profiles import METRICS
from .report_data import ReportData
from .report_text import counted, shown

SOURCES = {"simulated": "simulated, not recorded", "mouse": "places of a mouse, not of gaze"}


@dataclass(frozen=True)
class Interval:
    """How the intervals of the leaderboard were made."""

    name: str
    resamples: int
    seed: int


def methods_paragraph(data: ReportData, interval: Interval) -> str:
    """Write the paragraph for a paper's methods section."""
    sentences = [_what_was_scored(data)]
    if data.fixations:
        sentences += _how_fixations_came(data.fixations.info)
    words = [_metric_words(name) for name in data.metrics]
    if words:
        sentences.append(f"Metrics: {'; '.join(words)}.")
    if data.pictures:
        protocol = data.pictures.protocol
        sentences.append(
            "Empirical maps are fixation counts blurred by a Gaussian with a standard deviation "
            f"of {_sigma(protocol, data.fixations)}."
        )
    sentences.append(
        f"Values are means over images with {interval.name}s ({interval.resamples:,} resamples "
        f"of the images, seed {interval.seed})."
    )
    if len(data.models) > 1:
        sentences.append(
            f"Models were compared in pairs by permutation tests over images ({PERMUTATIONS:,} "
            "sets of signs, two-sided), corrected for all pairs of a metric by Holm's method at "
            f"the {ALPHA:.0%} level."
        )
    if "centre-bias" in data.models:
        sentences.append("The centre bias of an image comes from the fixations on all the others.")
    for i in range(len(data.models)):
        if data.standing(i) == "gold":
            sentences.append(_gold_standard(data, i))
    made = data.pictures.provenance if data.pictures else None
    sentences.append(software(made))
    return " ".join(sentences)


def _gold_standard(data: ReportData, model: int) -> str:
    what = "The gold standard predicts the fixations of each observer from those of all others"
    undefined = np.isnan(data.values[model]).all(axis=0)
    names = [name for name, none in zip(data.metrics, undefined, strict=True) if none]
    if not names:
        return f"{what}."
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{what}; without one map for all of them it has no {listed}."


def _what_was_scored(data: ReportData) -> str:
    where = f" on {shown(data.dataset)}" if data.dataset else ""
    parts = [counted(len(data.stimuli), "image")]
    if data.fixations:
        observers, fixations = scored_counts(data)
        parts += [counted(observers, "observer"), counted(fixations, "fixation")]
        if math.isfinite(data.fixations.info.px_per_deg):
            parts.append(f"{data.fixations.info.px_per_deg:.1f} px per degree of visual angle")
    was = "was" if len(data.models) == 1 else "were"
    profile = f" by the metric profile {data.pictures.protocol.profile}" if data.pictures else ""
    return f"{_models(data)} {was} scored{where} ({', '.join(parts)}){profile}."


def _how_fixations_came(info: SetInfo) -> list[str]:
    sentences = []
    if info.citation:
        sentences.append(f"The data set is that of {shown(info.citation).rstrip('.')}.")
    if info.source != "gaze":
        source = SOURCES.get(info.source, f"from another source: {shown(info.source)}")
        sentences.append(f"Its fixations are {source}.")
    if info.first_dropped:
        sentences.append("The first fixation of each trial was left out.")
    if info.off_stimulus:
        off = counted(info.off_stimulus, "fixation")
        sentences.append(
            f"{off} outside the images {'was' if info.off_stimulus == 1 else 'were'} left out."
        )
    return sentences


def _models(data: ReportData) -> str:
    competing, references = model_counts(data)
    texts = [counted(competing, "saliency model")] if competing else []
    if references:
        texts.append(counted(references, "reference"))
    names = ", ".join(shown(name) for name in data.models)
    return f"{' and '.join(texts)} ({names})" if texts else "No model"


def model_counts(data: ReportData) -> tuple[int, int]:
    """Models that compete, and baselines and gold standards."""
    standings = [data.standing(i) for i in range(len(data.models))]
    competing = standings.count("model")
    return competing, len(standings) - competing


def scored_counts(data: ReportData) -> tuple[int, int]:
    """Observers and fixations on the stimuli of the report."""
    if data.fixations is None:
        return 0, 0
    indices = [data.fixation_index(i) for i in range(len(data.stimuli))]
    scored = [i for i in indices if i is not None]
    rows = data.fixations.table[np.isin(data.fixations.table["stimulus"], scored)]
    return len(np.unique(rows["observer"])), len(rows)


def _sigma(protocol: Protocol, fixations: FixationSet | None) -> str:
    sigma_px, own = protocol.sigma_px, protocol.sigmas_px
    if own:
        return f"{min(own):.4g} to {max(own):.4g} px, by the scale of each image"
    px_per_deg = fixations.info.px_per_deg if fixations else math.nan
    if not math.isfinite(px_per_deg):
        return f"{sigma_px:.4g} px"
    return f"{sigma_px:.4g} px ({sigma_px / px_per_deg:.2f} degrees of visual angle)"


def _metric_words(name: str) -> str:
    metric = METRICS.get(name)
    if metric is None:
        return shown(name)
    over = " over the centre bias" if name == "IG" else ""
    unit = f", in {metric.unit}" if metric.unit else ""
    return f"{metric.title}{over} ({name}{unit})"


def software(made: Provenance | None) -> str:
    """Name the versions that made a file; of Foveola alone where it is not known."""
    versions = dict(made.versions) if made else {}
    version = made.foveola_version if made else foveola_version()
    libraries = [
        f"{name.capitalize() if name == 'python' else name} {versions[name]}"
        for name in ("python", "numpy", "scipy")
        if name in versions
    ]
    return f"Software: {', '.join([f'Foveola {version}', *libraries])}."


def footer_facts(data: ReportData, interval: Interval, made: Provenance) -> list[tuple[str, str]]:
    """Name and value of everything the figures depend on, for the footer."""
    facts = [("Data set", data.dataset)]
    if data.fixations:
        info = data.fixations.info
        facts += [("Source of the fixations", info.source), ("Citation", info.citation)]
    if data.pictures:
        protocol, scored = data.pictures.protocol, data.pictures.provenance
        seed = "" if scored.seed is None else str(scored.seed)
        facts += [
            ("Profile", protocol.profile),
            ("Sigma of empirical maps", _sigma(protocol, data.fixations)),
            ("Scored by", made_by(scored)),
            ("Libraries", ", ".join(f"{k} {v}" for k, v in scored.versions.items())),
            ("Seed of the scores", seed),
            ("SHA-256 of the fixations", protocol.fixations_sha256),
        ]
    facts += [
        ("Images", f"{len(data.stimuli):,}"),
        ("Intervals", f"{interval.name}, {interval.resamples:,} resamples, seed {interval.seed}"),
        ("Report", made_by(made)),
    ]
    return [(name, shown(value)) for name, value in facts if value]


def made_by(made: Provenance) -> str:
    """Version and time of what made a file."""
    when = made.created_utc.replace("T", " ").removesuffix("+00:00")
    return f"Foveola {made.foveola_version}, {when} UTC"
