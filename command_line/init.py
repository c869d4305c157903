"""``foveola init``: the folder of a new experiment, from a published protocol."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from foveola.data_schema import Screen
    from foveola.experiments.presets import Preset, ProtocolKey

NOT_STATED = "Asked for where the protocol does not state it."


def command(
    folder: Annotated[Path, typer.Argument(help="The folder to be made.")],
    preset: Annotated[
        str,
        typer.Option(
            help="mit1003, mit300, cat2000, osie, salicon-like, polycat, ueyes, eyetrackuav2, "
            "savam or crowdfix."
        ),
    ] = "",
    observer_screen: Annotated[
        str,
        typer.Option(
            help="Your screen: width x height in px, in cm, distance in cm, refresh rate in Hz, as "
            "1920x1080,53.1x29.9,60,60."
        ),
    ] = "",
    duration_s: Annotated[str, typer.Option(help=f"Seconds of an image. {NOT_STATED}")] = "",
    fixation_cross_s: Annotated[
        str, typer.Option(help=f"Seconds of the cross before it. {NOT_STATED}")
    ] = "",
    isi_s: Annotated[
        str, typer.Option(help=f"Seconds of empty screen after it. {NOT_STATED}")
    ] = "",
    order: Annotated[
        str, typer.Option(help=f"random, fixed or counterbalanced. {NOT_STATED}")
    ] = "",
    layout: Annotated[str, typer.Option(help=f"Calibration: HV5, HV9 or HV13. {NOT_STATED}")] = "",
    check_every: Annotated[
        str, typer.Option(help=f"A drift check every so many trials; 0: never. {NOT_STATED}")
    ] = "",
    block_trials: Annotated[
        str, typer.Option(help=f"A break after so many trials; 0: none. {NOT_STATED}")
    ] = "",
    after_break: Annotated[
        str,
        typer.Option(help=f"nothing, drift_check, validate or calibrate. {NOT_STATED}"),
    ] = "",
    name: Annotated[str, typer.Option(help="Of the experiment; the folder's by default.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Decides the order.")] = 1,
) -> None:
    """Write a new experiment's folder: settings with their sources, and what to do next.

    What the publications do not state is asked for, never invented; without a terminal an error
    names every value that is missing and its option.
    """
    # Long: a few lines for each option.
    from foveola.experiments.new_experiment import write_experiment
    from foveola.experiments.presets import preset_of, protocol_values

    someone = sys.stdin.isatty()
    preset = preset or _asked_preset(someone=someone)
    chosen = preset_of(preset)
    if someone:
        tell_original(chosen)
    given = {
        "duration_s": duration_s,
        "fixation_cross_s": fixation_cross_s,
        "isi_s": isi_s,
        "order": order,
        "layout": layout,
        "check_every": check_every,
        "block_trials": block_trials,
        "after_break": after_break,
    }
    values = protocol_values(chosen, given, _ask if someone else None)
    screen = _screen(observer_screen, someone=someone)
    path = write_experiment(folder, preset, chosen, values, screen, name=name, seed=seed)
    typer.echo(f"{path}: the settings; {path.with_name('README.md')}: what to do next.")


def tell_original(preset: Preset) -> None:
    """Print what is stated of the original."""
    typer.echo(f"{preset.title}: {preset.stimuli}. {preset.citation}".strip())
    for what, text in preset.original.model_dump().items():
        typer.echo(f"  {what:<12} {text or 'not stated'}")
    typer.echo("What is not stated is asked now.")


def _asked_preset(*, someone: bool) -> str:
    from foveola.data_schema import FoveolaError
    from foveola.experiments.presets import presets

    names = ", ".join(presets())
    if not someone:
        raise FoveolaError("No preset is named.", remedy=f"Give --preset: {names}.")
    return str(typer.prompt(f"Which protocol ({names})?"))


def _ask(wanted: ProtocolKey) -> str:
    """Ask until the answer is one."""

    def answer(word: str) -> str:
        try:
            wanted.parse(word.strip())
        except ValueError as error:
            raise typer.BadParameter(f"give {error}.") from error
        return word

    return str(typer.prompt(wanted.asked, value_proc=answer, prompt_suffix=" "))


def _screen(words: str, *, someone: bool) -> Screen:
    from foveola.data_schema import FoveolaError
    from foveola.experiments.new_experiment import SCREEN_FORM, SCREEN_HELP, screen_of

    if not words and not someone:
        raise FoveolaError(
            "Your screen is not told.",
            remedy=f"Give --observer-screen {SCREEN_FORM}: {SCREEN_HELP}.",
        )
    asked = f"Your screen ({SCREEN_HELP}), as {SCREEN_FORM}?"
    return screen_of(words or str(typer.prompt(asked, prompt_suffix=" ")))
