"""JSON schemas of the records; written by ``python -m foveola.data_schema.json_schema``."""

from __future__ import annotations

import json
from pathlib import Path

from . import fixation_maps, recording, scores
from .density_calibration import DensityCalibration
from .fixation_set import SetInfo
from .provenance import Provenance
from .record import Record, unit_of
from .screen import Screen
from .stimulus import Stimulus

RECORDS: dict[str, type[Record]] = {
    "calibration": recording.Calibration,
    "clock_fit": recording.ClockFit,
    "density_calibration": DensityCalibration,
    "map_info": fixation_maps.MapInfo,
    "message": recording.Message,
    "model_row": scores.ModelRow,
    "observer": recording.Observer,
    "protocol": scores.Protocol,
    "provenance": Provenance,
    "recording_block": recording.Block,
    "screen": Screen,
    "set_info": SetInfo,
    "stimulus": Stimulus,
    "tracker_info": recording.TrackerInfo,
    "trial": recording.Trial,
}


def schema_text(record: type[Record]) -> str:
    """JSON schema of a record, with the unit of each field that has one."""
    schema = record.model_json_schema()
    for definition in [schema, *schema.get("$defs", {}).values()]:
        for name, field in definition.get("properties", {}).items():
            if unit := unit_of(name):
                field["unit"] = unit
            if field.get("default") != field.get("default"):
                del field["default"]  # NaN is no JSON
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, sort_keys=True, allow_nan=False) + "\n"


def schema_path(name: str) -> Path:
    """Where the schema of that name lies."""
    return Path(__file__).with_name(f"{name}.schema.json")


if __name__ == "__main__":
    for name, record in RECORDS.items():
        schema_path(name).write_text(schema_text(record), encoding="utf-8")
