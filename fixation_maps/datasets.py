"""Published data sets that can be imported, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from foveola.data_schema import FixationSet, FoveolaError

from . import (
    cat2000,
    coco_freeview,
    crowdfix,
    dhf1k,
    eyetrackuav2,
    figrim,
    hollywood2,
    mit1003,
    osie,
    pascal_s,
    pysaliency_import,
    salicon,
    savam,
    toronto,
    ucf_sports,
    ueyes,
)
from .published import POOLED


@dataclass(frozen=True)
class Dataset:
    """A published data set, and the function that imports its folder.

    Attributes
    ----------
    stimuli, size, observers, duration, tracker, licence : str
        What it is, in words; empty where it was not found: nothing is guessed.
    citation, source : str
        The paper, and where to get the data.
    importer : callable
        Takes the folder, and where ``asks_frame_rate`` the keyword ``frame_rate_hz``.
    drops_first : bool
        Whether the field leaves out the first fixation of each trial.
    asks_frame_rate : bool
        Whether frames per second can be stated.
    """

    stimuli: str
    size: str
    observers: str
    duration: str
    tracker: str
    licence: str
    citation: str
    source: str
    importer: Callable[..., FixationSet]
    drops_first: bool = False
    asks_frame_rate: bool = False


_HOLLYWOOD = ("16", "", "SMI iView X HiSpeed 1250, 500 Hz", "")

#: Every data set that can be imported.
DATASETS = {
    "cat2000": Dataset(
        *("2000 images", "1920 x 1080", "18", "5 s", "EyeLink 1000, 1000 Hz", ""),
        cat2000.CITATION,
        "http://saliency.mit.edu/datasets.html",
        cat2000.import_cat2000,
    ),
    "cat2000-test": Dataset(
        *("2000 images", "1920 x 1080", "24, held out", "5 s", "EyeLink 1000, 1000 Hz", ""),
        cat2000.CITATION,
        "http://saliency.mit.edu/datasets.html",
        cat2000.import_cat2000_test,
    ),
    "coco-freeview": Dataset(
        *("", "1680 x 1050", "10", "", "", ""),
        coco_freeview.CITATION,
        "https://sites.google.com/view/cocosearch",
        coco_freeview.import_coco_freeview,
    ),
    "crowdfix": Dataset(
        *("434 videos", "1280 x 720, 30 fps", "26", "1-3 s", "EyeTribe, 60 Hz", "MIT"),
        crowdfix.CITATION,
        "https://github.com/MemoonaTahira/CrowdFix",
        crowdfix.import_crowdfix,
        asks_frame_rate=True,
    ),
    "dhf1k": Dataset(
        *("700 videos", "640 x 360, 30 fps", "17", "", "", ""),
        dhf1k.CITATION,
        "https://github.com/wenguanwang/DHF1K",
        dhf1k.import_dhf1k,
        asks_frame_rate=True,
    ),
    "eyetrackuav2": Dataset(
        "43 videos",
        "1280 x 720 or 720 x 480, 30 fps",
        *("30", "33 s", "EyeLink 1000 Plus, 1000 Hz", ""),
        eyetrackuav2.CITATION,
        "http://www-percept.irisa.fr/uav-datasets-eyetrackuav2/",
        eyetrackuav2.import_eyetrackuav2,
    ),
    "figrim": Dataset(
        *("2787 images", "1000 x 1000", "42", "", "", ""),
        figrim.CITATION,
        "http://figrim.mit.edu/index_eyetracking.html",
        figrim.import_figrim,
    ),
    "hollywood-2": Dataset(
        "1707 videos",
        "",
        *_HOLLYWOOD,
        ucf_sports.CITATION,
        "http://vision.imar.ro/eyetracking/description.php",
        hollywood2.import_hollywood2,
        asks_frame_rate=True,
    ),
    "mit1003": Dataset(
        *("1003 images", "longer side 1024", "15", "3 s", "240 Hz", ""),
        mit1003.CITATION,
        "http://people.csail.mit.edu/tjudd/WherePeopleLook/",
        mit1003.import_mit1003,
        drops_first=True,
    ),
    "mit300": Dataset(
        *("300 images", "longer side 1024", "39, held out", "3 s", "240 Hz", ""),
        mit1003.MIT300_CITATION,
        "http://saliency.mit.edu",
        mit1003.import_mit300,
    ),
    "osie": Dataset(
        *("700 images", "800 x 600", "15", "3 s", "EyeLink", "MIT"),
        osie.CITATION,
        "https://github.com/NUS-VIP/predicting-human-gaze-beyond-pixels",
        osie.import_osie,
    ),
    "pascal-s": Dataset(
        *("850 images", "", "", "2 s", "", ""),
        pascal_s.CITATION,
        "http://cbs.ic.gatech.edu/salobj/",
        pascal_s.import_pascal_s,
    ),
    "pysaliency": Dataset(
        *("any set that pysaliency stored", "", "", "", "", "MIT"),
        pysaliency_import.CITATION,
        "https://github.com/matthias-k/pysaliency",
        pysaliency_import.import_pysaliency,
    ),
    "salicon-2015": Dataset(
        *("15000 images", "640 x 480", "crowd", "5 s", "mouse, not gaze", ""),
        salicon.CITATION,
        "http://salicon.net",
        partial(salicon.import_salicon, edition=2015),
    ),
    "salicon-2017": Dataset(
        *("15000 images", "640 x 480", "crowd", "5 s", "mouse, not gaze", ""),
        salicon.CITATION,
        "http://salicon.net",
        partial(salicon.import_salicon, edition=2017),
    ),
    "savam": Dataset(
        *("43 videos", "1920 x 1080, 25 fps", "50", "20 s", "SMI Hi-Speed, 500 Hz", ""),
        savam.CITATION,
        "",
        savam.import_savam,
        asks_frame_rate=True,
    ),
    "toronto": Dataset(
        *("120 images", "681 x 511", "20", "4 s", "", ""),
        toronto.CITATION,
        "http://www-sop.inria.fr/members/Neil.Bruce/",
        toronto.import_toronto,
    ),
    "ucf-sports": Dataset(
        "150 videos",
        "",
        *_HOLLYWOOD,
        ucf_sports.CITATION,
        "http://vision.imar.ro/eyetracking/description.php",
        ucf_sports.import_ucf_sports,
        asks_frame_rate=True,
    ),
    "ueyes": Dataset(
        *("1980 screenshots", "", "62", "7 s", "Gazepoint", ""),
        ueyes.CITATION,
        "https://zenodo.org/record/8010312",
        ueyes.import_ueyes,
    ),
}


def import_dataset(
    name: str,
    folder: str | Path,
    *,
    drop_first: bool | None = None,
    frame_rate_hz: float | None = None,
) -> FixationSet:
    """Import a published data set from its folder.

    Parameters
    ----------
    name : str
        One of :data:`DATASETS`.
    folder : path-like
        The folder as published.
    drop_first : bool, optional
        Whether the first fixation of each trial is left out; by default as the field does with
        this set.
    frame_rate_hz : float, optional
        Frames per second of videos, for sets that do not state it.

    Raises
    ------
    FoveolaError
        If there is no importer of that name, or the set has no frame rate to be stated.
    FileFormatError
        If the folder does not hold the data set as published.
    """
    if name not in DATASETS:
        raise FoveolaError(
            f"There is no importer for the data set {name!r}.",
            remedy=f"Known are: {', '.join(DATASETS)}.",
        )
    dataset = DATASETS[name]
    if frame_rate_hz is not None and not dataset.asks_frame_rate:
        raise FoveolaError(
            f"The data set {name} has no frame rate to state.", remedy="Leave it out."
        )
    options = {} if frame_rate_hz is None else {"frame_rate_hz": frame_rate_hz}
    fixations = dataset.importer(Path(folder), **options)
    drop = dataset.drops_first if drop_first is None else drop_first
    return without_first(fixations) if drop else fixations


def without_first(fixations: FixationSet) -> FixationSet:
    """Leave out the first fixation of each trial, also where it was off the stimulus.

    Raises
    ------
    FoveolaError
        If the set's observers are one, so that trials and their first fixations are not known.
    """
    if POOLED in fixations.observers:
        raise FoveolaError(
            f"{fixations.info.name} does not tell which fixations came first.",
            remedy="Keep the first fixations.",
        )
    return replace(
        fixations,
        info=fixations.info.model_copy(update={"first_dropped": True}),
        table=fixations.table[fixations.table["order"] > 0],
    )
