"""What a drill claims: each claim is one line of figures, and one that fails fails the drill."""

from __future__ import annotations

import argparse
import sys


def arguments_of(doc: str | None) -> argparse.ArgumentParser:
    """Begin a drill's arguments: all have ``--quick``."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--quick", action="store_true", help="small numbers, for the tests")
    return parser


class Claims:
    """The claims of a drill.

    In the quick sizes, which run among other tests on whatever machine, times are told and not
    judged.
    """

    def __init__(self, quick: bool = False) -> None:
        self.failed = 0
        self.quick = quick

    def in_time(self, holds: object) -> bool:
        """Whether a limit of time holds, or is not judged."""
        return self.quick or bool(holds)

    def check(self, holds: object, figures: str) -> None:
        """Print the figures of a claim, and whether it holds."""
        self.failed += not holds
        print(f"{'ok' if holds else 'FAILED':<8}{figures}", flush=True)

    def end(self) -> None:
        """Leave with 1 where a claim failed."""
        sys.exit(1 if self.failed else 0)
