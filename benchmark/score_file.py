"""Write scores, and beside them the companion that a report is made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from foveola.data_schema import (
    FixationSet,
    FoveolaError,
    MissingExtraError,
    ModelRow,
    Protocol,
    Provenance,
    Score,
    foveola_version,
    new_score_pictures,
    provenance,
    read_fixation_set,
    relative_path,
    write_scores_csv,
    written_whole,
)
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.sigma import parse_sigma

from .evaluation import (
    Evaluation,
    Maps,
    OnProgress,
    default_sigma_px,
    default_sigmas_px,
    median_sigma_px,
    new_evaluation,
    score_rows,
)
from .ground_truth import Floats
from .model_options import parse_model
from .model_table import MODELS, load_models
from .partial_scores import PartialScores, StimulusScores
from .profiles import PROFILES, metrics_of
from .score_statistics import score_statistics
from .workers import in_processes, in_this_process


def score_models(
    fixations_path: str | Path,
    models: Sequence[str],
    path: str | Path,
    *,
    sigma: str = "",
    profile: str = "tuebingen",
    maps: Maps = "density",
    resize: bool = False,
    workers: int = 1,
    scheduler: str = "",
    resume: bool = False,
    statistics: bool = False,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> list[Score]:
    """Score models on a file of fixations, and write ``NAME.csv`` with its companion ``NAME.h5``.

    What is scored is kept in ``NAME.csv.partial`` until both are written, so that a run that was
    killed can be gone on with. The figures are the same to the last bit however many workers
    there are and however often the run was killed.

    Parameters
    ----------
    fixations_path : path-like
        A fixation set.
    models : sequence of str
        Names of models or paths of folders of maps.
    path : path-like
        ``NAME.csv``; older files give way.
    sigma : str, optional
        Width of the Gaussian that makes empirical maps, as ``24px`` or ``1deg``; by default one
        degree of each stimulus, or 24 px where its pixels per degree are not known.
    profile : str, default "tuebingen"
        Which metrics, as in :data:`~foveola.benchmark.profiles.PROFILES`.
    maps : {"density", "metric-optimal"}
        What metrics are given of a model of densities: its density, or for each metric the map
        that does best in it.
    resize : bool, default False
        Whether maps in folders may have another size than their stimulus.
    workers : int, default 1
        Processes of this machine that score; with more than one, a script needs the usual
        ``if __name__ == "__main__":``.
    scheduler : str, optional
        Address of a Dask scheduler (``tcp://host:8786``) whose workers score instead, or
        ``local`` for a Dask cluster of ``workers`` processes on this machine. They must see
        fixations and maps under the same absolute paths.
    resume : bool, default False
        Whether to go on with the unfinished run of ``path``; without one it begins anew.
    statistics : bool, default False
        Whether to score each observer's fixations apart too, and to write
        ``NAME.statistics.json`` (:func:`~foveola.benchmark.score_statistics.score_statistics`).
    seed : int, default 0
        Of the statistics.
    on_progress : callable, optional
        Called with the number of maps that are scored and that there are.

    Returns
    -------
    list of Score
        The rows that were written.

    Raises
    ------
    FoveolaError
        If a file, name or map is not what it should be, or the unfinished run is another one;
        then neither file is written.
    """
    # Long: its signature is half of it.
    path = Path(path)
    if path.suffix != ".csv":
        raise FoveolaError(
            f"Scores are written as CSV, not to {path.name!r}.", remedy="Name it SCORES.csv."
        )
    metrics_of(profile)
    prepared = _prepare(
        Path(fixations_path),
        models,
        path,
        sigma,
        profile,
        resize,
        maps=maps,
        by_observer=statistics,
        elsewhere=bool(scheduler),
    )
    evaluation = prepared.evaluation
    with PartialScores(path, prepared.run, resume=resume) as partial:
        _complete(partial, evaluation, workers, scheduler, on_progress)
        values = np.empty(
            (len(prepared.protocol.stimuli), len(evaluation.models), len(evaluation.metrics))
        )
        observers: list[Floats | None] = []
        companion = path.with_suffix(".h5")
        with new_score_pictures(
            companion, prepared.protocol, prepared.rows, prepared.provenance
        ) as pictures:
            for one in partial.in_order():
                values[one.index] = one.values
                observers.append(one.by_observer)
                for number, shown in enumerate(zip(one.pictures, one.gains, strict=True)):
                    pictures.append(number, one.index, *shown)
            scores = score_rows(evaluation, values)
            if statistics:
                _write_statistics(path, prepared, scores, observers, seed)
            write_scores_csv(path, scores)
    return scores


def _write_statistics(
    path: Path,
    prepared: _Prepared,
    scores: Sequence[Score],
    observers: Sequence[Floats | None],
    seed: int,
) -> None:
    protocol, fixations = prepared.protocol, prepared.evaluation.fixations
    known = [one for one in observers if one is not None]
    record = score_statistics(
        scores,
        fixations,
        sigma_px=protocol.sigmas_px or protocol.sigma_px,
        profile=protocol.profile,
        by_observer=np.stack(known, axis=2) if known else None,
        seed=seed,
    )
    record["provenance"] = prepared.provenance.model_dump(mode="json")
    with written_whole(path.with_suffix(".statistics.json")) as part:
        part.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")


@dataclass(frozen=True)
class _Prepared:
    """A run that can begin: what is computed, and all that it depends on."""

    evaluation: Evaluation
    protocol: Protocol
    rows: list[ModelRow]
    provenance: Provenance
    run: dict[str, Any]


def _prepare(
    fixations_path: Path,
    models: Sequence[str],
    path: Path,
    sigma: str,
    profile: str,
    resize: bool,
    *,
    maps: Maps,
    by_observer: bool,
    elsewhere: bool,
) -> _Prepared:
    # Long: the protocol of a run, field after field.
    if elsewhere:
        fixations_path, models = fixations_path.absolute(), [_absolute(name) for name in models]
    fixations = read_fixation_set(fixations_path)
    stated_px = _in_px(sigma, fixations) if sigma else None
    widths_px = stated_px or default_sigmas_px(fixations)
    # Fits differ in the last bit with the number of threads that sum.
    with threadpool_limits(1, user_api="blas"):
        centre_bias = CentreBias.fit(fixations)
        loaded = load_models(models, fixations, centre_bias, resize=resize)
        evaluation = new_evaluation(
            fixations,
            loaded,
            profile=profile,
            sigma_px=stated_px,
            centre_bias=centre_bias,
            maps=maps,
            by_observer=by_observer,
        )
    made = provenance(
        # Of a folder its name, as everywhere in provenance.
        {"models": [model.name for model in loaded], "resize": resize, **_baseline(centre_bias)},
        inputs=[fixations_path],
    )
    protocol = Protocol(
        profile=profile,
        dataset=fixations.info.name,
        fixations_path=relative_path(fixations_path, path.parent),
        fixations_sha256=made.inputs[0].sha256,
        sigma_px=median_sigma_px(stated_px) if stated_px else default_sigma_px(fixations, profile),
        sigmas_px=_where_they_differ(widths_px) if PROFILES[profile].blur == "gaussian" else (),
        metrics=tuple(metric.name for metric in evaluation.metrics),
        stimuli=tuple(stimulus.id for stimulus in fixations.stimuli),
        baseline="centre-bias",
        maps=maps,
    )
    rows = [
        ModelRow(name=model.name, kind=model.kind, source=getattr(model, "source", ""))
        for model in loaded
    ]
    run = {
        "protocol": protocol.model_dump(mode="json"),
        "models": [row.model_dump(mode="json") for row in rows],
        "parameters": made.parameters,
        "files_of_maps": [files_digest(_path_of(name)) for name in models],
        "by_observer": by_observer,
        "version": foveola_version(),
    }
    return _Prepared(evaluation, protocol, rows, made, run)


def _in_px(sigma: str, fixations: FixationSet) -> list[float]:
    """Width of a blur on each stimulus, as it was stated."""
    stated = parse_sigma(sigma)
    return [stated.in_px(fixations.px_per_deg(index)) for index in range(len(fixations.stimuli))]


def _where_they_differ(widths_px: Sequence[float]) -> tuple[float, ...]:
    return tuple(widths_px) if len(set(widths_px)) > 1 else ()


def _complete(
    partial: PartialScores,
    evaluation: Evaluation,
    workers: int,
    scheduler: str,
    on_progress: OnProgress | None,
) -> None:
    """Score the stimuli that are not scored yet."""
    models, stimuli = len(evaluation.models), len(evaluation.fixations.stimuli)
    left = [index for index in range(stimuli) if index not in partial.done]
    if on_progress:
        on_progress(models * len(partial.done), models * stimuli)
    if not left:
        return
    if scheduler:
        ready = _on_cluster(evaluation, left, scheduler, workers)
    elif workers > 1:
        ready = in_processes(evaluation, left, min(workers, len(left)))
    else:
        ready = in_this_process(evaluation, left)
    for scores in ready:
        partial.append(scores)
        if on_progress:
            on_progress(models * len(partial.done), models * stimuli)


def _on_cluster(
    evaluation: Evaluation, indices: Sequence[int], scheduler: str, workers: int
) -> Iterator[StimulusScores]:
    try:
        from .dask_cluster import on_cluster
    except ImportError as error:
        raise MissingExtraError("Dask (distributed)", "dask") from error
    return on_cluster(evaluation, indices, scheduler, workers)


def _path_of(name: str) -> Path:
    """Where a model lies, without the options behind it; no such place where it has none."""
    return Path(name if name in MODELS else parse_model(name, None)[0])


def _absolute(name: str) -> str:
    """Path of a model that workers elsewhere find, or the name of one that ships with Foveola."""
    path = _path_of(name)
    if name in MODELS or not path.exists():
        return name
    return name.replace(str(path), str(path.absolute()), 1)


def files_digest(path: Path) -> str:
    """Names, sizes and times of change of a file or of all files of a folder, as one number.

    Tells whether maps were changed between two runs, without reading them; empty where there is
    no such file.
    """
    if not path.exists():
        return ""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        status = file.lstat()
        digest.update(f"{file.name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _baseline(centre_bias: CentreBias) -> dict[str, Any]:
    """What information gain is counted from, for the provenance."""
    return {
        "baseline": "centre-bias",
        "centre_bias_bandwidth": centre_bias.bandwidth,
        "centre_bias_uniform_weight": centre_bias.uniform_weight,
    }
