from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from foveola.command_line.main import VERBS, build_app, main
from foveola.data_schema import FoveolaError, foveola_version


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    return int(stop.value.code or 0)


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    shown = capsys.readouterr().out
    for name in VERBS:
        assert name in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"foveola {foveola_version()}\n"


def test_help_imports_no_heavy_library() -> None:
    code = (
        "import sys\nfrom foveola.command_line.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print({'numba', 'matplotlib', 'scipy', 'psychopy', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "--help") == 0
    assert "Usage: foveola " + name in capsys.readouterr().out


def test_unknown_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rnu") == 2
    assert "No such command" in capsys.readouterr().err


def test_what_the_user_can_mend_is_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(chosen: str | None = None) -> None:
        raise FoveolaError("It is broken.", remedy="Mend it.")

    monkeypatch.setattr("foveola.command_line.main.build_app", broken)
    assert run("run") == 1
    assert capsys.readouterr().err == "Error: It is broken. Mend it.\n"


def test_reader_that_goes_away_is_no_traceback() -> None:
    done = subprocess.run(  # noqa: S602
        f"{sys.executable} -m foveola.command_line --help | true",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def test_verbs_not_chosen_are_only_help() -> None:
    registered = {info.name for info in build_app().registered_commands}
    assert registered == set(VERBS)


def test_module_can_be_run() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "foveola.command_line", "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(sys.executable).parent,
    )
    assert done.stdout.startswith("foveola ")


def test_an_error_while_things_are_kept_hides_none_before_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        try:
            raise FoveolaError("The first.")
        except FoveolaError:
            try:
                raise OSError("no space")
            except OSError as error:
                raise FoveolaError("The second.") from error

    monkeypatch.setattr("foveola.command_line.main.build_app", lambda _: fail)
    assert run("validate") == 1
    assert capsys.readouterr().err == "Error: The first.\nError: The second.\n"
