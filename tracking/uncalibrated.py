"""What a tracker that is not calibrated from here answers when it is asked to be."""

from __future__ import annotations

from typing import ClassVar, NoReturn

from foveola.data_schema import FoveolaError


class Uncalibrated:
    """A base for trackers whose calibration is made elsewhere, if anywhere."""

    #: Why it can't be calibrated, and what to do instead.
    why: ClassVar[tuple[str, str]]

    def begin_calibration(self) -> None:
        """Do nothing: there is none to forget."""

    def collect(self, target_px: tuple[float, float]) -> None:
        """Do nothing: gaze at a target changes nothing."""

    def collecting(self) -> bool:
        """No point is ever taken."""
        return False

    def apply_calibration(self) -> NoReturn:
        """Refuse.

        Raises
        ------
        FoveolaError
            Always.
        """
        what, remedy = self.why
        raise FoveolaError(what, remedy=remedy)
