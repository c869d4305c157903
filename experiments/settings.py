"""Settings of an experiment, from a TOML file; every error names the file, the key and a remedy."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator

from foveola.data_schema import FileFormatError, FoveolaError, Screen

from .calibration_settings import CalibrationSettings, DriftCheckSettings
from .operator_settings import OperatorSettings
from .protocol_settings import (
    BlockSettings,
    GazeStartSettings,
    PracticeSettings,
    QuestionSettings,
)
from .settings_base import Settings
from .tracker_settings import TrackerSettings, without_folders

IMAGE_SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
VIDEO_SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm")
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9-]{0,63}$"

Page = Annotated[str, Field(max_length=1000)]


class ExperimentScreen(Screen):
    """Screen of the experiment, with the refresh rate that it should have."""

    refresh_hz: float = Field(default=60.0, gt=0, le=1000, allow_inf_nan=False)


class ExperimentSettings(Settings):
    """An experiment: images or videos, each looked at freely."""

    name: str = Field(pattern=NAME_PATTERN, description="begins the name of every recording")
    stimuli: str | tuple[str, ...] = Field(
        description="a folder of images or videos, or a list of them, relative to this file"
    )
    screen: ExperimentScreen
    seed: int = Field(default=1, ge=0, description="with the observer's id it sets the order")
    order: Literal["random", "fixed", "counterbalanced"] = Field(
        default="random",
        description="random by seed and observer; fixed: by name, or as listed; counterbalanced: "
        "a balanced Latin square over blocks, or over images where there is one block",
    )
    repeats: int = Field(default=1, ge=1, le=100, description="how often each image is shown")
    duration_s: float = Field(
        default=5.0, gt=0, le=3600, description="of each image; a video runs to its end"
    )
    fixation_cross_s: float = Field(default=0.8, ge=0, le=60, description="before each image")
    isi_s: float = Field(default=0.0, ge=0, le=60, description="empty screen after each image")
    enlarge: bool = Field(default=False, description="enlarge images smaller than the screen")
    light: str = Field(
        default="",
        max_length=200,
        description="in the room, as a paper states it: dark, or dim, 20 lux at the eyes",
    )
    background: float = Field(default=0.5, ge=0, le=1, description="grey: 0 black, 1 white")
    window: Literal["fullscreen", "windowed"] = "fullscreen"
    data_folder: str = Field(default="data", description="relative to this file")
    instructions: Page | tuple[Page, ...] = Field(
        default="You will see a series of photographs.\nLook at each as you like.\n"
        "Before each one, look at the cross in the middle.",
        description="a page, or a list of pages",
    )
    observer_ids: Literal["free", "checked"] = Field(
        default="free", description="checked: each ends with a check digit"
    )
    observer_form: bool = Field(
        default=False, description="ask for vision, dominant eye and consent before the session"
    )
    blocks: BlockSettings = Field(default_factory=BlockSettings)
    practice: PracticeSettings = Field(default_factory=PracticeSettings)
    gaze_start: GazeStartSettings = Field(default_factory=GazeStartSettings)
    question: tuple[QuestionSettings, ...] = ()
    calibration: CalibrationSettings = Field(default_factory=CalibrationSettings)
    drift_check: DriftCheckSettings = Field(default_factory=DriftCheckSettings)
    operator: OperatorSettings = Field(default_factory=OperatorSettings)
    tracker: TrackerSettings = Field(default_factory=TrackerSettings)

    @model_validator(mode="after")
    def _mean_below_max(self) -> ExperimentSettings:
        if self.calibration.max_mean_error_deg > self.calibration.max_error_deg:
            raise ValueError("calibration.max_mean_error_deg is above calibration.max_error_deg")
        return self

    @model_validator(mode="after")
    def _questions_differ(self) -> ExperimentSettings:
        ids = [one.id for one in self.question]
        for one in set(ids):
            if ids.count(one) > 1:
                raise ValueError(f"two questions have the id {one!r}")
        return self

    def pages(self) -> tuple[str, ...]:
        """The pages of instructions."""
        return (self.instructions,) if isinstance(self.instructions, str) else self.instructions


def load_settings(path: str | Path) -> ExperimentSettings:
    """Read the settings of an experiment.

    Parameters
    ----------
    path : path-like
        A TOML file. The folders and images it names are relative to it; in the settings returned
        they are absolute.

    Raises
    ------
    FileFormatError
        If the file is missing, no TOML, or a key in it is wrong; the message names the key.
    """
    path = Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileFormatError(path, "there is no such file.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(path, f"it can't be read as text ({error}).") from error
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, str(error)) from error
    try:
        settings = ExperimentSettings.model_validate(table)
    except ValidationError as error:
        raise _key_error(path, error) from error
    settings = _placed_in(path.resolve().parent, settings)
    for place, find in (("stimuli", stimulus_paths), ("practice.stimuli", practice_paths)):
        try:
            find(settings)
        except FoveolaError as error:
            raise FileFormatError(path, error.what, place=place, remedy=error.remedy) from error
    return settings


def stimulus_paths(settings: ExperimentSettings) -> dict[str, Path]:
    """Images and videos of an experiment by id; the id is the path within the folder, or the name.

    They are sorted by id; those of a list with a fixed order keep it.

    Raises
    ------
    FoveolaError
        If the folder or an image is missing, no image is there, or two have the same name.
    """
    found = _files_of(settings.stimuli)
    return found if settings.order == "fixed" else dict(sorted(found.items()))


def practice_paths(settings: ExperimentSettings) -> dict[str, Path]:
    """Images and videos of the practice by id, in their order; none where there is no practice.

    Raises
    ------
    FoveolaError
        As :func:`stimulus_paths`, and where one has the id of an image of the experiment.
    """
    if not settings.practice.stimuli:
        return {}
    found = _files_of(settings.practice.stimuli)
    for one in found.keys() & stimulus_paths(settings).keys():
        raise FoveolaError(
            f"{one} is also an image of the experiment.",
            remedy="Practise with other images, of other names.",
        )
    return found


def recorded_settings(settings: ExperimentSettings) -> dict[str, Any]:
    """Settings as a recording keeps them: without the folders of the machine."""
    table = settings.model_dump(mode="json")
    table["stimuli"] = list(stimulus_paths(settings))
    table["practice"]["stimuli"] = list(practice_paths(settings))
    table["data_folder"] = Path(settings.data_folder).name
    table["tracker"] = without_folders(table["tracker"])
    return table


def _placed_in(folder: Path, settings: ExperimentSettings) -> ExperimentSettings:
    """Settings whose relative paths have become absolute."""

    def placed(stimuli: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if isinstance(stimuli, str):
            return str(folder / stimuli) if stimuli else ()
        return tuple(str(folder / one) for one in stimuli)

    practice = {"stimuli": placed(settings.practice.stimuli)}
    return settings.model_copy(
        update={
            "stimuli": placed(settings.stimuli),
            "practice": settings.practice.model_copy(update=practice),
            "data_folder": str(folder / settings.data_folder),
            "tracker": settings.tracker.within(folder),
        }
    )


def _files_of(stimuli: str | tuple[str, ...]) -> dict[str, Path]:
    """Files of a folder, sorted, or of a list, in its order."""
    suffixes = IMAGE_SUFFIXES + VIDEO_SUFFIXES
    if isinstance(stimuli, str):
        folder = Path(stimuli)
        if not folder.is_dir():
            raise FoveolaError(
                f"there is no folder {folder}.", remedy="Name a folder of images, or list images."
            )
        files = sorted(one for one in folder.rglob("*") if one.suffix.lower() in suffixes)
        if not files:
            raise FoveolaError(
                f"the folder {folder} holds no images.",
                remedy=f"Images end in {', '.join(IMAGE_SUFFIXES)}; "
                f"videos in {', '.join(VIDEO_SUFFIXES)}.",
            )
        return {one.relative_to(folder).as_posix(): one for one in files}
    found: dict[str, Path] = {}
    for one in map(Path, stimuli):
        if not one.is_file():
            raise FoveolaError(f"there is no image {one}.", remedy="Correct the path.")
        if one.name in found:
            raise FoveolaError(f"two images are named {one.name}.", remedy="Names must be unique.")
        found[one.name] = one
    if not found:
        raise FoveolaError("the list is empty.", remedy="List at least one image.")
    return found


def _syntax_error(path: Path, text: str) -> FileFormatError:
    reason, _, place = text.rpartition(" (at ")
    return FileFormatError(
        path,
        f"this is no TOML: {reason or text}.",
        place=place.rstrip(")"),
        remedy="Text needs quotes; every line reads key = value.",
    )


def _key_error(path: Path, error: ValidationError) -> FileFormatError:
    """Turn pydantic's first error into ours; the others follow it, one a line."""
    places, reasons, remedies = zip(*(_explained(dict(one)) for one in error.errors()), strict=True)
    others = "".join(
        f"\n{path}: {place}: {reason} {remedy}"
        for place, reason, remedy in zip(places[1:], reasons[1:], remedies[1:], strict=True)
    )
    return FileFormatError(path, reasons[0], place=places[0], remedy=remedies[0] + others)


def _explained(error: dict[str, Any]) -> tuple[str, str, str]:
    """Key, reason and remedy of one of pydantic's errors."""
    location = [str(part) for part in error["loc"] if part not in ("str", "tuple[str, ...]")]
    key = ".".join(location)
    if error["type"] == "missing":
        return key, "this key is missing.", f"Add it: {_example(location)}."
    if error["type"] == "extra_forbidden":
        known = list(_table_at(location[:-1]).model_fields)
        close = difflib.get_close_matches(location[-1], known, 1, cutoff=0.6)
        remedy = f"Did you mean {close[0]}?" if close else f"Known keys: {', '.join(known)}."
        return key, "there is no such key.", remedy
    if error["type"] == "value_error":
        return key or "settings", f"{error['ctx']['error']}.", "Change one of them."
    told = error["msg"].replace("Input should", "it must").replace("String should", "it must")
    return key, f"{error['input']!r}: {told.replace(' should ', ' must ')}.", "Correct the value."


def _table_at(location: list[str]) -> type[BaseModel]:
    table: type[BaseModel] = ExperimentSettings
    for name in location:
        if name.isdigit():  # a place in a list of tables
            continue
        table = next(
            kind
            for kind in (table.model_fields[name].annotation, *_arguments(table, name))
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        )
    return table


def _arguments(table: type[BaseModel], name: str) -> tuple[Any, ...]:
    return get_args(table.model_fields[name].annotation)


def _example(location: list[str]) -> str:
    """A line of TOML that would fill a missing key."""
    examples = {
        "name": 'name = "my-experiment"',
        "stimuli": 'stimuli = "images"',
        "screen": "a table [screen] with width_px, height_px, width_cm, height_cm, distance_cm",
        "width_px": "width_px = 1920",
        "height_px": "height_px = 1080",
        "width_cm": "width_cm = 53.1",
        "height_cm": "height_cm = 29.9",
        "distance_cm": "distance_cm = 60",
    }
    return examples.get(location[-1], f"{location[-1]} = ...")
