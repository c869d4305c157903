"""Run every drill, one after another, and print a table of how they went.

``python drills/run_all.py`` runs them in full, ``--quick`` in the sizes of the tests; names choose
some. A drill is a script of this folder with a ``main``; the others are what drills share.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent


class Outcome(NamedTuple):
    name: str
    code: int
    seconds: float
    lines: list[str]


def drills() -> list[Path]:
    """Every script of the folder that can be run, but this one."""
    scripts = (path for path in sorted(FOLDER.glob("*.py")) if path != Path(__file__).resolve())
    return [path for path in scripts if 'if __name__ == "__main__":' in path.read_text("utf-8")]


def run(path: Path, *, quick: bool) -> Outcome:
    print(f"\n{path.stem}", flush=True)
    began_s = time.monotonic()
    lines = []
    command = [sys.executable, str(path), *(["--quick"] if quick else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(f"  {line}", end="", flush=True)
            lines.append(line.rstrip())
    return Outcome(path.stem, process.returncode, time.monotonic() - began_s, lines)


def print_table(outcomes: list[Outcome]) -> None:
    width = max(len(one.name) for one in outcomes)
    print(f"\n{'drill':<{width}}  {'':<6}  {'seconds':>7}  its claims")
    for one in outcomes:
        word = "ok" if one.code == 0 else "FAILED"
        lines = one.lines or [f"nothing was printed (exit code {one.code})"]
        print(f"{one.name:<{width}}  {word:<6}  {one.seconds:>7.0f}  {lines[0]}")
        for line in lines[1:]:
            print(f"{'':<{width + 19}}{line}")


def main() -> None:
    found = {path.stem: path for path in drills()}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="all by default")
    parser.add_argument("--quick", action="store_true", help="in the sizes of the tests")
    parser.add_argument("--list", action="store_true", help="print their names only")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(found))
        return
    if unknown := set(arguments.names) - set(found):
        parser.error(f"no drill is called {', '.join(sorted(unknown))}")
    outcomes = [run(found[name], quick=arguments.quick) for name in arguments.names or found]
    print_table(outcomes)
    failed = [one.name for one in outcomes if one.code]
    print(f"\n{len(outcomes) - len(failed)} of {len(outcomes)} drills passed.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
