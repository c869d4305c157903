"""A wheel holds the packages that are on the disk, and imports name them in full."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = [
    "benchmark",
    "command_line",
    "data_schema",
    "experiments",
    "fixation_maps",
    "tracking",
]
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def test_wheel_holds_every_package() -> None:
    on_disk = {
        "foveola." + path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in SOURCES
        if path.name == "__init__.py"
    }
    setuptools = PROJECT["tool"]["setuptools"]
    assert set(setuptools["packages"]) == on_disk
    for package, folder in setuptools["package-dir"].items():
        assert package == "foveola." + folder.replace("/", ".")
        assert (ROOT / folder / "py.typed").is_file()
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == {
        f"foveola.{x}" for x in FOLDERS
    }


def test_static_tools_see_every_folder() -> None:
    for folder in FOLDERS:
        assert (ROOT / ".typings" / "foveola" / folder).resolve() == ROOT / folder


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_bare_import_of_our_folders(source: Path) -> None:
    """``from tracking import`` works by accident at the root, and nowhere else."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        assert not {name.partition(".")[0] for name in names} & set(FOLDERS), names
