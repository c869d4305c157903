"""The one ``foveola`` command: verbs are imported only when they are used."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import typer

from foveola.data_schema import FoveolaError, foveola_version


class Verb(NamedTuple):
    """A verb: the module of this folder that holds it, and its line in the help."""

    module: str
    help: str


VERBS = {
    "demo": Verb("demo", "Run the whole chain, from an observer's session to a report."),
    "doctor": Verb("doctor", "Tell what this machine can do."),
    "init": Verb("init", "Write the folder of a new experiment, from a published protocol."),
    "observer": Verb("observer", "Make ids of observers."),
    "preflight": Verb("preflight", "Tell whether everything is ready for an observer."),
    "run": Verb("run", "Run an observer's session."),
    "resume": Verb("resume", "Go on with a session that was broken off."),
    "recover": Verb("recover", "Make a recording from a journal, also from a damaged one."),
    "import": Verb("import_recording", "Import a recording made elsewhere."),
    "dataset": Verb("dataset", "List and import published data sets."),
    "quality": Verb("quality", "Judge the data quality of recordings."),
    "fixations": Verb("fixations", "Detect fixations in recordings."),
    "maps": Verb("maps", "Make fixation density maps."),
    "export": Verb("export", "Write maps, fixations and recordings in the formats of others."),
    "draw": Verb("draw", "Draw densities, fixations and scanpaths over their stimuli."),
    "calibrate": Verb("calibrate", "Make a model's saliency maps densities."),
    "score": Verb("score", "Score saliency models against fixations."),
    "submit": Verb("submit", "Tell what is wrong with a submission, and how to mend it."),
    "published": Verb("published", "Print published scores, beside own ones where they compare."),
    "compare": Verb("compare", "Tell whether models differ, and by how much."),
    "report": Verb("report", "Write an offline HTML report of scores, a session or a data set."),
    "withdraw": Verb("withdraw", "Remove one observer everywhere."),
    "privacy": Verb("privacy", "Find what names people or machines in files."),
    "validate": Verb("validate", "Name every fault in files of Foveola."),
}


def build_app(chosen: str | None = None) -> typer.Typer:
    """Build the command with the chosen verb imported, and the others as lines of the help.

    Importing every verb would make ``foveola --help`` wait for numba, h5py and matplotlib.
    """
    app = typer.Typer(add_completion=False, no_args_is_help=True)
    app.callback(invoke_without_command=True)(overview)
    for name, verb in VERBS.items():
        if name != chosen:
            app.command(name, help=verb.help)(_not_imported)
            continue
        module: Any = importlib.import_module(f"foveola.command_line.{verb.module}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, help=verb.help)
        else:
            app.command(name)(module.command)
    return app


def overview(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Eye tracking from the tracker to the leaderboard."""
    if version:
        typer.echo(f"foveola {foveola_version()}")
        raise typer.Exit


def _not_imported() -> None:
    raise NotImplementedError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; what the user can mend is one message, not a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    chosen = next((word for word in words if not word.startswith("-")), None)
    try:
        build_app(chosen)(args=words, prog_name="foveola")
    except FoveolaError as error:
        for one in _in_order(error):
            typer.secho(f"Error: {one}", err=True, fg="red")
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output went away (``| head``): leave quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _in_order(error: BaseException) -> list[FoveolaError]:
    """Errors of ours, the first one first: one that came while things were kept hides none."""
    found: list[FoveolaError] = []
    one: BaseException | None = error
    while one is not None:
        if isinstance(one, FoveolaError) and str(one) not in map(str, found):
            found.insert(0, one)
        # What was raised on purpose from another speaks for it.
        one = one.__context__ if one.__cause__ is None else one.__cause__.__context__
    return found
