"""saliency models scored against fixations."""

from .calibration import CalibratedModel, calibrate
from .calibration_file import calibrate_model
from .comparison import Comparison, compare
from .evaluation import default_sigma_px, score
from .leaderboard import LeaderboardRow, Standing, bootstrap_means, leaderboard
from .model_table import MODELS, load_models
from .models import Kind, ObserverModel, SaliencyModel, StimulusView, stimulus_view
from .profiles import METRICS, PROFILES, Metric, Profile
from .score_file import score_models

__all__ = [
    "METRICS",
    "MODELS",
    "PROFILES",
    "CalibratedModel",
    "Comparison",
    "Kind",
    "LeaderboardRow",
    "Metric",
    "ObserverModel",
    "Profile",
    "SaliencyModel",
    "Standing",
    "StimulusView",
    "bootstrap_means",
    "calibrate",
    "calibrate_model",
    "compare",
    "default_sigma_px",
    "leaderboard",
    "load_models",
    "score",
    "score_models",
    "stimulus_view",
]
