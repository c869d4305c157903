"""Settings of the operator's view."""

from __future__ import annotations

from pydantic import Field

from .settings_base import Settings


class OperatorSettings(Settings):
    """Whether an operator sees the session in a window of its own, and on which screen."""

    view: bool = Field(default=True, description="where a second screen has room for it")
    screen: int = Field(default=1, ge=0, le=15, description="its number, from 0")
