"""Which report a file gets: scores the benchmark's, a recording its session's, fixations theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from foveola.data_schema import FileFormatError, format_of

from .report import write_report
from .report_dataset import write_dataset_report
from .report_session import write_session_report

OnProgress = Callable[[int, int], None]


def write_report_of(
    path: str | Path,
    folder: str | Path,
    *,
    fixations_path: str | Path | None = None,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Path:
    """Write the offline HTML report of a file.

    Parameters
    ----------
    path : path-like
        Scores (``.csv``), a recording or fixations (``.h5``).
    folder : path-like
        The report's folder; an older report there is replaced, anything else is refused.
    fixations_path, seed, on_progress
        Of the report of scores, as :func:`~foveola.benchmark.report.write_report` says.

    Returns
    -------
    Path
        The page to open.

    Raises
    ------
    FoveolaError
        If there is no report of such a file, it is damaged, or the folder is taken.
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        return write_report(
            path, folder, fixations_path=fixations_path, seed=seed, on_progress=on_progress
        )
    kind = format_of(path)
    if kind == "foveola.recording":
        return write_session_report(path, folder)
    if kind == "foveola.fixations":
        return write_dataset_report(path, folder, seed=seed, on_progress=on_progress)
    remedies = {"foveola.scores": f"Name {path.with_suffix('.csv').name}, which lies beside it."}
    raise FileFormatError(
        path,
        f"there is no report of {f'a {kind!r} file' if kind else 'what is no file of Foveola'}.",
        remedy=remedies.get(kind, "Name scores (.csv), a recording or fixations (.h5)."),
    )
