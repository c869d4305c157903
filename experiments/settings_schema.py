"""JSON schema of an experiment's settings, for editors that complete and check TOML.

Written by ``python -m foveola.experiments.settings_schema``.
"""

from __future__ import annotations

import json
from pathlib import Path

from .settings import ExperimentSettings

SCHEMA_PATH = Path(__file__).with_name("experiment.schema.json")


def schema_text() -> str:
    """The schema as JSON."""
    schema = ExperimentSettings.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, sort_keys=True, allow_nan=False) + "\n"


if __name__ == "__main__":
    SCHEMA_PATH.write_text(schema_text(), encoding="utf-8")
