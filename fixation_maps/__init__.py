"""From gaze samples to fixations, and from fixations to densities and what people share."""

from .adaptive_density import adaptive_density_map
from .bandwidth import cross_validated_sigma_px
from .centre_bias import CentreBias
from .datasets import DATASETS, import_dataset
from .density import blurred_counts, density_map, fixation_counts
from .detectors import DETECTORS, Detector, detector_of
from .engbert_kliegl import engbert_kliegl
from .gaze_quality import Quality, quality_of
from .gold_standard import GoldStandard
from .ground_truth_quality import GroundTruthQuality, ground_truth_quality
from .i2mc import i2mc
from .idt import idt
from .ivt import ivt
from .map_views import MapView, map_views
from .maps import Blur, write_maps
from .mit_kernel import mit_blurred_counts
from .motion import motion
from .nystrom_holmqvist import nystrom_holmqvist
from .quality_grade import Limits
from .recordings import fixations_from_recordings
from .remodnav import remodnav
from .session_fixations import TrialRules
from .sigma import Sigma, parse_sigma

__all__ = [
    "DATASETS",
    "DETECTORS",
    "Blur",
    "CentreBias",
    "Detector",
    "GoldStandard",
    "GroundTruthQuality",
    "Limits",
    "MapView",
    "Quality",
    "Sigma",
    "TrialRules",
    "adaptive_density_map",
    "blurred_counts",
    "cross_validated_sigma_px",
    "density_map",
    "detector_of",
    "engbert_kliegl",
    "fixation_counts",
    "fixations_from_recordings",
    "ground_truth_quality",
    "i2mc",
    "idt",
    "import_dataset",
    "ivt",
    "map_views",
    "mit_blurred_counts",
    "motion",
    "nystrom_holmqvist",
    "parse_sigma",
    "quality_of",
    "remodnav",
    "write_maps",
]
