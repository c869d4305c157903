"""Metrics: one file each, pure functions on plain arrays.

Maps are arrays (height, width); fixations are (n, 2) places (x, y) in pixels of the map, and are
cut to whole pixels. A metric that is not defined for an image is NaN, never an error and never a
number that looks like a score; what is wrong with an input is a :class:`FoveolaError`.
"""

from .auc import auc
from .auc_borji import auc_borji
from .auc_judd import auc_judd
from .cc import cc
from .densities import density_of_map, log_density_of_map
from .emd import emd
from .information_gain import information_gain
from .kl_divergence import kl_divergence
from .log_likelihood import log_likelihood
from .min_max_information_gain import min_max_information_gain
from .nss import nss
from .shuffled_auc import shuffled_auc
from .similarity import similarity

__all__ = [
    "auc",
    "auc_borji",
    "auc_judd",
    "cc",
    "density_of_map",
    "emd",
    "information_gain",
    "kl_divergence",
    "log_density_of_map",
    "log_likelihood",
    "min_max_information_gain",
    "nss",
    "shuffled_auc",
    "similarity",
]
