"""Bring a video's frames into the texture that the graphics card already has."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def upload(stim: Any, pixels: NDArray[np.uint8]) -> None:
    """Replace the pixels of a PsychoPy image in the window that is drawn to.

    ``setImage`` would make the texture anew, which takes longer than a refresh lasts.

    Parameters
    ----------
    stim : psychopy.visual.ImageStim
        Made from an RGB image of the same size.
    pixels : ndarray of uint8, shape (height, width, 3)
        What it shows from now on.
    """
    from pyglet import gl

    # A texture's first row is its lowest.
    rows = np.ascontiguousarray(pixels[::-1])
    height_px, width_px = pixels.shape[:2]
    gl.glBindTexture(gl.GL_TEXTURE_2D, stim._texID)
    gl.glPixelStorei(gl.GL_UNPACK_ALIGNMENT, 1)  # rows of any width
    gl.glTexSubImage2D(
        *(gl.GL_TEXTURE_2D, 0, 0, 0, width_px, height_px),
        *(gl.GL_RGB, gl.GL_UNSIGNED_BYTE, rows.ctypes.data),
    )
    gl.glBindTexture(gl.GL_TEXTURE_2D, 0)
