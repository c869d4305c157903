"""Reads an EDF file to its end to tell when that is; runs itself as a program for that.

SR Research's library crashes on files that are cut, so it runs in a process of its own, whose
crash is an answer too. Nothing of ours is imported there.
"""

from __future__ import annotations

import ctypes
import importlib.util
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

END, RECORDING, SAMPLE = 0, 30, 200
#: Of the samples only one in so many is looked at: the end of a block tells when it was.
STRIDE = 250
#: The library reads more than a million records a second; a damaged file may keep it for ever.
LEAST_SECONDS, BYTES_PER_SECOND = 60.0, 2e6


def edf_end_s(path: Path) -> float:
    """Time of an EDF file's end in the host's seconds; NaN where eyelinkio is not installed.

    Raises
    ------
    OSError
        If it can't be read to its end.
    """
    if importlib.util.find_spec("eyelinkio") is None:
        return math.nan
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "in.edf"  # the library takes ASCII paths only, and cuts long ones
        shutil.copyfile(path, plain)
        try:
            done = subprocess.run(
                [sys.executable, "-P", __file__, str(plain)],
                capture_output=True,
                timeout=LEAST_SECONDS + path.stat().st_size / BYTES_PER_SECOND,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise OSError("SR Research's library did not come to its end") from error
    words = done.stdout.decode("ascii", "replace").split()
    if done.returncode != 0 or not words:
        raise OSError("SR Research's library can't read it to its end")
    return float(words[-1]) / 1000


def _last_ms(path: str) -> float:
    from eyelinkio.edf import _edf2py as edf

    error = ctypes.c_int(1)
    file = edf.edf_open_file(path.encode("ascii"), 2, 1, 1, ctypes.byref(error))
    if not file or error.value != 0:
        raise OSError(f"code {error.value}")
    last_ms, number = math.nan, 0
    while (kind := edf.edf_get_next_data(file)) != END:
        number += 1
        if kind == RECORDING:
            last_ms = edf.edf_get_float_data(file).contents.rec.time
        elif kind == SAMPLE and number % STRIDE == 0:
            last_ms = edf.edf_get_float_data(file).contents.fs.time
    return float(last_ms)


if __name__ == "__main__":
    try:
        print(_last_ms(sys.argv[1]))
    except OSError as error:
        sys.exit(str(error))
