"""The report of a data set: who looked at what, how alike they looked, and a card a stimulus."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveola.data_schema import FixationSet, FoveolaError, provenance, read_fixation_set
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.gold_standard import GoldStandard
from foveola.fixation_maps.ground_truth_quality import GroundTruthQuality, ground_truth_quality

from .evaluation import default_sigma_px
from .report_charts import write_chart_library
from .report_dataset_charts import dataset_charts
from .report_folder import MARKER, refuse_foreign, replaced_folder
from .report_methods import made_by, software
from .report_pages import Made, environment
from .report_pictures import Picture, write_centre_bias, write_pictures, write_scales
from .report_text import counted, figure, shown

Floats = NDArray[np.float64]
OnProgress = Callable[[int, int], None]
#: Observers this many robust standard deviations from the median are called outlying.
OUTLYING = 3.0


@dataclass(frozen=True)
class DatasetData:
    """A fixation set and what was measured of it.

    Attributes
    ----------
    path : Path
        Its file.
    fixations : FixationSet
        All of it.
    counts : ndarray of int, shape (observers, stimuli)
        Fixations of each observer on each stimulus.
    quality : GroundTruthQuality or None
        Agreement, centre bias and gold standard; None where the set is too small for them.
    note : str
        Why there is none.
    observers_bits : ndarray, shape (observers,)
        How much better, in bits per fixation, an observer is told by all others than the mean
        observer of the same stimuli; NaN where it can't be told.
    """

    path: Path
    fixations: FixationSet
    counts: NDArray[np.intp]
    quality: GroundTruthQuality | None
    note: str
    observers_bits: Floats

    @property
    def deviations(self) -> Floats:
        """Robust standard deviations of each observer from the median; NaN where not known."""
        bits = self.observers_bits
        if np.isnan(bits).all():
            return np.full(len(bits), np.nan)
        away = bits - np.nanmedian(bits)
        spread = 1.4826 * float(np.nanmedian(np.abs(away)))
        return away / spread if spread > 0 else np.where(np.isnan(away), np.nan, 0.0)


def write_dataset_report(
    fixations_path: str | Path,
    folder: str | Path,
    *,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Path:
    """Write a fixation set as an offline HTML report.

    Parameters
    ----------
    fixations_path : path-like
        The set.
    folder : path-like
        The report's folder; an older report there is replaced, anything else is refused.
    seed : int, default 0
        Of the random splits and bootstraps.
    on_progress : callable, optional
        Called with the number of stimuli that are done and that there are.

    Returns
    -------
    Path
        The page to open, ``index.html``.

    Raises
    ------
    FoveolaError
        If the set is damaged, or the folder is taken.
    """
    folder, fixations_path = Path(folder), Path(fixations_path)
    refuse_foreign(folder)
    data = dataset_data(fixations_path, seed)
    made = provenance(inputs=[fixations_path], seed=seed)
    with replaced_folder(folder) as part:
        here = Path(__file__).parent
        for name in ("report.css", "report.js"):
            shutil.copyfile(here / name, part / name)
        write_chart_library(part)
        (part / "pictures").mkdir()
        write_scales(part / "pictures")
        centre = write_centre_bias(part / "pictures" / "centre", data.fixations)
        cards = _write_cards(part, data, on_progress)
        page = dataset_page(
            data, Made(made.foveola_version, _footer(data, made_by(made))), cards, centre
        )
        (part / "index.html").write_text(page, encoding="utf-8", errors="xmlcharrefreplace")
        (part / MARKER).write_text(made.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return folder / "index.html"


def dataset_data(path: Path, seed: int = 0) -> DatasetData:
    """Read a fixation set and measure it."""
    fixations = read_fixation_set(path)
    table = fixations.table
    counts = np.zeros((len(fixations.observers), len(fixations.stimuli)), np.intp)
    np.add.at(counts, (table["observer"], table["stimulus"]), 1)
    quality, note = None, ""
    bits = np.full(len(fixations.observers), np.nan)
    try:
        sigma = f"{default_sigma_px(fixations):.6g}px"
        quality = ground_truth_quality(fixations, sigma, seed=seed)
    except FoveolaError as error:
        note = error.what
    else:
        bits = _observers_bits(fixations, quality)
    return DatasetData(path, fixations, counts, quality, note, bits)


def _observers_bits(fixations: FixationSet, quality: GroundTruthQuality) -> Floats:
    """How well each observer is told by all others, against the mean of the same stimuli."""
    bias = CentreBias(
        fixations,
        bandwidth=quality.centre_bias_bandwidth,
        uniform_weight=quality.centre_bias_uniform_weight,
    )
    gold = GoldStandard(
        fixations,
        bias,
        quality.gold_standard_bandwidth_px,
        quality.gold_standard_centre_bias_weight,
        quality.gold_standard_uniform_weight,
    )
    sums, numbers = np.zeros(len(fixations.observers)), np.zeros(len(fixations.observers))
    for index in range(len(fixations.stimuli)):
        observers = fixations.of(index)["observer"]
        if len(np.unique(observers)) < 2:
            continue
        bits = gold.log_likelihoods(index) / np.log(2)
        np.add.at(sums, observers, bits - bits.mean())
        np.add.at(numbers, observers, 1)
    with np.errstate(invalid="ignore"):
        return np.where(numbers > 0, sums / numbers, np.nan)


@dataclass(frozen=True)
class Card:
    """What the page shows of a stimulus."""

    name: str
    photo: Picture | None
    density: Picture | None
    facts: str
    agreement: str


def _write_cards(folder: Path, data: DatasetData, on_progress: OnProgress | None) -> list[Card]:
    fixations = data.fixations
    known = {one.stimulus: one for one in data.quality.reliability} if data.quality else {}
    cards = []
    for i, stimulus in enumerate(fixations.stimuli):
        pictures = write_pictures(
            folder / "pictures" / f"{i + 1:04d}",
            fixations,
            i,
            default_sigma_px(fixations),
            None,
            [],
        )
        observers = int(np.count_nonzero(data.counts[:, i]))
        count = int(data.counts[:, i].sum())
        durations = fixations.of(i)["duration_s"]
        middle = float(np.median(durations)) if count else np.nan
        length = f" · {1000 * middle:.0f} ms" if middle > 0 else ""
        own = known.get(stimulus.id)
        agreement = figure(own.split_half, 2) if own else ""
        cards.append(
            Card(
                stimulus.id,
                pictures.thumb,
                pictures.density,
                f"{counted(observers, 'observer')} · {counted(count, 'fixation')}{length}",
                f"halves agree {agreement}" if agreement else "",
            )
        )
        if on_progress:
            on_progress(i + 1, len(fixations.stimuli))
    return cards


def dataset_page(data: DatasetData, made: Made, cards: list[Card], centre: Picture | None) -> str:
    """Render the page of a data set."""
    info = data.fixations.info
    deviations = data.deviations
    outlying = [
        (
            shown(data.fixations.observers[i]),
            f"{figure(float(data.observers_bits[i]), 2)} bit",
            f"{figure(float(deviations[i]), 1)}",
        )
        for i in np.argsort(np.nan_to_num(deviations))
        if abs(deviations[i]) > OUTLYING
    ]
    return (
        environment()
        .get_template("report_dataset.html")
        .render(
            root="",
            made=made,
            name=info.name,
            tiles=_tiles(data),
            note=data.note,
            charts=dataset_charts(data.fixations, data.counts, data.quality, data.observers_bits),
            centre=centre,
            spread=_spread(data.fixations),
            outlying=outlying,
            limit=f"{OUTLYING:g}",
            judged=int(np.count_nonzero(~np.isnan(deviations))),
            cards=cards,
            methods=_methods(data),
        )
    )


def _tiles(data: DatasetData) -> list[tuple[str, str]]:
    fixations = data.fixations
    seen = np.count_nonzero(data.counts)
    share = seen / data.counts.size if data.counts.size else 0
    tiles = [
        (f"{len(fixations.stimuli):,}", "stimuli"),
        (f"{len(fixations.observers):,}", "observers"),
        (f"{len(fixations.table):,}", "fixations"),
        (f"{share:.0%}", "of all pairs were seen"),
    ]
    if fixations.info.px_per_deg > 0:
        tiles.append((f"{fixations.info.px_per_deg:.1f}", "px per degree"))
    return [*tiles, (shown(fixations.info.source), "source")]


def _spread(fixations: FixationSet) -> str:
    """Where fixations lie about the centre, in shares of the image."""
    table = fixations.table
    if not len(table):
        return ""
    sizes = np.array([(s.width_px, s.height_px) for s in fixations.stimuli], float)
    shares = np.column_stack([table["x_px"], table["y_px"]]) / sizes[table["stimulus"]] - 0.5
    right, down = shares.mean(axis=0)
    across, along = shares.std(axis=0)
    return (
        f"Mean {figure(100 * float(right), 1)} % of the width to the right of the centre and "
        f"{figure(-100 * float(down), 1)} % of the height above it; standard deviation "
        f"{100 * across:.0f} % and {100 * along:.0f} %."
    )


def _methods(data: DatasetData) -> str:
    info, quality = data.fixations.info, data.quality
    sentences = [
        f"{shown(info.name)}: {counted(len(data.fixations.table), 'fixation')} of "
        f"{counted(len(data.fixations.observers), 'observer')} on "
        f"{counted(len(data.fixations.stimuli), 'stimulus', 'stimuli')}.",
        f"The data set is that of {shown(info.citation).rstrip('.')}." if info.citation else "",
        f"{counted(info.off_stimulus, 'fixation')} off the stimuli were left out."
        if info.off_stimulus
        else "",
        "The first fixation of each trial was left out." if info.first_dropped else "",
    ]
    if quality:
        gold, bias = quality.gold_standard.over_stimuli, quality.centre_bias.over_stimuli
        sentences += [
            f"Leave-one-observer-out gold standard: {gold.value:.2f} bits per fixation over "
            f"uniform ({quality.level:.0%} bootstrap interval over stimuli {gold.low:.2f} to "
            f"{gold.high:.2f}); leave-one-image-out centre bias: {bias.value:.2f} "
            f"({bias.low:.2f} to {bias.high:.2f}), both means over stimuli.",
            f"Agreement is the correlation of the maps of two groups of observers, blurred by a "
            f"Gaussian of {quality.sigma}; {quality.bootstraps:,} bootstraps, seed {quality.seed}.",
        ]
    return " ".join(one for one in [*sentences, software(data.fixations.provenance)] if one)


def _footer(data: DatasetData, report: str) -> list[tuple[str, str]]:
    made = data.fixations.provenance
    facts = [
        ("Fixations", data.path.name),
        ("Citation", data.fixations.info.citation),
        ("Made by", made_by(made)),
        ("Report", report),
    ]
    return [(name, shown(value)) for name, value in facts if value]
