"""From gaze samples to fixations, and from fixations to densities and what people share."""

from .centre_bias import CentreBias
from .datasets import DATASETS, import_dataset
from .density import blurred_counts, density_map, fixation_counts
from .detectors import DETECTORS, Detector, detector_of
from .engbert_kliegl import engbert_kliegl
from .gold_standard import GoldStandard
from .ivt import ivt
from .maps import write_maps
from .recordings import TrialRules, fixations_from_recordings
from .sigma import Sigma, parse_sigma

__all__ = [
    "DATASETS",
    "DETECTORS",
    "CentreBias",
    "Detector",
    "GoldStandard",
    "Sigma",
    "TrialRules",
    "blurred_counts",
    "density_map",
    "detector_of",
    "engbert_kliegl",
    "fixation_counts",
    "fixations_from_recordings",
    "import_dataset",
    "ivt",
    "parse_sigma",
    "write_maps",
]
